"""Effects that begin with the transaction that decides them: in order, once, and found again after a crash."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.helpdesk.model.effects import CloseSession, Effect
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.retry import Schedule
from storage.interfaces import NewEffects
from storage.repositories import Transaction
from storage.sqlite.jobs import EmbeddedRunner
from storage.sqlite.store import SqliteStore
from tests.deadlines import HUNG


@dataclass(slots=True)
class Desk:
    """A store with its runner, which performs effects by noting their ids."""

    store: SqliteStore
    done: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    postponed: set[str] = field(default_factory=set)
    outcomes: dict[str, Callable[[], float | None]] = field(default_factory=dict)
    held: asyncio.Event | None = None
    running: set[str] = field(default_factory=set)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def runner(self) -> EmbeddedRunner:
        new_effects = NewEffects(claim=self._claim, perform=self._perform)
        return EmbeddedRunner(self.store, {JobKind.EFFECT: self._fetch}, lambda: 1000.0, new_effects)

    def _claim(self, tx: Transaction, effect: Effect, job: Job) -> Effect | None:
        if effect.id in self.postponed or tx.jobs.has_more_urgent(job):
            tx.effects.save(effect.released())
            tx.jobs.enqueue(job, first=True)
            return None
        return effect

    async def _perform(self, effect: Effect) -> float | None:
        return await self._send(effect.id, effect.lane)

    async def _fetch(self, ref: str) -> float | None:
        self.fetched.append(ref)
        effect = await self.store.run(lambda tx: tx.effects.get(ref))
        assert effect is not None
        return await self._send(effect.id, effect.lane)

    async def _send(self, id: str, lane: str) -> float | None:
        assert lane not in self.running, "two effects of one lane at a time"
        self.running.add(lane)
        try:
            if self.held is not None:
                await self.held.wait()
            await asyncio.sleep(0)
            outcome = self.outcomes.pop(id, None)
            if outcome is not None:
                return outcome()
        finally:
            self.running.discard(lane)
        await self.store.run(_settle, id)
        self.done.append(id)
        self.ended.set()
        return None


def _settle(tx: Transaction, id: str) -> None:
    effect = tx.effects.get(id)
    assert effect is not None
    tx.effects.save(replace(effect, settled_at=1.0))


def decide(tx: Transaction, *effects: tuple[str, str, int]) -> None:
    """Adds effects by id, lane and urgency, as the desk's unit of work does."""
    for id, lane, urgency in effects:
        body = CloseSession(session_id="s")
        effect = Effect(id=id, key=id, lane=lane, urgency=urgency, subject="x", body=body, decided_at=1.0)
        job = Job(kind=JobKind.EFFECT, ref=id, lane=lane, urgency=urgency)
        claimed = effect.claimed(1.0)
        if tx.jobs.begin(job, claimed):
            effect = claimed
        else:
            tx.jobs.enqueue(job)
        tx.effects.add(effect)


def _refs(tx: Transaction) -> list[str]:
    return [row[0] for row in tx.connection.exec_driver_sql("SELECT ref FROM jobs ORDER BY id")]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore(tmp_path / "desk.db") as store:
        yield store


@pytest.fixture
async def desk(store: SqliteStore) -> AsyncIterator[Desk]:
    desk = Desk(store)
    async with working(desk):
        yield desk


@contextlib.asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[EmbeddedRunner]:
    """Runs the desk's jobs inside the block."""
    runner = desk.runner()
    await runner.start()
    try:
        async with asyncio.timeout(HUNG):
            yield runner
    finally:
        await runner.stop(0.0)


async def settled(desk: Desk, *ids: str) -> None:
    """Waits until the effects are done."""
    async with asyncio.timeout(HUNG):
        while not set(ids) <= set(desk.done):
            await desk.ended.wait()
            desk.ended.clear()


async def test_what_can_begin_at_once_needs_no_job(desk: Desk) -> None:
    await desk.store.run(decide, ("a", "lane", 0))

    assert await desk.store.run(_refs) == []
    await settled(desk, "a")
    assert (desk.done, desk.fetched) == (["a"], [])


async def test_what_waits_in_its_lane_is_fetched_from_the_queue(desk: Desk) -> None:
    desk.held = asyncio.Event()
    await desk.store.run(decide, ("a", "lane", 0), ("b", "lane", 0), ("other", "free", 0))
    await desk.store.run(decide, ("c", "lane", 0))

    assert await desk.store.run(_refs) == ["b", "c"]
    desk.held.set()
    await settled(desk, "a", "b", "c", "other")
    assert [id for id in desk.done if id != "other"] == ["a", "b", "c"]
    assert desk.fetched == ["b", "c"]


async def test_a_lane_is_free_once_all_of_it_is_done(desk: Desk) -> None:
    def is_free(tx: Transaction) -> bool:
        return tx.jobs.is_free("lane")

    desk.held = asyncio.Event()
    assert await desk.store.run(is_free)
    await desk.store.run(decide, ("a", "lane", 0), ("b", "lane", 0))
    assert not await desk.store.run(is_free)
    desk.held.set()
    await settled(desk, "a", "b")

    assert await desk.store.run(is_free)


async def test_a_lane_is_free_again_after_a_rollback(desk: Desk) -> None:
    def fail(tx: Transaction) -> None:
        decide(tx, ("undone", "lane", 0), ("undone too", "lane", 0))
        raise ValueError("on purpose")

    with pytest.raises(ValueError, match="on purpose"):
        await desk.store.run(fail)
    await desk.store.run(decide, ("a", "lane", 0))
    await settled(desk, "a")

    assert (desk.done, desk.fetched) == (["a"], [])


