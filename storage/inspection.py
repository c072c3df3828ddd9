"""Reads a database without changing it, also while a desk works with it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.errors import StorageError
from storage.errors import explain_postgres_error, explain_sqlite_error
from storage.migrate import current_version, is_known, refuse_unfinished
from storage.models import VERSION

_BUSY_SECONDS = 5.0
_BEGIN = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"}

DatabaseLocation = Path | str
"""The path of a SQLite file, or the address (postgresql://...) of a database on a server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """State of a database. `version` is None where there is no file yet, or nothing in it.

    `wanted` is the version this code works with; `known` says that `version` can be migrated to it; `in_use` that a
    running desk holds the file. On a server any number of desks may work, so there it is False.
    """

    version: str | None
    wanted: str
    known: bool
    in_use: bool


def display_name(location: DatabaseLocation) -> str:
    """Returns the name of the database for sentences; never an address, which may hold a password."""
    return str(location) if isinstance(location, Path) else "The PostgreSQL database"


def inspect(location: DatabaseLocation) -> DatabaseState:
    """Reads the state of the database. Raises StorageError where it cannot be read."""
    version = _version(location)
    refuse_unfinished(version)
    return DatabaseState(
        version=version,
        wanted=VERSION,
        known=version is None or is_known(version),
        in_use=isinstance(location, Path) and _in_use(location),
    )


def refuse_unreadable(location: DatabaseLocation) -> None:
    """Raises StorageError where there is no database, or its version is not the one this code works with."""
    if isinstance(location, Path) and not location.exists():
        raise StorageError(f"There is no database {location}: it is made when the desk first runs.")
    state = inspect(location)
    if state.version != state.wanted:
        fix = "run `uppzy-desk migrate`" if state.known else "install the newer Uppzy Desk that wrote it"
        version = state.version or "none"
        raise StorageError(
            f"{display_name(location)} is of version {version}, this Uppzy Desk reads {state.wanted}: {fix}."
        )


def _version(location: DatabaseLocation) -> str | None:
    if isinstance(location, Path) and not location.exists():
        return None
    with reading(location) as connection:
        return current_version(connection)


@contextlib.contextmanager
def reading(location: DatabaseLocation) -> Iterator[Connection]:
    """Opens a read-only connection with one snapshot of the database. It does not disturb a running desk.

    Raises StorageError where the database cannot be read, also for errors inside the block.
    """
    with explained_errors(location), _engine(location).connect() as connection:
        connection.exec_driver_sql(_BEGIN[connection.dialect.name])
        yield connection


@contextlib.contextmanager
def explained_errors(location: DatabaseLocation) -> Iterator[None]:
    """Raises errors of the driver as a StorageError that says how to fix them."""
    try:
        yield
    except DBAPIError as error:
        raise StorageError(
            explain_sqlite_error(location, error) if isinstance(location, Path) else explain_postgres_error(error)
        ) from error


def renew_snapshot(connection: Connection) -> None:
    """Lets a connection of `reading` see what was committed meanwhile."""
    connection.exec_driver_sql("ROLLBACK")
    connection.exec_driver_sql(_BEGIN[connection.dialect.name])


def _engine(location: DatabaseLocation) -> Engine:
    if isinstance(location, Path):
        return create_engine(
            "sqlite://", creator=lambda: open_read_only(location), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
    return server_engine(location)


def server_engine(address: str) -> Engine:
    """Returns an engine for PostgreSQL whose transactions the caller begins and ends."""
    try:
        return create_engine(
            make_url(address).set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": int(_BUSY_SECONDS)},
        )
    except ImportError as error:
        raise StorageError(
            "DATABASE_URL names PostgreSQL: install the drivers with pip install -r requirements/postgres.txt."
        ) from error


def open_read_only(path: Path) -> sqlite3.Connection:
    """Returns a connection to a SQLite file that cannot change it. The caller begins and ends transactions."""
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _in_use(path: Path) -> bool:
    # Only an existing lock file is tried: an inspection creates no files.
    lock = Path(f"{path}.lock")
    if not lock.exists():
        return False
    try:
        with FileLock(lock, blocking=False):
            return False
    except Timeout:
        return True
    except OSError as error:
        raise StorageError(f"{lock} cannot be opened: {error.strerror}.") from error
