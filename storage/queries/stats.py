"""How much is in a database and what waits in it, read as of one moment and beside a running desk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, String, column, func, inspect, literal_column, select, table, text
from sqlalchemy.engine import Connection

from bot.helpdesk.lanes import TIMER_LANES
from bot.helpdesk.model.effects import EffectState
from storage import models
from storage.inspection import Place, reading, refuse_unreadable
from storage.migrate import current_version

_UNSETTLED = (EffectState.PENDING, EffectState.SENDING)
_ENGINES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectCount:
    """How many effects of one kind are in one state."""

    state: str
    kind: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What a database holds. Sizes in bytes, times in Unix seconds; a time is None where there is no such thing.

    `rows` is by table. `unsettled` are the effects that are decided and not done, failed or dropped. `jobs` are those
    that wait or run, but for the `timers`, which wait for their time. `oldest_text` is when the oldest words that are
    still kept were written.
    """

    engine: str
    version: str
    size: int
    rows: dict[str, int]
    oldest_unanswered: float | None
    unsettled: tuple[EffectCount, ...]
    jobs: int
    timers: int
    oldest_text: float | None


def read_stats(place: Place) -> Stats:
    """Read them; every row is counted, which takes seconds where there are millions.

    Raises StorageError where there is no such database, or its version is not the one this code works with.
    """
    refuse_unreadable(place)
    with reading(place) as connection:
        jobs, timers = _jobs(connection)
        return Stats(
            engine=_engine(connection),
            version=current_version(connection) or "",
            size=_size(connection, place),
            rows=_rows(connection),
            oldest_unanswered=_earliest(connection, "questions", "asked_at", "state = 'waiting'"),
            unsettled=_unsettled(connection),
            jobs=jobs - timers,
            timers=timers,
            oldest_text=_oldest_text(connection),
        )


def _engine(connection: Connection) -> str:
    version = ".".join(str(part) for part in connection.dialect.server_version_info or ())
    return f"{_ENGINES[connection.dialect.name]} {version}".strip()


def _size(connection: Connection, place: Place) -> int:
    if isinstance(place, Path):
        # What was committed last is still in the file beside it.
        return sum(file.stat().st_size for file in (place, Path(f"{place}-wal")) if file.exists())
    return int(connection.execute(select(func.pg_database_size(func.current_database()))).scalar_one())


def _rows(connection: Connection) -> dict[str, int]:
    names = [
        name
        for name in sorted(inspect(connection).get_table_names())
        if name in models.metadata.tables or name.startswith("procrastinate_")
    ]
    return {name: connection.execute(select(func.count()).select_from(table(name))).scalar_one() for name in names}


def _earliest(connection: Connection, name: str, time: str, condition: str) -> float | None:
    # The condition is written out as in the partial indexes, which are not used for a bound parameter.
    of_table = models.metadata.tables[name]
    found: float | None = connection.execute(select(func.min(of_table.c[time])).where(text(condition))).scalar()
    return found


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
    """All that are not finished, and how many of them are timers."""
    if connection.dialect.name == "sqlite":
        jobs = select(func.count()).select_from(models.jobs)
        lane: ColumnElement[str] = models.jobs.c.lane
    else:
        waiting = literal_column("status").in_([literal_column("'todo'"), literal_column("'doing'")])
        jobs = select(func.count()).select_from(table("procrastinate_jobs")).where(waiting)
        lane = column("lock", String)
    timers = jobs.where(lane.startswith(TIMER_LANES, autoescape=True))
    return connection.execute(jobs).scalar_one(), connection.execute(timers).scalar_one()


def _oldest_text(connection: Connection) -> float | None:
    times = (
        _earliest(connection, "questions", "asked_at", "text != ''"),
        _earliest(connection, "answers", "answered_at", "text != ''"),
        _earliest(connection, "verdicts", "given_at", "reason IS NOT NULL"),
        _earliest(connection, "effects", "settled_at", "settled_at IS NOT NULL"),
    )
    return min((time for time in times if time is not None), default=None)
