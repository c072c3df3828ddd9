"""PostgreSQL store: any number of bot processes on one database.

Work runs in a transaction at REPEATABLE READ. Of two transactions that change the same row, the second fails and runs
again; every claim relies on that compare-and-set. Work may run again because it is a plain function of the transaction.
Transactions that read each other's rows but change different ones do not fail: see docs/decisions/0010. Jobs are
deferred through procrastinate on the same connection, so rows and jobs are committed together or not at all.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
import random
import select
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import MappingProxyType, TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

import procrastinate
import psycopg
import psycopg_pool
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from sqlalchemy import create_engine, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.errors import StorageError
from bot.helpdesk.model.job import Job, JobKind
from storage.errors import explain_postgres_error
from storage.migrate import migrate
from storage.repositories import CollectedJobs, Transaction

T = TypeVar("T")
P = ParamSpec("P")

log = logging.getLogger(__name__)

TASK = "uppzy_desk.job"
QUEUE = "uppzy_desk"

# One thread each; all threads share one interpreter, so more of them gain nothing.
_CONNECTIONS = 4
_QUEUE_CONNECTIONS = 10
# Priorities between two urgencies. Of equally urgent jobs, effects go before events: work that has begun is finished
# first, otherwise all conversations advance in step and no one has an answer until all have.
_PRIORITIES_PER_URGENCY = 2
# The server usually takes its statistics while the queue is nearly empty, so a sequential scan for the other jobs of a
# lock seems cheap. With thousands of waiting jobs, fetching one took 60 to 280 ms (measured). procrastinate has no
# index that begins with the lock; with this one, and without sequential scans, it takes 1 to 2 ms.
_LOCK_INDEX = (
    "CREATE INDEX IF NOT EXISTS uppzy_desk_jobs_of_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing')"
)
_NO_SEQUENTIAL_SCANS = "-c enable_seqscan=off"
# Key of the advisory lock under which processes that start together migrate one after the other.
_MIGRATION_LOCK = 0x7570707A
# A migration may take much longer than a transaction of the desk. The limits are reset after it.
_MIGRATION_LIMITS = (
    "SET lock_timeout = '10min'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = '10min'"
)
_MOST_ATTEMPTS = 30
# For two transactions that add the same row: the next attempt sees the other's row, unless the work itself is wrong.
_MOST_COLLISIONS = 8
_NOW = text("SELECT extract(epoch FROM clock_timestamp())")
# SQLSTATE of serialization failure and deadlock: a concurrent transaction won.
_CONFLICTS = {"40001", "40P01"}
# A transaction of ours takes milliseconds. If its process is suspended in the middle, its rows would stay locked, so
# the server ends it. When the process resumes, the work fails and runs again.
_IDLE_LIMIT = "-c idle_in_transaction_session_timeout=5000"
# A connection whose server or network died without closing it is noticed within half a minute instead of hours. In
# seconds; the last one in milliseconds.
KEEP_ALIVE: Mapping[str, Any] = MappingProxyType(
    {
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
    }
)


class _ConnectionLostError(Exception):
    """The connection was lost before COMMIT was sent: nothing of the transaction has happened."""


class PostgresStore:
    """The database on a PostgreSQL server. Use it as an async context manager.

    Opening raises StorageError where the server cannot be reached or refuses a right that the desk needs.
    """

    def __init__(self, url: str, *, connections: int = _CONNECTIONS) -> None:
        self.address = _address(url)
        self._connections = connections
        self._engine = _engine(url, connections)
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="postgres")
        self.app = procrastinate.App(connector=_connector(url))
        # Never opened: jobs are deferred on the connection of their transaction.
        self._deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

    async def __aenter__(self) -> PostgresStore:
        try:
            # Before the pool of the queue is opened, which would retry for seconds and hide the reason.
            await self._in_thread(self._migrate)
            await self.app.open_async()
        except (DBAPIError, ConnectorException, psycopg.Error, OSError) as error:
            await self._close()
            raise StorageError(explain_postgres_error(error)) from error
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work` in a transaction; returns its result once committed.

        Work runs again after a conflict with another process, and after a connection was lost before COMMIT. When the
        connection is lost during COMMIT, the outcome is unknown: that raises StorageError, and a caller that runs the
        work again must expect that it has happened.
        """
        # Every connection of the pool may be broken.
        lost = 0
        for attempt in itertools.count():
            try:
                return await self._in_thread(self._run_once, lambda tx: work(tx, *args, **kwargs))
            except _ConnectionLostError as error:
                lost += 1
                if lost > self._connections:
                    raise StorageError("The connection to the database was lost.") from error
            except DBAPIError as error:
                if attempt >= _most_attempts(error):
                    raise StorageError(f"The database did not take a transaction: {_name(error)}.") from error
                await asyncio.sleep(random.uniform(0, min(0.2, 0.002 * 2**attempt)))
            except (ConnectorException, psycopg.Error, OSError) as error:
                raise StorageError(f"The database did not take a transaction: {type(error).__name__}.") from error
        raise AssertionError("unreachable")

    async def _in_thread(self, do: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, functools.partial(do, *args, **kwargs))

    def _run_once(self, work: Callable[[Transaction], T]) -> T:
        with self._engine.connect() as connection, connection.begin() as transaction:
            try:
                jobs = CollectedJobs()
                result = work(Transaction(connection, jobs))
                if jobs.collected:
                    self._defer(connection, jobs.collected)
            except (DBAPIError, ConnectorException, psycopg.Error) as error:
                if _is_broken(connection):
                    raise _ConnectionLostError from error
                raise
            transaction.commit()
        return result

    def _defer(self, connection: Connection, jobs: list[Job]) -> None:
        self._deferring.job_manager.batch_defer_jobs(
            jobs=_with_due_times(jobs, connection), connection=connection.connection.driver_connection
        )

    def _migrate(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql(_MIGRATION_LIMITS)
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})")
            try:
                migrate(connection)
                _create_queue(connection)
            finally:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_MIGRATION_LOCK})")
                connection.exec_driver_sql("RESET ALL")

    async def _close(self) -> None:
        await self.app.close_async()
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


