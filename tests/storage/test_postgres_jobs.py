"""The queue on PostgreSQL: speed with outdated statistics, and connections that the server ended."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from sqlalchemy import text

from storage.postgres.store import QUEUE, TASK, PostgresStore
from storage.repositories import Transaction

_WAITING = 1_700
_TAKEN = 15

_ADD = text(
    "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
    " SELECT :queue, :task, 'in:D' || number, '{}' FROM generate_series(1, :count) AS number"
)
_TAKE_STATISTICS = text("ANALYZE procrastinate_jobs")
_DROP_OUR_INDEX = text("DROP INDEX uppzy_desk_jobs_of_lock")
_END = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_OTHERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


def _add(tx: Transaction, count: int) -> None:
    tx.connection.execute(_ADD, {"queue": QUEUE, "task": TASK, "count": count})


async def _take(queue: JobManager, worker: int) -> float:
    """Fetches and finishes one job; returns the seconds that the fetch took."""
    began = time.perf_counter()
    job = await queue.fetch_job(queues=[QUEUE], worker_id=worker)
    took = time.perf_counter() - began
    assert job is not None
    await queue.finish_job(job, status=Status.SUCCEEDED, delete_job=True)
    return took


async def _grow_after_the_last_look(store: PostgresStore, queue: JobManager) -> int:
    """Has the server take its statistics while the queue is nearly empty, then fills it. Returns a worker id."""
    worker = await queue.register_worker()
    await store.run(_add, 1)
    await store.run(lambda tx: tx.connection.execute(_TAKE_STATISTICS))
    await store.run(_add, 20)
    for _ in range(21):
        await _take(queue, worker)
    await store.run(_add, _WAITING)
    return worker


async def test_fetching_a_job_stays_fast_when_the_statistics_saw_a_nearly_empty_queue(
    new_postgres: Callable[[], str],
) -> None:
    bare_url = new_postgres()
    bare_app = App(connector=PsycopgConnector(conninfo=bare_url))
    async with PostgresStore(new_postgres()) as store, PostgresStore(bare_url) as bare_store, bare_app.open_async():
        await bare_store.run(lambda tx: tx.connection.execute(_DROP_OUR_INDEX))
        ours, bare = store.app.job_manager, bare_app.job_manager
        worker = await _grow_after_the_last_look(store, ours)
        bare_worker = await _grow_after_the_last_look(bare_store, bare)

        # Alternately, so that other load on the machine slows both.
        took = [(await _take(ours, worker), await _take(bare, bare_worker)) for _ in range(_TAKEN)]

    # The fastest of each, because other load slows single fetches.
    assert 2 * min(each for each, _ in took) < min(each for _, each in took)


async def test_a_connection_that_the_server_closed_is_replaced_before_use(
    new_postgres: Callable[[], str],
) -> None:
    async with PostgresStore(new_postgres()) as store:
        await store.run(_add, 1)
        await store.run(lambda tx: tx.connection.execute(_END).all())
        while await store.run(lambda tx: tx.connection.execute(_OTHERS).scalar()):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.01)

        assert await store.app.job_manager.list_jobs_async(queue=QUEUE)
