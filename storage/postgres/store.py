"""PostgreSQL store: any number of bot processes on one database.

Work runs in a transaction at REPEATABLE READ. Of two transactions that change the same row, the second fails and runs
again; every claim relies on that compare-and-set. Work may run again because it is a plain function of the transaction.
Transactions that read each other's rows but change different ones do not fail: see docs/decisions/0010. Jobs are
deferred through procrastinate on the same connection, so rows and jobs are committed together or not at all.
"""

from __future__ import annotations

import asyncio
import logging
import random
import select
from collections.abc import Callable
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

import procrastinate
import psycopg
import psycopg_pool
from procrastinate.exceptions import ConnectorException
from procrastinate.manager import JobManager
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool

from bot.errors import StorageError
from storage.errors import explain_postgres_error
from storage.group_commit import Batch, BatchError, BatchWriter, GroupCommit, Limits, PrioritizedStore
from storage.known import Known
from storage.migrate import migrate
from storage.postgres.options import KEEP_ALIVE, PLANNER
from storage.postgres.queue import BatchOfJobs, Beginning, QueuedJobs
from storage.reading import Reader
from storage.repositories import Transaction

T = TypeVar("T")
P = ParamSpec("P")
Driver = psycopg.Connection[Any]

log = logging.getLogger(__name__)

# One connection works while no batch stalls. The others are for as many batches that wait for locks or for the server.
_LIMITS = Limits(connections=4)
_QUEUE_CONNECTIONS = 10
# The server usually takes its statistics while the queue is nearly empty, so a sequential scan for the other jobs of a
# lock seems cheap. With thousands of waiting jobs, fetching one took 60 to 280 ms (measured). procrastinate has no
# index that begins with the lock; with this one, and without sequential scans, it takes 1 to 2 ms.
_LOCK_INDEX = (
    "CREATE INDEX IF NOT EXISTS uppzy_desk_jobs_of_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing')"
)
# Key of the advisory lock under which processes that start together migrate one after the other.
_MIGRATION_LOCK = 0x7570707A
# A migration may take much longer than a transaction of the desk.
_MIGRATION_LIMITS = (
    "SET lock_timeout = '10min'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = '10min'"
)
_MOST_ATTEMPTS = 30
# For two transactions that add the same row: the next attempt sees the other's row, unless the work itself is wrong.
_MOST_COLLISIONS = 8
_MOST_LOST_CONNECTIONS = 4
# In milliseconds. A batch that waits for a lock soon runs again, each piece alone, so that only one piece waits long.
_LOCK_TIMEOUT_SHARED = 100
_LOCK_TIMEOUT = 2000
_STATEMENT_LIMITS = f"-c statement_timeout=10000 -c lock_timeout={_LOCK_TIMEOUT_SHARED}"
_BEGIN = b"BEGIN ISOLATION LEVEL REPEATABLE READ"
_BEGIN_ALONE = _BEGIN + b"; SET LOCAL lock_timeout = %d" % _LOCK_TIMEOUT
# More than the desk has statements; the driver's 100 are fewer.
_MOST_PREPARED = 1000
# SQLSTATE of serialization failure and deadlock: a concurrent transaction won.
_CONFLICTS = {"40001", "40P01"}
# A transaction of ours takes milliseconds. If its process is suspended in the middle, its rows would stay locked, so
# the server ends it. When the process resumes, the work fails and runs again.
_IDLE_LIMIT = "-c idle_in_transaction_session_timeout=5000"


class _ConnectionLostError(Exception):
    """The connection was lost before COMMIT was sent: nothing of the transaction has happened."""


