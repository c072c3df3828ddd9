"""Identifiers that link a ticket to the conversation it came from.

They are always readable lines in the ticket's text, and also fields of the ticket where the operator named some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Annotated

from bot.helpdesk.model.handoff import TicketMetadata
from bot.helpdesk.text import truncated
from bot.tickets.inert_text import one_line
from bot.tickets.name_mapping import name_pairs

MOST = 500

NAMES = tuple(field.name for field in fields(TicketMetadata))


FieldNames = Annotated[Mapping[str, str], name_pairs(NAMES, "uppzy_session_id=Session")]
"""Fields of the ticket system by identifier, as the operator names them."""


def identifiers(metadata: TicketMetadata) -> dict[str, str]:
    """Returns the identifiers that are known. The assistant's are escaped: they may contain anything."""
    return {name: one_line(value, MOST) for name, value in asdict(metadata).items() if value is not None}


def as_tags(metadata: TicketMetadata) -> list[str]:
    """Returns tags for rules and views: the source of the ticket and the assistant's confidence."""
    level = metadata.confidence_level
    words = (metadata.source, f"uppzy_confidence_{level}") if level else (metadata.source,)
    return [re.sub(r"[^a-z0-9_]+", "_", word.lower()) for word in words]


def in_fields(metadata: TicketMetadata, names: Mapping[str, str]) -> dict[str, str]:
    """Returns the known identifiers under the names of the ticket system's own fields."""
    return {names[name]: value for name, value in identifiers(metadata).items() if name in names}


def as_text(metadata: TicketMetadata) -> str:
    """Returns the known identifiers for people to read and search, one a line."""
    return "\n".join(f"{name}: {value}" for name, value in identifiers(metadata).items())


def with_identifiers(body: str, metadata: TicketMetadata, most: int | None = None) -> str:
    """Returns a ticket's text with the identifiers below it, together at most `most` characters."""
    end = f"\n\n{as_text(metadata)}"
    return f"{body if most is None else truncated(body, most - len(end))}{end}"


def with_new_identifiers(text: str, metadata: TicketMetadata) -> str | None:
    """Replaces the identifiers below a ticket's text. Returns None where people have changed that part."""
    words, separator, _ = text.replace("\r\n", "\n").rpartition(f"\n\nhandoff_id: {metadata.handoff_id}\n")
    return f"{words}\n\n{as_text(metadata)}" if separator else None
