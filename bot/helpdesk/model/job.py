"""Jobs of the queue."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class JobKind(enum.StrEnum):
    """The kinds of jobs: handle an event, or perform an effect. `Job.ref` is its id."""

    EVENT = "event"
    EFFECT = "effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job. Jobs of one lane run one at a time, the more urgent first, then the older.

    `run_at` is in Unix seconds; 0 means at once, even if the clocks of several machines differ. `after`, if not 0, wins
    over it: a delay in seconds that does not depend on the wall clock.
    """

    kind: JobKind
    ref: str
    lane: str
    urgency: int = 0
    run_at: float = 0.0
    after: float = 0.0
