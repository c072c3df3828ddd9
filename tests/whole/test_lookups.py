"""Lookups: agents look up an id by a mention or a shortcut, and the Home tab lists open handoffs."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from bot.slack.markdown import render_sentence
from sandbox.slack import Message
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from tests.addresses import channel_at
from tests.english import messages
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

TRUST = "I want to report harassment by my manager"
OUTSIDER = "U0EVE0000"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def mention(scene: Scene, text: str, *, who: str = ADA, thread: str | None = None) -> list[str]:
    """Mentions the bot in the handoff channel; returns its replies in the thread."""
    slack = scene.world.slack
    said = await slack.say(who, HANDOFF_CHANNEL, f"<@{slack.bot_user_id}> {text}", thread, formatted=True)
    assert said.ok
    await scene.settled()
    thread_ts = thread or said.ts
    after = [message for message in slack.messages(HANDOFF_CHANNEL, thread_ts) if message.ts > said.ts]
    return [shown(message) for message in after if message.bot_id]


def shown(message: Message) -> str:
    """Returns the text of a message's blocks."""
    return "\n".join(_texts(message.blocks))


def _texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) else []
        return own + [text for value in node.values() for text in _texts(value)]
    return [text for item in node for text in _texts(item)] if isinstance(node, list) else []


# Lookups of an id.


