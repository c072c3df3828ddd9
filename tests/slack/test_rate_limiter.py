"""Calls stay within Slack's limits, awaited calls take priority, and one refusal delays all calls."""

from __future__ import annotations

import asyncio
import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.call_rates import AdaptiveBucket, Bucket, CallPriority, Rate
from bot.errors import NotYetError, RateLimitedError
from bot.slack.rate_limiter import POST, ApiCall, RateLimiter, SlackLimits
from tests.clocks import SleepersClock

RATES = st.builds(Rate, burst=st.integers(1, 6), per_second=st.floats(0.1, 20.0))
GAPS = st.lists(st.floats(0.0, 3.0), max_size=60)
IMPORTANCES = st.sampled_from(CallPriority)
SLACK = 1e-6
"""Tolerance in seconds for rounding errors."""


def post(channel: str, priority: CallPriority = CallPriority.AWAITED) -> ApiCall:
    return ApiCall(method=POST, priority=priority, channel=channel)


async def make(limiter: RateLimiter, call: ApiCall, error: Exception | None = None) -> None:
    async with limiter.limit(call):
        if error is not None:
            raise error


def passes(bucket: Bucket, gaps: list[float]) -> list[float]:
    """Returns the times at which calls pass that come with these gaps and each wait as long as they must."""
    now, times = 0.0, []
    for number, gap in enumerate(gaps):
        now += gap
        while wait := bucket.wait((0, number), now):
            now += max(wait, SLACK / 100)
        bucket.take(now)
        times.append(now)
    return times


@given(RATES, GAPS)
def test_in_no_stretch_of_time_more_pass_than_its_burst_and_rate(rate: Rate, gaps: list[float]) -> None:
    times = passes(Bucket(rate), gaps)

    for (first, start), (last, end) in itertools.combinations(enumerate(times), 2):
        assert last - first + 1 <= rate.burst + rate.per_second * (end - start) + SLACK


@given(RATES, GAPS)
def test_whoever_keeps_to_the_rate_never_waits(rate: Rate, gaps: list[float]) -> None:
    arrivals = list(itertools.accumulate(gap + 1.0 / rate.per_second for gap in gaps))

    assert passes(Bucket(rate), [b - a for a, b in itertools.pairwise([0.0, *arrivals])]) == pytest.approx(arrivals)


@given(RATES, st.lists(st.tuples(IMPORTANCES, st.floats(0.0, 2.0)), max_size=25))
async def test_the_more_important_never_waits_behind_the_less(
    rate: Rate, arrivals: list[tuple[CallPriority, float]]
) -> None:
    clock = SleepersClock()
    limiter = RateLimiter(SlackLimits(channel=rate, timeout=1e6), now=clock, sleep=clock.sleep)
    came: list[float] = []
    went: dict[int, tuple[float, int]] = {}
    order = itertools.count()

    async def one(number: int, priority: CallPriority, at: float) -> None:
        await clock.sleep(at)
        came[number] = clock.now
        try:
            await make(limiter, post("D1", priority))
        except NotYetError:
            assert priority is CallPriority.INDICATOR
        else:
            went[number] = clock.now, next(order)

    came.extend(math.inf for _ in arrivals)
    await clock.run(*(one(number, priority, at) for number, (priority, at) in enumerate(arrivals)))

    assert len(went) >= sum(priority is not CallPriority.INDICATOR for priority, _ in arrivals)
    for low, high in itertools.permutations(went, 2):
        if arrivals[high][0] < arrivals[low][0] and came[high] < went[low][0] - SLACK:
            assert went[high][1] < went[low][1]


@given(st.lists(st.sampled_from(["D1", "D2", "C1"]), max_size=40), RATES)
async def test_no_call_waits_longer_than_the_timeout_and_retries_are_spread(channels: list[str], rate: Rate) -> None:
    clock = SleepersClock()
    limiter = RateLimiter(SlackLimits(channel=rate, timeout=2.0), now=clock, sleep=clock.sleep)
    sent_away: dict[str, list[float]] = {}

    async def one(channel: str) -> None:
        try:
            await make(limiter, post(channel))
        except NotYetError as error:
            sent_away.setdefault(channel, []).append(error.retry_after)

    await clock.run(*(one(channel) for channel in channels))

    assert clock.now <= 2.0 + SLACK
    for delays in sent_away.values():
        assert min(delays) > 2.0 - SLACK
        assert all(b - a > 1.0 / rate.per_second - SLACK for a, b in itertools.pairwise(delays))


