"""Reads fields of decoded JSON that may have any shape at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.errors import OutsideError


@dataclass(frozen=True, slots=True)
class JsonNode:
    """A decoded JSON value, of which fields are read by path: names of objects, positions in lists.

    A field that is missing or of the wrong type raises what `unusable` makes of the reason.
    """

    body: Any
    unusable: Callable[[str], OutsideError]

    def text(self, *path: str | int) -> str:
        """A text, or a number as one: some systems give their ids as numbers."""
        found = self.optional(*path)
        if found is None:
            raise self.unusable(f"lacks {_dotted(path)}")
        return found

    def optional(self, *path: str | int) -> str | None:
        """The same, None where it is missing or empty."""
        found = self._at(path)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return None
        return str(found) or None

    def number(self, *path: str | int) -> int:
        """A whole number, or a text of digits as one."""
        text = self.text(*path)
        if not (text.isascii() and text.isdecimal()):
            raise self.unusable(f"has no number at {_dotted(path)}")
        return int(text)

    def lacks(self, name: str) -> bool:
        """True if there is no field of this name, not even an empty one."""
        return not isinstance(self.body, dict) or name not in self.body

    def true(self, *path: str | int) -> bool:
        """True if the field is the literal true."""
        return self._at(path) is True

    def items(self, *path: str | int) -> tuple[JsonNode, ...]:
        """The members of a list."""
        found = self._at(path)
        if not isinstance(found, list):
            raise self.unusable(f"lacks a list at {_dotted(path)}")
        return tuple(JsonNode(member, self.unusable) for member in found)

    def texts(self, *path: str | int) -> tuple[str, ...]:
        """The texts in a list; none where there is no list."""
        found = self._at(path)
        return tuple(member for member in found if isinstance(member, str)) if isinstance(found, list) else ()

    def time(self, *path: str | int) -> float:
        """An ISO 8601 time in Unix seconds; one without a zone is UTC."""
        try:
            moment = datetime.fromisoformat(self.text(*path))
        except ValueError as cause:
            raise self.unusable(f"has no time at {_dotted(path)}") from cause
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def _at(self, path: tuple[str | int, ...]) -> Any:
        found = self.body
        for step in path:
            known = isinstance(found, dict) if isinstance(step, str) else isinstance(found, list) and step < len(found)
            if not known:
                return None
            found = found.get(step) if isinstance(step, str) else found[step]
        return found


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path) or "its top"
