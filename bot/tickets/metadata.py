"""What links a ticket to the conversation it came from: written where the ticket system has a place for it.

As readable lines in the ticket's text always; in fields of the ticket as well where the operator named some.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Annotated

from bot.helpdesk.model.handoff import TicketMetadata
from bot.helpdesk.truncation import clipped
from bot.tickets.inert_text import one_line
from bot.tickets.name_mapping import pairs_of

LONGEST = 500

NAMES = tuple(field.name for field in fields(TicketMetadata))


FieldNames = Annotated[Mapping[str, str], pairs_of(NAMES, "uppzy_session_id=Session")]
"""Which field of the ticket system takes which identifier, as the operator names them."""


def known(metadata: TicketMetadata) -> dict[str, str]:
    """The identifiers that are known. Some are the assistant's, so that nothing is taken for granted about them."""
    return {name: one_line(value, LONGEST) for name, value in asdict(metadata).items() if value is not None}


def as_tags(metadata: TicketMetadata) -> list[str]:
    """Tags for rules and views: where the ticket comes from, and how sure the assistant was."""
    level = metadata.confidence_level
    words = (metadata.source, f"uppzy_confidence_{level}") if level else (metadata.source,)
    return [re.sub(r"[^a-z0-9_]+", "_", word.lower()) for word in words]


def in_fields(metadata: TicketMetadata, names: Mapping[str, str]) -> dict[str, str]:
    """The known identifiers under the names of the ticket system's own fields."""
    return {names[name]: value for name, value in known(metadata).items() if name in names}


def as_text(metadata: TicketMetadata) -> str:
    """The known identifiers for people to read and to search for, one a line."""
    return "\n".join(f"{name}: {value}" for name, value in known(metadata).items())


def with_text(body: str, metadata: TicketMetadata, most: int | None = None) -> str:
    """A ticket's text with the identifiers below it; together they have at most so many characters."""
    end = f"\n\n{as_text(metadata)}"
    return f"{body if most is None else clipped(body, most - len(end))}{end}"


def renewed(text: str, metadata: TicketMetadata) -> str | None:
    """A ticket's text with the identifiers below it as they are now, None where people have changed that part."""
    words, ours, _ = text.replace("\r\n", "\n").rpartition(f"\n\nhandoff_id: {metadata.handoff_id}\n")
    return f"{words}\n\n{as_text(metadata)}" if ours else None
