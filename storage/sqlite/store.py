"""SQLite store: one writer thread, many callers, group commit.

Work submitted during a commit is batched into the next one, so a burst costs one disk flush, and the event loop never
waits for the disk. If any work of a batch fails, the batch is rolled back and run again, each piece of work in a
savepoint of its own, so that a failure undoes only itself.
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
from storage.errors import explain_sqlite_error
from storage.migrate import migrate, refuse_unknown
from storage.repositories import StoredJobs, Transaction

T = TypeVar("T")
P = ParamSpec("P")

Enqueued = Callable[[list[tuple[int, Job]]], None]

log = logging.getLogger(__name__)

# Enough to share a flush among a burst, few enough that no caller waits long for the others.
_LARGEST_BATCH = 128
_BUSY_SECONDS = 5.0


@dataclass(slots=True)
class _WorkItem:
    """The work of one caller, and its outcome."""

    work: Callable[[Transaction], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    added: list[tuple[int, Job]] | None = None


class SqliteStore:
    """The database in one file, for one process. Use it as an async context manager.

    Opening raises DatabaseInUseError where another process has the file, StorageError where it cannot be used.
    """

    def __init__(self, path: Path, busy_seconds: float = _BUSY_SECONDS) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._lock = FileLock(f"{path}.lock", blocking=False)
        self._items: queue.SimpleQueue[_WorkItem | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._enqueued: Enqueued = _ignore_jobs

    def on_enqueued(self, listener: Enqueued) -> None:
        """Registers the listener that is called, in the event loop, with the jobs of each commit."""
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
        self._items.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)
            self._thread = None
        self._lock.release()

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work` in a transaction; returns its result once that is on disk."""
        if self._thread is None:
            raise StorageError("The database is closed.")
        future: asyncio.Future[T] = self._loop.create_future()
        self._items.put(_WorkItem(functools.partial(_call, work, args, kwargs), future))
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
                f"{self._path} cannot be opened: {error.strerror or error}; fix that or DATABASE_URL."
            ) from error

    def _connect(self) -> Connection:
        try:
            connection = open_engine(self._path, self._busy_seconds).connect()
            try:
                # Before `_prepare`, because the journal mode is written to the file.
                refuse_unknown(connection)
                _prepare(connection)
                migrate(connection)
            except BaseException:
                connection.close()
                raise
        except DBAPIError as error:
            raise StorageError(explain_sqlite_error(self._path, error)) from error
        return connection

    def _serve(self, connection: Connection) -> None:
        while (first := self._items.get()) is not None:
            batch, stopping = self._gather(first)
            _commit(connection, batch)
            self._loop.call_soon_threadsafe(self._deliver, batch)
            if stopping:
                break
        connection.close()

    def _gather(self, first: _WorkItem) -> tuple[list[_WorkItem], bool]:
        batch = [first]
        while len(batch) < _LARGEST_BATCH:
            try:
                item = self._items.get_nowait()
            except queue.Empty:
                break
            if item is None:
                return batch, True
            batch.append(item)
        return batch, False

    def _deliver(self, batch: list[_WorkItem]) -> None:
        added = [job for item in batch for job in item.added or ()]
        if added:
            self._enqueued(added)
        for item in batch:
            if item.future.done():
                continue
            if item.error is None:
                item.future.set_result(item.result)
            else:
                item.future.set_exception(item.error)


def open_engine(path: Path, busy_seconds: float = _BUSY_SECONDS) -> Engine:
    """Returns an engine for the file at `path` whose transactions the caller begins and ends.

    A statement fails when another process locks the file for longer than `busy_seconds`.
    """
    return create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"timeout": busy_seconds, "check_same_thread": False, "cached_statements": 512},
    )


def _refuse_read_only(path: Path) -> None:
    # SQLite opens a read-only file without an error; only the first write would fail.
    for needed in (path, path.parent):
        if needed.exists() and not os.access(needed, os.W_OK):
            raise StorageError(f"{needed} is read-only: let this user write there, or fix DATABASE_URL.")


def _prepare(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    # FULL: a commit is on disk before an event is acknowledged; group commit makes that affordable.
    connection.exec_driver_sql("PRAGMA synchronous=FULL")
    connection.exec_driver_sql("PRAGMA cache_size=-16000")


def _commit(connection: Connection, batch: list[_WorkItem]) -> None:
    try:
        if not _try_together(connection, batch):
            _in_transaction(connection, batch, _run_in_savepoint)
    except DBAPIError as error:
        _fail(batch, StorageError(f"The database did not take a transaction: {error.orig}."))
    except BaseException as error:  # noqa: BLE001 - every caller that waits must get a result
        _fail(batch, error)


def _try_together(connection: Connection, batch: list[_WorkItem]) -> bool:
    """Runs the batch without savepoints, a quarter of all statements. Returns False if any work fails."""
    try:
        _in_transaction(connection, batch, _run)
    except DBAPIError as error:
        if _is_fatal(error):
            raise
        return False
    except Exception:  # noqa: BLE001 - it is raised again in the savepoint of its caller
        return False
    return True


def _in_transaction(
    connection: Connection, batch: list[_WorkItem], run: Callable[[Connection, _WorkItem], None]
) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
    try:
        for item in batch:
            run(connection, item)
        connection.exec_driver_sql("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _run(connection: Connection, item: _WorkItem) -> None:
    # It may have run before, in a transaction that was rolled back.
    item.result = item.added = None
    jobs = StoredJobs(connection)
    item.result = item.work(Transaction(connection, jobs))
    item.added = jobs.added


def _run_in_savepoint(connection: Connection, item: _WorkItem) -> None:
    """Runs one piece of work, and undoes only that where it fails."""
    connection.exec_driver_sql("SAVEPOINT item")
    try:
        _run(connection, item)
    except DBAPIError as error:
        if _is_fatal(error):
            raise
        connection.exec_driver_sql("ROLLBACK TO item")
        item.error = StorageError(f"The database refused: {type(error.orig).__name__}.")
        item.error.__cause__ = error
    except Exception as error:  # noqa: BLE001 - it is raised to the caller of this work
        connection.exec_driver_sql("ROLLBACK TO item")
        item.error = error
    connection.exec_driver_sql("RELEASE item")


def _is_fatal(error: DBAPIError) -> bool:
    """Returns whether SQLite may have rolled back the whole transaction (disk full, input/output error)."""
    return isinstance(error.orig, Exception) and type(error.orig).__name__ == "OperationalError"


def _roll_back(connection: Connection) -> None:
    try:
        connection.exec_driver_sql("ROLLBACK")
    except DBAPIError:
        log.warning("rollback_refused")


def _fail(batch: list[_WorkItem], error: BaseException) -> None:
    for item in batch:
        item.error = error
        item.added = None


def _call(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], transaction: Transaction) -> Any:
    return work(transaction, *args, **kwargs)


def _ignore_jobs(jobs: list[tuple[int, Job]]) -> None:
    log.debug("jobs_wait_for_a_runner", extra={"count": len(jobs)})
