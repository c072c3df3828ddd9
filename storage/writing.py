"""Transactions of commands: short ones beside a running desk, and those that keep desks away."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot.errors import DatabaseInUseError, StorageError
from storage.inspection import DatabaseLocation, explained_errors, server_engine
from storage.sqlite.store import open_engine

_BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}
_PRIVATE = 0o600


@contextlib.contextmanager
def writing(location: DatabaseLocation) -> Iterator[Connection]:
    """Opens a transaction that is committed at the end of the block. It waits for one of the desk's.

    Raises StorageError where the database cannot be written.
    """
    engine = open_engine(location) if isinstance(location, Path) else server_engine(location)
    with explained_errors(location), engine.connect() as connection, transaction(connection):
        yield connection


@contextlib.contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """Begins a transaction, and commits it at the end of the block."""
    connection.exec_driver_sql(_BEGIN[connection.dialect.name])
    try:
        yield
    except BaseException:
        # A lost connection has nothing to roll back, and its own error says more.
        with contextlib.suppress(DBAPIError):
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


@contextlib.contextmanager
def without_desks(path: Path) -> Iterator[None]:
    """Keeps desks away from a SQLite file. Raises DatabaseInUseError where one is running."""
    try:
        lock = FileLock(f"{path}.lock", blocking=False, mode=_PRIVATE).acquire()
    except Timeout:
        raise DatabaseInUseError(f"A desk works on {path}: stop it first.") from None
    except OSError as error:
        raise StorageError(f"{path} cannot be locked: {error.strerror or error}.") from error
    with lock:
        yield
