"""The runner on PostgreSQL: procrastinate's worker inside every bot process.

The lane is procrastinate's lock: of one lane one job runs at a time, in every process together, the more urgent first,
then the older. What a dead or frozen process held is given to others: of a dead one the server ends the connection, and
with it a lock that says that the process lives, at once; of a frozen one, or where the network is to blame, the
heartbeat grows old. A job may run twice all the same; every effect checks and claims its own row, which makes that
harmless.

A connection may be cut at any moment, and with it any write get lost. The end of a job is written until it is kept, and
only while the job is still held by the run that ended. A job that the database thinks a worker of this process runs,
but none does (it was taken, and the answer got lost), is given back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job as QueuedJob
from procrastinate.worker import Worker
from psycopg import AsyncConnection
from psycopg import Error as PostgresError
from sqlalchemy import text

from bot.errors import StorageError
from bot.helpdesk.lanes import inbox_lane
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.ports import Clock
from bot.helpdesk.retry import Schedule, next_delay
from storage.interfaces import Handler
from storage.postgres.store import KEEP_ALIVE, QUEUE, TASK, PostgresStore, server_time
from storage.repositories import Transaction

log = logging.getLogger(__name__)

# A question that waits for the assistant is a job that runs, so thousands must be allowed to.
_MOST_AT_ONCE = 10_000
_HEARTBEAT_SECONDS = 3.0
_DEAD_AFTER_SECONDS = 15.0
# Without the lock: more than a heartbeat, for a process that is just connecting again.
_GONE_AFTER_SECONDS = 5.0
_RECOVER_EVERY_SECONDS = 2.0
_SHOW_LIFE_AGAIN_SECONDS = 0.5
# The first half of our advisory locks' keys; the second is the worker's number.
_LIVES = 0x75707079
# New jobs announce themselves; this is for those set for later.
_POLL_SECONDS = 1.0
_WAKE_AGAIN_SECONDS = 0.02
_LOOK_AGAIN_SECONDS = 0.05
_FORGOTTEN_AFTER_SECONDS = 120.0
_LOOK_FOR_FORGOTTEN_EVERY_SECONDS = 30.0
_FAULT = Schedule(first=1.0, longest=900.0)
_MOST_FAULTS = 100
# How long to wait before the end of a job is written again.
_WRITE_AGAIN = Schedule(first=0.05, longest=2.0)
# A job that was just taken is not known to run yet: so many looks in a row must find that nobody runs it.
_LOOKS_BEFORE_GIVING_BACK = 3


class _RunAgainError(Exception):
    """The handler wants to run again after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        super().__init__()


class _ServerClock:
    """The database's clock, by which it says what is due, counted on from when it was read.

    Ours may be an hour off, or jump: what is set for later by it would come an hour late.
    """

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    async def read(self, store: PostgresStore) -> None:
        """Ask the server what time it is. Raises StorageError."""
        self._ahead = await store.run(lambda tx: server_time(tx.connection)) - time.monotonic()

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self._ahead + time.monotonic(), UTC)


class _Again(BaseRetryStrategy):
    """What becomes of a job that did not finish."""

    def __init__(self, now: _ServerClock) -> None:
        self._now = now

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        delay = self._delay(exception, job)
        return None if delay is None else RetryDecision(retry_at=self._now() + timedelta(seconds=delay))

    def _delay(self, exception: BaseException, job: QueuedJob) -> float | None:
        if isinstance(exception, _RunAgainError):
            return exception.delay
        if isinstance(exception, asyncio.CancelledError):
            # This process stops: another one, or the next start, goes on with it.
            return 0.0
        if job.attempts >= _MOST_FAULTS:
            return None
        return next_delay(_FAULT, attempts=job.attempts + 1, elapsed=0.0, chance=random.random())


