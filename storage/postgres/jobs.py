"""Job runner on PostgreSQL: a procrastinate worker inside every bot process, and what begins without a job.

The lane is procrastinate's lock: in all processes together one job of a lane runs at a time, the more urgent first,
then the older. An event whose lane was free is handled in the process that accepted it, an effect that was claimed with
its decision runs in the process that decided it, and the lane is taken until that is finished or has a job; a job of
the lane that is fetched meanwhile waits.

Jobs of a dead or suspended process are requeued, and what it had begun gets jobs. When a process dies, the server
closes its connection and releases an advisory lock that shows at once that it is gone; when it is suspended or cut off,
its heartbeat expires. A job may still run twice; that is harmless because every effect claims its own row.

A connection may break at any moment, and any write with it. The end of a job is written until that succeeds, and only
while the job is still held by the run that ended. A job that the database assigns to a worker of this process but that
does not run here (the response to the fetch was lost) is requeued.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job as QueuedJob
from procrastinate.worker import Worker
from psycopg import AsyncConnection
from psycopg import Error as PostgresError
from sqlalchemy import text

from bot.errors import StorageError
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.ports import Clock
from bot.helpdesk.retry import Schedule, next_delay
from storage.group_commit import CommittedJob
from storage.interfaces import Handler, NewEffects
from storage.postgres.options import KEEP_ALIVE
from storage.postgres.presence import LIVENESS_LOCK, Presence
from storage.postgres.queue import (
    QUEUE,
    TASK,
    BegunRow,
    give_all_back,
    give_back,
    leave_alone,
    owned_by,
    server_time,
    take_over,
)
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction

log = logging.getLogger(__name__)

# A question that waits for the assistant is a running job, so there may be thousands.
_MOST_AT_ONCE = 10_000
_HEARTBEAT_SECONDS = 3.0
_DEAD_AFTER_SECONDS = 15.0
# For a worker without its advisory lock: longer than a heartbeat, since it may be reconnecting.
_GONE_AFTER_SECONDS = 5.0
_RECOVER_EVERY_SECONDS = 2.0
_RELOCK_SECONDS = 0.5
# Parts of `_GONE_AFTER_SECONDS`: for how long after a heartbeat effects may begin, and when the next one is due.
_CERTAIN = 0.9
_BEAT = 0.3
# New jobs are announced by NOTIFY; polling is for jobs with a later due time.
_POLL_SECONDS = 1.0
_STOP_POLL_SECONDS = 0.05
_ORPHANED_AFTER_SECONDS = 120.0
_FIND_ORPHANED_EVERY_SECONDS = 30.0
_FAULT = Schedule(first=1.0, longest=900.0)
_MOST_FAULTS = 100
# Between attempts to write the end of a job.
_WRITE_RETRY = Schedule(first=0.05, longest=2.0)
# A job that was just fetched is not registered as running yet, so it must be missing in several checks in a row.
_CHECKS_BEFORE_REQUEUE = 3


class _RunAgainError(Exception):
    """The handler asked to run again after `delay` seconds."""

    def __init__(self, delay: float) -> None:
        self.delay = delay
        super().__init__()


class _ServerClock:
    """Clock of the database server, which decides what is due, continued by the monotonic clock since the last `read`.

    The local wall clock may be an hour off or jump; a due time computed with it would be as wrong.
    """

    def __init__(self) -> None:
        self._ahead = time.time() - time.monotonic()

    async def read(self, store: PostgresStore) -> None:
        """Reads the time from the server. Raises StorageError."""
        self._ahead = await store.run(lambda tx: server_time(tx.connection)) - time.monotonic()

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self._ahead + time.monotonic(), UTC)


class _RetryStrategy(BaseRetryStrategy):
    """Decides when a job that raised runs again.

    Only faults count, not the attempts of the job: it may have run often before, to wait for its lane or for a time.
    """

    def __init__(self, now: _ServerClock) -> None:
        self._now = now
        # By job, of those that have faults in this process and did not end in it since.
        self._faults: dict[int | None, int] = {}

    def forget(self, job: QueuedJob) -> None:
        """Forgets the faults of a job that has ended."""
        self._faults.pop(job.id, None)

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        delay = self._delay(exception, job)
        return None if delay is None else RetryDecision(retry_at=self._now() + timedelta(seconds=delay))

    def _delay(self, exception: BaseException, job: QueuedJob) -> float | None:
        if isinstance(exception, _RunAgainError):
            return exception.delay
        if isinstance(exception, asyncio.CancelledError):
            # This process stops: another one runs the job, or the next start.
            return 0.0
        faults = self._faults[job.id] = self._faults.get(job.id, 0) + 1
        if faults > _MOST_FAULTS:
            self.forget(job)
            return None
        return next_delay(_FAULT, attempts=faults, elapsed=0.0, chance=random.random())


class _Announcement(asyncio.Event):
    """Remembers whether it was set when it was cleared last."""

    def __init__(self) -> None:
        super().__init__()
        self.was_set = False

    def clear(self) -> None:
        self.was_set = self.is_set()
        super().clear()


class _EagerWorker(Worker):
    """A procrastinate worker that fetches the next job of a lane as soon as one ends, not only when one is announced.

    While it runs, it holds an advisory lock that shows that its process lives. When it cannot reach the database, it
    sets `ending` and fetches no more jobs, but waits for running ones, which may take minutes. Once `leaving` is set,
    the process is stopping, and a job whose end is not written yet is left to other processes.
    """

    server_clock: _ServerClock
    address: str
    owner: int
    ending: asyncio.Event
    leaving: asyncio.Event

    @property
    def running(self) -> frozenset[int]:
        """Returns the ids of the running jobs; a job counts as running until its end is written."""
        return frozenset(context.job.id for context in self._running_jobs.values() if context.job.id is not None)

    async def _run_loop(self) -> None:
        self._new_job_event = self._announcement = _Announcement()
        connection = await self._take_liveness_lock()
        locking = asyncio.create_task(self._keep_liveness_lock(connection))
        try:
            await super()._run_loop()  # type: ignore[no-untyped-call]
        finally:
            locking.cancel()
            await asyncio.gather(locking, return_exceptions=True)

    async def _fetch_and_process_jobs(self) -> None:
        """Fetches once more where a job was announced during the last fetch.

        procrastinate clears the announcement after each fetch, and the job would wait until the next poll.
        """
        while not self._stop_event.is_set():
            self._announcement.clear()
            await super()._fetch_and_process_jobs()  # type: ignore[no-untyped-call]
            if not self._announcement.was_set:
                return

    async def _take_liveness_lock(self) -> AsyncConnection[Any]:
        """Takes the lock that shows that this process lives; it is held until the connection returned ends."""
        connection = await AsyncConnection.connect(self.address, autocommit=True, **KEEP_ALIVE)
        try:
            await connection.execute("SELECT pg_advisory_lock(%s, %s)", (LIVENESS_LOCK, self.worker_id))
        except BaseException:
            await connection.close()
            raise
        return connection

    async def _keep_liveness_lock(self, connection: AsyncConnection[Any]) -> None:
        """Takes the lock again whenever its connection breaks, since the worker and its jobs still live."""
        while True:
            try:
                async with connection:
                    # No notification ever arrives: the loop ends when the connection breaks.
                    async for _ in connection.notifies():
                        pass
            except PostgresError:
                log.debug("worker_lock_lost", extra={"worker": self.worker_id})
            await asyncio.sleep(_RELOCK_SECONDS)
            with contextlib.suppress(PostgresError):
                connection = await self._take_liveness_lock()

    async def _shutdown(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        self.ending.set()
        heartbeat = asyncio.create_task(self._update_heartbeat())
        try:
            await super()._shutdown(side_tasks)
        finally:
            heartbeat.cancel()
            await asyncio.gather(heartbeat, return_exceptions=True)

    async def _update_heartbeat(self) -> None:
        """Continues after a failed heartbeat: without heartbeats all running jobs would be requeued elsewhere."""
        while True:
            await asyncio.sleep(self.update_heartbeat_interval)
            try:
                await self.app.job_manager.update_heartbeat(self.worker_id)  # type: ignore[arg-type]
            except ConnectorException:
                log.debug("heartbeat_lost", extra={"worker": self.worker_id})

    async def _persist_job_status(self, *args: Any, **kwargs: Any) -> None:
        """Writes the end of a job until that succeeds; only then may the next job of its lane run."""
        job: QueuedJob = kwargs["job"]
        retry: RetryDecision | None = kwargs.get("retry_decision")
        attempts = 0
        while not await self._write_end(job, retry):
            attempts += 1
            if self.leaving.is_set():
                # Another process gets the job once this worker is removed, and does not repeat finished work.
                log.warning("job_end_not_kept", extra={"job": job.id})
                return
            pause = next_delay(_WRITE_RETRY, attempts=attempts, elapsed=0.0, chance=random.random())
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.leaving.wait(), pause)
        self._wake_for_next(retry)

    async def _write_end(self, job: QueuedJob, retry: RetryDecision | None) -> bool:
        """Writes the end of a job unless another run holds it by now. Returns False where the database failed."""
        held = {
            "id": job.id,
            "worker": self.worker_id,
            "attempts": job.attempts,
            "ref": job.task_kwargs["ref"],
            "owner": self.owner,
        }
        try:
            if retry is None:
                await self.app.connector.execute_query_async(_END, **held)
            else:
                await self.app.connector.execute_query_async(_RESCHEDULE, **held, at=retry.retry_at)
        except ConnectorException:
            return False
        return True

    def _wake_for_next(self, retry: RetryDecision | None) -> None:
        at = retry.retry_at if retry is not None else None
        delay = (at - self.server_clock()).total_seconds() if at is not None else 0.0
        asyncio.get_running_loop().call_later(max(0.0, delay), self._new_job_event.set)


# Only while the run that ended still holds the job: a write with an unknown outcome is repeated, and another run may
# hold the job by then. The effect of the job has begun no longer.
_HELD = "WHERE id = %(id)s AND status = 'doing' AND worker_id = %(worker)s AND attempts = %(attempts)s RETURNING id"
_NOT_BEGUN = "UPDATE effects SET owner = NULL WHERE id = %(ref)s AND owner = %(owner)s AND EXISTS (SELECT 1 FROM ended)"
_END = f"WITH ended AS (DELETE FROM procrastinate_jobs {_HELD}) {_NOT_BEGUN}"  # noqa: S608 - all parts are constants
_POSTPONE = (
    "UPDATE procrastinate_jobs"
    " SET status = 'todo', abort_requested = false, attempts = attempts + 1, scheduled_at = %(at)s"
)
_RESCHEDULE = f"WITH ended AS ({_POSTPONE} {_HELD}) {_NOT_BEGUN}"


class ProcrastinateRunner:
    """Runs the jobs of a PostgresStore, together with every other process on the same database."""

    def __init__(
        self,
        store: PostgresStore,
        handlers: Mapping[JobKind, Handler],
        clock: Clock,
        new_effects: NewEffects | None = None,
    ) -> None:
        self._store = store
        self._handlers = handlers
        self._clock = clock
        self._new_effects = new_effects
        self._presence = Presence(
            store.address,
            heartbeat_seconds=_BEAT * _GONE_AFTER_SECONDS,
            certain_for=_CERTAIN * _GONE_AFTER_SECONDS,
        )
        # All that runs here, with the id of the effect, the event or the scheduled job.
        self._running: dict[asyncio.Task[Any], str] = {}
        # Of that, the effects that have begun without a job; by lane the latest of each.
        self._performing: set[asyncio.Task[bool]] = set()
        self._taken: dict[str, asyncio.Task[bool]] = {}
        self._stopping = asyncio.Event()
        self._workers: dict[asyncio.Task[None], _EagerWorker] = {}
        self._leaving = asyncio.Event()
        self._missing: dict[_Run, int] = {}
        self._unattended: dict[BegunRow, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._server_clock = _ServerClock()
        self._retries = _RetryStrategy(self._server_clock)
        task = store.app.task(name=TASK, queue=QUEUE, retry=self._retries, pass_context=True)
        task(self._do)

    @property
    def unfinished(self) -> int:
        """Returns how many jobs and effects run in this process."""
        return len(self._running)

    async def start(self) -> None:
        """Begins to run jobs and effects, and to take over those of dead processes."""
        await self._server_clock.read(self._store)
        await self._presence.enter()
        self._store.beginning.presence = self._presence
        self._store.beginning.perform = self._perform_all
        self._store.beginning.new_effects = self._new_effects
        periodic = (
            self._every(_RECOVER_EVERY_SECONDS, self.recover),
            self._every(_FIND_ORPHANED_EVERY_SECONDS, self.enqueue_orphaned),
        )
        self._tasks = [asyncio.create_task(task) for task in (self._keep_working(), *periodic)]

    async def stop(self, grace_seconds: float) -> None:
        """Takes no further job. Running ones have `grace_seconds` to end; then they are released."""
        self._stopping.set()
        self._store.beginning.new_effects = None
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self._workers.values():
            worker.stop()  # type: ignore[no-untyped-call]
        timeout = grace_seconds
        while ending := {*self._workers, *self._performing}:
            _, late = await asyncio.wait(ending, timeout=timeout)
            if late:
                self._leaving.set()
                for job in self._running:
                    job.cancel()
                # A job may have been fetched but not started when its worker was stopped, so check again.
                timeout = _STOP_POLL_SECONDS
        await self._leave()

    async def _leave(self) -> None:
        """Gives to others at once what has begun here. Otherwise they take it over when the heartbeat expires."""
        self._store.beginning.perform = leave_alone
        await self._presence.leave()
        with contextlib.suppress(StorageError):
            await self._store.run(_remove_process, self._presence.id)

    async def idle(self) -> None:
        """Waits until no process runs a job and nothing is due within half a second.

        An effect whose lane was taken at its claim is due again after less than that.
        """
        # Other processes work too, and do not announce when they are done.
        while self._has_running_jobs or await self._store.run(_busy):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    @property
    def _has_running_jobs(self) -> bool:
        return bool(self._performing) or any(worker.running for worker in self._workers.values())

    async def _do(self, context: JobContext, kind: str, ref: str) -> None:
        job = asyncio.current_task()
        assert job is not None
        self._running[job] = ref
        try:
            await self._wait_for_lane(context.job.lock)
            delay = await self._handlers[JobKind(kind)](ref)
        except _RunAgainError:
            raise
        except Exception as error:
            log.exception("job_fault", extra={"kind": kind, "ref": ref, "error": type(error).__name__})
            raise
        finally:
            del self._running[job]
        if delay is not None:
            raise _RunAgainError(delay)
        self._retries.forget(context.job)

    async def _wait_for_lane(self, lane: str | None) -> None:
        """Waits until nothing of the lane runs here without a job.

        If it gets one, that comes first: raises _RunAgainError. What other processes have begun is left to the claim.
        """
        while lane is not None and (begun := self._taken.get(lane)) is not None:
            await asyncio.wait([begun])
            if begun.cancelled() or not begun.result():
                raise _RunAgainError(0.0)

    def _perform_all(self, begun: list[CommittedJob]) -> None:
        for one in begun:
            lane = one.job.lane
            effect = asyncio.create_task(self._perform(one, self._taken.get(lane)))
            self._taken[lane] = effect
            self._performing.add(effect)
            self._running[effect] = one.job.ref
            effect.add_done_callback(functools.partial(self._performed, lane))

    def _performed(self, lane: str, effect: asyncio.Task[bool]) -> None:
        del self._running[effect]
        self._performing.discard(effect)
        if self._taken.get(lane) is effect:
            del self._taken[lane]

    async def _perform(self, begun: CommittedJob, earlier: asyncio.Task[bool] | None) -> bool:
        """Handles an event or performs an effect that has begun. Returns whether it is finished, or else has a job now.

        `earlier` is finished, but may not have ended in this process yet.
        """
        if earlier is not None:
            await asyncio.wait([earlier])
        try:
            # After a commit that took long, another process may have the effect by now.
            delay = await self._begin(begun) if self._presence.is_certain else 0.0
        except Exception as error:
            kind = begun.job.kind.value
            log.exception("job_fault", extra={"kind": kind, "ref": begun.job.ref, "error": type(error).__name__})
            delay = next_delay(_FAULT, attempts=1, elapsed=0.0, chance=random.random())
        if delay is None:
            return True
        await self._give_back(BegunRow(kind=begun.job.kind, id=begun.job.ref, attempts=1), delay)
        return False

    async def _begin(self, begun: CommittedJob) -> float | None:
        if begun.attempt is None:
            return await self._handlers[begun.job.kind](begun.job.ref)
        assert self._new_effects is not None
        return await self._new_effects.perform(begun.attempt)

    async def _give_back(self, begun: BegunRow, delay: float) -> None:
        """Gives a row to the queue. Repeats that until it succeeds, since nothing else of its lane may begin."""
        attempts = 0
        while True:
            try:
                await self._store.run(give_back, self._presence.id, begun, delay)
            except StorageError:
                attempts += 1
                await asyncio.sleep(
                    next_delay(_WRITE_RETRY, attempts=attempts, elapsed=0.0, chance=random.random()) or 0.0
                )
            else:
                return

    async def _keep_working(self) -> None:
        """Runs a worker, and a new one as soon as it fetches no more jobs because it lost the database."""
        while not self._stopping.is_set():
            worker = self._new_worker()
            end = asyncio.create_task(_run(worker))
            self._workers[end] = worker
            end.add_done_callback(self._workers.pop)
            await _wait_for_first(end, worker.ending, self._stopping)
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
        worker.owner = self._presence.id
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
        """Takes over from dead processes, and requeues what is assigned to this process and does not run here."""
        await self._server_clock.read(self._store)
        count = await self._store.run(_requeue_stalled)
        if count:
            log.warning("jobs_taken_over", extra={"count": count})
        await self._requeue_missing()
        await self._give_unattended_back()

    async def _give_unattended_back(self) -> None:
        """Gives to the queue what began with a commit whose confirmation was lost with its connection."""
        owned = await self._store.run(owned_by, self._presence.id)
        here = set(self._running.values())
        self._unattended = {row: self._unattended.get(row, 0) + 1 for row in owned if row.id not in here}
        lost = [row for row, checks in self._unattended.items() if checks >= _CHECKS_BEFORE_REQUEUE]
        for row in lost:
            await self._store.run(give_back, self._presence.id, row)
        if lost:
            log.warning("lost_jobs_given_back", extra={"count": len(lost)})

    async def _requeue_missing(self) -> None:
        """Requeues jobs that were fetched by a query whose response was lost with its connection."""
        workers = [worker for worker in self._workers.values() if worker.worker_id is not None]
        held = await self._store.run(_held_by, [worker.worker_id for worker in workers])
        running = {id for worker in workers for id in worker.running}
        # `running` is read after `held`: a job fetched in between is not in `held`, and one that ended in between will
        # not be in it the next time.
        self._missing = {run: self._missing.get(run, 0) + 1 for run in held if run.job not in running}
        lost = [run for run, checks in self._missing.items() if checks >= _CHECKS_BEFORE_REQUEUE]
        if lost and (count := await self._store.run(_requeue_runs, lost)):
            log.warning("lost_jobs_given_back", extra={"count": count})

    async def enqueue_orphaned(self) -> None:
        """Enqueues events, effects and scheduled jobs that have no job in the queue.

        A process that was suspended may have ended another's.
        """
        count = await self._store.run(_enqueue_orphaned, self._clock() - _ORPHANED_AFTER_SECONDS)
        if count:
            log.warning("forgotten_jobs_found", extra={"count": count})

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A run of a job, as it stands in the database."""

    job: int
    worker: int
    attempts: int


