"""Idle conversations are closed in batches of a hundred."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select

from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation import Policy
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.effects import CloseSession
from bot.helpdesk.model.events import TimerFired
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.ports import Transaction
from bot.helpdesk.sessions import close_idle, schedule_idle_close
from bot.helpdesk.unit_of_work import UnitOfWork
from storage import models
from storage.sqlite.store import SqliteStore

NOON = 1_795_435_200.0
DAY = 86_400.0


def _config() -> DeskConfig:
    return DeskConfig(
        policy=Policy.of([]), handoff_channel="C1", joins_open_conversation=False, split=lambda text: (text,)
    )


def _conversation(number: int) -> Conversation:
    return Conversation(
        id=f"con_{number}", workspace="T1", channel=f"D{number}", thread="1.1", employee="U1",
        session_id=f"desk-{number}", opened_at=NOON, last_at=NOON,
    )  # fmt: skip


def _ask_in(tx: Transaction, count: int) -> None:
    for number in range(count):
        tx.conversations.add(schedule_idle_close(UnitOfWork(tx, NOON + 1 + number, _config()), _conversation(number)))


def _timers(tx: Transaction) -> list[Job]:
    rows = tx.connection.execute(select(models.jobs).where(models.jobs.c.kind == "event")).all()  # type: ignore[attr-defined]
    return [Job(kind=JobKind.EVENT, ref=row.ref, lane=row.lane, run_at=row.run_at) for row in rows]


def _take(tx: Transaction, timer: Job, now: float) -> None:
    came = tx.inbox.open(timer.ref)
    assert isinstance(came, TimerFired)
    tx.inbox.close(timer.ref, now)
    close_idle(UnitOfWork(tx, now, _config()), came)


def _closed(tx: Transaction) -> int:
    count = select(func.count()).where(models.effects.c.kind == CloseSession.__name__)
    return int(tx.connection.execute(count).scalar_one())  # type: ignore[attr-defined]


async def test_conversations_that_become_idle_in_the_same_quarter_of_an_hour_share_one_timer(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(_ask_in, 250)

        (timer,) = await store.run(_timers)

    assert NOON + DAY + 250 <= timer.run_at <= NOON + DAY + 900


async def test_each_of_many_idle_conversations_is_closed_once(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(_ask_in, 250)
        taken: set[str] = set()
        while open_timers := [timer for timer in await store.run(_timers) if timer.ref not in taken]:
            taken.add(open_timers[0].ref)
            await store.run(_take, open_timers[0], NOON + 2 * DAY)

        assert await store.run(_closed) == 250
        assert len(taken) == 3


async def test_a_later_message_delays_the_close(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(_ask_in, 1)
        (timer,) = await store.run(_timers)
        written = NOON + DAY - 60
        await store.run(
            lambda tx: tx.conversations.save(replace(_conversation(0), last_at=written, idle_at=NOON + DAY))
        )

        await store.run(_take, timer, timer.run_at)

        assert await store.run(_closed) == 0
        (_, later) = await store.run(_timers)
    assert written + DAY <= later.run_at <= written + DAY + 900
