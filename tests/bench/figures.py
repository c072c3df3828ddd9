"""Results of a benchmark run: rows of figures, one column per contender, with the targets they should meet."""

from __future__ import annotations

import enum
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class Column(enum.StrEnum):
    """The contender a figure belongs to. The bare app, which only keeps events, is the upper limit."""

    SQLITE = "this bot, SQLite"
    POSTGRES = "this bot, PostgreSQL"
    BARE = "bare AsyncApp"
    SYNC_BOLT = "sync Bolt App"
    SLACK_MACHINE = "slack-machine"


OURS = (Column.SQLITE, Column.POSTGRES)
PEERS = (Column.BARE, Column.SYNC_BOLT, Column.SLACK_MACHINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """The bounds a figure should keep; those in `times` are multiples of the bare app's figure."""

    below: float = math.inf
    at_most: float = math.inf
    at_least: float = -math.inf
    below_times: float = math.inf
    at_least_times: float = -math.inf

    def missed_by(self, value: float, bare: float | None) -> float | None:
        """Returns None if met, else the distance beyond the bound as a fraction of the bound. NaN always misses."""
        below, at_least = _times(self.below_times, bare), _times(self.at_least_times, bare)
        bounds = (
            (value < self.below, self.below),
            (value <= self.at_most, self.at_most),
            (value >= self.at_least, self.at_least),
            (value < below, below),
            (value >= at_least, at_least),
        )
        return max((_beyond(value, bound) for kept, bound in bounds if not kept), default=None)

    def __str__(self) -> str:
        bounds = (("< {}", self.below), ("≤ {}", self.at_most), ("≥ {}", self.at_least))
        times = (("< {} × bare", self.below_times), ("≥ {} × bare", self.at_least_times))
        return ", ".join(text.format(f"{bound:,g}") for text, bound in bounds + times if math.isfinite(bound))


def _times(bound: float, bare: float | None) -> float:
    return bound if math.isinf(bound) else bound * (math.nan if bare is None else bare)


def _beyond(value: float, bound: float) -> float:
    return abs(value - bound) / abs(bound) if bound else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement of all contenders that took part. `remarks` explain a figure, or why there is none.

    Our figures are compared with the bare app's or, where it has none, with the best peer's; `higher_is_better` decides
    which is best. Counts of failures are not `compared`, because a ratio of them is meaningless.
    """

    what: str
    unit: str = ""
    values: Mapping[Column, float]
    aims: Mapping[Column, Aim] = field(default_factory=dict)
    higher_is_better: bool = False
    compared: bool = True
    remarks: Mapping[Column, str] = field(default_factory=dict)
    note: str = ""

    @property
    def peer(self) -> Column | None:
        """The contender that our figures are compared with; None if there is none."""
        if not self.compared:
            return None
        if Column.BARE in self.values:
            return Column.BARE
        rivals = [column for column in PEERS if column in self.values and self.values[column] > 0]
        best = max if self.higher_is_better else min
        return best(rivals, key=self.values.__getitem__, default=None)

    def ratio(self, column: Column) -> float | None:
        """Returns our figure as a multiple of the peer's; None if either is missing."""
        peer = self.peer
        if peer is None or column not in self.values or not self.values[peer]:
            return None
        return self.values[column] / self.values[peer]

    def verdicts(self) -> Iterator[tuple[Column, float | None]]:
        """Yields for each of our columns with an aim None if it is met, else the miss as a fraction of the bound."""
        for column, aim in self.aims.items():
            if column in self.values:
                yield column, aim.missed_by(self.values[column], self.values.get(Column.BARE))

    def as_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "unit": self.unit,
            "values": {column.value: value for column, value in self.values.items()},
            "ratio": {column.value: self.ratio(column) for column in OURS if column in self.values},
            "peer": self.peer and self.peer.value,
            "aims": {column.value: str(aim) for column, aim in self.aims.items()},
            "met": {column.value: missed is None for column, missed in self.verdicts()},
            "remarks": {column.value: why for column, why in self.remarks.items()},
            "note": self.note,
        }


def both(aim: Aim) -> dict[Column, Aim]:
    """Returns the same aim for either engine."""
    return dict.fromkeys(OURS, aim)


def percentile(values: Sequence[float], hundredths: int) -> float:
    """Returns the value that `hundredths` percent of all do not exceed; NaN if there are none."""
    if len(values) < 2:
        return float("nan")
    return statistics.quantiles(values, n=100, method="inclusive")[hundredths - 1]
