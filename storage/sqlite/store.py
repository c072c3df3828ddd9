"""SQLite store: a connection that writes, with group commit, so a burst costs one flush of the disk; one that reads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from bot.errors import DatabaseInUseError, StorageError
from bot.helpdesk.ports import WorkPriority
from storage.errors import explain_sqlite_error
from storage.group_commit import Batch, BatchError, BatchWriter, CommittedJob, GroupCommit, Limits, PrioritizedStore
from storage.known import Known
from storage.migrate import migrate, refuse_unknown
from storage.reading import Reader
from storage.repositories import Transaction
from storage.sqlite.queue import Lanes, StoredJobs

T = TypeVar("T")
P = ParamSpec("P")

Enqueued = Callable[[list[CommittedJob]], None]

log = logging.getLogger(__name__)

_LIMITS = Limits(accepting_apart=True)
_BUSY_SECONDS = 5.0
_PRIVATE = 0o600
# The ends of the names of the files beside a database.
_BESIDE = ("-wal", "-shm", ".lock", ".forget.lock")


class SqliteStore(PrioritizedStore):
    """The database in one file, for one process. Use it as an async context manager.

    Opening raises DatabaseInUseError where another process has the file, StorageError where it cannot be used.
    """

    def __init__(self, path: Path, busy_seconds: float = _BUSY_SECONDS) -> None:
        self._path = path
        self._busy_seconds = busy_seconds
        self._lock = FileLock(f"{path}.lock", blocking=False, mode=_PRIVATE)
        self._enqueued: Enqueued = _ignore_jobs
        self.lanes = Lanes()
        self.known = Known()
        self._reader = Reader(_read_only_engine(path, busy_seconds))
        super().__init__(GroupCommit("sqlite", self._new_writer, _LIMITS, announce=self._announce))

    def on_enqueued(self, listener: Enqueued) -> None:
        """Registers the listener that is called, in the event loop, with the jobs of each commit."""
        self._enqueued = listener

    async def __aenter__(self) -> SqliteStore:
        self._take_lock()
        try:
            self._connection = await asyncio.to_thread(self._connect)
        except BaseException:
            self._lock.release()
            raise
        self._commits.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._commits.close()
        await self._reader.close()
        self._lock.release()

    async def read(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work`, which only reads, on a second connection; see `Database.read`."""
        return await self._reader.run(lambda tx: work(tx, *args, **kwargs))

    async def overwrite_deleted(self) -> None:
        """Writes the file anew without its free space, and empties the log; see `Database.overwrite_deleted`."""
        await self._commits.run(_rebuild, WorkPriority.CONTINUING, alone=True)

    def _announce(self, jobs: list[CommittedJob]) -> None:
        self._enqueued(jobs)

    def _new_writer(self) -> BatchWriter:
        return _BatchWriter(self._connection, self.lanes, self.known)

    def _take_lock(self) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            _refuse_read_only(self._path)
            self._lock.acquire()
            _make_private(self._path)
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


def _read_only_engine(path: Path, busy_seconds: float) -> Engine:
    engine = open_engine(path, busy_seconds)
    event.listen(engine, "connect", lambda connection, record: connection.execute("PRAGMA query_only=ON"))
    return engine


def _refuse_read_only(path: Path) -> None:
    # SQLite opens a read-only file without an error; only the first write would fail.
    for needed in (path, path.parent):
        if needed.exists() and not os.access(needed, os.W_OK):
            raise StorageError(f"{needed} is read-only: let this user write there, or fix DATABASE_URL.")


def _make_private(path: Path) -> None:
    """Makes the files of a database, which holds what people wrote, readable for their owner alone.

    SQLite gives the files beside it the same mode when it creates them; those of an earlier version are changed.
    """
    if not path.exists():
        path.touch(_PRIVATE)
    for file in (path, *(Path(f"{path}{end}") for end in _BESIDE)):
        # A file of another user has to stay as it is.
        with contextlib.suppress(FileNotFoundError, PermissionError):
            file.chmod(_PRIVATE)


def _prepare(connection: Connection) -> None:
    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    # FULL: a commit is on disk before an event is acknowledged; group commit makes that affordable.
    connection.exec_driver_sql("PRAGMA synchronous=FULL")
    connection.exec_driver_sql("PRAGMA cache_size=-16000")


def _rebuild(tx: Transaction) -> None:
    """Ends the transaction, which has nothing in it yet, for what cannot run in one, and begins another."""
    connection = tx.connection
    connection.exec_driver_sql("COMMIT")
    try:
        connection.exec_driver_sql("VACUUM")
        if connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar():
            raise StorageError("Another program reads the database, so the log was not emptied.")
    finally:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class _BatchWriter:
    """The one connection to the file."""

    def __init__(self, connection: Connection, lanes: Lanes, known: Known) -> None:
        self._connection = connection
        self._lanes = lanes
        self._known = known

    def commit(self, batch: Batch) -> None:
        try:
            # IMMEDIATE: a transaction that reads first could otherwise not become a writer.
            self._connection.exec_driver_sql("BEGIN IMMEDIATE")
            self._run(batch)
        except DBAPIError as error:
            if _is_fatal(error):
                raise BatchError(f"The database did not take a transaction: {error.orig}.") from error
            raise

    def _run(self, batch: Batch) -> None:
        jobs_of_batch: list[StoredJobs] = []
        try:
            for piece in batch:
                jobs = StoredJobs(self._connection, self._lanes)
                jobs_of_batch.append(jobs)
                transaction = Transaction(self._connection, jobs, self._known)
                piece.result = piece.work(transaction)
                jobs.claim_new(transaction)
                piece.jobs = jobs.added
            self._connection.exec_driver_sql("COMMIT")
        except BaseException:
            for jobs in jobs_of_batch:
                jobs.undo()
            self._known.clear()
            _roll_back(self._connection)
            raise

    def retry_delay(self, error: BaseException, failures: int) -> float | None:
        return None

    def explain(self, error: BaseException) -> BaseException:
        if not isinstance(error, DBAPIError):
            return error
        explained = StorageError(f"The database refused: {type(error.orig).__name__}.")
        explained.__cause__ = error
        return explained

    def close(self) -> None:
        self._connection.close()


def _is_fatal(error: DBAPIError) -> bool:
    """Returns whether SQLite may have rolled back the whole transaction (disk full, input/output error)."""
    return isinstance(error.orig, Exception) and type(error.orig).__name__ == "OperationalError"


def _roll_back(connection: Connection) -> None:
    try:
        connection.exec_driver_sql("ROLLBACK")
    except DBAPIError:
        log.warning("rollback_refused")


def _ignore_jobs(jobs: list[CommittedJob]) -> None:
    log.debug("jobs_wait_for_a_runner", extra={"count": len(jobs)})
