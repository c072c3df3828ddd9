"""Drafts: answers of the assistant that agents see, request in a handoff's thread, and send in their own name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.history import TimelineEvent
from bot.slack.markdown import render_sentence
from sandbox.slack import Message, View
from sandbox.slack.events import Payloads
from sandbox.uppzy import Endpoint, replying, slow
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, TOM, LocalWorld
from storage.retention import delete_old_text
from tests.english import messages
from tests.whole.scene import CONFIDENT, NOT_AN_AGENT, PERSON, UNKNOWN, Scene
from tests.whole.shared import in_module_loop, in_own_loop

ASKED = f"ask: {CONFIDENT}"

pytestmark = in_module_loop


@pytest.fixture
def scene(shared_scene: Scene) -> Scene:
    """The scene of a bot that the tests of this module share, but for those with `own_scene` or `world`."""
    return shared_scene


def _sign(scene: Scene, ts: str) -> list[str]:
    """Returns the reactions on a message of the handoff's thread."""
    message = scene.world.slack.message(HANDOFF_CHANNEL, ts)
    assert message is not None
    return list(message.reactions)


def _drafts(scene: Scene) -> list[Message]:
    return [message for message in scene.handoff_thread if message.text.startswith("AI draft")]


def _actions(message: Message) -> list[str]:
    return [
        element["action_id"] for block in message.blocks for element in block.get("elements", ()) if "value" in element
    ]


# Drafts made at the handoff.


async def test_the_answer_comes_as_a_draft_with_its_confidence_and_four_buttons(scene: Scene) -> None:
    root = await scene.ask(PERSON)

    (draft,) = _drafts(scene)
    assert _actions(draft) == ["handoff_send_draft", "handoff_edit_draft", "handoff_helpful", "handoff_not_helpful"]
    assert "Confidence: *high (0.71)*" in str(draft.blocks)
    assert "feedback_buttons" not in str([reply.blocks for reply in scene.replies(root)])


async def test_a_draft_is_sent_once_under_the_name_of_the_agent(engine_scene: Scene) -> None:
    root = await engine_scene.ask(PERSON)
    (draft,) = _drafts(engine_scene)
    answer = "Urgent means that a team or a client cannot work"
    assert answer not in engine_scene.texts(root)

    await engine_scene.press(draft, "handoff_send_draft", who=ADA)
    await engine_scene.forge(draft, "handoff_send_draft", _value(draft), who=BEN)

    assert engine_scene.texts(root).count(answer) == 1
    assert engine_scene.replies(root)[-1].text.startswith(f"<@{ADA}>: ")
    (draft,) = _drafts(engine_scene)
    assert f"sent to the employee by <@{ADA}>" in str(draft.blocks)
    assert "handoff_send_draft" not in _actions(draft)
    assert (
        engine_scene.private_notes(BEN)[-1]
        == f"<@{ADA}> has already sent this to the employee. There's nothing left to do."
    )
    assert (await engine_scene.events())[-1] is TimelineEvent.DRAFT_SENT


def _value(draft: Message) -> str:
    return next(
        str(element["value"])
        for block in draft.blocks
        for element in block.get("elements", ())
        if element.get("action_id") == "handoff_helpful"
    )


# Edited before sending.


async def _edit(scene: Scene, draft: Message, who: str) -> View:
    """Presses *Edit before sending* on a draft, and returns the form."""
    await scene.press(draft, "handoff_edit_draft", who=who)
    return next(view for view in reversed(scene.world.slack.views.values()) if view.user == who and view.is_open)


