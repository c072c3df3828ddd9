"""Overwrites what was deleted, so that nothing of it can be read from the files of the database any more."""

from __future__ import annotations

import time
from pathlib import Path

from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from bot.errors import StorageError
from storage import models
from storage.inspection import DatabaseLocation, explained_errors, server_engine
from storage.sqlite.store import open_engine

# Seconds. A desk that writes and commands that read may hold the file for a moment, again and again.
_GIVE_UP_AFTER = 60.0
_PAUSE = 0.05


def scrub(location: DatabaseLocation, *, rebuild: bool = True) -> None:
    """Writes the database anew without its free space, and empties the write-ahead log of SQLite.

    With `rebuild` False, which is enough where everything was overwritten as it was deleted, only the log is emptied.
    On PostgreSQL the server removes the rows that nobody can see. Raises StorageError if others hold the file too long.
    """
    if isinstance(location, Path):
        with explained_errors(location), open_engine(location).connect() as connection:
            if rebuild:
                _persist(connection, "VACUUM")
            _persist(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
    elif rebuild:
        with explained_errors(location), server_engine(location).connect() as connection:
            names = ", ".join(models.metadata.tables)
            connection.exec_driver_sql(f"VACUUM {names}")


def _persist(connection: Connection, statement: str) -> None:
    """Runs a statement of SQLite until nobody is in its way."""
    until = time.monotonic() + _GIVE_UP_AFTER
    while time.monotonic() < until:
        try:
            row = connection.exec_driver_sql(statement)
            if not row.returns_rows or row.scalar() == 0:
                return
        except OperationalError:
            if time.monotonic() + _PAUSE > until:
                raise
        time.sleep(_PAUSE)
    raise StorageError("Other programs read the database all the time: stop them, and run `uppzy-desk forget` again.")
