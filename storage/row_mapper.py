"""Maps rows to frozen dataclasses and back. Every statement is built once, when its class is defined.

Dataclasses that are stored whole, such as inbox events and the bodies of effects, are written as JSON: str, int, float,
bool, string enums, SafeText, tuples, dataclasses, and unions of them with None. A value of a union of dataclasses is
stored with the name of its class. A union of enums needs no name: their values must differ.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import json
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar, cast

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.sql import ColumnElement, Select

from bot.helpdesk.redaction import SafeText, redact
from storage.compiled import CompiledConnection


class _Record(Protocol):
    @property
    def id(self) -> str: ...


R = TypeVar("R", bound=_Record)

Convert = Callable[[Any], Any]


def _identity(value: Any) -> Any:
    return value


_LONGEST_REMEMBERED = 2_000


def _read_safe_text(text: str) -> SafeText:
    """Redacts a stored text again, in case a detector is newer than the row."""
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else redact(text)


# Rows are read several times in a turn. They were redacted before they were written, so this keeps no secret.
_remembered = functools.lru_cache(maxsize=256)(redact)


def _converters(kind: Any) -> tuple[Convert, Convert]:
    """Returns the functions that write a field of type `kind` to a column and read it back."""
    if typing.get_origin(kind) is types.UnionType:
        inner = next(arg for arg in typing.get_args(kind) if arg is not types.NoneType)
        write, read = _converters(inner)
        if write is read is _identity:
            return _identity, _identity
        return (lambda v: None if v is None else write(v)), (lambda v: None if v is None else read(v))
    if typing.get_origin(kind) is tuple or dataclasses.is_dataclass(kind):
        return functools.partial(encode_json, kind), functools.partial(decode_json, kind)
    if kind is SafeText:
        return str, _read_safe_text
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return (lambda v: v.value), kind
    return _identity, _identity


class _Columns:
    """The columns of a dataclass: its own and those of the value objects in it.

    A field without a column of its name is a value object. Its columns have the name of the field before theirs, unless
    the table has no such columns; all of them are NULL if it is None.
    """

    def __init__(self, table: Table, kind: Any, prefix: str = "") -> None:
        self._kind = kind
        self._table = table
        self.names: list[str] = []
        self._plain: list[tuple[str, str, Convert]] = []
        self._converted: list[tuple[str, Convert]] = []
        self._objects: list[tuple[str, _Columns]] = []
        self._read: list[tuple[str, Convert, slice | int]] = []
        hints = typing.get_type_hints(kind)
        for field in dataclasses.fields(kind):
            if f"{prefix}{field.name}" in table.c:
                self._add_column(field.name, f"{prefix}{field.name}", hints[field.name])
            else:
                self._add_object(field.name, prefix, hints[field.name])

    def _add_column(self, field: str, column: str, hint: Any) -> None:
        write, read = _converters(hint)
        self._plain.append((field, column, write))
        if write is not _identity:
            self._converted.append((column, write))
        self._read.append((field, read, len(self.names)))
        self.names.append(column)

    def _add_object(self, field: str, prefix: str, hint: Any) -> None:
        optional = typing.get_origin(hint) is types.UnionType
        kind = next(arg for arg in typing.get_args(hint) if arg is not types.NoneType) if optional else hint
        own = f"{prefix}{field}_"
        has_own = any(column.name.startswith(own) for column in self._table.c)
        columns = _Columns(self._table, kind, own if has_own else prefix)
        self._objects.append((field, columns))
        place = slice(len(self.names), len(self.names) + len(columns.names))
        self._read.append((field, columns.decode_if_any if optional else columns.decode, place))
        self.names += columns.names

    def encode(self, value: Any) -> dict[str, Any]:
        """Returns the dataclass as column values."""
        values = {column: getattr(value, field) for field, column, _ in self._plain}
        for column, write in self._converted:
            values[column] = write(values[column])
        for field, columns in self._objects:
            inner = getattr(value, field)
            values |= dict.fromkeys(columns.names) if inner is None else columns.encode(inner)
        return values

    def changes(self, before: Any, after: Any) -> dict[str, Any]:
        """Returns the column values in which `after` differs from `before`."""
        values = {
            column: write(value)
            for field, column, write in self._plain
            if (value := getattr(after, field)) != getattr(before, field)
        }
        for field, columns in self._objects:
            old, new = getattr(before, field), getattr(after, field)
            if old is new or old == new:
                continue
            if old is None or new is None:
                values |= dict.fromkeys(columns.names) if new is None else columns.encode(new)
            else:
                values |= columns.changes(old, new)
        return values

    def decode(self, values: Sequence[Any]) -> Any:
        """Returns values in the order of `names` as the dataclass."""
        return self._kind(**{field: read(values[place]) for field, read, place in self._read})

    def decode_if_any(self, values: Sequence[Any]) -> Any:
        """Returns the dataclass, or None if all values are NULL."""
        return None if all(value is None for value in values) else self.decode(values)


class RowMapper(Generic[R]):
    """Statements and conversions of one table, whose rows become dataclasses of one kind."""

    def __init__(self, table: Table, kind: type[R]) -> None:
        self.table = table
        self.kind = kind
        self._columns = _Columns(table, kind)
        names = self._columns.names
        self.columns = [table.c[name] for name in names]
        # The values of an execution name the columns that are set. `old_id`, because `id` is the name of one.
        self.insert = insert(table)
        self.update = update(table).where(table.c.id == bindparam("old_id"))
        other = next(column for column in self.columns if column.name != "id")
        self.touch = self.update.values({other.name: other})
        self.by_id = self.where(table.c.id == bindparam("id"))

    def where(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        """Returns the statement that reads the rows for which `conditions` hold."""
        return select(*self.columns).where(*conditions)

    def encode(self, row: R) -> dict[str, Any]:
        """Returns the dataclass as column values."""
        return self._columns.encode(row)

    def changes(self, before: R, after: R) -> dict[str, Any]:
        """Returns the column values in which `after` differs from `before`, a row with the same id."""
        return self._columns.changes(before, after)

    def decode(self, row: Sequence[Any]) -> R:
        """Returns a row of `where` as the dataclass."""
        decoded: R = self._columns.decode(row)
        return decoded


class Repository(Generic[R]):
    """Rows of one table inside one transaction.

    Keeps the rows that it has read, added or saved: `get` reads none of them again, `save` writes only what changed.
    They stay true because nothing else changes what a transaction sees: SQLite has one writer, and PostgreSQL shows a
    transaction one snapshot (REPEATABLE READ). A subclass that changes a row by another statement calls `_forget`. All
    other queries are run, because some lock what they find.
    """

    mapper: RowMapper[R]

    def __init__(self, connection: CompiledConnection) -> None:
        self._connection = connection
        self._known: dict[str, R] = {}
        self._written: set[str] = set()
        self._added: set[str] = set()

    def get(self, id: str | None) -> R | None:
        if id is None:
            return None
        known = self._known.get(id)
        return known if known is not None else self._one(self.mapper.by_id, id=id)

    def add(self, row: R) -> None:
        self._connection.execute(self.mapper.insert, self.mapper.encode(row))
        self._known[row.id] = row
        self._written.add(row.id)
        self._added.add(row.id)

    def has_added(self, id: str) -> bool:
        """Returns whether this transaction added the row: no others than its own can belong to it."""
        return id in self._added

    def save(self, row: R) -> None:
        """Writes the columns in which `row` differs from the row as this transaction knows it, or else all.

        A row that has not changed is written nevertheless on PostgreSQL, where a concurrent transaction that changes it
        must conflict with this one (docs/decisions/0010), unless this one has written it already. SQLite has no
        concurrent ones, and no statement is run.
        """
        known = self._known.get(row.id)
        if known is None:
            changes = self.mapper.encode(row)
            del changes["id"]
        else:
            changes = self.mapper.changes(known, row)
        if self._update(row.id, changes):
            self._known[row.id] = row

    def _update(self, id: str, changes: dict[str, Any]) -> bool:
        """Writes columns of a row. Returns whether the row exists."""
        if not changes and (id in self._written or self._connection.dialect.name == "sqlite"):
            return True
        self._written.add(id)
        if changes:
            return self._connection.execute(self.mapper.update, {**changes, "old_id": id}).rowcount == 1
        return self._connection.execute(self.mapper.touch, {"old_id": id}).rowcount == 1

    def _forget(self, id: str) -> None:
        """Forgets a row that was changed by another statement than those of `save`."""
        self._known.pop(id, None)

    def _one(self, statement: Select[Any], **values: Any) -> R | None:
        row = self._connection.execute(statement, values).first()
        return None if row is None else self._remember(self.mapper.decode(row))

    def _all(self, statement: Select[Any], **values: Any) -> list[R]:
        return [self._remember(self.mapper.decode(row)) for row in self._connection.execute(statement, values)]

    def _remember(self, row: R) -> R:
        self._known[row.id] = row
        return row


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


_PLAIN = _Codec(_identity, _identity)


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
        return _Codec(_identity, _read_safe_text)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return _Codec(_value_of, kind)
    raise TypeError(f"{kind} cannot be stored as JSON.")


def _value_of(member: enum.Enum) -> Any:
    return member.value


def _dataclass_codec(kind: Any) -> _Codec:
    hints = typing.get_type_hints(kind)
    fields = {field.name: _codec(hints[field.name]) for field in dataclasses.fields(kind)}
    converted = [(name, codec.encode) for name, codec in fields.items() if codec.encode is not _identity]

    def encode(value: Any) -> dict[str, Any]:
        values = {name: getattr(value, name) for name in fields}
        for name, convert in converted:
            values[name] = convert(values[name])
        return values

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
