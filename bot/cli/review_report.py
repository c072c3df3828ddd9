"""The output of `uppzy-desk review`: a table for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console, Group
from rich.padding import Padding
from rich.text import Text

from bot.cli.articles_report import help_values
from bot.cli.export_report import defused
from bot.cli.gap_report import gap_object
from bot.helpdesk.messages import Translator, english, review
from bot.helpdesk.model.conversation import Role
from bot.helpdesk.review.figures import TimeFigures
from bot.helpdesk.review.report import Review, changes_figure, figures_of, gaps_of

_WIDTH = 100


def as_table(found: Review, *, is_terminal: bool) -> str:
    """Returns the review for people: each figure with its definition under it."""
    written = io.StringIO()
    console = Console(file=written, width=None if is_terminal else _WIDTH, force_terminal=is_terminal, highlight=False)
    console.print(Group(*_paragraphs(english(), found)))
    return written.getvalue()


def _paragraphs(t: Translator, found: Review) -> Iterator[Text | Padding]:
    yield Text(t(review.title(found.first_day, found.last_day)), style="bold")
    for figure in (*figures_of(found), gaps_of(found.gaps), changes_figure(found.changes)):
        yield Text(f"\n{t(figure.label)}", style="bold")
        for line in figure.lines:
            yield Padding(Text(t(line)), (0, 0, 0, 2), expand=False)
        yield Padding(Text(t(figure.definition), style="dim"), (0, 0, 0, 2), expand=False)
    yield Padding(Text(t(review.QUANTILES), style="dim"), (1, 0, 0, 0), expand=False)


def as_json(found: Review) -> str:
    """Returns the review as JSON; docs/review-data.md names the keys. Times are in seconds, shares from 0 to 1."""
    return json.dumps(as_values(found), indent=2, ensure_ascii=False) + "\n"


def as_values(found: Review) -> dict[str, Any]:
    """Returns the review as values of JSON."""
    figures = found.figures
    return {
        "period": {
            "from": datetime.fromtimestamp(figures.period.since, found.zone).isoformat(),
            "to": datetime.fromtimestamp(figures.period.until, found.zone).isoformat(),
        },
        "questions": figures.questions,
        "answered_without_person": figures.answered_without_person,
        "handoffs": {"total": figures.handoffs, "by_rule": dict(figures.by_rule)},
        "verdicts": {role.value: dataclasses.asdict(figures.verdicts[role]) for role in Role},
        "confidence": {name: dataclasses.asdict(level) for name, level in figures.confidence.items()},
        "times": {
            "first_word": _times(figures.first_word),
            "claim": _times(figures.claim),
            "resolution": _times(figures.resolution),
        },
        "reopened": figures.reopened,
        "came_back": figures.came_back,
        "gaps": [gap_object(gap) for gap in found.gaps],
        "changes": [dataclasses.asdict(change) for change in found.changes],
        "weeks": [
            {"from": week.begins, "questions": week.questions, "handoffs": week.handoffs} for week in found.weeks
        ],
        "articles": [help_values(article) for article in found.articles],
    }


def _times(times: TimeFigures) -> dict[str, Any]:
    return {"p50": times.p50, "p90": times.p90, "within_target": times.within_target, "of": times.of}


def as_csv(found: Review) -> str:
    """Returns the review as CSV: one line for each value, under the path it has in the JSON."""
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(("figure", "value"))
    rows.writerows((defused(path), _cell(value)) for path, value in _flattened(as_values(found)))
    return written.getvalue()


def _flattened(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yields every value with its path, such as `handoffs.by_rule.unsure answer`."""
    if isinstance(value, Mapping):
        parts: Sequence[tuple[Any, Any]] = list(value.items())
    elif isinstance(value, list):
        parts = list(enumerate(value))
    else:
        yield path, value
        return
    for name, part in parts:
        yield from _flattened(part, f"{path}.{name}" if path else str(name))


def _cell(value: Any) -> Any:
    return defused(value) if isinstance(value, str) else value
