"""Connections to PostgreSQL cut at the worst moments: no job is lost or runs twice, and no lane stays blocked."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import TextClause, create_engine, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from bot.errors import StorageError
from bot.helpdesk.model.job import Job, JobKind
from storage.postgres import jobs, store
from storage.postgres.jobs import ProcrastinateRunner
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from tests.bot_process import engine_tables, lock_tables
from tests.conftest import NewDatabase
from tests.cutting import CuttableWire, Moment
from tests.deadlines import HUNG

MOMENTS = list(Moment)

_HOLD_JOB = text("SELECT id FROM procrastinate_jobs WHERE args ->> 'ref' = :ref FOR UPDATE")
_WAITING = text("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
_CUT = text("SELECT pg_terminate_backend(:pid)")
_CUT_ALL = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_AGE = text("UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => :age)")
_LIVING = text(
    "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
    " WHERE d.datname = current_database() AND locktype = 'advisory' AND objsubid = 2"
)
_JOBS = text("SELECT count(*) FROM procrastinate_jobs")
_GIVEN_BACK = text("SELECT count(*) FROM procrastinate_jobs WHERE attempts > 0")
_ANOTHER_RUN = text("UPDATE procrastinate_jobs SET attempts = attempts + 1 WHERE args ->> 'ref' = :ref")


@dataclass(slots=True)
class Desk:
    """A process on a database whose connections can be cut, and the jobs that ran."""

    store: PostgresStore
    wire: CuttableWire
    direct: str
    ran: list[str] = field(default_factory=list)
    delays: dict[str, list[float]] = field(default_factory=dict)
    held: dict[str, asyncio.Event] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, ref: str) -> float | None:
        self.ran.append(ref)
        async with self._news:
            self._news.notify_all()
        if ref in self.held:
            await self.held[ref].wait()
        left = self.delays.get(ref)
        return left.pop(0) if left else None

    async def enqueue(self, *refs: str, lane: str = "talk:one") -> None:
        """Adds jobs to one lane."""
        await self.store.run(_enqueue, refs, lane)

    async def until_ran(self, *refs: str) -> None:
        """Waits until exactly these jobs have begun, in this order."""
        async with asyncio.timeout(HUNG), self._news:
            await self._news.wait_for(lambda: len(self.ran) >= len(refs))
        assert self.ran == list(refs)

    async def until_all_jobs_ended(self) -> None:
        async with asyncio.timeout(HUNG):
            while await self.ask(_JOBS):  # noqa: ASYNC110 - the server does not announce it
                await asyncio.sleep(0.02)

    async def ask(self, statement: TextClause, **values: object) -> object:
        """Runs a statement on a connection that is not cut."""
        return await asyncio.to_thread(self.ask_now, statement, **values)

    def ask_now(self, statement: TextClause, **values: object) -> object:
        """Runs a statement like `ask`, synchronously."""
        with self.connected() as connection:
            found = connection.execute(statement, values)
            answer = found.scalar() if found.returns_rows else None
            connection.commit()
            return answer

    @contextlib.contextmanager
    def connected(self) -> Iterator[Connection]:
        """Opens a connection that is not cut."""
        address = make_url(self.direct).set(drivername="postgresql+psycopg")
        with create_engine(address, poolclass=NullPool).connect() as connection:
            yield connection

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[ProcrastinateRunner]:
        runner = ProcrastinateRunner(self.store, {JobKind.EVENT: self.handle}, lambda: 0.0)
        await runner.start()
        try:
            yield runner
        finally:
            await runner.stop(0.0)


def _enqueue(tx: Transaction, refs: tuple[str, ...], lane: str) -> None:
    for ref in refs:
        tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref=ref, lane=lane))


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortens the interval of recovery, and the wait for a connection where none can be made."""
    monkeypatch.setattr(jobs, "_RECOVER_EVERY_SECONDS", 0.1)
    new_pool = store._pool
    monkeypatch.setattr(store, "_pool", lambda **arguments: new_pool(**{**arguments, "timeout": 1.0}))


