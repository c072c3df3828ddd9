"""A desk that decides effects and performs them by noting their ids, on either engine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

from bot.helpdesk.model.effects import CloseSession, Effect
from bot.helpdesk.model.job import Job, JobKind
from storage.interfaces import Database, JobRunner, NewEffects
from storage.postgres.jobs import ProcrastinateRunner
from storage.postgres.queue import TASK
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from storage.sqlite.jobs import EmbeddedRunner
from storage.sqlite.store import SqliteStore
from tests.deadlines import HUNG


@dataclass(slots=True)
class Desk:
    """A store with its runner, which performs effects by noting their ids."""

    store: Database
    done: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    postponed: set[str] = field(default_factory=set)
    outcomes: dict[str, Callable[[], float | None]] = field(default_factory=dict)
    held: asyncio.Event | None = None
    running: set[str] = field(default_factory=set)
    runners: list[JobRunner] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def runner(self) -> JobRunner:
        new_effects = NewEffects(claim=self._claim, perform=self._perform)
        if isinstance(self.store, SqliteStore):
            return EmbeddedRunner(self.store, {JobKind.EFFECT: self._fetch}, lambda: 1.0, new_effects)
        assert isinstance(self.store, PostgresStore)
        # Of an earlier runner, as if this were another process.
        self.store.app.tasks.pop(TASK, None)
        return ProcrastinateRunner(self.store, {JobKind.EFFECT: self._fetch}, lambda: 1.0, new_effects)

    def _claim(self, tx: Transaction, effect: Effect, job: Job) -> Effect | None:
        if effect.id in self.postponed or tx.jobs.has_more_urgent(job):
            tx.effects.release(effect.released())
            tx.jobs.enqueue(job, first=True)
            return None
        return effect

    async def idle(self) -> None:
        """Waits until nothing of the last runner waits or runs."""
        await self.runners[-1].idle()

    async def _perform(self, effect: Effect) -> float | None:
        return await self._send(effect.id, effect.lane)

    async def _fetch(self, ref: str) -> float | None:
        effect = await self.store.run(_claim, ref)
        if effect is None:
            return 0.01
        self.fetched.append(ref)
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


def _claim(tx: Transaction, id: str) -> Effect | None:
    """Claims an effect whose job runs, unless another one of its lane comes first."""
    effect, is_next = tx.effects.to_claim(id)
    assert effect is not None
    if not is_next:
        return None
    claimed = effect.claimed(1.0)
    tx.effects.claim(claimed)
    return claimed


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
        if not tx.effects.begin(job, effect.claimed(1.0)):
            tx.jobs.enqueue(job)
            tx.effects.add(effect)


@contextlib.asynccontextmanager
async def working(desk: Desk) -> AsyncIterator[JobRunner]:
    """Runs the desk's jobs inside the block."""
    runner = desk.runner()
    desk.runners.append(runner)
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
