"""The `local` ticket system: tickets in our own database. It needs no settings and is always there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bot.errors import NotFoundError
from bot.helpdesk.model.conversation import new_id
from bot.helpdesk.model.handoff import TicketChanges, TicketDraft, TicketMetadata, TicketRef, TicketStatus
from bot.helpdesk.model.ticket_system import LocalTicket
from bot.helpdesk.ports import Clock, Store, Transaction
from bot.helpdesk.redaction import SafeText

SYSTEM = "local"

Change = Callable[[LocalTicket], LocalTicket]


class DatabaseTickets:
    """Tickets in the desk's own store. Raises NotFoundError for a ticket that does not exist."""

    settle_seconds = 0.0

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Creates the ticket, with the number of its handoff."""
        return await self._store.run(_create, draft, key, self._clock())

    async def find(self, key: str) -> TicketRef | None:
        """Returns the ticket with this key."""
        ticket = await self._store.run(lambda tx: tx.local_tickets.of_key(key))
        return None if ticket is None else _ref(ticket)

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Adds a note, once per `key`. Local tickets are internal, so `public` makes no difference."""
        await self._change(ref, lambda ticket: _with_note(ticket, text, key))

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Writes the identifiers that have become known."""
        await self._change(ref, lambda ticket: replace(ticket, metadata=metadata))

    async def change(
        self,
        ref: TicketRef,
        *,
        metadata: TicketMetadata | None = None,
        status: TicketStatus | None = None,
        note: SafeText,
        key: str,
    ) -> TicketStatus:
        """Makes a change and adds the note that explains it. Returns the new status."""

        def changed(ticket: LocalTicket) -> LocalTicket:
            amended = replace(ticket, metadata=metadata or ticket.metadata, status=status or ticket.status)
            return _with_note(amended, note, key)

        return (await self._change(ref, changed)).status

    async def status(self, ref: TicketRef) -> TicketStatus:
        """Returns the current status."""
        return (await self._store.run(_get, ref)).status

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Sets the status."""
        await self._change(ref, lambda ticket: replace(ticket, status=status))

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns the status. Only the desk writes on local tickets."""
        status = await self.status(ref)
        return TicketChanges(status=status, raw=status.value)

    async def check(self) -> str:
        """Checks nothing: the database is checked elsewhere."""
        return "kept in the database above."

    async def _change(self, ref: TicketRef, change: Change) -> LocalTicket:
        return await self._store.run(_change, ref, change, self._clock())


def _create(tx: Transaction, draft: TicketDraft, key: str, now: float) -> TicketRef:
    existing = tx.local_tickets.of_key(key)
    if existing is not None:
        return _ref(existing)
    handoff = tx.handoffs.get(draft.metadata.handoff_id)
    if handoff is None:
        raise NotFoundError("The ticket's handoff does not exist any more.", system=SYSTEM)
    ticket = LocalTicket(
        id=new_id("tic"),
        number=handoff.name,
        key=key,
        subject=draft.subject,
        body=draft.body,
        priority=draft.priority,
        requester=draft.requester,
        status=TicketStatus.NEW,
        metadata=draft.metadata,
        opened_at=now,
        changed_at=now,
    )
    tx.local_tickets.add(ticket)
    return _ref(ticket)


def _change(tx: Transaction, ref: TicketRef, change: Change, now: float) -> LocalTicket:
    ticket = replace(change(_get(tx, ref)), changed_at=now)
    tx.local_tickets.save(ticket)
    return ticket


def _get(tx: Transaction, ref: TicketRef) -> LocalTicket:
    ticket = tx.local_tickets.get(ref.id)
    if ticket is None:
        raise NotFoundError("The ticket does not exist any more.", system=SYSTEM)
    return ticket


def _with_note(ticket: LocalTicket, text: SafeText, key: str) -> LocalTicket:
    if key in ticket.note_keys:
        return ticket
    return replace(ticket, notes=(*ticket.notes, text), note_keys=(*ticket.note_keys, key))


def _ref(ticket: LocalTicket) -> TicketRef:
    return TicketRef(system=SYSTEM, id=ticket.id, number=ticket.number)