class PostgresStore(PrioritizedStore):
    """The database on a PostgreSQL server. Use it as an async context manager.

    Opening raises StorageError where the server cannot be reached or refuses a right that the desk needs.
    """

    def __init__(self, url: str, limits: Limits = _LIMITS) -> None:
        self.address = _address(url)
        self._engine = _engine(url)
        self._known = Known()
        self.beginning = Beginning()
        self.app = procrastinate.App(connector=_connector(url))
        # Never opened: jobs are deferred on the connection of their transaction.
        self._deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
        self._reader = Reader(self._engine)
        super().__init__(GroupCommit("postgres", self._new_writer, limits, announce=self.beginning.announce))

    async def __aenter__(self) -> PostgresStore:
        try:
            # Before the pool of the queue is opened, which would retry for seconds and hide the reason.
            await asyncio.to_thread(self._migrate)
            await self.app.open_async()
        except (DBAPIError, ConnectorException, psycopg.Error, OSError) as error:
            await self.app.close_async()
            raise StorageError(explain_postgres_error(error)) from error
        except BaseException:
            await self.app.close_async()
            raise
        self._commits.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.app.close_async()
        await self._commits.close()
        await self._reader.close()

    async def read(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work`, which only reads, on a connection of its own; see `Database.read`."""
        return await self._reader.run(lambda tx: work(tx, *args, **kwargs))

    async def overwrite_deleted(self) -> None:
        """Does nothing: the server removes by itself what nobody can see any more; see `Database.overwrite_deleted`."""

    def _new_writer(self) -> BatchWriter:
        return _BatchWriter(self._engine, self._deferring.job_manager, self.beginning, self._known)

    def _migrate(self) -> None:
        with self._engine.connect() as connection:
            prepare(connection)


def prepare(connection: Connection) -> None:
    """Makes the tables of the desk and of its queue, or migrates them. Raises StorageError where `migrate` does."""
    connection.exec_driver_sql(_MIGRATION_LIMITS)
    connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})")
    try:
        migrate(connection)
        _create_queue(connection)
    finally:
        connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_MIGRATION_LOCK})")


class _BatchWriter:
    """One connection, made when it is first used and again when it was lost."""

    def __init__(self, engine: Engine, queue: JobManager, beginning: Beginning, known: Known) -> None:
        self._engine = engine
        self._queue = queue
        self._beginning = beginning
        self._known = known
        self._connection: Connection | None = None

    def commit(self, batch: Batch) -> None:
        try:
            self._commit_once(batch)
        except BaseException:
            self._known.clear()
            raise

    def _commit_once(self, batch: Batch) -> None:
        connection, driver = self._begin(_BEGIN_ALONE if batch.is_single else _BEGIN)
        try:
            deferred = BatchOfJobs(self._beginning)
            for piece in batch:
                jobs = QueuedJobs(deferred)
                transaction = Transaction(connection, jobs, self._known)
                piece.result = piece.work(transaction)
                jobs.claim_new(transaction)
                piece.jobs = jobs.begun
            deferred.defer(self._queue, connection, driver)
        except BaseException as error:
            if not self._roll_back(driver):
                raise _ConnectionLostError from error
            raise
        self._commit(driver)

    def _begin(self, begin: bytes) -> tuple[Connection, Driver]:
        """Begins a transaction. A connection that was lost while it was idle is replaced."""
        if self._connection is not None:
            driver = _driver(self._connection)
            try:
                driver.execute(begin, prepare=False)
                return self._connection, driver
            except psycopg.Error:
                self._disconnect()
        try:
            self._connection = self._engine.connect()
            driver = _driver(self._connection)
            driver.execute(begin, prepare=False)
        except (DBAPIError, psycopg.Error, OSError) as error:
            self._disconnect()
            raise BatchError(f"The database cannot be reached: {_name(error)}.") from error
        return self._connection, driver

    def _commit(self, driver: Driver) -> None:
        try:
            outcome = driver.execute(b"COMMIT", prepare=False).statusmessage
        except psycopg.Error as error:
            if self._roll_back(driver):
                raise
            raise BatchError(f"The database did not confirm a commit: {_name(error)}.") from error
        if outcome != "COMMIT":
            # The server rolls back instead, without an error, if an error of a statement was ignored.
            raise psycopg.errors.InFailedSqlTransaction("A statement failed before the commit.")

    def _roll_back(self, driver: Driver) -> bool:
        """Rolls back, and returns whether the connection is still usable."""
        try:
            driver.execute(b"ROLLBACK", prepare=False)
        except psycopg.Error:
            self._disconnect()
            return False
        return True

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def retry_delay(self, error: BaseException, failures: int) -> float | None:
        if failures >= _most_attempts(error):
            return None
        return random.uniform(0, min(0.2, 0.002 * 2**failures))

    def explain(self, error: BaseException) -> BaseException:
        if isinstance(error, _ConnectionLostError):
            explained = StorageError("The connection to the database was lost.")
        elif isinstance(error, DBAPIError | ConnectorException | psycopg.Error | OSError):
            explained = StorageError(f"The database did not take a transaction: {_name(error)}.")
        else:
            return error
        explained.__cause__ = error
        return explained

    def close(self) -> None:
        self._disconnect()


def _driver(connection: Connection) -> Driver:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver


def _engine(url: str) -> Engine:
    """Returns an engine whose transactions the caller begins and ends."""
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={
            **KEEP_ALIVE,
            "connect_timeout": 5,
            "options": f"{_IDLE_LIMIT} {PLANNER} {_STATEMENT_LIMITS}",
        },
    )
    event.listen(engine, "connect", _keep_all_prepared)
    return engine


def _keep_all_prepared(connection: Driver, record: object) -> None:
    connection.prepared_max = _MOST_PREPARED


def _create_queue(connection: Connection) -> None:
    """Creates the tables of procrastinate where they are missing, and the index that they lack."""
    if connection.exec_driver_sql("SELECT to_regclass('procrastinate_jobs')").scalar() is None:
        connection.exec_driver_sql(procrastinate.schema.SchemaManager.get_schema().replace("%", "%%"))
    connection.exec_driver_sql(_LOCK_INDEX)


def _address(url: str) -> str:
    """Returns the address as the driver expects it, with the password."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _connector(url: str) -> procrastinate.PsycopgConnector:
    return procrastinate.PsycopgConnector(
        conninfo=_address(url),
        min_size=1,
        max_size=_QUEUE_CONNECTIONS,
        timeout=5.0,
        kwargs={**KEEP_ALIVE, "options": f"{_IDLE_LIMIT} {PLANNER}"},
        pool_factory=_pool,
    )


def _pool(**arguments: Any) -> psycopg_pool.AsyncConnectionPool:
    """Returns the pool that procrastinate asks for, with a cheaper check of each connection before use."""
    return psycopg_pool.AsyncConnectionPool(**{**arguments, "check": _refuse_closed})


async def _refuse_closed(connection: psycopg.AsyncConnection[Any]) -> None:
    """Raises OperationalError for a connection that the server has closed.

    The server sends hardly anything on an idle connection but its end, so the full check runs only if the socket has
    data to read. It is a round trip, which would otherwise precede every query of the queue.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await psycopg_pool.AsyncConnectionPool.check_connection(connection)


def _most_attempts(error: BaseException) -> int:
    """Returns how often to run work again after `error`; 0 where it is no conflict with another transaction."""
    if isinstance(error, _ConnectionLostError):
        return _MOST_LOST_CONNECTIONS
    if _state(error) in _CONFLICTS:
        return _MOST_ATTEMPTS
    return _MOST_COLLISIONS if isinstance(error, IntegrityError | psycopg.IntegrityError) else 0


def _state(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")


def _name(error: BaseException) -> str:
    return type(getattr(error, "orig", None) or error).__name__
