"""Effects of time: reminders, support hours, and idle conversations. Each also with the bot stopped meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.helpdesk.config import DeskConfig
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.job import SHARED, JobKind
from bot.helpdesk.ports import Transaction
from bot.helpdesk.unit_of_work import UnitOfWork
from bot.policy_file import read_policy
from bot.slack.ids import SlackIds
from sandbox.world import ADA, LocalWorld
from tests.addresses import SURFACE, SURFACES
from tests.policies import policy_at_once
from tests.whole.day import CALLED, DAY, HOUR, MINUTE, Day, at_work, moment
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene

# Targets.


async def test_a_handoff_that_nobody_claims_is_reminded_of_before_and_at_its_target_and_then_the_group_is_called(
    day: Day,
) -> None:
    await day.scene.ask(UNKNOWN)
    answer_by = (await day.handoff()).answer_by
    assert answer_by is not None
    assert answer_by == pytest.approx(moment("2026-11-25 11:00"), abs=MINUTE)
    assert f"*Due*: <!date^{int(answer_by)}^" in str(day.scene.card.blocks)

    await day.pass_time(49 * MINUTE)
    assert day.reminders() == []
    await day.pass_time(2 * MINUTE)
    assert ["Wednesday, 25 November at 11:00" in message.text for message in day.reminders()] == [True]
    await day.pass_time(10 * MINUTE)
    assert "overdue and unclaimed" in day.reminders()[-1].text
    assert "Overdue since" in str(day.scene.card.blocks)
    assert CALLED not in str(day.scene.handoff_thread)
    await day.pass_time(15 * MINUTE)
    assert CALLED in day.reminders()[-1].text
    assert CALLED in str(day.reminders()[-1].blocks)
    await day.pass_time(3 * DAY)

    assert len(day.reminders()) == 3
    handoff = await day.handoff()
    events = [entry.event for entry in await day.scene.look(lambda tx: tx.timeline.of_handoff(handoff.id))]
    assert events == [TimelineEvent.OPENED, TimelineEvent.REMINDED, TimelineEvent.OVERDUE, TimelineEvent.ON_CALL]


async def test_a_claim_ends_all_reminders(day: Day) -> None:
    await day.scene.ask(UNKNOWN)

    await day.scene.press_card("claim", who=ADA)
    await day.pass_time(3 * DAY)

    assert [message for message in day.reminders() if "unclaimed" in message.text or CALLED in message.text] == []
    assert day.alarms() == []
    assert "Claimed by" not in str(day.scene.card.blocks).replace(f"Claimed by <@{ADA}>", "")


async def test_what_nobody_touches_stays_open_and_is_pointed_out_until_somebody_does(day: Day) -> None:
    root = await day.scene.ask(UNKNOWN)

    for _ in range(4):
        await day.pass_time(2 * DAY)

    assert (await day.handoff()).state is HandoffState.OPEN
    assert day.scene.world.uppzy.closed == []
    (alarm,) = day.alarms()
    assert "HD-1" in alarm.text
    assert alarm.text.startswith("🚨")
    await day.scene.press_card("claim", who=ADA)
    (alarm,) = day.alarms()
    assert alarm.text.startswith("✅ Over")
    assert "is helping you" in day.scene.texts(root)


REMINDERS = {"is unclaimed. Due:": "soon", "unclaimed. It stays open": "due", CALLED: "on call"}


def reminded(day: Day) -> list[tuple[str, float]]:
    """Returns kind and time of each reminder in the only handoff's thread."""
    said = [(kind, float(one.ts), one.text) for one in day.scene.handoff_thread for kind in REMINDERS]
    return [(REMINDERS[words], at) for words, at, text in said if words in text]


def kinds(day: Day) -> list[str]:
    """Returns the kinds of the reminders in the only handoff's thread."""
    return [kind for kind, _ in reminded(day)]


