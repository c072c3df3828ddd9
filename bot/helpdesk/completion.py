"""When a conversation is over: its session is closed, and what is asked next begins with a fresh one."""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.contact_note import note_contact
from bot.helpdesk.conversation import Conversation
from bot.helpdesk.effects import CloseSession
from bot.helpdesk.inputs import TimeCame, Timer
from bot.helpdesk.turn import Turn, ask_lane


def close_session(turn: Turn, conversation: Conversation) -> Conversation:
    """End the assistant's session, and return the conversation with the next one, not saved yet.

    What is noted of it on the employee's contact is decided with it.
    """
    note_contact(turn, conversation)
    turn.effect(
        CloseSession(session_id=conversation.session_id),
        key=f"close:{conversation.session_id}",
        lane=ask_lane(conversation.id),
        subject=conversation.id,
    )
    return conversation.with_new_session()


def await_quiet(turn: Turn, conversation: Conversation) -> Conversation:
    """The assistant is asked in this conversation: once nothing is said in it for long enough it is completed."""
    if conversation.idle_at is not None:
        return conversation
    return _look_again(turn, conversation, turn.now + turn.house.policy.handoffs.idle)


def _look_again(turn: Turn, conversation: Conversation, at: float) -> Conversation:
    conversation = replace(conversation, idle_at=at)
    turn.tx.conversations.save(conversation)
    turn.set_timer(Timer.IDLE, conversation.id, at=at)
    return conversation


def complete(turn: Turn, came: TimeCame) -> None:
    """Close the session of a conversation in which nothing happens any more, never while people have it."""
    conversation = turn.tx.conversations.get(came.subject)
    if conversation is None or conversation.idle_at != came.at:
        return
    idle_at = _last_activity(turn, conversation) + turn.house.policy.handoffs.idle
    if idle_at > turn.now:
        _look_again(turn, conversation, idle_at)
    else:
        turn.tx.conversations.save(close_session(turn, conversation))


def _last_activity(turn: Turn, conversation: Conversation) -> float:
    """When something last happened in it: now, while people have it or a question waits for its answer."""
    if turn.tx.handoffs.open_in(conversation.id) is not None or turn.tx.questions.waiting_in(conversation.id):
        return turn.now
    latest = turn.tx.handoffs.latest_in(conversation.id)
    return max(conversation.last_at, (latest.resolved_at if latest else None) or 0.0)
