"""Handlers that read tickets, for what people did in the ticket system: after a webhook, and by polling."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from bot.errors import NotFoundError, OutsideError
from bot.helpdesk.alarms import end_ticket_alarm, raise_ticket_alarm
from bot.helpdesk.handoffs.ticket_sync import (
    TicketSnapshot,
    comments_since,
    record_poll,
    record_snapshot,
    record_ticket_gone,
)
from bot.helpdesk.handoffs.tickets import start_polling, stop_polling
from bot.helpdesk.model.alarm import AlarmCause
from bot.helpdesk.model.effects import PollTicket, ReadTicket
from bot.helpdesk.model.handoff import Handoff, TicketChanges
from bot.helpdesk.outbox.handler import Attempt, Dependencies, EffectHandler, HandlerRegistry, no_outcome
from bot.helpdesk.outbox.handlers.tickets import load_ticketed
from bot.helpdesk.unit_of_work import UnitOfWork

# Tickets read at a time by polling: after a restart all are due at once, and ticket systems limit requests.
_CONCURRENT_READS = 4
# Seconds until polling resumes after the ticket system refused for good.
_PAUSE_AFTER_FAILURE = 900.0


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
                load=load_ticketed,
                outcome=no_outcome,
                long_retry=True,
            ),
        )
        registry.add(
            PollTicket,
            EffectHandler[PollTicket, TicketSnapshot](
                send=self._poll,
                on_sent=_on_polled,
                on_failed=_on_poll_failed,
                load=load_ticketed,
                outcome=no_outcome,
                read_only=True,
                long_retry=True,
            ),
        )

    async def _read(self, attempt: Attempt[ReadTicket]) -> TicketSnapshot:
        return await self._take_snapshot(attempt.loaded)

    async def _poll(self, attempt: Attempt[PollTicket]) -> TicketSnapshot:
        async with self._slots:
            return await self._take_snapshot(attempt.loaded)

    async def _take_snapshot(self, handoff: Handoff) -> TicketSnapshot:
        ref = handoff.ticket.ref
        assert ref is not None
        began_at = self.deps.clock()
        changes = await self.deps.tickets.changes(ref, comments_since(handoff))
        return TicketSnapshot(
            news=changes,
            began_at=began_at,
            known_status=handoff.ticket.status,
            by_employee=await self._comments_of_employee(handoff, changes),
        )

    async def _comments_of_employee(self, handoff: Handoff, changes: TicketChanges) -> frozenset[str]:
        """Returns the ids of the employee's own comments, which must not be relayed back to them."""
        if not any(comment.public for comment in changes.comments):
            return frozenset()
        conversation = await self.deps.store.run(lambda tx: tx.conversations.get(handoff.conversation_id))
        if conversation is None:
            return frozenset()
        person = await self.deps.find_person(conversation.surface, conversation.employee)
        names = {name.casefold() for name in (person.name, person.email) if name} if person else set()
        return frozenset(comment.id for comment in changes.comments if comment.author.casefold() in names)


def _on_read(uow: UnitOfWork, body: ReadTicket, snapshot: TicketSnapshot) -> None:
    record_snapshot(uow, body.handoff_id, snapshot)
    end_ticket_alarm(uow)


def _on_polled(uow: UnitOfWork, body: PollTicket, snapshot: TicketSnapshot) -> None:
    record_poll(uow, body.handoff_id, snapshot)
    end_ticket_alarm(uow)


def _on_read_failed(uow: UnitOfWork, body: ReadTicket | PollTicket, error: OutsideError) -> None:
    if isinstance(error, NotFoundError):
        record_ticket_gone(uow, body.handoff_id)
    else:
        raise_ticket_alarm(uow, body, error)


def _on_poll_failed(uow: UnitOfWork, body: PollTicket, error: OutsideError) -> None:
    """Pauses polling, and ends it if the ticket is gone. A standing alarm about tickets is not raised again."""
    gone = isinstance(error, NotFoundError)
    if gone or uow.tx.alarms.standing(AlarmCause.TICKET) is None:
        _on_read_failed(uow, body, error)
    handoff = uow.tx.handoffs.get(body.handoff_id)
    if handoff is not None and gone:
        stop_polling(uow, handoff)
    elif handoff is not None:
        start_polling(uow, handoff, after=_PAUSE_AFTER_FAILURE)
