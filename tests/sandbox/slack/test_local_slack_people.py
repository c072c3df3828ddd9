"""Acts of people in the local Slack reach the app as they would from Slack."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.loopback import LoopbackServer
from sandbox.slack import ChangeKind, Delivery, File, ImpossibleError, LocalSlack
from sandbox.slack.server import InstalledApp
from tests.sandbox.slack.conftest import DESK, App, populate

FEEDBACK = {
    "type": "context_actions",
    "block_id": "feedback",
    "elements": [
        {
            "type": "feedback_buttons",
            "action_id": "vote",
            "positive_button": {"text": {"type": "plain_text", "text": "Helpful"}, "value": "good"},
            "negative_button": {"text": {"type": "plain_text", "text": "Not helpful"}, "value": "bad"},
        }
    ],
}
CLAIM: dict[str, Any] = {
    "type": "button",
    "action_id": "claim",
    "text": {"type": "plain_text", "text": "Claim"},
    "value": "case-1",
}
FORM = {
    "type": "modal",
    "callback_id": "resolve",
    "title": {"type": "plain_text", "text": "Resolve"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "how",
            "label": {"type": "plain_text", "text": "How?"},
            "element": {"type": "plain_text_input", "action_id": "words", "max_length": 20},
        },
        {
            "type": "input",
            "block_id": "kind",
            "optional": True,
            "label": {"type": "plain_text", "text": "Kind"},
            "element": {
                "type": "static_select",
                "action_id": "pick",
                "options": [{"text": {"type": "plain_text", "text": "Solved"}, "value": "solved"}],
            },
        },
    ],
}


async def post(client: AsyncWebClient, channel: str = DESK, **more: Any) -> str:
    return str((await client.chat_postMessage(channel=channel, text="Hello", **more))["ts"])


def answering(status: int = 200, body: dict[str, Any] | None = None) -> Any:
    return lambda heard, count: web.json_response(body, status=status) if body else web.Response(status=status)


async def opened_form(slack: LocalSlack, client: AsyncWebClient, user: str = "U0ADA", **more: Any) -> str:
    trigger = slack.workspace.new_trigger(user)
    return str((await client.views_open(trigger_id=trigger, view={**FORM, **more}))["view"]["id"])


# Messages


async def test_a_message_reaches_the_app_signed_and_complete(slack: LocalSlack, app: App) -> None:
    told = await slack.dm("U0MIA", "Is a < b & c?")

    heard = app.heard[0]
    event = heard.payload["event"]
    assert heard.genuine
    assert (told.ok, told.attempts, told.ms > 0) == (True, 1, True)
    assert (event["type"], event["user"], event["channel_type"], event["ts"]) == ("message", "U0MIA", "im", told.ts)
    assert event["text"] == "Is a &lt; b &amp; c?"
    assert event["client_msg_id"]
    assert heard.payload["authorizations"][0]["user_id"] == slack.bot_user_id
    assert heard.payload["team_id"] == slack.team_id


async def test_a_reply_names_its_thread_and_counts_there(slack: LocalSlack, app: App) -> None:
    root = (await slack.dm("U0MIA", "First")).ts

    await slack.dm("U0MIA", "Second", root)

    assert (app.events()[1]["thread_ts"], app.events()[1]["parent_user_id"]) == (root, "U0MIA")
    message = slack.message(slack.dm_of("U0MIA"), root)
    assert message is not None
    assert message.reply_count == 1


async def test_own_messages_reach_the_app_too(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    ts = await post(client)
    await client.chat_update(channel=DESK, ts=ts, text="Changed")
    await client.chat_delete(channel=DESK, ts=ts)
    await slack.settled()

    posted, changed, deleted = sorted(app.events(), key=lambda event: event["event_ts"])
    assert (posted["bot_id"], posted["user"], posted["channel_type"]) == (slack.bot_id, slack.bot_user_id, "channel")
    assert (changed["subtype"], changed["message"]["text"], changed["previous_message"]["text"]) == (
        "message_changed",
        "Changed",
        "Hello",
    )
    assert (deleted["subtype"], deleted["deleted_ts"]) == ("message_deleted", ts)


async def test_an_edit_carries_old_and_new_text(slack: LocalSlack, app: App) -> None:
    told = await slack.dm("U0MIA", "Prinetr")
    await slack.edit("U0MIA", told.channel, told.ts, "Printer")

    event = app.events()[1]
    assert (event["subtype"], event["message"]["text"], event["previous_message"]["text"]) == (
        "message_changed",
        "Printer",
        "Prinetr",
    )
    assert event["message"]["edited"]["user"] == "U0MIA"


async def test_a_deletion_names_what_was_deleted(slack: LocalSlack, app: App) -> None:
    told = await slack.dm("U0MIA", "Oops")
    await slack.delete("U0MIA", told.channel, told.ts)

    assert (app.events()[1]["subtype"], app.events()[1]["deleted_ts"]) == ("message_deleted", told.ts)
    assert slack.messages(told.channel) == []


async def test_a_deleted_root_with_replies_changes_into_a_tombstone(slack: LocalSlack, app: App) -> None:
    told = await slack.dm("U0MIA", "Root")
    await slack.dm("U0MIA", "Reply", told.ts)
    await slack.delete("U0MIA", told.channel, told.ts)

    assert app.events()[2]["message"]["subtype"] == "tombstone"


async def test_a_file_comes_with_a_link_that_needs_the_token(
    slack: LocalSlack, app: App, http: aiohttp.ClientSession
) -> None:
    await slack.dm("U0MIA", "", files=[File(name="log.txt", content=b"it broke")])

    event = app.events()[0]
    url = event["files"][0]["url_private"]
    allowed = await http.get(url, headers={"Authorization": f"Bearer {slack.bot_token}"})
    assert (event["subtype"], event["text"], event["files"][0]["name"]) == ("file_share", "", "log.txt")
    assert await allowed.read() == b"it broke"
    assert (await http.get(url, allow_redirects=False)).status == 302


async def test_a_stranger_is_marked_as_coming_from_another_team(slack: LocalSlack, app: App) -> None:
    slack.add_channel("C0SHARED", "partners", ["U0BEN"], is_ext_shared=True)
    await slack.say("U0BEN", "C0SHARED", "Hello")

    assert app.events()[0]["user_team"] == "T0PARTNER"
    assert app.heard[0].payload["is_ext_shared_channel"]


async def test_a_dm_with_a_stranger_is_a_shared_one(slack: LocalSlack, app: App) -> None:
    await slack.dm("U0BEN", "Hello")
    await slack.dm("U0MIA", "Hello")

    assert [heard.payload["is_ext_shared_channel"] for heard in app.heard] == [True, False]


async def test_channels_without_the_bot_are_not_heard(slack: LocalSlack, app: App) -> None:
    slack.add_channel("C0OTHERS", "others", ["U0ADA"], with_bot=False)

    told = await slack.say("U0ADA", "C0OTHERS", "Hello")

    assert (told.reason, app.heard) == ("not_subscribed", [])


async def test_events_nobody_subscribed_to_are_not_sent(app: App) -> None:
    without_reactions = InstalledApp(subscriptions=frozenset({"message.im"}))
    async with LocalSlack(app=without_reactions, events_url=app.url) as slack:
        populate(slack)
        told = await slack.dm("U0MIA", "Hello")

        assert (await slack.react("U0MIA", told.channel, told.ts, "eyes")).reason == "not_subscribed"
        await slack.settled()

    assert len(app.heard) == 1


@pytest.mark.parametrize("impossible", ["foreign dm", "not a member", "archived", "reply to a reply", "not mine"])
async def test_people_cannot_do_what_slack_would_not_let_them(slack: LocalSlack, impossible: str) -> None:
    slack.add_channel("C0OLD", "old", ["U0ADA"], is_archived=True)
    root = await slack.say("U0ADA", DESK, "Root")
    reply = await slack.say("U0ADA", DESK, "Reply", root.ts)
    attempts = {
        "foreign dm": slack.say("U0ADA", slack.dm_of("U0MIA"), "Hello"),
        "not a member": slack.say("U0MIA", DESK, "Hello"),
        "archived": slack.say("U0ADA", "C0OLD", "Hello"),
        "reply to a reply": slack.say("U0ADA", DESK, "Hello", reply.ts),
        "not mine": slack.edit("U0MIA", DESK, root.ts, "Hello"),
    }
    for name, attempt in attempts.items():
        if name != impossible:
            attempt.close()

    with pytest.raises(ImpossibleError):
        await attempts[impossible]


async def test_opening_the_app_tells_which_tab(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    await slack.open_home("U0MIA")
    await client.views_publish(user_id="U0MIA", view={"type": "home", "blocks": [{"type": "divider"}]})
    await slack.open_home("U0MIA", tab="home")

    first, second = app.events()
    assert (first["type"], first["tab"], first["channel"]) == ("app_home_opened", "messages", slack.dm_of("U0MIA"))
    assert "view" not in first
    assert second["view"]["type"] == "home"


async def test_stop_reaches_the_app(slack: LocalSlack, app: App) -> None:
    told = await slack.dm("U0MIA", "Hello")
    await slack.stop_session("U0MIA", told.channel, told.ts)

    assert (app.events()[1]["type"], app.events()[1]["thread_ts"]) == ("agent_session_stopped", told.ts)


async def test_any_event_can_be_delivered_raw(slack: LocalSlack, app: App) -> None:
    await slack.deliver({"type": "made_up", "event_ts": "1.000001"})
    await slack.deliver({"type": "url_verification", "challenge": "x"})

    assert app.heard[0].payload["event"]["type"] == "made_up"
    assert app.heard[1].payload == {"type": "url_verification", "challenge": "x"}


# Delivery


async def test_a_refused_event_is_sent_again_three_times_with_the_reason(slack: LocalSlack, app: App) -> None:
    app.answer = answering(500)

    told = await slack.dm("U0MIA", "Hello")

    assert (told.ok, told.status, told.attempts, told.reason) == (False, 500, 4, "http_error")
    assert [heard.headers.get("X-Slack-Retry-Num") for heard in app.heard] == [None, "1", "2", "3"]
    assert [heard.headers.get("X-Slack-Retry-Reason") for heard in app.heard[1:]] == ["http_error"] * 3
    assert len({heard.payload["event_id"] for heard in app.heard}) == 1
    assert all(heard.genuine for heard in app.heard)


async def test_retries_end_with_the_first_acknowledgement(slack: LocalSlack, app: App) -> None:
    app.answer = lambda heard, count: web.Response(status=200 if count == 1 else 503)

    told = await slack.dm("U0MIA", "Hello")

    assert (told.ok, told.attempts) == (True, 2)


async def test_the_app_can_ask_for_no_retry(slack: LocalSlack, app: App) -> None:
    app.answer = lambda heard, count: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})

    assert (await slack.dm("U0MIA", "Hello")).attempts == 1


async def test_a_late_acknowledgement_counts_as_none(app: App) -> None:
    release = asyncio.Event()

    async def late(request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    server = web.Application()
    server.router.add_post("/", late)
    async with LoopbackServer(server) as listening:
        async with LocalSlack(events_url=f"{listening.url}/", ack_timeout=0.05, retry_delays=()) as slack:
            slack.add_user("U0MIA", "Mia")
            told = await slack.dm("U0MIA", "Hello")
        release.set()

    assert (told.status, told.reason) == (0, "http_timeout")


async def test_an_app_that_is_not_there_is_a_failed_connection(slack: LocalSlack) -> None:
    slack.events_url = "http://127.0.0.1:1/"

    told = await slack.dm("U0MIA", "Hello")

    assert (told.status, told.attempts, told.reason) == (0, 4, "connection_failed")


async def test_without_an_app_nothing_is_sent() -> None:
    async with LocalSlack() as slack:
        slack.add_user("U0MIA", "Mia")
        told = await slack.dm("U0MIA", "Hello")

    assert (told.attempts, told.reason) == (0, "no_receiver")
    assert isinstance(told, Delivery)


async def test_forged_stale_and_unsigned_requests_can_be_made(slack: LocalSlack, app: App) -> None:
    body = json.dumps({"type": "event_callback", "event": {"type": "message"}}).encode()
    json_body = {"Content-Type": "application/json"}

    await slack.send_raw(body, {**json_body, **slack.sign(body)})
    await slack.send_raw(body, {**json_body, **slack.sign(body, int(time.time()) - 600)})
    await slack.send_raw(body, {**json_body, **slack.sign(b"something else")})
    await slack.send_raw(body, json_body)

    assert [heard.genuine for heard in app.heard] == [True, False, False, False]


# Buttons


@pytest.mark.parametrize("value", ["good", "bad"])
async def test_a_thumb_tells_by_its_value(slack: LocalSlack, app: App, client: AsyncWebClient, value: str) -> None:
    dm = slack.dm_of("U0MIA")
    ts = await post(client, dm, blocks=[FEEDBACK])
    await slack.settled()

    told = await slack.press("U0MIA", dm, ts, "vote", value)

    payload = app.heard[-1].payload
    action = payload["actions"][0]
    assert told.ok
    assert (payload["type"], payload["user"]["id"]) == ("block_actions", "U0MIA")
    assert payload["container"] == {"type": "message", "message_ts": ts, "channel_id": dm, "is_ephemeral": False}
    assert (action["type"], action["action_id"], action["block_id"], action["value"]) == (
        "feedback_buttons",
        "vote",
        "feedback",
        value,
    )
    assert action["action_ts"]


async def test_a_button_sends_its_own_value_and_its_thread(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    root = await post(client)
    ts = await post(client, thread_ts=root, blocks=[{"type": "actions", "elements": [CLAIM]}])
    await slack.settled()

    await slack.press("U0ADA", DESK, ts, "claim")

    payload = app.heard[-1].payload
    assert (payload["actions"][0]["value"], payload["actions"][0]["text"]["text"]) == ("case-1", "Claim")
    assert payload["container"]["thread_ts"] == root
    assert payload["message"]["ts"] == ts
    assert payload["channel"]["id"] == DESK


async def test_two_buttons_with_one_action_id_differ_by_value(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    blocks = [{"type": "actions", "elements": [{**CLAIM, "value": value}]} for value in ("1", "2")]
    ts = await post(client, blocks=blocks)
    await slack.settled()

    await slack.press("U0ADA", DESK, ts, "claim", "2")

    assert app.heard[-1].payload["actions"][0]["value"] == "2"


async def test_only_what_is_there_can_be_pressed(slack: LocalSlack, client: AsyncWebClient) -> None:
    hidden = {**CLAIM, "visible_to_user_ids": ["U0ADA"]}
    ts = await post(client, blocks=[FEEDBACK, {"type": "actions", "elements": [hidden]}])

    for user, action_id, value in [("U0MIA", "gone", None), ("U0MIA", "vote", "fine"), ("U0MIA", "claim", None)]:
        with pytest.raises(ImpossibleError):
            await slack.press(user, DESK, ts, action_id, value)


async def test_interactions_are_not_retried(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    ts = await post(client, blocks=[FEEDBACK])
    await slack.settled()
    app.answer = answering(500)

    told = await slack.press("U0ADA", DESK, ts, "vote", "bad")

    assert (told.ok, told.attempts) == (False, 1)


async def test_the_trigger_of_a_press_opens_a_view(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    ts = await post(client, blocks=[FEEDBACK])
    await slack.settled()
    await slack.press("U0ADA", DESK, ts, "vote", "bad")

    answer = await client.views_open(trigger_id=app.heard[-1].payload["trigger_id"], view=FORM)

    assert slack.views[answer["view"]["id"]].user == "U0ADA"


async def test_a_response_url_answers_in_private_in_public_or_in_place(
    slack: LocalSlack, app: App, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    ts = await post(client, blocks=[FEEDBACK])
    await slack.settled()
    await slack.press("U0ADA", DESK, ts, "vote", "bad")
    url = app.heard[-1].payload["response_url"]

    await http.post(url, json={"text": "Thanks"})
    await http.post(url, json={"text": "Everybody", "response_type": "in_channel"})
    await http.post(url, json={"text": "New", "replace_original": True})

    assert [(one.user, one.text) for one in slack.ephemerals] == [("U0ADA", "Thanks")]
    assert [one.text for one in slack.messages(DESK)] == ["New", "Everybody"]


async def test_a_response_url_works_five_times(
    slack: LocalSlack, app: App, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    ts = await post(client, blocks=[FEEDBACK])
    await slack.settled()
    await slack.press("U0ADA", DESK, ts, "vote", "bad")
    url = app.heard[-1].payload["response_url"]

    answers = [await (await http.post(url, json={"text": "x"})).json() for _ in range(6)]

    assert [answer["ok"] for answer in answers] == [True] * 5 + [False]


async def test_a_button_in_an_ephemeral_message_can_be_pressed(
    slack: LocalSlack, app: App, client: AsyncWebClient
) -> None:
    blocks = [{"type": "actions", "elements": [CLAIM]}]
    answer = await client.chat_postEphemeral(channel=DESK, user="U0ADA", text="Psst", blocks=blocks)

    await slack.press("U0ADA", DESK, answer["message_ts"], "claim")

    assert app.heard[-1].payload["container"]["is_ephemeral"]
    assert "message" not in app.heard[-1].payload


async def test_an_ephemeral_message_is_deleted_through_the_response_url_of_a_press(
    slack: LocalSlack, app: App, client: AsyncWebClient, http: aiohttp.ClientSession
) -> None:
    blocks = [{"type": "actions", "elements": [CLAIM]}]
    answer = await client.chat_postEphemeral(channel=DESK, user="U0ADA", text="Psst", blocks=blocks)
    await slack.press("U0ADA", DESK, answer["message_ts"], "claim")

    await http.post(app.heard[-1].payload["response_url"], json={"delete_original": True})

    assert slack.ephemerals == []


# Forms


async def test_a_submitted_form_carries_what_was_filled_in(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    view_id = await opened_form(slack, client, private_metadata="case-1")

    await slack.submit_view("U0ADA", view_id, {"words": "New toner", "kind": "solved"})

    view = app.heard[-1].payload["view"]
    assert app.heard[-1].payload["type"] == "view_submission"
    assert (view["callback_id"], view["private_metadata"], view["id"]) == ("resolve", "case-1", view_id)
    assert view["state"]["values"]["how"]["words"] == {"type": "plain_text_input", "value": "New toner"}
    assert view["state"]["values"]["kind"]["pick"]["selected_option"]["value"] == "solved"
    assert not slack.views[view_id].is_open


async def test_errors_keep_the_form_open(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    view_id = await opened_form(slack, client)
    app.answer = answering(body={"response_action": "errors", "errors": {"how": "Too short"}})

    told = await slack.submit_view("U0ADA", view_id, {"words": "x"})

    assert (slack.views[view_id].is_open, slack.views[view_id].errors) == (True, {"how": "Too short"})
    assert told.answer == {"response_action": "errors", "errors": {"how": "Too short"}}


async def test_an_update_shows_another_form(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    view_id = await opened_form(slack, client)
    app.answer = answering(body={"response_action": "update", "view": {**FORM, "callback_id": "next"}})

    await slack.submit_view("U0ADA", view_id, {"words": "x"})

    assert (slack.views[view_id].is_open, slack.views[view_id].callback_id) == (True, "next")


@pytest.mark.parametrize(("action", "still_open"), [("push", 2), ("clear", 0)])
async def test_a_form_can_be_stacked_and_cleared(
    slack: LocalSlack, app: App, client: AsyncWebClient, action: str, still_open: int
) -> None:
    view_id = await opened_form(slack, client)
    app.answer = answering(body={"response_action": action, "view": FORM})

    await slack.submit_view("U0ADA", view_id, {"words": "x"})

    assert sum(view.is_open for view in slack.views.values()) == still_open


async def test_a_refused_submission_leaves_the_form_open(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    view_id = await opened_form(slack, client)
    app.answer = answering(500)

    await slack.submit_view("U0ADA", view_id, {"words": "x"})

    assert slack.views[view_id].is_open


@pytest.mark.parametrize("values", [{}, {"words": "x" * 21}, {"words": "x", "kind": "other"}, {"words": "x", "z": "1"}])
async def test_a_form_slack_would_not_send_is_not_sent(
    slack: LocalSlack, app: App, client: AsyncWebClient, values: dict[str, str]
) -> None:
    view_id = await opened_form(slack, client)

    with pytest.raises(ImpossibleError):
        await slack.submit_view("U0ADA", view_id, values)
    assert app.heard == []


async def test_closing_a_form_is_told_when_asked_for(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    quiet = await opened_form(slack, client)
    told = await opened_form(slack, client, notify_on_close=True)

    await slack.close_view("U0ADA", quiet)
    await slack.close_view("U0ADA", told)

    assert [heard.payload["type"] for heard in app.heard] == ["view_closed"]
    assert app.heard[0].payload["view"]["id"] == told


async def test_a_button_in_the_home_tab_can_be_pressed(slack: LocalSlack, app: App, client: AsyncWebClient) -> None:
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [CLAIM]}]}
    view_id = (await client.views_publish(user_id="U0MIA", view=home))["view"]["id"]

    await slack.press_in_view("U0MIA", view_id, "claim")

    payload: dict[str, Any] = app.heard[-1].payload
    assert payload["container"] == {"type": "view", "view_id": view_id}
    assert payload["actions"][0]["value"] == "case-1"


# Watching


async def test_waiting_ends_with_the_change_waited_for(slack: LocalSlack, client: AsyncWebClient) -> None:
    waiting = asyncio.create_task(slack.wait_for(lambda: slack.messages(DESK)))
    await asyncio.sleep(0)
    await post(client)

    assert [one.text for one in await waiting] == ["Hello"]


async def test_waiting_for_what_never_happens_ends_too(slack: LocalSlack) -> None:
    with pytest.raises(TimeoutError):
        await slack.wait_for(lambda: slack.messages(DESK), timeout=0.01)


async def test_the_feed_tells_every_change(slack: LocalSlack, client: AsyncWebClient) -> None:
    changes = slack.changes()
    first = asyncio.ensure_future(anext(changes))
    await asyncio.sleep(0)

    ts = await post(client)

    change = await first
    assert (change.kind, change.channel, change.ts) == (ChangeKind.MESSAGE_POSTED, DESK, ts)


async def test_a_mention_of_the_app_in_a_channel_is_told_as_a_message_and_as_a_mention(
    slack: LocalSlack, app: App
) -> None:
    said = await slack.say("U0ADA", DESK, f"<@{slack.bot_user_id}> HD-1", formatted=True)

    message, mention = app.events()
    assert (message["type"], mention["type"]) == ("message", "app_mention")
    assert message["ts"] == mention["ts"] == said.ts
    assert mention["text"] == message["text"]
    assert "channel_type" not in mention


async def test_a_mention_is_an_element_of_its_own_in_what_the_composer_makes(slack: LocalSlack, app: App) -> None:
    said = await slack.say("U0ADA", DESK, "<@U0MIA> has 1 &lt; 2 keys", formatted=True)
    await slack.edit("U0ADA", DESK, said.ts, "<@U0MIA> has 2 keys", formatted=True)

    told, changed = app.events()
    assert told["blocks"][0]["elements"][0]["elements"] == [
        {"type": "user", "user_id": "U0MIA"},
        {"type": "text", "text": " has 1 < 2 keys"},
    ]
    assert changed["message"]["text"] == "<@U0MIA> has 2 keys"


async def test_a_mention_in_a_dm_is_a_message_only(slack: LocalSlack, app: App) -> None:
    await slack.say("U0MIA", slack.dm_of("U0MIA"), f"<@{slack.bot_user_id}> hello", formatted=True)

    assert [event["type"] for event in app.events()] == ["message"]


async def test_a_shortcut_on_a_message_tells_which_one_also_where_the_app_is_not(slack: LocalSlack, app: App) -> None:
    slack.add_channel("C0LUNCH", "lunch", ["U0ADA"], with_bot=False)
    said = await slack.say("U0ADA", "C0LUNCH", "Soup or salad?")

    delivery = await slack.use_shortcut("U0ADA", "C0LUNCH", said.ts, "show_ids")

    assert delivery.ok
    payload = app.heard[-1].payload
    assert (payload["type"], payload["callback_id"]) == ("message_action", "show_ids")
    assert (payload["channel"]["id"], payload["message_ts"], payload["user"]["id"]) == ("C0LUNCH", said.ts, "U0ADA")
    assert payload["message"]["text"] == "Soup or salad?"
    assert payload["trigger_id"]


# Forwarded, pasted and previewed content, and removed files.


async def test_a_forwarded_message_is_an_attachment_with_its_author_and_its_files(slack: LocalSlack, app: App) -> None:
    told = await slack.dm("U0MIA", "VPN error 809", files=[File(name="log.txt", content=b"it broke")])
    source = slack.message(told.channel, told.ts)
    assert source is not None

    await slack.forward("U0MIA", told.channel, source, "help")
    await slack.forward("U0MIA", told.channel, source)

    commented, bare = app.events()[1:]
    (attachment,) = commented["attachments"]
    assert (commented["text"], bare["text"], bare["attachments"]) == ("help", "", [attachment])
    assert (attachment["is_share"], attachment["text"], attachment["author_name"]) == (True, "VPN error 809", "Mia")
    assert attachment["message_blocks"][0]["message"]["blocks"] == source.blocks
    assert [file["name"] for file in attachment["files"]] == ["log.txt"]


async def test_a_pasted_table_stands_in_an_attachment_alone(slack: LocalSlack, app: App) -> None:
    await slack.paste_table("U0MIA", slack.dm_of("U0MIA"), [["Name", ""], ["Item A", "1,200"]], "Which?")

    event = app.events()[0]
    (block,) = event["attachments"][0]["blocks"]
    assert (event["text"], block["type"], len(block["rows"])) == ("Which?", "table", 2)
    assert "1,200" in str(block["rows"])
    assert "1,200" not in str(event["blocks"])


async def test_a_preview_changes_a_message_that_nobody_has_edited(slack: LocalSlack, app: App) -> None:
    told = await slack.dm("U0MIA", "see https://x.test")
    await slack.preview(told.channel, told.ts, {"from_url": "https://x.test", "title": "X"})

    event = app.events()[1]
    assert event["subtype"] == "message_changed"
    assert "edited" not in event["message"]
    assert ("attachments" in event["message"], "attachments" in event["previous_message"]) == (True, False)


async def test_a_file_can_be_taken_out_of_a_message_and_added_to_it(slack: LocalSlack, app: App) -> None:
    files = [File(name="a.txt", content=b"a"), File(name="b.txt", content=b"b")]
    told = await slack.dm("U0MIA", "Two files", files=files)
    message = slack.message(told.channel, told.ts)
    assert message is not None

    await slack.take_file_out("U0MIA", told.channel, told.ts, message.files[0].id)
    await slack.add_file("U0MIA", told.channel, told.ts, File(name="c.txt", content=b"c"))

    listed = [[file["name"] for file in event["message"]["files"]] for event in app.events()[1:]]
    assert listed == [["b.txt"], ["b.txt", "c.txt"]]
    assert all(event["message"]["edited"]["user"] == "U0MIA" for event in app.events()[1:])


@pytest.mark.parametrize("tells_of_messages", [True, False])
async def test_a_deleted_file_leaves_its_messages(slack: LocalSlack, app: App, tells_of_messages: bool) -> None:
    told = await slack.dm("U0MIA", "A file", files=[File(name="a.txt", content=b"a")])
    message = slack.message(told.channel, told.ts)
    assert message is not None
    id = message.files[0].id

    await slack.delete_file(id, tells_of_messages=tells_of_messages)

    deleted, *changed = app.events()[1:]
    assert (deleted["type"], deleted["file_id"]) == ("file_deleted", id)
    assert "user" not in deleted
    assert [event["message"]["files"] for event in changed] == (
        [[{"id": id, "mode": "tombstone"}]] if tells_of_messages else []
    )
    assert message.files == ()


async def test_what_another_app_posts_for_somebody_names_both(slack: LocalSlack, app: App) -> None:
    await slack.say("U0MIA", slack.dm_of("U0MIA"), "Hello", through="B0OTHER")

    event = app.events()[0]
    assert (event["user"], event["bot_id"], event["bot_profile"]["id"]) == ("U0MIA", "B0OTHER", "B0OTHER")
    assert event["app_id"] != slack.app_id


@pytest.mark.parametrize("told", [True, False])
async def test_an_admin_may_delete_any_message_with_what_stands_below_it(
    slack: LocalSlack, app: App, told: bool
) -> None:
    root = (await slack.say("U0ADA", DESK, "Root")).ts
    await slack.say("U0ADA", DESK, "Reply", root)
    heard = len(app.heard)

    await slack.delete_for_all(DESK, root, told=told, replies=True)

    assert slack.messages(DESK, root) == []
    assert [one["subtype"] for one in app.events()[heard:]] == ["message_deleted"] * 2 * told


async def test_a_changed_profile_is_told_as_the_whole_user_without_a_locale(slack: LocalSlack, app: App) -> None:
    await slack.change_profile("U0MIA", name="Mia Berg", deleted=True)

    told = app.events()[-1]
    assert (told["type"], told["user"]["id"], told["user"]["real_name"]) == ("user_change", "U0MIA", "Mia Berg")
    assert (told["user"]["deleted"], "locale" in told["user"]) == (True, False)
