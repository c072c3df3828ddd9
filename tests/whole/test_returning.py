"""Messages after the resolution: thanks change nothing, a request reopens the handoff, others are asked about."""

from __future__ import annotations

import pytest
import pytest_asyncio

from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.history import TimelineEvent
from sandbox.slack import File, Message
from sandbox.world import ADA, MIA, TOM, LocalWorld
from tests.addresses import message_at
from tests.english import messages
from tests.whole.day import CALLED, DAY, Day
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene
from tests.whole.shared import SharedScene, in_module_loop, in_own_loop

PICTURE = File(name="screen.png", content=b"\x89PNG", mimetype="image/png")
BUT = "Thanks, but it still smokes"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


def questions(scene: Scene, root: str) -> list[Message]:
    """Returns the messages that ask whether to reopen the handoff."""
    return [reply for reply in scene.replies(root) if "handoff_reopen_mine" in str(reply.blocks)]


def asked_whether_solved(scene: Scene, root: str) -> list[Message]:
    return [reply for reply in scene.replies(root) if "handoff_solved" in str(reply.blocks)]


async def resolved_by_ada(scene: Scene, outcome: str = "solved") -> str:
    """Opens a handoff of Mia's and resolves it as Ada; returns the root of Mia's thread."""
    root = await scene.ask(UNKNOWN)
    await scene.press_card("claim", who=ADA)
    await scene.resolve("A new cable", outcome_choice=outcome)
    return root


@pytest_asyncio.fixture(loop_scope="module")
async def resolved(shared_by_module: SharedScene, scene: Scene) -> tuple[Scene, str]:
    return scene, await shared_by_module.begun(resolved_by_ada, scene)


@pytest.mark.parametrize("thanks", ["Thanks!", "👍", "works now, thx"])
async def test_thanks_are_taken_as_solved(resolved: tuple[Scene, str], thanks: str) -> None:
    scene, root = resolved

    await scene.ask(thanks, thread=root)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.solved) == (HandoffState.RESOLVED, True)
    assert (await scene.events())[-1] is TimelineEvent.SAID_SOLVED
    assert asked_whether_solved(scene, root) == []
    assert scene.texts(root).count(messages.employee.THANKS_SOLVED) == 1
    assert messages.employee.NO_WORDS not in scene.texts(root)
    assert "confirmed by the employee" in str(scene.card.blocks)


async def test_thanks_that_come_again_are_answered_no_more(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    await scene.ask("Danke!", thread=root)
    before = scene.texts(root)

    await scene.ask("merci beaucoup 🙏", thread=root)

    assert scene.texts(root) == before
    assert len(scene.world.uppzy.asked) == 1


async def test_thanks_after_what_was_not_solvable_say_nothing_of_it(scene: Scene) -> None:
    root = await resolved_by_ada(scene, "not_solvable")

    await scene.ask("Thanks!", thread=root)

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.solved) == (HandoffState.RESOLVED, None)


@in_own_loop
async def test_nobody_is_reminded_or_called_for_thanks(day: Day) -> None:
    root = await resolved_by_ada(day.scene)

    await day.scene.ask("teşekkürler", thread=root)
    await day.pass_time(3 * DAY)

    assert day.alarms() == []
    assert CALLED not in str(day.scene.handoff_thread)
    assert (await day.handoff()).state is HandoffState.RESOLVED


@pytest.mark.parametrize(
    "words", [BUT, "danke, aber geht nicht", "Thanks! Can you also reset Ben's?", "It smokes again"]
)
async def test_a_matter_opens_it_again_with_its_words(resolved: tuple[Scene, str], words: str) -> None:
    scene, root = resolved

    await scene.ask(words, thread=root)

    assert (await scene.handoff()).state is HandoffState.OPEN
    assert any(words in post.text for post in scene.handoff_thread)


@pytest.mark.parametrize("words", ["ok", "hm", "?", "😡", "it works?", "thanks, the beamer flickers in room five"])
async def test_what_is_unclear_is_asked_about(resolved: tuple[Scene, str], words: str) -> None:
    scene, root = resolved

    await scene.ask(words, thread=root)

    assert len(questions(scene, root)) == 1
    assert (await scene.handoff()).state is HandoffState.RESOLVED
    assert messages.employee.NO_WORDS not in scene.texts(root)


@pytest.mark.parametrize(("words", "state"), [("yes", HandoffState.RESOLVED), ("no", HandoffState.OPEN)])
async def test_yes_and_no_answer_the_question_whether_it_is_solved(
    resolved: tuple[Scene, str], words: str, state: HandoffState
) -> None:
    scene, root = resolved

    await scene.ask(words, thread=root)

    assert (await scene.handoff()).state is state
    assert questions(scene, root) == []


async def test_yes_where_nothing_was_asked_is_unclear(scene: Scene) -> None:
    root = await resolved_by_ada(scene, "not_solvable")

    await scene.ask("yes", thread=root)

    assert len(questions(scene, root)) == 1


