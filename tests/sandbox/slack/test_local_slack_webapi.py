"""The local Slack answers Web API calls as Slack does, seen through Slack's own client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import APP_TOKEN, BOT_TOKEN, DEFAULT_SCOPES, InstalledApp, LocalSlack, Message
from tests.sandbox.slack.conftest import DESK, populate

MODAL = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Form"},
    "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "Hello"}}],
}


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as slack:
        populate(slack)
        yield slack


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


async def refusal(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def post(client: AsyncWebClient, channel: str = DESK, text: str = "Hello", **more: Any) -> str:
    return str((await client.chat_postMessage(channel=channel, text=text, **more))["ts"])


def stored(slack: LocalSlack, channel: str, ts: str) -> Message:
    message = slack.message(channel, ts)
    assert message is not None
    return message


# Tokens and scopes


async def test_auth_test_says_that_it_is_a_stand_in(slack: LocalSlack, client: AsyncWebClient) -> None:
    answer = await client.auth_test()

    assert "not Slack" in answer["team"]
    assert (answer["user_id"], answer["bot_id"]) == (slack.bot_user_id, slack.bot_id)
    assert answer.headers["x-oauth-scopes"] == ",".join(sorted(DEFAULT_SCOPES))


@pytest.mark.parametrize(
    ("token", "error"),
    [(None, "not_authed"), ("xoxb-other", "invalid_auth"), (APP_TOKEN, "not_allowed_token_type")],
)
async def test_a_call_without_the_right_token_is_refused(slack: LocalSlack, token: str | None, error: str) -> None:
    assert await refusal(AsyncWebClient(token=token, base_url=slack.api_url).auth_test()) == error


async def test_a_missing_scope_is_named() -> None:
    async with LocalSlack(app=InstalledApp(scopes=frozenset({"chat:write"}))) as slack:
        populate(slack)
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
        with pytest.raises(SlackApiError) as caught:
            await client.users_info(user="U0MIA")
        channel_error = await refusal(client.conversations_history(channel=DESK))

    assert caught.value.response["error"] == "missing_scope"
    assert (caught.value.response["needed"], caught.value.response["provided"]) == ("users:read", "chat:write")
    assert channel_error == "missing_scope"


async def test_an_unknown_method_is_refused(client: AsyncWebClient) -> None:
    assert await refusal(client.api_call("chat.shout")) == "unknown_method"


async def test_forms_queries_and_json_are_read_alike(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    url = slack.api_url + "chat.postMessage"
    fields = {"channel": DESK, "text": "Hello", "token": BOT_TOKEN, "metadata": '{"event_type":"a","event_payload":{}}'}

    answers = [
        await (await http.post(url, data=fields)).json(),
        await (await http.post(url, json=fields)).json(),
        await (await http.get(url, params=fields)).json(),
    ]

    assert [answer["ok"] for answer in answers] == [True] * 3
    assert {str(message.metadata) for message in slack.messages(DESK)} == {"{'event_type': 'a', 'event_payload': {}}"}


async def test_api_test_needs_no_token(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    answer = await (await http.post(slack.api_url + "api.test", json={"foo": "bar"})).json()

    assert answer == {"ok": True, "args": {"foo": "bar"}}


# Posting


async def test_a_posted_message_is_kept_with_all_its_parts(slack: LocalSlack, client: AsyncWebClient) -> None:
    metadata = {"event_type": "answer", "event_payload": {"delivery_id": "1"}}
    ts = await post(client, metadata=metadata, client_msg_id="abc", blocks=[{"type": "divider"}])

    message = stored(slack, DESK, ts)

    assert (message.user, message.bot_id, message.text) == (slack.bot_user_id, slack.bot_id, "Hello")
    assert (message.metadata, message.client_msg_id) == (metadata, "abc")
    assert message.blocks[0]["block_id"]


async def test_replies_count_on_their_root(slack: LocalSlack, client: AsyncWebClient) -> None:
    root = await post(client)
    first, last = await post(client, thread_ts=root), await post(client, thread_ts=root)

    message = stored(slack, DESK, root)

    assert (message.reply_count, message.latest_reply) == (2, last)
    assert [one.ts for one in slack.messages(DESK, root)] == [root, first, last]
    assert [one.ts for one in slack.messages(DESK)] == [root]


async def test_timestamps_are_unique_and_rise_while_the_clock_stands_still() -> None:
    async with LocalSlack(now=lambda: 1_800_000_000.0) as slack:
        populate(slack)
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
        stamps = [await post(client) for _ in range(5)]

    assert stamps == sorted(set(stamps))


async def test_a_user_id_stands_for_the_dm(slack: LocalSlack, client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel="U0MIA", text="Hello")

    assert answer["channel"] == slack.dm_of("U0MIA")


@pytest.mark.parametrize(
    ("channel", "arguments", "error"),
    [
        ("C0NOWHERE", {"text": "x"}, "channel_not_found"),
        ("C0ARCHIVED", {"text": "x"}, "is_archived"),
        ("C0OTHERS", {"text": "x"}, "not_in_channel"),
        ("C0SECRET", {"text": "x"}, "channel_not_found"),
        (DESK, {"text": " "}, "no_text"),
        (DESK, {"text": "x", "thread_ts": "yesterday"}, "invalid_thread_ts"),
        (DESK, {"text": "x", "thread_ts": "1800000000.000001"}, "thread_not_found"),
        (DESK, {"text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        (DESK, {"text": "x", "blocks": '{"type":"divider"}'}, "invalid_blocks_format"),
        (DESK, {"text": "x", "blocks": [{"type": "divider"}] * 51}, "invalid_blocks"),
        (DESK, {"text": "x", "markdown_text": "x"}, "markdown_text_conflict"),
        (DESK, {"markdown_text": "x" * 12_001}, "msg_too_long"),
        (DESK, {"text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
        (DESK, {"text": "x", "metadata": "{"}, "invalid_metadata_format"),
        (DESK, {"text": "x", "attachments": [{"text": "x"}] * 101}, "too_many_attachments"),
    ],
)
async def test_a_post_slack_would_refuse_is_refused(
    slack: LocalSlack, client: AsyncWebClient, channel: str, arguments: dict[str, Any], error: str
) -> None:
    slack.add_channel("C0ARCHIVED", "old", is_archived=True)
    slack.add_channel("C0OTHERS", "others", with_bot=False)
    slack.add_channel("C0SECRET", "secret", with_bot=False, is_private=True)

    assert await refusal(client.api_call("chat.postMessage", json={"channel": channel, **arguments})) == error
    assert slack.messages(DESK) == []


async def test_a_reply_cannot_be_replied_to(client: AsyncWebClient) -> None:
    reply = await post(client, thread_ts=await post(client))

    assert await refusal(post(client, thread_ts=reply)) == "cannot_reply_to_message"


async def test_bad_blocks_are_refused_in_slacks_words(client: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel=DESK, text="x", blocks=blocks)

    problem = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    assert problem in caught.value.response["errors"]
    assert f"[ERROR] {problem}" in caught.value.response["response_metadata"]["messages"]


async def test_a_message_beyond_the_whole_budget_is_refused(client: AsyncWebClient) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2_900}}] * 5

    assert await refusal(client.chat_postMessage(channel=DESK, text="x", blocks=blocks)) == "msg_blocks_too_long"


async def test_very_long_text_is_cut_at_40000_characters(slack: LocalSlack, client: AsyncWebClient) -> None:
    ts = await post(client, text="x" * 40_001)

    assert len(stored(slack, DESK, ts).text) == 40_000


async def test_markdown_text_becomes_a_markdown_block(slack: LocalSlack, client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel=DESK, markdown_text="**Hello** <!channel>")
    message = stored(slack, DESK, answer["ts"])

    assert (message.blocks[0]["type"], message.mentions) == ("markdown", ("<!channel>",))


async def test_what_would_have_notified_people_is_recorded(slack: LocalSlack, client: AsyncWebClient) -> None:
    loud = await post(client, text="<!channel> and <@U0MIA>")
    quiet = await post(client, text="&lt;!channel&gt; @channel")
    linked = await post(client, text="@channel", link_names=True)

    assert stored(slack, DESK, loud).mentions == ("<!channel>", "<@U0MIA>")
    assert stored(slack, DESK, quiet).mentions == ()
    assert stored(slack, DESK, linked).mentions == ("@channel",)


# Changing and deleting


async def test_an_update_keeps_the_ts_and_drops_blocks_that_are_not_sent(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "a", "event_payload": {}}
    ts = await post(client, blocks=[{"type": "divider"}], metadata=metadata)

    answer = await client.chat_update(channel=DESK, ts=ts, text="Changed")
    message = stored(slack, DESK, ts)

    assert (answer["ts"], message.text, message.blocks, message.metadata) == (ts, "Changed", [], metadata)
    assert message.edited_by == slack.bot_user_id
    assert message.edited_ts > ts


async def test_empty_metadata_removes_it(slack: LocalSlack, client: AsyncWebClient) -> None:
    ts = await post(client, metadata={"event_type": "a", "event_payload": {}})

    await client.chat_update(channel=DESK, ts=ts, text="x", metadata={})

    assert stored(slack, DESK, ts).metadata is None


async def test_only_own_messages_can_be_changed_or_deleted(slack: LocalSlack, client: AsyncWebClient) -> None:
    ts = (await slack.say("U0ADA", DESK, "Mine")).ts

    assert await refusal(client.chat_update(channel=DESK, ts=ts, text="x")) == "cant_update_message"
    assert await refusal(client.chat_delete(channel=DESK, ts=ts)) == "cant_delete_message"
    assert await refusal(client.chat_update(channel=DESK, ts="1.000001", text="x")) == "message_not_found"
    assert await refusal(client.chat_delete(channel=DESK, ts="1.000001")) == "message_not_found"


async def test_an_update_with_too_many_bytes_is_refused(client: AsyncWebClient) -> None:
    ts = await post(client)

    assert await refusal(client.chat_update(channel=DESK, ts=ts, text="ü" * 2_001)) == "msg_too_long"


async def test_a_deleted_reply_no_longer_counts(slack: LocalSlack, client: AsyncWebClient) -> None:
    root = await post(client)
    reply = await post(client, thread_ts=root)

    await client.chat_delete(channel=DESK, ts=reply)

    assert (stored(slack, DESK, root).reply_count, slack.message(DESK, reply)) == (0, None)


async def test_a_deleted_root_with_replies_stays_as_a_tombstone(slack: LocalSlack, client: AsyncWebClient) -> None:
    root = await post(client)
    await post(client, thread_ts=root)

    await client.chat_delete(channel=DESK, ts=root)

    assert stored(slack, DESK, root).subtype == "tombstone"


async def test_an_ephemeral_message_is_kept_apart(slack: LocalSlack, client: AsyncWebClient) -> None:
    answer = await client.chat_postEphemeral(channel=DESK, user="U0ADA", text="Psst")

    assert [(one.user, one.text, one.ts) for one in slack.ephemerals] == [("U0ADA", "Psst", answer["message_ts"])]
    assert slack.messages(DESK) == []
    refused = client.chat_postEphemeral(channel=DESK, user="U0MIA", text="Psst")
    assert await refusal(refused) == "user_not_in_channel"


async def test_a_permalink_points_to_the_stand_in(slack: LocalSlack, client: AsyncWebClient) -> None:
    root = await post(client)
    reply = await post(client, thread_ts=root)

    link = (await client.chat_getPermalink(channel=DESK, message_ts=reply))["permalink"]

    assert link == f"{slack.base_url}/archives/{DESK}/p{reply.replace('.', '')}?thread_ts={root}&cid={DESK}"


async def test_reactions_are_added_once_and_removed_once(slack: LocalSlack, client: AsyncWebClient) -> None:
    ts = await post(client)
    await client.reactions_add(channel=DESK, timestamp=ts, name="eyes")

    assert stored(slack, DESK, ts).reactions == {"eyes": [slack.bot_user_id]}
    assert await refusal(client.reactions_add(channel=DESK, timestamp=ts, name="eyes")) == "already_reacted"
    await client.reactions_remove(channel=DESK, timestamp=ts, name="eyes")
    assert stored(slack, DESK, ts).reactions == {}
    assert await refusal(client.reactions_remove(channel=DESK, timestamp=ts, name="eyes")) == "no_reaction"


# Reading


async def test_history_comes_newest_first_page_by_page_and_without_replies(
    slack: LocalSlack, client: AsyncWebClient
) -> None:
    stamps = [await post(client) for _ in range(5)]
    await post(client, thread_ts=stamps[0])

    first = await client.conversations_history(channel=DESK, limit=2)
    await post(client, text="Meanwhile")
    cursor = first["response_metadata"]["next_cursor"]
    second = await client.conversations_history(channel=DESK, limit=2, cursor=cursor)

    assert [one["ts"] for one in first["messages"]] == [stamps[4], stamps[3]]
    assert [one["ts"] for one in second["messages"]] == [stamps[2], stamps[1]]
    assert first["has_more"]


async def test_oldest_and_latest_bound_the_history(client: AsyncWebClient) -> None:
    stamps = [await post(client) for _ in range(4)]

    within = await client.conversations_history(channel=DESK, oldest=stamps[0], latest=stamps[3])
    inclusive = await client.conversations_history(channel=DESK, oldest=stamps[0], latest=stamps[3], inclusive=True)

    assert [one["ts"] for one in within["messages"]] == [stamps[2], stamps[1]]
    assert [one["ts"] for one in inclusive["messages"]] == stamps[::-1]
    assert await refusal(client.conversations_history(channel=DESK, oldest="soon")) == "invalid_ts_oldest"


async def test_replies_come_after_their_root_page_by_page(client: AsyncWebClient) -> None:
    root = await post(client)
    replies = [await post(client, thread_ts=root) for _ in range(3)]

    answer = await client.conversations_replies(channel=DESK, ts=root, limit=2)
    pages = [[one["ts"] for one in page["messages"]] async for page in answer]

    assert pages == [[root, replies[0]], replies[1:]]


async def test_replies_since_a_moment_still_begin_with_the_root(client: AsyncWebClient) -> None:
    root = await post(client)
    replies = [await post(client, thread_ts=root) for _ in range(3)]

    answer = await client.conversations_replies(channel=DESK, ts=root, oldest=replies[1])

    assert [one["ts"] for one in answer["messages"]] == [root, replies[2]]


async def test_asked_for_a_reply_only_that_message_comes(client: AsyncWebClient) -> None:
    reply = await post(client, thread_ts=await post(client))

    answer = await client.conversations_replies(channel=DESK, ts=reply)

    assert [one["ts"] for one in answer["messages"]] == [reply]
    assert await refusal(client.conversations_replies(channel=DESK, ts="1.000001")) == "thread_not_found"


async def test_metadata_is_read_only_when_asked_for(client: AsyncWebClient) -> None:
    metadata = {"event_type": "a", "event_payload": {"delivery_id": "7"}}
    root = await post(client, metadata=metadata)

    with_it = await client.conversations_replies(channel=DESK, ts=root, include_all_metadata=True)
    without = await client.conversations_history(channel=DESK)

    assert with_it["messages"][0]["metadata"] == metadata
    assert "metadata" not in without["messages"][0]


async def test_a_channel_tells_what_it_is(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.add_channel("C0SHARED", "partners", is_ext_shared=True, is_private=True)

    shared = (await client.conversations_info(channel="C0SHARED"))["channel"]
    desk = (await client.conversations_info(channel=DESK, include_num_members=True))["channel"]

    assert (shared["is_ext_shared"], shared["is_private"]) == (True, True)
    assert (desk["name"], desk["is_member"], desk["num_members"]) == ("help-desk", True, 2)
    refused = client.conversations_info(channel=slack.workspace.group_dm_of(["U0MIA"]))
    assert await refusal(refused) == "missing_scope"


async def test_channels_are_listed_as_far_as_the_app_may_see_them(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.add_channel("C0SECRET", "board", is_private=True)
    slack.workspace.channels["C0SECRET"].members.clear()
    slack.dm_of("U0MIA")

    both = "public_channel,private_channel"
    pages = [page["channels"] async for page in await client.conversations_list(types=both, limit=1)]

    assert [[channel["id"] for channel in page] for page in pages] == [[DESK]]
    assert await refusal(client.conversations_list(types="mpim")) == "missing_scope"


async def test_direct_messages_are_listed_with_whom_they_are(slack: LocalSlack, client: AsyncWebClient) -> None:
    slack.add_user("U0GONE", "gone", deleted=True)
    dms = {person: slack.dm_of(person) for person in ("U0MIA", "U0GONE")}

    listed = (await client.conversations_list(types="im"))["channels"]

    assert {dm["user"]: (dm["id"], dm["is_user_deleted"]) for dm in listed} == {
        "U0MIA": (dms["U0MIA"], False),
        "U0GONE": (dms["U0GONE"], True),
    }
    assert all(dm["created"] > 0 for dm in listed)


async def test_people_are_listed_page_by_page(client: AsyncWebClient) -> None:
    pages = [page["members"] async for page in await client.users_list(limit=2)]

    listed = {member["id"]: member["profile"].get("email") for page in pages for member in page}
    assert (listed["U0MIA"], listed["U0BEN"]) == ("mia@example.com", None)
    assert max(len(page) for page in pages) == 2


async def test_the_bot_is_known_by_its_bot_id(slack: LocalSlack, client: AsyncWebClient) -> None:
    bot = (await client.bots_info(bot=slack.bot_id))["bot"]

    assert (bot["user_id"], bot["app_id"]) == (slack.bot_user_id, slack.app_id)
    assert await refusal(client.bots_info(bot="B0OTHER")) == "bot_not_found"


async def test_members_come_page_by_page(slack: LocalSlack, client: AsyncWebClient) -> None:
    pages = [page["members"] async for page in await client.conversations_members(channel=DESK, limit=1)]

    assert pages == [["U0ADA"], [slack.bot_user_id]]
    assert await refusal(client.conversations_members(channel=DESK, cursor="nonsense")) == "invalid_cursor"


async def test_opening_a_dm_gives_the_same_one_every_time(slack: LocalSlack, client: AsyncWebClient) -> None:
    answers = [(await client.conversations_open(users=["U0MIA"]))["channel"]["id"] for _ in range(2)]

    assert answers == [slack.dm_of("U0MIA")] * 2


@pytest.mark.parametrize(
    ("users", "error"),
    [("", "users_list_not_supplied"), ("U0NOBODY", "user_not_found"), ("U0GONE", "user_disabled")],
)
async def test_a_dm_that_cannot_be_opened_is_refused(
    slack: LocalSlack, client: AsyncWebClient, users: str, error: str
) -> None:
    slack.add_user("U0GONE", "Gone", deleted=True)

    assert await refusal(client.conversations_open(users=users)) == error
    assert await refusal(client.conversations_open(users=slack.bot_user_id)) == "cannot_dm_bot"


async def test_several_people_get_a_group_dm(slack: LocalSlack, client: AsyncWebClient) -> None:
    answers = [await client.conversations_open(users=["U0MIA", "U0ADA"]) for _ in range(2)]

    assert answers[0]["channel"]["id"] == answers[1]["channel"]["id"]
    assert slack.workspace.channels[answers[0]["channel"]["id"]].kind == "mpim"


async def test_people_tell_who_they_are(client: AsyncWebClient) -> None:
    mia = (await client.users_info(user="U0MIA", include_locale=True))["user"]
    ben = (await client.users_info(user="U0BEN"))["user"]

    assert (mia["profile"]["email"], mia["locale"]) == ("mia@example.com", "de-DE")
    assert (ben["is_stranger"], ben["team_id"], ben["profile"].get("email")) == (True, "T0PARTNER", None)
    assert "locale" not in ben
    assert await refusal(client.users_info(user="U0NOBODY")) == "user_not_found"


# Views


async def test_a_view_opens_once_per_trigger(slack: LocalSlack, client: AsyncWebClient) -> None:
    trigger = slack.workspace.new_trigger("U0MIA")
    answer = await client.views_open(trigger_id=trigger, view=MODAL)

    assert slack.views[answer["view"]["id"]].user == "U0MIA"
    assert await refusal(client.views_open(trigger_id=trigger, view=MODAL)) == "exchanged_trigger_id"
    assert await refusal(client.views_open(trigger_id="made-up", view=MODAL)) == "invalid_arguments"


async def test_a_trigger_expires_after_three_seconds() -> None:
    clock = Clock()
    async with LocalSlack(now=clock) as slack:
        populate(slack)
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
        trigger = slack.workspace.new_trigger("U0MIA")
        clock.time += 3.1

        assert await refusal(client.views_open(trigger_id=trigger, view=MODAL)) == "expired_trigger_id"


async def test_a_bad_view_does_not_use_up_the_trigger(slack: LocalSlack, client: AsyncWebClient) -> None:
    trigger = slack.workspace.new_trigger("U0MIA")

    refused = client.views_open(trigger_id=trigger, view={**MODAL, "blocks": []})
    assert await refusal(refused) == "invalid_arguments"
    assert (await client.views_open(trigger_id=trigger, view=MODAL))["ok"]


async def test_a_view_is_updated_unless_it_changed_meanwhile(slack: LocalSlack, client: AsyncWebClient) -> None:
    view = (await client.views_open(trigger_id=slack.workspace.new_trigger("U0MIA"), view=MODAL))["view"]
    changed = {**MODAL, "private_metadata": "2"}

    await client.views_update(view_id=view["id"], hash=view["hash"], view=changed)

    assert slack.views[view["id"]].private_metadata == "2"
    stale = client.views_update(view_id=view["id"], hash=view["hash"], view=changed)
    assert await refusal(stale) == "hash_conflict"
    assert await refusal(client.views_update(view_id="V0", view=MODAL)) == "not_found"


async def test_a_home_tab_is_published_for_one_person(slack: LocalSlack, client: AsyncWebClient) -> None:
    home = {"type": "home", "blocks": MODAL["blocks"]}

    await client.views_publish(user_id="U0MIA", view=home)

    published = slack.home("U0MIA")
    assert published is not None
    assert published.body["type"] == "home"
    assert slack.home("U0ADA") is None
    assert await refusal(client.views_publish(user_id="U0NOBODY", view=home)) == "user_not_found"
    assert await refusal(client.views_publish(user_id="U0MIA", view=MODAL)) == "invalid_arguments"


async def test_at_most_three_views_are_stacked(slack: LocalSlack, client: AsyncWebClient) -> None:
    await client.views_open(trigger_id=slack.workspace.new_trigger("U0MIA"), view=MODAL)
    for _ in range(2):
        await client.views_push(trigger_id=slack.workspace.new_trigger("U0MIA"), view=MODAL)

    pushed = client.views_push(trigger_id=slack.workspace.new_trigger("U0MIA"), view=MODAL)
    assert await refusal(pushed) == "push_limit_reached"


# Sessions


async def test_a_session_keeps_its_status_and_title(slack: LocalSlack, client: AsyncWebClient) -> None:
    root = await post(client)
    for status in ("processing", "suspended"):
        await client.agents_sessions_setStatus(channel_id=DESK, thread_ts=root, status=status, title="Printer")
    await client.agents_sessions_rename(channel_id=DESK, thread_ts=root, title="Scanner")

    assert [change.status for change in slack.statuses] == ["processing", "suspended"]
    assert slack.workspace.sessions[DESK, root].title == "Scanner"


async def test_a_session_that_cannot_be_is_refused(client: AsyncWebClient) -> None:
    root = await post(client)

    renamed = client.agents_sessions_rename(channel_id=DESK, thread_ts=root, title="x")
    assert await refusal(renamed) == "session_not_found"
    wrong = client.agents_sessions_setStatus(channel_id=DESK, thread_ts=root, status="thinking")
    assert await refusal(wrong) == "invalid_arguments"
    long = client.agents_sessions_setStatus(channel_id=DESK, thread_ts=root, status="active", title="x" * 201)
    assert await refusal(long) == "invalid_arguments"


async def test_without_the_agent_feature_sessions_are_not_authorized() -> None:
    async with LocalSlack(app=InstalledApp(agent_view=False)) as slack:
        populate(slack)
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
        call = client.agents_sessions_setStatus(channel_id=DESK, thread_ts=await post(client), status="active")

        assert await refusal(call) == "not_authorized"


async def test_without_the_stop_event_processing_comes_with_a_warning() -> None:
    async with LocalSlack(app=InstalledApp(subscriptions=frozenset({"message.im"}))) as slack:
        populate(slack)
        client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
        root = await post(client)
        answer = await client.agents_sessions_setStatus(channel_id=DESK, thread_ts=root, status="processing")

    assert answer["warning"] == "missing_agent_session_stopped_event_subscription"


async def test_posting_into_a_thread_clears_its_assistant_status(slack: LocalSlack, client: AsyncWebClient) -> None:
    root = await post(client)
    await client.assistant_threads_setStatus(channel_id=DESK, thread_ts=root, status="is thinking")

    await post(client, thread_ts=root)

    assert [change.status for change in slack.statuses] == ["is thinking", ""]
    assert slack.workspace.sessions[DESK, root].status == "active"


async def test_posting_into_a_thread_leaves_the_session_status_alone(slack: LocalSlack, client: AsyncWebClient) -> None:
    root = await post(client)
    await client.agents_sessions_setStatus(channel_id=DESK, thread_ts=root, status="processing")

    await post(client, thread_ts=root)

    assert slack.workspace.sessions[DESK, root].status == "processing"


async def test_suggested_prompts_with_a_thread_silently_do_nothing(slack: LocalSlack, client: AsyncWebClient) -> None:
    dm = slack.dm_of("U0MIA")
    prompts = [{"title": "Person", "message": "I would like to talk to a person"}]

    await client.assistant_threads_setSuggestedPrompts(channel_id=dm, thread_ts="1.000001", prompts=prompts)
    assert dm not in slack.workspace.prompts
    await client.assistant_threads_setSuggestedPrompts(channel_id=dm, prompts=prompts)
    assert slack.workspace.prompts[dm]["prompts"] == prompts
    many = client.assistant_threads_setSuggestedPrompts(channel_id=dm, prompts=prompts * 5)
    assert await refusal(many) == "invalid_arguments"


# Records


async def test_every_call_is_recorded_refused_ones_too(slack: LocalSlack, client: AsyncWebClient) -> None:
    await post(client)
    await refusal(post(client, channel="C0NOWHERE"))

    assert [(call.args["channel"], call.error) for call in slack.calls_of("chat.postMessage")] == [
        (DESK, ""),
        ("C0NOWHERE", "channel_not_found"),
    ]


async def test_the_record_of_calls_is_bounded_and_can_be_switched_off() -> None:
    async with LocalSlack(keep_calls=0) as slack:
        await AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url).auth_test()

        assert len(slack.calls) == 0
