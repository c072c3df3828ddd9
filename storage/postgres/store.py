"""The PostgreSQL store: any number of bot processes on one database.

Every piece of work runs in a transaction of its own at REPEATABLE READ: two processes that change the same row cannot
both succeed, the later one is told so and runs again. That is the compare-and-set every claim rests on, and it asks
nothing of the work but that it may be run again, which holds since it is a plain function of the transaction. Of two
that change different rows neither is told (docs/decisions/0010 says what is done about it). Jobs are deferred through
procrastinate on the same connection, so rows and jobs are committed together or not at all.
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
from storage.errors import why_not_postgres
from storage.migrate import migrate
from storage.repositories import GatheredJobs, Transaction

T = TypeVar("T")
P = ParamSpec("P")

log = logging.getLogger(__name__)

TASK = "uppzy_desk.job"
QUEUE = "uppzy_desk"

# Threads, which all want the one interpreter: more of them gain nothing.
_CONNECTIONS = 4
_QUEUE_CONNECTIONS = 10
# Between two urgencies: of jobs that are as urgent, what was begun goes before what is not, or all advance in step and
# nobody has an answer until everybody has.
_STEP = 2
# The queue is nearly empty when the server takes its statistics, so that looking through all of it for the other jobs
# of a lock seems cheap. Once thousands waited, taking one job took 60 to 280 ms (measured). procrastinate has no index
# that begins with the lock; with this one, and reading no whole table, it takes one or two.
_LOCK_INDEX = (
    "CREATE INDEX IF NOT EXISTS uppzy_desk_jobs_of_lock ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing')"
)
_BY_INDEX = "-c enable_seqscan=off"
# Any number that nobody else takes: processes that start together migrate one after the other.
_MIGRATION_LOCK = 0x7570707A
# Bounds that are right for a piece of work are not for a migration, however slow the machine; they come back after it.
_FOR_MIGRATION = (
    "SET lock_timeout = '10min'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = '10min'"
)
_MOST_ATTEMPTS = 30
# Two that add the same row: the second time the other's row is seen, unless the work itself is at fault.
_MOST_COLLISIONS = 8
_NOW = text("SELECT extract(epoch FROM clock_timestamp())")
# 40001 and 40P01: another transaction was quicker. Not a fault of anybody's.
_OVERTAKEN = {"40001", "40P01"}
# A transaction of ours takes milliseconds. One whose process was frozen in the middle would keep its rows locked for as
# long as it sleeps; the server ends it, and what the process does once awake fails and is done again.
_NO_LOITERING = "-c idle_in_transaction_session_timeout=5000"
# A server that went away without a word (its machine did, or the network) is noticed within half a minute, not within
# hours. Milliseconds for the last one, seconds for the others.
KEEP_ALIVE: Mapping[str, Any] = MappingProxyType(
    {
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
    }
)


class _LostError(Exception):
    """The connection was lost before the commit was asked for: nothing of the transaction has happened."""


class PostgresStore:
    """The desk's database on a PostgreSQL server. Use it as an async context manager.

    Raises StorageError where the server cannot be reached or refuses what the desk needs of it.
    """

    def __init__(self, url: str, *, connections: int = _CONNECTIONS) -> None:
        self.address = _address(url)
        self._connections = connections
        self._engine = _engine(url, connections)
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix="postgres")
        self.app = procrastinate.App(connector=_connector(url))
        # It never connects by itself: jobs are deferred on the connection of the transaction they belong to.
        self._deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

    async def __aenter__(self) -> PostgresStore:
        try:
            # Before the queue is opened, whose pool would try for seconds and not say why.
            await self._in_thread(self._migrate)
            await self.app.open_async()
        except (DBAPIError, ConnectorException, psycopg.Error, OSError) as error:
            await self._close()
            raise StorageError(why_not_postgres(error)) from error
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in a transaction; return its result once committed.

        It is run again where another process was quicker, and where the connection was lost before the commit. Lost
        while committing, the outcome is not known: that raises StorageError, and whoever runs it again must bear that
        it may have happened.
        """
        # Each connection of the pool may have been cut.
        lost = 0
        for attempt in itertools.count():
            try:
                return await self._in_thread(self._run_once, lambda tx: work(tx, *args, **kwargs))
            except _LostError as error:
                lost += 1
                if lost > self._connections:
                    raise StorageError("The connection to the database was lost.") from error
            except DBAPIError as error:
                if attempt >= _attempts_worth(error):
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
                jobs = GatheredJobs()
                result = work(Transaction(connection, jobs))
                if jobs.gathered:
                    self._defer(connection, jobs.gathered)
            except (DBAPIError, ConnectorException, psycopg.Error) as error:
                if _is_cut(connection):
                    raise _LostError from error
                raise
            transaction.commit()
        return result

    def _defer(self, connection: Connection, jobs: list[Job]) -> None:
        self._deferring.job_manager.batch_defer_jobs(
            jobs=_queued(jobs, connection), connection=connection.connection.driver_connection
        )

    def _migrate(self) -> None:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            # Processes that start together wait here for the one that migrates.
            connection.exec_driver_sql(_FOR_MIGRATION)
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})")
            try:
                migrate(connection)
                _add_queue(connection)
            finally:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({_MIGRATION_LOCK})")
                connection.exec_driver_sql("RESET ALL")

    async def _close(self) -> None:
        await self.app.close_async()
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()


