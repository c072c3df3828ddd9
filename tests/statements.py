"""Records the statements that reach the drivers, also those that SQLAlchemy's events do not show."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

import psycopg
from sqlalchemy import Dialect, Engine, event

Recorded = list[tuple[str, Any]]


@contextlib.contextmanager
def recorded_statements() -> Iterator[Recorded]:
    """Yields the list of the statements, with their parameters, of all connections that engines open inside the block.

    BEGIN and COMMIT are among them where the store runs them.
    """
    recorded: Recorded = []

    class SqliteCursor(sqlite3.Cursor):
        """A cursor that records what it runs."""

        def execute(self, statement: str, parameters: Any = (), /) -> SqliteCursor:
            recorded.append((statement, parameters))
            super().execute(statement, parameters)
            return self

        def executemany(self, statement: str, parameters: Any, /) -> SqliteCursor:
            recorded.append((statement, parameters))
            super().executemany(statement, parameters)
            return self

    class SqliteConnection(sqlite3.Connection):
        """A connection whose cursors record what they run."""

        def cursor(self, _factory: Any = None) -> Any:
            return super().cursor(SqliteCursor)

        def execute(self, statement: str, parameters: Any = (), /) -> Any:
            return self.cursor().execute(statement, parameters)

    class PostgresCursor(psycopg.Cursor[Any]):
        """A cursor that records what it runs."""

        def execute(self, query: Any, params: Any = None, **options: Any) -> PostgresCursor:
            recorded.append((_as_text(query), params))
            super().execute(query, params, **options)
            return self

        def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
            recorded.append((_as_text(query), params_seq))
            super().executemany(query, params_seq, **options)

    def connect(dialect: Dialect, _record: object, _arguments: object, options: dict[str, Any]) -> None:
        if dialect.name == "sqlite":
            options["factory"] = SqliteConnection
        else:
            options["cursor_factory"] = PostgresCursor

    event.listen(Engine, "do_connect", connect)
    try:
        yield recorded
    finally:
        event.remove(Engine, "do_connect", connect)


def _as_text(query: Any) -> str:
    return query.decode() if isinstance(query, bytes) else str(query)
