"""Small talk is answered by the desk itself: neither the assistant nor a person is asked."""

from __future__ import annotations

import pytest

from sandbox.world import MIA, LocalWorld
from tests.english import messages
from tests.whole.scene import CONFIDENT, Scene
from tests.whole.shared import in_module_loop, in_own_loop

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    return shared_scene


@pytest.mark.parametrize("text", ["hi", "Guten Tag!", "hello :wave:", "who are you?", "asdf", "ok", "¿quién eres?"])
async def test_small_talk_gets_a_short_line_and_nothing_else(scene: Scene, text: str) -> None:
    root = await scene.ask(text)

    (reply,) = scene.replies(root)
    assert reply.text == messages.employee.SMALL_TALK
    assert not scene.world.uppzy.asked
    assert not scene.world.cards


@pytest.mark.parametrize("text", ["vpn?", "wifi down", "hi, vpn?"])
async def test_a_short_question_is_put_to_the_assistant(scene: Scene, text: str) -> None:
    await scene.ask(text)

    assert [asked.message for asked in scene.world.uppzy.asked] == [text]


async def test_small_talk_between_questions_leaves_the_session_alone(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.ask("ok", thread=root)
    await scene.ask(CONFIDENT + " On my phone?", thread=root)

    assert messages.employee.ANYTHING_ELSE in scene.texts(root)
    assert len({asked.session_id for asked in scene.world.uppzy.asked}) == 1
    assert len(scene.world.uppzy.asked) == 2


async def test_somebody_who_writes_hi_while_waiting_is_told_that_the_answer_comes(scene: Scene) -> None:
    slack, uppzy = scene.world.slack, scene.world.uppzy
    uppzy.hold()
    root = (await slack.dm(MIA, CONFIDENT)).ts
    await slack.dm(MIA, "hello?", root)
    await slack.wait_for(lambda: messages.employee.STILL_ANSWERING in scene.texts(root))
    uppzy.release()
    await scene.settled()

    assert len(uppzy.asked) == 1


async def test_the_person_is_asked_for_without_the_greeting_as_the_matter(scene: Scene) -> None:
    root = await scene.ask("hi")
    await scene.press(scene.replies(root)[0], "talk_to_person")

    assert "hi" not in scene.card.text.split()


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ['relay_delay_seconds = 0\n[small_talk]\ntell = "Grüezi. What is it?"'])
async def test_the_policy_may_have_its_own_line(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask("hi")

        assert scene.texts(root) == "Grüezi. What is it?"
