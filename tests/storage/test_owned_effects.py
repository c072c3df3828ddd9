"""Effects that have begun on PostgreSQL belong to one process, until it settles them, gives them back, or is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import text

from bot.helpdesk.model.events import InboxEntry, TicketChanged
from bot.helpdesk.model.job import Job, JobKind
from storage.interfaces import Database
from storage.postgres.jobs import ProcrastinateRunner
from storage.postgres.presence import Presence
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore
from tests.storage.performing import Desk, decide, settled, working

_AGE = text("UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => :age)")
_AGED = _AGE.bindparams(age=16.0)
_AGED = _AGE.bindparams(age=16.0)
_FORGET = text("DELETE FROM procrastinate_workers")
_PRESENT = text("SELECT count(*) FROM procrastinate_workers WHERE id = :id")
_OWNED = text("SELECT id FROM effects WHERE owner IS NOT NULL ORDER BY id")


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has processes poll often, but take over from others and write heartbeats only at their start or when told."""
    monkeypatch.setattr("storage.postgres.jobs._POLL_SECONDS", 0.05)
    monkeypatch.setattr("storage.postgres.jobs._RECOVER_EVERY_SECONDS", 3600.0)
    monkeypatch.setattr("storage.postgres.jobs._BEAT", 3600.0)


