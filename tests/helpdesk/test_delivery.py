"""An effect is done by one of those who work on it, and only while it is wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Concatenate, ParamSpec, TypeVar

from bot.errors import NotYetError
from bot.helpdesk.delivery import Delivery, Errand, Performer
from bot.helpdesk.effects import Destination, Effect, EffectState, RefreshCard, Tell
from bot.helpdesk.ports import Store, Transaction
from bot.helpdesk.retry import Schedule
from bot.helpdesk.turn import Turn
from storage.sqlite import SqliteStore

T = TypeVar("T")
P = ParamSpec("P")


class Silent:
    """An observer that looks away."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def _delivery(store: Store, performer: Performer, **more: Any) -> Delivery:
    return Delivery(
        store=store,
        ending=store,
        house=SimpleNamespace(),  # type: ignore[arg-type]  # nothing here asks anything of the house
        clock=lambda: 1000.0,
        performers={Tell: performer},
        schedule=Schedule(),
        look_again=0.0,
        observer=Silent(),
        **more,
    )


def _effect() -> Effect:
    return Effect(
        id="eff_1", key="1", lane="talk", subject="x", body=Tell(channel="D", thread="1", text="x"), decided_at=1.0
    )


async def test_a_process_that_wakes_up_late_does_not_speak_for_the_one_that_took_over(tmp_path: Path) -> None:
    frozen, woken = asyncio.Event(), asyncio.Event()
    recorded: list[str] = []

    async def freeze(errand: Errand) -> str:
        frozen.set()
        await woken.wait()
        return "late"

    async def quick(errand: Errand) -> str:
        return "in time"

    async def find(errand: Errand) -> str | None:
        return None

    def aim(tx: Transaction, body: Any) -> Destination:
        return Destination(channel="D", thread="1")

    def record(turn: Turn, body: Any, result: str) -> None:
        recorded.append(result)

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        late = asyncio.create_task(
            _delivery(store, Performer(do=freeze, find=find, record=record, aim=aim)).perform("eff_1")
        )
        await frozen.wait()
        await _delivery(store, Performer(do=quick, find=find, record=record, aim=aim)).perform("eff_1")
        woken.set()
        await late
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert recorded == ["in time"]
    assert effect is not None
    assert (effect.state, effect.outcome) == (EffectState.DONE, "in time")


async def test_what_finds_no_room_and_is_not_wanted_any_more_is_not_put_back(tmp_path: Path) -> None:
    wishes = {"wanted": True}

    async def find_no_room(errand: Errand) -> str:
        wishes["wanted"] = False
        raise NotYetError(retry_after=60.0)

    def wanted(tx: Transaction, body: Any) -> bool:
        return wishes["wanted"]

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        again = await _delivery(store, Performer(do=find_no_room, wanted=wanted)).perform("eff_1")
        effect = await store.run(lambda tx: tx.effects.get("eff_1"))

    assert again is None
    assert effect is not None
    assert effect.state is EffectState.DROPPED


async def test_of_several_effects_the_latest_that_waits_is_found(tmp_path: Path) -> None:
    first, second = (replace(_effect(), id=f"eff_{number}", key=str(number)) for number in (1, 2))
    done = replace(_effect(), id="eff_3", key="3", state=EffectState.DONE)

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(first))
        await store.run(lambda tx: tx.effects.add(second))
        await store.run(lambda tx: tx.effects.add(done))
        found = await store.run(lambda tx: [tx.effects.waiting(Tell, "x"), tx.effects.waiting(RefreshCard, "x")])

    assert found == [second, None]


class Freezing:
    """A store whose first answer comes late, as in a process that was stopped in that moment."""

    def __init__(self, store: Store, seconds: float) -> None:
        self._store = store
        self._seconds = [seconds]

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        result = await self._store.run(work, *args, **kwargs)
        await asyncio.sleep(self._seconds.pop() if self._seconds else 0.0)
        return result


async def test_a_process_that_was_frozen_right_after_its_claim_looks_before_it_does_anything(tmp_path: Path) -> None:
    done: list[str] = []

    async def do(errand: Errand) -> str:
        done.append("again")
        return "mine"

    async def find(errand: Errand) -> str:
        return "of the one that took over"

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(lambda tx: tx.effects.add(_effect()))
        delivery = _delivery(Freezing(store, 0.1), Performer(do=do, find=find), claim_holds=0.05)

        await delivery.perform("eff_1")

        effect = await store.run(lambda tx: tx.effects.get("eff_1"))
    assert done == []
    assert effect is not None
    assert effect.outcome == "of the one that took over"
