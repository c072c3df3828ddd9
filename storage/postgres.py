"""The PostgreSQL store: any number of bot processes on one database.

Every piece of work runs in a transaction of its own at REPEATABLE READ: two processes that change the same row cannot
both succeed, the later one is told so and runs again. That is the compare-and-set every claim rests on, and it asks
nothing of the work but that it may be run again, which holds since it is a plain function of the transaction. Jobs are
deferred through procrastinate on the same connection, so rows and jobs are committed together or not at all.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import Concatenate, ParamSpec, TypeVar

import procrastinate
import psycopg
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.errors import StorageError
from bot.helpdesk.ports import Job
from storage.migrate import migrate
from storage.refusals import why_not_postgres
from storage.repositories import GatheredJobs, Transaction

T = TypeVar("T")
P = ParamSpec("P")

log = logging.getLogger(__name__)

TASK = "uppzy_desk.job"
QUEUE = "uppzy_desk"

# Any number that nobody else takes: processes that start together migrate one after the other.
_MIGRATION_LOCK = 0x7570707A
_MOST_ATTEMPTS = 30
# Two that add the same row: the second time the other's row is seen, unless the work itself is at fault.
_MOST_COLLISIONS = 8
# 40001 and 40P01: another transaction was quicker. Not a fault of anybody's.
_OVERTAKEN = {"40001", "40P01"}
# A transaction of ours takes milliseconds. One whose process was frozen in the middle would keep its rows locked for as
# long as it sleeps; the server ends it, and what the process does once awake fails and is done again.
_NO_LOITERING = "-c idle_in_transaction_session_timeout=5000"


class PostgresStore:
    """The desk's database on a PostgreSQL server. Use it as an async context manager.

    Raises StorageError where the server cannot be reached or refuses what the desk needs of it.
    """

    def __init__(self, url: str, *, connections: int = 10) -> None:
        self._engine = _engine(url, connections)
        self.app = procrastinate.App(connector=_connector(url, connections))

    async def __aenter__(self) -> PostgresStore:
        try:
            # The pool of the queue would try for seconds and not say why; a single connection does at once.
            async with self._engine.connect() as connection:
                await self.app.open_async()
                await self._bring_up_to_date(connection)
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
        """Run `work` in a transaction, again where another process was quicker; return its result once committed."""
        for attempt in itertools.count():
            try:
                return await self._run_once(lambda tx: work(tx, *args, **kwargs))
            except DBAPIError as error:
                if attempt >= _attempts_worth(error):
                    raise StorageError(f"The database did not take a transaction: {_name(error)}.") from error
                await asyncio.sleep(random.uniform(0, min(0.2, 0.002 * 2**attempt)))
            except (ConnectorException, psycopg.Error, OSError) as error:
                raise StorageError(f"The database did not take a transaction: {type(error).__name__}.") from error
        raise AssertionError("unreachable")

    async def _run_once(self, work: Callable[[Transaction], T]) -> T:
        async with self._engine.begin() as connection:
            result, jobs = await connection.run_sync(_work_in, work)
            if jobs:
                await self._defer(connection, jobs)
        return result

    async def _defer(self, connection: AsyncConnection, jobs: list[Job]) -> None:
        raw = await connection.get_raw_connection()
        await self.app.job_manager.batch_defer_jobs_async(
            jobs=[_queued(job) for job in jobs], connection=raw.driver_connection
        )

    async def _bring_up_to_date(self, connection: AsyncConnection) -> None:
        locked = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await locked.exec_driver_sql(f"SELECT pg_advisory_lock({_MIGRATION_LOCK})")
        try:
            await locked.run_sync(migrate)
            if not await self._has_queue(locked):
                await self.app.schema_manager.apply_schema_async()
        finally:
            await locked.exec_driver_sql(f"SELECT pg_advisory_unlock({_MIGRATION_LOCK})")

    async def _has_queue(self, connection: AsyncConnection) -> bool:
        found = await connection.exec_driver_sql("SELECT to_regclass('procrastinate_jobs')")
        return found.scalar() is not None

    async def _close(self) -> None:
        await self.app.close_async()
        await self._engine.dispose()


def _engine(url: str, connections: int) -> AsyncEngine:
    address = make_url(url).set(drivername="postgresql+psycopg")
    return create_async_engine(
        address,
        isolation_level="REPEATABLE READ",
        pool_size=connections,
        max_overflow=connections,
        pool_pre_ping=False,
        connect_args={
            "connect_timeout": 5,
            "options": f"{_NO_LOITERING} -c statement_timeout=10000 -c lock_timeout=2000",
        },
    )


def _connector(url: str, connections: int) -> procrastinate.PsycopgConnector:
    return procrastinate.PsycopgConnector(
        conninfo=make_url(url).set(drivername="postgresql").render_as_string(hide_password=False),
        min_size=1,
        max_size=connections,
        timeout=5.0,
        kwargs={"options": _NO_LOITERING},
    )


def _work_in(connection: Connection, work: Callable[[Transaction], T]) -> tuple[T, list[Job]]:
    jobs = GatheredJobs()
    return work(Transaction(connection, jobs)), jobs.gathered


def _queued(job: Job) -> QueuedJob:
    return QueuedJob(
        id=None,
        queue=QUEUE,
        lock=job.lane,
        queueing_lock=None,
        task_name=TASK,
        priority=job.urgency,
        task_kwargs={"kind": job.kind.value, "ref": job.ref},
        # Without a time it is due at once, whatever the clocks of several machines say.
        scheduled_at=None if job.run_at == 0 else datetime.fromtimestamp(job.run_at, UTC),
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