def _is_broken(connection: Connection) -> bool:
    """Returns whether the connection is broken; if so, the pool discards it and all older ones."""
    if connection.invalidated:
        return True
    broken = bool(getattr(connection.connection.driver_connection, "closed", False))
    if broken:
        connection.invalidate()
    return broken


def _engine(url: str, connections: int) -> Engine:
    address = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        address,
        isolation_level="REPEATABLE READ",
        pool_size=connections,
        max_overflow=0,
        connect_args={
            **KEEP_ALIVE,
            "connect_timeout": 5,
            "options": f"{_IDLE_LIMIT} -c statement_timeout=10000 -c lock_timeout=2000",
        },
    )


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
        kwargs={**KEEP_ALIVE, "options": f"{_IDLE_LIMIT} {_NO_SEQUENTIAL_SCANS}"},
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


def _with_due_times(jobs: list[Job], connection: Connection) -> list[QueuedJob]:
    now = server_time(connection) if any(job.after for job in jobs) else 0.0
    return [_to_procrastinate(job, now + job.after if job.after else job.run_at) for job in jobs]


def server_time(connection: Connection) -> float:
    """Returns the Unix time of the server, the one clock that all processes share."""
    return float(connection.execute(_NOW).scalar_one())


def _to_procrastinate(job: Job, due: float) -> QueuedJob:
    return QueuedJob(
        id=None,
        queue=QUEUE,
        lock=job.lane,
        queueing_lock=None,
        task_name=TASK,
        priority=_PRIORITIES_PER_URGENCY * job.urgency + (job.kind is JobKind.EFFECT),
        task_kwargs={"kind": job.kind.value, "ref": job.ref},
        # Without a time it is due at once, even if the clocks of machines differ.
        scheduled_at=None if due == 0 else datetime.fromtimestamp(due, UTC),
    )


def _most_attempts(error: DBAPIError) -> int:
    """Returns how often to run work again after `error`; 0 where it is no conflict with another transaction."""
    if _state(error) in _CONFLICTS:
        return _MOST_ATTEMPTS
    return _MOST_COLLISIONS if isinstance(error, IntegrityError) else 0


def _state(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")


def _name(error: DBAPIError) -> str:
    return type(error.orig).__name__ if error.orig is not None else type(error).__name__
