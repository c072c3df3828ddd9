"""Hooks of messages: what precedes and follows a message with a certain content."""

from __future__ import annotations

from bot.errors import (
    BadRequestError,
    DeactivatedError,
    OutsideError,
    SharedChannelError,
    ThreadGoneError,
    UnconfirmedError,
    UnreachableError,
)
from bot.helpdesk.alarms import (
    raise_failure_alarm,
    record_alarm_not_posted,
    record_alarm_posted,
    record_channel_failure,
    repost_alarm,
)
from bot.helpdesk.handoffs.card import current_card
from bot.helpdesk.handoffs.notify import load, post_unreachable
from bot.helpdesk.handoffs.opening import post_missed_cards
from bot.helpdesk.handoffs.relay_copies import record_outcome
from bot.helpdesk.handoffs.replacement import leave_channel
from bot.helpdesk.model.content import (
    AgentMessage,
    AlarmMessage,
    EmployeeMessage,
    EmployeeNotice,
    ForAgents,
)
from bot.helpdesk.model.conversation import QuestionState
from bot.helpdesk.model.effects import Body, PostMessage, RefreshCard, UpdateMessage, kind_of
from bot.helpdesk.model.handoff import Card
from bot.helpdesk.model.relay import DeliveryReceipt, RelayState
from bot.helpdesk.model.target import EmployeeThread, HandoffChannel, HandoffThread
from bot.helpdesk.ports import Transaction
from bot.helpdesk.unit_of_work import UnitOfWork

# Employees.


def has_no_answer(tx: Transaction, post: PostMessage[EmployeeNotice]) -> bool:
    """Returns whether the question that a notice is about still waits for its answer."""
    waiting = post.content.while_waiting
    question = tx.questions.get(waiting)
    return question is None or question.state is QuestionState.WAITING


def on_message_failed(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm. Whoever cannot be reached is no fault to fix: the agents of the handoff are told instead."""
    if not isinstance(error, DeactivatedError):
        raise_failure_alarm(uow, body, error)
    elif isinstance(body, PostMessage) and isinstance(body.to, EmployeeThread):
        post_unreachable(uow, body.to.address, removed=isinstance(error, UnreachableError))


# Relays.


def is_not_retracted(tx: Transaction, post: PostMessage[AgentMessage]) -> bool:
    """Returns whether the agent still wants the employee to have the message."""
    relay = tx.relays.get(post.content.relay_id)
    return relay is None or relay.state is RelayState.SENT


def is_latest_revision(tx: Transaction, update: UpdateMessage[AgentMessage | EmployeeMessage]) -> bool:
    """Returns False for an update that was delayed while the message was edited again."""
    relay = tx.relays.get(update.content.relay_id)
    return relay is not None and relay.revision == update.content.revision


def on_relayed(uow: UnitOfWork, post: PostMessage[AgentMessage], message: str) -> None:
    """Shows the author that the employee has the message."""
    record_outcome(uow, post.content.relay_id, DeliveryReceipt.SENT)


def on_relay_failed(uow: UnitOfWork, post: PostMessage[AgentMessage], error: OutsideError) -> None:
    """Shows the author that the employee does not have the message."""
    record_outcome(uow, post.content.relay_id, DeliveryReceipt.NOT_SENT)
    on_message_failed(uow, post, error)


# Cards and their threads.


def load_card(uow: UnitOfWork, body: RefreshCard) -> Card | None:
    """Returns the current content of the card. None for a refresh that was delayed while a later one was decided."""
    found = load(uow, body.handoff_id)
    if found is None:
        return None
    handoff, conversation = found
    if handoff.revision != body.revision:
        latest = uow.tx.effects.waiting(RefreshCard, handoff.id)
        if latest is not None and latest.body != body:
            return None
    # Saved though unchanged: a concurrent change of the card must conflict, so that it is shown or refreshes it again.
    uow.tx.handoffs.save(handoff)
    return current_card(uow.tx, conversation, handoff, uow.now)


def on_thread_post(uow: UnitOfWork, post: PostMessage[ForAgents], message: str) -> None:
    """Posts the cards that could not be posted in the channel, which takes posts."""
    handoff = uow.tx.handoffs.get(_handoff_id(post))
    if handoff is not None:
        post_missed_cards(uow, handoff.channel)


def on_thread_post_failed(uow: UnitOfWork, post: PostMessage[ForAgents], error: OutsideError) -> None:
    """Raises an alarm: about the channel, unless the reason concerns this message alone."""
    handoff = uow.tx.handoffs.get(_handoff_id(post))
    if handoff is None or isinstance(error, BadRequestError | ThreadGoneError | UnconfirmedError):
        raise_failure_alarm(uow, post, error)
    else:
        record_channel_failure(uow, handoff.channel, error.code_or_kind)


def on_channel_shared(uow: UnitOfWork, body: Body, error: SharedChannelError) -> None:
    """Moves the handoff to another channel, and the message with it."""
    refused = body if isinstance(body, PostMessage) and isinstance(body.to, HandoffThread) else None
    leave_channel(uow, _handoff_id(body), refused, error)


def _handoff_id(body: Body) -> str:
    """Returns the handoff to whose card or thread a message belongs."""
    match body:
        case RefreshCard():
            return body.handoff_id
        case PostMessage() | UpdateMessage() if isinstance(body.to, HandoffThread | HandoffChannel):
            return body.to.handoff_id
    raise AssertionError(f"{kind_of(body)} belongs to no handoff")


# Alarms.


def is_latest_alarm(tx: Transaction, update: UpdateMessage[AlarmMessage]) -> bool:
    """Returns False for an update that was delayed while the alarm changed again."""
    alarm = tx.alarms.get(update.content.alarm_id)
    return alarm is not None and alarm.revision == update.content.revision


def on_alarm_posted(uow: UnitOfWork, post: PostMessage[AlarmMessage], message: str) -> None:
    """Records the alarm's message, and posts the cards that could not be posted in its channel."""
    alarm = uow.tx.alarms.get(post.content.alarm_id)
    if alarm is not None:
        record_alarm_posted(uow, alarm, message)
        post_missed_cards(uow, alarm.channel)


def on_alarm_failed(uow: UnitOfWork, post: PostMessage[AlarmMessage], error: OutsideError) -> None:
    """Records that the alarm was not posted. One that may stand there is left as it is."""
    if isinstance(error, UnconfirmedError):
        return
    alarm = uow.tx.alarms.get(post.content.alarm_id)
    if alarm is not None:
        record_alarm_not_posted(uow, alarm, error.code_or_kind)


def on_alarm_update_failed(uow: UnitOfWork, update: UpdateMessage[AlarmMessage], error: OutsideError) -> None:
    """Posts the alarm anew."""
    repost_alarm(uow, update.content.alarm_id)
