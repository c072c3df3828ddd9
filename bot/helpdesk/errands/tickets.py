"""What is done in the ticket system: creating, amending, moving, adding notes, and reading what others did there."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.errors import NotFoundError, NotYetError, OutsideError, PermanentError
from bot.helpdesk.delivery import Errand, OvertakenError, Performer, nothing
from bot.helpdesk.effects import (
    AmendTicket,
    Body,
    CopyNote,
    CreateTicket,
    ReadTicket,
    SetTicketStatus,
    WatchTicket,
    WriteContactNote,
)
from bot.helpdesk.errands.alarm import alarm_of_tickets, tickets_work
from bot.helpdesk.handing.ticket_news import (
    Look,
    heard_since,
    record_gone,
    record_look,
    record_set_status,
    record_watch,
    says_something_new,
)
from bot.helpdesk.handing.ticketing import record_ticket, record_ticket_trouble
from bot.helpdesk.handing.watching import watch_is_over, watch_ticket
from bot.helpdesk.handoff import Handoff, TicketNews, TicketRef, TicketStatus
from bot.helpdesk.ports import Clock, Directory, KeepsContacts, Store, Tickets, Transaction
from bot.helpdesk.redaction import compose, redact
from bot.helpdesk.trouble import Trouble
from bot.helpdesk.turn import House, Turn

# Looks at tickets at a time: after a restart all are due at once, and ticket systems count requests.
_LOOKS_AT_ONCE = 4
# By how much the time between two looks may differ, so that what was created together is not looked at together.
_SPREAD = 0.1
# Seconds until a ticket is looked at again once that was refused for good.
_AFTER_TROUBLE = 900.0


class TicketErrands:
    """Performs what is done in the ticket system."""

    def __init__(self, tickets: Tickets, directory: Directory, store: Store, house: House, clock: Clock) -> None:
        self._tickets = tickets
        self._directory = directory
        self._store = store
        self._house = house
        self._clock = clock
        self._looking = asyncio.Semaphore(_LOOKS_AT_ONCE)

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
            CopyNote: _change(self._copy_note),
            SetTicketStatus: _change(self._set_status, record=_record_set_status),
            ReadTicket: Performer(
                do=self._read_ticket, record=_record_read, fail=_fail_read, wanted=_ticket_is_there, outcome=nothing
            ),
            WatchTicket: Performer(
                do=self._watch_ticket,
                record=_record_watch,
                fail=_fail_watch,
                wanted=_is_latest_watch,
                outcome=nothing,
                reads=True,
            ),
            WriteContactNote: Performer(
                do=self._write_contact_note, record=_record_note, fail=alarm_of_tickets, outcome=nothing
            ),
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

    async def _set_status(self, errand: Errand) -> TicketStatus:
        """Move the ticket; returns where it stands then, which a system with fewer states may call otherwise."""
        body = errand.body(SetTicketStatus)
        ref = await self._ticket_of(body.handoff_id)
        await self._tickets.set_status(ref, body.status)
        await self._tickets.note(ref, body.note, public=False, key=errand.effect.id)
        return await self._tickets.status(ref)

    async def _copy_note(self, errand: Errand) -> None:
        body = errand.body(CopyNote)
        ref = await self._ticket_of(body.handoff_id)
        author = (await self._directory.person(body.author)).name
        text = redact(await self._directory.readable(body.text))
        how = compose("changed a note in Slack, which now says") if body.changed else compose("noted in Slack")
        note = compose("{author} {how}:\n{text}", author=redact(author), how=how, text=text)
        await self._tickets.note(ref, note, public=False, key=errand.effect.id)

    async def _write_contact_note(self, errand: Errand) -> None:
        """Somebody whose address is not known, or a system that keeps no contacts any more, gets none."""
        body = errand.body(WriteContactNote)
        if not isinstance(self._tickets, KeepsContacts):
            raise OvertakenError
        email = (await self._directory.person(body.employee)).email
        if email is None:
            raise OvertakenError
        await self._tickets.conversation_note(email, body.text, errand.effect.id)

    # What others did there.

    async def _read_ticket(self, errand: Errand) -> Look:
        return await self._look_at(await self._handoff(errand.body(ReadTicket).handoff_id))

    async def _watch_ticket(self, errand: Errand) -> Look:
        """What is new. Raises NotYetError where nothing is: that writes nothing, however often it is looked."""
        handoff = await self._handoff(errand.body(WatchTicket).handoff_id)
        if self._house.look_every is None or self._is_over(handoff):
            raise OvertakenError
        async with self._looking:
            look = await self._look_at(handoff)
        # After a trouble a new watch begins, for which earlier attempts do not count.
        if says_something_new(handoff, look.news) or errand.effect.error is not None:
            return look
        raise NotYetError(retry_after=self._house.look_every * random.uniform(1 - _SPREAD, 1 + _SPREAD))

    def _is_over(self, handoff: Handoff) -> bool:
        if handoff.ticket_system != self._house.ticket_system:
            return True
        return watch_is_over(handoff, self._clock(), self._house.policy.handoffs.reopen_within)

    async def _look_at(self, handoff: Handoff) -> Look:
        assert handoff.ticket is not None
        began_at = self._clock()
        news = await self._tickets.news(handoff.ticket, heard_since(handoff))
        return Look(
            news=news,
            began_at=began_at,
            known_status=handoff.ticket_status,
            by_employee=await self._by_employee(handoff, news),
        )

    async def _by_employee(self, handoff: Handoff, news: TicketNews) -> frozenset[str]:
        """The comments of the employee, who can write on the ticket too, and shall not get their own words back."""
        if not any(comment.public for comment in news.comments):
            return frozenset()
        conversation = await self._store.run(lambda tx: tx.conversations.get(handoff.conversation_id))
        if conversation is None:
            return frozenset()
        try:
            person = await self._directory.person(conversation.employee)
        except PermanentError:
            return frozenset()
        names = {name.casefold() for name in (person.name, person.email) if name}
        return frozenset(comment.id for comment in news.comments if comment.author.casefold() in names)

    async def _handoff(self, handoff_id: str) -> Handoff:
        handoff = await self._store.run(lambda tx: tx.handoffs.get(handoff_id))
        if handoff is None or handoff.ticket is None:
            raise NotFoundError("The handoff has no ticket.", system="tickets")
        return handoff

    async def _ticket_of(self, handoff_id: str) -> TicketRef:
        ticket = (await self._handoff(handoff_id)).ticket
        assert ticket is not None
        return ticket


def _change(
    do: Callable[[Errand], Awaitable[object]], record: Callable[[Turn, Any, Any], None] | None = None
) -> Performer:
    return Performer(
        do=do, record=record or _record_change, fail=alarm_of_tickets, wanted=_ticket_is_there, outcome=nothing
    )


def ticket_key(handoff_id: str) -> str:
    """The key under which a handoff's ticket is found again: lower-case and short, legal as a label in every system."""
    return f"sb-{hashlib.sha256(handoff_id.encode()).hexdigest()[:32]}"