async def pass_minutes(day: Day, minutes: int) -> None:
    """Moves the clock ahead minute by minute. With `by_minute`, Slack's timestamps follow that clock."""
    for _ in range(minutes):
        await day.pass_time(MINUTE)


@pytest.fixture
def by_minute(day: Day) -> Day:
    """A day on which Slack's timestamps come from the bot's clock."""
    day.scene.world.slack.workspace.now = day.clock
    return day


@at_work
@pytest.mark.parametrize("reopened_at", [8, 48], ids=["10:08", "10:48"])
@pytest.mark.parametrize("by", ["the employee", "not solved"])
async def test_a_handoff_that_is_open_again_has_the_reminders_of_its_new_target_only(
    by_minute: Day, reopened_at: int, by: str
) -> None:
    day = by_minute
    root = await day.scene.ask(UNKNOWN)
    await pass_minutes(day, reopened_at - 1)
    await day.scene.resolve(who=ADA)
    await day.pass_time(MINUTE)

    if by == "the employee":
        await day.scene.ask("But it is still broken", thread=root)
    else:
        asked = next(message for message in day.scene.replies(root) if "Did this solve" in message.text)
        await day.scene.press(asked, "handoff_not_solved")
    await pass_minutes(day, 90)

    due = (await day.handoff()).answer_by
    assert due is not None
    assert due >= moment(f"2026-11-25 11:{reopened_at:02}")
    assert kinds(day) == ["soon", "due", "on call"]
    earliest = (due - 10 * MINUTE, due, due + 15 * MINUTE)
    assert all(at >= begin for (_, at), begin in zip(reminded(day), earliest, strict=True))
    assert len(day.alarms("HD-1")) == 1


@at_work
async def test_a_handoff_that_is_open_again_for_the_second_time_has_one_set_of_reminders(by_minute: Day) -> None:
    day = by_minute
    root = await day.scene.ask(UNKNOWN)
    for _ in range(2):
        await pass_minutes(day, 9)
        await day.scene.press_card("claim", who=ADA)
        await day.scene.resolve(who=ADA)
        await day.pass_time(MINUTE)
        await day.scene.ask("But it is still broken", thread=root)

    await pass_minutes(day, 90)

    due = (await day.handoff()).answer_by
    assert kinds(day) == ["soon", "due", "on call"]
    assert due is not None
    assert reminded(day)[1][1] >= due


async def test_what_an_agent_has_opened_again_has_no_reminders(day: Day) -> None:
    await day.scene.ask(UNKNOWN)
    await day.scene.resolve(who=ADA)
    await day.scene.press_card("reopen", who=ADA)

    await day.pass_time(50 * MINUTE)
    await day.pass_time(3 * HOUR)

    assert day.reminders() == []
    assert day.alarms() == []


async def test_what_is_open_again_outside_hours_keeps_its_target_and_is_reminded_of_once(day: Day) -> None:
    await day.pass_time(moment("2026-11-28 12:00") - day.clock())
    root = await day.scene.ask(UNKNOWN)
    await day.scene.resolve(who=ADA)
    await day.pass_time(HOUR)
    await day.scene.ask("But it is still broken", thread=root)
    assert (await day.handoff()).answer_by == moment("2026-11-30 10:00")

    await day.pass_time(moment("2026-11-30 09:51") - day.clock())
    await day.pass_time(10 * MINUTE)
    await day.pass_time(15 * MINUTE)

    assert kinds(day) == ["soon", "due", "on call"]


async def test_a_target_that_the_policy_does_not_name_any_more_is_not_kept(day: Day) -> None:
    root = await day.scene.ask(UNKNOWN)
    await day.scene.resolve(who=ADA)
    policy = day.scene.world.settings.policy_file
    policy.write_text(policy.read_text(encoding="utf-8").replace("normal = 60", ""), encoding="utf-8")
    await day.restart()

    await day.scene.ask("But it is still broken", thread=root)
    assert (await day.handoff()).answer_by is None
    await day.pass_time(3 * HOUR)

    assert reminded(day) == []
    assert day.alarms() == []


