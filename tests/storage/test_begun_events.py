"""Events that are handled without a job right after they were accepted: in order, once, and found after a crash."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from bot.helpdesk.model.events import InboxEntry, TicketChanged
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.retry import Schedule
from storage.interfaces import Database, JobRunner, NewEffects
from storage.postgres.jobs import ProcrastinateRunner
from storage.postgres.queue import TASK
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from storage.sqlite.jobs import EmbeddedRunner
from storage.sqlite.store import SqliteStore
from tests.deadlines import HUNG

_JOBS = {
    "sqlite": "SELECT count(*) FROM jobs",
    "postgresql": "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')",
}
_AGE = text("UPDATE procrastinate_workers SET last_heartbeat = now() - make_interval(secs => 16.0)")
_FORGET = text("DELETE FROM procrastinate_workers")
_BEGUN = text("SELECT count(*) FROM events WHERE owner IS NOT NULL")


@pytest.fixture(autouse=True)
def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has processes poll often, but take over from others and write heartbeats only at their start or when told."""
    monkeypatch.setattr("storage.postgres.jobs._POLL_SECONDS", 0.05)
    monkeypatch.setattr("storage.postgres.jobs._RECOVER_EVERY_SECONDS", 3600.0)
    monkeypatch.setattr("storage.postgres.jobs._BEAT", 3600.0)


@dataclass(slots=True)
class Desk:
    """A store with its runner, which handles events by noting their keys."""

    store: Database
    keys: dict[str, str] = field(default_factory=dict)
    handled: list[str] = field(default_factory=list)
    outcomes: dict[str, Callable[[], float]] = field(default_factory=dict)
    held: asyncio.Event | None = None
    frozen: bool = False
    begun: list[str] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, key: str, lane: str = "lane") -> bool:
        """Returns whether the event was new."""
        id = await self.store.run(_accept, InboxEntry(key=key, lane=lane, event=_EVENT))
        if id is not None:
            self.keys[id] = key
        return id is not None

    async def jobs(self) -> int:
        """Returns the number of jobs in the queue."""
        return await self.store.run(
            lambda tx: int(tx.connection.exec_driver_sql(_JOBS[tx.connection.dialect.name]).scalar_one())
        )

    async def all_handled(self, *keys: str) -> None:
        async with asyncio.timeout(HUNG):
            while not set(keys) <= set(self.handled):
                await self.ended.wait()
                self.ended.clear()

    async def has_begun(self, key: str) -> None:
        async with asyncio.timeout(HUNG):
            while key not in self.begun:  # noqa: ASYNC110 - a task that begins raises no event
                await asyncio.sleep(0)

    def runner(self) -> JobRunner:
        handlers = {JobKind.EVENT: self._handle}
        if isinstance(self.store, SqliteStore):
            return EmbeddedRunner(self.store, handlers, lambda: 1.0, _NO_EFFECTS)
        assert isinstance(self.store, PostgresStore)
        # Of an earlier runner, as if this were another process.
        self.store.app.tasks.pop(TASK, None)
        return ProcrastinateRunner(self.store, handlers, lambda: 1.0, _NO_EFFECTS)

    async def _handle(self, id: str) -> float | None:
        if self.frozen:
            # A process that really is would fetch nothing.
            return 0.01
        event, is_next = await self.store.run(lambda tx: tx.inbox.to_handle(id))
        if event is None:
            return None
        if not is_next:
            return 0.01
        while id not in self.keys:  # noqa: ASYNC110 - its acceptance returns in a moment
            await asyncio.sleep(0)
        key = self.keys[id]
        self.begun.append(key)
        if self.held is not None:
            await self.held.wait()
        if (outcome := self.outcomes.pop(key, None)) is not None:
            return outcome()
        await self.store.run(lambda tx: tx.inbox.close(id, 2.0))
        self.handled.append(key)
        self.ended.set()
        return None


_EVENT = TicketChanged(system="s", ticket="1")
_NO_EFFECTS = NewEffects(claim=lambda tx, effect, job: None, perform=lambda attempt: asyncio.sleep(0, None))


def _accept(tx: Transaction, entry: InboxEntry) -> str | None:
    if (begun := tx.inbox.begin(entry, 1.0, alone=False)) is not None:
        return begun
    if (added := tx.inbox.add(entry, 1.0)) is not None:
        tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref=added, lane=entry.lane))
    return added


@contextlib.asynccontextmanager
async def _working(desk: Desk) -> AsyncIterator[JobRunner]:
    runner = desk.runner()
    await runner.start()
    try:
        yield runner
    finally:
        await runner.stop(0.0)


@pytest.fixture
async def desk(store: Database) -> AsyncIterator[Desk]:
    desk = Desk(store)
    async with _working(desk):
        yield desk


async def test_an_event_whose_lane_is_free_needs_no_job(desk: Desk) -> None:
    desk.held = asyncio.Event()
    await desk.accept("a")
    await desk.accept("elsewhere", "other lane")

    assert await desk.jobs() == 0
    desk.held.set()
    await desk.all_handled("a", "elsewhere")


async def test_an_event_that_is_known_is_not_handled_again(desk: Desk) -> None:
    desk.held = asyncio.Event()
    assert await desk.accept("a")
    assert not await desk.accept("a")
    desk.held.set()
    await desk.all_handled("a")
    assert not await desk.accept("a")

    assert (await desk.jobs(), desk.begun) == (0, ["a"])


