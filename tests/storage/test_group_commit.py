"""Group commit: shared transactions, their order, and the connection that takes over from a batch that stalls."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.errors import StorageError
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.ports import WorkPriority
from storage.group_commit import Batch, BatchError, CommittedJob, GroupCommit, Limits
from storage.repositories import Transaction
from tests.deadlines import HUNG, HUNG_OFF_LOOP

NOTHING: Any = None


@dataclass
class RecordedCommits:
    """The results of each committed batch, and the errors with which the next ones fail."""

    committed: list[list[Any]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)
    retries: dict[type[Exception], int] = field(default_factory=dict)
    writers: list[RecordingWriter] = field(default_factory=list)

    def writer(self) -> RecordingWriter:
        self.writers.append(RecordingWriter(self))
        return self.writers[-1]


@dataclass(eq=False)
class RecordingWriter:
    database: RecordedCommits
    closed: bool = False

    def commit(self, batch: Batch) -> None:
        results = []
        for piece in batch:
            piece.result = piece.work(NOTHING)
            piece.jobs = [CommittedJob(job=Job(kind=JobKind.EVENT, ref=str(piece.result), lane="lane"), id=1)]
            results.append(piece.result)
        if self.database.errors:
            raise self.database.errors.pop(0)
        self.database.committed.append(results)

    def retry_delay(self, error: BaseException, failures: int) -> float | None:
        return 0.0 if failures < self.database.retries.get(type(error), 0) else None  # type: ignore[arg-type]

    def explain(self, error: BaseException) -> BaseException:
        return StorageError("refused") if isinstance(error, OSError) else error

    def close(self) -> None:
        self.closed = True


class Commits:
    """Group commit into `RecordedCommits`, whose thread can be held."""

    def __init__(self, limits: Limits) -> None:
        self.database = RecordedCommits()
        self.announced: list[str] = []
        self.commits = GroupCommit(
            "test", self.database.writer, limits, lambda jobs: self.announced.extend(added.job.ref for added in jobs)
        )
        self._held: list[threading.Event] = []
        self._tasks: list[asyncio.Task[Any]] = []

    def submit(
        self, result: Any, priority: WorkPriority = WorkPriority.CONTINUING, do: Callable[[], None] = lambda: None
    ) -> asyncio.Task[Any]:
        """Submits work that does something and returns `result`."""

        def work(tx: Transaction) -> Any:
            do()
            return result

        task = asyncio.create_task(self.commits.run(work, priority))
        self._tasks.append(task)
        return task

    async def hold(self) -> threading.Event:
        """Lets a piece of work hold a thread until the event returned is set."""
        begun, release = threading.Event(), threading.Event()
        self._held.append(release)

        def wait() -> None:
            begun.set()
            release.wait(HUNG_OFF_LOOP)

        self.submit("held", do=wait)
        await asyncio.to_thread(begun.wait, HUNG_OFF_LOOP)
        return release

    async def while_held(self, *submitted: Callable[[], asyncio.Task[Any]]) -> list[Any]:
        """Submits work while the thread is held, so that it shares a batch, and returns the outcomes."""
        release = await self.hold()
        tasks = [submit() for submit in submitted]
        await asyncio.sleep(0)
        release.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[Commits]:
        self.commits.open()
        try:
            yield self
        finally:
            for release in self._held:
                release.set()
            await self.commits.close()
            await asyncio.gather(*self._tasks, return_exceptions=True)


def _at_work(limits: Limits = Limits(seconds=HUNG_OFF_LOOP)) -> contextlib.AbstractAsyncContextManager[Commits]:  # noqa: B008
    return Commits(limits).opened()


def _fail(error: Exception) -> None:
    raise error


async def test_work_submitted_during_a_commit_shares_the_next_one() -> None:
    async with _at_work() as at:
        results = await at.while_held(*(lambda n=n: at.submit(n) for n in range(5)))

    assert results == [0, 1, 2, 3, 4]
    assert at.database.committed == [["held"], [0, 1, 2, 3, 4]]


async def test_a_batch_has_a_largest_size() -> None:
    async with _at_work(Limits(pieces=2, seconds=HUNG_OFF_LOOP)) as at:
        await at.while_held(*(lambda n=n: at.submit(n) for n in range(5)))

    assert at.database.committed == [["held"], [0, 1], [2, 3], [4]]


async def test_a_batch_whose_time_is_over_commits_what_it_has() -> None:
    async with _at_work(Limits(seconds=0.0)) as at:
        await at.while_held(*(lambda n=n: at.submit(n) for n in range(3)))

    assert at.database.committed == [["held"], [0], [1], [2]]


async def test_accepting_has_the_right_of_way_and_then_what_is_nearest_to_its_end() -> None:
    async with _at_work(Limits(pieces=1)) as at:
        reverse = sorted(WorkPriority, reverse=True)
        await at.while_held(*(lambda p=p, n=n: at.submit((p, n), p) for n in range(2) for p in reverse))

    assert at.database.committed == [["held"], *([(p, n)] for p in WorkPriority for n in range(2))]


async def test_a_batch_ends_early_for_an_event_that_waits_to_be_accepted() -> None:
    async with _at_work() as at:
        loop = asyncio.get_running_loop()

        def accept() -> None:
            asyncio.run_coroutine_threadsafe(_submitted(at), loop).result(HUNG_OFF_LOOP)

        await at.while_held(lambda: at.submit("a"), lambda: at.submit("b", do=accept), lambda: at.submit("c"))

    assert at.database.committed == [["held"], ["a", "b"], ["accepted", "c"]]


async def test_however_many_events_are_accepted_each_batch_gets_on_with_other_work() -> None:
    async with _at_work(Limits(seconds=0.0)) as at:
        accepts = [lambda n=n: at.submit(n, WorkPriority.ACCEPTING) for n in range(3)]
        await at.while_held(lambda: at.submit("a"), lambda: at.submit("b"), *accepts)

    assert at.database.committed == [["held"], [0, 1, 2, "a"], ["b"]]


async def test_events_may_have_a_commit_of_their_own() -> None:
    async with _at_work(Limits(seconds=HUNG_OFF_LOOP, accepting_apart=True)) as at:
        accepts = [lambda n=n: at.submit(n, WorkPriority.ACCEPTING) for n in range(3)]
        await at.while_held(lambda: at.submit("a"), lambda: at.submit("b"), *accepts)

    assert at.database.committed == [["held"], [0, 1, 2], ["a", "b"]]


async def test_with_commits_for_events_alone_every_second_batch_gets_on_with_other_work() -> None:
    async with _at_work(Limits(seconds=0.0, accepting_apart=True)) as at:
        loop = asyncio.get_running_loop()

        def accept() -> None:
            asyncio.run_coroutine_threadsafe(_submitted(at), loop).result(HUNG_OFF_LOOP)

        await at.while_held(
            lambda: at.submit("a"), lambda: at.submit("b"), lambda: at.submit(0, WorkPriority.ACCEPTING, do=accept)
        )

    assert at.database.committed == [["held"], [0], ["accepted", "a"], ["b"]]


async def test_a_caller_goes_on_before_the_jobs_of_its_commit_and_after_they_are_announced() -> None:
    order: list[str] = []

    def announce(jobs: list[CommittedJob]) -> None:
        order.append("announced")
        asyncio.get_running_loop().call_soon(order.append, "job")

    commits = GroupCommit("test", RecordedCommits().writer, Limits(), announce)
    commits.open()
    await commits.run(lambda tx: None, WorkPriority.ACCEPTING)
    order.append("caller")
    await asyncio.sleep(0)
    await commits.close()

    assert order == ["announced", "caller", "job"]


async def _submitted(at: Commits) -> None:
    at.submit("accepted", WorkPriority.ACCEPTING)
    await asyncio.sleep(0)


async def test_each_piece_of_a_batch_that_fails_runs_again_alone() -> None:
    async with _at_work() as at:
        results = await at.while_held(
            lambda: at.submit("a"),
            lambda: at.submit("b", do=lambda: _fail(ValueError("on purpose"))),
            lambda: at.submit("c"),
        )

    assert [result for result in results if not isinstance(result, ValueError)] == ["a", "c"]
    assert at.database.committed == [["held"], ["a"], ["c"]]
    assert at.announced == ["held", "a", "c"]


async def test_an_event_is_accepted_before_the_pieces_of_a_failed_batch_run_again() -> None:
    async with _at_work() as at:
        loop, runs = asyncio.get_running_loop(), itertools.count()

        def accept() -> None:
            if next(runs) == 0:
                asyncio.run_coroutine_threadsafe(_submitted(at), loop).result(HUNG_OFF_LOOP)
                raise ValueError("only once")

        await at.while_held(lambda: at.submit("a"), lambda: at.submit("b", do=accept), lambda: at.submit("c"))

    assert at.database.committed == [["held"], ["accepted"], ["a"], ["b"], ["c"]]


async def test_a_batch_of_unknown_outcome_is_not_run_again_and_every_caller_is_told() -> None:
    async with _at_work() as at:
        release = await at.hold()
        tasks = [at.submit(n) for n in range(3)]
        await asyncio.sleep(0)
        # The one of the batch that is held, which commits.
        at.database.errors = [BatchError("unknown"), BatchError("unknown")]
        release.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(result) for result in results] == [BatchError] * 3
    assert (at.database.committed, at.announced) == ([], [])


@pytest.mark.parametrize(("retries", "outcome"), [(2, "done"), (1, StorageError)])
async def test_a_conflict_is_repeated_as_often_as_the_engine_says(retries: int, outcome: Any) -> None:
    async with _at_work() as at:
        at.database.retries = {OSError: retries}
        at.database.errors = [OSError(), OSError()]
        results = await asyncio.gather(at.submit("done"), return_exceptions=True)

    assert outcome in (results[0], type(results[0]))


async def test_while_a_batch_stalls_another_connection_goes_on_and_the_first_one_again_later() -> None:
    async with _at_work(Limits(stalled_after=0.001, connections=2)) as at:
        first = await at.hold()
        assert await asyncio.wait_for(at.submit("second"), HUNG) == "second"
        second = await at.hold()
        waiting = at.submit("third")
        first.set()
        assert await asyncio.wait_for(waiting, HUNG) == "third"
        second.set()

    assert len(at.database.writers) == 2
    assert all(writer.closed for writer in at.database.writers)


async def test_a_quick_database_needs_one_connection() -> None:
    async with _at_work(Limits(stalled_after=HUNG_OFF_LOOP, connections=4)) as at:
        await asyncio.gather(*(at.submit(n) for n in range(100)))

    assert len(at.database.writers) == 1


async def test_closing_runs_what_was_submitted_and_refuses_what_comes_later() -> None:
    async with _at_work(Limits(stalled_after=0.001, connections=2)) as at:
        release = await at.hold()
        last = at.submit("last")
        await asyncio.sleep(0)
        release.set()

    assert await last == "last"
    with pytest.raises(StorageError, match="closed"):
        await at.submit("late")
