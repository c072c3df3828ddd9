"""PostgreSQL store: shared commits beside locks of other processes, and on connections that are cut."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool

from bot.errors import StorageError
from bot.helpdesk.model.conversation import Conversation
from storage.group_commit import Limits
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from tests.addresses import SURFACE
from tests.conftest import NewDatabase
from tests.cutting import CuttableWire, Moment
from tests.deadlines import HUNG_OFF_LOOP

CONVERSATIONS = [
    Conversation(
        id=f"con_{number}", workspace="T1", surface=SURFACE, channel="D1", thread=f"{number}", employee="U1",
        session_id="s", opened_at=1.0, last_at=1.0,
    )
    for number in range(4)
]  # fmt: skip
_LOCK = text("SELECT id FROM conversations WHERE id = :id FOR UPDATE")
# Everything in one batch, however slow the machine is.
_ONE_BATCH = Limits(seconds=HUNG_OFF_LOOP, stalled_after=HUNG_OFF_LOOP, connections=1)


@pytest.fixture
async def url(new_postgres: NewDatabase) -> str:
    """The URL of a database with four conversations."""
    url = new_postgres()
    async with PostgresStore(url) as store:
        await store.run(_add_all)
    return url


def _add_all(tx: Transaction) -> None:
    for conversation in CONVERSATIONS:
        tx.conversations.add(conversation)


def _touch(tx: Transaction, number: int) -> int:
    """Changes a conversation."""
    tx.conversations.save(replace(CONVERSATIONS[number], last_at=2.0))
    return number


def _touched(tx: Transaction) -> list[str]:
    found = [tx.conversations.get(one.id) for one in CONVERSATIONS]
    return [one.id for one in found if one is not None and one.last_at == 2.0]


@contextlib.contextmanager
def _locked(url: str, id: str) -> Iterator[Connection]:
    """Holds a row as a transaction of another process does that has not ended."""
    with create_engine(make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool).connect() as connection:
        connection.execute(_LOCK, {"id": id})
        yield connection


@contextlib.asynccontextmanager
async def _held(store: PostgresStore) -> AsyncIterator[None]:
    """Holds the thread of a store, so that what is submitted in the block shares a transaction."""
    begun, release = threading.Event(), threading.Event()

    def wait(tx: Transaction) -> None:
        begun.set()
        release.wait(HUNG_OFF_LOOP)

    held = asyncio.create_task(store.run(wait))
    await asyncio.to_thread(begun.wait, HUNG_OFF_LOOP)
    yield
    await asyncio.sleep(0)
    release.set()
    await held


async def test_work_that_waits_for_a_lock_delays_neither_its_batch_nor_later_work(url: str) -> None:
    async with PostgresStore(url, Limits(seconds=HUNG_OFF_LOOP, stalled_after=0.01, connections=2)) as store:
        with _locked(url, "con_0"):
            async with _held(store):
                blocked = asyncio.create_task(store.run(_touch, 0))
                shared = asyncio.create_task(store.run(_touch, 1))
            assert await shared == 1
            assert await store.run(_touch, 2) == 2
            assert not blocked.done()
        assert await blocked == 0


async def test_batches_of_two_processes_that_wait_for_each_other_both_take_effect(url: str) -> None:
    both_begun = threading.Barrier(2, timeout=HUNG_OFF_LOOP)
    waited: set[str] = set()

    def then_wait(tx: Transaction, number: int, process: str) -> None:
        _touch(tx, number)
        if process not in waited:
            waited.add(process)
            both_begun.wait()

    async with PostgresStore(url, _ONE_BATCH) as here, PostgresStore(url, _ONE_BATCH) as there:
        async with _held(here), _held(there):
            tasks = [
                asyncio.create_task(here.run(then_wait, 0, "here")),
                asyncio.create_task(here.run(_touch, 1)),
                asyncio.create_task(there.run(then_wait, 1, "there")),
                asyncio.create_task(there.run(_touch, 0)),
            ]
        await asyncio.gather(*tasks)


@pytest.mark.parametrize(
    ("moment", "happened"), [(Moment.BEFORE_COMMIT, []), (Moment.AFTER_COMMIT, ["con_1", "con_2", "con_3"])]
)
async def test_all_callers_of_a_cut_commit_are_told_and_none_is_repeated(
    url: str, moment: Moment, happened: list[str]
) -> None:
    runs: list[int] = []

    def touch(tx: Transaction, number: int) -> None:
        runs.append(number)
        _touch(tx, number)

    async with CuttableWire(url) as wire, PostgresStore(wire.url, _ONE_BATCH) as store:
        async with _held(store):
            tasks = [asyncio.create_task(store.run(touch, number)) for number in (1, 2, 3)]
            wire.plan(moment, b"UPDATE conversations")
        results = await asyncio.gather(*tasks, return_exceptions=True)

        assert [isinstance(result, StorageError) for result in results] == [True] * 3
        assert runs == [1, 2, 3]
        assert await store.run(_touched) == happened


async def test_a_batch_cut_before_its_commit_runs_again_and_takes_effect_once(url: str) -> None:
    runs: list[int] = []

    async with CuttableWire(url) as wire, PostgresStore(wire.url, _ONE_BATCH) as store:
        loop = asyncio.get_running_loop()

        async def cut_all() -> None:
            wire.cut_all()

        def touch(tx: Transaction, number: int) -> int:
            runs.append(number)
            if runs == [1, 2]:
                asyncio.run_coroutine_threadsafe(cut_all(), loop).result(HUNG_OFF_LOOP)
            return _touch(tx, number)

        async with _held(store):
            tasks = [asyncio.create_task(store.run(touch, number)) for number in (1, 2, 3)]

        assert await asyncio.gather(*tasks) == [1, 2, 3]
        assert runs == [1, 2, 1, 2, 3]


async def test_a_store_whose_server_was_away_is_refused_and_then_reconnects(url: str) -> None:
    async with CuttableWire(url) as wire, PostgresStore(wire.url) as store:
        await wire.refuse()
        results = await asyncio.gather(*(store.run(_touch, number) for number in range(4)), return_exceptions=True)
        assert [isinstance(result, StorageError) for result in results] == [True] * 4

        await wire.lay()
        assert await asyncio.gather(*(store.run(_touch, number) for number in range(4))) == [0, 1, 2, 3]


async def test_a_read_whose_connection_was_cut_while_it_was_idle_is_repeated(url: str) -> None:
    async with CuttableWire(url) as wire, PostgresStore(wire.url) as store:
        assert await store.read(_touched) == []
        wire.cut_all()

        assert await store.read(_touched) == []