async def test_an_event_waits_with_a_job_for_the_one_before_it_in_its_lane(desk: Desk) -> None:
    desk.held = asyncio.Event()
    await desk.accept("a")
    await desk.accept("b")
    await desk.accept("c")

    assert await desk.jobs() == 2
    desk.held.set()
    await desk.all_handled("a", "b", "c")
    assert desk.handled == ["a", "b", "c"]


async def test_an_event_that_is_accepted_while_no_runner_works_waits_with_a_job(store: Database) -> None:
    desk = Desk(store)
    await desk.accept("a")

    assert await desk.jobs() == 1
    async with _working(desk):
        await desk.all_handled("a")


async def test_an_event_that_is_tried_again_stays_before_the_others_of_its_lane(desk: Desk) -> None:
    desk.held = asyncio.Event()
    desk.outcomes["a"] = lambda: 0.0
    await desk.accept("a")
    await desk.accept("b")
    desk.held.set()
    await desk.all_handled("a", "b")

    assert desk.handled == ["a", "b"]


async def test_an_event_whose_handling_fails_is_handled_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault() -> float:
        raise RuntimeError("a bug")

    for engine in ("sqlite", "postgres"):
        monkeypatch.setattr(f"storage.{engine}.jobs._FAULT", Schedule(first=0.0, longest=0.0, give_up=60.0))
    desk.outcomes["a"] = fault
    await desk.accept("a")
    await desk.all_handled("a")

    assert desk.begun == ["a", "a"]


async def test_an_event_that_had_begun_when_the_process_ended_is_first_in_its_lane_at_the_next_start(
    store: Database,
) -> None:
    ended = Desk(store, held=asyncio.Event())
    async with _working(ended):
        await ended.accept("a")
        await ended.accept("b")
        await ended.has_begun("a")

    desk = Desk(store, keys=ended.keys)
    async with _working(desk):
        await desk.all_handled("a", "b")

    assert desk.handled == ["a", "b"]


# Several processes on PostgreSQL.


@pytest.fixture
async def desks(new_postgres: Callable[[], str]) -> AsyncIterator[tuple[Desk, Desk]]:
    """Two processes on one database, neither at work yet, which tell each other what they handle."""
    url = new_postgres()
    async with PostgresStore(url) as one, PostgresStore(url) as other:
        first = Desk(one)
        yield first, Desk(other, keys=first.keys, handled=first.handled, ended=first.ended)


async def test_processes_that_accept_for_one_lane_at_once_handle_each_event_once(desks: tuple[Desk, Desk]) -> None:
    keys = [f"{number}" for number in range(12)]
    async with _working(desks[0]), _working(desks[1]):
        await asyncio.gather(*(desks[number % 2].accept(key) for number, key in enumerate(keys)))
        await desks[0].all_handled(*keys)

    assert sorted(desks[0].handled) == sorted(keys)


async def test_a_job_waits_for_the_event_that_another_process_is_handling(desks: tuple[Desk, Desk]) -> None:
    one, other = desks
    one.held = asyncio.Event()
    one.outcomes["a"] = lambda: 0.05
    async with _working(one), _working(other):
        await one.accept("a")
        await one.has_begun("a")
        await other.accept("b")
        await other.accept("elsewhere", "other lane")
        await other.all_handled("elsewhere")
        one.held.set()
        await one.all_handled("a", "b")

    assert one.handled == ["elsewhere", "a", "b"]


@pytest.mark.parametrize("gone", [_AGE, _FORGET], ids=["frozen", "removed"])
async def test_what_a_process_that_is_gone_was_handling_is_taken_over(desks: tuple[Desk, Desk], gone: object) -> None:
    dead, other = desks
    dead.held = asyncio.Event()
    async with _working(dead):
        await dead.accept("a")
        await dead.has_begun("a")
        dead.frozen = True
        await other.store.run(lambda tx: tx.connection.execute(gone))  # type: ignore[call-overload]
        async with _working(other):
            await other.all_handled("a")

    assert other.begun == ["a"]


async def test_a_process_that_stops_gives_back_what_it_was_handling_at_once(desks: tuple[Desk, Desk]) -> None:
    leaving, other = desks
    leaving.held = asyncio.Event()
    async with _working(other):
        async with _working(leaving):
            await leaving.accept("a")
            await leaving.has_begun("a")
        await other.all_handled("a")

    assert other.begun == ["a"]


async def test_an_event_whose_commit_was_not_confirmed_is_given_to_the_queue(desks: tuple[Desk, Desk]) -> None:
    desk, _ = desks
    assert isinstance(desk.store, PostgresStore)
    async with _working(desk) as runner:
        desk.store.beginning.perform = lambda begun: None
        await desk.accept("a")
        assert isinstance(runner, ProcrastinateRunner)
        for _ in range(3):
            await runner.recover()
        await desk.all_handled("a")

    assert await desk.store.run(lambda tx: tx.connection.execute(_BEGUN).scalar_one()) == 0


async def test_an_event_that_must_be_alone_has_a_job_where_there_are_other_processes(store: Database) -> None:
    desk = Desk(store)
    entry = InboxEntry(key="a", lane="lane", event=_EVENT)
    async with _working(desk):
        begun = await store.run(lambda tx: tx.inbox.begin(entry, 1.0, alone=True))

    assert (begun is not None) is isinstance(store, SqliteStore)
