"""Variables that say what our words are called in the ticket system: `ours=theirs`, separated by commas."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Annotated

from pydantic import BeforeValidator

from bot.helpdesk.model.handoff import TicketStatus


def pairs_of(ours: Collection[str], example: str) -> BeforeValidator:
    """Reads pairs whose left sides are among `ours`; a right side may hold anything but a comma."""

    def read(value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.partition("=") for part in value.split(",") if part.strip()]
        pairs = {left.strip(): right.strip() for left, _, right in parts}
        if not all(pairs.values()) or not pairs.keys() <= set(ours):
            raise ValueError(f"must be pairs such as {example}, separated by commas, of {', '.join(ours)}")
        return pairs

    return BeforeValidator(read)


StatusNames = Annotated[
    Mapping[TicketStatus, str], pairs_of([status.value for status in TicketStatus], "pending=Waiting")
]
"""What the operator's ticket system calls our statuses, where it is not what the vendor ships."""


def status_of(raw: str, names: Mapping[TicketStatus, str], more: Mapping[str, TicketStatus]) -> TicketStatus:
    """Our word for the vendor's: by what we call it, else by `more`, else it is being worked on."""
    ours = {name: status for status, name in reversed(list(names.items()))}
    return ours.get(raw) or more.get(raw) or TicketStatus.OPEN
