"""Reading of JSON that others wrote: whatever has another type than expected is empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def string(value: object) -> str:
    """Returns the text, or an empty one."""
    return value if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """Returns the object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Returns the list, or an empty one."""
    return value if isinstance(value, list) else []


def dicts(value: object) -> list[Mapping[str, Any]]:
    """Returns the objects of a list, without anything else in it."""
    return [one for one in items(value) if isinstance(one, dict)]
