"""Handlers that read tickets, for what people did in the ticket system: after a webhook, and by polling."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from bot.errors import NotFoundError, NotYetError, OutsideError
from bot.helpdesk.handoffs.ticket_sync import (
    TicketSnapshot,
    comments_since,
    has_changes,
    record_poll,
    record_snapshot,
    record_ticket_gone,
)
from bot.helpdesk.handoffs.tickets import polling_is_over, schedule_poll
from bot.helpdesk.model.alarm import AlarmCause
from bot.helpdesk.model.effects import Effect, ReadTicket, WatchTicket
from bot.helpdesk.model.handoff import Handoff, TicketChanges
from bot.helpdesk.outbox.handler import Attempt, EffectHandler, HandlerRegistry, SupersededError, no_outcome
from bot.helpdesk.outbox.handlers.alarms import end_ticket_alarm, raise_ticket_alarm
from bot.helpdesk.outbox.handlers.dependencies import Dependencies
from bot.helpdesk.ports import Transaction
from bot.helpdesk.unit_of_work import UnitOfWork

# Tickets read at a time by polling: after a restart all are due at once, and ticket systems limit requests.
_CONCURRENT_READS = 4
# Jitter of the polling interval, so that tickets created together are not always read together.
_JITTER = 0.1
# Seconds until polling resumes after the ticket system refused for good.
_PAUSE_AFTER_FAILURE = 900.0
_LONGEST_WATCH = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class TicketSyncHandlers:
    """Handlers of the effects that read tickets."""

    deps: Dependencies
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_CONCURRENT_READS), init=False)

    def register(self, registry: HandlerRegistry) -> None:
        """Adds the handlers to the registry."""
        registry.add(
            ReadTicket,
            EffectHandler[ReadTicket, TicketSnapshot](
                send=self._read,
                on_sent=_on_read,
                on_failed=_on_read_failed,
                still_needed=_has_ticket,
                outcome=no_outcome,
                long_retry=True,
            ),
        )
        registry.add(
            WatchTicket,
            EffectHandler[WatchTicket, TicketSnapshot](
                send=self._watch,
                on_sent=_on_change,
                on_failed=_on_watch_failed,
                still_needed=_is_latest_watch,
                outcome=no_outcome,
                read_only=True,
                long_retry=True,
            ),
        )

    async def _read(self, attempt: Attempt[ReadTicket]) -> TicketSnapshot:
        return await self._take_snapshot(await self._handoff(attempt.body.handoff_id))

    async def _watch(self, attempt: Attempt[WatchTicket]) -> TicketSnapshot:
        """Returns what changed. Raises NotYetError where nothing did, so that polling writes nothing."""
        config = self.deps.config
        handoff = await self._handoff(attempt.body.handoff_id)
        if config.ticket_poll_interval is None or self._is_over(handoff):
            raise SupersededError
        async with self._slots:
            snapshot = await self._take_snapshot(handoff)
        if has_changes(handoff, snapshot.news) or self._must_renew(attempt.effect):
            return snapshot
        raise NotYetError(retry_after=config.ticket_poll_interval * random.uniform(1 - _JITTER, 1 + _JITTER))

    def _must_renew(self, effect: Effect) -> bool:
        """Returns whether a new watch must replace this one.

        After an error, so that the count of attempts starts anew; and once a day, because on PostgreSQL the queue keeps
        a row for each poll until the watch ends.
        """
        return effect.error is not None or self.deps.clock() - effect.decided_at > _LONGEST_WATCH

    def _is_over(self, handoff: Handoff) -> bool:
        if handoff.ticket_system != self.deps.config.ticket_system:
            return True
        return polling_is_over(handoff, self.deps.clock(), self.deps.config.policy.handoffs.reopen_within)

    async def _take_snapshot(self, handoff: Handoff) -> TicketSnapshot:
        assert handoff.ticket is not None
        began_at = self.deps.clock()
        changes = await self.deps.tickets.changes(handoff.ticket, comments_since(handoff))
        return TicketSnapshot(
            news=changes,
            began_at=began_at,
            known_status=handoff.ticket_status,
            by_employee=await self._comments_of_employee(handoff, changes),
        )

    async def _comments_of_employee(self, handoff: Handoff, changes: TicketChanges) -> frozenset[str]:
        """Returns the ids of the employee's own comments, which must not be relayed back to them."""
        if not any(comment.public for comment in changes.comments):
            return frozenset()
        conversation = await self.deps.store.run(lambda tx: tx.conversations.get(handoff.conversation_id))
        if conversation is None:
            return frozenset()
        person = await self.deps.find_person(conversation.employee)
        names = {name.casefold() for name in (person.name, person.email) if name} if person else set()
        return frozenset(comment.id for comment in changes.comments if comment.author.casefold() in names)

    async def _handoff(self, handoff_id: str) -> Handoff:
        handoff = await self.deps.store.run(lambda tx: tx.handoffs.get(handoff_id))
        if handoff is None or handoff.ticket is None:
            raise NotFoundError("The handoff has no ticket.", system="tickets")
        return handoff


def _has_ticket(tx: Transaction, body: ReadTicket) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None


def _is_latest_watch(tx: Transaction, body: WatchTicket) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None and handoff.ticket_watch == body.number


def _on_read(uow: UnitOfWork, body: ReadTicket, snapshot: TicketSnapshot) -> None:
    record_snapshot(uow, body.handoff_id, snapshot)
    end_ticket_alarm(uow)


def _on_change(uow: UnitOfWork, body: WatchTicket, snapshot: TicketSnapshot) -> None:
    record_poll(uow, body.handoff_id, snapshot)
    end_ticket_alarm(uow)


def _on_read_failed(uow: UnitOfWork, body: ReadTicket | WatchTicket, error: OutsideError) -> None:
    if isinstance(error, NotFoundError):
        record_ticket_gone(uow, body.handoff_id)
    else:
        raise_ticket_alarm(uow, body, error)


def _on_watch_failed(uow: UnitOfWork, body: WatchTicket, error: OutsideError) -> None:
    """Resumes polling later, unless the ticket is gone. A standing alarm about tickets is not raised again."""
    handoff = uow.tx.handoffs.get(body.handoff_id)
    if isinstance(error, NotFoundError) or uow.tx.alarms.standing(AlarmCause.TICKET) is None:
        _on_read_failed(uow, body, error)
    if handoff is not None and not isinstance(error, NotFoundError):
        schedule_poll(uow, handoff, after=_PAUSE_AFTER_FAILURE)
