"""Settings that map our names to those of the ticket system: `ours=theirs`, separated by commas."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Annotated

from pydantic import BeforeValidator

from bot.helpdesk.model.handoff import TicketMetadata, TicketStatus


def name_pairs(ours: Collection[str], example: str) -> BeforeValidator:
    """Reads pairs whose left sides are in `ours`; a right side may contain anything but a comma."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.partition("=") for part in value.split(",") if part.strip()]
        pairs = {left.strip(): right.strip() for left, _, right in parts}
        if not all(pairs.values()) or not pairs.keys() <= set(ours):
            raise ValueError(f"must be pairs such as {example}, separated by commas, of {', '.join(ours)}")
        return pairs

    return BeforeValidator(read)


FieldNames = Annotated[
    Mapping[str, str], name_pairs([field.name for field in fields(TicketMetadata)], "uppzy_session_id=Session")
]
"""Fields of the ticket system by identifier, as the operator names them."""

StatusNames = Annotated[
    Mapping[TicketStatus, str], name_pairs([status.value for status in TicketStatus], "pending=Waiting")
]
"""The ticket system's names for our statuses, where they are not the vendor's defaults."""


def status_of(raw: str, names: Mapping[TicketStatus, str], more: Mapping[str, TicketStatus]) -> TicketStatus:
    """Returns our status for the vendor's: by `names`, else by `more`, else OPEN."""
    by_name = {name: status for status, name in reversed(list(names.items()))}
    return by_name.get(raw) or more.get(raw) or TicketStatus.OPEN