@pytest.fixture
async def desk(new_postgres: NewDatabase) -> AsyncIterator[Desk]:
    direct = new_postgres()
    async with CuttableWire(direct) as wire, PostgresStore(wire.url) as store:
        yield Desk(store, wire, direct)


async def test_a_lane_goes_on_after_the_write_of_a_job_end_was_blocked_and_cut(desk: Desk) -> None:
    desk.held["first"] = asyncio.Event()
    async with desk.at_work():
        await desk.enqueue("first", "second")
        await desk.until_ran("first")

        with desk.connected() as holder:
            holder.execute(_HOLD_JOB, {"ref": "first"})
            desk.held["first"].set()
            while (pid := await desk.ask(_WAITING)) is None:  # noqa: ASYNC110 - the server does not announce it
                await asyncio.sleep(0.01)
            await desk.ask(_CUT, pid=pid)
            holder.rollback()

        await desk.until_ran("first", "second")
        await desk.until_all_jobs_ended()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_the_end_of_a_job_survives_a_cut_commit_and_the_job_runs_once(desk: Desk, moment: Moment) -> None:
    cut = desk.wire.plan(moment, b"DELETE FROM procrastinate_jobs")
    async with desk.at_work():
        await desk.enqueue("first", "second")

        await desk.until_ran("first", "second")
        await desk.until_all_jobs_ended()

    await cut.wait()
    assert desk.ran == ["first", "second"]


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_job_that_asks_to_run_again_does_although_that_write_was_cut(desk: Desk, moment: Moment) -> None:
    desk.delays["first"] = [0.01]
    cut = desk.wire.plan(moment, b"SET status = 'todo', abort_requested")
    async with desk.at_work():
        await desk.enqueue("first", "second")

        await desk.until_ran("first", "first", "second")
        await desk.until_all_jobs_ended()

    await cut.wait()


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_job_runs_although_the_response_to_its_fetch_was_lost(desk: Desk, moment: Moment) -> None:
    async with desk.at_work():
        # The fetched row contains the name of the job.
        cut = desk.wire.plan(moment, b"procrastinate_fetch_job", b"lost-claim")
        await desk.enqueue("lost-claim", "second")

        await desk.until_ran("lost-claim", "second")
        await desk.until_all_jobs_ended()

    await cut.wait()


async def test_a_fetch_whose_response_was_lost_is_requeued_while_another_job_runs_long(desk: Desk) -> None:
    desk.held["long"] = asyncio.Event()
    async with desk.at_work():
        await desk.enqueue("long", lane="ask:other")
        await desk.until_ran("long")
        cut = desk.wire.plan(Moment.AFTER_COMMIT, b"procrastinate_fetch_job", b"lost-claim")
        await desk.enqueue("lost-claim")

        await desk.until_ran("long", "lost-claim")

        await cut.wait()
        desk.held["long"].set()


async def test_a_running_job_is_never_requeued(desk: Desk) -> None:
    desk.held["long"] = asyncio.Event()
    async with desk.at_work() as runner:
        await desk.enqueue("long")
        await desk.until_ran("long")

        for _ in range(10):
            await runner.recover()

        assert await desk.ask(_GIVEN_BACK) == 0
        desk.held["long"].set()


async def test_a_late_write_of_an_end_does_not_affect_a_later_run_of_the_job(desk: Desk) -> None:
    desk.held["first"] = asyncio.Event()
    async with desk.at_work() as runner:
        await desk.enqueue("first", "second")
        await desk.until_ran("first")
        await desk.ask(_ANOTHER_RUN, ref="first")
        desk.held["first"].set()
        await desk.enqueue("elsewhere", lane="talk:two")
        await desk.until_ran("first", "elsewhere")

        for _ in range(3):
            await runner.recover()

        # The other run belongs to no worker, so recovery requeues it.
        await desk.until_ran("first", "elsewhere", "first", "second")


