"""Ticket faults: tickets in the desk's own database that fail on demand, as those of another system would."""

from __future__ import annotations

from collections.abc import Callable

from bot.errors import BadRequestError, OutsideError, TemporaryError
from bot.helpdesk.model.handoff import TicketChanges, TicketDraft, TicketMetadata, TicketRef, TicketStatus
from bot.helpdesk.ports import Clock, Store
from bot.helpdesk.redaction import SafeText
from bot.tickets.local import DatabaseTickets

_SYSTEM = "tickets"


class FailingTickets:
    """Switch for ticket faults. The first fault set stays until `open` removes it; every call fails meanwhile."""

    def __init__(self) -> None:
        self._answer: Callable[[], OutsideError] | None = None

    def tickets(self, store: Store, clock: Clock) -> DatabaseTickets:
        """Returns tickets that this switch controls."""
        return _SwitchedTickets(self, store, clock)

    def open(self) -> None:
        self._answer = None

    def shut(self) -> None:
        """Makes the ticket system unavailable."""
        self._answer = self._answer or _unavailable

    def refuse(self) -> None:
        """Makes the ticket system refuse every request."""
        self._answer = self._answer or _refusal

    def raise_if_failing(self) -> None:
        """Raises the OutsideError of the current fault, if any."""
        if self._answer is not None:
            raise self._answer()


def _unavailable() -> OutsideError:
    return TemporaryError("The ticket system is not there.", system=_SYSTEM, code="503")


def _refusal() -> OutsideError:
    return BadRequestError("A field of the ticket is missing.", system=_SYSTEM, code="422")


class _SwitchedTickets(DatabaseTickets):
    def __init__(self, switch: FailingTickets, store: Store, clock: Clock) -> None:
        super().__init__(store, clock)
        self._switch = switch

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        self._switch.raise_if_failing()
        return await super().create(draft, key)

    async def find(self, key: str) -> TicketRef | None:
        self._switch.raise_if_failing()
        return await super().find(key)

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        self._switch.raise_if_failing()
        await super().note(ref, text, public=public, key=key)

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        self._switch.raise_if_failing()
        await super().amend(ref, metadata)

    async def change(
        self,
        ref: TicketRef,
        *,
        metadata: TicketMetadata | None = None,
        status: TicketStatus | None = None,
        note: SafeText,
        key: str,
    ) -> TicketStatus:
        self._switch.raise_if_failing()
        return await super().change(ref, metadata=metadata, status=status, note=note, key=key)

    async def status(self, ref: TicketRef) -> TicketStatus:
        self._switch.raise_if_failing()
        return await super().status(ref)

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        self._switch.raise_if_failing()
        await super().set_status(ref, status)

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        self._switch.raise_if_failing()
        return await super().changes(ref, since)