@in_own_loop
@pytest.mark.both_engines
async def test_reopened_by_the_employee_everything_they_wrote_reaches_the_agents_also_after_a_restart(
    world: LocalWorld,
) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await resolved_by_ada(scene)
        await scene.ask("hm", thread=root)
        await world.slack.dm(MIA, "", root, files=[PICTURE])
        await scene.settled()
        (question,) = questions(scene, root)
    async with world.bot() as bot:
        scene = Scene(world, bot)

        await scene.press(question, "handoff_reopen_mine")

        assert (await scene.handoff()).state is HandoffState.OPEN
        assert questions(scene, root) == []
        assert any("hm" in post.text for post in scene.handoff_thread)
        assert [file.name for post in scene.handoff_thread for file in post.files] == ["screen.png"]


async def test_all_good_leaves_it_resolved_and_solved(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    await scene.ask("ok", thread=root)

    await scene.press(questions(scene, root)[0], "handoff_all_good")

    handoff = await scene.handoff()
    assert (handoff.state, handoff.resolution.solved) == (HandoffState.RESOLVED, True)
    assert questions(scene, root) == []
    assert "Reopen it?\nYou said: *no, all good*." in scene.texts(root)
    assert not any(post.text.endswith(": ok") for post in scene.handoff_thread)


async def test_it_is_asked_once_and_a_matter_that_follows_takes_the_rest_along(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved

    await scene.ask("hm", thread=root)
    await scene.ask("?", thread=root)
    assert len(questions(scene, root)) == 1
    await scene.ask("It smokes again", thread=root)

    texts = [post.text for post in scene.handoff_thread]
    assert [words for words in ("hm", "?", "It smokes again") if any(words in text for text in texts)] == [
        "hm",
        "?",
        "It smokes again",
    ]


async def test_nobody_else_answers_the_question(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    ts = await scene.ask("hm", thread=root)
    relay = await scene.look(lambda tx: tx.relays.of_message(message_at(scene.world.slack.dm_of(MIA), ts)))
    assert relay is not None

    await scene.forge(questions(scene, root)[0], "handoff_reopen_mine", relay.id, who=TOM)

    assert scene.private_notes(TOM)[-1] == messages.employee.NOT_YOURS
    assert (await scene.handoff()).state is HandoffState.RESOLVED


async def test_thanks_that_are_changed_into_a_matter_open_it_again(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    ts = await scene.ask("Thanks!", thread=root)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), ts, BUT)
    await scene.settled()

    assert (await scene.handoff()).state is HandoffState.OPEN
    assert any(BUT in post.text for post in scene.handoff_thread)


async def test_what_was_unclear_and_is_changed_into_thanks_is_taken_as_solved(resolved: tuple[Scene, str]) -> None:
    scene, root = resolved
    ts = await scene.ask("hm", thread=root)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), ts, "Thanks!")
    await scene.settled()

    assert (await scene.handoff()).resolution.solved is True


@in_own_loop
async def test_thanks_and_their_change_are_read_back_after_an_outage(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await resolved_by_ada(scene)
    world.slack.events_url = None
    ts = (await world.slack.dm(MIA, "Thanks!", root)).ts
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await bot.catch_up()
        await scene.settled()
        assert (await scene.handoff()).resolution.solved is True
        world.slack.events_url = None
        await world.slack.edit(MIA, world.slack.dm_of(MIA), ts, BUT)
        await bot.catch_up()
        await scene.settled()

        assert (await scene.handoff()).state is HandoffState.OPEN
        assert any(BUT in post.text for post in scene.handoff_thread)


async def test_thanks_during_a_handoff_are_passed_on(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed

    await scene.ask("Thanks!", thread=root)

    assert "Thanks!" in scene.handoff_thread[-1].text


# To the assistant.


@pytest.mark.parametrize("thanks", ["Thanks!", "👍", "perfect 🎉"])
async def test_thanks_to_the_assistant_are_answered_without_asking_it(scene: Scene, thanks: str) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.ask(thanks, thread=root)

    assert messages.employee.YOU_ARE_WELCOME in scene.texts(root)
    assert len(scene.world.uppzy.asked) == 1


async def test_a_thumb_down_to_the_assistant_leads_to_a_person(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.ask(":-1:", thread=root)

    (reply,) = [reply for reply in scene.replies(root) if messages.employee.SORRY_NOT_HELPFUL in reply.text]
    assert "talk_to_person" in str(reply.blocks)


async def test_thanks_to_the_assistant_that_become_a_question_are_not_lost(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    ts = await scene.ask("Thanks!", thread=root)

    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), ts, "Thanks! And how do I print?")
    await scene.settled()

    assert messages.employee.EDITED_TOO_LATE in scene.texts(root)


async def test_where_thanks_begin_a_thread_nobody_is_asked(scene: Scene) -> None:
    root = await scene.ask("Thank you so much!")

    assert messages.employee.YOU_ARE_WELCOME in scene.texts(root)
    assert scene.world.uppzy.asked == []
