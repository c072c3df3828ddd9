"""Calls stay within Teams' limits in every stretch of time, and one refusal delays all calls to its place."""

from __future__ import annotations

import pytest

from bot.call_rates import CallPriority
from bot.errors import NotYetError, RateLimitedError
from bot.teams.rate_limiter import Budget, ConnectorCall, RateLimiter, TeamsLimits
from tests.clocks import SleepersClock

WINDOWS = {
    Budget.THREAD: [(7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)],
    Budget.NEW_THREAD: [(7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)],
    Budget.NEW_CHAT: [(7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0)],
    Budget.READS: [(14, 1.0), (16, 2.0), (120, 30.0), (3600, 3600.0)],
    Budget.REACTIONS: [(2, 1.0)],
}
"""The limits as Microsoft's page states them: the most calls in so many seconds."""


@pytest.fixture
def clock() -> SleepersClock:
    return SleepersClock()


def limiter_with(clock: SleepersClock, timeout: float = 2.0) -> RateLimiter:
    return RateLimiter(TeamsLimits(timeout=timeout), now=clock, sleep=clock.sleep)


def to(place: str, budget: Budget = Budget.THREAD, priority: CallPriority = CallPriority.AWAITED) -> ConnectorCall:
    return ConnectorCall(budget=budget, place=place, priority=priority)


async def make(limiter: RateLimiter, call: ConnectorCall, error: Exception | None = None) -> None:
    async with limiter.limit(call):
        if error is not None:
            raise error


@pytest.mark.parametrize("budget", Budget)
async def test_a_rush_to_one_place_exceeds_none_of_its_limits(budget: Budget, clock: SleepersClock) -> None:
    limiter, went = limiter_with(clock, timeout=1e6), list[float]()

    async def one() -> None:
        await make(limiter, to("place", budget))
        went.append(clock.now)

    await clock.run(*(one() for _ in range(300)))

    assert clock.now < 600.0
    for most, seconds in WINDOWS[budget]:
        assert max(sum(start <= at < start + seconds for at in went) for start in went) <= most


async def test_an_hour_of_calls_stays_within_the_limit_of_an_hour(clock: SleepersClock) -> None:
    limiter, went = limiter_with(clock, timeout=2.0), 0
    while clock.now < 3600.0:
        try:
            await make(limiter, to("thread", priority=CallPriority.INDICATOR))
        except NotYetError as error:
            clock.now += error.retry_after
        else:
            went += 1

    assert 1700 < went <= 1800


async def test_threads_wait_for_each_other_only_when_all_of_them_are_too_many(clock: SleepersClock) -> None:
    limiter, went = limiter_with(clock, timeout=1e6), list[float]()

    async def one(number: int) -> None:
        await make(limiter, to(f"thread {number}"))
        went.append(clock.now)

    await clock.run(*(one(number) for number in range(200)))

    assert went[9] == 0.0
    assert max(sum(start <= at < start + 1.0 for at in went) for start in went) <= 50


async def test_an_answer_passes_before_the_update_of_a_card_that_came_first(clock: SleepersClock) -> None:
    limiter, order = limiter_with(clock, timeout=1e6), list[CallPriority]()

    async def one(priority: CallPriority) -> None:
        await make(limiter, to("thread", priority=priority))
        order.append(priority)

    await clock.run(*(one(CallPriority.UPDATE) for _ in range(7)), one(CallPriority.AWAITED))

    assert order.index(CallPriority.AWAITED) == 5


async def test_a_refusal_closes_its_place_for_the_time_that_teams_asks_for(clock: SleepersClock) -> None:
    limiter = limiter_with(clock)
    with pytest.raises(RateLimitedError):
        await make(limiter, to("thread"), RateLimitedError(retry_after=30.0))

    with pytest.raises(NotYetError) as caught:
        await make(limiter, to("thread"))

    assert caught.value.retry_after == pytest.approx(30.0)
    await make(limiter, to("another"))


async def test_a_refusal_in_a_second_place_closes_all(clock: SleepersClock) -> None:
    limiter = limiter_with(clock)
    for place in ("one", "two"):
        with pytest.raises(RateLimitedError):
            await make(limiter, to(place), RateLimitedError(retry_after=20.0))

    with pytest.raises(NotYetError):
        await make(limiter, to("three"))


async def test_a_refusal_without_a_time_closes_for_a_second(clock: SleepersClock) -> None:
    limiter = limiter_with(clock)
    with pytest.raises(RateLimitedError):
        await make(limiter, to("thread"), RateLimitedError())

    await clock.run(make(limiter, to("thread")))

    assert clock.now == pytest.approx(1.0)
