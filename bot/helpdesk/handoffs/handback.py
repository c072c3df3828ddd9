"""A conversation that is handed back to the assistant, which answers what nobody has answered.

That is the employee's last question if no agent has replied at all, and what they wrote since the last reply. The
ticket stays open until it is answered. A sensitive matter stays with people as long as something in it is unanswered.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.helpdesk import messages
from bot.helpdesk.answering.answers import put_to_assistant, save_and_show, text_of_relays
from bot.helpdesk.answering.keeping import decide_on_question
from bot.helpdesk.handoffs.matter import last_asked
from bot.helpdesk.handoffs.notify import send_private_note
from bot.helpdesk.handoffs.opening import escalate
from bot.helpdesk.handoffs.resolution import give_answer, is_sensitive
from bot.helpdesk.handoffs.thanks import Remark, remark_of
from bot.helpdesk.handoffs.tickets import Handed, settle_handed_back
from bot.helpdesk.handoffs.transitions import apply, pressed_transition
from bot.helpdesk.model.conversation import Conversation, Question, QuestionState, new_id
from bot.helpdesk.model.events import Pressed
from bot.helpdesk.model.handoff import Handoff, Transition
from bot.helpdesk.model.history import REPLIES, TimelineEvent
from bot.helpdesk.model.relay import Relay
from bot.helpdesk.sessions import schedule_idle_close
from bot.helpdesk.unit_of_work import UnitOfWork

_SETTLING = REPLIES | {TimelineEvent.RESOLVED}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unanswered:
    """The words that nobody has answered: the last question, if it is that, and messages that went to people."""

    question: Question | None
    messages: tuple[Relay, ...]

    def __bool__(self) -> bool:
        return self.question is not None or bool(self.messages)

    @property
    def has_draft(self) -> bool:
        """Returns whether there is an answer that the employee has not seen."""
        return self.question is not None and self.question.state is QuestionState.ANSWERED


def hand_back(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles an agent's press to hand the conversation back."""
    found = pressed_transition(uow, pressed, Transition.HAND_BACK)
    if found is None:
        return
    handoff, conversation = found
    if conversation.kept_by:
        send_private_note(uow, pressed, messages.agents.kept_from_assistant(handoff.name))
        return
    left = _unanswered_in(uow, conversation, handoff)
    if left and is_sensitive(uow, handoff):
        send_private_note(uow, pressed, messages.agents.stays_with_people(handoff.name))
        return
    waits = bool(left.messages) or (left.question is not None and not left.has_draft)
    handoff = replace(handoff, resolution=replace(handoff.resolution, unanswered=waits))
    handoff = apply(uow, pressed.person, conversation, handoff, Transition.HAND_BACK)
    if left.question is not None:
        _answer(uow, conversation, left.question)
    if left.messages:
        _ask_about(uow, handoff, left.messages)


def _unanswered_in(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> _Unanswered:
    replied_at = _replied_at(uow, handoff)
    last = last_asked(uow, conversation)
    said = [
        relay
        for relay in uow.tx.relays.of_employee_in(handoff.id)
        if relay.question_id is None and relay.written_at > replied_at
    ]
    return _Unanswered(
        question=last if last is not None and last.asked_at > replied_at and _lacks_answer(uow, last) else None,
        messages=tuple(relay for relay in said if relay.text.strip() and remark_of(relay.text) is Remark.WORDS),
    )


def _replied_at(uow: UnitOfWork, handoff: Handoff) -> float:
    """Returns when an agent last replied to the employee and did not take it back; below 0 if nobody has."""
    replies: dict[str | None, float] = {}
    for entry in uow.tx.timeline.of_handoff(handoff.id):
        if entry.event is TimelineEvent.UNSENT:
            replies.pop(entry.detail, None)
        elif entry.event in _SETTLING:
            replies[entry.detail] = _decided_at(uow, uow.tx.relays.get(entry.detail), entry.at)
    for relay in uow.tx.relays.delayed_in(handoff.id):
        replies[relay.id] = _decided_at(uow, relay, uow.now)
    return max(replies.values(), default=-1.0)


def _decided_at(uow: UnitOfWork, reply: Relay | None, sent_at: float) -> float:
    """Returns when an agent decided to send a reply. It answers nothing that was written during its delay."""
    if reply is None:
        return sent_at
    return max(reply.written_at, sent_at - uow.config.policy.handoffs.relay_delay)


def _lacks_answer(uow: UnitOfWork, question: Question) -> bool:
    """Returns whether the question waits, has failed, or has a draft with words that nobody sent."""
    if question.state is not QuestionState.ANSWERED:
        return question.state in {QuestionState.WAITING, QuestionState.FAILED}
    answer = uow.tx.answers.of_question(question.id) if question.withheld else None
    return answer is not None and answer.sent_by is None and uow.config.has_words(question.surface, answer.text)


def _answer(uow: UnitOfWork, conversation: Conversation, question: Question) -> None:
    """Gives the employee the draft, or asks a question again that has failed. A pending one is answered anyway."""
    question = uow.tx.questions.get(question.id) or question
    if question.state is QuestionState.ANSWERED:
        give_answer(uow, question)
    elif question.state is QuestionState.FAILED:
        again = replace(question, state=QuestionState.WAITING, withheld=False, revision=question.revision + 1)
        save_and_show(uow, again)
        put_to_assistant(uow, again, conversation.session_id)


def _ask_about(uow: UnitOfWork, handoff: Handoff, said: tuple[Relay, ...]) -> None:
    """Asks the assistant what the employee wrote to people, as one question. The policy decides on its words."""
    conversation = uow.tx.conversations.get(handoff.conversation_id)
    assert conversation is not None
    conversation = schedule_idle_close(uow, conversation)
    uow.tx.conversations.save(conversation)
    last = said[-1]
    question = Question(
        id=new_id("que"),
        conversation_id=conversation.id,
        surface=last.surface,
        channel=last.channel,
        thread=conversation.thread,
        message=last.message,
        employee=last.author,
        text=text_of_relays(said),
        sent_at=last.sent_at if last.sent_at is not None else last.written_at,
        asked_at=uow.now,
        hidden=handoff.hidden,
    )
    conversation, question, decision = decide_on_question(uow, conversation, question)
    uow.tx.questions.add(question)
    for relay in said:
        uow.tx.relays.save(replace(relay, question_id=question.id))
    if escalate(uow, conversation, decision, question=question) is not None:
        settle_handed_back(uow, handoff, Handed.NOT_ANSWERED)
    if question.state is QuestionState.WAITING:
        put_to_assistant(uow, question, conversation.session_id)
