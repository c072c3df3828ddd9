"""Handlers of the messages that the desk posts, updates and retracts.

All posts are sent alike, and so are all updates. What precedes and follows one depends on its content: every content
has a row below.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from bot.errors import OutsideError, SharedChannelError, UnconfirmedError
from bot.helpdesk import messages
from bot.helpdesk.answering.answers import record_posted
from bot.helpdesk.handoffs.hiding import is_shown, without_words
from bot.helpdesk.handoffs.notify import post_claimer_gone
from bot.helpdesk.handoffs.opening import record_opened, record_unopened
from bot.helpdesk.handoffs.replacement import record_continued
from bot.helpdesk.markdown import literal
from bot.helpdesk.model.article import ArticleCard
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
from bot.helpdesk.model.effects import (
    Body,
    CannotTell,
    PostMessage,
    RefreshArticle,
    RefreshCard,
    RefreshGapQueue,
    RetractMessage,
    SendStatus,
    Sent,
    UpdateMessage,
)
from bot.helpdesk.model.gap import GapCard
from bot.helpdesk.model.handoff import Card, Handoff
from bot.helpdesk.model.target import ArticleChannel, Destination, HandoffCard, SentMessage, Target
from bot.helpdesk.outbox.handler import (
    Attempt,
    Dependencies,
    EffectHandler,
    HandlerRegistry,
    Postponement,
    Redirect,
)
from bot.helpdesk.outbox.handlers.message_hooks import (
    has_no_answer,
    is_latest_alarm,
    is_latest_revision,
    is_not_retracted,
    load_card,
    on_alarm_failed,
    on_alarm_posted,
    on_alarm_update_failed,
    on_channel_shared,
    on_message_failed,
    on_relay_failed,
    on_relayed,
    on_thread_post,
    on_thread_post_failed,
)
from bot.helpdesk.outbox.handlers.unclear import UnclearOutcomes
from bot.helpdesk.outbox.handlers.undeliverable import (
    drop_if_deleted,
    if_active,
    move_below_new_card,
    move_to_new_thread,
    replace_deleted_article,
    replace_deleted_card,
    repost_change,
    require_active,
    require_open_thread,
    unshared,
)
from bot.helpdesk.ports import Surface, Transaction
from bot.helpdesk.redaction import SafeText, redact
from bot.helpdesk.review.articles import (
    load_article_card,
    record_article_card,
    record_article_card_failed,
    record_article_refresh_failed,
)
from bot.helpdesk.text import truncated
from bot.helpdesk.unit_of_work import UnitOfWork, carried

B = TypeVar("B", bound=Body)
C = TypeVar("C", bound=Content)
E = TypeVar("E", bound=ForEmployee)
A = TypeVar("A", bound=ForAgents)
U = TypeVar("U", bound=Updatable)
R = TypeVar("R")

# Seconds before a retraction in which its message may have been posted: as long as posting is retried.
_RETRACTION_LOOKBACK = 24 * 3600.0
# Seconds for which an answer that the claimer's account is active is reused, and the time limit for asking.
_ACTIVE_MAX_AGE = 300.0
_ACTIVE_TIMEOUT = 2.0
# Seconds between two looks whether a card that may be there was pressed.
_PRESS_LOOK = 5.0
# Characters of a name in a line of the thread, which is to stay short.
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class MessageSender:
    """Sends messages of any content to their chat surface."""

    deps: Dependencies

    async def post(self, attempt: Attempt[PostMessage[Content]]) -> str:
        require_open_thread(attempt.destination)
        return await self._post(attempt.body.content, attempt)

    async def _post(self, content: Content, attempt: Attempt[PostMessage[Any]]) -> str:
        to = attempt.destination
        await require_active(self.deps, to)
        content = await self._with_names(content, to.surface)
        return await self.deps.surface(to.surface).post(content, to, attempt.effect.id)

    async def post_employee_message(self, attempt: Attempt[PostMessage[EmployeeMessage]]) -> str:
        require_open_thread(attempt.destination)
        relayed: _Relayed = attempt.loaded
        content = attempt.body.content
        if relayed.handoff is not None:
            await self._check_claimer(relayed.handoff)
            if relayed.handoff.hidden:
                # It may have been decided before the question was hidden.
                content = without_words(content)
        return await self._post(content, attempt)

    async def _check_claimer(self, handoff: Handoff) -> None:
        """Tells the agents if the claimer's account is deactivated, because no one may be reading."""
        if not handoff.has_agent or handoff.claimed_by is None:
            return
        id, agent = handoff.id, handoff.claimed_by
        try:
            async with asyncio.timeout(_ACTIVE_TIMEOUT):
                active = await self.deps.directory(handoff.surface).is_active(agent, _ACTIVE_MAX_AGE)
        except (OutsideError, TimeoutError):
            return
        if not active:
            await self.deps.store.run(carried(lambda tx: post_claimer_gone(self.deps.unit_of_work(tx), id, agent)))

    async def find_post(self, attempt: Attempt[PostMessage[Content]]) -> SendStatus[str]:
        to, since = attempt.destination, attempt.effect.first_tried_at or attempt.effect.decided_at
        return await self.deps.surface(to.surface).find(to, attempt.effect.id, since)

    async def update(self, attempt: Attempt[UpdateMessage[Updatable]]) -> None:
        await self._update(attempt.body.content, attempt.destination)

    async def refresh_card(self, attempt: Attempt[RefreshCard | RefreshArticle | RefreshGapQueue]) -> None:
        card: Card | ArticleCard | GapCard = attempt.loaded
        await self._update(card, attempt.destination)

    async def _update(self, content: Content, to: Destination) -> None:
        await require_active(self.deps, to)
        await self.deps.surface(to.surface).update(await self._with_names(content, to.surface), to)

    async def retract(self, attempt: Attempt[RetractMessage]) -> None:
        """Deletes the message. If the outcome of its post is unclear, it is looked up first."""
        to = attempt.destination
        surface = self.deps.surface(to.surface)
        if to.message is None:
            since = attempt.effect.decided_at - _RETRACTION_LOOKBACK
            assert isinstance(attempt.body.to, SentMessage)
            match await surface.find(to, attempt.body.to.effect_id, since):
                case Sent(message):
                    to = replace(to, message=message)
                case CannotTell(system):
                    raise UnconfirmedError("It may have been posted.", system=system, code="unconfirmed")
        await surface.delete(to)

    async def _with_names(self, content: Content, surface: str) -> Content:
        """Replaces mentions in people's words by names: those who read the copy may not be able to resolve an id."""
        await self._look_up_strangers(content, surface)
        readable = self.deps.readable
        match content:
            case AgentNotice(by=str(by)):
                return replace(content, text=await self._named(content.text, surface, by))
            case AgentMessage():
                return replace(content, text=await readable(content.text))
            case AgentNotice(words=str(words)):
                return replace(content, words=redact(await readable(words)))
            case EmployeeNotice(words=str(words)):
                return replace(content, words=await readable(words))
            case AgentNotice(text=str(text)) | DraftPart(text=str(text)) | FullAnswer(text=str(text)):
                return replace(content, text=redact(await readable(text)))
            case EmployeeMessage(text=str(text)):
                return replace(content, text=redact(await readable(text)))
            case Card():
                return replace(content, question=redact(await readable(content.question)))
        return content

    async def _look_up_strangers(self, content: Content, surface: str) -> None:
        """Looks up people of another surface who are in a message, so that this one can name them."""
        if len(self.deps.surfaces) == 1:
            return
        for person in _people_in(content):
            home = self.deps.config.surface_of(person)
            if home is not None and home != surface:
                await self.deps.find_person(home, person)

    async def _named(self, text: SafeText, surface: str, by: str) -> SafeText:
        """Puts the name of a person into a text for agents. A very long one is cut short."""
        person = await self.deps.find_person(surface, by)
        name = " ".join(person.name.split()) if person else self.deps.config.agents(messages.agents.SOMEBODY)
        return redact(text.replace("{by}", literal(truncated(name, _LONGEST_NAME))))


