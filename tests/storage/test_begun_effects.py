"""Effects that begin with the transaction that decides them: in order, once, and found again after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.helpdesk.retry import Schedule
from storage.interfaces import Database
from storage.repositories import Transaction
from tests.storage.performing import Desk, decide, settled, working

_REFS = {
    "sqlite": "SELECT ref FROM jobs ORDER BY id",
    "postgresql": "SELECT args ->> 'ref' FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
    " ORDER BY priority DESC, id",
}


def _refs(tx: Transaction) -> list[str]:
    return [row[0] for row in tx.connection.exec_driver_sql(_REFS[tx.connection.dialect.name])]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finds jobs that were added before the worker listened."""
    monkeypatch.setattr("storage.postgres.jobs._POLL_SECONDS", 0.05)


@pytest.fixture
async def desk(store: Database) -> AsyncIterator[Desk]:
    desk = Desk(store)
    async with working(desk):
        yield desk


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
    desk.held = asyncio.Event()
    await desk.store.run(decide, ("a", "lane", 0), ("b", "lane", 0))
    await desk.store.run(decide, ("c", "lane", 0))
    desk.held.set()
    await settled(desk, "a", "b", "c")
    await desk.idle()
    await desk.store.run(decide, ("d", "lane", 0))
    await settled(desk, "d")

    assert (desk.done, desk.fetched) == (["a", "b", "c", "d"], ["b", "c"])


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


async def test_what_waits_to_be_tried_again_is_first_in_its_lane_after_a_restart(store: Database) -> None:
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

    for engine in ("sqlite", "postgres"):
        monkeypatch.setattr(f"storage.{engine}.jobs._FAULT", Schedule(first=0.0, longest=0.0, give_up=60.0))
    desk.outcomes["a"] = fault
    await desk.store.run(decide, ("a", "lane", 0))
    await settled(desk, "a")

    assert (desk.done, desk.fetched) == (["a"], ["a"])


async def test_what_had_begun_when_the_process_ended_is_first_in_its_lane_at_the_next_start(store: Database) -> None:
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


async def test_what_had_begun_keeps_its_urgency_over_a_restart(store: Database) -> None:
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


async def test_nothing_begins_before_the_start_or_after_the_stop(store: Database) -> None:
    desk = Desk(store)
    await store.run(decide, ("early", "lane", 0))
    assert await store.run(_refs) == ["early"]
    async with working(desk):
        await settled(desk, "early")
    await store.run(decide, ("late", "lane", 0))

    assert "late" in await store.run(_refs)
    assert desk.done == ["early"]


_examples = itertools.count()


@given(
    transactions=st.lists(
        st.tuples(st.lists(st.tuples(st.sampled_from("ab"), st.integers(-1, 1)), max_size=3), st.booleans()),
        max_size=6,
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=settings().max_examples // 4)
async def test_every_effect_of_a_commit_is_performed_once_and_as_urgent_in_order(
    store: Database,
    transactions: list[tuple[list[tuple[str, int]], bool]],
) -> None:
    kept: list[tuple[str, str, int]] = []
    example = next(_examples)
    desk = Desk(store)
    async with working(desk):
        await asyncio.gather(
            *(_submit(store, f"{example}.{number}", *one, kept) for number, one in enumerate(transactions))
        )
        await settled(desk, *(id for id, _, _ in kept))
        await desk.idle()

    assert sorted(desk.done) == sorted(id for id, _, _ in kept)
    for lane in "ab":
        for urgency in (-1, 0, 1):
            expected = [id for id, of, urgent in kept if (of, urgent) == (lane, urgency)]
            assert [id for id in desk.done if id in expected] == expected


async def _submit(
    store: Database,
    name: str,
    effects: list[tuple[str, int]],
    fails: bool,
    kept: list[tuple[str, str, int]],
) -> None:
    named = [(f"{name}.{place}", lane, urgency) for place, (lane, urgency) in enumerate(effects)]

    def work(tx: Transaction) -> None:
        decide(tx, *named)
        if fails:
            raise ValueError("on purpose")

    with contextlib.suppress(ValueError):
        await store.run(work)
        kept += named
