"""The requester of a ticket, and the line that names them in its text."""

from __future__ import annotations

import re

from bot.helpdesk.model.handoff import TicketDraft
from bot.tickets.inert_text import one_line

MOST = 100
_LONGEST_ADDRESS = 254

# Exactly one address: some systems accept a list, or create a user for any word.
_ADDRESS = re.compile(r"[^\s,;:<>()\[\]\\\"@^]+@[^\s,;:<>()\[\]\\\"@^]+")


def requester_address(draft: TicketDraft) -> str | None:
    """Returns the requester's address, None where no ticket system could take it."""
    email = draft.requester_email or ""
    return email if len(email) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(email) else None


def requester_name(draft: TicketDraft) -> str | None:
    """Returns the requester's name in one line, None where it is not known."""
    return one_line(draft.requester_name or "", MOST) or None


def asked_by(draft: TicketDraft, *, refused: bool = False) -> str:
    """Returns the line that says who asked. `refused`: the system did not accept them as the requester."""
    email = one_line(draft.requester_email or "", MOST)
    person = " ".join(filter(None, (requester_name(draft), email))) or draft.requester
    return f"Asked by: {person}{' (not accepted as the requester)' if refused else ''}"


def with_asked_by(draft: TicketDraft, *, refused: bool = False) -> str:
    """Returns the ticket's text with the line below it that says who asked."""
    return f"{draft.body}\n\n{asked_by(draft, refused=refused)}"
