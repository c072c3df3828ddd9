"""Verdicts: stored once, sent once, shown immediately."""

from __future__ import annotations

import pytest

from bot.helpdesk.model.conversation import Rating
from sandbox.slack.elements import find_element, pressed
from sandbox.uppzy import Endpoint, replying
from sandbox.world import ADA, BEN, MIA, TOM
from storage.retention import delete_old_text
from tests.whole.scene import CONFIDENT, Scene, thumb
from tests.whole.shared import in_module_loop

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


def _sent(scene: Scene) -> list[str]:
    return [received.feedback for received in scene.world.uppzy.feedback]


async def test_a_verdict_goes_to_uppzy_with_the_answers_own_ids(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.rate(root, "good")

    (received,) = scene.world.uppzy.feedback
    (asked,) = scene.world.uppzy.asked
    assert (received.session_id, received.request_id, received.feedback) == (asked.session_id, asked.request_id, "good")


async def test_the_answer_shows_that_the_verdict_was_taken(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.rate(root, "good")

    assert "You rated this answer as helpful" in str(scene.answer(root).blocks)
    assert "password.example.com" in str(scene.answer(root).blocks)


async def test_a_press_that_comes_after_a_later_one_changes_nothing_any_more(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    slack, answer = scene.world.slack, scene.answer(root)
    value = thumb(answer, "bad")
    action = pressed(find_element(answer.blocks, "answer_feedback", value=value), value, MIA, slack.workspace.next_ts())
    url = slack.workspace.new_response_url(MIA, answer.channel, answer.ts, root)
    held_up = slack._payloads.action_in_message(slack.workspace.users[MIA], answer, action, url)
    await scene.rate(root, "good")
    await scene.rate(root, "good")

    delivery = await slack.interact(held_up)
    await scene.settled()

    assert delivery.ok
    assert _sent(scene) == ["good"]
    assert "You rated this answer as helpful" in str(scene.answer(root).blocks)
    assert scene.world.cards == []


async def test_the_same_verdict_again_sends_nothing(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    for _ in range(3):
        await scene.rate(root, "good")

    assert _sent(scene) == ["good"]


async def test_a_changed_verdict_sends_the_new_value_once(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    for value in ("good", "bad", "bad", "good"):
        await scene.rate(root, value)

    assert _sent(scene) == ["good", "bad", "good"]


async def test_what_uppzy_said_to_a_verdict_is_kept(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.rate(root, "good")
    assert await scene.count("verdicts", "receipt = 'taken'") == 1

    await scene.rate(root, "bad")

    assert await scene.count("verdicts", "receipt = 'already rated' AND rating = 'bad'") == 1


async def test_a_bad_verdict_brings_in_a_person_and_offers_a_reason_form(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    await scene.rate(root, "bad")

    assert "HD-1" in scene.texts(root)
    assert "talk_to_person" in str(scene.answer(root).blocks)
    assert "why_not_helpful" in str(scene.answer(root).blocks)


async def test_the_reason_reaches_the_agents_and_is_thanked_for(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.rate(root, "bad")
    await scene.press(scene.answer(root), "why_not_helpful")

    (view,) = scene.world.slack.views.values()
    await scene.world.slack.submit_view(MIA, view.id, {"reason_text": "The link is dead, my password is hunter2"})
    await scene.settled()

    said = "\n".join(message.text for message in scene.handoff_thread)
    assert "The link is dead" in said
    assert "hunter2" not in said
    assert "Thanks for the feedback" in str(scene.answer(root).blocks)
    assert "why_not_helpful" not in str(scene.answer(root).blocks)


async def test_an_agents_verdict_is_sent_too_and_kept_as_an_agents(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off

    await scene.press_card("not_helpful", who=ADA)

    assert _sent(scene) == ["bad"]
    assert await scene.count("verdicts", f"role = 'agent' AND person = '{ADA}'") == 1
    assert f"<@{ADA}>: not helpful (agent)" in str(scene.card.blocks)


async def test_verdicts_of_two_people_are_two_verdicts(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off

    await scene.rate(root, "bad")
    await scene.press_card("helpful", who=ADA)
    await scene.press_card("helpful", who=BEN)

    assert _sent(scene) == ["bad", "good", "good"]
    assert await scene.count("verdicts") == 3


async def test_only_the_asker_may_rate_in_the_dm(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    answer = scene.answer(root)

    await scene.forge(answer, "answer_feedback", thumb(answer, "bad"), who=TOM)

    assert _sent(scene) == []


async def test_a_press_on_something_forgotten_gets_a_polite_private_message(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    answer = scene.answer(root)

    await scene.forge(answer, "answer_feedback", "good:ans_forgotten", who=MIA)

    assert "no longer works" in scene.world.slack.ephemerals[-1].text


async def test_a_verdict_that_uppzy_refuses_is_kept_as_given(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    scene.world.uppzy.fail(Endpoint.FEEDBACK, replying(404, {"error": "request not found"}))

    await scene.rate(root, "good")

    verdict = await scene.look(lambda tx: tx.verdicts.on(_answer_id(scene, root)))
    assert [(each.rating, each.receipt) for each in verdict] == [(Rating.GOOD, None)]


def _answer_id(scene: Scene, root: str) -> str:
    return thumb(scene.answer(root), "good").partition(":")[2]


async def test_a_verdict_on_an_answer_whose_words_are_forgotten_is_thanked_for_and_leaves_the_answer_as_it_is(
    scene: Scene,
) -> None:
    root = await scene.ask(CONFIDENT)
    before = scene.answer(root).blocks
    await delete_old_text(scene.bot.store, before=1e12)

    await scene.rate(root, "good")

    assert _sent(scene) == ["good"]
    assert scene.answer(root).blocks == before
    assert scene.replies(root)[-1].text.startswith("You rated this answer as helpful")