@at_work
async def test_a_clock_that_is_set_back_brings_back_no_reminder_and_loses_none(by_minute: Day) -> None:
    day = by_minute
    root = await day.scene.ask(UNKNOWN)
    await pass_minutes(day, 62)
    assert kinds(day) == ["soon", "due"]
    day.clock.advance(-HOUR)
    await day.restart()

    await pass_minutes(day, 80)
    assert kinds(day) == ["soon", "due", "on call"]
    day.clock.advance(-HOUR)
    await day.scene.press_card("claim", who=ADA)
    assert [alarm.text[0] for alarm in day.alarms("HD-1")] == ["✅"]
    await day.scene.resolve(who=ADA)
    await day.scene.ask("But it is still broken", thread=root)
    await pass_minutes(day, 80)

    assert kinds(day) == ["soon", "due", "on call"] * 2


@pytest.mark.both_engines
async def test_a_job_whose_time_lies_ahead_again_is_scheduled_again(scene: Scene) -> None:
    """Sets the clock back: a job that was due is due again, and a pending one is not scheduled twice."""

    rules = read_policy(scene.world.settings.policy_file, SlackIds())
    desk = DeskConfig(
        policy=rules,
        handoff_channels={SURFACE: "C1"},
        surfaces=SURFACES,
    )

    def schedule(tx: Transaction, now: float) -> None:
        UnitOfWork(tx, now, desk).schedule(JobKind.CHECK_QUESTIONS, SHARED, at=1_000.0)

    for now, scheduled_at in ((900.0, 900), (950.0, 950), (1_100.0, 950)):
        await scene.bot.store.run(schedule, now)
        await scene.until_stored("scheduled_jobs", f"scheduled_at = {scheduled_at} AND done_at IS NOT NULL")

    assert await scene.count("scheduled_jobs", "kind = 'check_questions'") == 1


@at_work
async def test_a_job_that_the_queue_starts_too_early_waits_for_the_rest(day: Day) -> None:
    await day.scene.ask(UNKNOWN)
    due = "SELECT id FROM scheduled_jobs WHERE kind = 'remind_after_target'"
    id = await day.scene.bot.store.run(lambda tx: tx.connection.exec_driver_sql(due).scalar_one())

    left = await day.scene.bot.desk.run_scheduled(id)

    assert left == pytest.approx(HOUR, abs=MINUTE)
    assert kinds(day) == []


@at_work
async def test_only_the_policy_calls_people_and_no_text_does(day: Day) -> None:
    root = await day.scene.ask(UNKNOWN)

    await day.scene.ask(f"{CALLED} please", thread=root)

    for message in day.scene.handoff_thread:
        assert CALLED not in message.text
        assert CALLED not in str([block for block in message.blocks if block["type"] != "rich_text"])
        # A mention within a text element is shown as text; only a user element would notify anybody.
        assert "'usergroup'" not in str(message.blocks)


# Hours.


# What is read from the hours does not depend on a restart; the times that come of it are checked across one.
@pytest.mark.parametrize(
    ("day", "now", "opening", "target"),
    [
        (False, "2026-11-25 18:00", "Thursday, 26 November at 09:00 (Europe/Berlin)", "2026-11-26 10:00"),
        (False, "2026-11-28 12:00", "Monday, 30 November at 09:00 (Europe/Berlin)", "2026-11-30 10:00"),
        (False, "2026-12-24 17:30", "Monday, 28 December at 09:00 (Europe/Berlin)", "2026-12-28 10:00"),
        (True, "2026-12-24 17:30", "Monday, 28 December at 09:00 (Europe/Berlin)", "2026-12-28 10:00"),
    ],
    ids=["night", "weekend", "holiday and weekend", "holiday and weekend, restarted"],
    indirect=["day"],
)
async def test_outside_hours_the_employee_hears_when_and_nobody_is_reminded_before(
    day: Day, now: str, opening: str, target: str
) -> None:
    await day.pass_time(moment(now) - day.clock())
    root = await day.scene.ask(UNKNOWN)

    assert f"Someone will reply from {opening}" in day.scene.texts(root)
    await day.pass_time(moment(target) - 11 * MINUTE - day.clock())
    assert day.reminders() == []
    await day.pass_time(12 * MINUTE)

    (reminder,) = day.reminders()
    assert "overdue and unclaimed" in reminder.text


