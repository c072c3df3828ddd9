"""The calendar of the review: its weeks, from Monday to Sunday in a time zone, and when a digest is due."""

from __future__ import annotations

import itertools
from datetime import date, datetime, time, timedelta, tzinfo

from bot.helpdesk.escalation import ReviewRules
from bot.helpdesk.review.period import Period

_WEEK = timedelta(weeks=1)
_FIRST = datetime(1, 1, 1)  # noqa: DTZ001 - by the wall clock, as all that is computed here


def first_day(period: Period, zone: tzinfo) -> date:
    """Returns the day on which a period begins."""
    return _wall(period.since, zone).date()


def last_day(period: Period, zone: tzinfo) -> date:
    """Returns the day of a period's last moment."""
    return _wall(period.until - 0.001, zone).date()


def period_before(period: Period, zone: tzinfo) -> Period:
    """Returns the period of the same length before it, by the wall clock: before a week comes a whole week."""
    since, until = _wall(period.since, zone), _wall(period.until, zone)
    length = min(until - since, since - _FIRST)
    return Period(since=_moment(since - length, zone), until=period.since)


def weeks_until(until: float, zone: tzinfo, count: int) -> tuple[Period, ...]:
    """Returns so many periods of a week, the last of which ends at that moment; oldest first."""
    wall = _wall(until, zone)
    ends = [_moment(wall - _WEEK * back, zone) for back in reversed(range(count + 1))]
    return tuple(Period(since=since, until=until) for since, until in itertools.pairwise(ends))


def last_full_week(at: float, zone: tzinfo) -> Period:
    """Returns the last week that has ended by then."""
    today = _wall(at, zone).date()
    return week_of(today - timedelta(days=today.weekday()) - _WEEK, zone)


def week_of(monday: date, zone: tzinfo) -> Period:
    """Returns the week that begins on that Monday."""
    begin = datetime.combine(monday, time())
    return Period(since=_moment(begin, zone), until=_moment(begin + _WEEK, zone))


def due_before(now: float, rules: ReviewRules) -> float:
    """Returns the latest moment up to `now` at which a digest was due."""
    due = _due_in_week_of(now, rules)
    return due if due <= now else _due_in_week_of(now, rules, later=-1)


def due_after(now: float, rules: ReviewRules) -> float:
    """Returns the next moment after `now` at which a digest is due."""
    due = _due_in_week_of(now, rules)
    return due if due > now else _due_in_week_of(now, rules, later=1)


def _due_in_week_of(now: float, rules: ReviewRules, later: int = 0) -> float:
    """Returns when a digest is due in the week of `now`, or so many weeks later."""
    today = _wall(now, rules.zone).date()
    day = today + timedelta(days=rules.day - today.weekday()) + _WEEK * later
    return _moment(datetime.combine(day, time(rules.time // 60, rules.time % 60)), rules.zone)


def _wall(at: float, zone: tzinfo) -> datetime:
    try:
        return datetime.fromtimestamp(at, zone).replace(tzinfo=None)
    except (ValueError, OverflowError):
        # Midnight of the first day of the calendar, in a zone east of Greenwich.
        return _FIRST


def _moment(wall: datetime, zone: tzinfo) -> float:
    return wall.replace(tzinfo=zone).timestamp()
