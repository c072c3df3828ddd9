"""Short transactions of commands, beside a running desk."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.engine import Connection

from storage.inspection import DatabaseLocation, explained_errors, server_engine
from storage.sqlite.store import open_engine


@contextlib.contextmanager
def writing(location: DatabaseLocation) -> Iterator[Connection]:
    """Opens a transaction that is committed at the end of the block. It waits for one of the desk's.

    Raises StorageError where the database cannot be written.
    """
    engine = open_engine(location) if isinstance(location, Path) else server_engine(location)
    with explained_errors(location), engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if isinstance(location, Path) else "BEGIN")
        try:
            yield connection
        except BaseException:
            connection.exec_driver_sql("ROLLBACK")
            raise
        connection.exec_driver_sql("COMMIT")
