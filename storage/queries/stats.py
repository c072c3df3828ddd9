"""Statistics of a database for `uppzy-desk db stats`, and gauges of unfinished work for the metrics."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, String, bindparam, column, func, inspect, literal_column, select, table, text
from sqlalchemy.engine import Connection

from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.effects import EffectState
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.migrate import current_version
from storage.repositories import Transaction

_UNSETTLED = (EffectState.PENDING, EffectState.SENDING)
_ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectCount:
    """Number of effects of one kind in one state."""

    state: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """Statistics of a database. Sizes in bytes, times in Unix seconds; a time is None where there is none.

    `rows` is by table. `unsettled` counts effects that are pending or being sent. `jobs` counts those that wait or run,
    without the `scheduled` ones, which wait for a time of the wall clock. `oldest_text` is when the oldest text still
    stored was written.
    """

    engine: str
    version: str
    size: int
    rows: dict[str, int]
    oldest_unanswered: float | None
    unsettled: tuple[EffectCount, ...]
    jobs: int
    scheduled: int
    oldest_text: float | None


def read_stats(location: DatabaseLocation) -> Stats:
    """Reads them. Every row is counted, which takes seconds for millions of rows.

    Raises StorageError where there is no such database, or its version is not the one this code works with.
    """
    refuse_unreadable(location)
    with reading(location) as connection:
        jobs, scheduled = _jobs(connection)
        return Stats(
            engine=_engine(connection),
            version=current_version(connection) or "",
            size=_size(connection, location),
            rows=_rows(connection),
            oldest_unanswered=_earliest(connection, "questions", "asked_at", "state = 'waiting'"),
            unsettled=_unsettled(connection),
            jobs=jobs - scheduled,
            scheduled=scheduled,
            oldest_text=_oldest_text(connection),
        )


def _engine(connection: Connection) -> str:
    version = ".".join(str(part) for part in connection.dialect.server_version_info or ())
    return f"{_ENGINES[connection.dialect.name]} {version}".strip()


def _size(connection: Connection, location: DatabaseLocation) -> int:
    if isinstance(location, Path):
        # The latest commits are still in the write-ahead log.
        return sum(file.stat().st_size for file in (location, Path(f"{location}-wal")) if file.exists())
    return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())


def _rows(connection: Connection) -> dict[str, int]:
    names = [
        name
        for name in sorted(inspect(connection).get_table_names())
        if name in models.metadata.tables or name.startswith("procrastinate_")
    ]
    return {name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names}


def _earliest(connection: Connection, name: str, time: str, condition: str) -> float | None:
    # The condition is a literal because SQLite does not use a partial index for a bound parameter.
    times = models.metadata.tables[name].c[time]
    earliest: float | None = connection.execute(select(func.min(times)).where(text(condition))).scalar()
    return earliest


def _unsettled(connection: Connection) -> tuple[EffectCount, ...]:
    columns = models.effects.c
    statement = (
        select(columns.state, columns.kind, func.count())
        .where(columns.state.in_(_UNSETTLED))
        .group_by(columns.state, columns.kind)
        .order_by(columns.state, columns.kind)
    )
    return tuple(EffectCount(state=row[0], kind=row[1], count=row[2]) for row in connection.execute(statement))


def _jobs(connection: Connection) -> tuple[int, int]:
    """Returns the number of unfinished jobs, and how many of them wait for a time of the wall clock."""
    if connection.dialect.name == "sqlite":
        jobs = select(func.count()).select_from(models.jobs)
        lane: ColumnElement[str] = models.jobs.c.lane
    else:
        waiting = literal_column("status").in_([literal_column("'todo'"), literal_column("'doing'")])
        jobs = select(func.count()).select_from(table("procrastinate_jobs")).where(waiting)
        lane = column("lock", String)
    scheduled = jobs.where(lane.startswith(Lane.SCHEDULED.of(""), autoescape=True))
    return connection.execute(jobs).scalar_one(), connection.execute(scheduled).scalar_one()


def _oldest_text(connection: Connection) -> float | None:
    times = (
        _earliest(connection, "questions", "asked_at", "text != ''"),
        _earliest(connection, "answers", "answered_at", "text != ''"),
        _earliest(connection, "verdicts", "given_at", "reason IS NOT NULL"),
        _earliest(connection, "effects", "settled_at", "settled_at IS NOT NULL"),
    )
    return min((time for time in times if time is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """Counts of unfinished work at one time.

    `oldest_unanswered` is the age of the oldest unanswered question in seconds, 0 where none waits; `handoffs` are the
    unresolved ones by state, `late` those past their reply target, `alarms` the standing ones by kind of cause.
    """

    oldest_unanswered: float
    handoffs: dict[str, int]
    late: int
    alarms: dict[str, int]


# The conditions are literals because SQLite does not use a partial index for a bound parameter.
_oldest = select(func.min(models.questions.c.asked_at)).where(text("state = 'waiting'"))
_handoffs = select(models.handoffs.c.state, func.count()).where(text("state != 'resolved'")).group_by("state")
_late = (
    select(func.count())
    .select_from(models.handoffs)
    .where(text("state != 'resolved'"), text("state = 'open'"), models.handoffs.c.answer_by <= bindparam("now"))
)
_alarms = select(models.alarms.c.cause).where(text("over_at IS NULL"))


def read_gauges(tx: Transaction, now: float) -> Gauges:
    """Reads them as of `now`. The cost grows with unfinished work, not with the size of the database."""
    asked_at = tx.connection.execute(_oldest).scalar()
    return Gauges(
        oldest_unanswered=0.0 if asked_at is None else max(0.0, now - asked_at),
        handoffs={row.state: row[1] for row in tx.connection.execute(_handoffs)},
        late=tx.connection.execute(_late, {"now": now}).scalar_one(),
        alarms=Counter(cause.partition(":")[0] for cause in tx.connection.execute(_alarms).scalars()),
    )
