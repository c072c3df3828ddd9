"""The person in whose name a ticket is created, and what the ticket says where it has no requester."""

from __future__ import annotations

import re

from bot.helpdesk.model.handoff import TicketDraft
from bot.tickets.inert_text import one_line

MOST = 100
_LONGEST_ADDRESS = 254

# One address and nothing else: some systems take a list, or make a user of any word.
_ADDRESS = re.compile(r"[^\s,;:<>()\[\]\\\"@^]+@[^\s,;:<>()\[\]\\\"@^]+")


def address_of(draft: TicketDraft) -> str | None:
    """The requester's address, where it is one that a ticket system can take."""
    email = draft.requester_email or ""
    return email if len(email) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(email) else None


def name_of(draft: TicketDraft) -> str | None:
    """The requester's name in one line, None where it is not known."""
    return one_line(draft.requester_name or "", MOST) or None


def asked_by(draft: TicketDraft, *, refused: bool = False) -> str:
    """The line that says who asked; `refused`: why they are not the requester."""
    email = one_line(draft.requester_email or "", MOST)
    person = " ".join(filter(None, (name_of(draft), email))) or draft.requester
    return f"Asked by: {person}{' (not accepted as the requester)' if refused else ''}"


def with_asked_by(draft: TicketDraft, *, refused: bool = False) -> str:
    """The ticket's text and below it who asked."""
    return f"{draft.body}\n\n{asked_by(draft, refused=refused)}"
