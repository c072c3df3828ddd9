"""The SQLite store: one writing thread, many callers, commits shared by all who wait.

Work handed in while a commit is under way is gathered and committed together with the next one. So a burst costs one
disk flush, and the event loop never waits for the disk. Where a piece fails, all are undone and run again, each inside
its own savepoint, so that it undoes only itself.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import create_engine
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.errors import DatabaseInUseError, StorageError
from bot.helpdesk.model.job import Job
from storage.errors import why_not_sqlite
from storage.migrate import migrate, refuse_unknown
from storage.repositories import StoredJobs, Transaction

T = TypeVar("T")
P = ParamSpec("P")

Enqueued = Callable[[list[tuple[int, Job]]], None]

log = logging.getLogger(__name__)

# Enough to share a flush among a burst, few enough that nobody waits long for the others.
_LARGEST_BATCH = 128
_BUSY_SECONDS = 5.0


@dataclass(slots=True)
class _Piece:
    """One caller's work and what became of it."""

    work: Callable[[Transaction], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    added: list[tuple[int, Job]] | None = None


class SqliteStore:
    """The desk's database in one file, for one process. Use it as an async context manager.

    Raises DatabaseInUseError where another process has the file, StorageError where it cannot be used.
    """

    def __init__(self, path: Path, busy_seconds: float = _BUSY_SECONDS) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._lock = FileLock(f"{path}.lock", blocking=False)
        self._pieces: queue.SimpleQueue[_Piece | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._enqueued: Enqueued = _nobody_listens

    def on_enqueued(self, listener: Enqueued) -> None:
        """Have `listener` called, in the event loop, with the jobs of each commit."""
        self._enqueued = listener

    async def __aenter__(self) -> SqliteStore:
        self._take_lock()
        try:
            connection = await asyncio.to_thread(self._connect)
        except BaseException:
            self._lock.release()
            raise
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._serve, args=(connection,), name="sqlite-writer", daemon=True)
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pieces.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
            self._thread = None
        self._lock.release()

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in a transaction; return its result once that is on disk."""
        if self._thread is None:
            raise StorageError("The database is closed.")
        future: asyncio.Future[T] = self._loop.create_future()
        self._pieces.put(_Piece(functools.partial(_call, work, args, kwargs), future))
        return await future

    def _take_lock(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _refuse_read_only(self._path)
            self._lock.acquire()
        except Timeout:
            raise DatabaseInUseError(
                f"Another process works on {self._path}. Stop it first, or give this one its own DATABASE_URL."
            ) from None
        except OSError as error:
            raise StorageError(
                f"{self._path} cannot be opened: {error.strerror or error}; mend that or DATABASE_URL."
            ) from error

    def _connect(self) -> Connection:
        try:
            connection = open_engine(self._path, self._busy_seconds).connect()
            try:
                # Before anything is written: the journal's mode is, into the file itself.
                refuse_unknown(connection)
                _prepare(connection)
                migrate(connection)
            except BaseException:
                connection.close()
                raise
        except DBAPIError as error:
            raise StorageError(why_not_sqlite(self._path, error)) from error
        return connection

    def _serve(self, connection: Connection) -> None:
        while (first := self._pieces.get()) is not None:
            batch, stopping = self._gather(first)
            _commit(connection, batch)
            self._loop.call_soon_threadsafe(self._deliver, batch)
            if stopping:
                break
        connection.close()

    def _gather(self, first: _Piece) -> tuple[list[_Piece], bool]:
        batch = [first]
        while len(batch) < _LARGEST_BATCH:
            try:
                piece = self._pieces.get_nowait()
            except queue.Empty:
                break
            if piece is None:
                return batch, True
            batch.append(piece)
        return batch, False

    def _deliver(self, batch: list[_Piece]) -> None:
        added = [job for piece in batch for job in piece.added or ()]
        if added:
            self._enqueued(added)
        for piece in batch:
            if piece.future.done():
                continue
            if piece.error is None:
                piece.future.set_result(piece.result)
            else:
                piece.future.set_exception(piece.error)


def open_engine(path: Path, busy_seconds: float = _BUSY_SECONDS) -> Engine:
    """An engine for the file at `path` whose transactions the caller begins and ends.

    Another process may hold the file for up to `busy_seconds` before a statement fails.
    """
    return create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": busy_seconds, "check_same_thread": False, "cached_statements": 512},
    )


def _refuse_read_only(path: Path) -> None:
    # SQLite itself opens such a file and says so only when the first question is to be stored.
    for needed in (path, path.parent):
        if needed.exists() and not os.access(needed, os.W_OK):
            raise StorageError(f"{needed} is read-only: let this user write there, or mend DATABASE_URL.")


def _prepare(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    # FULL: a commit is on the disk before an acknowledgement leaves; shared commits make that affordable.
    connection.exec_driver_sql("PRAGMA synchronous=FULL")
    connection.exec_driver_sql("PRAGMA cache_size=-16000")


def _commit(connection: Connection, batch: list[_Piece]) -> None:
    try:
        if not _all_done(connection, batch):
            _in_transaction(connection, batch, _run_apart)
    except DBAPIError as error:
        _fail(batch, StorageError(f"The database did not take a transaction: {error.orig}."))
    except BaseException as error:  # noqa: BLE001 - whoever waits must hear of it
        _fail(batch, error)


def _all_done(connection: Connection, batch: list[_Piece]) -> bool:
    """Run the pieces as if none could fail, and tell whether none did: savepoints would be a quarter of what is run."""
    try:
        _in_transaction(connection, batch, _run)
    except DBAPIError as error:
        if _is_fatal(error):
            raise
        return False
    except Exception:  # noqa: BLE001 - it is met again where it is known whose it is
        return False
    return True


def _in_transaction(connection: Connection, batch: list[_Piece], run: Callable[[Connection, _Piece], None]) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        for piece in batch:
            run(connection, piece)
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _run(connection: Connection, piece: _Piece) -> None:
    # It may have been run before and undone, with everything it had added.
    piece.result = piece.added = None
    jobs = StoredJobs(connection)
    piece.result = piece.work(Transaction(connection, jobs))
    piece.added = jobs.added


def _run_apart(connection: Connection, piece: _Piece) -> None:
    """Run a piece so that it undoes only itself where it fails."""
    connection.exec_driver_sql("SAVEPOINT piece")
    try:
        _run(connection, piece)
    except DBAPIError as error:
        if _is_fatal(error):
            raise
        _undo(connection)
        piece.error = StorageError(f"The database refused: {type(error.orig).__name__}.")
        piece.error.__cause__ = error
    except Exception as error:  # noqa: BLE001 - it belongs to the caller of this piece
        _undo(connection)
        piece.error = error
    connection.exec_driver_sql("RELEASE piece")


def _is_fatal(error: DBAPIError) -> bool:
    """Whether SQLite may have ended the whole transaction by itself (disk full, input/output error)."""
    return isinstance(error.orig, Exception) and type(error.orig).__name__ == "OperationalError"


def _undo(connection: Connection) -> None:
    connection.exec_driver_sql("ROLLBACK TO piece")


def _roll_back(connection: Connection) -> None:
    try:
        connection.exec_driver_sql("ROLLBACK")
    except DBAPIError:
        log.warning("rollback_refused")


def _fail(batch: list[_Piece], error: BaseException) -> None:
    for piece in batch:
        piece.error = error
        piece.added = None


def _call(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], transaction: Transaction) -> Any:
    return work(transaction, *args, **kwargs)


def _nobody_listens(jobs: list[tuple[int, Job]]) -> None:
    log.debug("jobs_wait_for_a_runner", extra={"count": len(jobs)})
