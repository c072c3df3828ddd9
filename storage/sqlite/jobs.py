"""Embedded job runner: runs the jobs of the SQLite store inside the one process that owns the file.

Its state is in memory and follows the commits, so it never polls; unfinished jobs are read back at start. It waits by
the event loop's clock, which never jumps; the wall clock counts for scheduled lanes and for jobs that a restart reads
back. In a lane one job runs at a time, the more urgent first, then the older; lanes never wait for each other. An
event whose lane was free, and an effect that was claimed with its decision, begin with the commit, before anything else
of their lane.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import logging
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from bot.errors import StorageError
from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.ports import Clock
from bot.helpdesk.retry import Schedule, next_delay
from storage import models
from storage.compiled import CompiledConnection
from storage.group_commit import CommittedJob
from storage.interfaces import Handler, NewEffects
from storage.repositories import Transaction
from storage.sqlite.queue import Lanes, add_begun, add_row
from storage.sqlite.store import SqliteStore

log = logging.getLogger(__name__)

# An exception out of a handler is a bug: the job is retried, slowly, for a day.
_FAULT = Schedule(first=1.0, longest=900.0, give_up=24 * 3600.0)
# How often the wall clock is compared with the event loop's, and the difference that counts as a jump.
_COMPARE_SECONDS = 60.0
_DRIFT_SECONDS = 1.0
# The rank of an effect that has begun.
_BEFORE_ALL = (-sys.maxsize, 0)
# Seconds in which finished jobs are collected, to be deleted together.
_DELETE_AFTER = 0.05
# Between attempts to delete finished jobs when the database fails.
_DELETE_RETRY = Schedule(first=0.2, longest=30.0)


@dataclass(order=True, slots=True)
class _Queued:
    """A job that waits in its lane until `due`, in seconds of the event loop's clock.

    Without an `id` it has no row. `attempt` is made first, instead of one by the handler of the job's kind.
    """

    rank: tuple[int, int]
    id: int | None = field(compare=False)
    job: Job = field(compare=False)
    due: float = field(compare=False)
    attempts: int = field(compare=False, default=0)
    attempt: Any = field(compare=False, default=None)
    faults: int = field(compare=False, default=0)
    first_fault: float | None = field(compare=False, default=None)


@dataclass(slots=True)
class _Lane:
    """A lane: its waiting jobs, and the job that runs or the timer until the next one is due."""

    waiting: list[_Queued] = field(default_factory=list)
    running: asyncio.Task[None] | None = None
    timer: asyncio.TimerHandle | None = None


class EmbeddedRunner:
    """Runs the jobs of a SqliteStore.

    A job that `stop` releases is still in the database and runs at the next start.
    """

    def __init__(
        self,
        store: SqliteStore,
        handlers: Mapping[JobKind, Handler],
        clock: Clock,
        new_effects: NewEffects | None = None,
    ) -> None:
        self._store = store
        self._handlers = handlers
        self._clock = clock
        self._new_effects = new_effects
        self._lanes: dict[str, _Lane] = {}
        self._finished: list[int] = []
        self._cleaner: asyncio.Task[None] | None = None
        self._clock_watch: asyncio.Task[None] | None = None
        self._stopping = False
        self._stop = asyncio.Event()
        self._started = False
        self._early: list[CommittedJob] = []
        self._running = 0
        self._idle = asyncio.Event()
        self._idle.set()
        store.on_enqueued(self._enqueued)

    @property
    def unfinished(self) -> int:
        """Returns how many jobs wait or run, without those that wait in scheduled lanes."""
        return sum(
            (0 if Lane.SCHEDULED.contains(name) else len(lane.waiting)) + (lane.running is not None)
            for name, lane in self._lanes.items()
        )

    async def start(self) -> None:
        """Reads back unfinished jobs and begins to run them."""
        unfinished = await self._store.run(_unfinished, self._store.lanes)
        self._started = True
        known = {id for id, _, _ in unfinished}
        early = [(added.id, added.job, 0) for added in self._early if added.id not in known]
        self._early.clear()
        now = self._clock()
        restored = ((id, _without_implausible_delay(job, now), attempts) for id, job, attempts in [*unfinished, *early])
        self._queue([self._queued(id, job, attempts) for id, job, attempts in restored])
        self._store.lanes.new_effects = self._new_effects
        self._clock_watch = asyncio.create_task(self._watch_clock())

    async def stop(self, grace_seconds: float) -> None:
        """Takes no further job. Running ones have `grace_seconds` to end; then they are released."""
        self._store.lanes.new_effects = None
        self._stopping = True
        self._stop.set()
        if self._clock_watch is not None:
            self._clock_watch.cancel()
        for lane in self._lanes.values():
            if lane.timer is not None:
                lane.timer.cancel()
        running = [lane.running for lane in self._lanes.values() if lane.running is not None]
        if running:
            _, late = await asyncio.wait(running, timeout=grace_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._cleaner is not None:
            await self._cleaner
        await self._delete_finished()

    async def idle(self) -> None:
        """Waits until nothing runs and nothing is due; jobs with a later due time do not count."""
        await self._idle.wait()

    def resync_scheduled_jobs(self) -> None:
        """Recomputes when the jobs of scheduled lanes are due, after the wall clock was set or the machine slept.

        Other jobs keep their due time. No job with an `after` becomes due later than it was.
        """
        for name, lane in list(self._lanes.items()):
            if Lane.SCHEDULED.contains(name):
                for queued in lane.waiting:
                    due = self._due_by_clock(queued.job)
                    queued.due = min(queued.due, due) if queued.job.after else due
                self._advance(name, lane)

    async def _watch_clock(self) -> None:
        loop = asyncio.get_running_loop()
        ahead = self._clock() - loop.time()
        while True:
            await asyncio.sleep(_COMPARE_SECONDS)
            now_ahead = self._clock() - loop.time()
            if abs(now_ahead - ahead) > _DRIFT_SECONDS:
                self.resync_scheduled_jobs()
            ahead = now_ahead

    def _enqueued(self, jobs: list[CommittedJob]) -> None:
        if not self._started:
            self._early.extend(jobs)
            return
        self._queue([self._begun(added) if added.id is None else self._queued(added.id, added.job) for added in jobs])

    def _queued(self, id: int | None, job: Job, attempts: int = 0) -> _Queued:
        assert id is not None
        return _Queued((-job.urgency, id), id, job, self._due(job), attempts)

    def _begun(self, added: CommittedJob) -> _Queued:
        return _Queued(_BEFORE_ALL, None, added.job, _loop_time(), attempt=added.attempt)

    def _due(self, job: Job) -> float:
        return _loop_time() + job.after if job.after else self._due_by_clock(job)

    def _due_by_clock(self, job: Job) -> float:
        return _loop_time() + (job.run_at - self._clock())

    def _queue(self, jobs: list[_Queued]) -> None:
        """Puts all jobs into their lanes before any lane advances, so that urgent ones go first."""
        for queued in jobs:
            heapq.heappush(self._lanes.setdefault(queued.job.lane, _Lane()).waiting, queued)
        for name in dict.fromkeys(queued.job.lane for queued in jobs):
            self._advance(name, self._lanes[name])

    def _advance(self, name: str, lane: _Lane) -> None:
        """Starts the next job of a free lane, or a timer until it is due. An empty lane is removed."""
        if lane.running is not None or self._stopping:
            return
        if lane.timer is not None:
            lane.timer.cancel()
            lane.timer = None
        if not lane.waiting:
            del self._lanes[name]
        elif (delay := lane.waiting[0].due - _loop_time()) > 0:
            lane.timer = asyncio.get_running_loop().call_later(delay, self._wake, name, lane)
        else:
            self._count(+1)
            lane.running = asyncio.create_task(self._run(name, lane, heapq.heappop(lane.waiting)))

    def _wake(self, name: str, lane: _Lane) -> None:
        lane.timer = None
        self._advance(name, lane)

    def _count(self, change: int) -> None:
        self._running += change
        if self._running:
            self._idle.clear()
        else:
            self._idle.set()

    async def _run(self, name: str, lane: _Lane, queued: _Queued) -> None:
        try:
            delay = await self._attempt(queued)
            if delay is None:
                self._finish(queued)
            else:
                await self._reschedule(lane, queued, delay)
        finally:
            lane.running = None
            self._advance(name, lane)
            self._count(-1)

    async def _attempt(self, queued: _Queued) -> float | None:
        queued.attempts += 1
        attempt, queued.attempt = queued.attempt, None
        try:
            if attempt is not None and self._new_effects is not None:
                return await self._new_effects.perform(attempt)
            return await self._handlers[queued.job.kind](queued.job.ref)
        except Exception as error:  # noqa: BLE001 - a bug in a handler must not stop the lane
            return self._after_fault(queued, error)

    def _after_fault(self, queued: _Queued, error: Exception) -> float | None:
        now = self._clock()
        queued.faults += 1
        queued.first_fault = queued.first_fault or now
        delay = next_delay(_FAULT, attempts=queued.faults, elapsed=now - queued.first_fault, chance=random.random())
        # The traceback holds lines of code but no values, which may be text that people wrote.
        log.error(
            "job_fault",
            exc_info=not isinstance(error, StorageError),
            extra={
                "kind": queued.job.kind.value,
                "ref": queued.job.ref,
                "attempts": queued.attempts,
                "again_in": delay,
                "error": type(error).__name__,
            },
        )
        return delay

    async def _reschedule(self, lane: _Lane, queued: _Queued, delay: float) -> None:
        queued.job = replace(queued.job, run_at=self._clock() + delay)
        queued.due = _loop_time() + delay
        if queued.id is None:
            # As urgent as its kind is; first among those, also after a restart.
            queued.rank = (-queued.job.urgency, -sys.maxsize)
        heapq.heappush(lane.waiting, queued)
        try:
            if queued.id is None:
                queued.id = await self._store.run(_add, queued.job, queued.attempts)
            else:
                await self._store.run(_set_time, queued.id, queued.job.run_at, queued.attempts)
        except StorageError:
            # The due time stays in memory; after a restart the job runs at once.
            log.warning("job_time_not_kept", extra={"ref": queued.job.ref})

    def _finish(self, queued: _Queued) -> None:
        self._store.lanes.leave(queued.job.lane)
        if queued.id is None:
            return
        self._finished.append(queued.id)
        if self._cleaner is None or self._cleaner.done():
            self._cleaner = asyncio.create_task(self._delete_soon())

    async def _delete_soon(self) -> None:
        await self._wait_unless_stopped(_DELETE_AFTER)
        await self._delete_finished()

    async def _wait_unless_stopped(self, seconds: float | None) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _delete_finished(self) -> None:
        """Deletes finished jobs in batches. One that is not deleted runs again and finds its work done."""
        attempts = 0
        while self._finished:
            ids, self._finished = self._finished, []
            try:
                await self._store.run(_delete, ids)
            except StorageError:
                self._finished.extend(ids)
                log.warning("finished_jobs_not_deleted", extra={"count": len(self._finished)})
                if self._stopping:
                    return
                attempts += 1
                pause = next_delay(_DELETE_RETRY, attempts=attempts, elapsed=0.0, chance=random.random())
                await self._wait_unless_stopped(pause)


def _without_implausible_delay(job: Job, now: float) -> Job:
    """Makes a job due now if its due time is implausibly far ahead (clock skew). Scheduled lanes are exempt."""
    if Lane.SCHEDULED.contains(job.lane) or job.run_at <= now + _FAULT.longest:
        return job
    return replace(job, run_at=0.0)


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


_SELECT_ALL = select(models.jobs).order_by(models.jobs.c.id)
_DELETE = delete(models.jobs).where(models.jobs.c.id == bindparam("old_id"))
_UPDATE_TIME = (
    update(models.jobs)
    .where(models.jobs.c.id == bindparam("old_id"))
    .values(run_at=bindparam("at"), attempts=bindparam("tries"))
)


def _unfinished(tx: Transaction, lanes: Lanes) -> list[tuple[int, Job, int]]:
    """Returns all jobs, among them those of effects that had begun when the process ended, and counts their lanes."""
    add_begun(tx.connection)
    unfinished = [
        (
            row.id,
            Job(kind=JobKind(row.kind), ref=row.ref, lane=row.lane, urgency=row.urgency, run_at=row.run_at),
            row.attempts,
        )
        for row in tx.connection.execute(_SELECT_ALL)
    ]
    lanes.reset(job.lane for _, job, _ in unfinished)
    return unfinished


def _add(tx: Transaction, job: Job, attempts: int) -> int:
    return add_row(CompiledConnection(tx.connection), job, first=True, attempts=attempts)


def _delete(tx: Transaction, ids: list[int]) -> None:
    tx.connection.execute(_DELETE, [{"old_id": id} for id in ids])


def _set_time(tx: Transaction, id: int, run_at: float, attempts: int) -> None:
    tx.connection.execute(_UPDATE_TIME, {"old_id": id, "at": run_at, "tries": attempts})
