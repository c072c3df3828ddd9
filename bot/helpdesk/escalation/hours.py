"""Business hours: the times in which people work, and deadlines counted in them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

MINUTES_OF_A_DAY = 1440
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A part of a day in minutes from midnight, without its end; 1440 is the day's end."""

    start: int
    end: int


_DAY = 24 * 3600.0
# Seconds of work without a pause after which none is expected.
_LONGEST_WORK = 60 * _DAY
_ALL_DAY = (Span(start=0, end=MINUTES_OF_A_DAY),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Business hours: spans for each weekday from Monday on, in order, and holidays without any. Default: always open.

    Moments are Unix seconds. A time of day that is skipped or repeated when the clocks change is read as before the
    change, so that no minute counts twice. Raises ValueError if there are no business hours at all.
    """

    zone: tzinfo = UTC
    week: tuple[tuple[Span, ...], ...] = (_ALL_DAY,) * 7
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not any(self.week):
            raise ValueError("Nobody ever works.")

    def is_open(self, at: float) -> bool:
        """Returns whether people work at that moment."""
        return self.opening(at) <= at

    def opening(self, at: float) -> float:
        """Returns that moment if people work then, else the next moment at which they do."""
        return max(at, next(self._open_from(at))[0])

    def after(self, at: float, seconds: float) -> float:
        """Returns the moment at which people will have worked `seconds` since `at`; 0 is the next moment of work."""
        left = seconds
        for start, end in self._open_from(at):
            begin = max(start, at)
            if left <= end - begin:
                return begin + left
            left -= end - begin
        return math.inf

    def next_morning(self, at: float) -> float | None:
        """Returns the next moment after `at` at which a working day begins; None if people never stop.

        Neither the end of a break begins a day, nor midnight for those who work through it.
        """
        if not self.holidays and all(spans == _ALL_DAY for spans in self.week):
            return None
        reached, begun = -math.inf, None
        for start, end in self._open_from(at - 2 * _DAY):
            day = self.local(start).date()
            if start > reached and day != begun:
                begun = day
                if start > at:
                    return start
            if start > at + _LONGEST_WORK:
                return None
            reached = end
        return None

    def local(self, at: float) -> datetime:
        """Returns the moment in local time."""
        return datetime.fromtimestamp(at, self.zone)

    def _open_from(self, at: float) -> Iterator[tuple[float, float]]:
        """Yields the working periods that end after `at`, in order and without overlaps."""
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
