"""When a conversation is over: its session is closed, and what is asked next begins with a fresh one."""

from __future__ import annotations

import math
from dataclasses import replace

from bot.helpdesk.handoffs.contact_note import note_contact
from bot.helpdesk.lanes import ask_lane
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.effects import CloseSession
from bot.helpdesk.model.events import Timer, TimerFired
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.unit_of_work import UnitOfWork

_LOOK_EVERY = 900.0
_AT_ONCE = 100


def close_session(uow: UnitOfWork, conversation: Conversation) -> Conversation:
    """End the assistant's session, and return the conversation with the next one, not saved yet.

    What is noted of it on the employee's contact is decided with it.
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
    """The assistant is asked in this conversation: once nothing is said in it for long enough it is completed.

    Returns the conversation with the time of that, not saved yet.
    """
    if conversation.idle_at is not None:
        return conversation
    return _look_again(uow, conversation, uow.now + uow.config.policy.handoffs.idle)


def _look_again(uow: UnitOfWork, conversation: Conversation, at: float) -> Conversation:
    uow.set_timer(Timer.IDLE, "all", at=_next_look(uow, at))
    return replace(conversation, idle_at=at)


def _next_look(uow: UnitOfWork, at: float) -> float:
    """The end of the quarter of an hour, so that however many conversations there are, one timer is set for it."""
    every = min(_LOOK_EVERY, uow.config.policy.handoffs.idle)
    return math.ceil(at / every) * every


def close_idle(uow: UnitOfWork, came: TimerFired) -> None:
    """Close the sessions of conversations in which nothing happens any more, never while people have them."""
    idle = uow.tx.conversations.idle(uow.now, _AT_ONCE)
    for conversation in idle:
        _complete(uow, conversation)
    if len(idle) == _AT_ONCE:
        # The rest comes next, and whoever waits for the database goes before it.
        uow.set_timer(Timer.IDLE, idle[-1].id, at=came.at)


def _complete(uow: UnitOfWork, conversation: Conversation) -> None:
    idle_at = _last_activity(uow, conversation) + uow.config.policy.handoffs.idle
    again = _look_again(uow, conversation, idle_at) if idle_at > uow.now else close_session(uow, conversation)
    uow.tx.conversations.save(again)


def _last_activity(uow: UnitOfWork, conversation: Conversation) -> float:
    """When something last happened in it: now, while people have it or a question waits for its answer."""
    handoff = uow.tx.handoffs.current_in(conversation.id)
    with_people = handoff is not None and handoff.state is not HandoffState.RESOLVED
    if with_people or uow.tx.questions.waiting_in(conversation.id):
        return uow.now
    return max(conversation.last_at, (handoff.resolved_at if handoff else None) or 0.0)
