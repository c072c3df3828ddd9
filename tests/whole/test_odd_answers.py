"""Malformed responses of Slack, which tell neither success nor failure, lose and double nothing."""

from __future__ import annotations

import pytest

from sandbox.slack import OddBody
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene
from tests.whole.shared import in_module_loop

# Methods whose result is not needed. A bare success is a valid response to them, so it is not tested.
_READ = (
    "chat.update",
    "chat.postEphemeral",
    "conversations.members",
    "conversations.info",
    "conversations.open",
    "reactions.add",
    "users.info",
)

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share."""
    return shared_scene


@pytest.mark.parametrize("after_effect", [False, True], ids=["before the effect", "after the effect"])
@pytest.mark.parametrize("body", OddBody)
async def test_an_answer_is_posted_once_whatever_slack_says_to_it(
    scene: Scene, body: OddBody, *, after_effect: bool
) -> None:
    scene.world.slack.faults.odd_body("chat.postMessage", body=body, after_effect=after_effect)

    root = (await scene.world.slack.dm(MIA, CONFIDENT)).ts
    await scene.until_stored("effects", "kind = 'PostMessage:AnswerPart' AND state = 'done'")
    await scene.settled()

    assert len(scene.replies(root)) == 1
    assert "feedback_buttons" in str(scene.answer(root).blocks)
    assert await scene.count("effects", "state = 'failed'") == 0


@pytest.mark.parametrize("after_effect", [False, True], ids=["before the effect", "after the effect"])
@pytest.mark.parametrize("body", [OddBody.HTML, OddBody.BARE_YES, OddBody.REDIRECT])
async def test_a_card_is_posted_once_with_one_ticket(scene: Scene, body: OddBody, *, after_effect: bool) -> None:
    scene.world.slack.faults.odd_body(
        "chat.postMessage",
        body=body,
        after_effect=after_effect,
        when=lambda args: args.get("channel") == HANDOFF_CHANNEL,
    )

    await scene.world.slack.dm(MIA, UNKNOWN)
    await scene.until_stored("effects", "kind = 'PostMessage:Card' AND state = 'done'")
    await scene.settled()

    assert len(scene.world.cards) == 1
    assert await scene.count("local_tickets") == 1


@pytest.mark.parametrize("body", [OddBody.EMPTY, OddBody.HTML, OddBody.LIST, OddBody.BARE_NO])
@pytest.mark.parametrize("method", _READ)
async def test_a_handoff_is_worked_to_its_end_whatever_is_said_to_one_of_its_calls(
    scene: Scene, method: str, body: OddBody
) -> None:
    scene.world.slack.faults.odd_body(method, body=body, times=4)

    root = await scene.ask(UNKNOWN)
    await scene.world.slack.wait_for(lambda: scene.world.cards)
    await scene.settled()
    await scene.press_card("claim")
    await scene.until_stored("handoffs", "state = 'claimed'")
    await scene.write_in_thread("Have you tried the other blorp?", who=ADA)
    await scene.world.slack.wait_for(lambda: "the other blorp" in scene.texts(root))
    await scene.until_stored("effects", "kind = 'PostMessage:AgentMessage' AND state = 'done'")
    await scene.settled()

    assert scene.texts(root).count("the other blorp") == 1
    assert await scene.count("effects", "state = 'failed'") == 0


@pytest.mark.parametrize("word", ["team_added_to_org", "org_login_required", "accesslimited"])
async def test_an_answer_waits_for_a_workspace_that_can_do_nothing_just_now(scene: Scene, word: str) -> None:
    scene.world.slack.faults.refused("chat.postMessage", error=word, times=5)

    root = (await scene.world.slack.dm(MIA, CONFIDENT)).ts
    await scene.until_stored("effects", "kind = 'PostMessage:AnswerPart' AND state = 'done'")

    assert "feedback_buttons" in str(scene.answer(root).blocks)


async def test_a_word_that_nobody_knows_is_tried_again_once(scene: Scene) -> None:
    scene.world.slack.faults.refused("chat.postMessage", error="a_word_of_next_year", times=1)

    root = (await scene.world.slack.dm(MIA, CONFIDENT)).ts
    await scene.until_stored("effects", "kind = 'PostMessage:AnswerPart' AND state = 'done'")

    assert "feedback_buttons" in str(scene.answer(root).blocks)


async def test_a_word_that_nobody_knows_is_believed_the_second_time(scene: Scene) -> None:
    scene.world.slack.faults.refused(
        "chat.postMessage",
        error="a_word_of_next_year",
        times=None,
        when=lambda args: args.get("channel") != HANDOFF_CHANNEL,
    )

    await scene.world.slack.dm(MIA, CONFIDENT)
    await scene.until_stored("effects", "kind = 'PostMessage:AnswerPart' AND state = 'failed'")
    await scene.world.slack.wait_for(lambda: "a_word_of_next_year" in str(scene.world.slack.messages(HANDOFF_CHANNEL)))

    assert await scene.count("effects", "kind = 'PostMessage:AnswerPart' AND attempts = 2") == 1


@pytest.mark.parametrize("header", ["inf", "nan", "-1", "1e309", "", "soon", "Mon, 02 Mar 2020 12:00:00 GMT"])
async def test_no_wait_that_slack_asks_for_ends_the_sending(scene: Scene, header: str) -> None:
    scene.world.slack.faults.rate_limited("chat.postMessage", retry_after=header, times=2)

    root = (await scene.world.slack.dm(MIA, CONFIDENT)).ts
    await scene.until_stored("effects", "kind = 'PostMessage:AnswerPart' AND state = 'done'")

    assert "feedback_buttons" in str(scene.answer(root).blocks)
