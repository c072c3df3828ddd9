"""Closes idle conversations. The next question starts a new assistant session."""

from __future__ import annotations

import math
from dataclasses import replace

from bot.helpdesk.handoffs.contact_note import note_contact
from bot.helpdesk.lanes import ask_lane
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.effects import CloseSession
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.job import SHARED, JobKind, ScheduledJob
from bot.helpdesk.unit_of_work import UnitOfWork

# Seconds between two checks, and conversations closed in one transaction.
_CHECK_INTERVAL = 900.0
_BATCH = 100


def close_session(uow: UnitOfWork, conversation: Conversation) -> Conversation:
    """Ends the assistant's session; returns the conversation with a new one, not saved yet.

    A note on the employee's contact is emitted if the policy asks for it.
    """
    note_contact(uow, conversation)
    uow.effect(
        CloseSession(session_id=conversation.session_id),
        key=f"close:{conversation.session_id}",
        lane=ask_lane(conversation.id),
        subject=conversation.id,
    )
    return conversation.with_new_session()


def schedule_idle_close(uow: UnitOfWork, conversation: Conversation) -> Conversation:
    """Schedules the close of the conversation's session; returns the conversation with `idle_at`, not saved yet."""
    if conversation.idle_at is not None:
        return conversation
    return _check_at(uow, conversation, uow.now + uow.config.policy.handoffs.idle)


def _check_at(uow: UnitOfWork, conversation: Conversation, at: float) -> Conversation:
    uow.schedule(JobKind.CLOSE_IDLE, SHARED, at=_rounded_up(uow, at))
    return replace(conversation, idle_at=at)


def _rounded_up(uow: UnitOfWork, at: float) -> float:
    """Returns the end of the quarter of an hour: one job serves all conversations of that time."""
    every = min(_CHECK_INTERVAL, uow.config.policy.handoffs.idle)
    return math.ceil(at / every) * every


def close_idle(uow: UnitOfWork, job: ScheduledJob) -> None:
    """Closes the sessions of idle conversations, except those with an open handoff."""
    idle = uow.tx.conversations.idle(uow.now, _BATCH)
    for conversation in idle:
        _close_or_postpone(uow, conversation)
    if len(idle) == _BATCH:
        # The rest gets a job of its own, so that other transactions can run in between.
        uow.schedule(JobKind.CLOSE_IDLE, idle[-1].id, at=job.due_at)


def _close_or_postpone(uow: UnitOfWork, conversation: Conversation) -> None:
    idle_at = _last_activity(uow, conversation) + uow.config.policy.handoffs.idle
    changed = _check_at(uow, conversation, idle_at) if idle_at > uow.now else close_session(uow, conversation)
    uow.tx.conversations.save(changed)


def _last_activity(uow: UnitOfWork, conversation: Conversation) -> float:
    """Returns the time of the last activity: now, while a handoff is open or a question waits for its answer."""
    handoff = uow.tx.handoffs.current_in(conversation.id)
    has_open_handoff = handoff is not None and handoff.state is not HandoffState.RESOLVED
    if has_open_handoff or uow.tx.questions.waiting_in(conversation.id):
        return uow.now
    return max(conversation.last_at, (handoff.resolution.at if handoff else None) or 0.0)