class _EagerWorker(Worker):
    """procrastinate's worker looks for work when some is announced; a job that ends frees the next of its lane.

    While it runs a lock says that its process lives. Where it cannot ask the database it takes no more jobs and says so
    with `ending`; those that run, which may wait for minutes, it still sees to their end. `leaving`: the process stops,
    and whatever is not written by now is left to others.
    """

    server_clock: _ServerClock
    address: str
    ending: asyncio.Event
    leaving: asyncio.Event

    @property
    def running(self) -> frozenset[int]:
        """The ids of the jobs that run, up to the moment at which their end is written."""
        return frozenset(context.job.id for context in self._running_jobs.values() if context.job.id is not None)

    async def _run_loop(self) -> None:
        connection = await self._show_life()
        showing = asyncio.create_task(self._keep_showing_life(connection))
        try:
            await super()._run_loop()  # type: ignore[no-untyped-call]
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    async def _show_life(self) -> AsyncConnection[Any]:
        """Take the lock that says that this process lives, for as long as the connection does."""
        connection = await AsyncConnection.connect(self.address, autocommit=True, **KEEP_ALIVE)
        try:
            await connection.execute("SELECT pg_advisory_lock(%s, %s)", (_LIVES, self.worker_id))
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _keep_showing_life(self, connection: AsyncConnection[Any]) -> None:
        """Take the lock again whenever its connection was cut: the worker still lives, and so do its jobs."""
        while True:
            try:
                async with connection:
                    # Nobody notifies this connection of anything: it ends when it is cut.
                    async for _ in connection.notifies():
                        pass
            except PostgresError:
                log.debug("worker_lock_lost", extra={"worker": self.worker_id})
            await asyncio.sleep(_SHOW_LIFE_AGAIN_SECONDS)
            with contextlib.suppress(PostgresError):
                connection = await self._show_life()

    async def _shutdown(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        self.ending.set()
        beating = asyncio.create_task(self._update_heartbeat())
        try:
            await super()._shutdown(side_tasks)
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _update_heartbeat(self) -> None:
        """Beat on after a beat that got lost: whoever stops would lose every job that still runs to others."""
        while True:
            await asyncio.sleep(self.update_heartbeat_interval)
            try:
                await self.app.job_manager.update_heartbeat(self.worker_id)  # type: ignore[arg-type]
            except ConnectorException:
                log.debug("heartbeat_lost", extra={"worker": self.worker_id})

    async def _persist_job_status(self, *args: Any, **kwargs: Any) -> None:
        """Write the end of a job, again and again until it is kept. Only then may its lane go on."""
        job: QueuedJob = kwargs["job"]
        again: RetryDecision | None = kwargs.get("retry_decision")
        attempts = 0
        while not await self._is_end_kept(job, again):
            attempts += 1
            if self.leaving.is_set():
                # Another process has the job once this worker is struck off; what it finds done it does not do again.
                log.warning("job_end_not_kept", extra={"job": job.id})
                return
            pause = next_delay(_WRITE_AGAIN, attempts=attempts, elapsed=0.0, chance=random.random())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.leaving.wait(), pause)
        self._wake_for_next(again)

    async def _is_end_kept(self, job: QueuedJob, again: RetryDecision | None) -> bool:
        """Whether the job's end is written, or need not be any more because another run has the job by now."""
        held = {"id": job.id, "worker": self.worker_id, "attempts": job.attempts}
        try:
            if again is None:
                await self.app.connector.execute_query_async(_END, **held)
            else:
                await self.app.connector.execute_query_async(_PUT_BACK, **held, at=again.retry_at)
        except ConnectorException:
            return False
        return True

    def _wake_for_next(self, again: RetryDecision | None) -> None:
        at = again.retry_at if again is not None else None
        delay = (at - self.server_clock()).total_seconds() if at is not None else 0.0
        # Twice: while the worker asks the database it forgets what it is told, and would sleep until its next poll.
        for moment in (0.0, _WAKE_AGAIN_SECONDS):
            asyncio.get_running_loop().call_later(max(0.0, delay) + moment, self._new_job_event.set)


# Only as long as the run that ended still holds the job: a write whose outcome got lost is made again, and meanwhile
# the job may have been taken by another run, here or elsewhere.
_END = (
    "DELETE FROM procrastinate_jobs"
    " WHERE id = %(id)s AND status = 'doing' AND worker_id = %(worker)s AND attempts = %(attempts)s"
)
_PUT_BACK = (
    "UPDATE procrastinate_jobs SET status = 'todo', abort_requested = false, attempts = attempts + 1,"
    " scheduled_at = %(at)s"
    " WHERE id = %(id)s AND status = 'doing' AND worker_id = %(worker)s AND attempts = %(attempts)s"
)


