"""A message that contains a secret: what the employee is told, and what the assistant gets of it."""

from __future__ import annotations

import dataclasses

import pytest

from bot.helpdesk.model.conversation import NoAnswer
from bot.slack.markdown import render_sentence
from sandbox.world import MIA, LocalWorld
from tests.english import messages
from tests.whole.scene import CONFIDENT, PERSON, Scene
from tests.whole.shared import in_module_loop, in_own_loop

pytestmark = in_module_loop

SECRET = "hunter2-Berlin"
WITH_SECRET = f"My password is {SECRET}. {CONFIDENT}"
CHANGE_IT = render_sentence(messages.employee.contains_secret(changeable=True))
DELETE_IT = render_sentence(messages.employee.contains_secret(changeable=False))
KEPT_BACK = messages.employee.no_answer(NoAnswer.SECRET)


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    return shared_scene


def asked(world: LocalWorld) -> list[str]:
    return [question.message for question in world.uppzy.asked]


async def test_the_assistant_gets_a_question_without_its_secret(scene: Scene) -> None:
    root = await scene.ask(WITH_SECRET)

    assert asked(scene.world) == [f"My password is [redacted: password]. {CONFIDENT}"]
    assert next(reply.text for reply in scene.replies(root)) == CHANGE_IT
    assert scene.answer(root).text


async def test_the_employee_is_told_once_for_each_message(scene: Scene) -> None:
    root = await scene.ask(WITH_SECRET)
    await scene.world.slack.edit(MIA, scene.world.slack.dm_of(MIA), root, f"{WITH_SECRET} Please!")
    await scene.settled()

    assert scene.texts(root).count(CHANGE_IT) == 1


async def test_a_message_without_a_secret_gets_no_such_notice(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    assert CHANGE_IT not in scene.texts(root)
    assert asked(scene.world) == [CONFIDENT]


async def test_a_card_number_cannot_be_changed_by_its_owner(scene: Scene) -> None:
    root = await scene.ask(f"I was charged twice on 4111 1111 1111 1111. {CONFIDENT}")

    assert DELETE_IT in scene.texts(root)
    assert CHANGE_IT not in scene.texts(root)


async def test_a_secret_that_is_written_to_people_is_told_as_well_and_stays_out_of_their_thread(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    await scene.ask(WITH_SECRET, thread=root)

    assert CHANGE_IT in scene.texts(root)
    assert SECRET not in "\n".join(message.text for message in scene.handoff_thread)


async def test_nothing_about_a_person_goes_to_the_assistant_with_a_question(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    (question,) = scene.world.uppzy.asked
    sent = str(dataclasses.astuple(question))
    assert CONFIDENT in sent
    assert not [told for told in (MIA, "Mia", "@example.com", scene.world.slack.dm_of(MIA), root) if told in sent]


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ['relay_delay_seconds = 0\n[privacy]\nsecrets_to_assistant = "as written"'])
async def test_the_policy_may_let_the_assistant_have_secrets(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(WITH_SECRET)

        assert asked(world) == [WITH_SECRET]
        assert CHANGE_IT in scene.texts(root)


@in_own_loop
@pytest.mark.parametrize("handoff_rules", ['relay_delay_seconds = 0\n[privacy]\nsecrets_to_assistant = "never"'])
class TestWhereTheAssistantNeverGetsASecret:
    async def test_the_message_goes_to_people_without_the_secret_if_the_employee_wants(self, world: LocalWorld) -> None:
        async with world.bot() as bot:
            scene = Scene(world, bot)
            root = await scene.ask(WITH_SECRET)
            offer = next(reply for reply in scene.replies(root) if reply.text == KEPT_BACK)
            await scene.press(offer, "talk_to_person")

            assert asked(world) == []
            assert CHANGE_IT in scene.texts(root)
            assert "My password is [redacted: password]" in str(scene.card.blocks)
            assert SECRET not in str(scene.card.blocks)

    async def test_a_question_without_a_secret_is_asked_as_always(self, world: LocalWorld) -> None:
        async with world.bot() as bot:
            scene = Scene(world, bot)
            root = await scene.ask(WITH_SECRET)
            await scene.ask(CONFIDENT, thread=root)

            assert asked(world) == [CONFIDENT]
            assert scene.answer(root).text

    async def test_the_question_of_an_agent_is_kept_back_too(self, world: LocalWorld) -> None:
        async with world.bot() as bot:
            scene = Scene(world, bot)
            await scene.ask(PERSON)
            await scene.write_in_thread(f"ask: why is the password {SECRET} refused")

            assert not any(SECRET in message for message in asked(world))
            kept_back = "the policy keeps questions with a secret in them from it"
            assert any(kept_back in message.text for message in scene.handoff_thread)
