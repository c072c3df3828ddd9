"""Parts of a payload as the type they should have, or an empty one where they have another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]

DEEPEST = 12
"""How many levels of nested content are read. People nest two or three; the rest of a hostile payload is left out."""


def string(value: object) -> str:
    """The text, or an empty one."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Payload:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def dicts(value: object) -> list[Payload]:
    """The objects of a list; whatever else is in it is left out."""
    return [one for one in items(value) if isinstance(one, dict)]
