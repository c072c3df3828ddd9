"""What a benchmark run comes to: figures, each with what was aimed at, as a table or as JSON."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """One bound that the figure should keep. `later`: not yet; it is shown and not judged."""

    below: float = math.inf
    at_most: float = math.inf
    at_least: float = -math.inf
    later: bool = False

    def met(self, value: float) -> bool:
        return value < self.below and self.at_least <= value <= self.at_most

    def __str__(self) -> str:
        bounds = (("<", self.below), ("<=", self.at_most), (">=", self.at_least))
        text = ", ".join(f"{sign} {bound:,.0f}" for sign, bound in bounds if math.isfinite(bound))
        return f"{text} later" if self.later else text


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of this bot, and where it can be compared the same of a bare Bolt app."""

    name: str
    value: float
    unit: str = ""
    bare: float | None = None
    aim: Aim | None = None

    @property
    def verdict(self) -> str:
        if self.aim is None or self.aim.later:
            return ""
        return "met" if self.aim.met(self.value) else "MISSED"

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "aim": str(self.aim or ""), "verdict": self.verdict}


HEADINGS = ("", "this bot", "bare app", "ratio", "aim", "")


def table(figures: Iterable[Figure]) -> str:
    """The figures in columns."""
    rows = [HEADINGS, *(_cells(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return "\n".join(_line(row, widths) for row in rows)


def percentile(values: Sequence[float], hundredths: int) -> float:
    """The value that so many hundredths of all do not exceed; of no values, not a number."""
    if len(values) < 2:
        return float("nan")
    return statistics.quantiles(values, n=100, method="inclusive")[hundredths - 1]


def _cells(figure: Figure) -> tuple[str, ...]:
    name = f"{figure.name}, {figure.unit}" if figure.unit else figure.name
    bare = "" if figure.bare is None else _number(figure.bare)
    ratio = f"{figure.value / figure.bare:.1f}x" if figure.bare else ""
    return name, _number(figure.value), bare, ratio, str(figure.aim or ""), figure.verdict


def _number(value: float) -> str:
    return f"{value:,.0f}" if isinstance(value, int) or value >= 100 else f"{value:.1f}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers, verdict = (
        cell.ljust(width) if column in (0, len(row) - 1) else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "   ".join((name, *numbers, verdict)).rstrip()
