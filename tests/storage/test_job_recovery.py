"""Jobs of a dead or suspended process are run by another; a process that is only slow keeps its jobs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import text

from bot.helpdesk.model.events import InboxEntry, TicketChanged
from bot.helpdesk.model.job import Job, JobKind, ScheduledJob
from storage.postgres.jobs import ProcrastinateRunner
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from tests.deadlines import HUNG

_AGE = text("UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => :age)")
_CUT = text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")
_REQUEUED = text("SELECT count(*) FROM procrastinate_jobs WHERE attempts > 0")
_FORGET = text("DELETE FROM procrastinate_workers")
_LOCKS = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")


Taken = asyncio.Queue[str]
"""Jobs that the processes begin; none ever ends."""


@dataclass(slots=True)
class Process:
    """A bot process, from the view of the database."""

    store: PostgresStore
    taken: Taken

    async def hold(self, ref: str) -> None:
        self.taken.put_nowait(ref)
        await asyncio.Event().wait()

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[ProcrastinateRunner]:
        runner = ProcrastinateRunner(self.store, dict.fromkeys(JobKind, self.hold), lambda: 0.0)
        await runner.start()
        try:
            yield runner
        finally:
            await runner.stop(0.0)

    async def takes(self) -> str:
        """Returns the job that begins next, here or in the other process."""
        return await asyncio.wait_for(self.taken.get(), HUNG)


@pytest.fixture
async def processes(
    new_postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Process, Process]]:
    # Each process recovers jobs once at its start and not again; the first one finds none.
    monkeypatch.setattr("storage.postgres.jobs._RECOVER_EVERY_SECONDS", 3600.0)
    url, taken = new_postgres(), Taken()
    async with PostgresStore(url) as one, PostgresStore(url) as other:
        yield Process(one, taken), Process(other, taken)


def _enqueue(tx: Transaction, ref: str) -> None:
    tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref=ref, lane=f"in:{ref}"))


def _grow_silent(tx: Transaction, seconds: float) -> None:
    tx.connection.execute(_AGE, {"age": seconds})


async def _until_nobody_lives(store: PostgresStore) -> None:
    # The release of a lock raises no event.
    while await store.run(lambda tx: tx.connection.execute(_LOCKS).scalar()):  # noqa: ASYNC110
        await asyncio.sleep(0.01)


async def test_jobs_of_a_process_without_connection_are_taken_over_before_its_heartbeat_expires(
    processes: tuple[Process, Process],
) -> None:
    dead, other = processes
    await dead.store.run(_enqueue, "evt_1")
    async with dead.at_work():
        assert await dead.takes() == "evt_1"
        await other.store.run(lambda tx: tx.connection.execute(_CUT))
        await _until_nobody_lives(other.store)
        await other.store.run(_grow_silent, 6.0)

        async with other.at_work():
            assert await other.takes() == "evt_1"


async def test_a_process_whose_heartbeat_is_late_keeps_its_jobs(
    processes: tuple[Process, Process],
) -> None:
    slow, other = processes
    await slow.store.run(_enqueue, "evt_1")
    async with slow.at_work():
        assert await slow.takes() == "evt_1"
        await other.store.run(_grow_silent, 6.0)

        async with other.at_work() as runner:
            await runner.recover()
            assert await other.store.run(lambda tx: tx.connection.execute(_REQUEUED).scalar()) == 0


async def test_jobs_of_a_process_whose_heartbeat_expired_are_taken_over(
    processes: tuple[Process, Process],
) -> None:
    frozen, other = processes
    await frozen.store.run(_enqueue, "evt_1")
    async with frozen.at_work():
        assert await frozen.takes() == "evt_1"
        await other.store.run(_grow_silent, 16.0)

        async with other.at_work():
            assert await other.takes() == "evt_1"


async def test_a_process_that_failed_to_fetch_jobs_fetches_again_while_a_long_one_still_runs(
    processes: tuple[Process, Process],
) -> None:
    process, _ = processes
    await process.store.run(_enqueue, "evt_1")
    async with process.at_work():
        assert await process.takes() == "evt_1"
        # The database gives no job to an unknown worker.
        await process.store.run(lambda tx: tx.connection.execute(_FORGET))

        await process.store.run(_enqueue, "evt_2")

        begun = await process.takes()
        if begun == "evt_1":
            # The job of the unknown worker was requeued.
            begun = await process.takes()
        assert begun == "evt_2"


async def test_an_input_that_lost_its_job_is_processed(processes: tuple[Process, Process]) -> None:
    process, _ = processes
    came = TicketChanged(system="zendesk", ticket="1")
    id = await process.store.run(lambda tx: tx.inbox.add(InboxEntry(key="k", lane="l", event=came), -121.0))

    async with process.at_work():
        assert await process.takes() == id


async def test_a_scheduled_job_that_lost_its_place_in_the_queue_is_run(processes: tuple[Process, Process]) -> None:
    process, _ = processes
    job = ScheduledJob(
        id="job_1", key="k", kind=JobKind.CLOSE_IDLE, subject="all", lane="scheduled:k", due_at=1.0, scheduled_at=-121.0
    )
    await process.store.run(lambda tx: tx.scheduled_jobs.add(job))

    async with process.at_work():
        assert await process.takes() == "job_1"
