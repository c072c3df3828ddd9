"""What is done in the ticket system: creating, amending, moving."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.errors import AmbiguousError, NotFoundError, NotYetError, OutsideError
from bot.helpdesk.config import DeskConfig, Timeouts
from bot.helpdesk.correlation import carried
from bot.helpdesk.handoffs.ticket_sync import record_set_status
from bot.helpdesk.handoffs.tickets import record_ticket, record_ticket_trouble
from bot.helpdesk.model.effects import AmendTicket, Body, CreateTicket, Effect, SetTicketStatus
from bot.helpdesk.model.handoff import Handoff, TicketDraft, TicketRef, TicketStatus
from bot.helpdesk.model.person import Person
from bot.helpdesk.outbox.dispatcher import Attempt, EffectHandler, nothing
from bot.helpdesk.outbox.handlers.alarms import alarm_of_tickets, tickets_work
from bot.helpdesk.outbox.handlers.people import person_quickly
from bot.helpdesk.ports import Clock, Directory, Store, Surface, Tickets, Transaction
from bot.helpdesk.redaction import compose, redact
from bot.helpdesk.unit_of_work import UnitOfWork

IN_LINE = "in_line"
"""The code of what waits for an older ticket while the ticket system is away."""

# The ticket system is not there, or asks everybody to wait: what is tried later would only come before its turn.
_AWAY = ("TemporaryError ", "RateLimitedError ", f"NotYetError tickets {IN_LINE}")
_AWAY_CODES = (" 502", " 503", " 504")

_PENDING = "Ticket pending: the ticket system is not reachable; I keep trying."


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHandlers:
    """Performs what is done in the ticket system.

    A ticket is created with what is known when it is first tried: who asks, and where the card is. That is kept, so
    that every later attempt says exactly the same.
    """

    tickets: Tickets
    store: Store
    directory: Directory
    surface: Surface
    config: DeskConfig
    clock: Clock
    timeouts: Timeouts
    _unclear: dict[str, float] = field(default_factory=dict, init=False)
    """Since when, in this process, the outcome of an effect is not known."""

    @property
    def performers(self) -> Mapping[type[Body], EffectHandler]:
        """By kind of effect."""
        return {
            CreateTicket: EffectHandler(
                do=self._create_ticket,
                find=self._find_ticket,
                record=_record_ticket,
                fail=_fail_ticket,
                delay=_delay_ticket,
                outcome=_ticket_id,
                stubborn=True,
            ),
            AmendTicket: _change(self._amend_ticket),
            SetTicketStatus: _change(self._set_status, record=_record_status),
        }

    async def _create_ticket(self, attempt: Attempt) -> TicketRef:
        await self._take_turn(attempt.effect)
        self._let_settle(attempt)
        body = await self._completed(attempt)
        try:
            return await self.tickets.create(body.draft, ticket_key(body.handoff_id))
        except AmbiguousError:
            self._unclear[attempt.effect.id] = self.clock()
            raise

    async def _find_ticket(self, attempt: Attempt) -> TicketRef | None:
        found = await self.tickets.find(ticket_key(attempt.body(CreateTicket).handoff_id))
        if found is not None:
            self._unclear.pop(attempt.effect.id, None)
        return found

    async def _take_turn(self, effect: Effect) -> None:
        """Let older tickets go first while the ticket system is away, so that they appear in order once it is back."""
        if await self.store.run(carried(self._is_behind), effect):
            raise NotYetError(system="tickets", code=IN_LINE, retry_after=self.timeouts.ticket_queue_poll)

    def _is_behind(self, tx: Transaction, effect: Effect) -> bool:
        """Whether an older ticket waits for the ticket system to be back. Then the card says that this one does too."""
        behind = any(map(_is_away, tx.effects.errors_before(effect)))
        if behind:
            record_ticket_trouble(UnitOfWork(tx, self.clock(), self.config), effect.subject, _PENDING)
        return behind

    def _let_settle(self, attempt: Attempt) -> None:
        """After an unclear outcome, look for as long as the ticket may be there without being found."""
        if not attempt.uncertain:
            return
        now = self.clock()
        left = self._unclear.setdefault(attempt.effect.id, now) + self.tickets.settle_seconds - now
        if left > 0:
            raise NotYetError(system="tickets", retry_after=min(left, self.timeouts.ticket_search_interval))
        del self._unclear[attempt.effect.id]

    async def _completed(self, attempt: Attempt) -> CreateTicket:
        body = attempt.body(CreateTicket)
        if body.complete:
            return body
        person = await person_quickly(self.directory, body.draft.requester, self.timeouts.person_lookup)
        body = replace(body, draft=await self._named(body.draft))
        return await self.store.run(self._complete, attempt.effect.id, body, person)

    async def _named(self, draft: TicketDraft) -> TicketDraft:
        """With the people named who are mentioned in the question: a ticket system knows none of Slack's ids."""
        subject, words = [redact(await self.directory.readable(text)) for text in (draft.subject, draft.body)]
        return replace(draft, subject=subject, body=words)

    def _complete(self, tx: Transaction, effect_id: str, body: CreateTicket, person: Person | None) -> CreateTicket:
        effect = tx.effects.get(effect_id)
        if effect is None:
            return body
        if isinstance(effect.body, CreateTicket) and effect.body.complete:
            return effect.body
        draft = replace(
            body.draft,
            requester_name=person.name if person else None,
            requester_email=person.email if person else None,
            metadata=replace(body.draft.metadata, slack_url=self._link(tx.handoffs.get(body.handoff_id))),
        )
        complete = replace(body, draft=draft, complete=True)
        tx.effects.complete(replace(effect, body=complete))
        return complete

    def _link(self, handoff: Handoff | None) -> str | None:
        """Where the handoff's card is, once it is posted."""
        if handoff is None or handoff.thread is None:
            return None
        return self.surface.link(handoff.channel, handoff.thread)

    async def _amend_ticket(self, attempt: Attempt) -> None:
        body = attempt.body(AmendTicket)
        handoff, ref = await self._ticket_of(body.handoff_id)
        link = self._link(handoff)
        await self.tickets.amend(ref, replace(body.metadata, slack_url=link))
        note = compose("In Slack: {link}", link=redact(link or "")) if body.note is None else body.note
        await self.tickets.note(ref, note, public=False, key=attempt.effect.id)

    async def _set_status(self, attempt: Attempt) -> TicketStatus:
        """Move the ticket; returns where it stands then, which a system with fewer states may call otherwise."""
        body = attempt.body(SetTicketStatus)
        _, ref = await self._ticket_of(body.handoff_id)
        await self.tickets.set_status(ref, body.status)
        await self.tickets.note(ref, body.note, public=False, key=attempt.effect.id)
        return await self.tickets.status(ref)

    async def _ticket_of(self, handoff_id: str) -> tuple[Handoff, TicketRef]:
        handoff, unclear = await self.store.run(_handoff_with_ticket, handoff_id)
        if handoff is None or handoff.ticket is None:
            raise NotFoundError("The handoff has no ticket.", system="tickets")
        if unclear and self.tickets.settle_seconds:
            return handoff, await self._without_twins(handoff_id, handoff.ticket)
        return handoff, handoff.ticket

    async def _without_twins(self, handoff_id: str, known: TicketRef) -> TicketRef:
        """The one ticket that stays, where the index lagged for so long that the ticket was created twice."""
        kept = await self.tickets.find(ticket_key(handoff_id)) or known
        if kept.id != known.id:
            await self.store.run(
                carried(lambda tx: record_ticket(UnitOfWork(tx, self.clock(), self.config), handoff_id, kept))
            )
        return kept


