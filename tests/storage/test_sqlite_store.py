"""SQLite store: commits, announced jobs, one process per file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import DatabaseInUseError, StorageError
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.job import Job, JobKind
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore, open_engine
from tests.addresses import SURFACE


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore(tmp_path / "desk.db") as store:
        yield store


def _conversation(id: str, thread: str) -> Conversation:
    return Conversation(
        id=id,
        workspace="T1",
        surface=SURFACE,
        channel="D1",
        thread=thread,
        employee="U1",
        session_id="s",
        opened_at=1.0,
        last_at=2.5,
    )


def _add(tx: Transaction, id: str, thread: str) -> None:
    tx.conversations.add(_conversation(id, thread))


def _get(tx: Transaction, id: str) -> Conversation | None:
    return tx.conversations.get(id)


async def test_a_row_is_read_as_it_was_written(store: SqliteStore) -> None:
    await store.run(_add, "con_1", "1.1")

    assert await store.run(_get, "con_1") == _conversation("con_1", "1.1")


async def test_rows_survive_closing(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(_add, "con_1", "1.1")
    async with SqliteStore(tmp_path / "desk.db") as store:
        assert await store.run(_get, "con_1") is not None


async def test_jobs_are_announced_only_once_they_are_committed(store: SqliteStore) -> None:
    heard: list[str] = []
    store.on_enqueued(lambda jobs: heard.extend(added.job.ref for added in jobs))

    def enqueue(tx: Transaction, ref: str, fail: bool) -> None:
        tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref=ref, lane="a", run_at=0.0))
        if fail:
            raise ValueError("on purpose")

    await asyncio.gather(store.run(enqueue, "kept", False), store.run(enqueue, "undone", True), return_exceptions=True)

    assert heard == ["kept"]


async def test_a_second_process_is_refused_while_the_first_runs(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db"):
        with pytest.raises(DatabaseInUseError, match="DATABASE_URL"):
            async with SqliteStore(tmp_path / "desk.db"):
                pass
    async with SqliteStore(tmp_path / "desk.db"):
        pass


async def test_a_file_that_is_no_database_is_refused_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_text("this is a shopping list, not a database, and a long one at that\n" * 50)

    with pytest.raises(StorageError, match="cannot be used as a database"):
        async with SqliteStore(tmp_path / "desk.db"):
            pass


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db"):
        pass
    with open_engine(tmp_path / "desk.db").connect() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StorageError, match="9999"):
        async with SqliteStore(tmp_path / "desk.db"):
            pass


async def test_a_locked_database_is_a_storage_error_and_later_work_succeeds(
    tmp_path: Path,
) -> None:
    async with SqliteStore(tmp_path / "desk.db", busy_seconds=0.05) as store:
        with open_engine(tmp_path / "desk.db").connect() as other:
            other.exec_driver_sql("BEGIN IMMEDIATE")
            with pytest.raises(StorageError, match="locked"):
                await store.run(_add, "con_1", "1.1")
            other.exec_driver_sql("ROLLBACK")

        await store.run(_add, "con_1", "1.1")
        assert await store.run(_get, "con_1") is not None


async def test_a_closed_store_refuses_work(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        pass

    with pytest.raises(StorageError, match="closed"):
        await store.run(_get, "con_1")


async def test_work_that_fails_only_in_its_second_run_announces_no_jobs(tmp_path: Path) -> None:
    heard: list[str] = []
    others_wait = threading.Event()
    runs: list[str] = []

    def hold(tx: Transaction) -> None:
        others_wait.wait(5.0)

    def fail_later(tx: Transaction) -> None:
        tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref="undone", lane="lane"))
        runs.append("later")
        if len(runs) > 1:
            raise ValueError

    def fail(tx: Transaction) -> None:
        raise ValueError

    async with SqliteStore(tmp_path / "desk.db") as store:
        store.on_enqueued(lambda jobs: heard.extend(added.job.ref for added in jobs))
        held = asyncio.create_task(store.run(hold))
        await asyncio.sleep(0)
        failing = [asyncio.create_task(store.run(work)) for work in (fail_later, fail)]
        await asyncio.sleep(0)
        others_wait.set()
        await held
        results = await asyncio.gather(*failing, return_exceptions=True)

    assert [type(result) for result in results] == [ValueError, ValueError]
    assert (runs, heard) == (["later", "later"], [])
