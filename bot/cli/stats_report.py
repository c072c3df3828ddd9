"""The output of `uppzy-desk db stats`: lines for people, JSON for programs."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

from storage.queries.stats import Stats
from storage.retention import DAY


def stats_as_json(stats: Stats, *, now: float, retention_days: int) -> str:
    """Returns all figures as JSON, with the time and the retention they are compared to."""
    return json.dumps({**dataclasses.asdict(stats), "now": now, "retention_days": retention_days}, indent=2)


def stats_as_lines(stats: Stats, *, now: float, retention_days: int) -> Iterator[str]:
    """Yields one line for each figure."""
    yield f"{stats.engine}, version {stats.version}, {_bytes(stats.size)}"
    yield f"Oldest question not answered: {_age(stats.oldest_unanswered, now)}"
    yield f"Jobs waiting or running: {stats.jobs:,}"
    yield f"Jobs scheduled for later: {stats.scheduled:,}"
    yield f"Effects not settled: {sum(one.count for one in stats.unsettled):,}"
    for one in stats.unsettled:
        yield f"  {one.kind} {one.state}: {one.count:,}"
    verdict = _verdict(stats, now, retention_days)
    yield f"Oldest text kept: {_age(stats.oldest_text, now)}; RETENTION_DAYS is {retention_days}{verdict}"
    yield "Rows:"
    for name, count in stats.rows.items():
        yield f"  {name}: {count:,}"


def _verdict(stats: Stats, now: float, retention_days: int) -> str:
    # The desk deletes every hour; a delay of a day means that it was not running, or could not.
    late = stats.oldest_text is not None and now - stats.oldest_text > (retention_days + 1) * DAY
    return ", so it should be gone: does the desk run?" if late else ""


def _age(time: float | None, now: float) -> str:
    if time is None:
        return "none"
    seconds = max(0.0, now - time)
    for unit, size in (("days", DAY), ("hours", 3600.0), ("minutes", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} old"
    return f"{seconds:.0f} seconds old"


def _bytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
