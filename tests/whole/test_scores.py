"""The question how well a handoff was solved, from 1 to 5, and the policy that asks nothing."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from bot.helpdesk.model.handoff import HandoffState, Score, SolvedQuestion, TicketStatus
from bot.helpdesk.model.history import TimelineEntry, TimelineEvent
from bot.slack.markdown import render_sentence
from sandbox.slack import Message
from sandbox.slack.elements import elements_in
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from storage.retention import delete_old_text
from tests.english import messages
from tests.policies import with_handoff_rules
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene
from tests.whole.shared import SharedScene, in_module_loop, in_own_loop

AT_ONCE = "relay_delay_seconds = 0"
SCORE = f'{AT_ONCE}\nask_solved = "score"'
ACTIONS = [f"handoff_score_{score}" for score in Score]

pytestmark = in_module_loop


@pytest.fixture(scope="module")
def shared_rules() -> str:
    return SCORE


@pytest.fixture
def handoff_rules() -> str:
    return SCORE


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def resolved_by_ada(scene: Scene) -> str:
    """Opens a handoff of Mia's and resolves it as Ada; returns the root of Mia's thread."""
    root = await scene.ask(UNKNOWN)
    await scene.press_card("claim", who=ADA)
    await scene.resolve("A new cable")
    return root


@pytest_asyncio.fixture(loop_scope="module")
async def resolved(shared_by_module: SharedScene, scene: Scene) -> tuple[Scene, str]:
    return scene, await shared_by_module.begun(resolved_by_ada, scene)


@pytest_asyncio.fixture(loop_scope="module")
async def engine_resolved(shared_by_module: SharedScene, engine_scene: Scene) -> tuple[Scene, str]:
    return engine_scene, await shared_by_module.begun(resolved_by_ada, engine_scene)


def questions(scene: Scene, root: str) -> list[Message]:
    """Returns the messages that ask how well it is solved."""
    return [message for message in scene.replies(root) if ACTIONS[0] in str(message.blocks)]


async def give(scene: Scene, root: str, *scores: int) -> None:
    """Presses numbers below the only question, one after the other."""
    for score in scores:
        (asked,) = questions(scene, root)
        await scene.press(asked, f"handoff_score_{score}")


def said(score: int) -> str:
    return render_sentence(messages.employee.you_scored(Score(score)))


async def timeline(scene: Scene) -> Sequence[TimelineEntry]:
    id = (await scene.handoff()).id
    return await scene.look(lambda tx: tx.timeline.of_handoff(id))


# The question.


@pytest.mark.parametrize("words", [None, "A new cable"])
async def test_the_employee_is_asked_with_five_buttons_that_screen_readers_explain(
    scene: Scene, words: str | None
) -> None:
    root = await scene.ask(UNKNOWN)

    await scene.resolve(words)

    (asked,) = questions(scene, root)
    assert asked.text.endswith("How well was this solved? 1 means not at all, 5 completely.")
    (row,) = [block for block in asked.blocks if block["type"] == "actions"]
    assert [button["text"]["text"] for button in row["elements"]] == ["1", "2", "3", "4", "5"]
    assert [button["action_id"] for button in row["elements"]] == ACTIONS
    assert [button["accessibility_label"] for button in row["elements"]] == [
        "1 of 5: not at all solved",
        "2 of 5",
        "3 of 5",
        "4 of 5",
        "5 of 5: completely solved",
    ]
    assert "handoff_solved" not in str(scene.replies(root))
    assert "waiting for the employee to rate it" in str(scene.card.blocks)


@pytest.mark.parametrize("outcome", ["not_solvable", "duplicate"])
async def test_nothing_is_asked_where_nothing_was_solved(scene: Scene, outcome: str) -> None:
    root = await scene.ask(UNKNOWN)

    await scene.resolve("It is what it is", outcome_choice=outcome)

    assert questions(scene, root) == []
    assert "waiting" not in str(scene.card.blocks)


# The scores.


@pytest.mark.parametrize("score", [4, 5])
async def test_four_and_five_count_as_yes(resolved: tuple[Scene, str], score: int) -> None:
    scene, root = resolved
    lines = len(scene.handoff_thread)

    await give(scene, root, score)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.solved) == (HandoffState.RESOLVED, True)
    assert handoff.resolution.score is Score(score)
    assert said(score) in scene.texts(root)
    assert "A new cable" in scene.texts(root)
    assert scene.texts(root).count(messages.employee.THANKS_SOLVED) == 1
    assert f"Outcome: *solved* · {score} of 5, says the employee" in str(scene.card.blocks)
    assert len(scene.handoff_thread) == lines
    assert (await scene.ticket()).status is TicketStatus.SOLVED
    last = (await timeline(scene))[-1]
    assert (last.event, last.person, last.detail) == (TimelineEvent.SAID_SOLVED, MIA, f"{score}/5")


@pytest.mark.parametrize("score", [1, 2])
async def test_one_and_two_count_as_no(engine_resolved: tuple[Scene, str], score: int) -> None:
    scene, root = engine_resolved

    await give(scene, root, score)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.claimed_by, handoff.resolution.by) == (HandoffState.OPEN, None, None)
    assert (handoff.resolution.solved, handoff.resolution.score) == (False, Score(score))
    assert said(score) in scene.texts(root)
    assert "reopened *HD-1*" in scene.texts(root)
    assert questions(scene, root) == []
    assert f"<@{ADA}>: The employee rated the solution *{score} of 5*" in scene.handoff_thread[-1].text
    assert f"Resolved once before · {score} of 5, says the employee" in str(scene.card.blocks)
    ticket = await scene.ticket()
    assert (ticket.status, ticket.notes[-1]) == (TicketStatus.OPEN, f"The employee rated the solution {score} of 5.")
    scored, reopened = (await timeline(scene))[-2:]
    assert (scored.event, scored.detail) == (TimelineEvent.SAID_NOT_SOLVED, f"{score}/5")
    assert reopened.event is TimelineEvent.REOPENED


async def test_three_is_recorded_and_names_the_way_back(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    lines, notes = len(scene.handoff_thread), len((await scene.ticket()).notes)

    await give(scene, root, 3)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.solved) == (HandoffState.RESOLVED, None)
    assert handoff.resolution.score is Score.THREE
    (asked,) = questions(scene, root)
    assert asked.text.endswith(f"{said(3)} {messages.employee.WRITE_AGAIN}")
    assert messages.employee.THANKS_SOLVED not in scene.texts(root)
    assert "3 of 5, says the employee" in str(scene.card.blocks)
    assert "waiting for the employee" not in str(scene.card.blocks)
    assert (len(scene.handoff_thread), len((await scene.ticket()).notes)) == (lines, notes)
    last = (await timeline(scene))[-1]
    assert (last.event, last.detail) == (TimelineEvent.SAID_PARTLY_SOLVED, "3/5")
    await scene.ask("It smokes again", thread=root)
    assert (await scene.handoff()).state is HandoffState.OPEN


async def test_the_score_is_found_with_everything_else(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    await give(scene, root, 3, 4)
    slack = scene.world.slack

    asked = await slack.say(BEN, HANDOFF_CHANNEL, f"<@{slack.bot_user_id}> HD-1", None, formatted=True)
    await scene.settled()

    report = "\n".join(str(message.blocks) for message in slack.messages(HANDOFF_CHANNEL, asked.ts))
    assert f"<@{MIA}>: partly solved (3/5)" in report
    assert f"<@{MIA}>: solved (4/5)" in report


# Another number.


async def test_another_number_replaces_the_score(engine_resolved: tuple[Scene, str]) -> None:
    scene, root = engine_resolved

    await give(scene, root, 4, 3, 5, 4)

    handoff = await scene.handoff()
    assert (handoff.resolution.score, handoff.resolution.solved) == (Score.FOUR, True)
    (asked,) = questions(scene, root)
    assert asked.text.count("You said") == 1
    assert said(4) in asked.text
    chosen = [element.action_id for element in elements_in(asked.blocks) if element.body.get("style") == "primary"]
    assert chosen == ["handoff_score_4"]
    assert scene.texts(root).count(messages.employee.THANKS_SOLVED) == 1
    assert "4 of 5, says the employee" in str(scene.card.blocks)
    assert [entry.detail for entry in (await timeline(scene))[-4:]] == ["4/5", "3/5", "5/5", "4/5"]


async def test_a_better_score_may_become_one_that_opens_it_again(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved

    await give(scene, root, 4, 1)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.solved) == (HandoffState.OPEN, False)
    assert questions(scene, root) == []
    assert said(4) not in scene.texts(root)


async def test_the_same_number_again_changes_nothing(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    await give(scene, root, 4)
    before = await timeline(scene)

    await give(scene, root, 4)

    assert scene.private_notes(MIA)[-1] == messages.anyone.SAID_ALREADY
    assert await timeline(scene) == before


async def test_a_press_that_arrives_after_a_later_one_is_ignored(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    await give(scene, root, 5)
    (asked,) = questions(scene, root)

    # The times of forged presses lie long ago.
    await scene.forge(asked, "handoff_score_1", (await scene.handoff()).id, who=MIA)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.score) == (HandoffState.RESOLVED, Score.FIVE)


@pytest.mark.parametrize("who", [TOM, ADA])
async def test_nobody_else_gives_a_score(resolved: tuple[Scene, str], who: str) -> None:
    scene, root = resolved
    (asked,) = questions(scene, root)

    await scene.forge(asked, "handoff_score_1", (await scene.handoff()).id, who=who)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.score) == (HandoffState.RESOLVED, None)
    assert messages.employee.NOT_YOURS in scene.private_notes(who)[-1]


# The end of the question.


async def test_an_agent_who_reopens_closes_the_question_and_the_score_stays(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    await give(scene, root, 4)
    (asked,) = questions(scene, root)

    await scene.press_card("reopen", who=BEN)
    await scene.forge(asked, "handoff_score_1", (await scene.handoff()).id, who=MIA)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.claimed_by, handoff.resolution.score) == (HandoffState.CLAIMED, BEN, Score.FOUR)
    assert questions(scene, root) == []
    assert said(4) in scene.texts(root)
    assert scene.private_notes(MIA)[-1] == messages.anyone.SAID_ALREADY


async def test_an_answer_that_an_agent_has_overtaken_changes_nothing(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    (asked,) = questions(scene, root)
    await scene.press_card("reopen", who=BEN)

    await scene.forge(asked, "handoff_score_1", (await scene.handoff()).id, who=MIA)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.claimed_by, handoff.resolution.score) == (HandoffState.CLAIMED, BEN, None)
    assert "already has this as *HD-1*" in scene.private_notes(MIA)[-1]


async def test_after_another_resolution_the_employee_is_not_asked_again(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    (asked,) = questions(scene, root)
    await give(scene, root, 2)

    await scene.resolve("Another cable")
    await scene.forge(asked, "handoff_score_5", (await scene.handoff()).id, who=MIA)

    assert questions(scene, root) == []
    assert messages.employee.WRITE_AGAIN in scene.texts(root)
    assert scene.private_notes(MIA)[-1] == messages.anyone.SAID_ALREADY
    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.score) == (HandoffState.RESOLVED, Score.TWO)


async def test_a_question_without_an_answer_is_asked_anew_after_another_resolution(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    await scene.ask("It smokes again", thread=root)
    assert questions(scene, root) == []

    await scene.resolve("Another cable")

    await give(scene, root, 5)
    assert (await scene.handoff()).resolution.score is Score.FIVE


@in_own_loop
@pytest.mark.parametrize("handoff_rules", [f"{SCORE}\nreopen_within_minutes = 0"])
async def test_a_low_score_opens_no_second_handoff_beside_a_new_one(own_scene: Scene) -> None:
    root = await own_scene.ask(UNKNOWN)
    await own_scene.resolve()
    await own_scene.ask(UNKNOWN, thread=root)

    await give(own_scene, root, 5, 1)

    assert "already has this as *HD-2*" in own_scene.texts(root)
    assert questions(own_scene, root) == []
    assert await own_scene.count("handoffs", "state != 'resolved'") == 1
    assert await own_scene.count("handoffs", "resolution_score = 1") == 1


async def test_a_score_counts_after_the_words_are_deleted(engine_resolved: tuple[Scene, str]) -> None:
    scene, root = engine_resolved
    await give(scene, root, 3)
    await delete_old_text(scene.bot.store, before=time.time() + 3600)

    await give(scene, root, 4, 1)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.score) == (HandoffState.OPEN, Score.ONE)
    assert said(1) in scene.texts(root)


# In words.


@pytest.mark.parametrize(("words", "score"), [("4", 4), ("5/5!", 5), ("3 of 5", 3)])
async def test_a_number_alone_is_a_score(resolved: tuple[Scene, str], words: str, score: int) -> None:
    scene, root = resolved

    await scene.ask(words, thread=root)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.score) == (HandoffState.RESOLVED, Score(score))
    (asked,) = questions(scene, root)
    assert said(score) in asked.text
    await scene.ask(words, thread=root)
    assert [entry.detail for entry in await timeline(scene)].count(f"{score}/5") == 1
    await give(scene, root, 2)
    assert (await scene.handoff()).state is HandoffState.OPEN


async def test_a_low_number_alone_opens_it_again_without_being_relayed(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved

    await scene.ask("1", thread=root)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.score) == (HandoffState.OPEN, Score.ONE)
    assert "rated the solution *1 of 5*" in scene.handoff_thread[-1].text
    assert questions(scene, root) == []


async def test_an_edit_changes_a_score_in_words(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    ts = await scene.ask("3", thread=root)
    slack = scene.world.slack

    await slack.edit(MIA, slack.dm_of(MIA), ts, "5")
    await scene.settled()

    assert (await scene.handoff()).resolution.score is Score.FIVE


@pytest.mark.parametrize("words", ["4 laptops are broken", "6", "I need 3"])
async def test_a_number_with_other_words_is_a_matter(resolved: tuple[Scene, str], words: str) -> None:
    scene, root = resolved

    await scene.ask(words, thread=root)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.score) == (HandoffState.OPEN, None)


@pytest.mark.parametrize("words", ["yes", "no"])
async def test_yes_and_no_are_no_answer_to_how_well(resolved: tuple[Scene, str], words: str) -> None:
    scene, root = resolved

    await scene.ask(words, thread=root)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.is_answered) == (HandoffState.RESOLVED, False)
    assert "handoff_reopen_mine" in str(scene.replies(root)[-1].blocks)


async def test_thanks_count_as_solved_and_close_the_question(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    await give(scene, root, 3)

    await scene.ask("Thanks, it works now!", thread=root)

    handoff = await scene.handoff()
    assert (handoff.resolution.solved, handoff.resolution.score) == (True, Score.THREE)
    assert questions(scene, root) == []
    assert f"{said(3)}\n{messages.employee.TAKEN_AS_SOLVED}" in scene.texts(root)
    assert "3 of 5, says the employee · confirmed by the employee" in str(scene.card.blocks)


# The policy.


@in_own_loop
@pytest.mark.parametrize("handoff_rules", [f'{AT_ONCE}\nask_solved = "never"'])
async def test_where_the_policy_asks_nothing_nobody_is_said_to_be_asked(own_scene: Scene) -> None:
    root = await own_scene.ask(UNKNOWN)

    await own_scene.resolve("A new cable")

    last = own_scene.replies(root)[-1]
    assert last.text.endswith(messages.employee.WRITE_AGAIN)
    assert "actions" not in str(last.blocks)
    assert "waiting for the employee" not in str(own_scene.card.blocks)
    await own_scene.ask("Thanks!", thread=root)
    assert (await own_scene.handoff()).resolution.solved is True


@in_own_loop
@pytest.mark.parametrize("before", [SolvedQuestion.YES_OR_NO, SolvedQuestion.SCORE])
async def test_a_question_stands_after_the_policy_was_changed(
    world: LocalWorld, tmp_path: Path, before: SolvedQuestion
) -> None:
    def set_policy(question: SolvedQuestion) -> None:
        policy = tmp_path / f"{question.name}.toml"
        policy.write_text(with_handoff_rules(f'{AT_ONCE}\nask_solved = "{question}"'), encoding="utf-8")
        world.settings = world.settings.model_copy(update={"policy_file": policy})

    set_policy(before)
    async with world.bot() as bot:
        root = await resolved_by_ada(Scene(world, bot))
    set_policy(SolvedQuestion.NEVER)
    async with world.bot() as bot:
        scene = Scene(world, bot)

        await scene.ask("yes" if before is SolvedQuestion.YES_OR_NO else "5", thread=root)

        assert (await scene.handoff()).resolution.solved is True
        await scene.ask(CONFIDENT, thread=root)
        await scene.resolve("Another cable")
        assert (await scene.handoff()).resolution.question is None


@in_own_loop
async def test_a_stop_between_every_step_loses_no_score(world: LocalWorld) -> None:
    async with world.bot() as bot:
        root = await resolved_by_ada(Scene(world, bot))
    for score in (3, 5, 2):
        async with world.bot() as bot:
            await give(Scene(world, bot), root, score)
    async with world.bot() as bot:
        scene = Scene(world, bot)

        handoff = await scene.handoff()
        assert (handoff.state, handoff.resolution.score) == (HandoffState.OPEN, Score.TWO)
        assert scene.texts(root).count("reopened *HD-1*") == 1
        assert scene.texts(root).count(messages.employee.THANKS_SOLVED) == 1
