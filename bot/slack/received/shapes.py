"""Reads parts of a payload as the type they should have, or as an empty value of that type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Payload = Mapping[str, Any]

DEEPEST = 12
"""Levels of nested content that are read. People nest two or three; more is a hostile payload."""


def string(value: object) -> str:
    """Returns the text, or an empty one."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Payload:
    """Returns the object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Returns the list, or an empty one."""
    return value if isinstance(value, list) else []


def dicts(value: object) -> list[Payload]:
    """Returns the objects of a list, without anything else in it."""
    return [one for one in items(value) if isinstance(one, dict)]
