"""Consultation: an agent asks the assistant below a card, in a session of the handoff's own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.drafts import draft_for_agents
from bot.helpdesk.handoffs.note_prefixes import unmarked
from bot.helpdesk.handoffs.notify import beside, load, log_event, post_to_thread, send_private_note_to
from bot.helpdesk.model.conversation import Answer, Question, QuestionState, Role, new_id, session_name
from bot.helpdesk.model.events import MessageReceived
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.permissions import Actor, Case, refusal_for
from bot.helpdesk.redaction import SafeText, redact, shorten
from bot.helpdesk.unit_of_work import UnitOfWork

# Characters of the question in a notice about it.
_QUOTED_LENGTH = 200


def consult(uow: UnitOfWork, message: MessageReceived) -> tuple[Question, str] | None:
    """Stores an agent's question. Returns it and its session, or None if it cannot be asked; the agent is told why."""
    handoff = uow.tx.handoffs.of_thread(message.address)
    conversation = uow.tx.conversations.get(handoff.conversation_id) if handoff else None
    if handoff is None or conversation is None or _is_known(uow, message):
        return None
    # The chat server lets only members write in a channel.
    actor = Actor(
        surface=message.address.surface,
        person=message.author,
        place=message.address.channel,
        member=True,
        external=message.external,
    )
    words = unmarked(message.text)
    refusal = refusal_for(actor, Role.AGENT, Case.of(conversation, [handoff])) or _unanswerable(handoff, words)
    if refusal is not None:
        send_private_note_to(uow, message.author, beside(message.address), refusal, subject=handoff.id)
        return None
    return _store_question(uow, message, handoff, words)


def _is_known(uow: UnitOfWork, message: MessageReceived) -> bool:
    """Returns whether the message was handled already, or superseded by an edit or a deletion that came first."""
    asked = uow.tx.questions.of_message(message.address)
    return asked is not None or uow.tx.relays.of_message(message.address) is not None


def reconsider(uow: UnitOfWork, question: Question, text: str) -> tuple[Question, str] | None:
    """Updates an agent's waiting question to its new text. Returns it and its session.

    Returns None if it cannot be asked any more; the agent is told why.
    """
    handoff = uow.tx.handoffs.get(question.handoff_id)
    words = unmarked(text)
    refusal = _unanswerable(handoff, words) if handoff else None
    if handoff is None or refusal is not None:
        uow.tx.questions.save(replace(question, state=QuestionState.STOPPED))
        notice = refusal or messages.anyone.GONE
        send_private_note_to(uow, question.employee, beside(question.address), notice, subject=question.id)
        return None
    question = replace(question, text=words, revision=question.revision + 1)
    uow.tx.questions.save(question)
    return question, _session_of(uow, handoff)


def _unanswerable(handoff: Handoff, words: str) -> str | None:
    if handoff.state is HandoffState.RESOLVED:
        return messages.agents.not_possible(handoff.state.value)
    if not words:
        return messages.agents.ASK_WHAT
    return messages.anyone.too_long(len(words)) if len(words) > messages.anyone.LONGEST_QUESTION else None


def _store_question(uow: UnitOfWork, message: MessageReceived, handoff: Handoff, words: str) -> tuple[Question, str]:
    session = _session_of(uow, handoff)
    question = Question(
        id=new_id("que"),
        conversation_id=handoff.conversation_id,
        surface=message.address.surface,
        channel=message.address.channel,
        thread=message.address.thread,
        message=message.address.message,
        employee=message.author,
        text=words,
        withheld=True,
        handoff_id=handoff.id,
        sent_at=message.sent_at,
        asked_at=uow.now,
    )
    uow.tx.questions.add(question)
    log_event(uow, handoff, TimelineEvent.ASSISTANT_ASKED, person=message.author, detail=question.id)
    return question, session


def _session_of(uow: UnitOfWork, handoff: Handoff) -> str:
    """Returns the session for questions of agents, which lasts until the handoff is resolved or handed back."""
    session = handoff.agent_session or session_name(handoff.id.removeprefix("hof_"), handoff.revision)
    uow.tx.handoffs.save(replace(handoff, agent_session=session))
    return session


def show_to_agents(uow: UnitOfWork, question: Question, answer: Answer) -> None:
    """Shows the assistant's answer to the agent who asked."""
    found = load(uow, question.handoff_id or "")
    if found is not None:
        draft_for_agents(uow, found[0], answer, asked_by=question.employee)


def tell_agents(uow: UnitOfWork, question: Question, sentence: Callable[[SafeText], SafeText], *, key: str) -> None:
    """Posts a sentence about an agent's question into the thread: why there is no answer yet, or will be none."""
    found = load(uow, question.handoff_id or "")
    if found is not None:
        asked = shorten(redact(question.text), _QUOTED_LENGTH)
        post_to_thread(uow, found[0], sentence(asked), key=key)
