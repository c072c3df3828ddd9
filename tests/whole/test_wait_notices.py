"""An employee who waits for a person is told when somebody comes, when that is late, and no more than that."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from sandbox.world import ADA, HANDOFF_CHANNEL, LocalWorld
from tests.policies import policy_at_once
from tests.whole.day import DAY, HOUR, POLICY, Day, at_work, moment
from tests.whole.scene import PERSON, UNKNOWN, Scene

EXPECTED = "You can expect someone by"
OPENING = "No one is at work right now. Someone will reply from"
OVERDUE = "Sorry for the wait: no one has picked up"
AT_WORK = "The support team is back at work"
UNREACHED = "I can't reach the support team in Slack right now."
REACHED = "The support team has received *HD-1* after all."
NOTICES = (EXPECTED, OPENING, OVERDUE, AT_WORK)


def told(day: Day, root: str) -> list[str]:
    """Returns which notices the employee got, in their order."""
    texts = [reply.text for reply in day.scene.replies(root)]
    return [notice for text in texts for notice in NOTICES if notice in text]


async def until(day: Day, moment_of_day: str) -> None:
    """Lets time pass until this moment in Berlin."""
    await day.pass_time(moment(moment_of_day) - day.clock())


async def rewrite_policy(day: Day, lines: str) -> None:
    """Restarts the bot with these lines in its [handoff] table."""
    path = day.scene.world.settings.policy_file
    assert path is not None
    text = policy_at_once() + POLICY.replace("[handoff]", f"[handoff]\n{lines}", 1)
    await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    await day.restart()


# The three notices.


async def test_who_waits_in_working_hours_hears_the_target_its_end_and_the_next_morning_once_each(day: Day) -> None:
    root = await day.scene.ask(UNKNOWN)
    assert f"{EXPECTED} Wednesday, 25 November at 11:00 (Europe/Berlin)." in day.scene.texts(root)

    await until(day, "2026-11-25 10:59")
    assert told(day, root) == [EXPECTED]
    await until(day, "2026-11-25 11:01")
    assert told(day, root) == [EXPECTED, OVERDUE]
    await until(day, "2026-11-26 08:59")
    assert told(day, root) == [EXPECTED, OVERDUE]
    await until(day, "2026-11-26 09:01")
    assert told(day, root) == [EXPECTED, OVERDUE, AT_WORK]
    await day.pass_time(5 * DAY)

    assert told(day, root) == [EXPECTED, OVERDUE, AT_WORK]
    assert f"{OVERDUE} *HD-1* yet. I've reminded the support team." in day.scene.texts(root)
    assert f"{AT_WORK} and has *HD-1* in its queue." in day.scene.texts(root)


async def test_who_asks_at_night_hears_the_opening_the_morning_and_the_end_of_the_target_once_each(day: Day) -> None:
    await until(day, "2026-11-27 18:00")
    root = await day.scene.ask(UNKNOWN)
    assert told(day, root) == [OPENING]

    await until(day, "2026-11-28 12:00")
    assert told(day, root) == [OPENING]
    await until(day, "2026-11-30 09:01")
    assert told(day, root) == [OPENING, AT_WORK]
    await until(day, "2026-11-30 10:01")

    assert told(day, root) == [OPENING, AT_WORK, OVERDUE]


async def claim(day: Day, root: str) -> None:
    await day.scene.press_card("claim", who=ADA)


async def resolve(day: Day, root: str) -> None:
    await day.scene.resolve(who=ADA)


async def hand_back(day: Day, root: str) -> None:
    await day.scene.press_card("hand_back", who=ADA)


async def withdraw(day: Day, root: str) -> None:
    notice = next(reply for reply in day.scene.replies(root) if "handoff_withdraw" in str(reply.blocks))
    await day.scene.press(notice, "handoff_withdraw")


async def send_the_draft(day: Day, root: str) -> None:
    draft = next(post for post in day.scene.handoff_thread if "handoff_send_draft" in str(post.blocks))
    await day.scene.press(draft, "handoff_send_draft", who=ADA)


@at_work
@pytest.mark.parametrize("act", [claim, resolve, hand_back, withdraw, send_the_draft])
async def test_who_does_not_wait_any_more_is_told_nothing(day: Day, act: Callable[[Day, str], Awaitable[None]]) -> None:
    root = await day.scene.ask(f"{PERSON}. How do I reset my password?")
    before = told(day, root)
    await act(day, root)

    await day.pass_time(5 * DAY)

    assert before == [EXPECTED]
    assert told(day, root) == before


@at_work
@pytest.mark.parametrize("again", ["writes again", "released"])
async def test_who_waits_again_is_told_again_for_the_new_target_and_morning_only(day: Day, again: str) -> None:
    root = await day.scene.ask(UNKNOWN)
    await claim(day, root)
    await day.scene.write_in_thread("Which one?", who=ADA)
    if again == "released":
        await until(day, "2026-11-25 10:30")
        await day.scene.press_card("release", who=ADA)
    else:
        await resolve(day, root)
        await until(day, "2026-11-25 10:30")
        await day.scene.ask("It happened again", thread=root)

    await until(day, "2026-11-25 11:29")
    assert told(day, root) == [EXPECTED, EXPECTED]
    assert f"{EXPECTED} Wednesday, 25 November at 11:30 (Europe/Berlin)." in day.scene.texts(root)
    await until(day, "2026-11-25 11:31")
    for _ in range(3):
        await day.pass_time(DAY)

    assert told(day, root) == [EXPECTED, EXPECTED, OVERDUE, AT_WORK]


@at_work
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("tell_expected = false", [OVERDUE, AT_WORK]),
        ("tell_overdue = false", [EXPECTED, AT_WORK]),
        ("tell_at_work = false", [EXPECTED, OVERDUE]),
    ],
)
async def test_the_policy_turns_each_notice_off(day: Day, line: str, expected: list[str]) -> None:
    await rewrite_policy(day, line)
    root = await day.scene.ask(UNKNOWN)

    await until(day, "2026-11-25 11:01")
    for _ in range(3):
        await day.pass_time(DAY)

    assert told(day, root) == expected
    assert len(day.reminders()) == 2


@at_work
@pytest.mark.parametrize("back", ["2026-11-26 10:05", "2026-11-30 12:00"])
async def test_what_came_due_while_the_desk_was_stopped_is_one_notice(day: Day, back: str) -> None:
    await until(day, "2026-11-25 18:00")
    root = await day.scene.ask(UNKNOWN)

    await day.restart(moment(back) - day.clock())
    await day.pass_time(DAY)

    assert told(day, root) == [OPENING, OVERDUE]


@at_work
async def test_who_could_not_be_told_in_the_morning_is_told_when_people_work(day: Day) -> None:
    await rewrite_policy(day, "tell_overdue = false")
    root = await day.scene.ask(UNKNOWN)

    await day.restart(moment("2026-11-26 20:00") - day.clock())
    assert told(day, root) == [EXPECTED]
    await until(day, "2026-11-27 09:01")

    assert told(day, root) == [EXPECTED, AT_WORK]


@at_work
async def test_a_clock_that_is_set_back_repeats_nothing(day: Day) -> None:
    root = await day.scene.ask(UNKNOWN)
    await until(day, "2026-11-25 11:01")
    await until(day, "2026-11-26 09:01")

    await day.pass_time(-23 * HOUR)
    await until(day, "2026-11-27 12:00")

    assert told(day, root) == [EXPECTED, OVERDUE, AT_WORK]


# A handoff channel that cannot be used.

CONTACT = "it-help@acme.example or extension 1234"


def close_channel(world: LocalWorld) -> None:
    world.slack.faults.refused(
        "chat.postMessage",
        error="is_archived",
        times=None,
        when=lambda args: args.get("channel") == HANDOFF_CHANNEL,
    )


async def open_channel(scene: Scene) -> None:
    """Opens the channel again, which the desk notices with the next post there."""
    scene.world.slack.faults.clear()
    await scene.ask(UNKNOWN, who=ADA)


@pytest.mark.both_engines
@pytest.mark.parametrize("handoff_rules", [f'fallback_contact = "{CONTACT}"'])
async def test_who_was_sent_elsewhere_is_told_once_when_the_handoff_arrives_after_all(own_scene: Scene) -> None:
    scene = own_scene
    close_channel(scene.world)
    root = await scene.ask(UNKNOWN)
    assert f"{UNREACHED} Please contact them at {CONTACT} and quote *HD-1*." in scene.texts(root)

    await open_channel(scene)
    await open_channel(scene)

    assert scene.texts(root).count(REACHED) == 1
    assert scene.texts(root).count(UNREACHED) == 1
    assert scene.replies(root)[-1].text.startswith(REACHED)
    await scene.press(scene.replies(root)[-1], "handoff_withdraw")
    assert "*HD-1* is closed" in scene.texts(root)


async def test_without_another_contact_the_employee_is_told_to_find_one(own_scene: Scene) -> None:
    close_channel(own_scene.world)

    root = await own_scene.ask(UNKNOWN)

    assert f"{UNREACHED} Please contact them another way and quote *HD-1*." in own_scene.texts(root)


@at_work
async def test_who_was_sent_elsewhere_is_not_told_that_agents_were_reminded_or_are_at_work(day: Day) -> None:
    close_channel(day.scene.world)
    root = await day.scene.ask(UNKNOWN)

    await day.pass_time(2 * DAY)
    assert told(day, root) == []
    await open_channel(day.scene)

    assert REACHED in day.scene.texts(root)
    assert told(day, root) == []
