"""Tickets in the desk's own database, and webhooks of any ticket system."""

from __future__ import annotations

import enum
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An HTTP request that claims to come from the ticket system, not verified yet. Header names are in lower case.

    `url` is the address as the sender knows it; `at` is the time of arrival in Unix seconds.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookNotice:
    """A verified notice that a ticket changed. `delivery` identifies the notice, so that a repeated one is recognised.

    `others` came in the same request.
    """

    ticket_id: str
    delivery: str
    others: tuple[WebhookNotice, ...] = ()


class NoticeResult(enum.StrEnum):
    """The result of accepting a notice."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    UNKNOWN_TICKET = "unknown_ticket"
