"""The queue on PostgreSQL: outdated statistics, jobs announced during a fetch, and connections that were closed."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from procrastinate.jobs import Status
from procrastinate.worker import Worker
from sqlalchemy import text

from bot.helpdesk.model.job import Job, JobKind
from storage.postgres import jobs
from storage.postgres.jobs import ProcrastinateRunner
from storage.postgres.queue import QUEUE, TASK
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from tests.deadlines import HUNG

_WAITING = 1_700

_ADD = text(
    "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
    " SELECT :queue, :task, 'in:D' || number, '{}' FROM generate_series(1, :count) AS number"
)
_TAKE_STATISTICS = text("ANALYZE procrastinate_jobs")
_KEEP_STATISTICS = text("ALTER TABLE procrastinate_jobs SET (autovacuum_enabled = false)")
_DROP_OUR_INDEX = text("DROP INDEX uppzy_desk_jobs_of_lock")
_SOURCE_OF_FETCH = text("SELECT prosrc FROM pg_proc WHERE proname = 'procrastinate_fetch_job_v2'")
_END = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_OTHERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


def _add(tx: Transaction, count: int) -> None:
    tx.connection.execute(_ADD, {"queue": QUEUE, "task": TASK, "count": count})


async def _grow_after_the_last_look(store: PostgresStore) -> None:
    """Has the server take its statistics while the queue is nearly empty, then fills it."""
    queue = store.app.job_manager
    worker = await queue.register_worker()
    await store.run(lambda tx: tx.connection.execute(_KEEP_STATISTICS))
    await store.run(_add, 1)
    await store.run(lambda tx: tx.connection.execute(_TAKE_STATISTICS))
    await store.run(_add, 20)
    for _ in range(21):
        job = await queue.fetch_job(queues=[QUEUE], worker_id=worker)
        assert job is not None
        await queue.finish_job(job, status=Status.SUCCEEDED, delete_job=True)
    await store.run(_add, _WAITING)


def _pages_read_by_a_fetch(tx: Transaction) -> int:
    """Returns the number of pages that the server reads to find the job which the queue fetches next."""
    source: str = tx.connection.execute(_SOURCE_OF_FETCH).scalar_one()
    found = re.search(r"WITH candidate AS \((.*?SKIP LOCKED)", source, re.DOTALL)
    assert found
    statement = text(
        "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)" + found[1].replace("target_queue_names", "ARRAY[:queue]")
    )
    ((explained,),) = tx.connection.execute(statement, {"queue": QUEUE}).scalars().all()
    return int(explained["Plan"]["Shared Hit Blocks"] + explained["Plan"]["Shared Read Blocks"])


async def test_fetching_a_job_reads_few_pages_when_the_statistics_saw_a_nearly_empty_queue(
    empty_postgres: Callable[[], str],
) -> None:
    async with PostgresStore(empty_postgres()) as store:
        await _grow_after_the_last_look(store)
        ours = await store.run(_pages_read_by_a_fetch)
        await store.run(lambda tx: tx.connection.execute(_DROP_OUR_INDEX))
        without_our_index = await store.run(_pages_read_by_a_fetch)

    assert ours < 4 * _WAITING
    assert without_our_index > 2 * ours


async def test_a_job_that_is_announced_while_a_fetch_finds_nothing_runs_before_the_next_poll(
    new_postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_POLL_SECONDS", 2 * HUNG)
    announced, ran = asyncio.Event(), asyncio.Event()
    handle_notification = Worker._handle_notification

    async def note_announcement(worker: Worker, **notification: Any) -> None:
        await handle_notification(worker, **notification)
        announced.set()

    async def handle(_ref: str) -> None:
        ran.set()

    monkeypatch.setattr(Worker, "_handle_notification", note_announcement)
    async with PostgresStore(new_postgres()) as store:
        fetch = store.app.job_manager.fetch_job

        async def enqueue_after_fetch(**of: Any) -> Any:
            """Returns the empty response of a fetch only once a job has been announced."""
            job = await fetch(**of)
            # Repeated because the worker may not listen yet.
            while job is None and not announced.is_set():
                await store.run(lambda tx: tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref="one", lane="lane")))
                await asyncio.sleep(0.01)
            return job

        monkeypatch.setattr(store.app.job_manager, "fetch_job", enqueue_after_fetch)
        runner = ProcrastinateRunner(store, dict.fromkeys(JobKind, handle), time.time)
        await runner.start()
        try:
            async with asyncio.timeout(HUNG):
                await ran.wait()
        finally:
            await runner.stop(1.0)


async def test_a_connection_that_the_server_closed_is_replaced_before_use(
    new_postgres: Callable[[], str],
) -> None:
    async with PostgresStore(new_postgres()) as store:
        await store.run(_add, 1)
        await store.run(lambda tx: tx.connection.execute(_END).all())
        while await store.run(lambda tx: tx.connection.execute(_OTHERS).scalar()):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.01)

        assert await store.app.job_manager.list_jobs_async(queue=QUEUE)
