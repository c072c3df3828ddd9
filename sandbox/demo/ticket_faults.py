"""Tickets in the desk's own database, behind a door: as if they were kept elsewhere, where they can fail."""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import BadRequestError, OutsideError, TemporaryError
from bot.helpdesk.model.handoff import TicketChanges, TicketDraft, TicketMetadata, TicketRef, TicketStatus
from bot.helpdesk.ports import Clock, Store
from bot.helpdesk.redaction import SafeText
from bot.tickets.local import DatabaseTickets

_SYSTEM = "tickets"


class FailingTickets:
    """The way to the tickets. Once it is shut, whatever is asked of them fails in that way until it is opened."""

    def __init__(self) -> None:
        self._answer: Callable[[], OutsideError] | None = None

    def tickets(self, store: Store, clock: Clock) -> DatabaseTickets:
        """The tickets behind this door."""
        return _BehindDoor(self, store, clock)

    def open(self) -> None:
        self._answer = None

    def shut(self) -> None:
        """The ticket system is not there."""
        self._answer = self._answer or _nobody_there

    def refuse(self) -> None:
        """The ticket system is there, and takes nothing."""
        self._answer = self._answer or _refusal

    def pass_through(self) -> None:
        """Raises OutsideError where the door is shut."""
        if self._answer is not None:
            raise self._answer()


def _nobody_there() -> OutsideError:
    return TemporaryError("The ticket system is not there.", system=_SYSTEM, code="503")


def _refusal() -> OutsideError:
    return BadRequestError("A field of the ticket is missing.", system=_SYSTEM, code="422")


class _BehindDoor(DatabaseTickets):
    def __init__(self, door: FailingTickets, store: Store, clock: Clock) -> None:
        super().__init__(store, clock)
        self._door = door

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        self._door.pass_through()
        return await super().create(draft, key)

    async def find(self, key: str) -> TicketRef | None:
        self._door.pass_through()
        return await super().find(key)

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        self._door.pass_through()
        await super().note(ref, text, public=public, key=key)

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        self._door.pass_through()
        await super().amend(ref, metadata)

    async def status(self, ref: TicketRef) -> TicketStatus:
        self._door.pass_through()
        return await super().status(ref)

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        self._door.pass_through()
        await super().set_status(ref, status)

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        self._door.pass_through()
        return await super().changes(ref, since)