def _ticket_is_there(tx: Transaction, body: AmendTicket | SetTicketStatus | ReadTicket | CopyNote) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None


def _is_latest_watch(tx: Transaction, body: WatchTicket) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None and handoff.ticket_watch == body.number


def _ticket_id(ref: TicketRef) -> str:
    return ref.id


def _record_ticket(turn: Turn, body: CreateTicket, ref: TicketRef) -> None:
    record_ticket(turn, body.handoff_id, ref)
    tickets_work(turn)


def _record_change(turn: Turn, body: AmendTicket | CopyNote, result: None) -> None:
    tickets_work(turn)


def _record_note(turn: Turn, body: WriteContactNote, result: None) -> None:
    tickets_work(turn)


def _record_set_status(turn: Turn, body: SetTicketStatus, status: TicketStatus) -> None:
    record_set_status(turn, body.handoff_id, status)
    tickets_work(turn)


def _record_read(turn: Turn, body: ReadTicket, look: Look) -> None:
    record_look(turn, body.handoff_id, look)
    tickets_work(turn)


def _record_watch(turn: Turn, body: WatchTicket, look: Look) -> None:
    record_watch(turn, body.handoff_id, look)
    tickets_work(turn)


def _fail_read(turn: Turn, body: ReadTicket | WatchTicket, error: OutsideError) -> None:
    if isinstance(error, NotFoundError):
        record_gone(turn, body.handoff_id)
    else:
        alarm_of_tickets(turn, body, error)


def _fail_watch(turn: Turn, body: WatchTicket, error: OutsideError) -> None:
    """A ticket that is gone is not looked at again. Otherwise a trouble that people know of is no further alarm."""
    handoff = turn.tx.handoffs.get(body.handoff_id)
    if isinstance(error, NotFoundError) or turn.tx.alarms.standing(Trouble.TICKET) is None:
        _fail_read(turn, body, error)
    if handoff is not None and not isinstance(error, NotFoundError):
        watch_ticket(turn, handoff, after=_AFTER_TROUBLE)


def _delay_ticket(turn: Turn, body: CreateTicket, error: OutsideError, delay: float) -> None:
    record_ticket_trouble(turn, body.handoff_id, "The ticket system is not reachable; I keep trying.")


def _fail_ticket(turn: Turn, body: CreateTicket, error: OutsideError) -> None:
    reason = error.code or "no reason given"
    record_ticket_trouble(turn, body.handoff_id, f"The ticket could not be created ({reason}).")
    alarm_of_tickets(turn, body, error)
