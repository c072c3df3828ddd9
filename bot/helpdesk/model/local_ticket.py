"""Tickets that are kept in the desk's own database."""

from __future__ import annotations

from dataclasses import dataclass

from bot.helpdesk.model.handoff import TicketMetadata, TicketStatus
from bot.helpdesk.redaction import SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTicket:
    """A ticket in the desk's own database. `notes` are oldest first; `note_keys` holds the key of each."""

    id: str
    number: str
    key: str
    subject: SafeText
    body: SafeText
    priority: str
    requester: str
    status: TicketStatus
    metadata: TicketMetadata
    notes: tuple[SafeText, ...] = ()
    note_keys: tuple[str, ...] = ()
    opened_at: float
    changed_at: float
