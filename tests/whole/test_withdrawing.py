"""Withdrawal: until an agent replies, the employee can withdraw the handoff and return to the assistant."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio

from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.model.handoff import HandoffState, TicketStatus
from bot.helpdesk.model.history import TimelineEvent
from bot.slack.markdown import render_sentence
from sandbox.slack import Message
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from tests.english import messages
from tests.whole.day import CALLED, DAY, MINUTE, Day
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import SharedScene, in_module_loop, in_own_loop

BUTTON = "handoff_withdraw"
HARMLESS = "I want to talk to a person about how do I reset my password?"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def ask_what_is_harmless(scene: Scene) -> str:
    return await scene.ask(HARMLESS)


@pytest_asyncio.fixture(loop_scope="module")
async def harmless(shared_by_module: SharedScene, scene: Scene) -> tuple[Scene, str]:
    """The scene after Mia has asked for a person about something that the assistant may answer, and her thread."""
    return scene, await shared_by_module.begun(ask_what_is_harmless, scene)


def offers(scene: Scene, root: str) -> list[Message]:
    """Returns the messages with the button to withdraw."""
    return [reply for reply in scene.replies(root) if BUTTON in str(reply.blocks)]


async def owner(scene: Scene) -> Owner:
    handoff = await scene.handoff()
    conversation = await scene.look(lambda tx: tx.conversations.get(handoff.conversation_id))
    assert conversation is not None
    return conversation.owner


async def test_who_needs_no_person_gets_the_answer_that_was_held_back(engine_scene: Scene) -> None:
    root = await engine_scene.ask(HARMLESS)
    (notice,) = offers(engine_scene, root)
    assert "feedback_buttons" not in str([reply.blocks for reply in engine_scene.replies(root)])

    await engine_scene.press(notice, BUTTON)

    handoff = await engine_scene.handoff()
    assert (handoff.state, handoff.resolution.withdrawn, handoff.resolution.by) == (HandoffState.RESOLVED, True, MIA)
    assert await owner(engine_scene) is Owner.BOT
    assert engine_scene.answer(root).text
    assert offers(engine_scene, root) == []
    assert render_sentence(messages.employee.NO_PERSON_NEEDED) in engine_scene.texts(root)
    assert render_sentence(messages.employee.withdrawn("HD-1")) in engine_scene.texts(root)


async def test_agents_ticket_and_card_say_who_ended_it_and_why(harmless: tuple[Scene, str]) -> None:
    scene, root = harmless
    await scene.press_card("claim", who=ADA)

    await scene.press(offers(scene, root)[0], BUTTON)

    assert f"Withdrawn by <@{MIA}>" in str(scene.card.blocks)
    assert "⚪ HD-1" in str(scene.card.blocks)
    assert "the employee has seen it" in str(scene.card.blocks)
    assert scene.handoff_thread[-1].text.startswith(f"<@{ADA}>: The employee doesn't need a person any more.")
    ticket = await scene.ticket()
    assert ticket.status is TicketStatus.SOLVED
    assert ticket.notes[-1] == "Withdrawn in Slack: the employee doesn't need a person any more."
    handoff = await scene.handoff()
    events = await scene.look(lambda tx: tx.timeline.of_handoff(handoff.id))
    assert (events[-1].event, events[-1].person) == (TimelineEvent.WITHDRAWN, MIA)


async def test_afterwards_the_assistant_is_asked_again(harmless: tuple[Scene, str]) -> None:
    scene, root = harmless
    await scene.press(offers(scene, root)[0], BUTTON)

    await scene.ask(CONFIDENT, thread=root)

    assert [asked.message for asked in scene.world.uppzy.asked] == [HARMLESS, CONFIDENT]
    assert len(scene.world.cards) == 1


@pytest.mark.parametrize("question", [PERSON, UNKNOWN], ids=["asks for a person", "unsure answer"])
async def test_the_button_stands_on_the_notice_of_every_handoff(scene: Scene, question: str) -> None:
    root = await scene.ask(question)

    await scene.press(offers(scene, root)[0], BUTTON)

    assert (await scene.handoff()).resolution.withdrawn
    assert len(scene.world.cards) == 1


async def test_it_stands_after_not_helpful_as_well(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.rate(root, "bad")

    await scene.press(offers(scene, root)[0], BUTTON)

    assert (await scene.handoff()).resolution.withdrawn


async def test_a_claim_leaves_it_and_a_reply_takes_it_away(harmless: tuple[Scene, str]) -> None:
    scene, root = harmless
    await scene.press_card("claim", who=ADA)
    (notice,) = offers(scene, root)

    await scene.write_in_thread("I am on it", who=ADA)

    assert offers(scene, root) == []
    assert notice.text in scene.texts(root)
    await scene.forge(notice, BUTTON, (await scene.handoff()).id, who=MIA)
    assert scene.private_notes(MIA)[-1] == messages.employee.ANSWERED_MEANWHILE
    assert (await scene.handoff()).state is HandoffState.CLAIMED


@pytest.mark.parametrize("end", ["handoff_send_draft", "resolve", "hand_back"])
async def test_a_draft_that_is_sent_and_every_end_take_it_away(harmless: tuple[Scene, str], end: str) -> None:
    scene, root = harmless
    assert offers(scene, root)

    if end == "resolve":
        await scene.resolve("Done")
    elif end == "hand_back":
        await scene.press_card(end)
    else:
        draft = next(post for post in scene.handoff_thread if end in str(post.blocks))
        await scene.press(draft, end, who=ADA)

    assert offers(scene, root) == []


async def test_pressed_twice_it_ends_once(harmless: tuple[Scene, str]) -> None:
    scene, root = harmless
    (notice,) = offers(scene, root)
    await scene.press(notice, BUTTON)

    await scene.forge(notice, BUTTON, (await scene.handoff()).id, who=MIA)

    assert scene.private_notes(MIA)[-1] == render_sentence(messages.employee.withdrawn_already("HD-1"))
    assert scene.texts(root).count(render_sentence(messages.employee.withdrawn("HD-1"))) == 1


async def test_nobody_else_presses_it(harmless: tuple[Scene, str]) -> None:
    scene, root = harmless
    (notice,) = offers(scene, root)

    for person in (TOM, ADA):
        await scene.forge(notice, BUTTON, (await scene.handoff()).id, who=person)
        assert scene.private_notes(person)[-1] == messages.employee.NOT_YOURS

    assert (await scene.handoff()).state is HandoffState.OPEN


async def test_an_answer_that_comes_later_is_for_the_employee(scene: Scene) -> None:
    slack = scene.world.slack
    scene.world.uppzy.hold()
    root = (await slack.dm(MIA, HARMLESS)).ts
    await slack.wait_for(lambda: offers(scene, root))
    (notice,) = offers(scene, root)
    assert (await slack.press(MIA, notice.channel, notice.ts, BUTTON)).ok
    await slack.wait_for(lambda: render_sentence(messages.employee.withdrawn("HD-1")) in scene.texts(root))

    scene.world.uppzy.release()
    await scene.settled()

    assert scene.answer(root).text


async def test_in_a_matter_of_trust_no_automatic_answer_is_given(scene: Scene) -> None:
    root = await scene.ask("My boss is bullying me. How do I reset my password?")

    await scene.press(offers(scene, root)[0], BUTTON)

    assert (await scene.handoff()).resolution.withdrawn
    assert "feedback_buttons" not in str([reply.blocks for reply in scene.replies(root)])
    assert messages.employee.ANSWER_WITHHELD in scene.texts(root)


async def test_an_agent_can_take_it_up_again(harmless: tuple[Scene, str]) -> None:
    scene, root = harmless
    await scene.press(offers(scene, root)[0], BUTTON)

    await scene.press_card("reopen", who=ADA)
    await scene.write_in_thread("Are you sure?", who=ADA)

    assert (await scene.handoff()).resolution.withdrawn is False
    assert f"<@{ADA}>: Are you sure?" in scene.texts(root)
    draft = next(post for post in scene.handoff_thread if "handoff_send_draft" in str(post.blocks))
    await scene.press(draft, "handoff_send_draft", who=ADA)
    assert scene.private_notes(ADA)[-1] == messages.agents.SHOWN_ALREADY


async def test_what_opens_it_again_can_be_withdrawn_as_well(harmless: tuple[Scene, str]) -> None:
    scene, root = harmless
    await scene.press_card("claim", who=ADA)
    await scene.write_in_thread("Done", who=ADA)
    await scene.resolve("Done")
    await scene.ask("By the way, the coffee is cold", thread=root)

    await scene.press(offers(scene, root)[-1], BUTTON)

    assert (await scene.handoff()).resolution.withdrawn
    assert await owner(scene) is Owner.BOT


async def test_pressed_while_an_agent_replies_one_of_them_is_first_and_nothing_is_lost(engine_scene: Scene) -> None:
    root = await engine_scene.ask(HARMLESS)
    (notice,) = offers(engine_scene, root)
    await engine_scene.press_card("claim", who=ADA)
    slack = engine_scene.world.slack

    await asyncio.gather(
        slack.press(MIA, notice.channel, notice.ts, BUTTON),
        slack.say(ADA, HANDOFF_CHANNEL, "I am on it", engine_scene.card.ts),
    )
    await engine_scene.settled()

    handoff = await engine_scene.handoff()
    replied = f"<@{ADA}>: I am on it" in engine_scene.texts(root)
    assert offers(engine_scene, root) == []
    if not handoff.resolution.withdrawn:
        assert (handoff.state, replied) == (HandoffState.CLAIMED, True)
        assert messages.employee.ANSWERED_MEANWHILE in engine_scene.private_notes(MIA)
    else:
        assert handoff.state is HandoffState.RESOLVED
        assert (handoff.notices.current, await owner(engine_scene)) == (None, Owner.BOT)


async def test_pressed_while_an_agent_claims_it_ends_all_the_same(engine_scene: Scene) -> None:
    root = await engine_scene.ask(HARMLESS)
    (notice,) = offers(engine_scene, root)
    slack, card = engine_scene.world.slack, engine_scene.card

    await asyncio.gather(
        slack.press(ADA, HANDOFF_CHANNEL, card.ts, "handoff_claim"),
        slack.press(MIA, notice.channel, notice.ts, BUTTON),
    )
    await engine_scene.settled()

    handoff = await engine_scene.handoff()
    assert (handoff.state, handoff.resolution.withdrawn) == (HandoffState.RESOLVED, True)
    assert await owner(engine_scene) is Owner.BOT


@in_own_loop
async def test_what_was_pressed_before_a_stop_is_done_after_it(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(HARMLESS)
        (notice,) = offers(scene, root)
        world.slack.faults.http_error("chat.update", times=None)
        world.slack.faults.http_error("chat.postMessage", times=None)
        assert (await world.slack.press(MIA, notice.channel, notice.ts, BUTTON)).ok
    world.slack.faults.clear()
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()

        assert (await scene.handoff()).resolution.withdrawn
        assert scene.texts(root).count(render_sentence(messages.employee.withdrawn("HD-1"))) == 1
        assert len([reply for reply in scene.replies(root) if "feedback_buttons" in str(reply.blocks)]) == 1
        assert offers(scene, root) == []


@in_own_loop
async def test_nobody_is_reminded_or_called_for_what_was_withdrawn(day: Day) -> None:
    root = await day.scene.ask(HARMLESS)
    await day.scene.press(offers(day.scene, root)[0], BUTTON)

    await day.pass_time(3 * DAY)

    assert day.reminders() == []
    assert CALLED not in str(day.scene.handoff_thread)
    assert day.alarms() == []


@in_own_loop
async def test_the_alarm_about_an_overdue_handoff_is_taken_back(day: Day) -> None:
    root = await day.scene.ask(HARMLESS)
    await day.pass_time(61 * MINUTE)
    assert [one.text[0] for one in day.alarms()] == ["🚨"]

    await day.scene.press(offers(day.scene, root)[0], BUTTON)

    assert [one.text[0] for one in day.alarms()] == ["✅"]
