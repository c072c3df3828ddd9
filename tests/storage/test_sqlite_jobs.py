"""Embedded job runner: jobs of a lane run in order, lanes are independent, no job is lost."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.helpdesk.model.job import Job, JobKind
from storage.interfaces import Handler
from storage.repositories import Transaction
from storage.sqlite.jobs import EmbeddedRunner
from storage.sqlite.store import SqliteStore
from tests.deadlines import HUNG


class Clock:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def store(migrated_sqlite: Path, tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore(Path(shutil.copy(migrated_sqlite, tmp_path))) as store:
        yield store


def _enqueue(tx: Transaction, *jobs: Job) -> None:
    for job in jobs:
        tx.jobs.enqueue(job)


def _job(ref: str, lane: str = "lane", urgency: int = 0, run_at: float = 0.0) -> Job:
    return Job(kind=JobKind.EVENT, ref=ref, lane=lane, urgency=urgency, run_at=run_at)


def _left(tx: Transaction) -> int:
    return int(tx.connection.exec_driver_sql("SELECT count(*) FROM jobs").scalar() or 0)


def _runner(store: SqliteStore, handler: Handler, clock: Clock | None = None) -> EmbeddedRunner:
    return EmbeddedRunner(store, {JobKind.EVENT: handler}, clock or Clock())


async def test_jobs_of_a_lane_run_one_at_a_time_in_order(store: SqliteStore) -> None:
    log: list[str] = []

    async def handle(ref: str) -> None:
        log.append(f"+{ref}")
        await asyncio.sleep(0)
        log.append(f"-{ref}")

    runner = _runner(store, handle)
    await runner.start()
    await store.run(_enqueue, _job("a"), _job("b"), _job("c"))
    await runner.idle()

    assert log == ["+a", "-a", "+b", "-b", "+c", "-c"]
    await runner.stop(1.0)


async def test_lanes_do_not_wait_for_each_other(store: SqliteStore) -> None:
    release = asyncio.Event()
    others = asyncio.Event()
    done: list[str] = []

    async def handle(ref: str) -> None:
        if ref == "stuck":
            await release.wait()
        done.append(ref)
        if len(done) == 100:
            others.set()

    runner = _runner(store, handle)
    await runner.start()
    await store.run(_enqueue, _job("stuck", "one"), *(_job(f"{n}", f"lane{n}") for n in range(100)))
    await others.wait()
    assert "stuck" not in done

    release.set()
    await runner.idle()
    assert "stuck" in done
    await runner.stop(1.0)


async def test_an_urgent_job_overtakes_those_that_have_not_begun(store: SqliteStore) -> None:
    log: list[str] = []

    async def handle(ref: str) -> None:
        log.append(ref)

    runner = _runner(store, handle)
    await store.run(_enqueue, _job("late"), _job("urgent", urgency=5))
    await runner.start()
    await runner.idle()

    assert log == ["urgent", "late"]
    await runner.stop(1.0)


async def test_a_job_that_asks_to_run_again_blocks_its_lane_until_it_has(store: SqliteStore) -> None:
    log: list[str] = []
    second = asyncio.Event()

    async def handle(ref: str) -> float | None:
        log.append(ref)
        if ref == "second":
            second.set()
        return 0.01 if log.count("first") < 3 else None

    clock = Clock()
    runner = EmbeddedRunner(store, {JobKind.EVENT: handle}, lambda: clock.now + asyncio.get_running_loop().time())
    await runner.start()
    await store.run(_enqueue, _job("first"), _job("second"))
    await second.wait()

    assert log == ["first", "first", "first", "second"]
    await runner.idle()
    await runner.stop(1.0)


async def test_an_exception_of_a_handler_ends_neither_the_job_nor_the_lane(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []

    async def handle(ref: str) -> None:
        calls.append(ref)
        if ref == "broken":
            raise ZeroDivisionError

    runner = _runner(store, handle)
    await runner.start()
    await store.run(_enqueue, _job("broken", "one"), _job("sound", "two"))
    await runner.idle()

    assert sorted(calls) == ["broken", "sound"]
    assert runner.unfinished == 1
    assert "job_fault" in caplog.text
    await runner.stop(1.0)
    assert await store.run(_left) == 1


async def test_finished_jobs_are_deleted_and_unfinished_ones_resumed(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(_enqueue, _job("a"), _job("b"))

    seen: list[str] = []

    async def handle(ref: str) -> None:
        seen.append(ref)

    async with SqliteStore(tmp_path / "desk.db") as store:
        runner = _runner(store, handle)
        await runner.start()
        await runner.idle()
        await runner.stop(1.0)

        assert seen == ["a", "b"]
        assert await store.run(_left) == 0


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Locks the file as another program would."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


async def test_a_job_that_a_locked_database_could_not_delete_is_deleted_later_and_the_lane_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[str] = []
    locked = asyncio.Event()

    async def handle(ref: str) -> float | None:
        ran.append(ref)
        await locked.wait()
        return 0.0 if ran == ["a"] else None

    async with SqliteStore(tmp_path / "desk.db", busy_seconds=0.05) as store:
        runner = _runner(store, handle)
        await runner.start()
        await store.run(_enqueue, _job("a"), _job("b"))
        with _locked(tmp_path / "desk.db"):
            locked.set()
            while "finished_jobs_not_deleted" not in caplog.text:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        async with asyncio.timeout(HUNG):
            while await store.run(_left):  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        await runner.stop(1.0)

    assert ran == ["a", "a", "b"]


async def test_a_stop_waits_for_a_running_job_and_releases_one_that_does_not_end(store: SqliteStore) -> None:
    begun = asyncio.Event()

    async def handle(ref: str) -> None:
        begun.set()
        await asyncio.sleep(0 if ref == "short" else 3600)

    runner = _runner(store, handle)
    await runner.start()
    await store.run(_enqueue, _job("short", "one"), _job("long", "two"), _job("behind", "two"))
    await begun.wait()

    await runner.stop(0.05)

    assert await store.run(_left) == 2


async def test_no_job_runs_before_its_due_time(store: SqliteStore) -> None:
    seen: list[str] = []

    async def handle(ref: str) -> None:
        seen.append(ref)

    clock = Clock()
    runner = _runner(store, handle, clock)
    await runner.start()
    await store.run(_enqueue, _job("tomorrow", run_at=clock.now + 86_400))
    await runner.idle()

    assert seen == []
    assert runner.unfinished == 1
    await runner.stop(1.0)


async def test_a_clock_set_back_does_not_lengthen_a_wait(store: SqliteStore) -> None:
    clock = Clock()
    tries: list[float] = []
    again = asyncio.Event()

    async def handle(ref: str) -> float | None:
        tries.append(clock.now)
        if len(tries) == 1:
            return 0.2
        again.set()
        return None

    runner = _runner(store, handle, clock)
    await runner.start()
    await store.run(_enqueue, _job("a"))
    await runner.idle()
    clock.now -= 3600.0
    # A new job in the lane makes the runner check the lane again.
    await store.run(_enqueue, _job("b"))

    try:
        async with asyncio.timeout(HUNG):
            await again.wait()
    finally:
        await runner.stop(1.0)


async def test_a_due_time_set_by_a_clock_that_was_ahead_is_ignored(store: SqliteStore) -> None:
    seen = asyncio.Event()

    async def handle(ref: str) -> None:
        seen.set()

    clock = Clock()
    await store.run(_enqueue, _job("set an hour ahead", run_at=clock.now + 3600.0))
    runner = _runner(store, handle, clock)
    await runner.start()

    async with asyncio.timeout(HUNG):
        await seen.wait()


async def test_a_scheduled_job_is_not_unfinished_work_until_it_is_due(store: SqliteStore) -> None:
    async def handle(ref: str) -> None:
        await asyncio.sleep(3600)

    clock = Clock()
    runner = _runner(store, handle, clock)
    await runner.start()
    await store.run(_enqueue, _job("tomorrow", "scheduled:idle:con_1", run_at=clock.now + 86_400))
    assert runner.unfinished == 0

    clock.now += 86_400
    runner.resync_scheduled_jobs()

    assert runner.unfinished == 1
    await runner.stop(0.0)


async def test_a_delay_in_seconds_is_not_lengthened_when_the_clock_is_set_back(store: SqliteStore) -> None:
    seen = asyncio.Event()

    async def handle(ref: str) -> None:
        seen.set()

    clock = Clock()
    runner = _runner(store, handle, clock)
    await runner.start()
    job = _job("soon", "scheduled:ticket:hof_1", run_at=clock.now + 0.2)
    await store.run(_enqueue, replace(job, after=0.2))

    clock.now -= 3600.0
    runner.resync_scheduled_jobs()

    async with asyncio.timeout(HUNG):
        await seen.wait()
    await runner.stop(0.0)


async def test_a_rescheduled_job_waits_for_its_new_time_by_the_clock(store: SqliteStore) -> None:
    ran = 0

    async def handle(ref: str) -> float:
        nonlocal ran
        ran += 1
        return 100.0

    clock = Clock()
    runner = _runner(store, handle, clock)
    await runner.start()
    await store.run(_enqueue, _job("every hundred seconds", "scheduled:a"))
    await runner.idle()
    counts = []
    for _ in range(4):
        clock.now += 60.0
        runner.resync_scheduled_jobs()
        await runner.idle()
        counts.append(ran)

    assert counts == [1, 2, 2, 3]
    await runner.stop(1.0)


@pytest.mark.parametrize("moved", [86_400.0, -86_400.0])
async def test_a_clock_change_is_noticed_and_no_scheduled_job_runs_early(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, moved: float
) -> None:
    seen: list[str] = []

    async def handle(ref: str) -> None:
        seen.append(ref)

    monkeypatch.setattr("storage.sqlite.jobs._COMPARE_SECONDS", 0.01)
    clock = Clock()
    runner = _runner(store, handle, clock)
    await runner.start()
    await store.run(_enqueue, _job("in an hour", "scheduled:a", run_at=clock.now + 3600))

    noticed = asyncio.Event()
    resync = runner.resync_scheduled_jobs

    def resynced() -> None:
        resync()
        noticed.set()

    monkeypatch.setattr(runner, "resync_scheduled_jobs", resynced)
    clock.now += moved
    async with asyncio.timeout(HUNG):
        await noticed.wait()
    await runner.idle()

    assert seen == (["in an hour"] if moved > 0 else [])
    await runner.stop(1.0)


@given(
    jobs=st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-2, 2)), max_size=40),
    restart_after=st.integers(0, 40),
)
@settings(max_examples=settings().max_examples // 2, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_all_enqueued_jobs_run_in_lane_order_across_a_restart(
    migrated_sqlite: Path,
    tmp_path_factory: pytest.TempPathFactory,
    jobs: list[tuple[str, int]],
    restart_after: int,
) -> None:
    path = Path(shutil.copy(migrated_sqlite, tmp_path_factory.mktemp("jobs")))
    ran: dict[str, list[tuple[int, int]]] = defaultdict(list)
    numbered = [(lane, urgency, number) for number, (lane, urgency) in enumerate(jobs)]

    async def handle(ref: str) -> None:
        lane, urgency, number = ref.split(":")
        ran[lane].append((-int(urgency), int(number)))

    async with SqliteStore(path) as store:
        await store.run(
            _enqueue,
            *(_job(f"{lane}:{urgency}:{n}", lane, urgency) for lane, urgency, n in numbered[:restart_after]),
        )
    async with SqliteStore(path) as store:
        runner = _runner(store, handle)
        await store.run(
            _enqueue,
            *(_job(f"{lane}:{urgency}:{n}", lane, urgency) for lane, urgency, n in numbered[restart_after:]),
        )
        await runner.start()
        await runner.idle()
        await runner.stop(1.0)

    assert sorted(n for runs in ran.values() for _, n in runs) == list(range(len(jobs)))
    assert all(runs == sorted(runs) for runs in ran.values())
