"""Identifiers: what people give to look something up, as far as the chat surface can tell what it names."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier to look up. `text` is what was written, to show it in the report.

    One of a message has `message`, and `channel` if that was given too. Any other has `id`: of a person, a channel, a
    ticket, of the assistant or of the desk.
    """

    text: str
    id: str = ""
    channel: str | None = None
    message: str | None = None

    @property
    def is_printable(self) -> bool:
        """Returns whether it can exist at all: no identifier has control characters, and PostgreSQL refuses NUL."""
        return all((part or "").isprintable() for part in (self.id, self.channel, self.message))
