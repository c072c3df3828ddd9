"""The columns of `uppzy-desk export --questions`, and their two formats. docs/operating.md explains them.

Names and order of the columns are an interface: new ones are added at the end. No column names a person, and every text
that people or the assistant wrote is redacted.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TextIO

from bot.helpdesk.model.conversation import Rating, Role
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.redaction import redact
from bot.helpdesk.text import legible
from storage.queries.export import QuestionHistory

Value = str | float | bool | list[str] | None

# Spreadsheets skip whitespace before a formula, and some read full-width signs like the others.
_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]|'")


def _words(text: str | None, *, hidden: bool = False) -> str | None:
    return redact(legible(text)) if text and not hidden else None


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _of_answer(field: str) -> Callable[[QuestionHistory], Value]:
    return lambda row: getattr(row.answer, field, None)


def _answer(row: QuestionHistory) -> Value:
    return _words(row.answer.text, hidden=row.question.hidden) if row.answer else None


def _employee_verdict(row: QuestionHistory) -> Value:
    return next((one.rating.value for one in row.verdicts if one.role is Role.EMPLOYEE), None)


def _verdicts_of_agents(rating: Rating) -> Callable[[QuestionHistory], Value]:
    return lambda row: sum(one.role is Role.AGENT and one.rating is rating for one in row.verdicts)


def _reasons(row: QuestionHistory) -> Value:
    given = (_words(one.reason, hidden=row.question.hidden) for one in row.verdicts)
    return [reason for reason in given if reason]


def _of_handoff(read: Callable[[Handoff], Value]) -> Callable[[QuestionHistory], Value]:
    return lambda row: read(row.handoff) if row.handoff else None


COLUMNS: Mapping[str, Callable[[QuestionHistory], Value]] = MappingProxyType(
    {
        "question_id": lambda row: row.question.id,
        "conversation_id": lambda row: row.question.conversation_id,
        "asked_at": lambda row: _time(row.question.asked_at),
        "asked_by": lambda row: (Role.AGENT if row.question.handoff_id else Role.EMPLOYEE).value,
        "surface": lambda row: row.question.surface,
        "state": lambda row: row.question.state.value,
        "hidden": lambda row: row.question.hidden,
        "withheld": lambda row: row.question.withheld,
        "unresolved": lambda row: row.question.unresolved,
        "question": lambda row: _words(row.question.text, hidden=row.question.hidden),
        "answered_at": lambda row: _time(row.answer.answered_at if row.answer else None),
        "answer": _answer,
        "confidence_level": _of_answer("confidence_level"),
        "confidence_score": _of_answer("confidence_score"),
        "uppzy_session_id": _of_answer("session_id"),
        "uppzy_request_id": _of_answer("request_id"),
        "employee_verdict": _employee_verdict,
        "agents_good": _verdicts_of_agents(Rating.GOOD),
        "agents_bad": _verdicts_of_agents(Rating.BAD),
        "verdict_reasons": _reasons,
        "rules": lambda row: list(row.rules),
        "handoff": _of_handoff(lambda it: f"HD-{it.number}"),
        "ticket": _of_handoff(lambda it: it.ticket.ref.number if it.ticket.ref else None),
        "handoff_state": _of_handoff(lambda it: it.state_name),
        "handoff_opened_at": _of_handoff(lambda it: _time(it.opened_at)),
        "handoff_claimed_at": _of_handoff(lambda it: _time(it.claim.at if it.claim else None)),
        "handoff_resolved_at": _of_handoff(lambda it: _time(it.resolution.at)),
        "handoff_outcome": _of_handoff(lambda it: it.resolution.outcome.value if it.resolution.outcome else None),
        "resolution": _of_handoff(lambda it: _words(it.resolution.text, hidden=it.hidden)),
        "solved": _of_handoff(lambda it: it.resolution.solved),
        "solved_score": _of_handoff(lambda it: it.resolution.score),
    }
)


def write_csv(rows: Iterable[QuestionHistory], out: TextIO) -> None:
    """Writes a header and a line for each row, as RFC 4180 has it. `out` must not translate line ends."""
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(read(row)) for read in COLUMNS.values()])


def write_jsonl(rows: Iterable[QuestionHistory], out: TextIO) -> None:
    """Writes an object in a line of its own for each row."""
    for row in rows:
        json.dump({name: read(row) for name, read in COLUMNS.items()}, out, ensure_ascii=False)
        out.write("\n")


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return defused("; ".join(value) if isinstance(value, list) else str(value))


def defused(text: str) -> str:
    """Puts an apostrophe before what a spreadsheet would take for a formula, and before an apostrophe.

    To undo it, remove one apostrophe from each cell that begins with one.
    """
    return f"'{text}" if _FORMULA.match(text) else text
