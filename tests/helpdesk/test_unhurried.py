"""Jobs take turns at the store, so that an input is kept at once however many of them there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.helpdesk.ports import Transaction
from bot.helpdesk.unhurried import Unhurried

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
    unhurried = Unhurried(store, at_once=2)
    jobs = [asyncio.create_task(unhurried.run(_named, name)) for name in "abcde"]
    await asyncio.sleep(0)
    assert store.begun == ["a", "b"]

    store.go_on.set()

    assert await asyncio.gather(*jobs) == ["a", "b", "c", "d", "e"]
    assert store.begun == ["a", "b", "c", "d", "e"]


async def test_one_that_is_given_up_while_it_waits_or_works_leaves_its_place_to_others() -> None:
    store = Patient()
    unhurried = Unhurried(store, at_once=1)
    working, waiting, last = (asyncio.create_task(unhurried.run(_named, name)) for name in "abc")
    await asyncio.sleep(0)

    waiting.cancel()
    working.cancel()
    store.go_on.set()

    assert await last == "c"
    assert store.begun == ["a", "c"]
