"""Group commit, the same on both engines: the work of many callers shares one transaction, and so one commit.

One thread at a time takes batches: all work that was submitted during the last one, the most urgent first. If any piece
of a batch fails, the batch is rolled back and each piece runs again in a transaction of its own, so that a failure
undoes only itself. Work is gathered before its transaction begins, so it sees all that was committed before it was
submitted.

A piece can take long: it waits for a lock of another process, or for the server. When a batch has taken longer than
`Limits.stalled_after` while others wait, another thread with a connection of its own takes the next ones. The event
loop waits for none of this.
"""

from __future__ import annotations

import asyncio
import functools
import heapq
import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from bot.errors import StorageError
from bot.helpdesk.model.job import Job
from bot.helpdesk.ports import WorkPriority
from storage.repositories import Transaction

T = TypeVar("T")
P = ParamSpec("P")

log = logging.getLogger(__name__)


class BatchError(StorageError):
    """A batch failed as a whole and is not run again: the database cannot be used, or may have committed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommittedJob:
    """A job that was committed: with the `id` of its row, or without one, and then it begins at once.

    That of an effect has the claimed `attempt` with which it begins.
    """

    job: Job
    id: int | None = None
    attempt: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of a batch; times in seconds.

    A batch has at most so many `pieces`, and begins no further one after so many `seconds`. `connections` is
    the number of threads, each with its own connection; all but one are made only for batches that stall. With
    `accepting_apart` events are accepted in batches without other work, where a further commit is cheap.
    """

    pieces: int = 128
    seconds: float = 0.01
    stalled_after: float = 0.05
    connections: int = 1
    accepting_apart: bool = False


@dataclass(eq=False, slots=True)
class Piece:
    """The work of one caller, and its outcome. `jobs` are those it enqueued or began."""

    work: Callable[[Transaction], Any]
    future: asyncio.Future[Any]
    priority: WorkPriority
    number: int
    alone: bool = False
    failures: int = 0
    retry_delay: float | None = None
    result: Any = None
    error: BaseException | None = None
    jobs: list[CommittedJob] | None = None

    def __lt__(self, other: Piece) -> bool:
        return (self.priority, self.number) < (other.priority, other.number)


class Batch:
    """The pieces of one transaction. Iterating begins them one by one.

    It ends early, after a piece that accepts nothing, when its time is over or an event waits to be accepted. So events
    are accepted together, and however many there are, each batch with other work gets on with a piece of it.
    """

    def __init__(self, pieces: list[Piece], seconds: float, accepting_waits: Callable[[], bool]) -> None:
        self.pieces = pieces
        self.begun = 0
        self._seconds = seconds
        self._accepting_waits = accepting_waits

    @property
    def is_single(self) -> bool:
        """Returns whether a failure would concern one piece only."""
        return len(self.pieces) == 1

    def __iter__(self) -> Iterator[Piece]:
        end = time.monotonic() + self._seconds
        for piece in self.pieces:
            self.begun += 1
            yield piece
            if piece.priority > WorkPriority.ACCEPTING and (time.monotonic() > end or self._accepting_waits()):
                return


class BatchWriter(Protocol):
    """A connection to the database, used by one thread at a time."""

    def commit(self, batch: Batch) -> None:
        """Runs pieces of the batch in one transaction, sets their `result` and `jobs`, and commits.

        Rolls back and raises what a piece or the database raised. Raises BatchError where no piece may run again.
        """

    def retry_delay(self, error: BaseException, failures: int) -> float | None:
        """Returns the seconds after which a piece that failed alone, now and `failures` times before, runs again.

        None: it does not, and its caller gets the error.
        """

    def explain(self, error: BaseException) -> BaseException:
        """Returns the error as the caller of a piece gets it: StorageError for an error of the database."""

    def close(self) -> None:
        """Closes the connection."""


@dataclass(eq=False, slots=True)
class _Worker:
    """A thread that runs batches. `busy_since` is when its batch began, None while it waits."""

    writer: BatchWriter
    thread: threading.Thread | None = None
    busy_since: float | None = None


