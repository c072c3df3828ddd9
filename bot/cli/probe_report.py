"""The output of the commands on probes: tables and side-by-side differences for people, JSON for programs."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import zip_longest

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.helpdesk.model.probe import Probe, ProbeResult

_LONGEST_QUESTION = 60


def results_as_json(results: Iterable[ProbeResult]) -> str:
    """Returns an object for each probe. `after` is null where there was no answer, `reason` where nothing got worse."""
    found = [
        {
            "request": one.probe.request_id,
            "worse": one.worse,
            "reason": one.reason,
            "before": one.probe.answer,
            "after": one.answer,
        }
        for one in results
    ]
    return json.dumps(found, indent=2, ensure_ascii=False)


def probes_as_json(probes: Iterable[Probe]) -> str:
    """Returns an object for each probe. Times are Unix seconds."""
    found = [
        {
            "request": one.request_id,
            "question": one.question,
            "answer": one.answer,
            "confidence": one.confidence_level,
            "pinned_at": one.pinned_at,
            "checked_at": one.checked_at,
            "worse": one.worse,
        }
        for one in probes
    ]
    return json.dumps(found, indent=2, ensure_ascii=False)


def probes_as_table(probes: Iterable[Probe]) -> Table:
    """Returns a row for each probe."""
    table = Table("request", "question", "confidence", "pinned", "last checked", box=None, header_style="bold")
    for one in probes:
        checked = "not yet" if one.checked_at is None else f"{_day(one.checked_at)}, {'worse' if one.worse else 'good'}"
        level = one.confidence_level or "none"
        table.add_row(one.request_id, Text(_beginning(one.question)), level, _day(one.pinned_at), checked)
    return table


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")


def _beginning(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _LONGEST_QUESTION else f"{line[: _LONGEST_QUESTION - 1]}…"


def results_as_text(results: Sequence[ProbeResult]) -> Iterator[RenderableType]:
    """Yields a line for each probe, with the answers side by side below those that got worse, and a summary."""
    for one in results:
        symbol, style = ("✗", "bold red") if one.worse else ("✓", "bold green")
        line = Text.assemble((symbol, style), f" {one.probe.request_id}  {_beginning(one.probe.question)}")
        yield line if one.reason is None else Group(line, Text(f"  {one.reason}", style="red"))
        if one.worse and one.answer is not None:
            yield side_by_side(one.probe.answer, one.answer)
    worse = sum(one.worse for one in results)
    yield Text(f"\n{worse} of {len(results)} got worse." if worse else f"\nNone of {len(results)} got worse.")


def side_by_side(before: str, after: str) -> Table:
    """Returns the lines of both texts beside each other, with a sign between those that differ, as `sdiff` has them."""
    table = Table(box=None, header_style="bold", expand=True)
    for name, ratio in (("before", 1), ("", None), ("after", 1)):
        table.add_column(name, ratio=ratio, overflow="fold")
    old, new = before.splitlines(), after.splitlines()
    for kind, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        for left, right in zip_longest(old[old_from:old_to], new[new_from:new_to]):
            if kind == "equal":
                table.add_row(Text(left), "", Text(right))
            else:
                sign = ">" if left is None else "<" if right is None else "|"
                table.add_row(*_marked(left or "", right or "", sign))
    return table


def _marked(left: str, right: str, sign: str) -> tuple[Text, Text, Text]:
    """Colors the words in which two lines differ."""
    old, new = re.findall(r"\S+|\s+", left), re.findall(r"\S+|\s+", right)
    before, after = Text(), Text()
    for kind, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        before.append("".join(old[old_from:old_to]), "" if kind == "equal" else "red")
        after.append("".join(new[new_from:new_to]), "" if kind == "equal" else "green")
    return before, Text(sign, style="bold"), after
