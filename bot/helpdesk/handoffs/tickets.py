"""The ticket of a handoff: created, completed, moved and polled."""

from __future__ import annotations

import enum
import random
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.helpdesk import messages
from bot.helpdesk.handoffs.card import asked_words, refresh_card, ticket_is_given_up
from bot.helpdesk.handoffs.note_prefixes import is_note, unmarked
from bot.helpdesk.handoffs.notify import (
    load,
    load_pressed,
    log_event,
    send_private_note,
)
from bot.helpdesk.handoffs.transition_table import TRANSITIONS, ticket_status_after
from bot.helpdesk.handoffs.wait_notices import tell_handed_over, tell_ticket_number
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message, Text
from bot.helpdesk.model.chat import SharedFile
from bot.helpdesk.model.conversation import Answer, Conversation, Question, new_id
from bot.helpdesk.model.effects import AmendTicket, CopyNote, CreateTicket, PollTicket, ReadTicket, SetTicketStatus
from bot.helpdesk.model.events import Pressed, TicketChanged
from bot.helpdesk.model.handoff import (
    Handoff,
    HandoffState,
    TicketDraft,
    TicketMetadata,
    TicketRef,
    TicketStatus,
    Transition,
)
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.model.relay import Relay
from bot.helpdesk.redaction import SafeText, redact
from bot.helpdesk.text import legible, truncated
from bot.helpdesk.unit_of_work import UnitOfWork

# Characters of the subject, and of what it is made of.
_SHORT = 80
_LONG = 400
# Jitter of the polling interval, so that tickets created together are not always read together.
_JITTER = 0.1


class Handed(enum.Enum):
    """The result of a question with which a handoff was handed back."""

    ANSWERED = enum.auto()
    NOT_ANSWERED = enum.auto()
    STOPPED = enum.auto()


def create_ticket(
    uow: UnitOfWork,
    conversation: Conversation,
    handoff: Handoff,
    question: Question | None,
    answer: Answer | None,
    files: Sequence[SharedFile],
) -> None:
    """Decides to create the ticket that the rule asks for, with the handoff's question and answer.

    The employee's `files` are counted. Neither names nor contents are copied. The ticket of a hidden question names the
    reasons alone.
    """
    files = () if handoff.hidden else files
    draft = TicketDraft(
        subject=_subject(uow, handoff, question),
        body=uow.agents.safe(_body(uow, conversation, handoff, question, answer, files)),
        priority=handoff.priority,
        requester=conversation.employee,
        metadata=_metadata(conversation, handoff, answer),
    )
    ids = tuple(file.id for file in files)
    uow.effect(
        CreateTicket(surface=conversation.surface, handoff_id=handoff.id, draft=draft, files=ids),
        key=f"ticket:{handoff.id}:{handoff.revision}",
        lane=Lane.TICKET.of(handoff.id),
        subject=handoff.id,
    )


