"""Runs statements of SQLAlchemy Core by the driver, each compiled once for each dialect.

`Connection.execute` makes a cache key, an execution context and a result object each time, which costs several times
what SQLite does for the statement. Here SQLAlchemy writes the SQL, converts values and rows by the types of the columns
and wraps the errors of the driver; only what it repeats for each execution is left out. Its events and its log of
statements are left out with that: a test that counts statements listens to the driver.

For statements that are built once, such as those of `storage.repositories`: a compiled statement is kept as long as the
process lives. Not for several sets of values (`executemany`), and not for `in_` with a list, which is refused.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import SelectBase
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase

Statement = SelectBase | UpdateBase
Row = Sequence[Any]

_Processor = Callable[[Any], Any]


class CompiledConnection:
    """The connection of a transaction, for statements that are compiled once.

    Raises DBAPIError as the wrapped connection does, and invalidates that where it is broken.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect
        self._driver: Any = connection.connection.driver_connection

    def execute(self, statement: Statement, values: Mapping[str, Any] | None = None) -> Result:
        """Runs a statement. The `values` of an insert or an update without any of its own also name its columns."""
        values = values or {}
        compiled = _compiled(statement, self.dialect, tuple(values) if isinstance(statement, UpdateBase) else ())
        parameters = compiled.parameters(values)
        try:
            cursor = self._driver.execute(compiled.sql, parameters)
            rows = compiled.read(cursor) if compiled.types else []
            return Result(rows, cursor.rowcount)
        except self.dialect.loaded_dbapi.Error as error:
            raise self._wrapped(error, compiled.sql, parameters) from error

    def _wrapped(self, error: Any, sql: str, parameters: Any) -> BaseException:
        broken = self.dialect.is_disconnect(error, self._driver, None)
        if broken:
            self._connection.invalidate(error)
        wrapped: BaseException = DBAPIError.instance(
            sql,
            parameters,
            error,
            self.dialect.loaded_dbapi.Error,
            hide_parameters=self._connection.engine.hide_parameters,
            connection_invalidated=broken,
            dialect=self.dialect,
        )
        return wrapped


class Result:
    """The rows that a statement returned, as tuples, and the number of those that it changed."""

    __slots__ = ("_rows", "rowcount")

    def __init__(self, rows: list[Row], rowcount: int) -> None:
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    def first(self) -> Row | None:
        """Returns the first row, or None."""
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any:
        """Returns the first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalars(self) -> list[Any]:
        """Returns the first column of each row."""
        return [row[0] for row in self._rows]


class _Compiled:
    """A statement as the driver takes it, with the conversions of its parameters and rows."""

    def __init__(self, statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> None:
        self._dialect = dialect
        compiled = statement.compile(dialect=dialect, column_keys=names or None)
        assert isinstance(compiled, SQLCompiler)
        if compiled.post_compile_params or compiled.literal_execute_params:
            raise ValueError(f"SQLAlchemy must write the lists of this statement out for each execution: {compiled}")
        self.sql = compiled.string
        self.types = [column.type for column in statement.exported_columns]
        self._in_order = None if compiled.positiontup is None else _picker(compiled.positiontup)
        self._writers = {
            name: processor
            for name, bind in compiled.binds.items()
            if (processor := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        }
        required = {name for name, bind in compiled.binds.items() if bind.required}
        self._constants = {
            name: self._written(name, value) for name, value in compiled.params.items() if name not in required
        }
        self._readers: list[tuple[int, _Processor]] | None = None

    def parameters(self, values: Mapping[str, Any]) -> Sequence[Any] | Mapping[str, Any]:
        """Returns the parameters of an execution, as the driver takes them."""
        given = {**self._constants, **values}
        for name, write in self._writers.items():
            if name in values:
                given[name] = write(values[name])
        return given if self._in_order is None else self._in_order(given)

    def read(self, cursor: Any) -> list[Row]:
        """Returns all rows of the cursor, converted by the types of their columns."""
        if self._readers is None:
            self._readers = self._read_by(cursor.description)
        rows: list[Row] = cursor.fetchall()
        return [self._converted(row, self._readers) for row in rows] if self._readers else rows

    def _written(self, name: str, value: Any) -> Any:
        return self._writers[name](value) if name in self._writers else value

    def _read_by(self, description: Sequence[Any]) -> list[tuple[int, _Processor]]:
        """Returns the conversions by column, some of which depend on the type that the driver names."""
        found = [
            type_.dialect_impl(self._dialect).result_processor(self._dialect, column[1])
            for type_, column in zip(self.types, description, strict=True)
        ]
        return [(place, read) for place, read in enumerate(found) if read is not None]

    @staticmethod
    def _converted(row: Row, readers: list[tuple[int, _Processor]]) -> Row:
        values = list(row)
        for place, read in readers:
            values[place] = read(values[place])
        return values


def _picker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Returns a function that returns the values of these names, in their order, as a tuple."""
    if len(names) > 1:
        return operator.itemgetter(*names)
    return lambda given: tuple(given[name] for name in names)


_cache: dict[tuple[str, Statement, tuple[str, ...]], _Compiled] = {}


def _compiled(statement: Statement, dialect: Dialect, names: tuple[str, ...]) -> _Compiled:
    key = (dialect.name, statement, names)
    found = _cache.get(key)
    if found is None:
        found = _cache[key] = _Compiled(statement, dialect, names)
    return found
