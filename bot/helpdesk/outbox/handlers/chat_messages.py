"""Handlers of the messages that the desk posts, updates and retracts.

All posts are sent alike, and so are all updates. What precedes and follows one depends on its content: every content
has a row below.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from bot.errors import OutsideError, SharedChannelError
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
from bot.helpdesk.model.effects import Body, PostMessage, RefreshCard, RetractMessage, UpdateMessage
from bot.helpdesk.model.handoff import Card
from bot.helpdesk.model.target import HandoffCard, Target
from bot.helpdesk.outbox.handler import Attempt, EffectHandler, HandlerRegistry, Redirect
from bot.helpdesk.outbox.handlers.channel_checks import if_active, unshared
from bot.helpdesk.outbox.handlers.dependencies import Dependencies
from bot.helpdesk.outbox.handlers.message_hooks import (
    has_no_answer,
    is_latest_alarm,
    is_latest_refresh,
    is_latest_revision,
    is_not_retracted,
    on_alarm_failed,
    on_alarm_posted,
    on_alarm_update_failed,
    on_answer_posted,
    on_card_failed,
    on_card_posted,
    on_channel_shared,
    on_continued,
    on_message_failed,
    on_relay_failed,
    on_relayed,
    on_thread_post,
    on_thread_post_failed,
)
from bot.helpdesk.outbox.handlers.message_sender import MessageSender
from bot.helpdesk.outbox.handlers.redirection import (
    drop_if_deleted,
    move_below_new_card,
    move_to_new_thread,
    replace_deleted_card,
    repost_change,
)
from bot.helpdesk.ports import Transaction
from bot.helpdesk.unit_of_work import UnitOfWork

B = TypeVar("B", bound=Body)
C = TypeVar("C", bound=Content)
E = TypeVar("E", bound=ForEmployee)
A = TypeVar("A", bound=ForAgents)
U = TypeVar("U", bound=Updatable)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class ChatMessageHandlers:
    """Handlers of the messages on the chat surface."""

    deps: Dependencies

    @property
    def _sender(self) -> MessageSender:
        return MessageSender(self.deps)

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        self._register_for_employee(registry)
        self._register_for_agents(registry)
        registry.add(
            RetractMessage,
            if_active(
                self.deps,
                EffectHandler[RetractMessage, None](send=self._sender.retract, on_failed=on_message_failed, target=_to),
            ),
        )

    def _register_for_employee(self, registry: HandlerRegistry) -> None:
        registry.add_post(AnswerPart, self._employee_post(on_sent=on_answer_posted))
        registry.add_post(EmployeeNotice, self._employee_post(still_needed=has_no_answer))
        registry.add_post(SentDraft, self._employee_post())
        registry.add_post(ContinuationNotice, self._employee_post(on_sent=on_continued))
        registry.add_post(
            AgentMessage,
            self._employee_post(on_sent=on_relayed, on_failed=on_relay_failed, still_needed=is_not_retracted),
        )
        registry.add_update(AnswerPart, self._update(redirect=drop_if_deleted))
        registry.add_update(EmployeeNotice, self._update(redirect=drop_if_deleted))
        registry.add_update(AgentMessage, if_active(self.deps, self._relay_update()))

    def _register_for_agents(self, registry: HandlerRegistry) -> None:
        registry.add_post(Card, self._for_agents(self._post(on_sent=on_card_posted, on_failed=on_card_failed)))
        registry.add_post(AgentNotice, self._thread_post())
        registry.add_post(DraftPart, self._thread_post())
        registry.add_post(FullAnswer, self._thread_post())
        registry.add_post(EmployeeMessage, self._thread_post(send=self._sender.post_employee_message))
        registry.add_post(
            AlarmMessage, unshared(self.deps, self._post(on_sent=on_alarm_posted, on_failed=on_alarm_failed))
        )
        registry.add_update(DraftPart, self._for_agents(self._update(redirect=drop_if_deleted)))
        registry.add_update(EmployeeMessage, self._relay_update())
        registry.add_update(AlarmMessage, self._update(on_failed=on_alarm_update_failed, still_needed=is_latest_alarm))
        registry.add(
            RefreshCard,
            self._for_agents(
                EffectHandler[RefreshCard, None](
                    send=self._sender.refresh_card,
                    redirect=replace_deleted_card,
                    target=lambda body: HandoffCard(body.handoff_id),
                    still_needed=is_latest_refresh,
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
            send=send or self._sender.post,
            find_sent=self._sender.find_post,
            on_sent=on_sent,
            on_failed=on_failed or on_message_failed,
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
        return if_active(
            self.deps,
            self._post(on_sent=on_sent, on_failed=on_failed, redirect=move_to_new_thread, still_needed=still_needed),
        )

    def _thread_post(
        self, *, send: Callable[[Attempt[PostMessage[A]]], Awaitable[str]] | None = None
    ) -> EffectHandler[PostMessage[A], str]:
        """Returns a handler that posts below a handoff's card."""
        return self._for_agents(
            self._post(send=send, on_sent=on_thread_post, on_failed=on_thread_post_failed, redirect=move_below_new_card)
        )

    def _update(
        self,
        *,
        on_failed: Callable[[UnitOfWork, UpdateMessage[U], OutsideError], None] | None = None,
        redirect: Redirect | None = None,
        still_needed: Callable[[Transaction, UpdateMessage[U]], bool] | None = None,
    ) -> EffectHandler[UpdateMessage[U], None]:
        return EffectHandler[UpdateMessage[U], None](
            send=self._sender.update, on_failed=on_failed, redirect=redirect, target=_to, still_needed=still_needed
        )

    def _relay_update(self) -> EffectHandler[UpdateMessage[AgentMessage | EmployeeMessage], None]:
        """Returns a handler that updates the copy of a message. A copy that was deleted is posted again."""
        return self._update(on_failed=on_message_failed, redirect=repost_change, still_needed=is_latest_revision)

    def _for_agents(self, handler: EffectHandler[B, R]) -> EffectHandler[B, R]:
        """Returns the handler, moving the handoff to another channel where an outside company can read this one."""

        def on_failed(uow: UnitOfWork, body: B, error: OutsideError) -> None:
            if isinstance(error, SharedChannelError):
                on_channel_shared(uow, body, error)
            elif handler.on_failed is not None:
                handler.on_failed(uow, body, error)

        return replace(unshared(self.deps, handler), on_failed=on_failed)


def _to(body: PostMessage[Content] | UpdateMessage[Updatable] | RetractMessage) -> Target:
    return body.to
