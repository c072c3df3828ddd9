"""What waits now, read for the metrics: four statements, each answered from an index over what is unfinished."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, text

from storage import models
from storage.repositories import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """How long the oldest unanswered question waits, in seconds (0: none does), and how much is unfinished.

    Handoffs by state, those of them that nobody has taken up in time, and alarms that stand by kind of trouble.
    """

    oldest_unanswered: float
    handoffs: dict[str, int]
    late: int
    alarms: dict[str, int]


# The conditions are written out because a partial index is not used for a bound parameter.
_oldest = select(func.min(models.questions.c.asked_at)).where(text("state = 'waiting'"))
_handoffs = select(models.handoffs.c.state, func.count()).where(text("state != 'resolved'")).group_by("state")
_late = (
    select(func.count())
    .select_from(models.handoffs)
    .where(text("state != 'resolved'"), text("state = 'open'"), models.handoffs.c.answer_by <= bindparam("now"))
)
_alarms = select(models.alarms.c.cause).where(text("over_at IS NULL"))


def read_gauges(tx: Transaction, now: float) -> Gauges:
    """Read them as of `now`. The cost grows with what is unfinished, not with what is stored."""
    asked_at = tx.connection.execute(_oldest).scalar()
    return Gauges(
        oldest_unanswered=0.0 if asked_at is None else max(0.0, now - asked_at),
        handoffs={row.state: row[1] for row in tx.connection.execute(_handoffs)},
        late=tx.connection.execute(_late, {"now": now}).scalar_one(),
        alarms=Counter(cause.partition(":")[0] for cause in tx.connection.execute(_alarms).scalars()),
    )
