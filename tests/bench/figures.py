"""What a benchmark run comes to: rows of figures beside those of the peers, each with what was aimed at."""

from __future__ import annotations

import enum
import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


class Column(enum.StrEnum):
    """Whose figure it is. The bare app keeps each event and asks nobody: it is the limit, the others are rivals."""

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
        """None when met; otherwise how far beyond the bound it lies, as a part of the bound. Not a number misses."""
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
    """One measurement of everybody who took part. `remarks` say of one figure what must be known, or why there is none.

    Ours are compared with the bare app's figure, or where it has none with the best of the others, which
    `higher_is_better` tells. Counts of failures are not `compared`: a multiple of them says nothing.
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
        """The one that ours is compared with."""
        if not self.compared:
            return None
        if Column.BARE in self.values:
            return Column.BARE
        rivals = [column for column in PEERS if column in self.values and self.values[column] > 0]
        best = max if self.higher_is_better else min
        return best(rivals, key=self.values.__getitem__, default=None)

    def ratio(self, column: Column) -> float | None:
        """Our figure as a multiple of the peer's."""
        peer = self.peer
        if peer is None or column not in self.values or not self.values[peer]:
            return None
        return self.values[column] / self.values[peer]

    def verdicts(self) -> Iterator[tuple[Column, float | None]]:
        """Of ours that have an aim: None when it is met, else by which part of the bound it is missed."""
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
    """The same aim on either engine."""
    return dict.fromkeys(OURS, aim)


def percentile(values: Sequence[float], hundredths: int) -> float:
    """The value that so many hundredths of all do not exceed; of no values, not a number."""
    if len(values) < 2:
        return float("nan")
    return statistics.quantiles(values, n=100, method="inclusive")[hundredths - 1]
