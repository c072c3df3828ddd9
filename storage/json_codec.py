"""JSON codec of frozen dataclasses that are stored whole, such as inbox events and the bodies of effects.

Supports str, int, float, bool, string enums, SafeText, tuples, dataclasses, and unions of them with None. A value of a
union of dataclasses is stored with the name of its class. A union of enums needs no name: their values must differ.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from bot.helpdesk.redaction import SafeText, redact

T = TypeVar("T")

_TAG = "type"
"""The key under which the class of a value of a union is stored."""


def encode_json(kind: type[T], value: T) -> str:
    """Returns a value of the type `kind` as JSON text. Raises TypeError for a type that is not supported."""
    return json.dumps(_codec(cast("Any", kind)).encode(value), separators=(",", ":"), ensure_ascii=False)


def decode_json(kind: type[T], text: str) -> T:
    """Returns the `kind` that `encode_json` wrote. Unknown keys are ignored, so that older rows stay readable."""
    decoded: T = _codec(cast("Any", kind)).decode(json.loads(text))
    return decoded


@dataclasses.dataclass(frozen=True, slots=True)
class _Codec:
    """The conversions between values of one type and what `json` reads and writes."""

    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]


def _unchanged(value: Any) -> Any:
    return value


_PLAIN = _Codec(_unchanged, _unchanged)


@functools.cache
def _codec(kind: Any) -> _Codec:
    origin = typing.get_origin(kind)
    if isinstance(kind, TypeVar):
        return _codec(kind.__bound__)
    if dataclasses.is_dataclass(kind):
        return _dataclass_codec(kind)
    if origin in (types.UnionType, typing.Union):
        return _union_codec(frozenset(typing.get_args(kind)))
    if origin is tuple:
        return _tuple_codec(typing.get_args(kind))
    if kind in (str, int, float, bool):
        return _PLAIN
    if kind is SafeText:
        return _Codec(_unchanged, redact)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _Codec(_value_of, kind)
    raise TypeError(f"{kind} cannot be stored as JSON.")


def _value_of(member: enum.Enum) -> Any:
    return member.value


def _dataclass_codec(kind: Any) -> _Codec:
    hints = typing.get_type_hints(kind)
    fields = {field.name: _codec(hints[field.name]) for field in dataclasses.fields(kind)}

    def encode(value: Any) -> dict[str, Any]:
        return {name: codec.encode(getattr(value, name)) for name, codec in fields.items()}

    def decode(stored: Mapping[str, Any]) -> Any:
        return kind(**{name: fields[name].decode(value) for name, value in stored.items() if name in fields})

    return _Codec(encode, decode)


def _tuple_codec(items: tuple[Any, ...]) -> _Codec:
    if len(items) == 2 and items[1] is Ellipsis:
        item = _codec(items[0])
        return _Codec(
            lambda values: [item.encode(value) for value in values],
            lambda values: tuple(item.decode(value) for value in values),
        )
    codecs = [_codec(item) for item in items]
    return _Codec(
        lambda values: [codec.encode(value) for codec, value in zip(codecs, values, strict=True)],
        lambda values: tuple(codec.decode(value) for codec, value in zip(codecs, values, strict=True)),
    )


def _union_codec(kinds: frozenset[Any]) -> _Codec:
    others = kinds - {types.NoneType}
    if len(others) == 1:
        (only,) = others
        codec = _codec(only)
    elif all(dataclasses.is_dataclass(kind) for kind in others):
        codec = _tagged_codec(others)
    elif all(isinstance(kind, type) and issubclass(kind, enum.Enum) for kind in others):
        codec = _enums_codec(others)
    else:
        raise TypeError(f"A value of {' | '.join(map(str, others))} cannot be told from another one in JSON.")
    if others == kinds:
        return codec
    return _Codec(
        lambda value: None if value is None else codec.encode(value),
        lambda stored: None if stored is None else codec.decode(stored),
    )


def _tagged_codec(kinds: frozenset[Any]) -> _Codec:
    codecs = {kind.__name__: _codec(kind) for kind in kinds}
    if len(codecs) < len(kinds) or any(field.name == _TAG for kind in kinds for field in dataclasses.fields(kind)):
        raise TypeError(f"Classes of a union need different names, and no field {_TAG}: {', '.join(sorted(codecs))}.")

    def encode(value: Any) -> dict[str, Any]:
        name = type(value).__name__
        return {_TAG: name, **codecs[name].encode(value)}

    def decode(stored: Mapping[str, Any]) -> Any:
        return codecs[stored[_TAG]].decode(stored)

    return _Codec(encode, decode)


def _enums_codec(kinds: frozenset[Any]) -> _Codec:
    members = {member.value: member for kind in kinds for member in kind}
    if len(members) < sum(len(kind) for kind in kinds):
        raise TypeError(
            f"Enums of a union need different values: {', '.join(sorted(kind.__name__ for kind in kinds))}."
        )
    return _Codec(_value_of, members.__getitem__)
