"""A question becomes an answer in its thread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.helpdesk.retry import Schedule
from sandbox.uppzy import Endpoint, UppzyFault, dropped, lacking, rate_limited, refused_by_plan, replying, slow
from sandbox.world import MIA, TOM, LocalWorld
from tests.english import messages
from tests.whole.conftest import QUICK
from tests.whole.scene import CONFIDENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


async def test_a_question_is_answered_in_its_own_thread(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    (answer,) = scene.replies(root)
    assert "password.example.com" in str(answer.blocks)
    assert answer.thread_ts == root


async def test_the_answer_carries_thumbs_a_way_to_a_person_and_words_for_the_notification(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)

    answer = scene.answer(root)
    assert "talk_to_person" in str(answer.blocks)
    assert answer.text.startswith("You can reset your password yourself")


async def test_uppzy_is_told_the_session_the_words_and_the_language_and_no_mail_address(scene: Scene) -> None:
    await scene.ask(CONFIDENT)

    (asked,) = scene.world.uppzy.asked
    assert (asked.message, asked.email, asked.language) == (CONFIDENT, None, "en")
    assert "mia" not in asked.session_id.lower()


async def test_a_follow_up_in_the_thread_keeps_the_session(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    await scene.ask("And how long must it be?", thread=root)

    first, second = scene.world.uppzy.asked
    assert first.session_id == second.session_id


async def test_another_thread_has_another_session(scene: Scene) -> None:
    await scene.ask(CONFIDENT)
    await scene.ask("How do I connect to the VPN?")

    first, second = scene.world.uppzy.asked
    assert first.session_id != second.session_id


async def test_two_questions_in_one_thread_are_asked_one_after_the_other(scene: Scene) -> None:
    root = await scene.ask(CONFIDENT)
    scene.world.uppzy.latency = 0.05
    for question in ("How do I connect to the VPN?", "How do I book a meeting room?"):
        await scene.world.slack.dm(MIA, question, root)
    await scene.settled()

    assert [asked.message for asked in scene.world.uppzy.asked[1:]] == [
        "How do I connect to the VPN?",
        "How do I book a meeting room?",
    ]
    assert len(scene.replies(root)) == 3


async def test_one_slow_question_holds_up_nobody_else(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, slow(30.0))
    stuck = await scene.world.slack.dm(MIA, CONFIDENT)
    await scene.world.uppzy.wait_for(lambda: scene.world.uppzy.calls[Endpoint.CHAT] == 1)
    quick = await scene.world.slack.dm(TOM, CONFIDENT)
    await scene.world.slack.wait_for(lambda: scene.replies(quick.ts, who=TOM))

    assert not scene.replies(stuck.ts)


async def test_the_working_sign_is_shown_while_uppzy_thinks_and_taken_away_after(scene: Scene) -> None:
    await scene.ask(CONFIDENT)
    await scene.world.slack.wait_for(lambda: len(scene.world.slack.statuses) >= 2)

    assert [change.status for change in scene.world.slack.statuses] == ["processing", "active"]


@pytest.mark.parametrize("fault", [None, refused_by_plan()], ids=["draft", "refused"])
async def test_the_working_sign_goes_away_when_no_answer_is_shown_too(scene: Scene, fault: UppzyFault | None) -> None:
    if fault is not None:
        scene.world.uppzy.fail(Endpoint.CHAT, fault)
    await scene.ask(PERSON)
    await scene.world.slack.wait_for(lambda: len(scene.world.slack.statuses) >= 2)

    assert [change.status for change in scene.world.slack.statuses] == ["processing", "active"]


@in_own_loop
async def test_the_working_sign_of_an_attempt_that_failed_goes_away_with_the_quick_answer_of_the_next(
    world: LocalWorld,
) -> None:
    timeouts = replace(QUICK, typing_after=0.3, retry=Schedule(first=1.0))
    world.outside = replace(world.outside, timeouts=timeouts)
    world.uppzy.fail(Endpoint.CHAT, replying(503))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(CONFIDENT)
        await world.slack.wait_for(lambda: scene.replies(root))
        await world.slack.wait_for(lambda: world.slack.statuses[-1].status == "active")

        assert world.slack.statuses[0].status == "processing"


@in_own_loop
async def test_the_working_sign_goes_away_when_the_assistant_is_given_up(world: LocalWorld) -> None:
    timeouts = replace(QUICK, typing_after=0.0, retry=Schedule(first=0.01, longest=0.05, give_up=0.2))
    world.outside = replace(world.outside, timeouts=timeouts)
    for _ in range(100):
        world.uppzy.fail(Endpoint.CHAT, replying(503))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(CONFIDENT)
        await world.slack.wait_for(lambda: scene.replies(root))
        await world.slack.wait_for(lambda: world.slack.statuses[-1].status == "active")


async def test_a_passing_fault_of_uppzy_delays_the_answer_and_does_not_lose_or_double_it(scene: Scene) -> None:
    for fault in (replying(500), rate_limited(0.01), dropped(), lacking("request_id"), lacking("answer")):
        scene.world.uppzy.fail(Endpoint.CHAT, fault)

    delivery = await scene.world.slack.dm(MIA, CONFIDENT)
    await scene.world.slack.wait_for(lambda: scene.replies(delivery.ts))
    await scene.settled()

    assert len(scene.replies(delivery.ts)) == 1


async def test_a_key_that_uppzy_refuses_is_told_to_the_employee_and_to_the_operators(scene: Scene) -> None:
    scene.world.uppzy.api_key = "rotated"

    root = await scene.ask(CONFIDENT)

    assert "HD-1" in scene.texts(root)
    assert "The assistant is unavailable (configuration problem)." in str(scene.card.blocks)
    alarms = [m.text for m in scene.world.slack.messages("C0HANDOFF") if "rejected" in m.text]
    assert len(alarms) == 1
    assert "uppzy-desk check" in alarms[0]


async def test_a_long_answer_comes_in_parts_with_the_buttons_under_the_last(scene: Scene) -> None:
    paragraphs = [f"Paragraph {number}. " + "word " * 200 for number in range(30)]
    scene.world.uppzy.fail(Endpoint.CHAT, replying(200, _reply("\n\n".join(paragraphs))))

    root = await scene.ask(CONFIDENT)

    parts = scene.replies(root)
    assert len(parts) > 1
    assert ["feedback_buttons" in str(part.blocks) for part in parts] == [False] * (len(parts) - 1) + [True]
    shown = "".join(str(part.blocks) for part in parts)
    assert all(f"Paragraph {number}." in shown for number in range(30))


async def test_what_uppzy_says_cannot_call_the_whole_channel(scene: Scene) -> None:
    text = "Ask <!channel> or <!here> or <@U0ADA0000> & see [your bank](https://evil.example)"
    scene.world.uppzy.fail(Endpoint.CHAT, replying(200, _reply(text)))

    root = await scene.ask(CONFIDENT)

    assert scene.answer(root).mentions == ()


async def test_a_wish_for_a_person_needs_no_answer_first(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, slow(30.0))

    delivery = await scene.world.slack.dm(MIA, PERSON)
    await scene.world.slack.wait_for(lambda: "HD-1" in scene.texts(delivery.ts) and scene.world.cards)

    assert len(scene.world.cards) == 1


async def test_the_answer_to_a_wish_for_a_person_is_a_draft_for_the_agents(scene: Scene) -> None:
    root = await scene.ask(PERSON)

    assert "AI draft" in scene.handoff_thread[0].text
    assert not [reply for reply in scene.replies(root) if "feedback_buttons" in str(reply.blocks)]


async def test_a_doubtful_answer_is_shown_and_a_person_is_brought_in(scene: Scene) -> None:
    root = await scene.ask(UNKNOWN)

    assert "could not find anything" in scene.answer(root).text
    assert "HD-1" in scene.texts(root)


async def test_stop_ends_the_question_and_frees_the_thread(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, slow(30.0))
    delivery = await scene.world.slack.dm(MIA, CONFIDENT)
    await scene.world.uppzy.wait_for(lambda: scene.world.uppzy.calls[Endpoint.CHAT] == 1)

    await scene.world.slack.stop_session(MIA, delivery.channel, delivery.ts)
    await scene.settled()

    assert [reply.text for reply in scene.replies(delivery.ts)] == ["Stopped."]


async def test_an_edit_before_the_answer_replaces_the_question(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, slow(30.0))
    delivery = await scene.world.slack.dm(MIA, "How do I reset my pasword?")
    await scene.world.uppzy.wait_for(lambda: scene.world.uppzy.calls[Endpoint.CHAT] == 1)

    await scene.world.slack.edit(MIA, delivery.channel, delivery.ts, CONFIDENT)
    await scene.settled()

    assert scene.world.uppzy.asked[-1].message == CONFIDENT
    assert len(scene.replies(delivery.ts)) == 1


async def test_a_deleted_question_is_not_answered(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, slow(30.0))
    delivery = await scene.world.slack.dm(MIA, CONFIDENT)
    await scene.world.uppzy.wait_for(lambda: scene.world.uppzy.calls[Endpoint.CHAT] == 1)

    await scene.world.slack.delete(MIA, delivery.channel, delivery.ts)
    await scene.settled()

    assert [m for m in scene.world.slack.messages(delivery.channel) if m.bot_id] == []


def _reply(answer: str) -> dict[str, object]:
    return {
        "session_id": "s",
        "request_id": "req_of_a_canned_answer",
        "answer": answer,
        "confidence_level": "high",
        "confidence_score": 0.9,
    }


@pytest.mark.parametrize("answer", ["![]()", "[]()"])
async def test_an_answer_without_words_is_said_to_be_one_and_leads_to_a_person(scene: Scene, answer: str) -> None:
    reply = {"session_id": "s", "request_id": "r", "answer": answer, "confidence_level": "high"}
    scene.world.uppzy.fail(Endpoint.CHAT, replying(200, reply))

    root = await scene.ask(CONFIDENT)

    posted = scene.answer(root)
    assert messages.anyone.NO_WORDS_IN_ANSWER in str(posted.blocks)
    assert await scene.count("questions", "unresolved") == 1
    await scene.rate(root, "good")
    assert "You rated this answer as helpful" in str(scene.answer(root).blocks)
    await scene.press(posted, "talk_to_person")
    assert len(scene.world.cards) == 1