async def test_different_channels_never_wait_for_each_other() -> None:
    clock = SleepersClock()
    limiter = RateLimiter(now=clock, sleep=clock.sleep)

    await clock.run(*(make(limiter, post(f"D{number}")) for number in range(5000)))

    assert clock.now == 0.0


async def test_an_answer_in_a_dm_never_waits_behind_a_sign_that_finds_no_room() -> None:
    clock = SleepersClock()
    limits = SlackLimits(channel=Rate(burst=1, per_second=1.0))
    limiter = RateLimiter(limits, now=clock, sleep=clock.sleep)
    await make(limiter, post("D1"))

    with pytest.raises(NotYetError):
        await make(limiter, post("D1", CallPriority.INDICATOR))
    await clock.run(make(limiter, post("D1")))

    assert clock.now == pytest.approx(1.0)


async def test_one_refusal_closes_the_method_for_everybody() -> None:
    clock = SleepersClock()
    limiter = RateLimiter(now=clock, sleep=clock.sleep)
    update = ApiCall(method="chat.update", priority=CallPriority.AWAITED)
    with pytest.raises(RateLimitedError):
        await make(limiter, update, RateLimitedError(retry_after=30.0))

    with pytest.raises(NotYetError) as caught:
        await make(limiter, update)

    assert caught.value.retry_after == pytest.approx(30.0)
    await make(limiter, post("D1"))
    await make(limiter, ApiCall(method="views.open", priority=CallPriority.AWAITED))


async def test_a_short_refusal_is_waited_out_and_then_one_passes_after_the_other() -> None:
    clock = SleepersClock()
    limiter = RateLimiter(now=clock, sleep=clock.sleep)
    with pytest.raises(RateLimitedError):
        await make(limiter, post("D1"), RateLimitedError(retry_after=0.5))
    went: list[float] = []

    async def one() -> None:
        await make(limiter, post("D1"))
        went.append(clock.now)

    await clock.run(one(), one())

    assert went == pytest.approx([0.5, 1.5])


async def test_a_refusal_in_one_channel_leaves_the_others_open_and_a_second_closes_all() -> None:
    clock = SleepersClock()
    limiter = RateLimiter(now=clock, sleep=clock.sleep)
    with pytest.raises(RateLimitedError):
        await make(limiter, post("D1"), RateLimitedError(retry_after=20.0))
    await make(limiter, post("D2"))

    with pytest.raises(RateLimitedError):
        await make(limiter, post("D3"), RateLimitedError(retry_after=20.0))

    with pytest.raises(NotYetError):
        await make(limiter, post("D4"))


async def test_a_refusal_without_a_time_closes_for_a_second() -> None:
    clock = SleepersClock()
    limiter = RateLimiter(now=clock, sleep=clock.sleep)
    with pytest.raises(RateLimitedError):
        await make(limiter, post("D1"), RateLimitedError())

    await clock.run(make(limiter, post("D1")))

    assert clock.now == pytest.approx(1.0)


@given(st.floats(20.0, 500.0))
def test_after_a_refusal_the_workspace_gets_half_the_pace_and_then_more_again(pace: float) -> None:
    bucket, now = AdaptiveBucket(slowest=5.0), 0.0
    # Four times as long as the pace is measured over.
    while now < 40.0:
        assert bucket.wait((0, 0), now) == 0.0
        bucket.take(now)
        now += 1.0 / pace

    bucket.slow_down(now)

    assert 1.0 / bucket.interval(now) == pytest.approx(pace / 2, rel=0.1)
    assert 1.0 / bucket.interval(now + 60.0) == pytest.approx(pace, rel=0.1)


def test_a_refusal_at_a_low_pace_leaves_several_hundred_a_minute() -> None:
    bucket = AdaptiveBucket(slowest=5.0)
    bucket.take(0.0)
    bucket.slow_down(0.1)

    assert bucket.interval(0.1) == pytest.approx(0.2)


async def test_somebody_who_goes_away_while_waiting_leaves_the_line() -> None:
    clock = SleepersClock()
    limiter = RateLimiter(SlackLimits(channel=Rate(burst=1, per_second=1.0)), now=clock, sleep=clock.sleep)
    await make(limiter, post("D1"))
    waiting = asyncio.create_task(make(limiter, post("D1")))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await clock.run(make(limiter, post("D1")))

    assert clock.now == pytest.approx(1.0)


async def test_channels_that_are_quiet_again_are_forgotten() -> None:
    clock = SleepersClock()
    limiter = RateLimiter(now=clock, sleep=clock.sleep)
    for number in range(3000):
        await make(limiter, post(f"D{number}"))
        clock.now += 0.01

    assert len(limiter._channels) <= 1001
