"""An effect that two processes work on is done by one of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.helpdesk.delivery import Delivery, Errand, Performer
from bot.helpdesk.effects import Destination, Effect, EffectState, Tell
from bot.helpdesk.ports import Transaction
from bot.helpdesk.retry import Schedule
from bot.helpdesk.turn import Turn
from storage.sqlite import SqliteStore


class Silent:
    """An observer that looks away."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def _delivery(store: SqliteStore, performer: Performer) -> Delivery:
    return Delivery(
        store=store,
        house=SimpleNamespace(),  # type: ignore[arg-type]  # nothing here asks anything of the house
        clock=lambda: 1000.0,
        performers={Tell: performer},
        schedule=Schedule(),
        look_again=0.0,
        observer=Silent(),
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
