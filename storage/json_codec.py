"""Frozen dataclasses to JSON and back, for what is stored whole: inputs and the bodies of effects.

Knows str, int, float, bool, None, string enums, tuples and nested dataclasses; nothing else is stored whole.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import types
import typing
from collections.abc import Callable
from typing import Any

from bot.helpdesk.redaction import SafeText, redact


def to_json(value: Any) -> str:
    """The dataclass `value` as JSON text, without its type: the reader knows it."""
    return json.dumps(dataclasses.asdict(value), separators=(",", ":"), ensure_ascii=False)


def from_json(kind: Any, text: str) -> Any:
    """A `kind` from what `to_json` wrote; unknown keys are left out, so that an older row stays readable."""
    return _decoder(kind)(json.loads(text))


@functools.cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    if dataclasses.is_dataclass(kind):
        return _dataclass_decoder(kind)
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return _union_decoder(kind)
    if typing.get_origin(kind) is tuple:
        item = _decoder(typing.get_args(kind)[0])
        return lambda values: tuple(item(value) for value in values)
    if kind is SafeText:
        return redact
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind
    return _as_it_is


def _dataclass_decoder(kind: Any) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    fields = {field.name: _decoder(hints[field.name]) for field in dataclasses.fields(kind)}

    def decode(values: dict[str, Any]) -> Any:
        return kind(**{name: fields[name](value) for name, value in values.items() if name in fields})

    return decode


def _union_decoder(kind: Any) -> Callable[[Any], Any]:
    """Decodes an optional value, or one of several enums, of which no two have a value in common."""
    kinds = [arg for arg in typing.get_args(kind) if arg is not types.NoneType]
    if len(kinds) > 1:
        members = {member.value: member for enumeration in kinds for member in enumeration}
        return members.__getitem__
    inner = _decoder(kinds[0])
    return lambda value: None if value is None else inner(value)


def _as_it_is(value: Any) -> Any:
    return value