async def test_a_process_whose_connections_are_all_cut_keeps_its_running_job(desk: Desk) -> None:
    desk.held["long"] = asyncio.Event()
    async with desk.at_work() as runner:
        await desk.enqueue("long")
        await desk.until_ran("long")
        await desk.ask(_CUT_ALL)
        async with asyncio.timeout(HUNG):
            while not await desk.ask(_LIVING):  # noqa: ASYNC110 - the server does not announce it
                await asyncio.sleep(0.02)
        # A process without its lock would count as dead with a heartbeat this old, but this one holds its lock.
        await desk.ask(_AGE, age=6.0)
        await runner.recover()

        assert await desk.ask(_GIVEN_BACK) == 0
        await desk.enqueue("next", lane="talk:two")
        await desk.until_ran("long", "next")
        desk.held["long"].set()
        await desk.until_all_jobs_ended()


async def test_a_stop_does_not_wait_for_an_end_that_cannot_be_written_and_the_next_start_runs_the_job(
    desk: Desk,
) -> None:
    desk.held["first"] = asyncio.Event()
    async with desk.at_work():
        await desk.enqueue("first")
        await desk.until_ran("first")
        await desk.wire.refuse()
        desk.held["first"].set()
    await desk.ask(_AGE, age=16.0)

    async with PostgresStore(desk.direct) as store:
        next_start = Desk(store, desk.wire, desk.direct)
        async with next_start.at_work():
            await next_start.until_ran("first")
            await next_start.until_all_jobs_ended()


async def test_a_cut_idle_connection_fails_no_transaction(desk: Desk) -> None:
    await asyncio.gather(*(desk.store.run(_enqueue, (f"job {number}",), "lane") for number in range(8)))
    await desk.ask(_CUT_ALL)

    await asyncio.gather(*(desk.store.run(_enqueue, (f"late job {number}",), "lane") for number in range(8)))

    assert await desk.ask(_JOBS) == 16


async def test_a_transaction_cut_before_its_commit_runs_again_and_takes_effect_once(
    desk: Desk,
) -> None:
    asked = 0

    def work(tx: Transaction) -> str:
        nonlocal asked
        asked += 1
        if asked == 1:
            desk.ask_now(_CUT_ALL)
        _enqueue(tx, ("once",), "lane")
        return "done"

    assert await desk.store.run(work) == "done"
    assert asked == 2
    assert await desk.ask(_JOBS) == 1


@pytest.mark.parametrize(("moment", "happened"), [(Moment.BEFORE_COMMIT, 0), (Moment.AFTER_COMMIT, 1)])
async def test_a_commit_without_a_response_is_not_repeated(desk: Desk, moment: Moment, happened: int) -> None:
    desk.wire.plan(moment, b"procrastinate_defer_jobs")

    with pytest.raises(StorageError):
        await desk.enqueue("once")

    assert await desk.ask(_JOBS) == happened


@pytest.mark.parametrize("trips", [1, 4])
async def test_of_transactions_at_the_same_time_one_is_cut_in_the_middle_and_each_takes_effect_once(
    desk: Desk, trips: int
) -> None:
    cut = desk.wire.plan_break(trips)

    async with asyncio.TaskGroup() as group:
        for number in range(4):
            group.create_task(desk.store.run(_enqueue_in_steps, (f"{number} a", f"{number} b"), f"lane {number}"))

    assert cut.happened.is_set()
    assert await desk.ask(_JOBS) == 8


def _enqueue_in_steps(tx: Transaction, refs: tuple[str, ...], lane: str) -> None:
    for ref in refs:
        tx.connection.execute(text("SELECT 1"))
        _enqueue(tx, (ref,), lane)


async def test_jobs_run_once_the_tables_of_the_engine_are_no_longer_locked(desk: Desk) -> None:
    async with desk.at_work():
        with desk.connected() as holder:
            tables = await asyncio.to_thread(engine_tables, desk.direct)
            # In a thread, because a transaction of the event loop may have to end first.
            await asyncio.to_thread(lock_tables, holder, tables)
            waiting = asyncio.create_task(desk.enqueue("first", "second"))
            while await desk.ask(_WAITING) is None:  # noqa: ASYNC110 - the server does not announce it
                await asyncio.sleep(0.01)
            assert desk.ran == []
            holder.rollback()
        await waiting

        await desk.until_ran("first", "second")
        await desk.until_all_jobs_ended()
