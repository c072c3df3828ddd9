"""When to try again, as a pure function."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Exponential backoff with jitter. All values are seconds; after `give_up` no further attempt is made.

    `give_up_late` is that for what is still worth doing after days.
    """

    first: float = 1.0
    factor: float = 2.0
    longest: float = 300.0
    give_up: float = 6 * 3600.0
    give_up_late: float = 3 * 24 * 3600.0


def next_delay(
    schedule: Schedule,
    *,
    attempts: int,
    elapsed: float,
    chance: float,
    told: float | None = None,
    stubborn: bool = False,
) -> float | None:
    """How long to wait after `attempts` failed ones, or None to give up `elapsed` seconds after the first.

    `chance` (0 to 1) spreads the delay over its upper half, so that many do not return at the same moment. `told` is
    what the outside system asked for: never less than that.
    """
    if elapsed >= (schedule.give_up_late if stubborn else schedule.give_up):
        return None
    # The exponent is capped: a job tried for hours must not overflow a float.
    steady = min(schedule.longest, schedule.first * schedule.factor ** min(attempts - 1, 60))
    delay = steady * (0.5 + chance / 2)
    return delay if told is None else max(told + chance, delay)
