"""What is done in the ticket system: creating, amending, moving."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping

from bot.errors import NotFoundError, OutsideError
from bot.helpdesk.delivery import Errand, Performer, nothing
from bot.helpdesk.effects import AmendTicket, Body, CreateTicket, SetTicketStatus
from bot.helpdesk.errands.alarm import alarm_of_tickets, tickets_work
from bot.helpdesk.handing.ticketing import record_ticket, record_ticket_trouble
from bot.helpdesk.handoff import TicketRef
from bot.helpdesk.ports import Store, Tickets, Transaction
from bot.helpdesk.turn import Turn


class TicketErrands:
    """Performs what is done in the ticket system."""

    def __init__(self, tickets: Tickets, store: Store) -> None:
        self._tickets = tickets
        self._store = store

    @property
    def performers(self) -> Mapping[type[Body], Performer]:
        """By kind of effect."""
        return {
            CreateTicket: Performer(
                do=self._create_ticket,
                find=self._find_ticket,
                record=_record_ticket,
                fail=_fail_ticket,
                delay=_delay_ticket,
                outcome=_ticket_id,
            ),
            AmendTicket: _change(self._amend_ticket),
            SetTicketStatus: _change(self._set_status),
        }

    async def _create_ticket(self, errand: Errand) -> TicketRef:
        body = errand.body(CreateTicket)
        return await self._tickets.create(body.draft, ticket_key(body.handoff_id))

    async def _find_ticket(self, errand: Errand) -> TicketRef | None:
        return await self._tickets.find(ticket_key(errand.body(CreateTicket).handoff_id))

    async def _amend_ticket(self, errand: Errand) -> None:
        body = errand.body(AmendTicket)
        ref = await self._ticket_of(body.handoff_id)
        await self._tickets.amend(ref, body.metadata)
        await self._tickets.note(ref, body.note, public=False, key=errand.effect.id)

    async def _set_status(self, errand: Errand) -> None:
        body = errand.body(SetTicketStatus)
        ref = await self._ticket_of(body.handoff_id)
        await self._tickets.set_status(ref, body.status)
        await self._tickets.note(ref, body.note, public=False, key=errand.effect.id)

    async def _ticket_of(self, handoff_id: str) -> TicketRef:
        handoff = await self._store.run(lambda tx: tx.handoffs.get(handoff_id))
        if handoff is None or handoff.ticket is None:
            raise NotFoundError("The handoff has no ticket.", system="tickets")
        return handoff.ticket


def _change(do: Callable[[Errand], Awaitable[None]]) -> Performer:
    return Performer(do=do, record=_record_change, fail=alarm_of_tickets, wanted=_ticket_is_there, outcome=nothing)


def ticket_key(handoff_id: str) -> str:
    """The key under which a handoff's ticket is found again: lower-case and short, legal as a label in every system."""
    return f"sb-{hashlib.sha256(handoff_id.encode()).hexdigest()[:32]}"


def _ticket_is_there(tx: Transaction, body: AmendTicket | SetTicketStatus) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None


def _ticket_id(ref: TicketRef) -> str:
    return ref.id


def _record_ticket(turn: Turn, body: CreateTicket, ref: TicketRef) -> None:
    record_ticket(turn, body.handoff_id, ref)
    tickets_work(turn)


def _record_change(turn: Turn, body: AmendTicket | SetTicketStatus, result: None) -> None:
    tickets_work(turn)


def _delay_ticket(turn: Turn, body: CreateTicket, error: OutsideError, delay: float) -> None:
    record_ticket_trouble(turn, body.handoff_id, "The ticket system is not reachable; I keep trying.")


def _fail_ticket(turn: Turn, body: CreateTicket, error: OutsideError) -> None:
    reason = error.code or "no reason given"
    record_ticket_trouble(turn, body.handoff_id, f"The ticket could not be created ({reason}).")
    alarm_of_tickets(turn, body, error)
