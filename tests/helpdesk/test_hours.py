"""Business time: openings, targets, holidays, and days on which the clocks change."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.helpdesk.escalation.hours import Hours, Span
from tests.english import messages

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60.0
HOUR = 3600.0
OFFICE = (Span(start=9 * 60, end=12 * 60), Span(start=13 * 60, end=17 * 60))
WEEK = ((OFFICE,) * 5) + ((), ())
CHRISTMAS = frozenset({date(2026, 12, 24), date(2026, 12, 25)})
HOURS = Hours(zone=BERLIN, week=WEEK, holidays=CHRISTMAS)


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-25 10:00", "2026-11-25 10:00"),
        ("2026-11-25 12:00", "2026-11-25 13:00"),
        ("2026-11-25 17:00", "2026-11-26 09:00"),
        ("2026-11-27 18:00", "2026-11-30 09:00"),
        ("2026-12-23 17:30", "2026-12-28 09:00"),
    ],
)
def test_the_next_opening_is_after_the_break_the_night_the_weekend_and_the_holidays(moment: str, opening: str) -> None:
    assert HOURS.opening(at(moment)) == at(opening)
    assert HOURS.is_open(at(moment)) is (moment == opening)


NIGHTS = Hours(zone=BERLIN, week=((Span(start=0, end=6 * 60), Span(start=22 * 60, end=24 * 60)),) * 7)
WEEKDAYS_THROUGH = Hours(zone=BERLIN, week=(((Span(start=0, end=24 * 60),),) * 5) + ((), ()))
ALWAYS_BUT_CHRISTMAS = Hours(zone=BERLIN, holidays=frozenset({date(2026, 12, 25)}))


@pytest.mark.parametrize(
    ("hours", "moment", "morning"),
    [
        (HOURS, "2026-11-25 08:59", "2026-11-25 09:00"),
        (HOURS, "2026-11-25 09:00", "2026-11-26 09:00"),
        (HOURS, "2026-11-25 12:30", "2026-11-26 09:00"),
        (HOURS, "2026-11-25 17:30", "2026-11-26 09:00"),
        (HOURS, "2026-11-27 10:00", "2026-11-30 09:00"),
        (HOURS, "2026-12-23 10:00", "2026-12-28 09:00"),
        (NIGHTS, "2026-11-25 10:00", "2026-11-25 22:00"),
        (NIGHTS, "2026-11-25 23:00", "2026-11-26 22:00"),
        (WEEKDAYS_THROUGH, "2026-11-25 10:00", "2026-11-30 00:00"),
        (ALWAYS_BUT_CHRISTMAS, "2026-12-24 10:00", "2026-12-26 00:00"),
        (ALWAYS_BUT_CHRISTMAS, "2026-12-26 10:00", None),
        (Hours(), "2026-11-25 10:00", None),
    ],
)
def test_the_next_morning_is_when_a_working_day_begins(hours: Hours, moment: str, morning: str | None) -> None:
    assert hours.next_morning(at(moment)) == (None if morning is None else at(morning))


@pytest.mark.parametrize(
    ("begun", "minutes", "target"),
    [
        ("2026-11-25 10:00", 60, "2026-11-25 11:00"),
        ("2026-11-25 11:30", 60, "2026-11-25 13:30"),
        ("2026-11-25 16:00", 60, "2026-11-25 17:00"),
        ("2026-11-25 16:30", 60, "2026-11-26 09:30"),
        ("2026-11-28 12:00", 30, "2026-11-30 09:30"),
        ("2026-12-23 16:50", 30, "2026-12-28 09:20"),
        ("2026-11-25 10:00", 5 * 7 * 60, "2026-12-02 10:00"),
    ],
)
def test_a_target_counts_only_the_time_in_which_people_work(begun: str, minutes: int, target: str) -> None:
    assert HOURS.after(at(begun), minutes * MINUTE) == at(target)


def test_without_hours_people_work_always() -> None:
    assert Hours().is_open(at("2026-11-28 03:00"))
    assert Hours().after(at("2026-11-28 03:00"), 50 * HOUR) == at("2026-11-28 03:00") + 50 * HOUR


def test_nobody_can_be_closed_for_ever() -> None:
    with pytest.raises(ValueError, match="Nobody ever works"):
        Hours(week=((),) * 7)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_is(day: str, hours: int) -> None:
    always = Hours(zone=BERLIN)
    midnight = at(f"{day} 00:00")

    assert always.after(midnight, hours * HOUR) == at(day + " 00:00") + hours * HOUR
    assert datetime.fromtimestamp(always.after(midnight, hours * HOUR), BERLIN).strftime("%H:%M") == "00:00"


def test_a_night_shift_works_an_hour_less_when_the_clocks_go_forward() -> None:
    night = Hours(zone=BERLIN, week=((Span(start=0, end=6 * 60),),) * 7)

    assert night.after(at("2026-03-29 00:00"), 5 * HOUR) == at("2026-03-29 06:00")
    assert night.after(at("2026-10-25 00:00"), 7 * HOUR) == at("2026-10-25 06:00")


def test_a_moment_is_said_in_the_time_of_those_who_work() -> None:
    assert messages.anyone.moment(HOURS.local(at("2026-11-30 09:00"))) == "Monday, 30 November at 09:00 (Europe/Berlin)"


# Properties. Zones that change clocks at night, at midnight, by half an hour, twice a year, and never.
ZONES = ["Europe/Berlin", "America/New_York", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe", "Asia/Kolkata"]
QUARTERS = st.integers(min_value=0, max_value=96)


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    edges = sorted(draw(st.sets(QUARTERS, max_size=6)))
    return tuple(Span(start=a * 15, end=b * 15) for a, b in zip(edges[::2], edges[1::2], strict=False))


@st.composite
def hours(draw: st.DrawFn) -> Hours:
    week = draw(st.tuples(*[days()] * 7).filter(any))
    holidays = draw(st.frozensets(st.dates(date(2026, 1, 1), date(2027, 2, 1)), max_size=20))
    return Hours(zone=ZoneInfo(draw(st.sampled_from(ZONES))), week=week, holidays=holidays)


# Whole minutes, the resolution of opening hours.
MOMENTS = st.integers(min_value=int(at("2026-01-01 00:00")) // 60, max_value=int(at("2026-12-31 00:00")) // 60).map(
    lambda minute: minute * MINUTE
)


def _works(hours: Hours, moment: float) -> bool:
    """True if the local time of `moment` is in a span: an independent implementation of `is_open`."""
    there = datetime.fromtimestamp(moment, hours.zone)
    minute = there.hour * 60 + there.minute
    return there.date() not in hours.holidays and any(
        span.start <= minute < span.end for span in hours.week[there.weekday()]
    )


def _clocks_change_near(hours: Hours, moment: float, days_after: float = 2.0) -> bool:
    offsets = {
        datetime.fromtimestamp(moment + shift * 24 * HOUR, hours.zone).utcoffset() for shift in (-2.0, days_after)
    }
    return len(offsets) > 1


@given(hours(), MOMENTS)
def test_people_work_when_the_clock_on_the_wall_says_so(hours: Hours, moment: float) -> None:
    if not _clocks_change_near(hours, moment):
        assert hours.is_open(moment) is _works(hours, moment)


@given(hours(), MOMENTS)
def test_an_opening_is_open_and_nothing_before_it_is(hours: Hours, moment: float) -> None:
    opening = hours.opening(moment)

    assert opening >= moment
    assert hours.is_open(opening)
    assert hours.opening(opening) == opening
    assert not hours.is_open((moment + opening) / 2) or opening == moment


# From 1: no time at all ends at the next moment of work, which is later than the end of a day of work.
@given(hours(), MOMENTS, st.integers(0, 3000), st.integers(1, 3000))
def test_time_worked_adds_up_whatever_lies_between(hours: Hours, moment: float, first: int, second: int) -> None:
    whole = hours.after(moment, (first + second) * MINUTE)
    halfway = hours.after(moment, first * MINUTE)

    assert moment <= halfway <= whole
    assert hours.after(halfway, second * MINUTE) == pytest.approx(whole, abs=0.001)


@given(hours(), MOMENTS, st.integers(1, 600))
@settings(deadline=None)
def test_so_many_minutes_are_worked_until_the_target(hours: Hours, moment: float, minutes: int) -> None:
    target = hours.after(moment, minutes * MINUTE)

    # Limited, because the minutes are counted one by one.
    if target - moment < 3 * 24 * HOUR:
        steps = range(int((target - moment) // MINUTE))
        assert sum(hours.is_open(moment + step * MINUTE) for step in steps) == minutes


@given(hours(), MOMENTS)
def test_nobody_works_on_a_holiday(hours: Hours, moment: float) -> None:
    opening = hours.opening(moment)
    day = datetime.fromtimestamp(opening, hours.zone).date()

    assert day not in hours.holidays or _clocks_change_near(hours, opening)
    assert timedelta(0) <= datetime.fromtimestamp(opening, hours.zone) - datetime.fromtimestamp(moment, hours.zone)
