"""Idle conversations are closed in batches of a hundred."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import func, select

from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation import Policy
from bot.helpdesk.model.conversation import Conversation
from bot.helpdesk.model.effects import CloseSession
from bot.helpdesk.model.job import ScheduledJob
from bot.helpdesk.ports import Transaction
from bot.helpdesk.sessions import close_idle, schedule_idle_close
from bot.helpdesk.unit_of_work import UnitOfWork
from storage import models
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, SURFACES

NOON = 1_795_435_200.0
DAY = 86_400.0


def _config() -> DeskConfig:
    return DeskConfig(
        policy=Policy.of([]),
        handoff_channels={SURFACE: "C1"},
        surfaces=SURFACES,
    )


def _conversation(number: int) -> Conversation:
    return Conversation(
        id=f"con_{number}", workspace="T1", surface=SURFACE, channel=f"D{number}", thread="1.1", employee="U1",
        session_id=f"desk-{number}", opened_at=NOON, last_at=NOON,
    )  # fmt: skip


def _ask_in(tx: Transaction, count: int) -> None:
    for number in range(count):
        tx.conversations.add(schedule_idle_close(UnitOfWork(tx, NOON + 1 + number, _config()), _conversation(number)))


def _scheduled(tx: Transaction) -> list[ScheduledJob]:
    refs = tx.connection.execute(select(models.jobs.c.ref).where(models.jobs.c.kind == "close_idle")).scalars().all()  # type: ignore[attr-defined]
    return [job for ref in refs if (job := tx.scheduled_jobs.waiting(ref)) is not None]


def _take(tx: Transaction, job: ScheduledJob, now: float) -> None:
    tx.scheduled_jobs.close(job.id, now)
    close_idle(UnitOfWork(tx, now, _config()), job)


def _closed(tx: Transaction) -> int:
    count = select(func.count()).where(models.effects.c.kind == CloseSession.__name__)
    return int(tx.connection.execute(count).scalar_one())  # type: ignore[attr-defined]


async def test_conversations_that_become_idle_in_the_same_quarter_of_an_hour_share_one_job(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(_ask_in, 250)

        (job,) = await store.run(_scheduled)

    assert job.due_at is not None
    assert NOON + DAY + 250 <= job.due_at <= NOON + DAY + 900


async def test_each_of_many_idle_conversations_is_closed_once(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(_ask_in, 250)
        taken = 0
        while scheduled := await store.run(_scheduled):
            taken += 1
            await store.run(_take, scheduled[0], NOON + 2 * DAY)

        assert await store.run(_closed) == 250
        assert taken == 3


async def test_a_later_message_delays_the_close(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(_ask_in, 1)
        (job,) = await store.run(_scheduled)
        assert job.due_at is not None
        written = NOON + DAY - 60
        await store.run(
            lambda tx: tx.conversations.save(replace(_conversation(0), last_at=written, idle_at=NOON + DAY))
        )

        await store.run(_take, job, job.due_at)

        assert await store.run(_closed) == 0
        (later,) = await store.run(_scheduled)
    assert later.due_at is not None
    assert written + DAY <= later.due_at <= written + DAY + 900
