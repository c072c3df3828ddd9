"""Handlers of the effects on the chat surface: messages, private notes, reactions and forms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
    UnknownRefusalError,
)
from bot.helpdesk import messages
from bot.helpdesk.alarms import record_alarm_not_posted, record_alarm_posted, record_channel_failure, repost_alarm
from bot.helpdesk.answering.questions import record_posted
from bot.helpdesk.correlation import carried
from bot.helpdesk.handoffs.card import read_card
from bot.helpdesk.handoffs.deactivated_accounts import post_claimer_gone, post_unreachable
from bot.helpdesk.handoffs.notify import record_outcome
from bot.helpdesk.handoffs.opening import post_missed_cards, record_opened, record_unopened
from bot.helpdesk.handoffs.relay import tell_not_sent
from bot.helpdesk.handoffs.relay_sending import release
from bot.helpdesk.handoffs.replacement import record_continued
from bot.helpdesk.handoffs.reveal import original
from bot.helpdesk.handoffs.shared_channel import leave_channel
from bot.helpdesk.lanes import private_note_lane
from bot.helpdesk.model.alarm import CHANNEL_SHARED
from bot.helpdesk.model.conversation import QuestionState, new_id
from bot.helpdesk.model.effects import (
    Alarm,
    Body,
    Card,
    ContinueTalk,
    DismissPrompt,
    Form,
    MarkAnswer,
    MarkDraft,
    MarkTold,
    OpenForm,
    OpenThread,
    PostAnswer,
    PostToThread,
    PrivateNote,
    RefreshAlarm,
    RefreshCard,
    RelayToEmployee,
    ReleaseRelay,
    RetractRelay,
    SendDraft,
    ShowReceipt,
    Tell,
    ThreadPost,
    UpdateRelay,
    UpdateThreadPost,
)
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.relay import DeliverySign, RelayState
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
from bot.helpdesk.outbox.targets import (
    AlarmPost,
    EmployeeThread,
    FixedTarget,
    HandoffCard,
    HandoffChannel,
    HandoffThread,
    SentMessage,
    Target,
)
from bot.helpdesk.ports import Post, Transaction, Update
from bot.helpdesk.redaction import redact
from bot.helpdesk.unit_of_work import UnitOfWork

B = TypeVar("B", bound=Body)
R = TypeVar("R")
PostBody = TypeVar("PostBody", bound=Post)
AgentBody = TypeVar("AgentBody", bound=OpenThread | RefreshCard | PostToThread | MarkDraft)
EmployeePost = TypeVar("EmployeePost", bound=PostAnswer | Tell | RelayToEmployee | SendDraft)
Content = TypeVar("Content", bound=Post | Update)
StoredUpdate = MarkAnswer | MarkTold | MarkDraft | UpdateRelay | UpdateThreadPost | RefreshAlarm

# Seconds before a retraction in which its copy may have been posted: as long as posting is retried.
_RETRACTION_LOOKBACK = 24 * 3600.0
# Seconds for which an answer that the claimer's account is active is reused, and the time limit for asking.
_ACTIVE_MAX_AGE = 300.0
_ACTIVE_TIMEOUT = 2.0


@dataclass(frozen=True, slots=True)
class ChatHandlers:
    """Handlers of the effects on the chat surface."""

    deps: Dependencies

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        self._register_employee_thread(registry)
        self._register_relay_changes(registry)
        self._register_handoff_channel(registry)
        self._register_alarms(registry)
        self._register_personal(registry)

    def _register_employee_thread(self, registry: HandlerRegistry) -> None:
        registry.add(PostAnswer, self._employee_post(on_sent=record_posted))
        registry.add(Tell, self._employee_post(still_needed=_has_no_answer))
        registry.add(SendDraft, self._employee_post())
        registry.add(
            RelayToEmployee,
            self._employee_post(on_sent=_on_relayed, on_failed=_on_relay_failed, still_needed=_is_not_retracted),
        )
        registry.add(
            ContinueTalk, self._if_active(self._post(lambda body: FixedTarget(body.channel), on_sent=record_continued))
        )
        registry.add(
            MarkAnswer,
            EffectHandler[MarkAnswer, None](
                send=self._update,
                redirect=drop_if_deleted,
                target=lambda body: FixedTarget(body.channel, message=body.message),
            ),
        )
        registry.add(
            MarkTold,
            EffectHandler[MarkTold, None](send=self._update, redirect=drop_if_deleted, target=_notice),
        )

    def _register_relay_changes(self, registry: HandlerRegistry) -> None:
        registry.add(ReleaseRelay, EffectHandler[ReleaseRelay, None](send=_send_nothing, on_sent=_on_relay_due))
        registry.add(UpdateRelay, self._copy_update())
        registry.add(UpdateThreadPost, self._copy_update())
        registry.add(
            RetractRelay,
            self._if_active(
                EffectHandler[RetractRelay, None](
                    send=self._retract,
                    on_failed=_on_failed,
                    target=lambda body: SentMessage(body.copy, unconfirmed=True),
                )
            ),
        )
        registry.add(ShowReceipt, EffectHandler[ShowReceipt, None](send=self._show_receipt))

    def _register_handoff_channel(self, registry: HandlerRegistry) -> None:
        registry.add(
            OpenThread,
            self._for_agents(
                self._post(
                    lambda body: HandoffChannel(body.handoff_id), on_sent=record_opened, on_failed=_on_card_failed
                )
            ),
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
        registry.add(
            PostToThread,
            self._for_agents(
                self._post(
                    lambda body: HandoffThread(body.handoff_id),
                    on_sent=_on_thread_post,
                    on_failed=_on_thread_post_failed,
                    redirect=move_below_new_card,
                )
            ),
        )
        registry.add(
            MarkDraft,
            self._for_agents(
                EffectHandler[MarkDraft, None](
                    send=self._update,
                    redirect=drop_if_deleted,
                    target=lambda body: HandoffChannel(body.draft.handoff_id, body.message),
                )
            ),
        )

    def _register_alarms(self, registry: HandlerRegistry) -> None:
        registry.add(
            Alarm,
            self._unshared(
                self._post(lambda body: FixedTarget(body.channel), on_sent=_on_alarm_posted, on_failed=_on_alarm_failed)
            ),
        )
        registry.add(
            RefreshAlarm,
            EffectHandler[RefreshAlarm, None](
                send=self._update,
                on_failed=_on_alarm_update_failed,
                target=lambda body: AlarmPost(body.alarm_id),
                still_needed=_is_latest_alarm,
            ),
        )

    def _register_personal(self, registry: HandlerRegistry) -> None:
        registry.add(
            PrivateNote,
            EffectHandler[PrivateNote, None](send=self._send_private_note, on_failed=_on_private_note_failed),
        )
        registry.add(DismissPrompt, EffectHandler[DismissPrompt, None](send=self._dismiss_prompt))
        registry.add(OpenForm, EffectHandler[OpenForm, None](send=self._open_form, on_failed=_on_form_failed))

    # Kinds of handlers.

    def _post(
        self,
        target: Callable[[PostBody], Target],
        *,
        on_sent: Callable[[UnitOfWork, PostBody, str], None] | None = None,
        on_failed: Callable[[UnitOfWork, PostBody, OutsideError], None] | None = None,
        redirect: Redirect | None = None,
        still_needed: Callable[[Transaction, PostBody], bool] | None = None,
    ) -> EffectHandler[PostBody, str]:
        return EffectHandler[PostBody, str](
            send=self._send_post,
            find_sent=self._find_post,
            on_sent=on_sent,
            on_failed=on_failed or _on_failed,
            redirect=redirect,
            target=target,
            still_needed=still_needed,
        )

    def _employee_post(
        self,
        *,
        on_sent: Callable[[UnitOfWork, EmployeePost, str], None] | None = None,
        on_failed: Callable[[UnitOfWork, EmployeePost, OutsideError], None] | None = None,
        still_needed: Callable[[Transaction, EmployeePost], bool] | None = None,
    ) -> EffectHandler[EmployeePost, str]:
        """Returns a handler that posts in the employee's thread, or in the one in which it continues."""
        return self._if_active(
            self._post(
                _employee_thread,
                on_sent=on_sent,
                on_failed=on_failed,
                redirect=move_to_new_thread,
                still_needed=still_needed,
            )
        )

    def _copy_update(self) -> EffectHandler[UpdateRelay | UpdateThreadPost, None]:
        """Returns a handler that updates the copy of a message. A copy that was deleted is posted again."""
        return self._if_active(
            EffectHandler[UpdateRelay | UpdateThreadPost, None](
                send=self._update,
                on_failed=_on_failed,
                redirect=repost_change,
                target=lambda body: SentMessage(body.copy),
                still_needed=_is_latest_revision,
            )
        )

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

    def _for_agents(self, handler: EffectHandler[AgentBody, R]) -> EffectHandler[AgentBody, R]:
        """Returns the handler, moving the handoff to another channel where an outside company can read this one."""

        def on_failed(uow: UnitOfWork, body: AgentBody, error: OutsideError) -> None:
            if isinstance(error, SharedChannelError):
                leave_channel(uow, body, error)
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

    # Messages.

    async def _send_post(self, attempt: Attempt[Post]) -> str:
        body, to = attempt.body, attempt.destination
        require_open_thread(to, self.deps.surface.system)
        if isinstance(body, PostToThread) and body.kind is ThreadPost.RELAY:
            await self._check_claimer(body.handoff_id)
        return await self.deps.surface.post(await self._with_names(body), to, attempt.effect.id)

    async def _check_claimer(self, handoff_id: str) -> None:
        """Tells the agents if the claimer's account is deactivated, because no one may be reading."""
        handoff = await self.deps.store.run(lambda tx: tx.handoffs.get(handoff_id))
        agent = handoff.claimed_by if handoff is not None and handoff.state is HandoffState.CLAIMED else None
        if agent is None:
            return
        try:
            async with asyncio.timeout(_ACTIVE_TIMEOUT):
                active = await self.deps.directory.is_active(agent, _ACTIVE_MAX_AGE)
        except (OutsideError, TimeoutError):
            return
        if not active:
            await self.deps.store.run(
                carried(lambda tx: post_claimer_gone(self.deps.unit_of_work(tx), handoff_id, agent))
            )

    async def _find_post(self, attempt: Attempt[Post]) -> str | None:
        since = attempt.effect.first_tried_at or attempt.effect.decided_at
        return await self.deps.surface.find(attempt.destination, attempt.effect.id, since)

    async def _update(self, attempt: Attempt[StoredUpdate]) -> None:
        await self.deps.surface.update(await self._with_names(attempt.body), attempt.destination)

    async def _refresh_card(self, attempt: Attempt[RefreshCard]) -> None:
        card = await self.deps.store.run(read_card, attempt.body.handoff_id, self.deps.clock())
        if card is None:
            raise SupersededError
        await self.deps.surface.update(await self._card_with_names(card), attempt.destination)

    async def _with_names(self, body: Content) -> Content:
        """Replaces mentions in people's words by names: those who read the copy may not be able to resolve an id."""
        readable = self.deps.directory.readable
        if isinstance(body, RelayToEmployee | UpdateRelay):
            return replace(body, text=await readable(body.text))
        if isinstance(body, PostToThread) and body.words is not None:
            return replace(body, words=redact(await readable(body.words)))
        if isinstance(body, PostToThread | UpdateThreadPost) and body.text is not None:
            return replace(body, text=redact(await readable(body.text)))
        if isinstance(body, OpenThread):
            return replace(body, card=await self._card_with_names(body.card))
        return body

    async def _card_with_names(self, card: Card) -> Card:
        return replace(card, question=redact(await self.deps.directory.readable(card.question)))

    async def _retract(self, attempt: Attempt[RetractRelay]) -> None:
        """Deletes the copy. If the outcome of its post is unclear, it is looked up first."""
        to, copy = attempt.destination, attempt.body.copy
        since = attempt.effect.decided_at - _RETRACTION_LOOKBACK
        message = to.message or await self.deps.surface.find(to, copy, since)
        await self.deps.surface.delete(replace(to, message=message), copy)

    async def _show_receipt(self, attempt: Attempt[ShowReceipt]) -> None:
        await self.deps.surface.show_receipt(attempt.body)

    # Private messages and forms.

    async def _send_private_note(self, attempt: Attempt[PrivateNote]) -> None:
        await self.deps.surface.post_private_note(attempt.body)

    async def _dismiss_prompt(self, attempt: Attempt[DismissPrompt]) -> None:
        await self.deps.surface.dismiss_prompt(attempt.body)

    async def _open_form(self, attempt: Attempt[OpenForm]) -> None:
        form = attempt.body
        if self.deps.clock() > form.expires_at:
            await self.deps.surface.post_private_note(_too_late(form))
        elif form.form is Form.ORIGINAL:
            # The text is read only now, so that no copy of it is stored.
            words = await self.deps.store.run(original, form.subject)
            await self.deps.surface.open_form(form, words or messages.NOTHING_TO_REVEAL)
        else:
            await self.deps.surface.open_form(form, "")


