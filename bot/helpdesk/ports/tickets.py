"""Ticket systems."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from bot.helpdesk.model.handoff import TicketChanges, TicketDraft, TicketMetadata, TicketRef, TicketStatus
from bot.helpdesk.model.ticket_system import WebhookNotice, WebhookRequest
from bot.helpdesk.redaction import SafeText


class Tickets(Protocol):
    """A ticket system. Every text it receives has passed redaction. Every method may raise OutsideError.

    `settle_seconds`: how long a new ticket may not be found by its key.
    """

    @property
    def settle_seconds(self) -> float: ...

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Creates the ticket, or returns the one that carries `key` already.

        After an AmbiguousError the ticket may exist. Never repeats an attempt whose outcome is unknown.
        """

    async def find(self, key: str) -> TicketRef | None:
        """Returns the ticket that carries `key`. If there are several, one is kept; the others are merged or closed."""

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Adds a note, once per `key`. One that is not `public` is visible to agents only, if the system can do it."""

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Adds identifiers that were not known when the ticket was created."""

    async def status(self, ref: TicketRef) -> TicketStatus: ...

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Changes the status and verifies that it changed. Raises BadRequestError "refused" if it did not."""

    async def changes(self, ref: TicketRef, since: float) -> TicketChanges:
        """Returns the status, and comments that people wrote since then (Unix seconds), without the desk's own."""

    async def check(self) -> str:
        """Verifies that tickets can be created as configured, without creating one. Returns a sentence about the setup.

        The message of an error says what is wrong and how to fix it.
        """


@runtime_checkable
class SendsWebhooks(Protocol):
    """A ticket system that sends webhooks. Tickets of the others are polled."""

    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Verifies a request and returns which ticket it is about; an empty id if none. Raises ForgedError.

        The change itself is read from the ticket system afterwards: a notice may be late or out of order.
        """


@runtime_checkable
class ChangesInOneStep(Protocol):
    """A ticket system that takes a change and the note that explains it in one step."""

    async def change(
        self,
        ref: TicketRef,
        *,
        metadata: TicketMetadata | None = None,
        status: TicketStatus | None = None,
        note: SafeText,
        key: str,
    ) -> TicketStatus:
        """Does what `amend` or `set_status` and then `note` do. Returns the status the ticket has then."""


@runtime_checkable
class HasContacts(Protocol):
    """A ticket system that keeps records of people, such as contacts or users, and takes notes on them."""

    async def contact_note(self, requester_email: str, text: SafeText, key: str) -> None:
        """Adds a note to the record of the person with this address, once per `key`.

        Raises RequesterRefusedError if there is no such record, or it takes no note.
        """


@runtime_checkable
class ChecksContactNotes(Protocol):
    """A ticket system that tells before the first note whether it takes notes on people."""

    async def contact_notes_problem(self) -> str | None:
        """Returns why it takes none, and the fix; None if it does. Raises OutsideError."""