class GroupCommit:
    """Runs work in batches. `announce` gets, in the event loop, the jobs of each commit.

    It has returned before a caller goes on, but callers that wait go on before anything that it schedules.
    """

    def __init__(
        self,
        name: str,
        new_writer: Callable[[], BatchWriter],
        limits: Limits,
        announce: Callable[[list[CommittedJob]], None] | None = None,
    ) -> None:
        self._name = name
        self._new_writer = new_writer
        self._limits = limits
        self._announce = announce
        self._lock = threading.Lock()
        self._submitted = threading.Condition(self._lock)
        self._leaderless = threading.Condition(self._lock)
        self._queue: list[Piece] = []
        self._numbers = itertools.count()
        self._workers: list[_Worker] = []
        # The worker that takes the next batch. None: all workers run batches that have stalled.
        self._leader: _Worker | None = None
        self._followers = 0
        # Whether the last batch was only for events.
        self._accepts_only = False
        self._is_open = False
        self._watch: asyncio.TimerHandle | None = None

    def open(self) -> None:
        """Begins to take work from callers in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._is_open = True
        self._add_worker()

    async def close(self) -> None:
        """Runs what was submitted, and ends."""
        with self._lock:
            self._is_open = False
            self._submitted.notify_all()
            self._leaderless.notify_all()
        for worker in self._workers:
            assert worker.thread is not None
            await asyncio.to_thread(worker.thread.join)
        self._workers.clear()
        if self._watch is not None:
            self._watch.cancel()

    async def run(self, work: Callable[[Transaction], T], priority: WorkPriority, *, alone: bool = False) -> T:
        """Runs `work` in a transaction, `alone` if need be; returns its result once that is committed."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._put(Piece(work, future, priority, next(self._numbers), alone=alone))
        return await future

    def _put(self, piece: Piece) -> None:
        with self._lock:
            if not self._is_open:
                raise StorageError("The database is closed.")
            heapq.heappush(self._queue, piece)
            self._submitted.notify()
        self._watch_leader()

    # In the threads.

    def _add_worker(self) -> None:
        worker = _Worker(self._new_writer())
        name = f"{self._name}-{len(self._workers)}"
        worker.thread = threading.Thread(target=self._serve, args=(worker,), name=name, daemon=True)
        self._workers.append(worker)
        worker.thread.start()

    def _serve(self, worker: _Worker) -> None:
        while (batch := self._next_batch(worker)) is not None:
            settled, failed = _run(worker.writer, batch)
            if again := failed + batch.pieces[len(settled) + len(failed) :]:
                self._put_back(again)
                self._loop.call_soon_threadsafe(self._watch_leader)
            if settled:
                self._loop.call_soon_threadsafe(self._deliver, settled)
        worker.writer.close()

    def _put_back(self, pieces: list[Piece]) -> None:
        with self._lock:
            for piece in pieces:
                heapq.heappush(self._queue, piece)
            self._submitted.notify()

    def _next_batch(self, worker: _Worker) -> Batch | None:
        """Waits until there is work and this worker is to take it. Returns None at the end."""
        with self._lock:
            worker.busy_since = None
            while self._is_open or self._queue:
                if self._leader is None:
                    self._leader = worker
                if self._leader is not worker:
                    self._followers += 1
                    self._leaderless.wait()
                    self._followers -= 1
                elif self._queue:
                    worker.busy_since = time.monotonic()
                    return self._gather()
                else:
                    self._submitted.wait()
            if self._leader is worker:
                self._leader = None
            self._leaderless.notify_all()
            return None

    def _gather(self) -> Batch:
        """Takes the most urgent pieces. Two batches in succession are never only for events to be accepted."""
        first = heapq.heappop(self._queue)
        accepts = first.priority is WorkPriority.ACCEPTING
        self._accepts_only = accepts and self._limits.accepting_apart and not self._accepts_only
        pieces = [first]
        while self._queue and len(pieces) < self._limits.pieces and self._may_follow(first, self._queue[0]):
            pieces.append(heapq.heappop(self._queue))
        return Batch(pieces, self._limits.seconds, self._accepting_waits)

    def _may_follow(self, first: Piece, other: Piece) -> bool:
        if first.alone or other.alone:
            return False
        return other.priority is WorkPriority.ACCEPTING or not self._accepts_only

    def _accepting_waits(self) -> bool:
        with self._lock:
            return bool(self._queue) and self._queue[0].priority is WorkPriority.ACCEPTING

    # In the event loop.

    def _deliver(self, settled: list[Piece]) -> None:
        # The callers first: an event is acknowledged before the work that follows from it begins.
        for piece in settled:
            if piece.retry_delay is not None:
                self._loop.call_later(piece.retry_delay, self._run_again, piece)
            elif piece.future.done():
                continue
            elif piece.error is None:
                piece.future.set_result(piece.result)
            else:
                piece.future.set_exception(piece.error)
        if self._announce is not None and (jobs := [job for piece in settled for job in piece.jobs or ()]):
            self._announce(jobs)

    def _run_again(self, piece: Piece) -> None:
        piece.retry_delay = None
        try:
            self._put(piece)
        except StorageError as error:
            piece.error = error
            self._deliver([piece])

    def _watch_leader(self) -> None:
        """Looks at the leader as soon as its batch would have stalled, unless that is planned already."""
        if self._watch is None and self._limits.connections > 1:
            self._watch = self._loop.call_later(self._limits.stalled_after, self._relieve_leader)

    def _relieve_leader(self) -> None:
        """Lets another worker take the next batch where that of the leader has stalled. Repeats while work waits."""
        self._watch = None
        with self._lock:
            if not self._queue:
                return
            left = self._limits.stalled_after
            if self._leader is not None and self._leader.busy_since is not None:
                left -= time.monotonic() - self._leader.busy_since
            if left <= 0:
                self._leader, left = None, self._limits.stalled_after
            if self._leader is None:
                self._find_leader()
        self._watch = self._loop.call_later(left, self._relieve_leader)

    def _find_leader(self) -> None:
        if self._followers:
            self._leaderless.notify()
        elif len(self._workers) < self._limits.connections:
            log.info("database_connection_added", extra={"connections": len(self._workers) + 1})
            self._add_worker()


