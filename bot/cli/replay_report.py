"""The output of `uppzy-desk rules replay`: what another policy would have done with the questions that are stored."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from rich.table import Table

from bot.cli.export_report import defused
from bot.cli.terminal import iso_time
from bot.helpdesk.escalation import Replay, Replayed, read_stages
from bot.helpdesk.redaction import redact, shorten
from storage.queries.decided import DecidedQuestion

_EXAMPLES = 5
_LONGEST_EXAMPLE = 160
_COLUMNS = ("rules", "handoff", "priority", "channel", "answer_shown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A question with which something else would have been done. `kind` is added, removed or changed."""

    kind: str
    question: DecidedQuestion
    before: Replayed
    after: Replayed

    @property
    def example(self) -> str:
        """The beginning of the question without secrets; of a hidden one nothing."""
        return "" if self.question.hidden else str(shorten(redact(self.question.text), _LONGEST_EXAMPLE))


@dataclass(slots=True)
class ReplayResult:
    """The counts of a replay, over those questions that could be judged, and every difference."""

    questions: int = 0
    judged: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    handoffs_before: int = 0
    handoffs_after: int = 0
    differences: list[Difference] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[Difference]:
        """Returns the differences of one kind."""
        return [one for one in self.differences if one.kind == kind]


KINDS = {"added": "Handed over in addition", "removed": "No longer handed over", "changed": "Handed over differently"}


def replayed(replay: Replay, questions: Iterable[DecidedQuestion]) -> ReplayResult:
    """Returns what the policy of `replay` would have done with these questions."""
    result = ReplayResult()
    for question in questions:
        result.questions += 1
        judged = replay.judge(read_stages(question.decisions), question.text)
        if judged is not None:
            _count(result, question, *judged)
    return result


def _count(result: ReplayResult, question: DecidedQuestion, before: Replayed, after: Replayed) -> None:
    result.judged += 1
    result.before.update(before.rules)
    result.after.update(after.rules)
    result.handoffs_before += before.escalates
    result.handoffs_after += after.escalates
    if after.differs_from(before):
        kind = "changed" if before.escalates and after.escalates else "added" if after.escalates else "removed"
        result.differences.append(Difference(kind=kind, question=question, before=before, after=after))


def replayed_as_json(result: ReplayResult) -> str:
    """Returns the result for programs."""
    value = {
        "questions": result.questions,
        "judged": result.judged,
        "before": {"handoffs": result.handoffs_before, "by_rule": dict(result.before)},
        "after": {"handoffs": result.handoffs_after, "by_rule": dict(result.after)},
        **{kind: [_values(one) for one in result.of_kind(kind)] for kind in KINDS},
        "by_rule": {name: {"before": result.before[name], "after": result.after[name]} for name in _rules(result)},
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


def _rules(result: ReplayResult) -> Iterator[str]:
    yield from dict.fromkeys((*result.before, *result.after))


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
    for name in _rules(result):
        table.add_row(name, f"{result.before[name]:,}", f"{result.after[name]:,}")
    yield table
    for kind, title in KINDS.items():
        found = result.of_kind(kind)
        yield f"{title}: {len(found):,}"
        yield from map(_line, found[:_EXAMPLES])


def _line(it: Difference) -> str:
    return f"  {it.question.id} {_told(it.before)} -> {_told(it.after)}  {it.example}"


def _told(it: Replayed) -> str:
    if not it.escalates:
        return "nobody"
    answer = "" if it.show_answer else ", no answer shown"
    return f"{', '.join(it.rules)} ({it.handoff}, {it.priority}{f', {it.channel}' if it.channel else ''}{answer})"
