"""Resolving: the agent's form, the question to the employee whether it is solved, and the stored resolution."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.model.handoff import HandoffState, TicketStatus
from bot.helpdesk.model.history import TimelineEvent
from bot.slack.markdown import render_sentence
from sandbox.slack import Message
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from tests.english import messages
from tests.policies import with_handoff_rules
from tests.whole.scene import CONFIDENT, NOT_AN_AGENT, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

SECRET = "The new password is hunter2"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


def _asked(scene: Scene, root: str) -> list[Message]:
    """Returns the messages that ask whether it is solved."""
    return [message for message in scene.replies(root) if "handoff_solved" in str(message.blocks)]


@pytest.fixture
def words_are_required(world: LocalWorld, tmp_path: Path) -> None:
    """Sets a policy that requires a text for every resolution."""
    policy = tmp_path / "escalation.toml"
    policy.write_text(with_handoff_rules("resolution_required = true"), encoding="utf-8")
    world.settings = world.settings.model_copy(update={"policy_file": policy})


# Texts.


async def test_a_resolution_in_words_reaches_everybody(engine_claimed: tuple[Scene, str]) -> None:
    scene, root = engine_claimed

    await scene.resolve("Turn it off\nand on again")

    assert f"<@{ADA}> has marked *HD-1* as resolved:" in scene.texts(root)
    assert "and on again" in scene.texts(root)
    assert "and on again" in str(scene.card.blocks)
    assert "and on again" in (await scene.ticket()).notes[-1]
    assert (await scene.handoff()).resolution.text == "Turn it off\nand on again"
    assert (await scene.events())[-1] is TimelineEvent.RESOLVED


async def test_secrets_in_a_resolution_reach_the_employee_alone(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off

    await scene.resolve(SECRET)

    assert "hunter2" in scene.texts(root)
    assert "hunter2" not in str(scene.card.blocks) + scene.card.text + repr(await scene.ticket())


async def test_pressing_resolve_alone_resolves_nothing(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off

    await scene.press_card("resolve")

    assert (await scene.handoff()).state is HandoffState.OPEN


@in_own_loop
async def test_where_words_are_required_the_form_is_not_taken_without(
    words_are_required: None, world: LocalWorld
) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(UNKNOWN)
        form = await scene.open_form("resolve")

        await scene.send_form(form, resolution_text="   ")

        assert form.errors == {"resolution": messages.anyone.NO_WORDS_IN_FORM}
        assert form.is_open
        assert (await scene.handoff()).state is HandoffState.OPEN
        await scene.send_form(form, resolution_text="A new cable")
        assert (await scene.handoff()).resolution.text == "A new cable"


@in_own_loop
async def test_a_form_without_words_opened_before_they_were_required_is_not_taken(
    policy: Path, words_are_required: None, world: LocalWorld
) -> None:
    lax = world.settings.model_copy(update={"policy_file": policy})
    strict, world.settings = world.settings, lax
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(UNKNOWN)
        form = await scene.open_form("resolve")
    world.settings = strict
    async with world.bot() as bot:
        scene = Scene(world, bot)

        await scene.send_form(form)

        assert form.errors == {"resolution": messages.anyone.NO_WORDS_IN_FORM}
        assert (await scene.handoff()).state is HandoffState.OPEN


# Outcomes.


@pytest.mark.parametrize(
    ("outcome", "status", "told"),
    [
        ("solved", TicketStatus.SOLVED, "as resolved"),
        ("not_solvable", TicketStatus.CLOSED, "without a solution"),
        ("duplicate", TicketStatus.CLOSED, "as a duplicate"),
    ],
)
async def test_the_outcome_is_on_the_ticket_the_card_and_with_the_employee(
    handed_off: tuple[Scene, str], outcome: str, status: TicketStatus, told: str
) -> None:
    scene, root = handed_off

    await scene.resolve("It is what it is", outcome_choice=outcome)

    ticket = await scene.ticket()
    assert ticket.status is status
    assert f"Resolved in Slack: {outcome.replace('_', ' ')}." in ticket.notes[-1]
    assert f"Outcome: *{outcome.replace('_', ' ')}*" in str(scene.card.blocks)
    assert told in scene.texts(root)
    assert bool(_asked(scene, root)) is (outcome == "solved")


# Reference drafts.


async def test_a_reference_draft_keeps_question_and_resolution_without_secrets(engine_scene: Scene) -> None:
    await engine_scene.ask(f"{UNKNOWN} My password is tulip-42")

    await engine_scene.resolve(f"Frobnicate it twice. {SECRET}", reference_tick=["reference_tick"])

    handoff = await engine_scene.handoff()
    entry = (await engine_scene.look(lambda tx: tx.timeline.of_handoff(handoff.id)))[-1]
    draft = await engine_scene.look(lambda tx: tx.articles.get(entry.detail or ""))
    assert draft is not None
    assert (draft.written.by, draft.source.handoff_id) == (ADA, handoff.id)
    assert UNKNOWN in draft.words.question
    assert "Frobnicate it twice." in draft.words.answer
    assert "tulip-42" not in draft.words.question
    assert "hunter2" not in draft.words.answer


async def test_a_reference_article_needs_words(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    form = await scene.open_form("resolve")

    await scene.send_form(form, reference_tick=["reference_tick"])

    assert form.errors == {"resolution": messages.agents.REFERENCE_NEEDS_WORDS}
    assert await scene.count("articles") == 0


# The form.


async def test_a_form_that_cannot_open_in_time_is_asked_for_again(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    handoff_id = (await scene.handoff()).id

    await scene.forge(scene.card, "handoff_resolve", handoff_id, who=ADA)

    assert scene.private_notes(ADA)[-1] == messages.anyone.FORM_TOO_LATE
    assert (await scene.handoff()).state is HandoffState.OPEN


def _resolved_by_ada(scene: Scene) -> str:
    linked = f"<{scene.link(HANDOFF_CHANNEL, scene.card.ts)}|*HD-1*>"
    return f"<@{ADA}> has already resolved {linked}. Press *Reopen* if there's more to do."


async def test_of_two_who_fill_in_the_form_the_second_is_told_who_was_first(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    ada, ben = await scene.open_form("resolve", who=ADA), await scene.open_form("resolve", who=BEN)

    await scene.send_form(ada, resolution_text="Mine")
    await scene.send_form(ben, resolution_text="No, mine")

    assert scene.private_notes(BEN)[-1] == _resolved_by_ada(scene)
    assert (await scene.handoff()).resolution.text == "Mine"
    assert "No, mine" not in scene.texts(root)


async def test_an_old_resolve_button_says_who_has_resolved_it(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await scene.resolve()

    await scene.forge(scene.card, "handoff_resolve", (await scene.handoff()).id, who=BEN)

    assert scene.private_notes(BEN)[-1] == _resolved_by_ada(scene)


async def test_a_form_of_somebody_who_has_left_the_channel_is_not_taken(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    form = await scene.open_form("resolve")
    form.user = TOM

    await scene.send_form(form, resolution_text="I am done here")

    assert scene.private_notes(TOM)[-1] == NOT_AN_AGENT
    assert (await scene.handoff()).state is HandoffState.OPEN


# The question to the employee.


@pytest.mark.parametrize("words", [None, "A new cable"])
async def test_the_employee_is_asked_with_and_without_words_of_the_agent(
    handed_off: tuple[Scene, str], words: str | None
) -> None:
    scene, root = handed_off

    await scene.resolve(words)

    (asked,) = _asked(scene, root)
    assert asked.text.endswith("Did this solve your problem?")
    await scene.ask("yes", thread=root)
    assert (await scene.handoff()).resolution.solved is True


async def test_yes_is_thanked_and_shown_and_asked_no_more(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.resolve("A new cable")
    (asked,) = _asked(scene, root)

    await scene.press(asked, "handoff_solved")

    assert messages.employee.THANKS_SOLVED in scene.texts(root)
    assert _asked(scene, root) == []
    assert render_sentence(messages.employee.YOU_SAID_SOLVED) in scene.texts(root)
    assert f"{messages.employee.DID_IT_HELP}\nYou said: " in scene.texts(root)
    assert "A new cable" in scene.texts(root)
    assert "confirmed by the employee" in str(scene.card.blocks)
    assert (await scene.events())[-1] is TimelineEvent.SAID_SOLVED


async def test_no_opens_it_again_for_anybody(engine_claimed: tuple[Scene, str]) -> None:
    scene, root = engine_claimed
    await scene.resolve("A new cable")
    (asked,) = _asked(scene, root)

    await scene.press(asked, "handoff_not_solved")

    handoff = await scene.handoff()
    assert (handoff.state, handoff.claimed_by, handoff.resolution.by) == (HandoffState.OPEN, None, None)
    assert "Unclaimed" in str(scene.card.blocks)
    assert "not solved" in scene.handoff_thread[-1].text
    assert "reopened *HD-1*" in scene.texts(root)
    assert (await scene.ticket()).status is TicketStatus.OPEN
    assert (await scene.events())[-2:] == [TimelineEvent.SAID_NOT_SOLVED, TimelineEvent.REOPENED]
    conversation = await scene.look(lambda tx: tx.conversations.get(handoff.conversation_id))
    assert conversation is not None
    assert conversation.owner is Owner.WAITING


async def test_it_is_asked_once_and_no_opens_it_once(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.resolve()
    (asked,) = _asked(scene, root)
    await scene.press(asked, "handoff_not_solved")

    await scene.resolve("Now it is")
    handoff_id = (await scene.handoff()).id
    await scene.forge(asked, "handoff_not_solved", handoff_id, who=MIA)

    assert _asked(scene, root) == []
    assert messages.employee.WRITE_AGAIN in scene.texts(root)
    assert scene.private_notes(MIA)[-1] == messages.anyone.SAID_ALREADY
    assert (await scene.handoff()).state is HandoffState.RESOLVED


async def test_an_answer_that_an_agent_has_overtaken_changes_nothing(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.resolve()
    (asked,) = _asked(scene, root)
    await scene.press_card("reopen", who=BEN)

    await scene.press(asked, "handoff_not_solved")

    handoff = await scene.handoff()
    assert (handoff.state, handoff.claimed_by, handoff.resolution.solved) == (HandoffState.CLAIMED, BEN, None)
    assert "already has this as *HD-1*" in scene.private_notes(MIA)[-1]


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ["reopen_within_minutes = 0"])
async def test_after_a_new_handoff_an_old_one_is_not_opened_beside_it(own_scene: Scene) -> None:
    root = await own_scene.ask(UNKNOWN)
    await own_scene.resolve()
    (asked,) = _asked(own_scene, root)
    old = own_scene.card
    await own_scene.ask(UNKNOWN, thread=root)

    await own_scene.press(old, "handoff_reopen", who=BEN)
    await own_scene.press(asked, "handoff_not_solved")

    new = next(card for card in own_scene.world.cards if card.ts != old.ts)
    linked = f"<{own_scene.link(HANDOFF_CHANNEL, new.ts)}|*HD-2*>"
    assert own_scene.private_notes(BEN)[-1] == render_sentence(messages.agents.ANOTHER_IS_OPEN, place=linked)
    assert "already has this as *HD-2*" in own_scene.texts(root)
    assert await own_scene.count("handoffs", "state != 'resolved'") == 1


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ["reopen_within_minutes = 0"])
async def test_what_is_asked_after_a_resolution_begins_a_fresh_session(own_scene: Scene) -> None:
    root = await own_scene.ask(UNKNOWN)
    await own_scene.resolve("Done")

    await own_scene.ask(CONFIDENT, thread=root)

    first, second = own_scene.world.uppzy.asked
    assert own_scene.world.uppzy.closed == [first.session_id]
    assert second.session_id != first.session_id


# Restarts.


@in_own_loop
async def test_a_stop_between_every_step_loses_nothing(world: LocalWorld) -> None:
    async with world.bot() as bot:
        root = await Scene(world, bot).ask(UNKNOWN)
    async with world.bot() as bot:
        form = await Scene(world, bot).open_form("resolve")
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.send_form(form, resolution_text="A new cable")
        (asked,) = _asked(scene, root)
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.press(asked, "handoff_not_solved")
    async with world.bot() as bot:
        scene = Scene(world, bot)

        await scene.resolve("Another cable")

        assert (await scene.handoff()).resolution.text == "Another cable"
        assert _asked(scene, root) == []
        assert scene.texts(root).count("reopened *HD-1*") == 1


@in_own_loop
async def test_a_form_that_was_sent_before_a_stop_is_taken_in_after_it(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        form = await scene.open_form("resolve")
        world.slack.faults.http_error("chat.postMessage", times=None)
        delivery = await world.slack.submit_view(ADA, form.id, {"resolution_text": "A new cable"})
        assert delivery.ok
    world.slack.faults.clear()
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()

        assert scene.texts(root).count("A new cable") == 1
        assert (await scene.handoff()).resolution.text == "A new cable"
        assert (await scene.handoff()).state is HandoffState.RESOLVED
