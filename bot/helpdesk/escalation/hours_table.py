"""Reading the policy file's [handoff.hours] table: when people work."""

from __future__ import annotations

import re
from datetime import date
from zoneinfo import ZoneInfo, available_timezones

from bot.helpdesk.escalation.hours import MINUTES_OF_A_DAY, Hours, Span
from bot.helpdesk.escalation.policy_table import LONGEST_NAME, Table, did_you_mean

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_KEYS = frozenset({"time_zone", "holidays", *WEEKDAYS})
_SPAN = re.compile(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)")


def read_hours(table: Table) -> Hours:
    """What the table says. An empty one means that people work always."""
    table.refuse_unknown(_KEYS, "[handoff.hours] has")
    if not table.names():
        return Hours()
    zone = _zone(table)
    week = tuple(_spans(table, day) for day in WEEKDAYS)
    holidays = _holidays(table)
    if not any(week):
        if all(table.raw(day) in (None, []) for day in WEEKDAYS):
            table.problem('nobody ever works. Write the hours of a day, as in monday = ["09:00-17:00"].')
        return Hours()
    return Hours() if zone is None else Hours(zone=zone, week=week, holidays=holidays)


def _zone(table: Table) -> ZoneInfo | None:
    name = table.text("time_zone", most=LONGEST_NAME, required=True)
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        known = available_timezones()
        mend = 'Write one as in "Europe/Berlin".' if known else "This system knows none: install the package tzdata."
        table.problem(f"the time zone “{name}” is not known. {mend}{did_you_mean(name, known)}", "time_zone")
    return None


def _spans(table: Table, day: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for position, written in enumerate(table.texts(day)):
        span = _span(written)
        if span is None:
            table.problem(f"“{written}” is no time of a day. Write it as in 09:00-17:00.", day, position)
        elif spans and span.start < spans[-1].end:
            table.problem(f"“{written}” begins before the one in front of it ends. Put them in order.", day, position)
        else:
            spans.append(span)
    return tuple(spans)


def _span(written: str) -> Span | None:
    found = _SPAN.fullmatch(written.strip())
    if found is None:
        return None
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    return Span(start=start, end=end) if start < end <= MINUTES_OF_A_DAY else None


def _holidays(table: Table) -> frozenset[date]:
    days = set()
    for position, written in enumerate(table.texts("holidays")):
        try:
            days.add(date.fromisoformat(written.strip()))
        except ValueError:
            table.problem(f"“{written}” is no date. Write it as in 2026-12-25.", "holidays", position)
    return frozenset(days)
