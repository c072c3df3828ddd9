"""Alarms: one for each cause, updated while it is active, and marked as over. Also across a restart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from bot.helpdesk.retry import Schedule
from sandbox.uppzy import Endpoint, replying
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM
from storage.repositories import Transaction
from tests.whole.conftest import QUICK
from tests.whole.day import HOUR, MINUTE, Day, at_work
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene


def _refuses(channel: str) -> Any:
    return lambda args: args.get("channel") == channel


async def test_a_refused_key_is_one_alarm_that_counts_and_is_over_when_uppzy_answers_again(day: Day) -> None:
    key = day.scene.world.uppzy.api_key
    day.scene.world.uppzy.api_key = "rotated"
    await day.scene.ask(CONFIDENT)
    await day.pass_time(MINUTE)
    await day.scene.ask(CONFIDENT, who=TOM)

    (alarm,) = day.alarms()
    assert "rejected its API key or token (401)" in alarm.text
    assert "uppzy-desk check" in alarm.text
    assert "2 in all" in str(alarm.blocks)
    day.scene.world.uppzy.api_key = key
    await day.pass_time(5 * HOUR)
    assert day.alarms("uppzy")[0].text.startswith("🚨")
    await day.scene.ask(CONFIDENT, who=ADA)

    (over,) = day.alarms("uppzy")
    assert over.ts == alarm.ts
    assert over.text.startswith("✅ Over: ")


async def test_what_happens_again_after_it_was_over_is_a_new_alarm(day: Day) -> None:
    key = day.scene.world.uppzy.api_key
    for value, who in (("rotated", MIA), (key, TOM), ("rotated", ADA)):
        day.scene.world.uppzy.api_key = value
        await day.scene.ask(CONFIDENT, who=who)
        await day.pass_time(1.0)

    assert [alarm.text[0] for alarm in day.alarms()] == ["✅", "🚨"]


async def test_handoffs_past_their_target_are_one_alarm_that_names_those_that_are_left(day: Day) -> None:
    await day.scene.ask(UNKNOWN)
    await day.pass_time(20 * MINUTE)
    await day.scene.ask(UNKNOWN, who=TOM)
    await day.pass_time(41 * MINUTE)
    assert [alarm.text.endswith("HD-1") for alarm in day.alarms()] == [True]
    await day.pass_time(20 * MINUTE)

    (alarm,) = day.alarms()
    assert "HD-1, HD-2" in alarm.text
    first, second = day.scene.world.cards
    await day.scene.press(first, "handoff_claim", who=ADA)
    assert ["HD-1" in alarm.text for alarm in day.alarms()] == [False]
    await day.scene.press(second, "handoff_hand_back", who=ADA)

    (over,) = day.alarms()
    assert (over.ts, over.text[0]) == (alarm.ts, "✅")


async def test_questions_that_wait_for_two_minutes_are_an_alarm_until_they_are_answered(day: Day) -> None:
    day.scene.world.outside = replace(day.scene.world.outside, timeouts=_patient())
    await day.restart()
    day.scene.world.uppzy.fail(Endpoint.CHAT, replying(503, times=None))
    root = await day.scene.ask(CONFIDENT)

    await day.pass_time(MINUTE)
    assert day.alarms() == []
    await day.pass_time(2 * MINUTE)
    (alarm,) = day.alarms()
    assert "hasn't answered for 3 minutes" in alarm.text
    await day.pass_time(4 * MINUTE)
    assert ["for 7 minutes" in alarm.text for alarm in day.alarms()] == [True]
    day.scene.world.uppzy.heal()
    await day.scene.world.slack.wait_for(lambda: "password.example.com" in str(_blocks(day, root)))
    await day.pass_time(MINUTE)

    (over,) = day.alarms()
    assert (over.ts, over.text[0]) == (alarm.ts, "✅")


def _patient() -> Any:
    """Longer deadlines for retries, because the test moves the clock by minutes."""
    return replace(QUICK, retry=Schedule(first=0.05, longest=0.2, give_up=1e6))


def _blocks(day: Day, root: str) -> list[Any]:
    return [message.blocks for message in day.scene.replies(root)]


async def test_a_channel_that_cannot_be_posted_to_says_so_once_it_can(
    day: Day, caplog: pytest.LogCaptureFixture
) -> None:
    slack = day.scene.world.slack
    slack.faults.refused("chat.postMessage", error="is_archived", times=None, when=_refuses(HANDOFF_CHANNEL))
    root = await day.scene.ask(UNKNOWN)
    await day.pass_time(MINUTE)
    await day.scene.ask(UNKNOWN, who=TOM)

    assert "can't reach the support team in Slack" in day.scene.texts(root)
    assert "handoff_channel_unusable" in caplog.text
    assert day.alarms() == []
    assert await day.scene.count("alarms", "over_at IS NULL AND cause LIKE 'channel:%'") == 1
    slack.faults.clear()
    await day.pass_time(MINUTE)
    await day.scene.ask(UNKNOWN, who=ADA)

    assert {name for card in day.scene.world.cards for name in ("HD-1", "HD-2", "HD-3") if name in card.text} == {
        "HD-1", "HD-2", "HD-3",
    }  # fmt: skip
    assert len(day.scene.world.cards) == 3
    (over,) = day.alarms()
    assert over.text.startswith("✅ Over: I cannot post in the channel")
    assert "2 in all" in str(over.blocks)
    assert await day.scene.count("alarms", "over_at IS NULL") == 0


async def test_what_could_not_be_said_in_the_channel_is_said_once_it_takes_posts(day: Day) -> None:
    slack = day.scene.world.slack
    slack.faults.refused("chat.postMessage", error="is_archived", times=None, when=_refuses(HANDOFF_CHANNEL))
    day.scene.world.uppzy.api_key = "rotated"
    await day.scene.ask(CONFIDENT)
    assert day.alarms() == []

    slack.faults.clear()
    await day.pass_time(MINUTE)
    await day.scene.ask(CONFIDENT, who=TOM)

    said = sorted(alarm.text[:6] for alarm in day.alarms())
    assert [text[0] for text in said] == ["✅", "🚨"]
    assert "uppzy" in next(alarm.text for alarm in day.alarms() if alarm.text[0] == "🚨")


async def test_an_alarm_that_nothing_ends_is_over_when_it_was_quiet_for_an_hour(day: Day) -> None:
    slack = day.scene.world.slack
    slack.faults.refused("chat.postMessage", error="user_disabled", times=None, when=_refuses(slack.dm_of(MIA)))
    await _lose(day)
    await day.pass_time(40 * MINUTE)
    await _lose(day)
    await day.pass_time(40 * MINUTE)

    (alarm,) = day.alarms()
    assert alarm.text[0] == "🚨"
    assert "2 in all" in str(alarm.blocks)
    await day.pass_time(21 * MINUTE)
    (over,) = day.alarms()
    assert (over.ts, over.text[0]) == (alarm.ts, "✅")


async def _lose(day: Day) -> None:
    """Asks a question as Mia without expecting an answer."""
    await day.scene.world.slack.dm(MIA, CONFIDENT)
    await day.scene.settled()


@at_work
async def test_an_alarm_that_somebody_deleted_is_said_anew_while_it_stands(day: Day) -> None:
    day.scene.world.uppzy.api_key = "rotated"
    await day.scene.ask(CONFIDENT)
    (alarm,) = day.alarms()
    day.scene.world.slack.faults.refused("chat.update", error="message_not_found", times=1)

    await day.scene.ask(CONFIDENT, who=TOM)

    first, second = day.alarms()
    assert first.ts == alarm.ts
    assert "2 in all" in str(second.blocks)


async def test_a_failed_ticket_is_an_alarm_until_the_ticket_system_does_something_again(day: Day) -> None:
    await day.scene.ask(UNKNOWN)
    await day.scene.bot.store.run(_lose_tickets)
    await day.scene.press_card("claim", who=ADA)

    (alarm,) = day.alarms()
    assert "the status of a ticket wasn't changed" in alarm.text
    await day.pass_time(5 * HOUR)
    assert day.alarms()[0].text[0] == "🚨"
    await day.scene.ask(UNKNOWN, who=TOM)

    (over,) = day.alarms()
    assert (over.ts, over.text[0]) == (alarm.ts, "✅")


def _lose_tickets(tx: Transaction) -> None:
    tx.connection.exec_driver_sql("DELETE FROM local_tickets")


@pytest.mark.both_engines
async def test_an_alarm_is_raised_counted_taken_back_and_raised_again_on_both_engines(scene: Scene) -> None:
    key = scene.world.uppzy.api_key
    scene.world.uppzy.api_key = "rotated"
    await asyncio.gather(*(scene.world.slack.dm(who, CONFIDENT) for who in (MIA, TOM, ADA, BEN)))
    await scene.settled()

    assert await scene.count("alarms", "count = 4 AND over_at IS NULL AND message IS NOT NULL") == 1
    scene.world.uppzy.api_key = key
    scene.world.slack.add_user("U0EVE0000", "Eve", email="eve@example.com")
    await scene.ask(CONFIDENT, who="U0EVE0000")
    assert await scene.count("alarms", "over_at IS NOT NULL") == 1
    scene.world.uppzy.api_key = "rotated"
    await scene.ask(CONFIDENT, who="U0EVE0000")

    assert await scene.count("alarms", "count = 1 AND over_at IS NULL") == 1
    signs = [m.text[0] for m in scene.world.slack.messages(HANDOFF_CHANNEL) if "rejected" in m.text]
    assert signs == ["✅", "🚨"]


async def test_another_channel_that_cannot_be_posted_to_is_told_in_the_handoff_channel(day: Day) -> None:
    slack = day.scene.world.slack
    slack.add_channel("C0TRUST", "trust", members=[ADA, slack.bot_user_id])
    policy = day.scene.world.settings.policy_file
    text = policy.read_text(encoding="utf-8")
    policy.write_text(text.replace('"matter of trust"', '"matter of trust"\nchannel = "C0TRUST"'), encoding="utf-8")
    await day.restart()
    slack.faults.refused("chat.postMessage", error="not_in_channel", times=None, when=_refuses("C0TRUST"))

    await day.scene.ask("I want to report harassment by my manager")

    (alarm,) = day.alarms()
    assert "I cannot post in the channel C0TRUST (not_in_channel)" in alarm.text
    slack.faults.clear()
    await day.pass_time(MINUTE)
    await day.scene.ask("I want to report harassment by my manager", who=TOM)
    (over,) = day.alarms()
    assert (over.ts, over.text[0]) == (alarm.ts, "✅")
    assert sorted(message.text[:4] for message in slack.messages("C0TRUST")) == ["HD-1", "HD-2"]
