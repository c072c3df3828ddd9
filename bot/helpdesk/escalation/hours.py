"""Business time: when people work, in their own time zone, and where so much of their time from a moment leads."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MINUTES_OF_A_DAY = 1440
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a day in minutes from midnight; the end does not belong to it, and 1440 is the day's end."""

    start: int
    end: int


_ALL_DAY = (Span(start=0, end=MINUTES_OF_A_DAY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """When people work: spans in order for each weekday from Monday on, and days on which nobody does. Default: always.

    Moments are Unix seconds. A time of day that is skipped or repeated when the clocks change is read as before the
    change, so that no minute counts twice. Raises ValueError where nobody ever works.
    """

    zone: tzinfo = UTC
    week: tuple[tuple[Span, ...], ...] = (_ALL_DAY,) * 7
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not any(self.week):
            raise ValueError("Nobody ever works.")

    def is_open(self, at: float) -> bool:
        """Whether people work at that moment."""
        return self.opening(at) <= at

    def opening(self, at: float) -> float:
        """That moment, or the next one at which people work."""
        return max(at, next(self._open_from(at))[0])

    def after(self, at: float, seconds: float) -> float:
        """The moment at which people will have worked so long since `at`."""
        left = seconds
        for start, end in self._open_from(at):
            begin = max(start, at)
            if left <= end - begin:
                return begin + left
            left -= end - begin
        return math.inf

    def spoken(self, at: float) -> str:
        """That moment as people there say it: "Monday, 30 November at 09:00 (Europe/Berlin)"."""
        there = datetime.fromtimestamp(at, self.zone)
        return f"{there:%A}, {there.day} {there:%B} at {there:%H:%M} ({self.zone})"

    def _open_from(self, at: float) -> Iterator[tuple[float, float]]:
        """The stretches in which people work and that end after `at`, in order and apart from each other."""
        day = datetime.fromtimestamp(at, self.zone).date()
        reached = -math.inf
        while True:
            for span in () if day in self.holidays else self.week[day.weekday()]:
                start = max(self._moment(day, span.start), reached)
                end = self._moment(day, span.end)
                if end > max(at, start):
                    yield start, end
                reached = max(reached, end)
            day += timedelta(days=1)

    def _moment(self, day: date, minutes: int) -> float:
        return (datetime.combine(day, time(), self.zone) + timedelta(minutes=minutes)).timestamp()
