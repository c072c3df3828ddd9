"""Queue of procrastinate, as a transaction sees it: the jobs it defers, and the rows that begin with it.

A job that waits is one of procrastinate's. An event that is handled right after it was accepted has none, nor has an
effect that begins with the transaction that decides it: their row names the process that has begun it, its `owner`. A
unique index allows one such row in each lane, and whoever adds a second one, in whatever process, runs again and leaves
it to a job. Rows whose owner is gone get a job (`take_over`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import procrastinate
import psycopg
from procrastinate.jobs import Job as QueuedJob
from procrastinate.manager import JobManager
from sqlalchemy import TextClause, text
from sqlalchemy.engine import Connection

from bot.helpdesk.model.effects import Effect
from bot.helpdesk.model.job import Job, JobKind
from storage.group_commit import CommittedJob
from storage.interfaces import NewEffects
from storage.postgres.presence import Presence
from storage.repositories import Transaction

log = logging.getLogger(__name__)

TASK = "uppzy_desk.job"
QUEUE = "uppzy_desk"

# Priorities between two urgencies. Of equally urgent jobs, effects go before events: work that has begun is finished
# first, otherwise all conversations advance in step and no one has an answer until all have. Before both goes the
# effect that has to be the first in its lane.
_PRIORITIES_PER_URGENCY = 4
_OF_EFFECT = 2
_FIRST = 1
_DEFERRED_AT_ONCE = 5_000
_QUEUED = text("SELECT args ->> 'kind', args ->> 'ref', lock FROM procrastinate_jobs WHERE status IN ('todo', 'doing')")
_NOW = text("SELECT extract(epoch FROM clock_timestamp())")


class Beginning:
    """The requirements for events and effects to begin without a job: set by the runner, used by the store's threads.

    `perform` is called in the event loop with what began with a commit. Without `new_effects`, nothing does.
    """

    def __init__(self) -> None:
        self.presence: Presence | None = None
        self.new_effects: NewEffects | None = None
        self.perform: Callable[[list[CommittedJob]], None] = leave_alone

    @property
    def owner(self) -> int | None:
        """The id of this process as the owner of rows; None before the runner has started."""
        return None if self.presence is None else self.presence.id

    @property
    def is_possible(self) -> bool:
        """True if the runner performs what begins, and no other process may take this one for gone."""
        return self.new_effects is not None and self.presence is not None and self.presence.is_certain

    def announce(self, begun: list[CommittedJob]) -> None:
        """Passes on what began with a commit."""
        self.perform(begun)


class BatchOfJobs:
    """The jobs that the transactions of one batch defer, all together just before the commit."""

    def __init__(self, beginning: Beginning) -> None:
        self.beginning = beginning
        self.lanes: set[str] = set()
        self._collected: list[tuple[Job, bool]] = []

    def add(self, job: Job, *, first: bool) -> None:
        """Adds a job."""
        self._collected.append((job, first))
        self.lanes.add(job.lane)

    def defer(self, queue: JobManager, connection: Connection, driver: psycopg.Connection[Any]) -> None:
        """Defers them with the open transaction."""
        if not self._collected:
            return
        now = server_time(connection) if any(job.after for job, _ in self._collected) else 0.0
        jobs = [
            _to_procrastinate(job, first=first, due=now + job.after if job.after else job.run_at)
            for job, first in self._collected
        ]
        queue.batch_defer_jobs(jobs=jobs, connection=driver)


class QueuedJobs:
    """The jobs of one transaction. The store passes `begun` to the runner once the transaction is committed."""

    def __init__(self, batch: BatchOfJobs) -> None:
        self._batch = batch
        self._own: list[Job] = []
        self._new: list[tuple[Job, Effect]] = []
        self.begun: list[CommittedJob] = []

    @property
    def owner(self) -> int | None:
        return self._batch.beginning.owner

    def enqueue(self, job: Job, *, first: bool = False) -> None:
        self._own.append(job)
        self._batch.add(job, first=first)

    def may_be_free(self, lane: str, *, alone: bool = False) -> bool:
        # A process cannot find out whether another one uses the lane at this moment, unless both write the same row.
        return not alone and lane not in self._batch.lanes and self._batch.beginning.is_possible

    def note_begun(self, job: Job, effect: Effect) -> None:
        self._new.append((job, effect))

    def note_accepted(self, job: Job) -> None:
        self.begun.append(CommittedJob(job=job))

    def has_more_urgent(self, job: Job) -> bool:
        return any(other.lane == job.lane and other.urgency > job.urgency for other in self._own)

    def claim_new(self, tx: Transaction) -> None:
        """Claims the effects that begin with this transaction, at its end."""
        new_effects = self._batch.beginning.new_effects
        for job, effect in self._new:
            if new_effects is None:
                # The runner was stopped meanwhile.
                tx.effects.release(effect.released())
                self.enqueue(job, first=True)
            elif (attempt := new_effects.claim(tx, effect, job)) is not None:
                self.begun.append(CommittedJob(job=job, attempt=attempt))


def defer_all(connection: Connection, driver: psycopg.Connection[Any], jobs: Sequence[tuple[Job, bool]]) -> None:
    """Defers the jobs of another database with the open transaction; each with whether it is the first in its lane."""
    # Never opened, like that of the store.
    queue = procrastinate.App(connector=procrastinate.SyncPsycopgConnector()).job_manager
    for begin in range(0, len(jobs), _DEFERRED_AT_ONCE):
        batch = jobs[begin : begin + _DEFERRED_AT_ONCE]
        queued = [_to_procrastinate(job, first=first, due=job.run_at) for job, first in batch]
        queue.batch_defer_jobs(jobs=queued, connection=driver)


def undone_jobs(connection: Connection) -> Sequence[tuple[str, str, str]]:
    """Returns kind, reference and lane of every job that is not done."""
    return [(kind, ref, lane) for kind, ref, lane in connection.execute(_QUEUED)]


def leave_alone(begun: list[CommittedJob]) -> None:
    """Does not perform what began: there is no runner that could."""
    log.debug("jobs_wait_for_a_runner", extra={"count": len(begun)})


def server_time(connection: Connection) -> float:
    """Returns the Unix time of the server, the one clock that all processes share."""
    return float(connection.execute(_NOW).scalar_one())


def _to_procrastinate(job: Job, *, first: bool, due: float) -> QueuedJob:
    priority = _PRIORITIES_PER_URGENCY * job.urgency + first * _FIRST
    if job.kind is JobKind.EFFECT:
        priority += _OF_EFFECT
    return QueuedJob(
        id=None,
        queue=QUEUE,
        lock=job.lane,
        queueing_lock=None,
        task_name=TASK,
        priority=priority,
        task_kwargs={"kind": job.kind.value, "ref": job.ref},
        # Without a time it is due at once, even if the clocks of machines differ.
        scheduled_at=None if due == 0 else datetime.fromtimestamp(due, UTC),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginners:
    """A table whose rows may begin without a job. `attempts` and `urgency` are SQL, `unfinished` a condition."""

    kind: JobKind
    table: str
    attempts: str
    priority: str
    unfinished: str


# Their jobs are the first of those in their lane that are as urgent, since they had begun.
_EVENTS = _Beginners(
    kind=JobKind.EVENT, table="events", attempts="0", priority=f"{_FIRST}", unfinished="handled_at IS NULL"
)
_EFFECTS = _Beginners(
    kind=JobKind.EFFECT,
    table="effects",
    attempts="attempts",
    priority=f"{_PRIORITIES_PER_URGENCY} * urgency + {_OF_EFFECT + _FIRST}",
    unfinished="TRUE",
)
_BEGINNERS = (_EVENTS, _EFFECTS)


def _give_to_queue(rows: _Beginners, which: str) -> TextClause:
    """Returns the statement that ends the ownership of rows and adds a job for each that has none.

    The state of an effect stays: one that may have been sent is looked up when it is claimed again.
    """
    return text(
        f"""
        WITH given AS (
            UPDATE {rows.table} SET owner = NULL WHERE owner IS NOT NULL AND {rows.unfinished} AND {which}
            RETURNING id, lane, {rows.priority} AS priority
        )
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, args, scheduled_at)
        SELECT '{QUEUE}', '{TASK}', priority, lane, jsonb_build_object('kind', '{rows.kind.value}', 'ref', id),
            CASE WHEN :after > 0 THEN now() + make_interval(secs => :after) END
        FROM given
        WHERE NOT EXISTS (
            SELECT 1 FROM procrastinate_jobs AS known
            WHERE known.lock = given.lane AND known.status IN ('todo', 'doing') AND known.args ->> 'ref' = given.id
        )
        """  # noqa: S608 - all parts are constants
    )


_GIVE_ONE = {
    rows.kind: _give_to_queue(rows, f"id = :id AND {rows.attempts} <= :attempts AND owner = :owner")
    for rows in _BEGINNERS
}
_GIVE_ALL = [_give_to_queue(rows, "owner = :owner") for rows in _BEGINNERS]
_TAKE_OVER = [
    _give_to_queue(
        rows,
        "NOT EXISTS (SELECT 1 FROM procrastinate_workers AS alive"  # noqa: S608 - as above
        f" WHERE alive.id = {rows.table}.owner AND alive.last_heartbeat >= now() - make_interval(secs => :silent))",
    )
    for rows in _BEGINNERS
]
_OWNED = text(
    " UNION ALL ".join(
        f"SELECT '{rows.kind.value}' AS kind, id, {rows.attempts} AS attempts FROM {rows.table}"  # noqa: S608
        " WHERE owner IS NOT NULL AND owner = :owner"
        for rows in _BEGINNERS
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunRow:
    """An event or an effect that has begun without a job, as it stands in the database."""

    kind: JobKind
    id: str
    attempts: int


def owned_by(tx: Transaction, owner: int) -> list[BegunRow]:
    """Returns what a process has begun."""
    rows = tx.connection.execute(_OWNED, {"owner": owner})
    return [BegunRow(kind=JobKind(row.kind), id=row.id, attempts=row.attempts) for row in rows]


def give_back(tx: Transaction, owner: int, begun: BegunRow, after: float = 0.0) -> int:
    """Gives a row to the queue, for `after` seconds from now, unless another process has it by now.

    Returns the number of jobs added.
    """
    values = {"id": begun.id, "attempts": begun.attempts, "owner": owner, "after": after}
    return tx.connection.execute(_GIVE_ONE[begun.kind], values).rowcount


def give_all_back(tx: Transaction, owner: int) -> int:
    """Gives all that a process has begun to the queue. Returns the number of jobs added."""
    return _given(tx, _GIVE_ALL, owner=owner)


def take_over(tx: Transaction, silent: float) -> int:
    """Gives what processes without a heartbeat for `silent` seconds had begun to the queue.

    Returns the number of jobs added.
    """
    return _given(tx, _TAKE_OVER, silent=silent)


def _given(tx: Transaction, statements: list[TextClause], **values: float) -> int:
    return sum(tx.connection.execute(statement, {**values, "after": 0.0}).rowcount for statement in statements)