def _run(writer: BatchWriter, batch: Batch) -> tuple[list[Piece], list[Piece]]:
    """Runs a batch. Returns the pieces whose outcome is decided, and those to be run again at once, each alone.

    Pieces behind these were not begun.
    """
    for piece in batch.pieces:
        # It may have run before, in a transaction that was rolled back.
        piece.result = piece.error = piece.jobs = None
    try:
        writer.commit(batch)
    except BaseException as error:  # noqa: BLE001 - every caller that waits must get an outcome
        return _after_failure(writer, batch, error)
    return batch.pieces[: batch.begun], []


def _after_failure(writer: BatchWriter, batch: Batch, error: BaseException) -> tuple[list[Piece], list[Piece]]:
    begun = batch.pieces[: batch.begun]
    for piece in batch.pieces:
        piece.jobs = None
    if not begun or isinstance(error, BatchError):
        return _fail(begun or batch.pieces, writer.explain(error)), []
    if not batch.is_single:
        for piece in begun:
            piece.alone = True
        return [], begun
    (piece,) = begun
    piece.retry_delay = writer.retry_delay(error, piece.failures)
    piece.failures += 1
    if piece.retry_delay is None:
        piece.error = writer.explain(error)
    return begun, []


def _fail(pieces: list[Piece], error: BaseException) -> list[Piece]:
    for piece in pieces:
        piece.error = error
    return pieces


class PrioritizedStore:
    """A store whose work runs in the batches of `commits`, with one priority."""

    def __init__(self, commits: GroupCommit, priority: WorkPriority = WorkPriority.CONTINUING) -> None:
        self._commits = commits
        self._priority = priority

    def with_priority(self, priority: WorkPriority) -> PrioritizedStore:
        """Returns the same store for work of another priority."""
        return PrioritizedStore(self._commits, priority)

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work` in a transaction; returns its result once that is durable.

        An error in `work` undoes only that work. `work` may run more than once. Raises StorageError where the database
        cannot be used, and where a connection was lost during the commit: then the outcome is unknown, and a caller
        that runs the work again must expect that it has happened.
        """
        return await self._commits.run(functools.partial(_call, work, args, kwargs), self._priority)


def _call(work: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], transaction: Transaction) -> Any:
    return work(transaction, *args, **kwargs)