def _change(
    do: Callable[[Attempt], Awaitable[object]], record: Callable[[UnitOfWork, Any, Any], None] | None = None
) -> EffectHandler:
    return EffectHandler(
        do=do,
        record=record or _record_change,
        fail=alarm_of_tickets,
        wanted=_ticket_is_there,
        outcome=nothing,
        stubborn=True,
    )


def ticket_key(handoff_id: str) -> str:
    """The key under which a handoff's ticket is found again: lower-case and short, legal as a label in every system."""
    return f"sb-{hashlib.sha256(handoff_id.encode()).hexdigest()[:32]}"


def _is_away(error: str) -> bool:
    return error.startswith(_AWAY) or error.endswith(_AWAY_CODES)


def _handoff_with_ticket(tx: Transaction, handoff_id: str) -> tuple[Handoff | None, bool]:
    """The handoff, and whether it took more than one attempt to create its ticket."""
    create = tx.effects.latest(CreateTicket, handoff_id)
    return tx.handoffs.get(handoff_id), create is not None and create.attempts > 1


def _ticket_is_there(tx: Transaction, body: AmendTicket | SetTicketStatus) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None


def _ticket_id(ref: TicketRef) -> str:
    return ref.id


def _record_ticket(uow: UnitOfWork, body: CreateTicket, ref: TicketRef) -> None:
    record_ticket(uow, body.handoff_id, ref)
    tickets_work(uow)


def _record_change(uow: UnitOfWork, body: AmendTicket, result: None) -> None:
    tickets_work(uow)


def _record_status(uow: UnitOfWork, body: SetTicketStatus, status: TicketStatus) -> None:
    record_set_status(uow, body.handoff_id, status)
    tickets_work(uow)


def _delay_ticket(uow: UnitOfWork, body: CreateTicket, error: OutsideError, delay: float) -> None:
    record_ticket_trouble(uow, body.handoff_id, _PENDING)


def _fail_ticket(uow: UnitOfWork, body: CreateTicket, error: OutsideError) -> None:
    reason = error.code or "no reason given"
    record_ticket_trouble(uow, body.handoff_id, f"The ticket could not be created ({reason}).")
    alarm_of_tickets(uow, body, error)
