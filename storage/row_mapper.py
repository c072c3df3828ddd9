"""Maps rows to frozen dataclasses and back. Every statement is built once, when its class is defined."""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
import typing
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.sql import ColumnElement, Select

from bot.helpdesk.redaction import SafeText, redact
from storage.json_codec import decode_json, encode_json

R = TypeVar("R")

Convert = Callable[[Any], Any]


def _identity(value: Any) -> Any:
    return value


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
        return str, redact
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return (lambda v: v.value), kind
    return _identity, _identity


class RowMapper(Generic[R]):
    """Statements and conversions of one table, whose rows become dataclasses of one kind."""

    def __init__(self, table: Table, kind: type[R]) -> None:
        self.table = table
        self.kind = kind
        hints = typing.get_type_hints(kind)
        names = [field.name for field in dataclasses.fields(typing.cast(Any, kind))]
        converters = {name: _converters(hints[name]) for name in names}
        self._write = [(name, write) for name, (write, _) in converters.items()]
        self._read = [(name, read) for name, (_, read) in converters.items()]
        self.columns = [table.c[name] for name in names]
        self.insert = insert(table)
        # `old_id` because a bound parameter may not share the name of a column that is set.
        changed: dict[str, Any] = {name: bindparam(name) for name in names if name != "id"}
        self.update = update(table).where(table.c.id == bindparam("old_id")).values(changed)
        self.by_id = self.where(table.c.id == bindparam("id"))

    def where(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        """Returns the statement that reads the rows for which `conditions` hold."""
        return select(*self.columns).where(*conditions)

    def encode(self, row: R) -> dict[str, Any]:
        """Returns the dataclass as column values."""
        return {name: write(getattr(row, name)) for name, write in self._write}

    def decode(self, row: Row[Any]) -> R:
        """Returns a row of `where` as the dataclass."""
        return self.kind(**{name: read(value) for (name, read), value in zip(self._read, row, strict=True)})


class Repository(Generic[R]):
    """Rows of one table inside one transaction."""

    mapper: RowMapper[R]

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, id: str) -> R | None:
        return self._one(self.mapper.by_id, id=id)

    def add(self, row: R) -> None:
        self._connection.execute(self.mapper.insert, self.mapper.encode(row))

    def save(self, row: R) -> None:
        values = self.mapper.encode(row)
        values["old_id"] = values.pop("id")
        self._connection.execute(self.mapper.update, values)

    def _one(self, statement: Select[Any], **values: Any) -> R | None:
        row = self._connection.execute(statement, values).first()
        return None if row is None else self.mapper.decode(row)

    def _all(self, statement: Select[Any], **values: Any) -> list[R]:
        return [self.mapper.decode(row) for row in self._connection.execute(statement, values)]
