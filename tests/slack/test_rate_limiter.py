"""Calls stay within Slack's limits, people come before decoration, and one refusal is enough for all."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from collections.abc import Awaitable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import NotYetError, RateLimitedError
from bot.slack.rate_limiter import POST, AdaptiveBucket, Bucket, Call, CallPriority, Rate, RateLimiter, SlackLimits

RATES = st.builds(Rate, burst=st.integers(1, 6), per_second=st.floats(0.1, 20.0))
GAPS = st.lists(st.floats(0.0, 3.0), max_size=60)
IMPORTANCES = st.sampled_from(CallPriority)
SLACK = 1e-6
"""Seconds; floats are not exact."""


class Clock:
    """A clock that moves only when everybody sleeps, to when the first wakes."""

    def __init__(self) -> None:
        self.now = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self.now + seconds, next(self._order), woken))
        await woken.wait()

    async def run(self, *work: Awaitable[None]) -> None:
        """Until all work is done."""
        tasks = [asyncio.ensure_future(one) for one in work]
        while True:
            for _ in range(10):
                await asyncio.sleep(0)
            if not self._sleepers:
                break
            self.now, _, woken = heapq.heappop(self._sleepers)
            woken.set()
        await asyncio.gather(*tasks)


def post(channel: str, importance: CallPriority = CallPriority.AWAITED) -> Call:
    return Call(method=POST, importance=importance, channel=channel)


async def spend(budget: RateLimiter, call: Call, error: Exception | None = None) -> None:
    async with budget.spend(call):
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
    clock = Clock()
    budget = RateLimiter(SlackLimits(channel=rate, timeouts=1e6), now=clock, sleep=clock.sleep)
    came: list[float] = []
    went: dict[int, tuple[float, int]] = {}
    order = itertools.count()

    async def one(number: int, importance: CallPriority, at: float) -> None:
        await clock.sleep(at)
        came[number] = clock.now
        try:
            await spend(budget, post("D1", importance))
        except NotYetError:
            assert importance is CallPriority.DECORATION
        else:
            went[number] = clock.now, next(order)

    came.extend(math.inf for _ in arrivals)
    await clock.run(*(one(number, importance, at) for number, (importance, at) in enumerate(arrivals)))

    assert len(went) >= sum(importance is not CallPriority.DECORATION for importance, _ in arrivals)
    for low, high in itertools.permutations(went, 2):
        if arrivals[high][0] < arrivals[low][0] and came[high] < went[low][0] - SLACK:
            assert went[high][1] < went[low][1]


@given(st.lists(st.sampled_from(["D1", "D2", "C1"]), max_size=40), RATES)
async def test_nobody_waits_longer_than_the_patience_and_those_sent_away_come_back_spread(
    channels: list[str], rate: Rate
) -> None:
    clock = Clock()
    budget = RateLimiter(SlackLimits(channel=rate, timeouts=2.0), now=clock, sleep=clock.sleep)
    sent_away: dict[str, list[float]] = {}

    async def one(channel: str) -> None:
        try:
            await spend(budget, post(channel))
        except NotYetError as error:
            sent_away.setdefault(channel, []).append(error.retry_after)

    await clock.run(*(one(channel) for channel in channels))

    assert clock.now <= 2.0 + SLACK
    for delays in sent_away.values():
        assert min(delays) > 2.0 - SLACK
        assert all(b - a > 1.0 / rate.per_second - SLACK for a, b in itertools.pairwise(delays))


async def test_different_channels_never_wait_for_each_other() -> None:
    clock = Clock()
    budget = RateLimiter(now=clock, sleep=clock.sleep)

    await clock.run(*(spend(budget, post(f"D{number}")) for number in range(5000)))

    assert clock.now == 0.0


async def test_an_answer_in_a_dm_never_waits_behind_a_sign_that_finds_no_room() -> None:
    clock = Clock()
    limits = SlackLimits(channel=Rate(burst=1, per_second=1.0))
    budget = RateLimiter(limits, now=clock, sleep=clock.sleep)
    await spend(budget, post("D1"))

    with pytest.raises(NotYetError):
        await spend(budget, post("D1", CallPriority.DECORATION))
    await clock.run(spend(budget, post("D1")))

    assert clock.now == pytest.approx(1.0)


async def test_one_refusal_closes_the_method_for_everybody() -> None:
    clock = Clock()
    budget = RateLimiter(now=clock, sleep=clock.sleep)
    update = Call(method="chat.update", importance=CallPriority.AWAITED)
    with pytest.raises(RateLimitedError):
        await spend(budget, update, RateLimitedError(retry_after=30.0))

    with pytest.raises(NotYetError) as caught:
        await spend(budget, update)

    assert caught.value.retry_after == pytest.approx(30.0)
    await spend(budget, post("D1"))
    await spend(budget, Call(method="views.open", importance=CallPriority.AWAITED))


async def test_a_short_refusal_is_waited_out_and_then_one_passes_after_the_other() -> None:
    clock = Clock()
    budget = RateLimiter(now=clock, sleep=clock.sleep)
    with pytest.raises(RateLimitedError):
        await spend(budget, post("D1"), RateLimitedError(retry_after=0.5))
    went: list[float] = []

    async def one() -> None:
        await spend(budget, post("D1"))
        went.append(clock.now)

    await clock.run(one(), one())

    assert went == pytest.approx([0.5, 1.5])


async def test_a_refusal_in_one_channel_leaves_the_others_open_and_a_second_closes_all() -> None:
    clock = Clock()
    budget = RateLimiter(now=clock, sleep=clock.sleep)
    with pytest.raises(RateLimitedError):
        await spend(budget, post("D1"), RateLimitedError(retry_after=20.0))
    await spend(budget, post("D2"))

    with pytest.raises(RateLimitedError):
        await spend(budget, post("D3"), RateLimitedError(retry_after=20.0))

    with pytest.raises(NotYetError):
        await spend(budget, post("D4"))


async def test_a_refusal_without_a_time_closes_for_a_second() -> None:
    clock = Clock()
    budget = RateLimiter(now=clock, sleep=clock.sleep)
    with pytest.raises(RateLimitedError):
        await spend(budget, post("D1"), RateLimitedError())

    await clock.run(spend(budget, post("D1")))

    assert clock.now == pytest.approx(1.0)


@given(st.floats(20.0, 500.0))
def test_after_a_refusal_the_workspace_gets_half_the_pace_and_then_more_again(pace: float) -> None:
    bucket, now = AdaptiveBucket(slowest=5.0), 0.0
    while now < 60.0:
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
    clock = Clock()
    budget = RateLimiter(SlackLimits(channel=Rate(burst=1, per_second=1.0)), now=clock, sleep=clock.sleep)
    await spend(budget, post("D1"))
    waiting = asyncio.create_task(spend(budget, post("D1")))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    await clock.run(spend(budget, post("D1")))

    assert clock.now == pytest.approx(1.0)


async def test_channels_that_are_quiet_again_are_forgotten() -> None:
    clock = Clock()
    budget = RateLimiter(now=clock, sleep=clock.sleep)
    for number in range(3000):
        await spend(budget, post(f"D{number}"))
        clock.now += 0.01

    assert len(budget._channels) <= 1001
