"""Acts of people in the local Teams reach the bot as they would from Teams."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from sandbox.impossible import ImpossibleError
from sandbox.teams import ChannelMembership, FeedbackShape, LocalTeams, TeamsFile
from tests.sandbox.teams.conftest import (
    ADA,
    BEN,
    CARD,
    CHANNEL,
    GUS,
    MIA,
    PARTNER,
    TEAM,
    Bot,
    Client,
    HeardActivity,
    text,
    with_card,
)

ANSWER = text("Restart it.", channelData={"feedbackLoop": {"type": "default"}})


def answering(body: Any = None, status: int = 200) -> Callable[[HeardActivity, int], web.Response]:
    return lambda heard, count: web.json_response(body, status=status) if body else web.Response(status=status)


async def card_in(client: Client, channel: str = CHANNEL) -> str:
    return str((await client.new_thread(channel, with_card())).body["activityId"])


# Messages


async def test_a_personal_message_tells_who_writes_where_and_in_which_language(teams: LocalTeams, bot: Bot) -> None:
    delivery = await teams.dm(MIA, "My VPN <fails>\nSince today")

    activity = bot.last
    mri = teams.workspace.users[MIA].mri
    assert activity["from"] == {"id": mri, "aadObjectId": MIA, "name": "Mia Berg"}
    assert activity["recipient"] == {"id": f"28:{teams.bot.app_id}", "name": "Help Desk"}
    assert activity["conversation"] == {
        "conversationType": "personal",
        "tenantId": teams.bot.tenant_id,
        "id": teams.chat_of(MIA),
    }
    assert (activity["type"], activity["id"], activity["channelId"]) == ("message", delivery.message, "msteams")
    assert (activity["text"], activity["textFormat"]) == ("My VPN &lt;fails&gt;\nSince today", "plain")
    assert activity["attachments"] == [
        {"contentType": "text/html", "content": "<p>My VPN &lt;fails&gt;<br>Since today</p>"}
    ]
    assert (activity["locale"], activity["localTimezone"]) == ("de-DE", "Europe/Berlin")
    assert activity["entities"][0]["type"] == "clientInfo"
    assert activity["channelData"] == {"tenant": {"id": teams.bot.tenant_id}}


async def test_times_are_those_of_the_clock_with_seven_decimals(bot: Bot) -> None:
    async with LocalTeams(messages_url=bot.url, now=lambda: 1_796_000_000.25) as teams:
        teams.add_user(MIA, "Mia")
        await teams.dm(MIA, "Hello")
        await teams.dm(MIA, "Hello?")

    assert [one["timestamp"] for one in bot.activities] == ["2026-11-30T00:53:20.2500000Z"] * 2
    assert bot.last["localTimestamp"] == "2026-11-30T01:53:20.2500000+01:00"
    assert [one["id"] for one in bot.activities] == ["1796000000250", "1796000000251"]


async def test_a_mention_in_a_channel_has_an_entity_with_the_same_text(teams: LocalTeams, bot: Bot) -> None:
    delivery = await teams.say(ADA, CHANNEL, "<at>Help Desk</at> ask <at>Ben</at> & me")

    activity = bot.last
    assert activity["text"] == "<at>Help Desk</at> ask <at>Ben</at> &amp; me"
    assert activity["entities"][:2] == [
        {
            "type": "mention",
            "mentioned": {"id": teams.workspace.bot_mri, "name": "Help Desk"},
            "text": "<at>Help Desk</at>",
        },
        {
            "type": "mention",
            "mentioned": {"id": teams.workspace.users[BEN].mri, "name": "Ben"},
            "text": "<at>Ben</at>",
        },
    ]
    assert activity["conversation"] == {
        "isGroup": True,
        "conversationType": "channel",
        "tenantId": teams.bot.tenant_id,
        "id": f"{CHANNEL};messageid={delivery.message}",
    }
    team = teams.workspace.teams[TEAM]
    assert activity["channelData"] == {
        "teamsTeamId": TEAM,
        "teamsChannelId": CHANNEL,
        "channel": {"id": CHANNEL},
        "team": {"id": TEAM, "name": "Support", "aadGroupId": team.group_id},
        "tenant": {"id": teams.bot.tenant_id},
    }


async def test_somebody_who_has_left_or_shares_a_name_is_mentioned_by_id(teams: LocalTeams, bot: Bot) -> None:
    teams.add_user("other-ada", "Ada")
    with pytest.raises(ImpossibleError, match="2 people are named 'Ada'"):
        await teams.say(BEN, CHANNEL, "<at>Ada</at>?")

    await teams.say(BEN, CHANNEL, "<at>Ada</at>?", mentioned=["other-ada"])

    assert bot.last["entities"][0]["mentioned"]["id"] == teams.workspace.users["other-ada"].mri


async def test_a_reply_names_the_root_of_its_thread(teams: LocalTeams, bot: Bot, client: Client) -> None:
    root = await card_in(client)

    reply = await teams.say(ADA, CHANNEL, "I look into it", root)

    assert bot.last["conversation"]["id"] == f"{CHANNEL};messageid={root}"
    with pytest.raises(ImpossibleError, match="is a reply"):
        await teams.say(BEN, CHANNEL, "Thanks", reply.message)


@pytest.mark.parametrize(
    ("reads_all", "words", "told"),
    [(True, "Hello", True), (False, "Hello", False), (False, "<at>Help Desk</at> hello", True)],
)
async def test_the_bot_is_told_of_everything_only_where_the_team_permits_it(
    teams: LocalTeams, bot: Bot, reads_all: bool, words: str, told: bool
) -> None:
    teams.workspace.teams[TEAM].reads_all = reads_all

    delivery = await teams.say(ADA, CHANNEL, words)

    assert (delivery.ok, delivery.reason, len(bot.heard)) == (told, "" if told else "not_delivered", int(told))
    assert len(teams.messages(CHANNEL)) == 1


async def test_a_shared_channel_says_so_and_delivers_mentions_only(teams: LocalTeams, bot: Bot) -> None:
    teams.add_user("pat", "Pat", tenant_id=PARTNER)
    teams.add_channel("19:shared@thread.tacv2", "Joint", TEAM, membership=ChannelMembership.SHARED, outsiders=["pat"])

    await teams.say("pat", "19:shared@thread.tacv2", "Hello")
    await teams.say("pat", "19:shared@thread.tacv2", "<at>Help Desk</at> hello")

    (activity,) = bot.activities
    assert activity["channelData"]["channel"] == {"id": "19:shared@thread.tacv2", "type": "shared"}


async def test_a_person_of_another_tenant_writes_from_there(teams: LocalTeams, bot: Bot) -> None:
    teams.add_user("pat", "Pat", tenant_id=PARTNER)

    await teams.dm("pat", "Hello")

    assert bot.last["conversation"]["tenantId"] == bot.last["channelData"]["tenant"]["id"] == PARTNER


async def test_whoever_is_not_in_a_channel_cannot_write_there(teams: LocalTeams) -> None:
    with pytest.raises(ImpossibleError, match="not a member"):
        await teams.say(MIA, CHANNEL, "Hello")
    await teams.uninstall(MIA)
    with pytest.raises(ImpossibleError, match="does not have the app"):
        await teams.dm(MIA, "Hello")


async def test_a_quotation_stands_in_the_html_alone(teams: LocalTeams, bot: Bot, client: Client) -> None:
    answer = (await client.post(teams.chat_of(MIA), text("Restart it."))).body["id"]

    await teams.dm(MIA, "It did not help", quoting=answer)

    (attachment,) = bot.last["attachments"]
    assert bot.last["text"] == "It did not help"
    assert attachment["content"].startswith('<blockquote itemscope itemtype="http://schema.skype.com/Reply"')
    assert f'itemid="{answer}"' in attachment["content"]


async def test_edits_and_deletions_are_told_with_the_id_of_the_message(teams: LocalTeams, bot: Bot) -> None:
    said = await teams.dm(MIA, "My VPM fails")
    chat = teams.chat_of(MIA)

    await teams.edit(MIA, chat, said.message, "My VPN fails")
    await teams.delete(MIA, chat, said.message)
    await teams.undelete(MIA, chat, said.message)

    _, edited, deleted, undeleted = bot.activities
    assert {one["id"] for one in bot.activities} == {said.message}
    assert (edited["type"], edited["text"], edited["channelData"]["eventType"]) == (
        "messageUpdate",
        "My VPN fails",
        "editMessage",
    )
    assert (deleted["type"], "text" in deleted, deleted["channelData"]["eventType"]) == (
        "messageDelete",
        False,
        "softDeleteMessage",
    )
    assert (undeleted["type"], undeleted["channelData"]["eventType"]) == ("messageUpdate", "undeleteMessage")


async def test_changes_of_messages_without_a_mention_may_not_be_told(teams: LocalTeams, bot: Bot) -> None:
    teams.habits.tells_of_unmentioned_changes = False
    plain = await teams.say(ADA, CHANNEL, "Hello")

    untold = await teams.edit(ADA, CHANNEL, plain.message, "Hello!")

    assert (untold.reason, len(bot.heard)) == ("not_delivered", 1)
    assert [message.text for message in teams.messages(CHANNEL)] == ["Hello!"]


async def test_only_ones_own_message_can_be_changed(teams: LocalTeams) -> None:
    said = await teams.say(ADA, CHANNEL, "Hello")

    with pytest.raises(ImpossibleError, match="was not written by"):
        await teams.edit(BEN, CHANNEL, said.message, "Hi")


async def test_reactions_are_told_if_the_message_is_the_bots(teams: LocalTeams, bot: Bot, client: Client) -> None:
    answer = (await client.post(teams.chat_of(MIA), text("Restart it."))).body["id"]
    own = await teams.dm(MIA, "Thanks")

    await teams.react(MIA, teams.chat_of(MIA), answer, "like")
    await teams.unreact(MIA, teams.chat_of(MIA), answer, "like")
    untold = await teams.react(MIA, teams.chat_of(MIA), own.message, "heart")

    added, removed = bot.activities[1:]
    assert (added["type"], added["replyToId"], added["reactionsAdded"]) == (
        "messageReaction",
        answer,
        [{"type": "like"}],
    )
    assert removed["reactionsRemoved"] == [{"type": "like"}]
    assert untold.reason == "not_delivered"


# Files


async def test_a_file_is_downloaded_without_a_token_and_a_picture_with_it(
    teams: LocalTeams, bot: Bot, client: Client
) -> None:
    files = [TeamsFile(name="log.txt", content=b"error"), TeamsFile(name="", content=b"png", mimetype="image/png")]

    await teams.dm(MIA, "See here", files=files)

    _, file, picture = bot.last["attachments"]
    assert (file["contentType"], file["name"], file["content"]["fileType"]) == (
        "application/vnd.microsoft.teams.file.download.info",
        "log.txt",
        "txt",
    )
    assert await (await client.http.get(file["content"]["downloadUrl"])).read() == b"error"
    assert picture["contentType"] == "image/png"
    assert (await client.http.get(picture["contentUrl"])).status == 401
    path = picture["contentUrl"].removeprefix(f"{teams.service_url}v3/")
    assert (await client.call("GET", path)).body == b"png"


# Cards


async def test_a_press_sends_the_verb_and_data_of_the_button(teams: LocalTeams, bot: Bot, client: Client) -> None:
    root = await card_in(client)

    await teams.execute(ADA, CHANNEL, root, "claim")

    activity = bot.last
    assert (activity["type"], activity["name"], activity["replyToId"]) == ("invoke", "adaptiveCard/action", root)
    assert activity["value"] == {
        "action": {"type": "Action.Execute", "id": "", "verb": "claim", "data": {"handoff": "hd_1"}},
        "trigger": "manual",
    }
    assert activity["from"]["aadObjectId"] == ADA
    assert activity["conversation"]["id"] == f"{CHANNEL};messageid={root}"
    assert activity["id"].startswith("f:")


async def test_a_form_in_a_card_brings_its_inputs_as_texts(teams: LocalTeams, bot: Bot, client: Client) -> None:
    root = await card_in(client)

    await teams.execute(ADA, CHANNEL, root, "resolve", {"outcome": "solved", "words": "Restarted", "article": True})

    assert bot.last["value"]["action"]["data"] == {
        "handoff": "hd_1",
        "outcome": "solved",
        "words": "Restarted",
        "article": "true",
    }


@pytest.mark.parametrize(
    ("inputs", "problem"),
    [
        ({}, "'outcome' must be filled in"),
        ({"outcome": "maybe"}, "has no choice"),
        ({"outcome": "solved", "words": "x" * 21}, "21 characters do not fit"),
        ({"outcome": "solved", "reason": "x"}, "has no inputs"),
    ],
)
async def test_a_form_is_not_sent_as_teams_would_not_send_it(
    teams: LocalTeams, bot: Bot, client: Client, inputs: dict[str, Any], problem: str
) -> None:
    root = await card_in(client)

    with pytest.raises(ImpossibleError, match=problem):
        await teams.execute(ADA, CHANNEL, root, "resolve", inputs)

    assert bot.heard == []


async def test_only_what_stands_on_the_card_can_be_pressed(teams: LocalTeams, client: Client) -> None:
    root = await card_in(client)

    with pytest.raises(ImpossibleError, match="there are"):
        await teams.execute(ADA, CHANNEL, root, "reopen")
    with pytest.raises(ImpossibleError, match="with"):
        await teams.execute(ADA, CHANNEL, root, "claim", where={"handoff": "hd_2"})
    with pytest.raises(ImpossibleError, match="does not see"):
        await teams.execute(MIA, CHANNEL, root, "claim")
    await client.delete(CHANNEL, root)
    with pytest.raises(ImpossibleError, match="does not see"):
        await teams.execute(ADA, CHANNEL, root, "claim")


async def test_the_card_in_an_answer_is_seen_by_the_presser_until_the_next_update(
    teams: LocalTeams, bot: Bot, client: Client
) -> None:
    root = await card_in(client)
    claimed = {**CARD, "actions": [{"type": "Action.Execute", "title": "Release", "verb": "release"}]}
    bot.answer = answering({"statusCode": 200, "type": "application/vnd.microsoft.card.adaptive", "value": claimed})

    delivery = await teams.execute(ADA, CHANNEL, root, "claim")
    message = teams.message(CHANNEL, root)
    assert message

    assert delivery.card == message.card_for(ADA) == claimed
    assert message.card_for(BEN) == CARD
    await teams.execute(ADA, CHANNEL, root, "release")
    await client.update(CHANNEL, root, with_card())
    assert message.card_for(ADA) == CARD


async def test_an_answer_may_be_a_note_or_an_error(teams: LocalTeams, bot: Bot, client: Client) -> None:
    root = await card_in(client)
    bot.answer = answering(
        {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "Ada was first"}
    )
    noted = await teams.execute(BEN, CHANNEL, root, "claim")
    bot.answer = answering(
        {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": {"code": "x", "message": "No"}}
    )
    failed = await teams.execute(BEN, CHANNEL, root, "claim")

    assert (noted.note, noted.error) == ("Ada was first", "")
    assert (failed.note, failed.error) == ("", "No")


async def test_a_submit_button_sends_a_message_without_words(teams: LocalTeams, bot: Bot, client: Client) -> None:
    card = {**CARD, "actions": [{"type": "Action.Submit", "title": "Send", "data": {"a": 1}}]}
    root = (await client.new_thread(CHANNEL, with_card(card))).body["activityId"]

    await teams.submit(ADA, CHANNEL, root, "Send")

    assert (bot.last["type"], bot.last["value"], bot.last["replyToId"]) == ("message", {"a": 1}, root)
    assert "text" not in bot.last


# Thumbs and suggestions


@pytest.mark.parametrize(
    ("shape", "feedback"),
    [
        (FeedbackShape.JSON_STRING, json.dumps({"feedbackText": "too vague"})),
        (FeedbackShape.PLAIN, "too vague"),
        (FeedbackShape.OBJECT, {"feedbackText": "too vague"}),
        (FeedbackShape.EMPTY, ""),
        (FeedbackShape.ABSENT, None),
    ],
)
async def test_a_thumb_brings_the_verdict_and_the_reason_in_one(
    teams: LocalTeams, bot: Bot, client: Client, shape: FeedbackShape, feedback: Any
) -> None:
    answer = (await client.post(teams.chat_of(MIA), ANSWER)).body["id"]

    await teams.thumbs(MIA, teams.chat_of(MIA), answer, "dislike", "too vague", shape=shape)

    value = bot.last["value"]
    assert (bot.last["name"], bot.last["replyToId"]) == ("message/submitAction", answer)
    assert (value["actionName"], value["actionValue"]["reaction"]) == ("feedback", "dislike")
    assert value["actionValue"].get("feedback") == feedback


async def test_a_thumb_may_name_no_message(teams: LocalTeams, bot: Bot, client: Client) -> None:
    answer = (await client.post(teams.chat_of(MIA), ANSWER)).body["id"]

    await teams.thumbs(MIA, teams.chat_of(MIA), answer, "like", names_message=False)

    assert "replyToId" not in bot.last


async def test_there_are_thumbs_only_where_the_bot_asked_for_them(teams: LocalTeams, client: Client) -> None:
    plain = (await client.post(teams.chat_of(MIA), text("Hello"))).body["id"]

    with pytest.raises(ImpossibleError, match="has no thumbs"):
        await teams.thumbs(MIA, teams.chat_of(MIA), plain, "like")


@pytest.mark.parametrize("nested", [False, True])
async def test_a_form_of_the_bots_own_is_asked_for_first(
    teams: LocalTeams, bot: Bot, client: Client, nested: bool
) -> None:
    custom = text("Restart it.", channelData={"feedbackLoop": {"type": "custom"}})
    answer = (await client.post(teams.chat_of(MIA), custom)).body["id"]

    await teams.ask_for_feedback_form(MIA, teams.chat_of(MIA), answer, "dislike", nested=nested)

    asked = {"actionName": "feedback", "actionValue": {"reaction": "dislike"}}
    assert (bot.last["name"], bot.last["value"]) == ("message/fetchTask", {"data": asked} if nested else asked)


async def test_a_suggestion_is_said_by_the_person_and_vanishes(teams: LocalTeams, bot: Bot, client: Client) -> None:
    suggested = {"to": [], "actions": [{"type": "imBack", "title": "Talk to a person", "value": "Talk to a person"}]}
    answer = (await client.post(teams.chat_of(MIA), text("Hm.", suggestedActions=suggested))).body["id"]

    await teams.press_suggestion(MIA, answer, "Talk to a person")

    assert (bot.last["type"], bot.last["text"]) == ("message", "Talk to a person")
    with pytest.raises(ImpossibleError, match="no suggestion"):
        await teams.press_suggestion(MIA, answer, "Talk to a person")


async def test_a_submitted_suggestion_is_an_invoke(teams: LocalTeams, bot: Bot, client: Client) -> None:
    suggested = {"to": [], "actions": [{"type": "Action.Submit", "title": "A person", "value": {"ask": "person"}}]}
    answer = (await client.post(teams.chat_of(MIA), text("Hm.", suggestedActions=suggested))).body["id"]

    await teams.press_suggestion(MIA, answer, "A person")

    assert (bot.last["type"], bot.last["name"], bot.last["value"]) == (
        "invoke",
        "suggestedActions/submit",
        {"ask": "person"},
    )


# The app, teams and channels


async def test_an_installation_tells_of_the_bot_and_of_itself(teams: LocalTeams, bot: Bot) -> None:
    await teams.install(MIA)

    added, installed = bot.activities
    assert (added["type"], added["membersAdded"]) == ("conversationUpdate", [{"id": teams.workspace.bot_mri}])
    assert (installed["type"], installed["action"]) == ("installationUpdate", "add")
    assert installed["conversation"]["id"] == teams.chat_of(MIA)
    assert installed["from"]["aadObjectId"] == MIA


async def test_a_new_version_and_a_removal_are_told_too(teams: LocalTeams, bot: Bot) -> None:
    await teams.install(MIA, action="add-upgrade")
    await teams.uninstall(MIA)

    assert [one["action"] for one in bot.activities] == ["add-upgrade", "remove"]


async def test_an_installation_in_a_team_names_the_team_and_its_group(teams: LocalTeams, bot: Bot) -> None:
    await teams.install_in_team(TEAM, ADA)
    await teams.uninstall_from_team(TEAM, ADA)

    team = teams.workspace.teams[TEAM]
    installed = bot.activities[1]
    assert installed["channelData"]["team"] == {"id": TEAM, "name": "Support", "aadGroupId": team.group_id}
    assert installed["channelData"]["settings"] == {"selectedChannel": {"id": TEAM}}
    assert [one.get("action") for one in bot.activities] == [None, "add", None, "remove"]
    assert (await teams.rename_team(TEAM, "Help", ADA)).reason == "not_delivered"


async def test_changes_of_members_teams_and_channels_are_told(teams: LocalTeams, bot: Bot) -> None:
    await teams.add_member(TEAM, MIA, ADA)
    await teams.remove_member(TEAM, MIA, ADA)
    await teams.rename_team(TEAM, "Help", ADA)
    await teams.create_channel("19:new@thread.tacv2", "New", TEAM, ADA)
    await teams.rename_channel("19:new@thread.tacv2", "Newer", ADA)
    await teams.delete_channel("19:new@thread.tacv2", ADA)
    await teams.restore_channel("19:new@thread.tacv2", ADA)
    await teams.delete_team(TEAM, ADA)

    data = [one["channelData"] for one in bot.activities]
    assert [one["eventType"] for one in data] == [
        "teamMemberAdded",
        "teamMemberRemoved",
        "teamRenamed",
        "channelCreated",
        "channelRenamed",
        "channelDeleted",
        "channelRestored",
        "teamDeleted",
    ]
    assert bot.activities[0]["membersAdded"] == [{"id": teams.workspace.users[MIA].mri, "aadObjectId": MIA}]
    assert data[2]["team"]["name"] == "Help"
    assert data[4]["channel"] == {"id": "19:new@thread.tacv2", "name": "Newer"}


async def test_a_guest_is_a_member_with_that_role(teams: LocalTeams) -> None:
    assert teams.workspace.teams[TEAM].members[GUS] == "guest"


# Delivery


async def test_a_message_is_sent_once_more_if_the_answer_is_an_error(teams: LocalTeams, bot: Bot) -> None:
    bot.answer = lambda heard, count: web.Response(status=500 if count == 0 else 200)

    delivery = await teams.dm(MIA, "Hello")

    assert (delivery.status, delivery.attempts) == (200, 2)
    assert bot.activities[0] == bot.activities[1]


async def test_a_message_is_sent_twice_in_all_and_an_invoke_once(teams: LocalTeams, bot: Bot, client: Client) -> None:
    root = await card_in(client)
    bot.answer = answering(status=503)

    said = await teams.dm(MIA, "Hello")
    pressed = await teams.execute(ADA, CHANNEL, root, "claim")

    assert (said.status, said.attempts, said.reason) == (503, 2, "http_error")
    assert (pressed.status, pressed.attempts) == (503, 1)


async def test_a_late_answer_counts_as_none(bot: Bot) -> None:
    async with LocalTeams(messages_url=bot.url, answer_seconds=0.000_001) as teams:
        teams.add_user(MIA, "Mia")
        delivery = await teams.dm(MIA, "Hello")

    assert (delivery.status, delivery.reason, delivery.attempts) == (0, "timeout", 2)


async def test_activities_can_arrive_several_times_at_once(teams: LocalTeams, bot: Bot) -> None:
    teams.courier.copies = 3

    await teams.dm(MIA, "Hello")

    assert len(bot.heard) == 3
    assert bot.activities[0] == bot.activities[1] == bot.activities[2]


@pytest.mark.parametrize("reverse", [False, True])
async def test_activities_can_be_late_and_out_of_order(teams: LocalTeams, bot: Bot, reverse: bool) -> None:
    teams.courier.hold()
    first = await teams.dm(MIA, "First")
    await teams.dm(MIA, "Second")
    assert (first.reason, bot.heard) == ("held", [])

    await teams.courier.release(reverse=reverse)

    assert [one["text"] for one in bot.activities] == (["Second", "First"] if reverse else ["First", "Second"])


async def test_anything_can_be_sent_signed_or_not(teams: LocalTeams, bot: Bot) -> None:
    await teams.deliver({"type": "somethingNew", "serviceUrl": teams.service_url})
    raw = await teams.send_raw(b'{"type": "message"}', {"Authorization": "Bearer none"})

    assert [one["type"] for one in bot.activities] == ["somethingNew", "message"]
    assert raw.status == 200
    assert [delivery.activity["type"] for delivery in teams.deliveries] == ["somethingNew"]


async def test_without_a_bot_people_talk_among_themselves() -> None:
    async with LocalTeams() as teams:
        teams.add_user(MIA, "Mia")
        delivery = await teams.dm(MIA, "Anybody?")

    assert (delivery.ok, delivery.reason) == (False, "no_receiver")


async def test_changes_can_be_waited_for_and_followed(teams: LocalTeams, client: Client) -> None:
    waiting = asyncio.create_task(teams.wait_for(lambda: teams.messages(CHANNEL)))
    await asyncio.sleep(0)

    await client.post(CHANNEL, text("Hello"))

    assert [message.text for message in await waiting] == ["Hello"]
