"""The benchmark report: a table, its footnotes, and a section written by hand that a new run preserves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from tests.bench.figures import OURS, Aim, Column, Row

BEGIN = "<!-- by hand: begin -->"
END = "<!-- by hand: end -->"
_NOTHING_YET = f"{BEGIN}\n{END}"

_HEADINGS = ("what", *(column.value for column in Column), "ratio", "aim", "verdict")
_SHORT = {Column.BARE: "bare", Column.SYNC_BOLT: "sync Bolt", Column.SLACK_MACHINE: "slack-machine"}

_INTRODUCTION = """\
# Benchmarks

Written by `make bench`, except for the last section. All figures in a row were measured in the same run, on the same
machine, with the same load. The local Slack and Uppzy, the driver and the measured program are separate processes that
communicate over loopback and share the cores. The ratio is this bot's figure divided by that of a peer: the bare app if
it has one, otherwise the best of the others. The bare app only keeps each event in a list, so it marks the limit. Two
figures, ratios or verdicts in a cell are those on SQLite and on PostgreSQL.
"""


def document(conditions: Mapping[str, str], rows: Sequence[Row], by_hand: str) -> str:
    """Returns the whole of docs/benchmarks.md. `by_hand` is the section between the markers, markers included."""
    facts = "\n".join(f"| {name} | {value} |" for name, value in conditions.items())
    return f"{_INTRODUCTION}\n| | |\n|---|---|\n{facts}\n\n{table(rows)}\n## Misses\n\n{by_hand}\n"


def by_hand(text: str) -> str:
    """Returns the section between the markers, markers included; an empty section if the text has none."""
    _, begin, rest = text.partition(BEGIN)
    kept, end, _ = rest.partition(END)
    return f"{begin}{kept}{end}" if begin and end else _NOTHING_YET


def table(rows: Iterable[Row]) -> str:
    """Returns the rows as a Markdown table with its footnotes."""
    notes: dict[str, int] = {}
    lines = [_line(_HEADINGS), _line(["---"] * len(_HEADINGS))]
    lines += [_line(_cells(row, notes)) for row in rows]
    footnotes = [f"{number}. {note}" for note, number in notes.items()]
    return "\n".join([*lines, "", *footnotes, ""]) if footnotes else "\n".join([*lines, ""])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cells(row: Row, notes: dict[str, int]) -> tuple[str, ...]:
    what = (f"{row.what}, {row.unit}" if row.unit else row.what) + _mark(row.note, notes)
    figures = [_figure(row, column, notes) for column in Column]
    return what, *figures, _ratios(row), _aims(row.aims), _verdicts(row)


def _figure(row: Row, column: Column, notes: dict[str, int]) -> str:
    figure = number(row.values[column]) if column in row.values else "-"
    return f"{figure}{_mark(row.remarks.get(column, ''), notes)}"


def _mark(note: str, notes: dict[str, int]) -> str:
    return f" ({notes.setdefault(note, len(notes) + 1)})" if note else ""


def _ratios(row: Row) -> str:
    found = [ratio for column in OURS if (ratio := row.ratio(column)) is not None]
    return f"{' / '.join(f'{ratio:.2f}' for ratio in found)} × {_SHORT[row.peer]}" if found and row.peer else "-"


def _aims(aims: Mapping[Column, Aim]) -> str:
    return " / ".join(dict.fromkeys(str(aim) for aim in aims.values()))


def _verdicts(row: Row) -> str:
    return " / ".join(_verdict(missed) for _, missed in row.verdicts())


def _verdict(missed: float | None) -> str:
    if missed is None:
        return "met"
    return "MISSED" if math.isnan(missed) or not missed else f"MISSED by {missed * 100:,.0f} %"


def number(value: float) -> str:
    """Formats a figure with three significant digits."""
    if math.isnan(value):
        return "none"
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