def _people_in(content: Content) -> tuple[str, ...]:
    """Returns the people who are named in a message, as far as they may be on another surface than its readers."""
    match content:
        case Card():
            return (content.employee,)
        case AgentMessage(name=None) | SentDraft() | EmployeeMessage():
            return (content.author,)
        case EmployeeNotice(person=str(person)) | AgentNotice(person=str(person)):
            return (person,)
    return ()


@dataclass(frozen=True, slots=True)
class _Relayed:
    """The handoff of a message of the employee; None if one of the two is deleted."""

    handoff: Handoff | None


def _load_relayed(uow: UnitOfWork, post: PostMessage[EmployeeMessage]) -> _Relayed:
    relay = uow.tx.relays.get(post.content.relay_id)
    return _Relayed(uow.tx.handoffs.get(relay.handoff_id) if relay else None)


@dataclass(frozen=True, slots=True)
class ChatMessageHandlers:
    """Handlers of the messages on the chat surface."""

    deps: Dependencies
    _doubts: UnclearOutcomes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_doubts", UnclearOutcomes(self.deps.clock))

    @property
    def _sender(self) -> MessageSender:
        return MessageSender(self.deps)

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        self._register_for_employee(registry)
        self._register_for_agents(registry)
        self._register_articles(registry)
        registry.add(
            RetractMessage,
            if_active(
                self.deps,
                EffectHandler[RetractMessage, None](send=self._sender.retract, on_failed=on_message_failed, target=_to),
            ),
        )

    def _register_for_employee(self, registry: HandlerRegistry) -> None:
        registry.add_post(AnswerPart, self._employee_post(on_sent=record_posted))
        registry.add_post(EmployeeNotice, self._employee_post(still_needed=has_no_answer))
        registry.add_post(SentDraft, self._employee_post())
        registry.add_post(ContinuationNotice, self._employee_post(on_sent=record_continued))
        registry.add_post(
            AgentMessage,
            self._employee_post(on_sent=on_relayed, on_failed=on_relay_failed, still_needed=is_not_retracted),
        )
        registry.add_update(AnswerPart, self._update(redirect=drop_if_deleted))
        registry.add_update(EmployeeNotice, self._update(redirect=drop_if_deleted))
        registry.add_update(AgentMessage, if_active(self.deps, self._relay_update()))

    def _register_for_agents(self, registry: HandlerRegistry) -> None:
        card = self._for_agents(self._post(on_sent=record_opened, on_failed=record_unopened))
        registry.add_post(
            Card,
            replace(card, find_sent=self._find_card, search_again=self._wait_for_press, on_end=self._end_wait_for_card),
        )
        registry.add_post(AgentNotice, self._thread_post())
        registry.add_post(DraftPart, self._thread_post(still_needed=is_shown))
        registry.add_post(FullAnswer, self._thread_post(still_needed=is_shown))
        registry.add_post(
            EmployeeMessage, self._thread_post(send=self._sender.post_employee_message, load=_load_relayed)
        )
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
                    load=load_card,
                )
            ),
        )

    def _register_articles(self, registry: HandlerRegistry) -> None:
        registry.add_post(
            ArticleCard,
            unshared(self.deps, self._post(on_sent=record_article_card, on_failed=record_article_card_failed)),
        )
        registry.add(
            RefreshArticle,
            unshared(
                self.deps,
                EffectHandler[RefreshArticle, None](
                    send=self._sender.refresh_card,
                    on_failed=record_article_refresh_failed,
                    redirect=replace_deleted_article,
                    target=lambda body: ArticleChannel(body.article_id, card=True),
                    load=load_article_card,
                ),
            ),
        )

    async def _find_card(self, attempt: Attempt[PostMessage[Card]]) -> SendStatus[str]:
        """Looks the card up. Where the chat cannot tell, a press may have shown where it is."""
        found = await self._sender.find_post(attempt)
        if not isinstance(found, CannotTell):
            return found
        handoff = await self.deps.store.run(lambda tx: tx.handoffs.get(attempt.body.content.handoff_id))
        if handoff is not None and handoff.thread is not None:
            self._doubts.forget(attempt.effect.id)
            return Sent(handoff.thread)
        if not self._doubts.is_noted(attempt.effect.id):
            self._doubts.note(attempt.effect.id)
        return found

    async def _wait_for_press(self, attempt: Attempt[PostMessage[Card]]) -> Postponement | None:
        """Waits for a press on a card that may be there, before another one is posted."""
        if not self._doubts.is_noted(attempt.effect.id):
            return None
        left = self._doubts.left(attempt.effect.id, self.deps.timeouts.card_doubt)
        return Postponement(seconds=min(left, _PRESS_LOOK)) if left > 0 else None

    def _end_wait_for_card(self, attempt: Attempt[PostMessage[Card]]) -> None:
        self.deps.card_attempts.end(attempt.body.content.handoff_id)

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
        self,
        *,
        send: Callable[[Attempt[PostMessage[A]]], Awaitable[str]] | None = None,
        load: Callable[[UnitOfWork, PostMessage[A]], object | None] | None = None,
        still_needed: Callable[[Transaction, PostMessage[A]], bool] | None = None,
    ) -> EffectHandler[PostMessage[A], str]:
        """Returns a handler that posts below a handoff's card."""
        handler = self._post(
            send=send,
            on_sent=on_thread_post,
            on_failed=on_thread_post_failed,
            redirect=move_below_new_card,
            still_needed=still_needed,
        )
        return self._for_agents(replace(handler, load=load))

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


async def post_unless_found(surface: Surface, content: Content, to: Destination, key: str, since: float) -> str:
    """Posts a message with this key, unless another process, such as a command, has since then; returns its id."""
    found = await surface.find(to, key, since)
    return found.result if isinstance(found, Sent) else await surface.post(content, to, key)