def _listed(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _body(
    uow: UnitOfWork,
    conversation: Conversation,
    handoff: Handoff,
    question: Question | None,
    answer: Answer | None,
    files: Sequence[SharedFile],
) -> Text:
    reasons = _listed(handoff.grounds.reasons)
    if handoff.hidden:
        return messages.tickets.body_of_hidden(reasons, uow.config.surface(handoff.surface).name)
    words = asked_words(uow.tx, handoff, question)
    body: Text = messages.tickets.body(question=words or None, answer=answer.text if answer else None, reasons=reasons)
    if files:
        chat = uow.config.surface(conversation.surface).name
        body = messages.tickets.body_with_files(body, len(files), chat)
    return body


def _subject(uow: UnitOfWork, handoff: Handoff, question: Question | None) -> SafeText:
    """Returns the beginning of the question, which `named_subject` shortens, or a text in place of it."""
    if handoff.hidden:
        return uow.agents.safe(messages.tickets.HIDDEN_SUBJECT)
    words = asked_words(uow.tx, handoff, question)
    if not words:
        return uow.agents.safe(messages.tickets.NO_SUBJECT)
    return redact(truncated(" ".join(redact(words).split()), _LONG))


def named_subject(subject: str) -> SafeText:
    """Returns the subject of a ticket, in which mentions are replaced by names; an id must not be cut before."""
    return redact(truncated(redact(subject), _SHORT))


def _metadata(conversation: Conversation, handoff: Handoff, answer: Answer | None) -> TicketMetadata:
    return TicketMetadata(
        handoff_id=handoff.id,
        uppzy_session_id=answer.session_id if answer else conversation.session_id,
        uppzy_request_id=answer.request_id if answer else None,
        confidence_level=answer.confidence_level if answer else None,
    )


def _amend(
    uow: UnitOfWork,
    conversation: Conversation,
    handoff: Handoff,
    answer: Answer | None,
    note: Text | None,
    *,
    key: str,
) -> None:
    """Decides to complete the ticket's identifiers, and to add a note to it."""
    metadata = _metadata(conversation, handoff, answer)
    uow.effect(
        AmendTicket(handoff_id=handoff.id, metadata=metadata, note=uow.agents.safe(note) if note else None),
        key=key,
        lane=Lane.TICKET.of(handoff.id),
        subject=handoff.id,
    )


def add_answer_to_ticket(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, answer: Answer) -> None:
    """Adds an answer that arrived after the ticket was decided on, with its identifiers. Done once for an answer."""
    note = None if handoff.hidden else messages.tickets.late_answer(answer.request_id, answer.text)
    _amend(uow, conversation, handoff, answer, note, key=f"amend:{handoff.id}:{answer.id}")


def add_matter_to_ticket(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, words: str) -> None:
    """Notes on the ticket what the handoff is about."""
    answer = uow.tx.answers.get(handoff.answer_id)
    _amend(uow, conversation, handoff, answer, messages.tickets.matter(words), key=f"matter:{handoff.id}")


def add_topics_to_ticket(uow: UnitOfWork, conversation: Conversation, handoff: Handoff) -> None:
    """Notes on the ticket the topics of a question that is hidden from now on."""
    answer = uow.tx.answers.get(handoff.answer_id)
    chat = uow.config.surface(handoff.surface).name
    note = messages.tickets.body_of_hidden(_listed(handoff.grounds.reasons), chat)
    _amend(uow, conversation, handoff, answer, note, key=f"topics:{handoff.id}")


def note_removed_file(uow: UnitOfWork, conversation: Conversation, handoff: Handoff, file: SharedFile) -> None:
    """Notes on a ticket that counts a file that the file was removed."""
    create = uow.tx.effects.latest(CreateTicket, handoff.id)
    if create is not None and isinstance(create.body, CreateTicket) and file.id in create.body.files:
        key = f"removed_file:{create.id}:{file.id}"
        if uow.tx.effects.of_key(key) is None:
            note = messages.tickets.file_removed(uow.config.surface(conversation.surface).name)
            _amend(uow, conversation, handoff, uow.tx.answers.get(handoff.answer_id), note, key=key)


def link_ticket(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Adds the card's address to the ticket once both exist, unless the ticket has it.

    After the card was posted anew it has another address. Returns the handoff, which is to be saved.
    """
    thread, ticket = handoff.thread, handoff.ticket
    if thread is None or ticket.ref is None or ticket.linked == thread:
        return handoff
    conversation = uow.tx.conversations.get(handoff.conversation_id)
    if conversation is None:
        return handoff
    answer = uow.tx.answers.get(handoff.answer_id)
    _amend(uow, conversation, handoff, answer, None, key=f"link:{handoff.id}:{thread}")
    return replace(handoff, ticket=replace(ticket, linked=thread))


def record_ticket(uow: UnitOfWork, handoff_id: str, ref: TicketRef, *, has_link: bool = False) -> None:
    """Records the created ticket, and shows its number on the card and to the employee.

    `has_link`: it was created with the current address of the card.
    """
    found = load(uow, handoff_id)
    if found is None:
        return
    handoff, conversation = found
    late = handoff.notices.handover_told and handoff.ticket.ref is None
    ref = replace(ref, number=legible(ref.number))
    linked = handoff.thread if has_link else handoff.ticket.linked
    handoff = replace(handoff, ticket=replace(handoff.ticket, ref=ref, linked=linked, trouble=None))
    if late:
        tell_ticket_number(uow, conversation, handoff)
    handoff = link_ticket(uow, handoff)
    start_polling(uow, refresh_card(uow, tell_handed_over(uow, conversation, handoff)))


def record_ticket_trouble(uow: UnitOfWork, handoff_id: str, problem: Message) -> None:
    """Shows the reason for a missing ticket on the card, and tells the employee without a number."""
    found, trouble = load(uow, handoff_id), uow.agents.sentence(problem)
    if found is None or found[0].ticket.trouble == trouble:
        return
    handoff, conversation = found
    handoff = replace(handoff, ticket=replace(handoff.ticket, trouble=trouble))
    refresh_card(uow, tell_handed_over(uow, conversation, handoff))


def retry_ticket(uow: UnitOfWork, pressed: Pressed) -> None:
    """Handles an agent's press to create the ticket again, with what is known by now."""
    found = load_pressed(uow, pressed)
    if found is None:
        return
    handoff, conversation = found
    if not ticket_is_given_up(uow.tx, handoff):
        send_private_note(uow, pressed, messages.agents.NO_TICKET_TO_RETRY)
        return
    log_event(uow, handoff, TimelineEvent.TICKET_RETRIED, person=pressed.person)
    handoff = refresh_card(uow, replace(handoff, ticket=replace(handoff.ticket, trouble=None)))
    question, answer = uow.tx.questions.get(handoff.question_id), uow.tx.answers.get(handoff.answer_id)
    files = [file for relay in uow.tx.relays.of_employee_in(handoff.id) for file in relay.files if not file.gone]
    create_ticket(uow, conversation, handoff, question, answer, files)
    _sync_late_ticket(uow, handoff)


def _sync_late_ticket(uow: UnitOfWork, handoff: Handoff) -> None:
    """Sets the status of a ticket that was created late to that of its handoff."""
    if handoff.state is HandoffState.PENDING:
        set_ticket_status(uow, handoff, Transition.WAIT)
    elif handoff.has_agent:
        set_ticket_status(uow, handoff, Transition.CLAIM)
    elif handoff.state is HandoffState.RESOLVED:
        set_ticket_status(uow, handoff, _last_transition(handoff))


def _last_transition(resolved: Handoff) -> Transition:
    if resolved.resolution.withdrawn:
        return Transition.WITHDRAW
    if resolved.resolution.closed_by_employee:
        return Transition.CLOSE_REQUEST
    if resolved.resolution.timed_out:
        return Transition.TIME_OUT
    return Transition.HAND_BACK if resolved.resolution.handed_back else Transition.RESOLVE


def set_ticket_status(uow: UnitOfWork, handoff: Handoff, transition: Transition) -> None:
    """Decides to set the ticket's status after `transition`, if that changes it."""
    status, note = ticket_status_after(handoff, transition), TRANSITIONS[transition].ticket_note
    if status is None or note is None or not handoff.ticket.wanted:
        return
    words = uow.agents.safe(note(handoff, uow.config.surface(handoff.surface).name))
    uow.effect(
        SetTicketStatus(handoff_id=handoff.id, status=status, note=words),
        key=f"status:{handoff.id}:{handoff.revision}",
        lane=Lane.TICKET.of(handoff.id),
        subject=handoff.id,
    )


def settle_handed_back(uow: UnitOfWork, handoff: Handoff | None, outcome: Handed) -> None:
    """Says on the ticket what became of the questions with which a handoff was handed back, once that is known.

    They are answered when none of the conversation waits any more.
    """
    handoff = uow.tx.handoffs.get(handoff.id) if handoff else None
    if handoff is None or not handoff.resolution.unanswered:
        return
    if outcome is Handed.ANSWERED and uow.tx.questions.waiting_in(handoff.conversation_id):
        return
    chat, current = uow.config.surface(handoff.surface).name, uow.tx.handoffs.open_in(handoff.conversation_id)
    status, note = _settled(outcome, current, chat)
    handoff = replace(handoff, resolution=replace(handoff.resolution, unanswered=False))
    uow.tx.handoffs.save(handoff)
    if handoff.ticket.wanted:
        uow.effect(
            SetTicketStatus(handoff_id=handoff.id, status=status, note=uow.agents.safe(note)),
            key=f"handed_back:{handoff.id}:{handoff.revision}",
            lane=Lane.TICKET.of(handoff.id),
            subject=handoff.id,
        )


def _settled(outcome: Handed, current: Handoff | None, chat: str) -> tuple[TicketStatus, Message]:
    if outcome is Handed.ANSWERED:
        return TicketStatus.SOLVED, messages.tickets.assistant_answered(chat)
    if outcome is Handed.STOPPED:
        return TicketStatus.CLOSED, messages.tickets.question_stopped(chat)
    if current is not None:
        return TicketStatus.CLOSED, messages.tickets.continued_as(current.name)
    return TicketStatus.OPEN, messages.tickets.assistant_did_not_answer(chat)


def copy_note(uow: UnitOfWork, handoff: Handoff, relay: Relay) -> None:
    """Copies the current text of an agent's note to the ticket if the policy says so, unless the question is hidden."""
    words = unmarked(relay.text) if is_note(relay.text) and not handoff.hidden else ""
    if not (uow.config.policy.tickets.copy_notes and handoff.ticket.wanted and words):
        return
    uow.effect(
        CopyNote(handoff_id=handoff.id, author=relay.author, text=redact(words), changed=relay.revision > 1),
        key=f"copy_note:{relay.id}:{relay.revision}",
        lane=Lane.TICKET.of(handoff.id),
        subject=handoff.id,
    )


# Polling.


def start_polling(uow: UnitOfWork, handoff: Handoff, *, after: float = 0.0) -> Handoff:
    """Schedules the polls of the ticket in place of any earlier ones. Returns the handoff as saved.

    The first is due `after` seconds, if that is later than usual.
    """
    if handoff.ticket.ref is None or not uow.config.ticket_poll_interval:
        return handoff
    handoff = stop_polling(uow, handoff)
    _schedule_poll(uow, handoff, max(after, uow.config.ticket_poll_interval))
    return handoff


def stop_polling(uow: UnitOfWork, handoff: Handoff) -> Handoff:
    """Makes the poll that is scheduled do nothing. Returns the handoff as saved."""
    handoff = replace(handoff, ticket=replace(handoff.ticket, polls=handoff.ticket.polls + 1))
    uow.tx.handoffs.save(handoff)
    return handoff


def poll_ticket(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Decides to read the ticket, and schedules the next poll.

    Polling ends when the handoff cannot be reopened any more, or when another ticket system is in use.
    """
    interval, handoff = uow.config.ticket_poll_interval, uow.tx.handoffs.get(job.subject)
    if not interval or handoff is None or job.version != str(handoff.ticket.polls) or _polling_is_over(uow, handoff):
        return
    lane = Lane.SCHEDULED.of(f"ticket:{handoff.id}")
    uow.repeat_effect(PollTicket(handoff_id=handoff.id), key=f"poll:{handoff.id}", lane=lane, subject=handoff.id)
    _schedule_poll(uow, handoff, interval * random.uniform(1 - _JITTER, 1 + _JITTER))


def _schedule_poll(uow: UnitOfWork, handoff: Handoff, after: float) -> None:
    uow.schedule(
        JobKind.POLL_TICKET,
        handoff.id,
        after=after,
        version=str(handoff.ticket.polls),
        lane=Lane.SCHEDULED.of(f"ticket:{handoff.id}"),
    )


def _polling_is_over(uow: UnitOfWork, handoff: Handoff) -> bool:
    ref = handoff.ticket.ref
    if ref is None or ref.system != uow.config.ticket_system:
        return True
    if handoff.state is not HandoffState.RESOLVED or handoff.resolution.at is None:
        return False
    return uow.now - handoff.resolution.at > uow.config.policy.handoffs.reopen_within


def handle_ticket_change(uow: UnitOfWork, changed: TicketChanged) -> None:
    """Handles a webhook about a ticket by reading the ticket."""
    handoff = uow.tx.handoffs.of_ticket(changed.system, changed.ticket)
    if handoff is not None:
        read_ticket(uow, handoff)


def read_ticket(uow: UnitOfWork, handoff: Handoff) -> None:
    """Decides to read the ticket after our own pending changes of it, unless a reading is pending."""
    if uow.tx.effects.waiting(ReadTicket, handoff.id) is None:
        uow.effect(
            ReadTicket(handoff_id=handoff.id),
            key=new_id("read"),
            lane=Lane.TICKET.of(handoff.id),
            subject=handoff.id,
        )
