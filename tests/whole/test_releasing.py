"""Releasing: an agent gives a claimed handoff back to the queue."""

from __future__ import annotations

import pytest

from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.model.handoff import HandoffState, TicketStatus
from bot.helpdesk.model.history import TimelineEvent
from sandbox.slack.mentions import mentions_in_blocks
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL
from tests.whole.day import DAY, MINUTE, Day, at_work, moment
from tests.whole.scene import UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with a bot of their own."""
    return shared_scene


async def test_a_released_handoff_is_unclaimed_everywhere(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.press_card("join", who=BEN)

    await scene.press_card("release", who=ADA)

    handoff = await scene.handoff()
    conversation = await scene.look(lambda tx: tx.conversations.get(handoff.conversation_id))
    ticket = await scene.ticket()
    assert (handoff.state, handoff.claim) == (HandoffState.OPEN, None)
    assert conversation is not None
    assert conversation.owner is Owner.WAITING
    assert "*State*: Unclaimed" in str(scene.card.blocks)
    assert scene.handoff_thread[-1].text == "Ada released this. It's unclaimed."
    assert scene.texts(root).endswith("is back in the queue. Someone else from support will reply here.")
    assert (ticket.status, ticket.notes[-1]) == (TicketStatus.OPEN, "Released in Slack. Nobody has claimed it now.")
    events = await scene.look(lambda tx: tx.timeline.of_handoff(handoff.id))
    assert (events[-1].event, events[-1].person) == (TimelineEvent.RELEASED, ADA)


async def test_what_agents_write_after_the_release_waits_for_a_claim(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.press_card("release", who=ADA)

    await scene.write_in_thread("Try a new cable", who=ADA)

    assert "Try a new cable" not in scene.texts(root)
    assert "is unclaimed, so this was not sent" in scene.private_notes(ADA)[-1]


async def test_another_agent_claims_what_was_released(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    await scene.press_card("release", who=ADA)

    await scene.press_card("claim", who=BEN)
    await scene.write_in_thread("Try a new cable", who=BEN)

    assert (await scene.handoff()).claimed_by == BEN
    assert "Try a new cable" in scene.texts(root)


async def test_the_agent_from_whom_a_colleague_releases_it_is_mentioned(claimed: tuple[Scene, str]) -> None:
    scene, _ = claimed

    await scene.press_card("release", who=BEN)

    line = scene.handoff_thread[-1]
    assert line.text == f"<@{ADA}>, Ben released this from you. It's unclaimed."
    assert mentions_in_blocks(line.blocks) == (f"<@{ADA}>",)


async def test_only_one_of_two_agents_releases(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    handoff = await scene.handoff()
    await scene.press_card("release", who=ADA)

    await scene.forge(scene.card, "handoff_release", handoff.id, who=BEN)

    assert scene.texts(root).count("is back in the queue") == 1
    assert scene.private_notes(BEN)[-1].startswith("This handoff is open, so that no longer works.")


@pytest.mark.parametrize("written", [False, True])
async def test_the_employee_can_withdraw_after_a_release_unless_an_agent_has_written(
    claimed: tuple[Scene, str], written: bool
) -> None:
    scene, root = claimed
    if written:
        await scene.write_in_thread("Which cable is it?", who=ADA)

    await scene.press_card("release", who=ADA)

    offered = [message for message in scene.replies(root) if "handoff_withdraw" in str(message.blocks)]
    assert len(offered) == (not written)


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ["relay_delay_seconds = 60"])
async def test_the_last_words_arrive_before_the_notice_of_the_release(own_scene: Scene, handoff_rules: str) -> None:
    root = await own_scene.ask(UNKNOWN)
    await own_scene.press_card("claim", who=ADA)
    await own_scene.world.slack.say(ADA, HANDOFF_CHANNEL, "Ben knows more about this", own_scene.card.ts)

    await own_scene.press_card("release", who=ADA)

    said = own_scene.texts(root)
    assert 0 < said.index("Ben knows more about this") < said.index("is back in the queue")
    assert "handoff_withdraw" not in str([message.blocks for message in own_scene.replies(root)])


@in_own_loop
@at_work
async def test_a_release_begins_the_target_anew(day: Day) -> None:
    await day.scene.ask(UNKNOWN)
    await day.scene.press_card("claim", who=ADA)
    await day.pass_time(3 * 60 * MINUTE)

    await day.scene.press_card("release", who=ADA)

    assert (await day.handoff()).answer_by == pytest.approx(moment("2026-11-25 14:00"), abs=MINUTE)
    reminders = len(day.reminders())
    await day.pass_time(61 * MINUTE)
    assert "overdue and unclaimed" in day.reminders()[-1].text
    assert len(day.alarms("HD-1")) == 1
    await day.scene.press_card("claim", who=BEN)
    await day.pass_time(DAY)
    assert len(day.reminders()) == reminders + 1
    assert day.alarms("HD-1")[-1].text.startswith("✅ Over")
