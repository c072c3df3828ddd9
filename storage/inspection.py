"""Looking at a database without changing it, also while a desk is working with it."""

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
from storage.errors import why_not_postgres, why_not_sqlite
from storage.migrate import current_version, is_known
from storage.models import VERSION

_BUSY_SECONDS = 5.0


Place = Path | str
"""Where a database is: the path of a SQLite file, or the address (postgresql://...) of one on a server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """How a database stands. `version` None: there is no file yet, or nothing in it.

    `wanted` is the version this code works with, `known` whether `version` is one it can start from, `in_use` whether
    a running desk holds the file; on a server any number of desks may work.
    """

    version: str | None
    wanted: str
    known: bool
    in_use: bool


def name_of(place: Place) -> str:
    """What to call it in a sentence. An address is never repeated: it may hold a password."""
    return str(place) if isinstance(place, Path) else "The PostgreSQL database"


def inspect(place: Place) -> DatabaseState:
    """Look at the database. Raises StorageError where it is none that can be read."""
    version = _version(place)
    return DatabaseState(
        version=version,
        wanted=VERSION,
        known=version is None or is_known(version),
        in_use=isinstance(place, Path) and _in_use(place),
    )


def refuse_unreadable(place: Place) -> None:
    """Raise StorageError where there is no database, or its version is not the one this code works with."""
    if isinstance(place, Path) and not place.exists():
        raise StorageError(f"There is no database {place}: it is made when the desk first runs.")
    state = inspect(place)
    if state.version != state.wanted:
        mend = "run `uppzy-desk migrate`" if state.known else "install the newer Uppzy Desk that wrote it"
        version = state.version or "none"
        raise StorageError(f"{name_of(place)} is of version {version}, this Uppzy Desk reads {state.wanted}: {mend}.")


def _version(place: Place) -> str | None:
    if isinstance(place, Path) and not place.exists():
        return None
    with reading(place) as connection:
        return current_version(connection)


@contextlib.contextmanager
def reading(place: Place) -> Iterator[Connection]:
    """A connection that sees everything as of one moment and can change nothing; a running desk does not notice it.

    Raises StorageError where the database cannot be read, also for what goes wrong inside the block.
    """
    try:
        with _engine(place).connect() as connection:
            connection.exec_driver_sql(_BEGIN[connection.dialect.name])
            yield connection
    except DBAPIError as error:
        why = why_not_sqlite(place, error) if isinstance(place, Path) else why_not_postgres(error)
        raise StorageError(why) from error


_BEGIN = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"}


def _engine(place: Place) -> Engine:
    if isinstance(place, Path):
        return create_engine(
            "sqlite://", creator=lambda: _open(place), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
    try:
        return create_engine(
            make_url(place).set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": int(_BUSY_SECONDS)},
        )
    except ImportError as error:
        raise StorageError(
            "DATABASE_URL names PostgreSQL: install the drivers with pip install 'uppzy-desk[postgres]'."
        ) from error


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=_BUSY_SECONDS)


def _in_use(path: Path) -> bool:
    # Only where the lock's file is there already: looking must leave nothing behind.
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