@pytest.fixture
async def desks(new_postgres: Callable[[], str]) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two processes on one database, neither at work yet, which tell each other what they perform."""
    url = new_postgres()
    async with PostgresStore(url) as one, PostgresStore(url) as other:
        first, second = Desk(one), Desk(other)
        second.running, second.done, second.ended = first.running, first.done, first.ended
        yield first, second


def _is_present(tx: Transaction, id: int | None) -> bool:
    return bool(tx.connection.execute(_PRESENT, {"id": id}).scalar())


def _owned(tx: Transaction) -> list[str]:
    return [row[0] for row in tx.connection.execute(_OWNED)]


async def _begun(desk: Desk, lane: str) -> None:
    """Waits until an effect of the lane runs."""
    while lane not in desk.running:  # noqa: ASYNC110 - a task that begins raises no event
        await asyncio.sleep(0)


async def test_processes_that_decide_for_one_lane_at_once_never_perform_two_of_it_at_once(
    desks: tuple[Desk, Desk],
) -> None:
    ids = [f"{number}" for number in range(12)]
    async with working(desks[0]), working(desks[1]):
        await asyncio.gather(*(desks[number % 2].store.run(decide, (id, "lane", 0)) for number, id in enumerate(ids)))
        await settled(desks[0], *ids)

    assert sorted(desks[0].done) == sorted(ids)


async def test_a_job_waits_for_the_effect_that_another_process_has_begun_and_for_its_next_attempt(
    desks: tuple[Desk, Desk],
) -> None:
    one, other = desks
    one.held, one.outcomes["a"] = asyncio.Event(), lambda: 0.05
    async with working(one), working(other):
        await one.store.run(decide, ("a", "lane", 0))
        await _begun(one, "lane")
        await other.store.run(decide, ("b", "lane", 0))
        await other.store.run(decide, ("elsewhere", "other lane", 0))
        await settled(other, "elsewhere")
        one.held.set()
        await settled(one, "a", "b")

    assert one.done == ["elsewhere", "a", "b"]


async def test_a_job_that_was_fetched_before_another_was_put_first_is_not_next(
    desks: tuple[Desk, Desk],
) -> None:
    store = desks[0].store

    def is_next(tx: Transaction) -> bool:
        return tx.effects.to_claim("b")[1]

    await store.run(decide, ("b", "lane", 0))
    await store.run(lambda tx: tx.connection.execute(_FETCH_B))
    assert await store.run(is_next)
    await store.run(lambda tx: tx.jobs.enqueue(Job(kind=JobKind.EFFECT, ref="a", lane="lane"), first=True))

    assert not await store.run(is_next)


_FETCH_B = text("UPDATE procrastinate_jobs SET status = 'doing' WHERE args ->> 'ref' = 'b'")


@pytest.mark.parametrize("gone", ["frozen", "removed"])
async def test_what_a_process_that_is_gone_had_begun_is_taken_over(
    desks: tuple[Desk, Desk], gone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The job of "b" occupies the worker of `dead`, which would fetch "a" itself otherwise.
    monkeypatch.setattr("storage.postgres.jobs._MOST_AT_ONCE", 1)
    dead, other = desks
    dead.held = asyncio.Event()
    async with working(dead) as runner:
        await dead.store.run(decide, ("a", "lane", 0), ("b", "lane", 0))
        await _begun(dead, "lane")
        while runner.unfinished < 2:  # noqa: ASYNC110 - a job that waits for its lane raises no event
            await asyncio.sleep(0.001)
        dead.running.clear()
        await other.store.run(lambda tx: tx.connection.execute(_AGED if gone == "frozen" else _FORGET))
        async with working(other):
            await settled(other, "a", "b")

    assert (other.done, other.fetched) == (["a", "b"], ["a", "b"])


async def test_a_process_whose_heartbeat_is_late_keeps_what_it_has_begun(desks: tuple[Desk, Desk]) -> None:
    slow, other = desks
    slow.held = asyncio.Event()
    async with working(slow), working(other) as runner:
        await slow.store.run(decide, ("a", "lane", 0))
        await _begun(slow, "lane")
        await other.store.run(lambda tx: tx.connection.execute(_AGE, {"age": 6.0}))
        assert isinstance(runner, ProcrastinateRunner)
        await runner.recover()

        assert await other.store.run(_owned) == ["a"]


async def test_a_process_that_was_removed_by_mistake_is_back_with_its_next_heartbeat(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres.jobs._BEAT", 0.001)
    one, other = desks
    one.held = asyncio.Event()
    async with working(one), working(other) as runner:
        await one.store.run(lambda tx: tx.connection.execute(_FORGET))
        assert isinstance(one.store, PostgresStore)
        while not await one.store.run(_is_present, one.store.beginning.owner):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.001)
        await one.store.run(decide, ("a", "lane", 0))
        assert isinstance(runner, ProcrastinateRunner)
        await runner.recover()

        assert await other.store.run(_owned) == ["a"]


async def test_a_process_that_stops_gives_back_what_it_has_begun_at_once(desks: tuple[Desk, Desk]) -> None:
    leaving, other = desks
    leaving.held = asyncio.Event()
    async with working(other):
        async with working(leaving):
            await leaving.store.run(decide, ("a", "lane", 0))
            await _begun(leaving, "lane")
        await settled(other, "a")

    assert (other.done, other.fetched) == (["a"], ["a"])


async def test_an_effect_whose_commit_was_not_confirmed_is_given_to_the_queue(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    assert isinstance(desk.store, PostgresStore)
    async with working(desk) as runner:
        desk.store.beginning.perform = lambda begun: None
        await desk.store.run(decide, ("a", "lane", 0))
        assert isinstance(runner, ProcrastinateRunner)
        for _ in range(3):
            await runner.recover()
        await settled(desk, "a")

    assert desk.fetched == ["a"]


async def test_nothing_begins_while_others_may_take_the_process_for_gone(
    desks: tuple[Desk, Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _ = desks
    async with working(desk):
        monkeypatch.setattr(Presence, "is_certain", False)
        await desk.store.run(decide, ("a", "lane", 0))
        await settled(desk, "a")

    assert desk.fetched == ["a"]


async def test_a_heartbeat_makes_the_process_certain_only_for_a_while(new_postgres: Callable[[], str]) -> None:
    async with PostgresStore(new_postgres()) as store:
        presence = Presence(store.address, heartbeat_seconds=3600.0, certain_for=3600.0)
        await presence.enter()
        brief = Presence(store.address, heartbeat_seconds=3600.0, certain_for=0.0)
        await brief.enter()
        assert (presence.is_certain, brief.is_certain) == (True, False)
        await presence.leave()
        await brief.leave()

    assert not presence.is_certain


def _add_handled(tx: Transaction, key: str, *, alone: bool = False) -> bool:
    entry = InboxEntry(key=key, lane="in:D1", event=TicketChanged(system="s", ticket="1"))
    return tx.inbox.add_handled(entry, 1.0, alone=alone) is not None


async def test_an_event_is_handled_with_its_acceptance_only_if_nothing_waits_before_it(store: Database) -> None:
    desk = Desk(store)
    async with working(desk):
        assert await store.run(_add_handled, "one")
        assert not await store.run(_add_handled, "one")
        # Another process could accept one at the same moment.
        assert await store.run(_add_handled, "two", alone=True) is isinstance(store, SqliteStore)
        await store.run(lambda tx: tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref="evt", lane="in:D1", run_at=4e9)))
        assert not await store.run(_add_handled, "three")
