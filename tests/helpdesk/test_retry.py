"""Delays between retries, and the time to give up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.retry import Schedule, next_delay

SCHEDULE = Schedule(first=1.0, factor=2.0, longest=60.0, give_up=3600.0)


@pytest.mark.parametrize(("attempts", "expected"), [(1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (1000, 60.0)])
def test_delays_double_up_to_the_longest(attempts: int, expected: float) -> None:
    assert next_delay(SCHEDULE, attempts=attempts, elapsed=0.0, chance=1.0) == expected


def test_chance_spreads_a_delay_over_its_upper_half() -> None:
    assert next_delay(SCHEDULE, attempts=3, elapsed=0.0, chance=0.0) == 2.0
    assert next_delay(SCHEDULE, attempts=3, elapsed=0.0, chance=0.5) == 3.0


def test_what_the_other_side_asks_for_is_never_undercut() -> None:
    delay = next_delay(SCHEDULE, attempts=1, elapsed=0.0, chance=0.0, retry_after=30.0)

    assert delay == 30.0


def test_it_ends_after_the_time_to_give_up() -> None:
    assert next_delay(SCHEDULE, attempts=5, elapsed=3600.0, chance=0.5) is None


def test_one_attempt_is_never_the_last_however_long_it_took() -> None:
    # The machine may have been suspended meanwhile.
    assert next_delay(SCHEDULE, attempts=1, elapsed=3600.0, chance=1.0) == 1.0
    assert next_delay(SCHEDULE, attempts=2, elapsed=3600.0, chance=1.0) is None


def test_what_is_still_worth_doing_after_days_is_not_given_up_before() -> None:
    late = Schedule(give_up=3600.0, give_up_long=7200.0)

    assert next_delay(late, attempts=5, elapsed=3600.0, chance=0.5, long_retry=True) is not None
    assert next_delay(late, attempts=5, elapsed=7200.0, chance=0.5, long_retry=True) is None


@given(
    attempts=st.integers(1, 10**9),
    elapsed=st.floats(0, 3599.9),
    chance=st.floats(0, 1),
    retry_after=st.none() | st.floats(0, 1e6),
)
def test_a_delay_is_always_sensible(attempts: int, elapsed: float, chance: float, retry_after: float | None) -> None:
    delay = next_delay(SCHEDULE, attempts=attempts, elapsed=elapsed, chance=chance, retry_after=retry_after)

    assert delay is not None
    assert delay >= 0.5
    assert delay <= max(60.0, (retry_after or 0.0) + 1.0)
