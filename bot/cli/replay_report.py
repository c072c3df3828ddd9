"""The output of `uppzy-desk rules replay`: what another policy would have done with the questions that are stored."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from typing import Any, TextIO

from rich.table import Table

from bot.cli.export_report import defused
from bot.cli.terminal import iso_time
from bot.helpdesk.escalation import KINDS, Difference, Replayed, ReplayResult

_EXAMPLES = 5
_COLUMNS = ("rules", "handoff", "priority", "channel", "answer_shown")


def replayed_as_json(result: ReplayResult) -> str:
    """Returns the result for programs."""
    value = {
        "questions": result.questions,
        "judged": result.judged,
        "before": {"handoffs": result.handoffs_before, "by_rule": dict(result.before)},
        "after": {"handoffs": result.handoffs_after, "by_rule": dict(result.after)},
        **{kind: [_values(one) for one in result.of_kind(kind)] for kind in KINDS},
        "by_rule": {name: {"before": result.before[name], "after": result.after[name]} for name in result.rules},
    }
    return json.dumps(value, indent=2, ensure_ascii=False)


def _values(it: Difference) -> dict[str, Any]:
    asked = {"question": it.question.id, "asked_at": iso_time(it.question.asked_at), "text": it.example}
    return {**asked, "before": _decision(it.before), "after": _decision(it.after)}


def _decision(it: Replayed) -> dict[str, Any]:
    return {
        "rules": list(it.rules),
        "handoff": it.handoff,
        "priority": it.priority,
        "channel": it.channel,
        "answer_shown": it.show_answer,
    }


def write_replayed_csv(result: ReplayResult, stream: TextIO) -> None:
    """Writes a row for each difference."""
    writer = csv.writer(stream)
    names = [f"{name}_{at}" for at in ("before", "after") for name in _COLUMNS]
    writer.writerow(["change", "question", "asked_at", *names, "text"])
    for it in result.differences:
        cells = [cell for decision in (it.before, it.after) for cell in _cells(decision)]
        row = [it.kind, it.question.id, iso_time(it.question.asked_at), *cells, it.example]
        writer.writerow([defused(cell) for cell in row])


def _cells(it: Replayed) -> list[str]:
    shown = "true" if it.show_answer else "false"
    return [", ".join(it.rules), it.handoff or "", it.priority or "", it.channel or "", shown]


def replayed_as_renderables(result: ReplayResult) -> Iterator[Table | str]:
    """Yields the result for people: counts, a table of the rules, and some examples of each difference."""
    unknown = result.questions - result.judged
    yield f"{result.questions:,} questions, {result.judged:,} judged."
    if unknown:
        yield f"{unknown:,} could not be judged: their words or what was decided are no longer stored."
    yield f"Handed over or offered: {result.handoffs_before:,} before, {result.handoffs_after:,} after."
    table = Table("Rule", "Before", "After")
    for name in result.rules:
        table.add_row(name, f"{result.before[name]:,}", f"{result.after[name]:,}")
    yield table
    for kind, title in KINDS.items():
        found = result.of_kind(kind)
        yield f"{title}: {len(found):,}"
        yield from map(_line, found[:_EXAMPLES])


def _line(it: Difference) -> str:
    return f"  {it.question.id} {it.before.in_words()} -> {it.after.in_words()}  {it.example}"