class ProcrastinateRunner:
    """Runs the jobs of a PostgresStore, together with every other process on the same database."""

    def __init__(self, store: PostgresStore, handlers: Mapping[JobKind, Handler], clock: Clock) -> None:
        self._store = store
        self._handlers = handlers
        self._clock = clock
        self._running: set[asyncio.Task[Any]] = set()
        self._stopping = asyncio.Event()
        self._workers: dict[asyncio.Task[None], _EagerWorker] = {}
        self._leaving = asyncio.Event()
        self._nobodys: dict[_Run, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._server_clock = _ServerClock()
        store.app.task(name=TASK, queue=QUEUE, retry=_Again(self._server_clock))(self._do)

    @property
    def unfinished(self) -> int:
        """How many jobs run in this process."""
        return len(self._running)

    async def start(self) -> None:
        """Begin to take jobs, and to look after those of processes that died."""
        await self._server_clock.read(self._store)
        regular = (
            self._every(_RECOVER_EVERY_SECONDS, self.recover),
            self._every(_LOOK_FOR_FORGOTTEN_EVERY_SECONDS, self.find_forgotten),
        )
        self._tasks = [asyncio.create_task(task) for task in (self._keep_working(), *regular)]

    async def stop(self, timeouts: float) -> None:
        """Take no further job; give running ones `patience` seconds to end, then hand them back."""
        self._stopping.set()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self._workers.values():
            worker.stop()  # type: ignore[no-untyped-call]
        while self._workers and (await asyncio.wait(self._workers, timeout=timeouts))[1]:
            self._leaving.set()
            for job in self._running:
                job.cancel()
            # A job may have been on its way to a worker when that was told to stop.
            timeouts = _LOOK_AGAIN_SECONDS

    async def idle(self) -> None:
        """Wait until no process runs anything and nothing is due."""
        # Other processes work too, and none of them tells us when it is done.
        while await self._store.run(_busy):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def _do(self, kind: str, ref: str) -> None:
        job = asyncio.current_task()
        assert job is not None
        self._running.add(job)
        try:
            delay = await self._handlers[JobKind(kind)](ref)
        except Exception as error:
            log.exception("job_fault", extra={"kind": kind, "ref": ref, "error": type(error).__name__})
            raise
        finally:
            self._running.discard(job)
        if delay is not None:
            raise _RunAgainError(delay)

    async def _keep_working(self) -> None:
        """Run a worker, and another one as soon as it takes no more jobs because the database went away."""
        while not self._stopping.is_set():
            worker = self._new_worker()
            end = asyncio.create_task(_run(worker))
            self._workers[end] = worker
            end.add_done_callback(self._workers.pop)
            await _first(end, worker.ending, self._stopping)
            await self._pause(1.0)

    def _new_worker(self) -> _EagerWorker:
        worker = _EagerWorker(
            app=self._store.app,
            queues=[QUEUE],
            concurrency=_MOST_AT_ONCE,
            fetch_job_polling_interval=_POLL_SECONDS,
            install_signal_handlers=False,
            update_heartbeat_interval=_HEARTBEAT_SECONDS,
            stalled_worker_timeout=_DEAD_AFTER_SECONDS,
        )
        worker.server_clock = self._server_clock
        worker.address = self._store.address
        worker.ending = asyncio.Event()
        worker.leaving = self._leaving
        return worker

    async def _every(self, seconds: float, task: Callable[[], Awaitable[None]]) -> None:
        while not self._stopping.is_set():
            try:
                await task()
            except StorageError:
                log.warning("jobs_not_recovered")
            await self._pause(seconds)

    async def recover(self) -> None:
        """Have what dead processes held done by others, and what nobody in this one runs though it was taken here."""
        await self._server_clock.read(self._store)
        count = await self._store.run(_give_back)
        if count:
            log.warning("jobs_taken_over", extra={"count": count})
        await self._give_back_what_nobody_runs()

    async def _give_back_what_nobody_runs(self) -> None:
        """Give back what was taken by a query whose answer got lost with its connection."""
        workers = [worker for worker in self._workers.values() if worker.worker_id is not None]
        held = await self._store.run(_held_by, [worker.worker_id for worker in workers])
        running = {id for worker in workers for id in worker.running}
        # Looked at after the answer: what was taken meanwhile is not in it, and what ended meanwhile is gone next time.
        self._nobodys = {run: self._nobodys.get(run, 0) + 1 for run in held if run.job not in running}
        lost = [run for run, looks in self._nobodys.items() if looks >= _LOOKS_BEFORE_GIVING_BACK]
        if lost and (count := await self._store.run(_give_back_runs, lost)):
            log.warning("lost_jobs_given_back", extra={"count": count})

    async def find_forgotten(self) -> None:
        """Have done what lost its job though its work is not done: a woken process may have ended it for another."""
        count = await self._store.run(_enqueue_forgotten, self._clock() - _FORGOTTEN_AFTER_SECONDS)
        if count:
            log.warning("forgotten_jobs_found", extra={"count": count})

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One run of a job, as the database knows it."""

    job: int
    worker: int
    attempts: int


async def _run(worker: _EagerWorker) -> None:
    try:
        await worker.run()  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 - whatever ended it, the jobs are in the database
        log.warning("worker_ended", extra={"error": type(error).__name__})


async def _first(end: asyncio.Task[None], *events: asyncio.Event) -> None:
    """Wait until the task is done or one of the events is set."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait([end, *waits], return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


# What a worker held that is struck off belongs to none.
_STRIKE_OFF = text(
    "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => :silent) AND NOT EXISTS"
    " (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = :lives AND objid = procrastinate_workers.id"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
# What procrastinate's documented recipe for stalled jobs does, for all of them at once: there may be thousands.
_GIVE_BACK = text(
    "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = now()"
    " WHERE status = 'doing' AND (worker_id IS NULL OR worker_id IN (SELECT id FROM procrastinate_workers"
    " WHERE last_heartbeat < now() - make_interval(secs => :silent)))"
)
_HELD_BY = text(
    "SELECT id, worker_id, attempts FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = ANY(:workers)"
)
_GIVE_BACK_RUN = text(
    "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = now()"
    " WHERE id = :job AND status = 'doing' AND worker_id = :worker AND attempts = :attempts"
)
_BUSY = text(
    "SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'"
    " OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now()))"
)
_FORGOTTEN_EFFECTS = text(
    "SELECT id, lane FROM effects WHERE settled_at IS NULL AND decided_at < :before AND NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND args ->> 'ref' = effects.id) LIMIT 500"
)
_FORGOTTEN_INPUTS = text(
    "SELECT id FROM inputs WHERE taken_in_at IS NULL AND received_at < :before AND NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND args ->> 'ref' = inputs.id) LIMIT 500"
)


def _give_back(tx: Transaction) -> int:
    """Strike off whoever is gone, and have what the dead held done by others. Returns how many jobs those were."""
    tx.connection.execute(_STRIKE_OFF, {"silent": _GONE_AFTER_SECONDS, "lives": _LIVES})
    return tx.connection.execute(_GIVE_BACK, {"silent": _DEAD_AFTER_SECONDS}).rowcount


def _held_by(tx: Transaction, workers: list[int | None]) -> list[_Run]:
    rows = tx.connection.execute(_HELD_BY, {"workers": workers}).all() if workers else []
    return [_Run(job=row.id, worker=row.worker_id, attempts=row.attempts) for row in rows]


def _give_back_runs(tx: Transaction, runs: list[_Run]) -> int:
    return sum(tx.connection.execute(_GIVE_BACK_RUN, asdict(run)).rowcount for run in runs)


def _busy(tx: Transaction) -> bool:
    return bool(tx.connection.execute(_BUSY).scalar())


def _enqueue_forgotten(tx: Transaction, before: float) -> int:
    effects = tx.connection.execute(_FORGOTTEN_EFFECTS, {"before": before}).all()
    inputs = tx.connection.execute(_FORGOTTEN_INPUTS, {"before": before}).all()
    for row in effects:
        tx.jobs.enqueue(Job(kind=JobKind.EFFECT, ref=row.id, lane=row.lane))
    for row in inputs:
        tx.jobs.enqueue(Job(kind=JobKind.INPUT, ref=row.id, lane=inbox_lane(row.id)))
    return len(effects) + len(inputs)
