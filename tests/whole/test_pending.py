"""Waiting for the employee: a claimed handoff is pending until they reply, are reminded, and at last it is closed."""

from __future__ import annotations

import pytest

from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.model.handoff import HandoffState, TicketStatus
from bot.helpdesk.model.history import TimelineEvent
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA
from tests.whole.day import DAY, HOUR, MINUTE, Day, at_work
from tests.whole.scene import UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

NEEDED = f"<@{ADA}> needs your reply to go on with *HD-1*. Just reply here."
STILL_NEEDED = "Support still needs your reply to go on with *HD-1*. Just reply here."
CLOSED = "I've closed *HD-1* because we didn't hear from you."

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with a bot of their own."""
    return shared_scene


async def _waiting(day: Day) -> str:
    """Lets Ada wait for Mia's reply; returns the root of Mia's thread."""
    root = await day.scene.ask(UNKNOWN)
    await day.scene.press_card("claim", who=ADA)
    await day.scene.press_card("wait", who=ADA)
    return root


# The state.


async def test_a_handoff_that_waits_for_the_employee_says_so_everywhere(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    await scene.press_card("wait", who=ADA)

    handoff, ticket = await scene.handoff(), await scene.ticket()
    conversation = await scene.look(lambda tx: tx.conversations.get(handoff.conversation_id))
    assert (handoff.state, handoff.claimed_by) == (HandoffState.PENDING, ADA)
    assert conversation is not None
    assert conversation.owner is Owner.HUMAN
    assert f"*State*: Waiting for the employee, claimed by <@{ADA}>" in str(scene.card.blocks)
    assert scene.texts(root).endswith(NEEDED)
    assert scene.handoff_thread[-1].text == "Ada is waiting for the employee. The targets are paused."
    assert (ticket.status, ticket.notes[-1]) == (TicketStatus.PENDING, "Waiting for the employee in Slack.")
    await scene.press(scene.card, "show_ids", who=ADA)
    assert "· waiting for the employee ·" in str(scene.world.slack.ephemerals[-1].blocks)


async def test_the_employees_message_ends_the_waiting_and_calls_the_agent(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.press_card("wait", who=BEN)

    await scene.ask("It is the blue cable", thread=root)

    handoff, ticket = await scene.handoff(), await scene.ticket()
    assert (handoff.state, handoff.claimed_by) == (HandoffState.CLAIMED, ADA)
    assert [message.text for message in scene.handoff_thread[-2:]] == [
        f"<@{MIA}>: It is the blue cable",
        f"<@{ADA}>, the employee replied.",
    ]
    assert (ticket.status, ticket.notes[-1]) == (TicketStatus.OPEN, "The employee replied.")
    events = await scene.look(lambda tx: tx.timeline.of_handoff(handoff.id))
    assert (events[-1].event, events[-1].person) == (TimelineEvent.REPLIED, MIA)


async def test_an_edit_of_the_employee_ends_the_waiting(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await scene.ask("It is the cable", thread=root)
    await scene.press_card("wait", who=ADA)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), ts, "It is the blue cable")
    await scene.settled()

    assert (await scene.handoff()).state is HandoffState.CLAIMED


async def test_an_agent_may_write_join_and_resume_meanwhile(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.press_card("wait", who=ADA)

    await scene.write_in_thread("The one with the red plug?", who=ADA)
    await scene.press_card("join", who=BEN)
    assert (await scene.handoff()).state is HandoffState.PENDING
    assert "The one with the red plug?" in scene.texts(root)
    await scene.press_card("resume", who=BEN)

    handoff = await scene.handoff()
    assert handoff.claim is not None
    assert (handoff.state, handoff.claim.joined) == (HandoffState.CLAIMED, (BEN,))
    assert (await scene.ticket()).status is TicketStatus.OPEN
    assert scene.handoff_thread[-1].text == "Ben is not waiting for the employee any more."


async def test_what_waits_for_the_employee_can_be_resolved_and_is_asked_about(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.press_card("wait", who=ADA)

    await scene.resolve("A new cable")

    assert (await scene.handoff()).state is HandoffState.RESOLVED
    assert "Did this solve your problem?" in scene.texts(root)


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ["relay_delay_seconds = 60"])
async def test_the_agents_question_arrives_before_the_notice(own_scene: Scene, handoff_rules: str) -> None:
    root = await own_scene.ask(UNKNOWN)
    await own_scene.press_card("claim", who=ADA)
    await own_scene.world.slack.say(ADA, HANDOFF_CHANNEL, "Which cable is it?", own_scene.card.ts)

    await own_scene.press_card("wait", who=ADA)

    said = own_scene.texts(root)
    assert 0 < said.index("Which cable is it?") < said.index("needs your reply")


# Time. The day begins on Wednesday at 10:00, and people work from 9:00 to 17:00, Monday to Friday.


@in_own_loop
async def test_an_employee_who_does_not_reply_is_reminded_once_and_then_it_is_closed(day: Day) -> None:
    root = await _waiting(day)
    await day.pass_time(DAY - MINUTE)
    assert STILL_NEEDED not in day.scene.texts(root)

    await day.pass_time(2 * MINUTE)
    reminder = day.scene.replies(root)[-1].text
    assert reminder.startswith(
        f"{STILL_NEEDED} If we don't hear from you, I'll close it on Wednesday, 2 December at 10:01"
    )
    assert day.scene.handoff_thread[-1].text == "I reminded the employee that you need their reply."

    await day.pass_time(6 * DAY - 2 * MINUTE)
    assert (await day.handoff()).state is HandoffState.PENDING
    await day.pass_time(3 * MINUTE)

    handoff, ticket = await day.handoff(), await day.scene.ticket()
    assert handoff.state is HandoffState.RESOLVED
    assert day.scene.texts(root).count(STILL_NEEDED) == 1
    assert day.scene.replies(root)[-1].text.startswith(CLOSED)
    assert "handoff_solved" not in str(day.scene.replies(root)[-1].blocks)
    assert "*State*: Closed without a reply" in str(day.scene.card.blocks)
    assert day.scene.handoff_thread[-1].text.startswith(f"<@{ADA}>, the employee didn't reply, so I closed this.")
    assert (ticket.status, ticket.notes[-1]) == (
        TicketStatus.CLOSED,
        "Closed in Slack: the employee didn't reply.",
    )
    assert day.alarms() == []


@in_own_loop
@at_work
async def test_the_employee_comes_back_after_the_closing(day: Day) -> None:
    root = await _waiting(day)
    await day.pass_time(DAY + MINUTE)
    await day.pass_time(6 * DAY + MINUTE)

    await day.scene.ask("Sorry, I was away. It is the blue cable", thread=root)

    handoff = await day.handoff()
    assert (handoff.state, handoff.claim) == (HandoffState.OPEN, None)
    assert handoff.answer_by is not None
    assert f"<@{MIA}>: Sorry, I was away." in str([one.text for one in day.scene.handoff_thread])
    assert f"<@{ADA}>, the employee replied. It's open again" in day.scene.handoff_thread[-1].text


@in_own_loop
@at_work
async def test_nobody_is_reminded_at_the_weekend(day: Day) -> None:
    await day.pass_time(2 * DAY + 6 * HOUR)
    root = await _waiting(day)

    await day.pass_time(2 * DAY + 16 * HOUR)
    assert STILL_NEEDED not in day.scene.texts(root)
    await day.pass_time(HOUR + MINUTE)

    assert f"{STILL_NEEDED} If we don't hear from you, I'll close it on Monday, 7 December at 09:0" in day.scene.texts(
        root
    )


@in_own_loop
@at_work
async def test_no_target_runs_and_nothing_old_comes_due_while_it_waits(day: Day) -> None:
    root = await _waiting(day)
    await day.pass_time(20 * HOUR)
    await day.scene.ask("It is the blue cable", thread=root)
    await day.scene.press_card("wait", who=ADA)

    await day.pass_time(5 * HOUR)
    assert STILL_NEEDED not in day.scene.texts(root)
    await day.pass_time(23 * HOUR)

    assert day.scene.texts(root).count(STILL_NEEDED) == 1
    assert [one.text for one in day.reminders() if "unclaimed" in one.text] == []
    assert day.alarms() == []


@in_own_loop
@at_work
async def test_a_released_handoff_is_not_closed_and_has_a_target_again(day: Day) -> None:
    root = await _waiting(day)
    await day.pass_time(HOUR)

    await day.scene.press_card("release", who=ADA)
    await day.pass_time(8 * DAY)

    assert (await day.handoff()).state is HandoffState.OPEN
    assert STILL_NEEDED not in day.scene.texts(root)
    assert "overdue and unclaimed" in str([one.text for one in day.reminders()])
