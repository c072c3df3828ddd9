"""Transactions of jobs are limited and ordered by priority."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.helpdesk.ports import Transaction, WorkPriority
from bot.helpdesk.store_throttle import ThrottledStore

T = TypeVar("T")
P = ParamSpec("P")

NOTHING: Any = SimpleNamespace()


class HeldStore:
    """A store whose transactions end when `resume` is set."""

    def __init__(self) -> None:
        self.started: list[str] = []
        self.resume = asyncio.Event()

    def with_priority(self, priority: WorkPriority) -> HeldStore:
        return self

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self.started.append(str(args[0]))
        await self.resume.wait()
        return work(NOTHING, *args, **kwargs)


def _named(tx: Transaction, name: str) -> str:
    return name


async def test_only_so_many_run_at_a_time_and_the_others_in_order_of_arrival() -> None:
    store = HeldStore()
    throttled = ThrottledStore(store, most_concurrent=2)
    jobs = [asyncio.create_task(throttled.run(_named, name)) for name in "abcde"]
    await asyncio.sleep(0)
    assert store.started == ["a", "b"]

    store.resume.set()

    assert await asyncio.gather(*jobs) == ["a", "b", "c", "d", "e"]
    assert store.started == ["a", "b", "c", "d", "e"]


async def test_a_transaction_cancelled_while_it_waits_or_runs_frees_its_slot() -> None:
    store = HeldStore()
    throttled = ThrottledStore(store, most_concurrent=1)
    working, waiting, last = (asyncio.create_task(throttled.run(_named, name)) for name in "abc")
    await asyncio.sleep(0)

    waiting.cancel()
    working.cancel()
    store.resume.set()

    assert await last == "c"
    assert store.started == ["a", "c"]


async def test_work_that_is_nearest_to_its_end_goes_first() -> None:
    store = HeldStore()
    throttled = ThrottledStore(store, most_concurrent=1)
    priorities = {
        "open": WorkPriority.OPENING,
        "continue": WorkPriority.CONTINUING,
        "close": WorkPriority.CLOSING,
        "close later": WorkPriority.CLOSING,
    }
    first = asyncio.create_task(throttled.run(_named, "first"))
    others = [asyncio.create_task(throttled.with_priority(one).run(_named, name)) for name, one in priorities.items()]
    await asyncio.sleep(0)
    store.resume.set()

    await asyncio.gather(first, *others)

    assert store.started == ["first", "close", "close later", "continue", "open"]


async def test_a_transaction_cancelled_just_when_it_got_its_slot_passes_it_on() -> None:
    store = HeldStore()
    store.resume.set()
    throttled = ThrottledStore(store, most_concurrent=1)

    async def run_and_cancel_the_next() -> None:
        await throttled.run(_named, "a")
        waiting.cancel()

    working = asyncio.create_task(run_and_cancel_the_next())
    waiting, last = (asyncio.create_task(throttled.run(_named, name)) for name in "bc")
    await working

    assert await last == "c"
    assert store.started == ["a", "c"]
