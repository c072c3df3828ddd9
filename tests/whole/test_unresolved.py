"""A conversation that makes no progress: the employee complains about answers, or asks the same in other words."""

from __future__ import annotations

import pytest

from sandbox.uppzy import Endpoint, replying
from sandbox.world import MIA
from tests.whole.scene import CONFIDENT, Scene
from tests.whole.shared import in_module_loop

pytestmark = in_module_loop

SURE = {
    "session_id": "s",
    "request_id": "r",
    "answer": "Try this.",
    "confidence_level": "high",
    "confidence_score": 0.9,
}
VPN = "vpn does not connect"


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    shared_scene.world.uppzy.fail(Endpoint.CHAT, replying(200, SURE, times=None))
    return shared_scene


async def unresolved(scene: Scene, *texts: str) -> int:
    """Returns how many questions are unresolved after these messages of one conversation, each after an answer."""
    root = await scene.ask(texts[0])
    for text in texts[1:]:
        await scene.ask(text, thread=root)
    return await scene.count("questions", "unresolved")


@pytest.mark.parametrize(
    "complaint",
    [
        "That didn't help",
        "still not working",
        "Das hat nicht geholfen",
        "toujours la même erreur",
        "ya lo dijiste",
        "ainda não funciona",
        "hâlâ çalışmıyor",
    ],
)
async def test_a_complaint_makes_the_question_before_it_unresolved_and_counts_once(
    scene: Scene, complaint: str
) -> None:
    assert await unresolved(scene, VPN, complaint) == 1
    assert await scene.count("questions", f"unresolved AND text = '{VPN}'") == 1
    assert not scene.world.cards


async def test_thanks_between_a_question_and_a_complaint_change_nothing(scene: Scene) -> None:
    assert await unresolved(scene, VPN, "ok", "still not working") == 1


async def test_a_question_about_something_else_that_still_fails_is_no_complaint(scene: Scene) -> None:
    assert await unresolved(scene, VPN, "the scanner is still not working") == 0


async def test_a_complaint_at_the_beginning_is_about_no_answer(scene: Scene) -> None:
    assert await unresolved(scene, "still not working") == 0


async def test_a_complaint_before_the_answer_counts_nothing(scene: Scene) -> None:
    scene.world.uppzy.heal()
    scene.world.uppzy.hold()
    root = (await scene.world.slack.dm(MIA, CONFIDENT)).ts
    await scene.until_stored("questions")
    await scene.world.slack.dm(MIA, "still not working", root)
    await scene.until_stored("questions", rows=2)
    scene.world.uppzy.release()
    await scene.settled()

    assert await scene.count("questions", f"unresolved AND text = '{CONFIDENT}'") == 0


async def test_the_third_complaint_leads_to_a_person(scene: Scene) -> None:
    root = await scene.ask(VPN)
    await scene.ask("That didn't help", thread=root)
    await scene.ask("same error again", thread=root)
    assert not scene.world.cards

    await scene.ask("you already said that", thread=root)

    assert (await scene.handoff()).grounds.rules == ("going in circles",)


async def test_asking_again_in_other_words_counts_both_questions(scene: Scene) -> None:
    assert await unresolved(scene, VPN, "cannot connect to VPN since yesterday") == 2


async def test_another_matter_is_no_repetition(scene: Scene) -> None:
    assert await unresolved(scene, CONFIDENT, VPN, "printer does not connect") == 0
