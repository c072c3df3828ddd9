"""Looking at a database file without changing it, also while a desk is working with it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.errors import StorageError
from storage.migrate import current_version

_BUSY_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """How a database file stands. `version` None: there is no file yet, or nothing in it.

    `wanted` is the version this code works with, `known` whether `version` is one it can start from, `in_use` whether
    a running desk holds the file.
    """

    version: str | None
    wanted: str
    known: bool
    in_use: bool


def inspect(path: Path) -> DatabaseState:
    """Look at the file. Raises StorageError where it is no database that can be read."""
    scripts = ScriptDirectory(str(Path(__file__).parent / "migrations"))
    version = _version(path) if path.exists() else None
    return DatabaseState(
        version=version,
        wanted=scripts.get_current_head() or "",
        known=version is None or version in {script.revision for script in scripts.walk_revisions()},
        in_use=_in_use(path),
    )


def _version(path: Path) -> str | None:
    with reading(path) as connection:
        return current_version(connection)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[Connection]:
    """A connection that sees the file as it is now and can change nothing; a running desk does not notice it.

    Raises StorageError where the file cannot be read, also for what goes wrong inside the block.
    """
    engine = create_engine("sqlite://", creator=lambda: _open(path), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            yield connection
    except DBAPIError as error:
        raise StorageError(f"{path} cannot be read as a database: {error.orig}.") from error


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