async def _run(worker: _EagerWorker) -> None:
    try:
        await worker.run()  # type: ignore[no-untyped-call]
    except Exception as error:  # noqa: BLE001 - whatever the error, the jobs are still in the database
        log.warning("worker_ended", extra={"error": type(error).__name__})


async def _wait_for_first(end: asyncio.Task[None], *events: asyncio.Event) -> None:
    """Waits until the task is done or one of the events is set."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    await asyncio.wait([end, *waits], return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


# The jobs of a removed worker have no `worker_id` any more.
_REMOVE_DEAD_WORKERS = text(
    "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - make_interval(secs => :silent) AND NOT EXISTS"
    " (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND classid = :lives AND objid = procrastinate_workers.id"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
)
_REMOVE_WORKER = text("DELETE FROM procrastinate_workers WHERE id = :id")
# procrastinate's recipe for stalled jobs, in one statement because there may be thousands of them.
_REQUEUE_STALLED = text(
    "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = now()"
    " WHERE status = 'doing' AND (worker_id IS NULL OR worker_id IN (SELECT id FROM procrastinate_workers"
    " WHERE last_heartbeat < now() - make_interval(secs => :silent)))"
)
_HELD_BY = text(
    "SELECT id, worker_id, attempts FROM procrastinate_jobs WHERE status = 'doing' AND worker_id = ANY(:workers)"
)
_REQUEUE_RUN = text(
    "UPDATE procrastinate_jobs SET status = 'todo', attempts = attempts + 1, scheduled_at = now()"
    " WHERE id = :job AND status = 'doing' AND worker_id = :worker AND attempts = :attempts"
)
_BUSY = text(
    "SELECT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE status = 'doing'"
    " OR (status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now() + interval '0.5 seconds')))"
    " OR EXISTS (SELECT 1 FROM effects WHERE owner IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM events WHERE owner IS NOT NULL)"
)
_ORPHANED_EFFECTS = text(
    "SELECT id, lane, urgency FROM effects WHERE settled_at IS NULL AND decided_at < :before AND owner IS NULL"
    " AND NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND args ->> 'ref' = effects.id) LIMIT 500"
)
_ORPHANED_EVENTS = text(
    "SELECT id, lane FROM events WHERE handled_at IS NULL AND received_at < :before AND owner IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND args ->> 'ref' = events.id) LIMIT 500"
)
_ORPHANED_SCHEDULED_JOBS = text(
    "SELECT id, kind, lane, due_at FROM scheduled_jobs WHERE done_at IS NULL AND scheduled_at < :before AND NOT EXISTS"
    " (SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND args ->> 'ref' = scheduled_jobs.id)"
    " LIMIT 500"
)


def _requeue_stalled(tx: Transaction) -> int:
    """Removes workers that are gone and takes over from dead ones. Returns how many jobs that makes."""
    tx.connection.execute(_REMOVE_DEAD_WORKERS, {"silent": _GONE_AFTER_SECONDS, "lives": LIVENESS_LOCK})
    requeued = tx.connection.execute(_REQUEUE_STALLED, {"silent": _DEAD_AFTER_SECONDS}).rowcount
    return requeued + take_over(tx, _DEAD_AFTER_SECONDS)


def _remove_process(tx: Transaction, id: int) -> None:
    give_all_back(tx, id)
    tx.connection.execute(_REMOVE_WORKER, {"id": id})


def _held_by(tx: Transaction, workers: list[int | None]) -> list[_Run]:
    rows = tx.connection.execute(_HELD_BY, {"workers": workers}).all() if workers else []
    return [_Run(job=row.id, worker=row.worker_id, attempts=row.attempts) for row in rows]


def _requeue_runs(tx: Transaction, runs: list[_Run]) -> int:
    return sum(tx.connection.execute(_REQUEUE_RUN, asdict(run)).rowcount for run in runs)


def _busy(tx: Transaction) -> bool:
    return bool(tx.connection.execute(_BUSY).scalar())


def _enqueue_orphaned(tx: Transaction, before: float) -> int:
    effects = tx.connection.execute(_ORPHANED_EFFECTS, {"before": before}).all()
    events = tx.connection.execute(_ORPHANED_EVENTS, {"before": before}).all()
    scheduled = tx.connection.execute(_ORPHANED_SCHEDULED_JOBS, {"before": before}).all()
    for row in effects:
        tx.jobs.enqueue(Job(kind=JobKind.EFFECT, ref=row.id, lane=row.lane, urgency=row.urgency))
    for row in events:
        tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref=row.id, lane=row.lane))
    for row in scheduled:
        tx.jobs.enqueue(Job(kind=JobKind(row.kind), ref=row.id, lane=row.lane, run_at=row.due_at or 0.0))
    return len(effects) + len(events) + len(scheduled)