def _has_no_answer(tx: Transaction, body: Tell) -> bool:
    question = tx.questions.get(body.while_waiting) if body.while_waiting else None
    return question is None or question.state is QuestionState.WAITING


def _employee_thread(body: PostAnswer | Tell | RelayToEmployee | SendDraft) -> Target:
    return EmployeeThread(body.channel, body.thread)


def _notice(body: MarkTold) -> Target:
    if body.notice is not None and not body.message:
        return SentMessage(body.notice)
    return FixedTarget(body.told.channel, message=body.message)


async def _send_nothing(attempt: Attempt[ReleaseRelay]) -> None:
    """Sends nothing: the job ran at its due time, and `on_sent` sends the relay."""


def _on_relay_due(uow: UnitOfWork, body: ReleaseRelay, result: None) -> None:
    release(uow, body)


def _on_relayed(uow: UnitOfWork, body: RelayToEmployee, message: str) -> None:
    record_outcome(uow, body.relay_id, DeliverySign.SENT)


def _on_relay_failed(uow: UnitOfWork, body: RelayToEmployee, error: OutsideError) -> None:
    record_outcome(uow, body.relay_id, DeliverySign.NOT_SENT)
    _on_failed(uow, body, error)


def _on_failed(uow: UnitOfWork, body: Body, error: OutsideError) -> None:
    """Raises an alarm. A deactivated account is no fault to fix: the agents of the handoff are told instead."""
    if not isinstance(error, DeactivatedError):
        raise_failure_alarm(uow, body, error)
    elif isinstance(body, PostAnswer | Tell | RelayToEmployee | SendDraft):
        post_unreachable(uow, body.channel, body.thread)