@at_work
async def test_in_hours_nobody_is_told_to_wait(day: Day) -> None:
    root = await day.scene.ask(UNKNOWN)

    assert "No one is at work" not in day.scene.texts(root)


# Idle conversations.


async def test_a_conversation_in_which_nothing_is_said_for_a_day_is_over_and_the_next_question_starts_afresh(
    day: Day,
) -> None:
    root = await day.scene.ask(CONFIDENT)
    (asked,) = day.scene.world.uppzy.asked

    await day.pass_time(23 * HOUR)
    assert day.scene.world.uppzy.closed == []
    await day.pass_time(2 * HOUR)
    assert day.scene.world.uppzy.closed == [asked.session_id]
    await day.scene.ask(CONFIDENT, thread=root)

    again = day.scene.world.uppzy.asked[-1]
    assert (asked.session_id[-2:], again.session_id) == ("-1", asked.session_id[:-1] + "2")
    await day.pass_time(25 * HOUR)
    assert day.scene.world.uppzy.closed == [asked.session_id, again.session_id]
    await day.pass_time(30 * DAY)
    assert len(day.scene.world.uppzy.closed) == 2


async def test_a_conversation_that_goes_on_is_not_over(day: Day) -> None:
    root = await day.scene.ask(CONFIDENT)

    for _ in range(3):
        await day.pass_time(20 * HOUR)
        await day.scene.ask(CONFIDENT, thread=root)

    assert day.scene.world.uppzy.closed == []
    assert len({asked.session_id for asked in day.scene.world.uppzy.asked}) == 1
    await day.pass_time(25 * HOUR)
    assert len(day.scene.world.uppzy.closed) == 1


async def test_a_conversation_that_people_have_is_not_over_until_a_day_after_they_hand_it_back(day: Day) -> None:
    await day.scene.ask(UNKNOWN)
    await day.scene.press_card("claim", who=ADA)

    await day.pass_time(5 * DAY)
    assert day.scene.world.uppzy.closed == []
    await day.scene.press_card("hand_back", who=ADA)
    await day.pass_time(23 * HOUR)
    assert day.scene.world.uppzy.closed == []
    await day.pass_time(25 * HOUR)

    assert len(day.scene.world.uppzy.closed) == 1


async def test_a_session_that_people_have_closed_is_not_closed_again(day: Day) -> None:
    await day.scene.ask(UNKNOWN)
    await day.scene.resolve(who=ADA)

    await day.pass_time(5 * DAY)

    assert len(day.scene.world.uppzy.closed) == 1


@pytest.mark.both_engines
async def test_times_come_by_the_clock_on_the_wall_on_both_engines(world: LocalWorld, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    hasty = '[handoff]\nremind_before_minutes = 0\non_call = "S0ONCALL"\non_call_after_minutes = 0.01\n'
    targets = "[handoff.minutes_to_reply]\nnormal = 0.02\n"
    policy.write_text(policy_at_once() + hasty + targets, encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(UNKNOWN)
        await world.slack.wait_for(lambda: CALLED in str(scene.handoff_thread))
        await world.slack.wait_for(lambda: "stays open" in str(scene.handoff_thread))

    reminders = [message.text for message in scene.handoff_thread if "claimed" in message.text]
    assert sorted(CALLED in text for text in reminders) == [False, True]
