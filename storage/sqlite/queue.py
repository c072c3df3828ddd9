"""Queue of the embedded runner, as a transaction sees it: the rows of waiting jobs, and the lanes that are taken.

A job that waits has a row. An event that is handled right after it was accepted has none, nor has an effect that begins
with the transaction that decides it: their own rows say that they are unfinished, and a start after a crash finds them
there.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Insert, Select, Table, func, insert, literal, select, union_all
from sqlalchemy.engine import Connection

from bot.helpdesk.model.effects import Effect
from bot.helpdesk.model.job import Job, JobKind
from storage import models
from storage.compiled import CompiledConnection
from storage.group_commit import CommittedJob
from storage.interfaces import NewEffects
from storage.repositories import Transaction

_FIRST_ID = select(func.min(func.coalesce(func.min(models.jobs.c.id), 0), 0) - 1).scalar_subquery()
_ADD = insert(models.jobs).returning(models.jobs.c.id)
_ADD_FIRST = insert(models.jobs).values(id=_FIRST_ID).returning(models.jobs.c.id)


_COLUMNS = ["id", "kind", "ref", "lane", "urgency", "run_at", "attempts"]


def _begun(
    kind: JobKind, rows: Table, urgency: ColumnElement[int], unfinished: ColumnElement[bool]
) -> Select[tuple[int, str, str, str, int, float, int]]:
    """Returns the query for a job for each of the unfinished rows that has none.

    They had begun when the process ended; each is the first of those in its lane that are as urgent. One that was
    postponed or is retried has a job, unless the database failed when that was written.
    """
    return select(
        _FIRST_ID - func.row_number().over(order_by=rows.c.id),
        literal(kind.value),
        rows.c.id,
        rows.c.lane,
        urgency,
        literal(0.0),
        literal(0),
    ).where(unfinished, rows.c.id.not_in(select(models.jobs.c.ref)))


_BEGUN = (
    _begun(JobKind.EVENT, models.events, literal(0), models.events.c.handled_at.is_(None)),
    _begun(JobKind.EFFECT, models.effects, models.effects.c.urgency, models.effects.c.settled_at.is_(None)),
)
_ADD_BEGUN: tuple[Insert, ...] = tuple(insert(models.jobs).from_select(_COLUMNS, begun) for begun in _BEGUN)
_EVERY = union_all(select(*(models.jobs.c[name] for name in _COLUMNS)), *_BEGUN).order_by("id")


class Lanes:
    """Lanes in which a job waits or runs, counted as transactions add jobs and the runner ends them.

    Used by the writer's thread and by the event loop. Nothing begins at once before the runner has set `new_effects`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: Counter[str] = Counter()
        self.new_effects: NewEffects | None = None

    def is_free(self, lane: str) -> bool:
        """Returns whether no job waits or runs in the lane, and the next one can begin at once."""
        return self.new_effects is not None and lane not in self._jobs

    def enter(self, lane: str) -> None:
        """Counts a job that waits or runs."""
        with self._lock:
            self._jobs[lane] += 1

    def leave(self, lane: str) -> None:
        """Counts a job no more."""
        with self._lock:
            self._jobs[lane] -= 1
            if self._jobs[lane] <= 0:
                del self._jobs[lane]

    def reset(self, lanes: Iterable[str]) -> None:
        """Replaces all counts: one job for each of `lanes`."""
        with self._lock:
            self._jobs = Counter(lanes)


class StoredJobs:
    """The jobs of one transaction. The store passes `added` to the runner once the transaction is committed."""

    def __init__(self, connection: Connection, lanes: Lanes) -> None:
        self._connection = CompiledConnection(connection)
        self._lanes = lanes
        self._entered: list[str] = []
        self._new: list[tuple[Job, Effect]] = []
        self.added: list[CommittedJob] = []
        self.owner = None

    def enqueue(self, job: Job, *, first: bool = False) -> None:
        id = add_row(self._connection, job, first=first)
        self._enter(job.lane)
        self.added.append(CommittedJob(job=job, id=id))

    def may_be_free(self, lane: str, *, alone: bool = False) -> bool:
        return self._lanes.is_free(lane)

    def note_begun(self, job: Job, effect: Effect) -> None:
        self._enter(job.lane)
        self._new.append((job, effect))

    def note_accepted(self, job: Job) -> None:
        self._enter(job.lane)
        self.added.append(CommittedJob(job=job))

    def has_more_urgent(self, job: Job) -> bool:
        others = (added.job for added in self.added)
        return any(other.lane == job.lane and other.urgency > job.urgency for other in others)

    def claim_new(self, tx: Transaction) -> None:
        """Claims the effects that begin with this transaction, at its end."""
        new_effects = self._lanes.new_effects
        for job, effect in self._new:
            attempt = new_effects.claim(tx, effect, job) if new_effects is not None else None
            if attempt is not None:
                self.added.append(CommittedJob(job=job, attempt=attempt))
            else:
                # The claim has enqueued the job, which counts in its lane as well.
                self._entered.remove(job.lane)
                self._lanes.leave(job.lane)

    def undo(self) -> None:
        """Leaves the lanes again: the transaction was rolled back."""
        for lane in self._entered:
            self._lanes.leave(lane)
        self._entered.clear()

    def _enter(self, lane: str) -> None:
        self._lanes.enter(lane)
        self._entered.append(lane)


def add_row(connection: CompiledConnection, job: Job, *, first: bool = False, attempts: int = 0) -> int:
    """Stores a job and returns the id of its row. Jobs of a lane that are equally urgent run in the order of ids."""
    values = {
        "kind": job.kind.value,
        "ref": job.ref,
        "lane": job.lane,
        "urgency": job.urgency,
        "run_at": job.run_at,
        "attempts": attempts,
    }
    return int(connection.execute(_ADD_FIRST if first else _ADD, values).scalar())


def add_begun(connection: Connection) -> None:
    """Stores a job for whatever had begun without one when the process ended, before all others of its lane."""
    for statement in _ADD_BEGUN:
        connection.execute(statement)


def every_job(connection: Connection) -> list[tuple[Job, bool]]:
    """Returns the stored jobs, and one for whatever had begun without one, in the order in which they were to run.

    Changes nothing. Each comes with whether it has to be the first in its lane of those that are as urgent.
    """
    return [
        (Job(kind=JobKind(row.kind), ref=row.ref, lane=row.lane, urgency=row.urgency, run_at=row.run_at), row.id < 0)
        for row in connection.execute(_EVERY)
    ]
