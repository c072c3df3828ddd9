"""Handlers of the messages that the desk posts, updates and retracts.

All posts are sent alike, and so are all updates. What precedes and follows one depends on its content: every content
has a row in `register`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.errors import (
    BadRequestError,
    DeactivatedError,
    MessageGoneError,
    OutsideError,
    PermanentError,
    SharedChannelError,
    ThreadGoneError,
    UnconfirmedError,
    UnknownRefusalError,
)
from bot.helpdesk.alarms import record_alarm_not_posted, record_alarm_posted, record_channel_failure, repost_alarm
from bot.helpdesk.answering.questions import record_posted
from bot.helpdesk.correlation import carried
from bot.helpdesk.handoffs.card import read_card
from bot.helpdesk.handoffs.deactivated_accounts import post_claimer_gone, post_unreachable
from bot.helpdesk.handoffs.notify import record_outcome
from bot.helpdesk.handoffs.opening import post_missed_cards, record_opened, record_unopened
from bot.helpdesk.handoffs.replacement import record_continued
from bot.helpdesk.handoffs.shared_channel import leave_channel
from bot.helpdesk.model.alarm import CHANNEL_SHARED
from bot.helpdesk.model.card import Card
from bot.helpdesk.model.content import (
    AgentMessage,
    AgentNotice,
    AlarmMessage,
    AnswerPart,
    Content,
    ContinuationNotice,
    DraftPart,
    EmployeeMessage,
    EmployeeNotice,
    ForAgents,
    ForEmployee,
    FullAnswer,
    SentDraft,
    Updatable,
)
from bot.helpdesk.model.conversation import QuestionState
from bot.helpdesk.model.effects import Body, PostMessage, RefreshCard, RetractMessage, UpdateMessage
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.relay import DeliveryReceipt, RelayState
from bot.helpdesk.model.send_status import CannotTell, SendStatus, Sent
from bot.helpdesk.model.target import EmployeeThread, HandoffCard, HandoffChannel, HandoffThread, Target
from bot.helpdesk.outbox.handler import Attempt, EffectHandler, HandlerRegistry, Redirect, SupersededError
from bot.helpdesk.outbox.handlers.alarms import raise_failure_alarm
from bot.helpdesk.outbox.handlers.dependencies import Dependencies
from bot.helpdesk.outbox.handlers.redirection import (
    drop_if_deleted,
    move_below_new_card,
    move_to_new_thread,
    replace_deleted_card,
    repost_change,
    require_open_thread,
)
from bot.helpdesk.ports import Transaction
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork

B = TypeVar("B", bound=Body)
C = TypeVar("C", bound=Content)
E = TypeVar("E", bound=ForEmployee)
A = TypeVar("A", bound=ForAgents)
U = TypeVar("U", bound=Updatable)
R = TypeVar("R")

Relayed = AgentMessage | EmployeeMessage

# Seconds before a retraction in which its message may have been posted: as long as posting is retried.
_RETRACTION_LOOKBACK = 24 * 3600.0
# Seconds for which an answer that the claimer's account is active is reused, and the time limit for asking.
_ACTIVE_MAX_AGE = 300.0
_ACTIVE_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class ChatMessageHandlers:
    """Handlers of the messages on the chat surface."""

    deps: Dependencies

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        self._register_for_employee(registry)
        self._register_for_agents(registry)
        registry.add(
            RetractMessage,
            self._if_active(EffectHandler[RetractMessage, None](send=self._retract, on_failed=_on_failed, target=_to)),
        )

    def _register_for_employee(self, registry: HandlerRegistry) -> None:
        registry.add_post(AnswerPart, self._employee_post(on_sent=_on_answer_posted))
        registry.add_post(EmployeeNotice, self._employee_post(still_needed=_has_no_answer))
        registry.add_post(SentDraft, self._employee_post())
        registry.add_post(ContinuationNotice, self._employee_post(on_sent=_on_continued))
        registry.add_post(
            AgentMessage,
            self._employee_post(on_sent=_on_relayed, on_failed=_on_relay_failed, still_needed=_is_not_retracted),
        )
        registry.add_update(AnswerPart, self._update(redirect=drop_if_deleted))
        registry.add_update(EmployeeNotice, self._update(redirect=drop_if_deleted))
        registry.add_update(AgentMessage, self._if_active(self._relay_update()))

    def _register_for_agents(self, registry: HandlerRegistry) -> None:
        registry.add_post(Card, self._for_agents(self._post(on_sent=_on_card_posted, on_failed=_on_card_failed)))
        registry.add_post(AgentNotice, self._thread_post())
        registry.add_post(DraftPart, self._thread_post())
        registry.add_post(FullAnswer, self._thread_post())
        registry.add_post(EmployeeMessage, self._thread_post(send=self._send_employee_message))
        registry.add_post(
            AlarmMessage, self._unshared(self._post(on_sent=_on_alarm_posted, on_failed=_on_alarm_failed))
        )
        registry.add_update(DraftPart, self._for_agents(self._update(redirect=drop_if_deleted)))
        registry.add_update(EmployeeMessage, self._relay_update())
        registry.add_update(
            AlarmMessage, self._update(on_failed=_on_alarm_update_failed, still_needed=_is_latest_alarm)
        )
        registry.add(
            RefreshCard,
            self._for_agents(
                EffectHandler[RefreshCard, None](
                    send=self._refresh_card,
                    redirect=replace_deleted_card,
                    target=lambda body: HandoffCard(body.handoff_id),
                    still_needed=_is_latest_refresh,
                )
            ),
        )

    # Handlers.

    def _post(
        self,
        *,
        send: Callable[[Attempt[PostMessage[C]]], Awaitable[str]] | None = None,
        on_sent: Callable[[UnitOfWork, PostMessage[C], str], None] | None = None,
        on_failed: Callable[[UnitOfWork, PostMessage[C], OutsideError], None] | None = None,
        redirect: Redirect | None = None,
        still_needed: Callable[[Transaction, PostMessage[C]], bool] | None = None,
    ) -> EffectHandler[PostMessage[C], str]:
        return EffectHandler[PostMessage[C], str](
            send=send or self._send_post,
            find_sent=self._find_post,
            on_sent=on_sent,
            on_failed=on_failed or _on_failed,
            redirect=redirect,
            target=_to,
            still_needed=still_needed,
            resend_unconfirmed=True,
        )

    def _employee_post(
        self,
        *,
        on_sent: Callable[[UnitOfWork, PostMessage[E], str], None] | None = None,
        on_failed: Callable[[UnitOfWork, PostMessage[E], OutsideError], None] | None = None,
        still_needed: Callable[[Transaction, PostMessage[E]], bool] | None = None,
    ) -> EffectHandler[PostMessage[E], str]:
        """Returns a handler that posts in the employee's thread, or in the one in which it continues."""
        return self._if_active(
            self._post(on_sent=on_sent, on_failed=on_failed, redirect=move_to_new_thread, still_needed=still_needed)
        )

    def _thread_post(
        self, *, send: Callable[[Attempt[PostMessage[A]]], Awaitable[str]] | None = None
    ) -> EffectHandler[PostMessage[A], str]:
        """Returns a handler that posts below a handoff's card."""
        return self._for_agents(
            self._post(
                send=send, on_sent=_on_thread_post, on_failed=_on_thread_post_failed, redirect=move_below_new_card
            )
        )

    def _update(
        self,
        *,
        on_failed: Callable[[UnitOfWork, UpdateMessage[U], OutsideError], None] | None = None,
        redirect: Redirect | None = None,
        still_needed: Callable[[Transaction, UpdateMessage[U]], bool] | None = None,
    ) -> EffectHandler[UpdateMessage[U], None]:
        return EffectHandler[UpdateMessage[U], None](
            send=self._send_update, on_failed=on_failed, redirect=redirect, target=_to, still_needed=still_needed
        )

    def _relay_update(self) -> EffectHandler[UpdateMessage[Relayed], None]:
        """Returns a handler that updates the copy of a message. A copy that was deleted is posted again."""
        return self._update(on_failed=_on_failed, redirect=repost_change, still_needed=_is_latest_revision)

    # Checks before sending.

    def _if_active(self, handler: EffectHandler[B, R]) -> EffectHandler[B, R]:
        """Returns the handler, raising DeactivatedError where the employee's account is deactivated."""

        async def send(attempt: Attempt[B]) -> R:
            try:
                return await handler.send(attempt)
            except (ThreadGoneError, MessageGoneError):
                raise
            except (PermanentError, UnknownRefusalError) as error:
                if await self._is_deactivated(attempt.destination.channel):
                    raise DeactivatedError(system=error.system, code=error.code) from error
                raise

        return replace(handler, send=send)

    async def _is_deactivated(self, channel: str) -> bool:
        """Returns whether the direct message is with a deactivated account. Asked only after a refusal."""
        conversation = await self.deps.store.run(lambda tx: tx.conversations.latest_in(channel))
        if conversation is None:
            return False
        try:
            return not await self.deps.directory.is_active(conversation.employee)
        except OutsideError:
            return False

    def _for_agents(self, handler: EffectHandler[B, R]) -> EffectHandler[B, R]:
        """Returns the handler, moving the handoff to another channel where an outside company can read this one."""

        def on_failed(uow: UnitOfWork, body: B, error: OutsideError) -> None:
            if isinstance(error, SharedChannelError):
                _leave_channel(uow, body, error)
            elif handler.on_failed is not None:
                handler.on_failed(uow, body, error)

        return replace(self._unshared(handler), on_failed=on_failed)

    def _unshared(self, handler: EffectHandler[B, R]) -> EffectHandler[B, R]:
        """Returns the handler, raising SharedChannelError where an outside company can read the channel."""

        async def send(attempt: Attempt[B]) -> R:
            channel = attempt.destination.channel
            if await self._is_shared(channel):
                raise SharedChannelError(system=self.deps.surface.system, code=CHANNEL_SHARED, channel=channel)
            return await handler.send(attempt)

        return replace(handler, send=send)

    async def _is_shared(self, channel: str) -> bool:
        try:
            return await self.deps.directory.is_shared(channel)
        except PermanentError:
            # A channel that cannot be read cannot be posted to either; the post then fails with the reason.
            return False

    # Sending.

    async def _send_post(self, attempt: Attempt[PostMessage[Content]]) -> str:
        require_open_thread(attempt.destination, self.deps.surface.system)
        content = await self._with_names(attempt.body.content)
        return await self.deps.surface.post(content, attempt.destination, attempt.effect.id)

    async def _send_employee_message(self, attempt: Attempt[PostMessage[EmployeeMessage]]) -> str:
        require_open_thread(attempt.destination, self.deps.surface.system)
        await self._check_claimer(attempt.body.content.relay_id)
        return await self._send_post(attempt)

    async def _check_claimer(self, relay_id: str) -> None:
        """Tells the agents if the claimer's account is deactivated, because no one may be reading."""
        handoff = await self.deps.store.run(_handoff_of_relay, relay_id)
        if handoff is None or handoff.state is not HandoffState.CLAIMED or handoff.claimed_by is None:
            return
        id, agent = handoff.id, handoff.claimed_by
        try:
            async with asyncio.timeout(_ACTIVE_TIMEOUT):
                active = await self.deps.directory.is_active(agent, _ACTIVE_MAX_AGE)
        except (OutsideError, TimeoutError):
            return
        if not active:
            await self.deps.store.run(carried(lambda tx: post_claimer_gone(self.deps.unit_of_work(tx), id, agent)))

    async def _find_post(self, attempt: Attempt[PostMessage[Content]]) -> SendStatus[str]:
        since = attempt.effect.first_tried_at or attempt.effect.decided_at
        return await self.deps.surface.find(attempt.destination, attempt.effect.id, since)

    async def _send_update(self, attempt: Attempt[UpdateMessage[Updatable]]) -> None:
        await self.deps.surface.update(await self._with_names(attempt.body.content), attempt.destination)

    async def _refresh_card(self, attempt: Attempt[RefreshCard]) -> None:
        card = await self.deps.store.run(read_card, attempt.body.handoff_id, self.deps.clock())
        if card is None:
            raise SupersededError
        await self.deps.surface.update(await self._with_names(card), attempt.destination)

    async def _retract(self, attempt: Attempt[RetractMessage]) -> None:
        """Deletes the message. If the outcome of its post is unclear, it is looked up first."""
        to = attempt.destination
        if to.message is None:
            since = attempt.effect.decided_at - _RETRACTION_LOOKBACK
            match await self.deps.surface.find(to, attempt.body.to.effect_id, since):
                case Sent(message):
                    to = replace(to, message=message)
                case CannotTell(system):
                    raise UnconfirmedError("It may have been posted.", system=system, code="unconfirmed")
        await self.deps.surface.delete(to)

    async def _with_names(self, content: Content) -> Content:
        """Replaces mentions in people's words by names: those who read the copy may not be able to resolve an id."""
        readable = self.deps.directory.readable
        match content:
            case AgentMessage():
                return replace(content, text=await readable(content.text))
            case AgentNotice(words=str(words)):
                return replace(content, words=redact(await readable(words)))
            case AgentNotice(text=str(text)) | DraftPart(text=str(text)) | FullAnswer(text=str(text)):
                return replace(content, text=redact(await readable(text)))
            case EmployeeMessage(text=str(text)):
                return replace(content, text=redact(await readable(text)))
            case Card():
                return replace(content, question=redact(await readable(content.question)))
        return content