async def test_a_more_urgent_effect_of_the_same_transaction_goes_first(desk: Desk) -> None:
    await desk.store.run(decide, ("words", "lane", 0), ("more words", "lane", 0), ("root", "lane", 2))
    await settled(desk, "words", "more words", "root")

    assert desk.done == ["root", "words", "more words"]


async def test_what_must_wait_after_all_stays_first_in_its_lane(desk: Desk) -> None:
    desk.postponed.add("a")
    await desk.store.run(decide, ("a", "lane", 0), ("b", "lane", 0))
    await settled(desk, "a", "b")

    assert (desk.done, desk.fetched) == (["a", "b"], ["a", "b"])


async def test_what_is_tried_again_is_in_the_queue_and_before_all_others_of_its_lane(desk: Desk) -> None:
    desk.outcomes["a"] = lambda: 0.0
    await desk.store.run(decide, ("a", "lane", 0), ("b", "lane", 0))
    await settled(desk, "a", "b")

    assert (desk.done, desk.fetched) == (["a", "b"], ["a", "b"])


async def test_what_waits_to_be_tried_again_is_first_in_its_lane_after_a_restart(store: SqliteStore) -> None:
    ended = Desk(store)
    ended.outcomes["a"] = lambda: 0.01
    ended.held = asyncio.Event()
    async with working(ended):
        await store.run(decide, ("a", "lane", 0), ("b", "lane", 0))
        ended.held.set()
        while await store.run(_refs) != ["a", "b"]:  # noqa: ASYNC110 - the database raises no event
            await asyncio.sleep(0)
        ended.held.clear()
    assert ended.done == []

    desk = Desk(store)
    async with working(desk):
        await settled(desk, "a", "b")

    assert desk.done == ["a", "b"]


async def test_an_effect_that_raises_is_performed_by_its_handler_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault() -> float | None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("storage.sqlite.jobs._FAULT", Schedule(first=0.0, longest=0.0, give_up=60.0))
    desk.outcomes["a"] = fault
    await desk.store.run(decide, ("a", "lane", 0))
    await settled(desk, "a")

    assert (desk.done, desk.fetched) == (["a"], ["a"])


async def test_what_had_begun_when_the_process_ended_is_first_in_its_lane_at_the_next_start(store: SqliteStore) -> None:
    ended = Desk(store)
    ended.held = asyncio.Event()
    async with working(ended):
        await store.run(decide, ("a", "lane", 0), ("b", "lane", 0), ("z", "other", 0))
    assert ended.done == []

    desk = Desk(store)
    async with working(desk):
        await settled(desk, "a", "b", "z")

    assert [id for id in desk.done if id != "z"] == ["a", "b"]
    assert set(desk.fetched) == {"a", "b", "z"}


async def test_what_had_begun_keeps_its_urgency_over_a_restart(store: SqliteStore) -> None:
    ended = Desk(store)
    ended.held = asyncio.Event()
    async with working(ended):
        await store.run(decide, ("words", "lane", 1), ("more words", "lane", 1), ("least", "lane", 0))
        await store.run(decide, ("root", "lane", 2))
    assert ended.done == []

    desk = Desk(store)
    async with working(desk):
        await settled(desk, "words", "more words", "least", "root")

    assert desk.done == ["root", "words", "more words", "least"]


async def test_nothing_begins_before_the_start_or_after_the_stop(store: SqliteStore) -> None:
    desk = Desk(store)
    await store.run(decide, ("early", "lane", 0))
    assert await store.run(_refs) == ["early"]
    async with working(desk):
        await settled(desk, "early")
    await store.run(decide, ("late", "lane", 0))

    assert "late" in await store.run(_refs)
    assert desk.done == ["early"]


@given(
    transactions=st.lists(
        st.tuples(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-1, 1)), max_size=3), st.booleans()),
        max_size=6,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings().max_examples // 4)
async def test_every_effect_of_a_commit_is_performed_once_and_as_urgent_in_order(
    tmp_path_factory: pytest.TempPathFactory,
    transactions: list[tuple[list[tuple[str, int]], bool]],
) -> None:
    path = tmp_path_factory.mktemp("begun") / "desk.db"
    kept: list[tuple[str, str, int]] = []
    async with SqliteStore(path) as store:
        desk = Desk(store)
        async with working(desk):
            await asyncio.gather(*(_submit(store, number, *one, kept) for number, one in enumerate(transactions)))
            await settled(desk, *(id for id, _, _ in kept))

    assert sorted(desk.done) == sorted(id for id, _, _ in kept)
    for lane in "ab":
        for urgency in (-1, 0, 1):
            expected = [id for id, of, urgent in kept if (of, urgent) == (lane, urgency)]
            assert [id for id in desk.done if id in expected] == expected


async def _submit(
    store: SqliteStore,
    number: int,
    effects: list[tuple[str, int]],
    fails: bool,
    kept: list[tuple[str, str, int]],
) -> None:
    named = [(f"{number}.{place}", lane, urgency) for place, (lane, urgency) in enumerate(effects)]

    def work(tx: Transaction) -> None:
        decide(tx, *named)
        if fails:
            raise ValueError("on purpose")

    with contextlib.suppress(ValueError):
        await store.run(work)
        kept += named