@in_own_loop
@pytest.mark.both_engines
async def test_a_mention_with_any_id_is_answered_in_its_thread_with_all_the_others(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        await scene.press_card("claim", who=BEN)
        handoff = await scene.handoff()
        (asked,) = world.uppzy.asked
        dm = world.slack.dm_of(MIA)
        ref = handoff.ticket.ref
        own = [handoff.id, handoff.conversation_id, handoff.question_id, handoff.answer_id, ref and ref.id]
        others = [asked.session_id, asked.request_id, "HD-1", "hd-1", f"{dm}:{root}", f"<{scene.link(dm, root)}>"]

        for id in (*own, *others):
            (answer,) = await mention(scene, f"what do you know about {id}, please?")

            for part in (*own, asked.session_id, asked.request_id, "HD-1", f"<@{MIA}>", f"{dm}:{root}"):
                assert str(part) in answer, (id, part)
            assert f"claimed by <@{BEN}>" in answer
            assert scene.link(HANDOFF_CHANNEL, scene.card.ts) in answer
            assert UNKNOWN not in answer


async def test_a_mention_in_the_thread_of_a_claimed_handoff_is_answered_there_and_never_relayed(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed

    (answer,) = await mention(scene, "HD-1?", thread=scene.card.ts)

    assert "Handled by" in answer
    assert "HD-1?" not in scene.texts(root)


async def test_a_mention_without_an_id_gets_a_short_help(scene: Scene) -> None:
    (answer,) = await mention(scene, "can you help me with that?")

    assert "Mention me with an id" in answer
    assert "HD-12" in answer


async def test_an_unknown_id_is_answered_with_what_is_understood_and_a_secret_is_not_repeated(scene: Scene) -> None:
    secret = "xoxb-123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx"

    (answer,) = await mention(scene, f"HD-77 and {secret}")

    assert "I know nothing about `HD-77`" in answer
    assert "a ticket's id or number" in answer
    assert secret not in answer


async def test_who_is_no_member_of_the_channel_gets_a_private_explanation(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    slack = scene.world.slack
    text = f"<@{slack.bot_user_id}> HD-1"
    event = {"type": "app_mention", "channel": HANDOFF_CHANNEL, "user": TOM, "text": text, "ts": "1700000000.000100"}

    await slack.deliver({**event, "event_ts": event["ts"], "team": slack.team_id})
    await scene.settled()

    assert [message.text for message in slack.messages(slack.dm_of(TOM))] == [
        f"Only members of <#{HANDOFF_CHANNEL}> can look things up. Ask one of them to add you."
    ]
    assert len(slack.messages(HANDOFF_CHANNEL)) == 1


async def test_a_member_of_another_company_learns_nothing(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    slack = scene.world.slack
    slack.add_user(OUTSIDER, "Eve", team_id="T0OTHER00")
    slack.workspace.channels[HANDOFF_CHANNEL].members.append(OUTSIDER)

    assert await mention(scene, "HD-1", who=OUTSIDER) == []

    assert slack.ephemerals[-1].text == "Sorry, I can only help people in this company."


@in_own_loop
async def test_the_matters_of_another_handoff_channel_stay_there(world: LocalWorld) -> None:
    world.slack.add_channel("C0PEOPLE0", "people-team", members=[BEN])
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(UNKNOWN)
        handoff = await scene.handoff()
        await bot.store.run(lambda tx: tx.handoffs.save(dataclasses.replace(handoff, place=channel_at("C0PEOPLE0"))))

        (answer,) = await mention(scene, handoff.conversation_id)

        assert "I know nothing about" in answer


async def test_a_mention_that_slack_delivers_again_is_answered_once(scene: Scene) -> None:
    slack = scene.world.slack
    await mention(scene, "HD-1")
    (mentioned,) = [one for one in slack.messages(HANDOFF_CHANNEL) if not one.bot_id]
    for kind in ("message", "app_mention", "message"):
        event = {**slack.renderer.message(mentioned), "type": kind, "channel": HANDOFF_CHANNEL}
        await slack.deliver({**event, "channel_type": "channel", "event_ts": mentioned.ts})
    await scene.settled()

    assert len([one for one in slack.messages(HANDOFF_CHANNEL, mentioned.ts) if one.bot_id]) == 1
    assert await scene.count("events", "kind = 'LookupRequested'") == 1


async def test_who_cannot_be_answered_in_the_channel_is_told_so_and_the_channel_is_an_alarm_until_it_takes_posts(
    scene: Scene,
) -> None:
    slack = scene.world.slack
    slack.faults.refused("chat.postMessage", error="restricted_action", times=None)

    assert await mention(scene, "HD-1") == []

    told = [(one.user, one.text, one.thread_ts) for one in slack.ephemerals]
    assert told == [(ADA, render_sentence(messages.agents.NOT_ANSWERED_ALOUD), None)]
    standing = f"over_at IS NULL AND cause = 'channel:{HANDOFF_CHANNEL}'"
    assert await scene.count("alarms", standing) == 1
    slack.faults.clear()
    (answer,) = await mention(scene, "HD-1")
    assert "I know nothing about" in answer
    assert await scene.count("alarms", standing) == 0


async def test_who_cannot_be_shown_the_ids_of_a_message_leaves_an_alarm(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    slack = scene.world.slack
    slack.faults.refused("chat.postEphemeral", error="restricted_action", times=None)

    await slack.use_shortcut(ADA, HANDOFF_CHANNEL, scene.card.ts, "show_ids")
    await scene.settled()

    assert "a lookup wasn't shown" in slack.messages(HANDOFF_CHANNEL)[-1].text


async def test_the_shortcut_on_card_answer_and_thread_message_shows_the_ids_to_the_presser_alone(
    claimed: tuple[Scene, str],
) -> None:
    scene, root = claimed
    await scene.write_in_thread("Which printer is it?", who=ADA)
    note = await scene.write_in_thread("note: an internal word", who=ADA)
    slack = scene.world.slack
    handoff = await scene.handoff()
    before = len(slack.messages(HANDOFF_CHANNEL, scene.card.ts))
    relayed = scene.handoff_thread[-2]
    own_dm = await scene.ask(CONFIDENT, who=ADA)
    ways = {
        "the card": (HANDOFF_CHANNEL, scene.card.ts),
        "a relayed message": (HANDOFF_CHANNEL, relayed.ts),
        "a note": (HANDOFF_CHANNEL, note),
    }

    for name, (channel, ts) in ways.items():
        await slack.use_shortcut(ADA, channel, ts, "show_ids")
        await scene.settled()

        told = slack.ephemerals[-1]
        assert told.user == ADA, name
        assert told.thread_ts == (None if ts == scene.card.ts else scene.card.ts), name
        assert handoff.id in str(told.blocks), name
    await slack.use_shortcut(ADA, slack.dm_of(ADA), scene.answer(own_dm, who=ADA).ts, "show_ids")
    await scene.settled()

    assert f"<@{ADA}>" in str(slack.ephemerals[-1].blocks)
    assert "message of an answer" in str(slack.ephemerals[-1].blocks)
    assert len(slack.messages(HANDOFF_CHANNEL, scene.card.ts)) == before
    assert root


async def test_the_shortcut_says_no_to_an_employee_in_private(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    slack = scene.world.slack

    await slack.use_shortcut(MIA, slack.dm_of(MIA), root, "show_ids")
    await scene.settled()

    assert "can look things up" in slack.ephemerals[-1].text
    assert slack.ephemerals[-1].user == MIA


async def test_the_shortcut_works_where_the_bot_is_not_by_answering_in_the_dm(scene: Scene) -> None:
    slack = scene.world.slack
    slack.add_channel("C0LUNCH00", "lunch", members=[ADA], with_bot=False)
    said = await slack.say(ADA, "C0LUNCH00", "HD-1 was a tough one")

    await slack.use_shortcut(ADA, "C0LUNCH00", said.ts, "show_ids")
    await scene.settled()

    (answer,) = slack.messages(slack.dm_of(ADA))
    assert "I know nothing about" in shown(answer)


@in_own_loop
async def test_a_mention_taken_in_before_a_stop_is_answered_after_the_start(world: LocalWorld) -> None:
    world.slack.faults.rate_limited("chat.postMessage", retry_after=1, times=1)
    async with world.bot():
        said = await world.slack.say(ADA, HANDOFF_CHANNEL, f"<@{world.slack.bot_user_id}> HD-9", formatted=True)
        await world.slack.wait_for(lambda: world.slack.calls_of("chat.postMessage"))
        assert len(world.slack.messages(HANDOFF_CHANNEL, said.ts)) == 1

    async with world.bot():
        await world.slack.wait_for(lambda: len(world.slack.messages(HANDOFF_CHANNEL, said.ts)) == 2)

    assert len(world.slack.messages(HANDOFF_CHANNEL, said.ts)) == 2
