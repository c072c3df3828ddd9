"""JSON codec of frozen dataclasses that are stored whole: inbox events and the bodies of effects.

Supports str, int, float, bool, None, string enums, tuples and nested dataclasses.
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


def encode_json(value: Any) -> str:
    """Returns the dataclass `value` as JSON text, without its type, which `decode_json` is given."""
    return json.dumps(dataclasses.asdict(value), separators=(",", ":"), ensure_ascii=False)


def decode_json(kind: Any, text: str) -> Any:
    """Returns the `kind` that `encode_json` wrote. Unknown keys are ignored, so that older rows stay readable."""
    return _decoder(kind)(json.loads(text))


@functools.cache
def _decoder(kind: Any) -> Callable[[Any], Any]:
    if dataclasses.is_dataclass(kind):
        return _dataclass_decoder(kind)
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        return _union_decoder(kind)
    if typing.get_origin(kind) is tuple:
        decode_item = _decoder(typing.get_args(kind)[0])
        return lambda values: tuple(decode_item(value) for value in values)
    if kind is SafeText:
        return redact
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind
    return _identity


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
    decode = _decoder(kinds[0])
    return lambda value: None if value is None else decode(value)


def _identity(value: Any) -> Any:
    return value
