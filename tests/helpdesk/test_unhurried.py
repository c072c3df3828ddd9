"""Jobs take turns at the store, so that an input is kept at once however many of them there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.helpdesk.ports import Transaction
from bot.helpdesk.store_throttle import ThrottledStore, WorkPriority

T = TypeVar("T")
P = ParamSpec("P")

NOTHING: Any = SimpleNamespace()


class Patient:
    """A store whose work is under way until it is let go on."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go_on = asyncio.Event()

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self.begun.append(str(args[0]))
        await self.go_on.wait()
        return work(NOTHING, *args, **kwargs)


def _named(tx: Transaction, name: str) -> str:
    return name


async def test_only_so_many_work_at_a_time_and_the_others_in_the_order_they_came() -> None:
    store = Patient()
    unhurried = ThrottledStore(store, at_once=2)
    jobs = [asyncio.create_task(unhurried.run(_named, name)) for name in "abcde"]
    await asyncio.sleep(0)
    assert store.begun == ["a", "b"]

    store.go_on.set()

    assert await asyncio.gather(*jobs) == ["a", "b", "c", "d", "e"]
    assert store.begun == ["a", "b", "c", "d", "e"]


async def test_one_that_is_given_up_while_it_waits_or_works_leaves_its_place_to_others() -> None:
    store = Patient()
    unhurried = ThrottledStore(store, at_once=1)
    working, waiting, last = (asyncio.create_task(unhurried.run(_named, name)) for name in "abc")
    await asyncio.sleep(0)

    waiting.cancel()
    working.cancel()
    store.go_on.set()

    assert await last == "c"
    assert store.begun == ["a", "c"]


async def test_what_is_nearest_to_its_end_goes_first() -> None:
    store = Patient()
    unhurried = ThrottledStore(store, at_once=1)
    ranks = {
        "begin": WorkPriority.BEGINNING,
        "go on": WorkPriority.GOING_ON,
        "end": WorkPriority.ENDING,
        "end later": WorkPriority.ENDING,
    }
    first = asyncio.create_task(unhurried.run(_named, "first"))
    others = [asyncio.create_task(unhurried.ranked(rank).run(_named, name)) for name, rank in ranks.items()]
    await asyncio.sleep(0)
    store.go_on.set()

    await asyncio.gather(first, *others)

    assert store.begun == ["first", "end", "end later", "go on", "begin"]


async def test_one_that_is_given_up_just_when_its_turn_has_come_passes_it_on() -> None:
    store = Patient()
    store.go_on.set()
    unhurried = ThrottledStore(store, at_once=1)

    async def work_and_give_the_next_up() -> None:
        await unhurried.run(_named, "a")
        waiting.cancel()

    working = asyncio.create_task(work_and_give_the_next_up())
    waiting, last = (asyncio.create_task(unhurried.run(_named, name)) for name in "bc")
    await working

    assert await last == "c"
    assert store.begun == ["a", "c"]
