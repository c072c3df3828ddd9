"""Consultation: an agent asks the assistant below a card, in a session of the handoff's own."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.answering.answers import new_question, put_to_assistant
from bot.helpdesk.handoffs.hiding import is_kept
from bot.helpdesk.handoffs.note_prefixes import is_question, unmarked
from bot.helpdesk.handoffs.notify import beside, log_event, send_private_note_to
from bot.helpdesk.handoffs.relay_edits import handle_agent_edit
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message
from bot.helpdesk.model.content import LinkedPlace
from bot.helpdesk.model.conversation import Question, QuestionState, Role, new_id, session_name
from bot.helpdesk.model.effects import ShowReceipt
from bot.helpdesk.model.events import MessageEdited, MessageReceived
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.helpdesk.model.target import FixedTarget
from bot.helpdesk.permissions import refusal_of_message
from bot.helpdesk.unit_of_work import UnitOfWork


def handle_consultation(uow: UnitOfWork, message: MessageReceived) -> None:
    """Handles a question to the assistant that an agent wrote below a card. If it cannot be asked, they learn why."""
    handoff = uow.tx.handoffs.of_thread(message.address)
    conversation = uow.tx.conversations.get(handoff.conversation_id) if handoff else None
    if handoff is None or conversation is None or _is_known(uow, message):
        return
    words = unmarked(message.text)
    refusal = refusal_of_message(uow.config, message, Role.AGENT, conversation, [handoff])
    refusal = refusal or _unanswerable(uow, handoff, words)
    if refusal is not None:
        place = LinkedPlace(channel=handoff.channel)
        send_private_note_to(uow, message.author, beside(message.address), refusal, subject=handoff.id, place=place)
    else:
        _ask(uow, message, handoff, words)


def _is_known(uow: UnitOfWork, message: MessageReceived) -> bool:
    """Returns whether the message was handled already, or superseded by an edit or a deletion that came first."""
    asked = uow.tx.questions.of_message(message.address)
    return asked is not None or uow.tx.relays.of_message(message.address) is not None


def handle_consultation_edit(uow: UnitOfWork, edit: MessageEdited, question: Question) -> tuple[str, ...]:
    """Handles an agent's edit of a question to the assistant. Returns the questions it supersedes.

    An edit of an answered question is ignored. An edit that removes the mark is handled like a new message.
    """
    if question.state is not QuestionState.WAITING or edit.author != question.employee:
        return ()
    if is_question(edit.text):
        _ask_again(uow, question, edit.text)
    else:
        uow.tx.questions.save(replace(question, state=QuestionState.STOPPED))
        _show_receipt(uow, question, None, instead_of=DeliveryReceipt.CONSULTATION)
        handle_agent_edit(uow, edit)
    return (question.id,)


def _ask_again(uow: UnitOfWork, question: Question, text: str) -> None:
    """Asks with the new text. If that is not possible any more, the agent is told why."""
    handoff = uow.tx.handoffs.get(question.handoff_id)
    words = unmarked(text)
    refusal = _unanswerable(uow, handoff, words) if handoff else None
    if handoff is None or refusal is not None:
        uow.tx.questions.save(replace(question, state=QuestionState.STOPPED))
        notice = refusal or messages.anyone.GONE
        send_private_note_to(uow, question.employee, beside(question.address), notice, subject=question.id)
        return
    question = replace(question, text=words, revision=question.revision + 1)
    uow.tx.questions.save(question)
    put_to_assistant(uow, question, _session_of(uow, handoff))


def _unanswerable(uow: UnitOfWork, handoff: Handoff, words: str) -> Message | None:
    if handoff.state is HandoffState.RESOLVED:
        return messages.agents.not_possible(handoff.state.value)
    if is_kept(uow, handoff):
        return messages.agents.kept_from_assistant(handoff.name)
    if not words:
        return messages.agents.ASK_WHAT
    return messages.anyone.too_long(len(words)) if len(words) > messages.anyone.LONGEST_QUESTION else None


def _ask(uow: UnitOfWork, message: MessageReceived, handoff: Handoff, words: str) -> None:
    session = _session_of(uow, handoff)
    question = new_question(uow, message, handoff.conversation_id)
    question = replace(question, text=words, withheld=True, handoff_id=handoff.id)
    uow.tx.questions.add(question)
    log_event(uow, handoff, TimelineEvent.ASSISTANT_ASKED, person=message.author, detail=question.id)
    put_to_assistant(uow, question, session)
    _show_receipt(uow, question, DeliveryReceipt.CONSULTATION)


def _show_receipt(
    uow: UnitOfWork, question: Question, receipt: DeliveryReceipt | None, instead_of: DeliveryReceipt | None = None
) -> None:
    """Shows on an agent's message that it is for the assistant, or removes that."""
    uow.effect(
        ShowReceipt(
            to=FixedTarget(question.surface, question.channel, message=question.message),
            receipt=receipt,
            instead_of=instead_of,
        ),
        key=new_id("receipt"),
        lane=Lane.RECEIPT.of(question.id),
        subject=question.id,
    )


def _session_of(uow: UnitOfWork, handoff: Handoff) -> str:
    """Returns the session for questions of agents, which lasts until the handoff is resolved or handed back."""
    session = handoff.agent_session or session_name(handoff.id.removeprefix("hof_"), handoff.revision)
    uow.tx.handoffs.save(replace(handoff, agent_session=session))
    return session
