"""What waits now, read for the metrics: two statements, each answered from an index over what is unfinished."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select, text

from storage import models
from storage.repositories import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """How long the oldest unanswered question waits, in seconds (0: none does), and the handoffs by state."""

    oldest_unanswered: float
    handoffs: dict[str, int]


# The conditions are written out because a partial index is not used for a bound parameter.
_oldest = select(func.min(models.questions.c.asked_at)).where(text("state = 'waiting'"))
_handoffs = select(models.handoffs.c.state, func.count()).where(text("state != 'resolved'")).group_by("state")


def read_gauges(tx: Transaction, now: float) -> Gauges:
    """Read them as of `now`. The cost grows with what is unfinished, not with what is stored."""
    asked_at = tx.connection.execute(_oldest).scalar()
    return Gauges(
        oldest_unanswered=0.0 if asked_at is None else max(0.0, now - asked_at),
        handoffs={row.state: row[1] for row in tx.connection.execute(_handoffs)},
    )
