"""Retry delays."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Exponential backoff with jitter. Times are in seconds; after `give_up` no further attempt is made.

    `give_up_long` replaces it for a long retry. `least_attempts` are made however long they take: the machine may have
    been suspended during the first.
    """

    first: float = 1.0
    factor: float = 2.0
    longest: float = 300.0
    give_up: float = 6 * 3600.0
    give_up_long: float = 3 * 24 * 3600.0
    least_attempts: int = 2


def next_delay(
    schedule: Schedule,
    *,
    attempts: int,
    elapsed: float,
    chance: float,
    retry_after: float | None = None,
    long_retry: bool = False,
) -> float | None:
    """Returns the delay after `attempts` failed attempts, or None to give up, `elapsed` seconds after the first.

    `chance` (0 to 1) spreads the delay over its upper half, so that many do not return at the same moment.
    `retry_after` is the delay the outside system asked for, and the least. `long_retry`: keep trying for days.
    """
    give_up = schedule.give_up_long if long_retry else schedule.give_up
    if elapsed >= give_up and attempts >= schedule.least_attempts:
        return None
    # The exponent is capped: many attempts must not overflow a float.
    steady = min(schedule.longest, schedule.first * schedule.factor ** min(attempts - 1, 60))
    delay = steady * (0.5 + chance / 2)
    return delay if retry_after is None else max(retry_after + chance, delay)
