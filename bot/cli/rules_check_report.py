"""Report of `uppzy-desk rules check`: mistakes and warnings, as lines that editors can follow or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from bot.errors import PolicyMistake


def checked_as_lines(
    source: str, mistakes: Sequence[PolicyMistake], warnings: Sequence[PolicyMistake]
) -> Iterator[str]:
    """Yields a line for each mistake and each warning, and one with their numbers."""
    for found in (*mistakes, *warnings):
        yield found.sentence
    yield f"{source}: {_counted(len(mistakes), 'mistake')}, {_counted(len(warnings), 'warning')}."


def _counted(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def checked_as_json(mistakes: Sequence[PolicyMistake], warnings: Sequence[PolicyMistake]) -> str:
    """Returns mistakes and warnings as one JSON object."""
    found = {"mistakes": [_object(each) for each in mistakes], "warnings": [_object(each) for each in warnings]}
    return json.dumps(found, ensure_ascii=False, indent=2)


def _object(found: PolicyMistake) -> dict[str, Any]:
    return {"line": found.line, "rule": found.rule, "text": found.text, "fix": found.fix}
