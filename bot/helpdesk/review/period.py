"""Periods of time, as people give them to a command: `7d`, `2026-11-01`. Moments are Unix seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

from bot.errors import SettingsError

DAY = 86_400.0

_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period with its start and without its end."""

    since: float
    until: float


def read_period(since: str, until: str | None = None, *, zone: tzinfo, now: float) -> Period:
    """Reads the values of --since and --until; without `until` the period ends now.

    Days are counted back from now; a date is the midnight in `zone` with which it begins. Raises SettingsError for
    anything else, and for a period that is empty or has not begun.
    """
    period = Period(
        since=_moment("--since", since, zone, now),
        until=now if until is None else _moment("--until", until, zone, now),
    )
    if period.since >= now:
        raise SettingsError([f"--since {since} is in the future: give a date that has begun, or days such as 7d."])
    if period.since >= period.until:
        raise SettingsError([f"--until {until} is not after --since {since}: give the earlier of the two as --since."])
    return period


def _moment(option: str, value: str, zone: tzinfo, now: float) -> float:
    if days := _DAYS.fullmatch(value):
        return now - int(days[1]) * DAY
    try:
        if _DATE.fullmatch(value):
            return datetime.combine(date.fromisoformat(value), time.min, zone).timestamp()
    except ValueError:
        # The calendar has no such day.
        pass
    raise SettingsError([f"{option} must be a number of days such as 7d, or a date such as 2026-11-01, not {value!r}."])
