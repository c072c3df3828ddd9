"""The end of an assistant session, with the note in the ticket system if the policy asks for one.

Sessions of idle conversations are closed. The next question starts a new one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.helpdesk import messages
from bot.helpdesk.escalation import NoteWhen
from bot.helpdesk.lanes import Lane
from bot.helpdesk.messages import Message, Text, in_a_row
from bot.helpdesk.model.conversation import Answer, Conversation, Question
from bot.helpdesk.model.effects import CloseSession, WriteContactNote
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.job import SHARED, JobKind, ScheduledJob
from bot.helpdesk.redaction import SafeText, compose, redact, safe_join, shorten
from bot.helpdesk.unit_of_work import UnitOfWork

# Seconds between two checks, and conversations closed in one transaction.
_CHECK_INTERVAL = 900.0
_BATCH = 100
# Characters. Contact systems take about 65,000, including the identifiers before the text.
_LONGEST_TRANSCRIPT = 30_000


def close_session(uow: UnitOfWork, conversation: Conversation) -> Conversation:
    """Ends the assistant's session; returns the conversation with a new one, not saved yet.

    A note about it for the ticket system is emitted if the policy asks for it.
    """
    _note_contact(uow, conversation)
    uow.effect(
        CloseSession(session_id=conversation.session_id),
        key=f"close:{conversation.session_id}",
        lane=Lane.ASK.of(conversation.id),
        subject=conversation.id,
    )
    return conversation.with_new_session()


def schedule_idle_close(uow: UnitOfWork, conversation: Conversation) -> Conversation:
    """Schedules the close of the conversation's session; returns the conversation with `idle_at`, not saved yet."""
    if conversation.idle_at is not None:
        return conversation
    return _check_at(uow, conversation, uow.now + uow.config.policy.handoffs.idle)


def _check_at(uow: UnitOfWork, conversation: Conversation, at: float) -> Conversation:
    """Schedules a check at the end of the quarter of an hour: one job serves all conversations of that time."""
    every = min(_CHECK_INTERVAL, uow.config.policy.handoffs.idle)
    uow.schedule(JobKind.CLOSE_IDLE, SHARED, at=math.ceil(at / every) * every)
    return replace(conversation, idle_at=at)