def _is_cut(connection: Connection) -> bool:
    """Whether the server or the network has ended the connection; then it is thrown away with all older ones."""
    if connection.invalidated:
        return True
    cut = bool(getattr(connection.connection.driver_connection, "closed", False))
    if cut:
        connection.invalidate()
    return cut


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
            "options": f"{_NO_LOITERING} -c statement_timeout=10000 -c lock_timeout=2000",
        },
    )


def _add_queue(connection: Connection) -> None:
    """Make the queue's tables where there are none, and the index that is missing in them."""
    if connection.exec_driver_sql("SELECT to_regclass('procrastinate_jobs')").scalar() is None:
        connection.exec_driver_sql(procrastinate.schema.SchemaManager.get_schema().replace("%", "%%"))
    connection.exec_driver_sql(_LOCK_INDEX)


def _address(url: str) -> str:
    """As the driver wants it, password and all."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _connector(url: str) -> procrastinate.PsycopgConnector:
    return procrastinate.PsycopgConnector(
        conninfo=_address(url),
        min_size=1,
        max_size=_QUEUE_CONNECTIONS,
        timeout=5.0,
        kwargs={**KEEP_ALIVE, "options": f"{_NO_LOITERING} {_BY_INDEX}"},
        pool_factory=_pool,
    )


def _pool(**arguments: Any) -> psycopg_pool.AsyncConnectionPool:
    """The queue's pool, as procrastinate wants it but for the check of a connection before each use."""
    return psycopg_pool.AsyncConnectionPool(**{**arguments, "check": _refuse_ended})


async def _refuse_ended(connection: psycopg.AsyncConnection[Any]) -> None:
    """Raise OperationalError for a connection that the server has ended.

    On an idle connection a server says hardly anything but that it is over, so the server is asked only where the
    socket has something to read: always to ask would be one more round trip for each query of the queue.
    """
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await psycopg_pool.AsyncConnectionPool.check_connection(connection)


def _queued(jobs: list[Job], connection: Connection) -> list[QueuedJob]:
    now = server_time(connection) if any(job.after for job in jobs) else 0.0
    return [_at(job, now + job.after if job.after else job.run_at) for job in jobs]


def server_time(connection: Connection) -> float:
    """What time it is in Unix seconds by the one clock that all processes on the database share."""
    return float(connection.execute(_NOW).scalar_one())


def _at(job: Job, due: float) -> QueuedJob:
    return QueuedJob(
        id=None,
        queue=QUEUE,
        lock=job.lane,
        queueing_lock=None,
        task_name=TASK,
        priority=_STEP * job.urgency + (job.kind is JobKind.EFFECT),
        task_kwargs={"kind": job.kind.value, "ref": job.ref},
        # Without a time it is due at once, whatever the clocks of several machines say.
        scheduled_at=None if due == 0 else datetime.fromtimestamp(due, UTC),
    )


def _attempts_worth(error: DBAPIError) -> int:
    """How often the same work is worth running again, since somebody else changed or added what it was about to."""
    if _state(error) in _OVERTAKEN:
        return _MOST_ATTEMPTS
    return _MOST_COLLISIONS if isinstance(error, IntegrityError) else 0


def _state(error: BaseException) -> str:
    return str(getattr(getattr(error, "orig", error), "sqlstate", "") or "")


def _name(error: DBAPIError) -> str:
    return type(error.orig).__name__ if error.orig is not None else type(error).__name__