def _is_not_retracted(tx: Transaction, body: RelayToEmployee) -> bool:
    relay = tx.relays.get(body.relay_id) if body.relay_id else None
    return relay is None or relay.state is RelayState.SENT


def _is_latest_revision(tx: Transaction, body: UpdateRelay | UpdateThreadPost) -> bool:
    relay = tx.relays.get(body.relay_id)
    return relay is not None and relay.revision == body.revision


def _is_latest_alarm(tx: Transaction, body: RefreshAlarm) -> bool:
    alarm = tx.alarms.get(body.alarm_id)
    return alarm is not None and alarm.revision == body.revision


def _is_latest_refresh(tx: Transaction, body: RefreshCard) -> bool:
    """Returns False for a refresh that was delayed while a later one was decided."""
    latest = tx.effects.waiting(RefreshCard, body.handoff_id)
    return latest is None or latest.body == body


def _on_card_failed(uow: UnitOfWork, body: OpenThread, error: OutsideError) -> None:
    """Logs at CRITICAL that the handoff channel is unreachable, and tells the employee."""
    record_unopened(uow, body.handoff_id, _code(error))


def _on_thread_post(uow: UnitOfWork, body: PostToThread, message: str) -> None:
    handoff = uow.tx.handoffs.get(body.handoff_id)
    if handoff is not None:
        post_missed_cards(uow, handoff.channel)