async def test_an_edited_draft_is_sent_as_it_is_in_the_form(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    form = await _edit(scene, _drafts(scene)[0], ADA)
    assert "Urgent means that a team or a client cannot work" in str(form.blocks)

    await scene.send_form(form, draft_text="Urgent means that **nobody** can work.")

    (reply,) = [one for one in scene.replies(root) if one.text.startswith(f"<@{ADA}>: ")]
    assert "nobody" in str(reply.blocks)
    assert "a team or a client" not in scene.texts(root)
    shown = "Ada edited the draft and sent this:\nUrgent means that **nobody** can work."
    assert scene.handoff_thread[-1].text == shown
    (draft,) = _drafts(scene)
    assert f"edited and sent by <@{ADA}>" in str(draft.blocks)
    assert "Sent to the employee" not in str(draft.blocks)
    assert "handoff_edit_draft" not in _actions(draft)
    assert (await scene.events())[-1] is TimelineEvent.DRAFT_SENT


async def test_of_two_who_edit_or_send_a_draft_only_the_first_sends(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    (draft,) = _drafts(scene)
    ada, ben = await _edit(scene, draft, ADA), await _edit(scene, draft, BEN)

    await scene.send_form(ben, draft_text="Ben's words")
    await scene.send_form(ada, draft_text="Ada's words")
    await scene.forge(draft, "handoff_send_draft", _value(draft), who=ADA)

    said = scene.texts(root)
    assert ("Ben's words" in said, "Ada's words" in said, "Urgent means" in said) == (True, False, False)
    assert (
        scene.private_notes(ADA)[-2:]
        == [f"<@{BEN}> has already sent this to the employee. There's nothing left to do."] * 2
    )


async def test_a_form_that_was_not_changed_sends_the_draft(scene: Scene) -> None:
    root = await scene.ask(PERSON)

    await scene.send_form(await _edit(scene, _drafts(scene)[0], ADA))

    assert scene.texts(root).count("Urgent means that a team or a client cannot work") == 1
    assert "edited the draft" not in str([one.text for one in scene.handoff_thread])


async def test_a_draft_without_words_is_not_sent(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    form = await _edit(scene, _drafts(scene)[0], ADA)

    await scene.send_form(form, draft_text="  ")

    assert form.errors == {"draft": messages.anyone.NO_WORDS_IN_FORM}
    assert f"<@{ADA}>: " not in scene.texts(root)


async def test_the_form_of_somebody_who_has_left_the_channel_sends_nothing(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    form = await _edit(scene, _drafts(scene)[0], ADA)
    form.user = TOM

    await scene.send_form(form, draft_text="I am done here")

    assert "I am done here" not in scene.texts(root)
    assert scene.private_notes(TOM)[-1] == NOT_AN_AGENT


async def test_a_draft_that_is_too_long_is_not_edited(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replying(200, {"answer": "Step by step. " * 250, "request_id": "req_1"}))
    await scene.ask(PERSON)

    await scene.press(_drafts(scene)[0], "handoff_edit_draft", who=ADA)

    assert "too long to edit here (over 3,000 characters)" in scene.private_notes(ADA)[-1]


async def test_the_draft_of_a_question_that_nobody_answered_is_given_to_the_employee_at_the_hand_back(
    scene: Scene,
) -> None:
    root = await scene.ask(PERSON)

    await scene.press_card("hand_back")
    await scene.press_card("reopen")
    await scene.press_card("hand_back")

    answer = "Urgent means that a team or a client cannot work"
    assert scene.texts(root).count(answer) == 1
    assert "feedback_buttons" in str([reply.blocks for reply in scene.replies(root)])
    assert "the employee has seen it" in str(scene.card.blocks)
    assert scene.private_notes(ADA) == []


async def test_a_draft_that_was_sent_or_answered_in_own_words_is_not_given_again(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    await scene.press_card("claim")
    await scene.write_in_thread("Come to room 4.")

    await scene.press_card("hand_back")

    assert "Urgent means" not in scene.texts(root)
    assert scene.private_notes(ADA) == []


async def test_sending_a_draft_claims_nothing(scene: Scene) -> None:
    await scene.ask(PERSON)

    await scene.press(_drafts(scene)[0], "handoff_send_draft", who=ADA)

    assert (await scene.handoff()).state is HandoffState.OPEN


async def test_what_is_resolved_gets_no_draft_any_more(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    await scene.resolve()

    await scene.press(_drafts(scene)[0], "handoff_send_draft", who=BEN)

    assert scene.private_notes(BEN)[-1] == messages.agents.not_possible("resolved")
    assert "Urgent means that a team or a client cannot work" not in scene.texts(root)


async def test_a_verdict_on_a_draft_goes_to_uppzy_and_is_shown_on_it(scene: Scene) -> None:
    await scene.ask(PERSON)

    await scene.press(_drafts(scene)[0], "handoff_not_helpful", who=BEN)

    (received,) = scene.world.uppzy.feedback
    assert (received.feedback, received.request_id) == ("bad", scene.world.uppzy.asked[0].request_id)
    assert f"<@{BEN}>: not helpful (agent)" in str(_drafts(scene)[0].blocks)
    assert "handoff_send_draft" in _actions(_drafts(scene)[0])


async def test_a_long_draft_is_shown_and_sent_whole(scene: Scene) -> None:
    words = " ".join(f"word{number}" for number in range(2500))
    scene.world.uppzy.fail(Endpoint.CHAT, replying(200, _reply("long", words)))
    root = await scene.ask(PERSON)

    *parts, last = _drafts(scene)
    assert {action for part in parts for action in _actions(part)} == set()
    assert parts
    await scene.press(last, "handoff_send_draft", who=ADA)

    sent = str([reply.blocks for reply in scene.replies(root)])
    assert "word0 " in sent
    assert "word2499" in sent
    assert f"sent to the employee by <@{ADA}>" in str(_drafts(scene)[-1].blocks)


def _reply(request_id: str, answer: str) -> dict[str, object]:
    return {"session_id": "s", "request_id": request_id, "answer": answer, "confidence_level": "high"}


# Drafts requested by an agent.


async def test_an_agent_asks_in_a_session_of_their_own_and_gets_a_draft(engine_claimed: tuple[Scene, str]) -> None:
    scene, root = engine_claimed

    ts = await scene.write_in_thread(ASKED)

    ours, theirs = scene.world.uppzy.asked
    assert (theirs.message, theirs.email) == (CONFIDENT, None)
    assert theirs.session_id != ours.session_id
    (draft,) = _drafts(scene)
    assert f"asked by <@{ADA}>" in str(draft.blocks)
    assert "password.example.com" in str(draft.blocks)
    assert "Confidence: *high" in str(draft.blocks)
    assert "ask:" not in scene.texts(root)
    assert CONFIDENT not in scene.texts(root)
    assert "password.example.com" not in scene.texts(root)
    assert (await scene.events())[-1] is TimelineEvent.ASSISTANT_ASKED
    assert _sign(scene, ts) == ["speech_balloon"]


async def test_what_an_agent_asked_for_can_be_sent_and_rated_like_any_draft(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.write_in_thread(ASKED, who=BEN)

    await scene.press(_drafts(scene)[0], "handoff_helpful", who=ADA)
    await scene.press(_drafts(scene)[0], "handoff_send_draft", who=ADA)

    assert "password.example.com" in scene.texts(root)
    assert scene.world.uppzy.feedback[-1].request_id == scene.world.uppzy.asked[-1].request_id
    shown = str(_drafts(scene)[0].blocks)
    assert f"asked by <@{BEN}>" in shown
    assert f"sent to the employee by <@{ADA}>" in shown
    assert f"<@{ADA}>: helpful (agent)" in shown


@in_own_loop
async def test_an_agent_asks_where_answers_are_collected_too(world: LocalWorld) -> None:
    world.settings = world.settings.model_copy(update={"uppzy_chat": "async"})
    world.outside = replace(world.outside, timeouts=replace(world.outside.timeouts, first_poll=0.0, poll_interval=0.05))
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)

        await scene.write_in_thread(ASKED)

        (draft,) = _drafts(scene)
        assert "password.example.com" in str(draft.blocks)
        assert "password.example.com" not in scene.texts(root)


async def test_a_draft_whose_words_are_forgotten_can_be_rated_but_not_sent(scene: Scene) -> None:
    root = await scene.ask(PERSON)
    (draft,) = _drafts(scene)
    before = scene.texts(root)
    await delete_old_text(scene.bot.store, before=1e12)

    await scene.press(draft, "handoff_helpful", who=ADA)
    await scene.press(draft, "handoff_send_draft", who=ADA)

    assert [received.feedback for received in scene.world.uppzy.feedback] == ["good"]
    assert scene.private_notes(ADA)[-1] == messages.agents.DRAFT_FORGOTTEN
    assert scene.texts(root) == before


async def test_an_answer_without_words_is_a_draft_that_says_so(scene: Scene) -> None:
    scene.world.uppzy.fail(Endpoint.CHAT, replying(200, _reply("blank", "![]()")))
    await scene.ask(PERSON)

    (draft,) = _drafts(scene)
    assert messages.anyone.NO_WORDS_IN_ANSWER in str(draft.blocks)
    await scene.press(draft, "handoff_helpful", who=ADA)
    await scene.press(draft, "handoff_send_draft", who=ADA)

    assert scene.private_notes(ADA)[-1] == messages.agents.DRAFT_FORGOTTEN


async def test_the_employees_session_goes_on_as_if_nobody_had_asked(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    await scene.write_in_thread(ASKED)
    await scene.press_card("hand_back")

    await scene.ask("And where do I find it?", thread=root)

    first, consulted, again = scene.world.uppzy.asked
    assert again.session_id == first.session_id
    assert scene.world.uppzy.closed == [consulted.session_id]


async def test_questions_of_agents_do_not_count_as_those_of_the_employee(engine_handed_off: tuple[Scene, str]) -> None:
    scene, root = engine_handed_off
    for _ in range(3):
        await scene.write_in_thread(f"ask: {CONFIDENT}")
    await scene.press_card("hand_back")

    await scene.ask(CONFIDENT, thread=root)

    assert len({asked.session_id for asked in scene.world.uppzy.asked}) == 2
    assert len(scene.world.cards) == 1
    assert "3 times" not in str(scene.card.blocks)


async def test_after_a_resolution_agents_ask_in_a_fresh_session(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await scene.write_in_thread(ASKED)
    await scene.resolve()
    await scene.press_card("reopen")

    await scene.write_in_thread(ASKED)

    employees, before, after = scene.world.uppzy.asked
    assert set(scene.world.uppzy.closed) == {employees.session_id, before.session_id}
    assert after.session_id not in scene.world.uppzy.closed


async def test_that_the_assistant_fails_is_said_in_the_thread_and_to_nobody_else(handed_off: tuple[Scene, str]) -> None:
    scene, root = handed_off
    before = scene.texts(root)
    scene.world.uppzy.fail(Endpoint.CHAT, replying(400, {"error": "invalid payload"}))

    await scene.write_in_thread(f"{ASKED} My password is hunter2")

    below = scene.world.thread(HANDOFF_CHANNEL, scene.world.cards[0].ts)
    (said,) = [message.text for message in below if "gave no answer" in message.text]
    assert "it could not work with this question" in said
    assert "hunter2" not in said
    assert scene.texts(root) == before


@pytest.mark.parametrize(
    ("text", "told"),
    [("ask:", render_sentence(messages.agents.ASK_WHAT)), (f"ask: {'x' * 12_001}", messages.anyone.too_long(12_001))],
)
async def test_what_cannot_be_asked_is_explained_in_private(
    handed_off: tuple[Scene, str], text: str, told: str
) -> None:
    scene, _ = handed_off

    await scene.write_in_thread(text)

    assert scene.private_notes(ADA)[-1] == told
    assert len(scene.world.uppzy.asked) == 1


async def test_below_a_resolved_card_nobody_asks(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    await scene.resolve()

    await scene.write_in_thread(ASKED)

    assert scene.private_notes(ADA)[-1] == messages.agents.not_possible("resolved")
    assert len(scene.world.uppzy.asked) == 1


# Edited or deleted requests.


async def _held_up(scene: Scene, text: str) -> str:
    """Asks the slow assistant as Ada; returns the ts of her message once Uppzy has it."""
    uppzy = scene.world.uppzy
    before = uppzy.calls[Endpoint.CHAT]
    uppzy.fail(Endpoint.CHAT, slow(30.0))
    asked = await scene.world.slack.say(ADA, HANDOFF_CHANNEL, text, scene.card.ts)
    await uppzy.wait_for(lambda: uppzy.calls[Endpoint.CHAT] > before)
    return asked.ts


async def _change(scene: Scene, ts: str, text: str) -> None:
    await scene.world.slack.edit(ADA, HANDOFF_CHANNEL, ts, text)
    await scene.settled()


async def test_a_question_of_an_agent_that_is_changed_in_time_is_asked_in_the_new_words(
    handed_off: tuple[Scene, str],
) -> None:
    scene, _ = handed_off
    ts = await _held_up(scene, "ask: How do I rset my pasword?")

    await _change(scene, ts, ASKED)

    (draft,) = _drafts(scene)
    assert "password.example.com" in str(draft.blocks)
    assert scene.world.uppzy.asked[-1].message == CONFIDENT
    assert await scene.count("questions", "handoff_id IS NOT NULL AND revision = 2 AND state = 'answered'") == 1


async def test_a_question_of_an_agent_that_is_deleted_in_time_gets_no_answer(handed_off: tuple[Scene, str]) -> None:
    scene, _ = handed_off
    ts = await _held_up(scene, ASKED)

    await scene.world.slack.delete(ADA, HANDOFF_CHANNEL, ts)
    await scene.settled()

    assert _drafts(scene) == []
    assert scene.bot.desk.questions_in_flight == 0
    assert await scene.count("questions", "state = 'stopped'") == 1


async def test_a_question_of_an_agent_that_becomes_a_message_is_sent_and_not_asked(claimed: tuple[Scene, str]) -> None:
    scene, root = claimed
    ts = await _held_up(scene, "ask: Which printer is it?")
    assert _sign(scene, ts) == ["speech_balloon"]

    await _change(scene, ts, "Which printer is it?")
    assert _sign(scene, ts) == ["incoming_envelope"]
    await _change(scene, ts, "Which of the printers is it?")

    assert _drafts(scene) == []
    assert scene.texts(root).count("Which of the printers is it?") == 1
    assert "Which printer" not in scene.texts(root)


async def test_a_question_of_an_agent_that_loses_its_words_is_not_asked_and_that_is_explained(
    handed_off: tuple[Scene, str],
) -> None:
    scene, _ = handed_off
    ts = await _held_up(scene, ASKED)

    await _change(scene, ts, "ask:")

    assert scene.private_notes(ADA)[-1] == render_sentence(messages.agents.ASK_WHAT)
    assert _drafts(scene) == []
    assert scene.bot.desk.questions_in_flight == 0


@pytest.mark.parametrize("text", ["ask: How do I connect to the VPN?", "You can reset it yourself", None])
async def test_once_an_agent_has_the_answer_a_change_of_the_question_changes_nothing(
    claimed: tuple[Scene, str], text: str | None
) -> None:
    scene, root = claimed
    ts = await scene.write_in_thread(ASKED)
    before = scene.texts(root), [message.text for message in scene.handoff_thread if message.bot_id]

    if text is None:
        await scene.world.slack.delete(ADA, HANDOFF_CHANNEL, ts)
        await scene.settled()
    else:
        await _change(scene, ts, text)

    assert (scene.texts(root), [message.text for message in scene.handoff_thread if message.bot_id]) == before
    assert len(scene.world.uppzy.asked) == 2


@pytest.mark.parametrize("deleted", [False, True], ids=["changed", "deleted"])
async def test_a_change_that_is_heard_before_its_question_is_what_counts(
    handed_off: tuple[Scene, str], deleted: bool
) -> None:
    scene, _ = handed_off
    slack = scene.world.slack
    slack.events_url, url = None, slack.events_url
    ts = (await slack.say(ADA, HANDOFF_CHANNEL, "ask: How do I connect to the VPN?", scene.card.ts)).ts
    message = slack.message(HANDOFF_CHANNEL, ts)
    assert message is not None
    late = Payloads(slack.workspace, slack.renderer).message(message)
    slack.events_url = url

    if deleted:
        await slack.delete(ADA, HANDOFF_CHANNEL, ts)
    else:
        await slack.edit(ADA, HANDOFF_CHANNEL, ts, ASKED)
    await scene.settled()
    await slack.deliver(late)
    await scene.settled()

    assert [asked.message for asked in scene.world.uppzy.asked[1:]] == ([] if deleted else [CONFIDENT])


# Restarts.


@in_own_loop
@pytest.mark.both_engines
async def test_a_stop_between_asking_answering_and_sending_doubles_nothing(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        world.uppzy.fail(Endpoint.CHAT, replying(503, {}, times=None))
        await world.slack.say(ADA, HANDOFF_CHANNEL, ASKED, scene.card.ts)
        await world.uppzy.wait_for(lambda: world.uppzy.calls[Endpoint.CHAT] > 1)
    world.uppzy.heal()
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()
        (draft,) = _drafts(scene)
        world.slack.faults.http_error("chat.postMessage", times=None, after_effect=True)
        await world.slack.press(ADA, HANDOFF_CHANNEL, draft.ts, "handoff_send_draft")
        await world.slack.wait_for(lambda: "password.example.com" in scene.texts(root))
    world.slack.faults.clear()
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.settled()

        assert scene.texts(root).count("password.example.com") == 1
        assert f"sent to the employee by <@{ADA}>" in str(_drafts(scene)[0].blocks)