def close_idle(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Closes the sessions of idle conversations, except those with an open handoff."""
    idle = uow.tx.conversations.idle(uow.now, _BATCH)
    for conversation in idle:
        idle_at = _last_activity(uow, conversation) + uow.config.policy.handoffs.idle
        changed = _check_at(uow, conversation, idle_at) if idle_at > uow.now else close_session(uow, conversation)
        uow.tx.conversations.save(changed)
    if len(idle) == _BATCH:
        # The rest gets a job of its own, so that other transactions can run in between.
        uow.schedule(JobKind.CLOSE_IDLE, idle[-1].id, at=job.due_at)


def _last_activity(uow: UnitOfWork, conversation: Conversation) -> float:
    """Returns the time of the last activity: now, while a handoff is open or a question waits for its answer."""
    handoff = uow.tx.handoffs.current_in(conversation.id)
    has_open_handoff = handoff is not None and handoff.state is not HandoffState.RESOLVED
    if has_open_handoff or uow.tx.questions.waiting_in(conversation.id):
        return uow.now
    return max(conversation.last_at, (handoff.resolution.at if handoff else None) or 0.0)


# The note on the contact or the ticket.


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    """The conversation's current session. `answered` has at least one pair, `handoffs` are the latest first."""

    answered: Sequence[tuple[Question, Answer]]
    handoffs: Sequence[Handoff]


def _note_contact(uow: UnitOfWork, conversation: Conversation) -> None:
    """Decides on the note about the session that ends now. Without an answer in it there is none."""
    rules = uow.config.policy.notes
    if rules.when is NoteWhen.NEVER:
        return
    session = _answered_in_session(uow, conversation)
    if session is None or (session.handoffs and rules.when is NoteWhen.WITHOUT_HANDOFF):
        return
    parts = [*_facts(uow, conversation, session), *(_transcript(uow, session) if rules.transcript else ())]
    # The latest handoff with a ticket. In its lane the note waits until that is created. Without one, the notes on a
    # person are written one by one: some systems have one field for all of them.
    ticketed = next((handoff.id for handoff in session.handoffs if handoff.ticket.wanted), None)
    uow.effect_once(
        WriteContactNote(
            surface=conversation.surface,
            employee=conversation.employee,
            text=safe_join("\n", parts),
            handoff_id=ticketed,
        ),
        key=f"contact_note:{conversation.session_id}",
        lane=Lane.TICKET.of(ticketed) if ticketed else Lane.NOTE.of(f"{conversation.surface}:{conversation.employee}"),
        subject=conversation.id,
    )


def _answered_in_session(uow: UnitOfWork, conversation: Conversation) -> _Session | None:
    asked = uow.tx.questions.recent_in(conversation.id, conversation.opened_at)
    pairs = [(question, uow.tx.answers.of_question(question.id)) for question in asked]
    answered = [
        (question, answer)
        for question, answer in pairs
        if answer is not None and answer.session_id == conversation.session_id
    ]
    if not answered:
        return None
    began_at = answered[0][0].asked_at
    handoffs = [one for one in uow.tx.handoffs.all_in(conversation.id) if one.opened_at >= began_at]
    return _Session(answered=answered, handoffs=handoffs)


def _facts(uow: UnitOfWork, conversation: Conversation, session: _Session) -> Iterator[SafeText]:
    """Returns which conversation it was, how it ended and how it was rated, without anybody's words."""
    answers = [answer for _, answer in session.answered]
    chat = uow.config.surface(conversation.surface).name
    yield uow.agents.safe(messages.tickets.conversation_completed(_outcome(session.handoffs), chat))
    yield uow.agents.safe(messages.tickets.questions_answered(len(answers)))
    yield uow.agents.safe(messages.tickets.verdicts(_verdicts(uow, answers)))
    yield compose("source: uppzy_m2m")
    yield compose("conversation: {id}", id=redact(conversation.id))
    yield compose("uppzy_session_id: {id}", id=redact(conversation.session_id))
    yield compose("uppzy_request_id: {ids}", ids=redact(", ".join(answer.request_id for answer in answers)))
    levels = ", ".join(answer.confidence_level or "not given" for answer in answers)
    yield compose("confidence_level: {levels}", levels=redact(levels))


def _outcome(handoffs: Sequence[Handoff]) -> Text:
    if not handoffs:
        return messages.tickets.ANSWERED_BY_ASSISTANT
    ended = (messages.tickets.handoff_ended(handoff.name, _ending(handoff)) for handoff in reversed(handoffs))
    return in_a_row(*ended, separator="; ")


def _ending(handoff: Handoff) -> Message:
    ending = handoff.resolution
    if ending.withdrawn:
        return messages.tickets.WITHDRAWN_BY_EMPLOYEE
    if ending.closed_by_employee:
        return messages.tickets.CLOSED_BY_EMPLOYEE
    if ending.handed_back:
        return messages.tickets.HANDED_BACK
    if ending.timed_out:
        return messages.tickets.CLOSED_WITHOUT_REPLY
    if ending.outcome is not None:
        return messages.tickets.resolved_by_people_as(ending.outcome)
    is_resolved = handoff.state is HandoffState.RESOLVED
    return messages.tickets.RESOLVED_BY_PEOPLE if is_resolved else messages.tickets.WITH_PEOPLE


def _verdicts(uow: UnitOfWork, answers: Sequence[Answer]) -> list[Message]:
    given = [verdict for answer in answers for verdict in uow.tx.verdicts.on(answer.id)]
    counted = Counter((one.rating, one.role) for one in given)
    return [messages.tickets.verdicts_of(count, rating, role) for (rating, role), count in counted.items()]


def _transcript(uow: UnitOfWork, session: _Session) -> Iterator[SafeText]:
    """Returns the questions and answers, redacted, and cut where they are too long. Hidden ones are left out."""
    exchanges = [
        messages.tickets.exchange(question.text, answer.text)
        for question, answer in session.answered
        if not question.hidden
    ]
    transcript = uow.agents.safe(in_a_row(*exchanges, separator="\n\n"))
    yield redact("")
    yield shorten(transcript, _LONGEST_TRANSCRIPT, uow.agents(messages.tickets.CUT))
