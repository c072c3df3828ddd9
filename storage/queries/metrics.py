"""Gauges for the metrics: four statements, each answered from an index of unfinished rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, text

from storage import models
from storage.repositories import Transaction


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
