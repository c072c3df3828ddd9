"""PostgreSQL's queue when much more waits in it than the server's statistics know of."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from statistics import median

from procrastinate.jobs import Status
from sqlalchemy import text

from storage.postgres import QUEUE, TASK, PostgresStore
from storage.repositories import Transaction

_WAITING = 1_700
_TAKEN = 15

_ADD = text(
    "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args)"
    " SELECT :queue, :task, 'in:D' || number, '{}' FROM generate_series(1, :count) AS number"
)
_TAKE_STATISTICS = text("ANALYZE procrastinate_jobs")
_END = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_OTHERS = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")


def _add(tx: Transaction, count: int) -> None:
    tx.connection.execute(_ADD, {"queue": QUEUE, "task": TASK, "count": count})


async def _seconds_to_take(store: PostgresStore, count: int) -> list[float]:
    manager = store.app.job_manager
    worker = await manager.register_worker()
    took = []
    for _ in range(count):
        began = time.perf_counter()
        job = await manager.fetch_job(queues=[QUEUE], worker_id=worker)
        took.append(time.perf_counter() - began)
        assert job is not None
        await manager.finish_job(job, status=Status.SUCCEEDED, delete_job=True)
    return took


async def test_taking_a_job_stays_quick_when_the_queue_was_nearly_empty_at_the_last_look(
    new_postgres: Callable[[], str],
) -> None:
    async with PostgresStore(new_postgres()) as store:
        await store.run(_add, 1)
        await store.run(lambda tx: tx.connection.execute(_TAKE_STATISTICS))
        await store.run(_add, 20)
        await _seconds_to_take(store, 21)
        await store.run(_add, _WAITING)

        took = await _seconds_to_take(store, _TAKEN)

    # Without the index on the lock it is a quarter of a second here.
    assert median(took) < 0.03


async def test_a_connection_that_the_server_has_ended_is_replaced_before_it_is_used(
    new_postgres: Callable[[], str],
) -> None:
    async with PostgresStore(new_postgres()) as store:
        await store.run(_add, 1)
        await store.run(lambda tx: tx.connection.execute(_END).all())
        while await store.run(lambda tx: tx.connection.execute(_OTHERS).scalar()):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)

        assert await store.app.job_manager.list_jobs_async(queue=QUEUE)
