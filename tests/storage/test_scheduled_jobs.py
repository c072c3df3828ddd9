"""A job runs once for each time it is scheduled, whatever the clock does and however often the queue repeats it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.engine import Engine

from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation import Policy
from bot.helpdesk.model.job import SHARED, JobKind
from bot.helpdesk.unit_of_work import UnitOfWork
from storage import models
from storage.repositories import Transaction
from storage.sqlite.queue import Lanes, StoredJobs
from tests.addresses import SURFACES

DUE = 50.0
_CONFIG = DeskConfig(
    policy=Policy.of([]),
    handoff_channels={"slack": "C1"},
    surfaces=SURFACES,
)
# At each time, the job is scheduled, or the queue runs one of its entries, perhaps one that it has run before.
steps = st.lists(st.tuples(st.integers(0, 100), st.none() | st.integers(0, 20)), max_size=30)


@dataclass(slots=True)
class Queue:
    """The job and its entries in the queue."""

    tx: Transaction
    jobs: StoredJobs
    ran: list[str] = field(default_factory=list)

    @property
    def entries(self) -> list[str]:
        return [added.job.ref for added in self.jobs.added]

    def schedule(self, now: float, *, delayed: bool) -> None:
        uow = UnitOfWork(self.tx, now, _CONFIG)
        if delayed:
            uow.schedule(JobKind.CHECK_QUESTIONS, SHARED, after=10.0)
        else:
            uow.schedule(JobKind.CHECK_QUESTIONS, SHARED, at=DUE)

    def run(self, entry: str, now: float) -> None:
        job = self.tx.scheduled_jobs.waiting(entry)
        if job is not None and (job.due_at or 0.0) <= now:
            self.tx.scheduled_jobs.close(entry, now)
            self.ran.append(entry)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """A database in memory."""
    engine = create_engine("sqlite://")
    models.metadata.create_all(engine)
    return engine


@given(steps=steps, delayed=st.booleans())
@settings(max_examples=settings().max_examples // 2)
def test_a_job_runs_once_for_each_time_it_is_scheduled(
    engine: Engine, steps: list[tuple[int, int | None]], delayed: bool
) -> None:
    with engine.connect() as connection:
        jobs = StoredJobs(connection, Lanes())
        queue = Queue(Transaction(connection, jobs), jobs)
        for now, entry in steps:
            before = queue.entries
            if entry is None:
                queue.schedule(now, delayed=delayed)
                waits, again = len(before) > len(queue.ran), delayed or now < DUE
                assert len(queue.entries) - len(before) == (not before or (not waits and again))
            elif before:
                queue.run(before[entry % len(before)], now)
        for job in queue.entries:
            queue.run(job, DUE)

        assert sorted(queue.ran) == sorted(queue.entries)
