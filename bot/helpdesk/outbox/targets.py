"""Targets: where an effect goes, resolved to a destination when the effect is claimed.

A thread may have moved since the effect was decided, and a message that is to be updated may only exist by now.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.helpdesk.model.conversation import QuestionState
from bot.helpdesk.model.effects import Body, Destination, PostToThread, RelayToEmployee, Tell
from bot.helpdesk.moved_threads import current_thread
from bot.helpdesk.ports import Transaction


@dataclass(frozen=True, slots=True)
class FixedTarget:
    """A place that never moves: a channel, a thread in it, or a message to update."""

    channel: str
    thread: str | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class EmployeeThread:
    """An employee's thread, or the one in which the conversation continues."""

    channel: str
    thread: str


@dataclass(frozen=True, slots=True)
class HandoffThread:
    """The thread below a handoff's card."""

    handoff_id: str


@dataclass(frozen=True, slots=True)
class HandoffChannel:
    """The channel of a handoff: for a new card, or for a message in it to update."""

    handoff_id: str
    message: str | None = None


@dataclass(frozen=True, slots=True)
class HandoffCard:
    """A handoff's card, to update it."""

    handoff_id: str


@dataclass(frozen=True, slots=True)
class AlarmPost:
    """The message of an alarm, to update it."""

    alarm_id: str


@dataclass(frozen=True, slots=True)
class SentMessage:
    """The message that another effect posted, to update it.

    Both effects are in the same lane: the message is posted by now, or never will be. `unconfirmed`: it may also be one
    that was sent without a known outcome; the destination has no message then.
    """

    effect_id: str
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class WaitingQuestion:
    """A question's message, while this revision of the question waits for an answer."""

    question_id: str
    revision: int


Target = (
    FixedTarget
    | EmployeeThread
    | HandoffThread
    | HandoffChannel
    | HandoffCard
    | AlarmPost
    | SentMessage
    | WaitingQuestion
)


def resolve(tx: Transaction, target: Target) -> Destination | None:
    """Returns the destination of a target, None if there is none."""
    match target:
        case FixedTarget():
            return Destination(channel=target.channel, thread=target.thread, message=target.message)
        case EmployeeThread():
            thread, gone = current_thread(tx, target.channel, target.thread)
            return Destination(channel=target.channel, thread=thread, gone=gone)
        case HandoffThread():
            return _handoff_thread(tx, target.handoff_id)
        case HandoffChannel() | HandoffCard():
            return _handoff_channel(tx, target)
        case AlarmPost():
            return _alarm_post(tx, target)
        case SentMessage():
            return _sent_message(tx, target)
        case WaitingQuestion():
            return _waiting_question(tx, target)


def _handoff_thread(tx: Transaction, handoff_id: str) -> Destination | None:
    """Returns the card's thread. While a new card is being posted, that is the last one, marked as closed."""
    handoff = tx.handoffs.get(handoff_id)
    if handoff is None:
        return None
    moved = [thread.thread for thread in tx.moved_threads.of_owner(handoff_id) if thread.channel == handoff.channel]
    thread = handoff.thread or (moved[-1] if moved else None)
    if thread is None:
        return None
    gone = tuple(earlier for earlier in moved if earlier != thread)
    return Destination(channel=handoff.channel, thread=thread, gone=gone, closed=handoff.thread is None)


def _handoff_channel(tx: Transaction, target: HandoffChannel | HandoffCard) -> Destination | None:
    handoff = tx.handoffs.get(target.handoff_id)
    if handoff is None:
        return None
    if isinstance(target, HandoffChannel):
        return Destination(channel=handoff.channel, thread=None, message=target.message)
    return Destination(channel=handoff.channel, thread=None, message=handoff.thread) if handoff.thread else None


def _alarm_post(tx: Transaction, target: AlarmPost) -> Destination | None:
    alarm = tx.alarms.get(target.alarm_id)
    if alarm is None or alarm.message is None:
        return None
    return Destination(channel=alarm.channel, thread=None, message=alarm.message)


def _sent_message(tx: Transaction, target: SentMessage) -> Destination | None:
    effect = tx.effects.get(target.effect_id)
    if effect is None:
        return None
    was_attempted = effect.first_tried_at is not None
    if not (effect.outcome or (target.unconfirmed and was_attempted)):
        return None
    thread = _thread_of(effect.body)
    destination = resolve(tx, thread) if thread else None
    return replace(destination, message=effect.outcome) if destination else None


def _thread_of(body: Body) -> Target | None:
    """Returns the thread in which an effect posts, for the effects whose messages are updated later."""
    match body:
        case RelayToEmployee() | Tell():
            return EmployeeThread(body.channel, body.thread)
        case PostToThread():
            return HandoffThread(body.handoff_id)
    return None


def _waiting_question(tx: Transaction, target: WaitingQuestion) -> Destination | None:
    question = tx.questions.get(target.question_id)
    if question is None or question.state is not QuestionState.WAITING or question.revision != target.revision:
        return None
    # No typing indicator is shown where agents ask: in a channel it looks different than in a direct message.
    thread = question.thread if question.handoff_id is None else None
    return Destination(channel=question.channel, thread=thread, message=question.message)