def _to(body: PostMessage[Content] | UpdateMessage[Updatable] | RetractMessage) -> Target:
    return body.to


# Employees.


def _has_no_answer(tx: Transaction, post: PostMessage[EmployeeNotice]) -> bool:
    waiting = post.content.while_waiting
    question = tx.questions.get(waiting) if waiting else None
    return question is None or question.state is QuestionState.WAITING


def _on_answer_posted(uow: UnitOfWork, post: PostMessage[AnswerPart], message: str) -> None:
    record_posted(uow, post.content, message)


def _on_continued(uow: UnitOfWork, post: PostMessage[ContinuationNotice], message: str) -> None:
    record_continued(uow, post.content, message)


def _on_failed(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm. A deactivated account is no fault to fix: the agents of the handoff are told instead."""
    if not isinstance(error, DeactivatedError):
        raise_failure_alarm(uow, body, error)
    elif isinstance(body, PostMessage) and isinstance(body.to, EmployeeThread):
        post_unreachable(uow, body.to.channel, body.to.thread)


# Relays.


def _is_not_retracted(tx: Transaction, post: PostMessage[AgentMessage]) -> bool:
    relay = tx.relays.get(post.content.relay_id) if post.content.relay_id else None
    return relay is None or relay.state is RelayState.SENT


def _is_latest_revision(tx: Transaction, update: UpdateMessage[Relayed]) -> bool:
    relay = tx.relays.get(update.content.relay_id) if update.content.relay_id else None
    return relay is not None and relay.revision == update.content.revision


def _handoff_of_relay(tx: Transaction, relay_id: str) -> Handoff | None:
    relay = tx.relays.get(relay_id)
    return tx.handoffs.get(relay.handoff_id) if relay else None


def _on_relayed(uow: UnitOfWork, post: PostMessage[AgentMessage], message: str) -> None:
    record_outcome(uow, post.content.relay_id, DeliveryReceipt.SENT)


def _on_relay_failed(uow: UnitOfWork, post: PostMessage[AgentMessage], error: OutsideError) -> None:
    record_outcome(uow, post.content.relay_id, DeliveryReceipt.NOT_SENT)
    _on_failed(uow, post, error)


# Cards and their threads.


def _on_card_posted(uow: UnitOfWork, post: PostMessage[Card], message: str) -> None:
    record_opened(uow, post.content, message)


def _on_card_failed(uow: UnitOfWork, post: PostMessage[Card], error: OutsideError) -> None:
    """Logs at CRITICAL that the handoff channel is unreachable, and tells the employee."""
    record_unopened(uow, post.content.handoff_id, _code(error))


def _is_latest_refresh(tx: Transaction, body: RefreshCard) -> bool:
    """Returns False for a refresh that was delayed while a later one was decided."""
    latest = tx.effects.waiting(RefreshCard, body.handoff_id)
    return latest is None or latest.body == body


def _on_thread_post(uow: UnitOfWork, post: PostMessage[ForAgents], message: str) -> None:
    handoff = uow.tx.handoffs.get(_handoff_id(post))
    if handoff is not None:
        post_missed_cards(uow, handoff.channel)


def _on_thread_post_failed(uow: UnitOfWork, post: PostMessage[ForAgents], error: OutsideError) -> None:
    handoff = uow.tx.handoffs.get(_handoff_id(post))
    if handoff is None or isinstance(error, BadRequestError | ThreadGoneError):
        raise_failure_alarm(uow, post, error)
    else:
        record_channel_failure(uow, handoff.channel, _code(error))


def _leave_channel(uow: UnitOfWork, body: Body, error: SharedChannelError) -> None:
    refused = body if isinstance(body, PostMessage) and isinstance(body.to, HandoffThread) else None
    leave_channel(uow, _handoff_id(body), refused, error)


def _handoff_id(body: Body) -> str:
    """Returns the handoff to whose card or thread a message belongs."""
    match body:
        case RefreshCard():
            return body.handoff_id
        case PostMessage() | UpdateMessage() if isinstance(body.to, HandoffThread | HandoffChannel):
            return body.to.handoff_id
    raise AssertionError(f"{body} belongs to no handoff")


# Alarms.


def _is_latest_alarm(tx: Transaction, update: UpdateMessage[AlarmMessage]) -> bool:
    alarm = tx.alarms.get(update.content.alarm_id)
    return alarm is not None and alarm.revision == update.content.revision


def _on_alarm_posted(uow: UnitOfWork, post: PostMessage[AlarmMessage], message: str) -> None:
    alarm = uow.tx.alarms.get(post.content.alarm_id)
    if alarm is not None:
        record_alarm_posted(uow, alarm, message)
        post_missed_cards(uow, alarm.channel)


def _on_alarm_failed(uow: UnitOfWork, post: PostMessage[AlarmMessage], error: OutsideError) -> None:
    alarm = uow.tx.alarms.get(post.content.alarm_id)
    if alarm is not None:
        record_alarm_not_posted(uow, alarm, _code(error))


def _on_alarm_update_failed(uow: UnitOfWork, update: UpdateMessage[AlarmMessage], error: OutsideError) -> None:
    repost_alarm(uow, update.content.alarm_id)


def _code(error: OutsideError) -> str:
    return error.code or type(error).__name__