def _on_thread_post_failed(uow: UnitOfWork, body: PostToThread, error: OutsideError) -> None:
    handoff = uow.tx.handoffs.get(body.handoff_id)
    if handoff is None or isinstance(error, BadRequestError | ThreadGoneError):
        raise_failure_alarm(uow, body, error)
    else:
        record_channel_failure(uow, handoff.channel, _code(error))


def _on_alarm_posted(uow: UnitOfWork, body: Alarm, message: str) -> None:
    record_alarm_posted(uow, body, message)
    post_missed_cards(uow, body.channel)


def _on_alarm_failed(uow: UnitOfWork, body: Alarm, error: OutsideError) -> None:
    record_alarm_not_posted(uow, body, _code(error))


def _on_alarm_update_failed(uow: UnitOfWork, body: RefreshAlarm, error: OutsideError) -> None:
    repost_alarm(uow, body)


def _code(error: OutsideError) -> str:
    return error.code or type(error).__name__


def _on_form_failed(uow: UnitOfWork, form: OpenForm, error: OutsideError) -> None:
    uow.effect(_too_late(form), key=new_id("private"), lane=private_note_lane(form.person), subject=form.subject)


def _on_private_note_failed(uow: UnitOfWork, body: PrivateNote, error: OutsideError) -> None:
    """Tells the author of an unsent message in the thread, if the private question about it cannot be asked."""
    if body.relay_id is not None:
        tell_not_sent(uow, body.relay_id)


def _too_late(form: OpenForm) -> PrivateNote:
    return PrivateNote(channel=form.channel, thread=form.thread, person=form.person, text=messages.FORM_TOO_LATE)
