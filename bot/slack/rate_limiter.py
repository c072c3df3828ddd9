"""Limits the rate of calls to Slack with token buckets, so that urgent calls go first and 429 is rare.

Numbers: docs.slack.dev/apis/web-api/rate-limits. They hold for one process. Several processes of one app share Slack's
limits without coordination: each learns of a limit when it is refused itself.
"""

from __future__ import annotations

import asyncio
import bisect
import enum
import itertools
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.errors import NotYetError, RateLimitedError
from bot.slack.errors import translated

POST = "chat.postMessage"

# Seconds; Slack documents that it always sends Retry-After, so this is for a 429 of a proxy.
_RETRY_AFTER = 1.0
# Seconds over which the pace of a bucket is measured, and after which the limit doubles following a refusal.
_PACE_SECONDS = 10.0
_RECOVERY_SECONDS = 60.0
_MOST_IDLE = 1000


class CallPriority(enum.IntEnum):
    """Priority of a call: messages that somebody waits for, new handoffs, updates, indicators.

    A rush of handoffs must not delay people who are in the middle of a conversation.
    """

    AWAITED = 0
    NEW_HANDOFF = 1
    UPDATE = 2
    INDICATOR = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`burst` calls at once after a quiet time, and `per_second` from then on."""

    burst: int
    per_second: float


# Tiers 2, 3 and 4 are 20, 50 and 100 calls a minute for one method in one workspace; half a minute's worth may come at
# once.
TIER_2 = Rate(burst=10, per_second=20 / 60)
TIER_3 = Rate(burst=25, per_second=50 / 60)
TIER_4 = Rate(burst=50, per_second=100 / 60)

METHODS: Mapping[str, Rate] = MappingProxyType(
    {
        "chat.update": TIER_3,
        "chat.delete": TIER_3,
        "conversations.open": TIER_3,
        "reactions.add": TIER_3,
        "reactions.remove": TIER_3,
        "chat.postEphemeral": TIER_4,
        "views.open": TIER_4,
        "files.delete": TIER_3,
        "files.getUploadURLExternal": TIER_4,
        "files.info": TIER_4,
        "usergroups.users.list": TIER_2,
        "users.list": TIER_2,
        "views.publish": TIER_4,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackLimits:
    """The limits. A method that is not in `methods` is unlimited until Slack refuses it.

    `channel` limits posts into one channel. For all posts together Slack documents "several hundred a minute": they are
    unlimited until it refuses, then limited to half their pace, but never below `slowest` a second. The limit doubles
    with each quiet minute. `timeout` is the longest wait of a call, in seconds; a longer one raises NotYetError.
    """

    channel: Rate = Rate(burst=5, per_second=1.0)
    methods: Mapping[str, Rate] = field(default_factory=lambda: METHODS)
    slowest: float = 5.0
    timeout: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """A call to be made. `channel` is set if it posts into one."""

    method: str
    priority: CallPriority
    channel: str | None = None


CallSlot = tuple[int, int]
"""Position in a queue: priority, then order of arrival."""


class Bucket:
    """A token bucket as pure arithmetic; `now` is passed in, in seconds.

    It stores the time at which it is full again: with `burst` n and an interval t between calls, a call may pass n - 1
    intervals before that. `queue` holds the waiting calls.
    """

    def __init__(self, rate: Rate) -> None:
        self._interval = 1.0 / rate.per_second
        self._burst = rate.burst
        self._full_at = -math.inf
        self._closed_until = -math.inf
        self._returns_at: dict[int, float] = {}
        self.queue: list[CallSlot] = []

    def wait(self, slot: CallSlot, now: float) -> float:
        """Seconds until the call in that slot may pass, after all calls ahead of it in the queue."""
        ahead = bisect.bisect_left(self.queue, slot)
        interval = self.interval(now)
        free_at = max(self._full_at, now) + (ahead + 1 - self._burst) * interval
        return max(0.0, free_at - now, self._closed_until + ahead * interval - now)

    def take(self, now: float) -> None:
        """Records that a call passes."""
        self._full_at = max(self._full_at, now) + self.interval(now)

    def refuse(self, until: float, now: float) -> None:
        """Closes the bucket until then; afterwards calls pass at the interval instead of in a burst."""
        self._closed_until = max(self._closed_until, until)
        self._full_at = max(self._full_at, self._closed_until + (self._burst - 1) * self.interval(now))

    def retry_after(self, priority: int, wait: float, now: float) -> float:
        """Seconds after which a call that must wait this long should retry: spread, so that not all retry at once."""
        returns_at = max(now + wait, self._returns_at.get(priority, -math.inf))
        self._returns_at[priority] = returns_at + self.interval(now)
        return returns_at - now

    def interval(self, now: float) -> float:
        """Seconds between two calls."""
        return self._interval

    def closed(self, now: float) -> bool:
        return self._closed_until > now

    def idle(self, now: float) -> bool:
        """Returns whether the bucket holds no state, so that it can be dropped."""
        return not self.queue and max(self._full_at, self._closed_until, *self._returns_at.values(), -math.inf) <= now


class AdaptiveBucket(Bucket):
    """A bucket for an unknown limit: none until Slack refuses, then half the pace at that time, growing again."""

    def __init__(self, slowest: float) -> None:
        super().__init__(Rate(burst=10, per_second=math.inf))
        self._slowest = slowest
        self._pace = 0.0
        self._paced_at = 0.0
        self._limit = math.inf
        self._refused_at = 0.0

    def interval(self, now: float) -> float:
        doublings = min(64.0, max(0.0, now - self._refused_at) / _RECOVERY_SECONDS)
        return 1.0 / (self._limit * math.pow(2.0, doublings))

    def pace(self, now: float) -> float:
        """Recent calls per second."""
        return self._pace * math.exp(-max(0.0, now - self._paced_at) / _PACE_SECONDS)

    def take(self, now: float) -> None:
        super().take(now)
        self._pace = self.pace(now) + 1.0 / _PACE_SECONDS
        self._paced_at = now

    def slow_down(self, now: float) -> None:
        """Limits calls to half their pace. Refusals of concurrent calls count as one: the pace decays slowly."""
        self._limit = max(self._slowest, self.pace(now) / 2.0)
        self._refused_at = now


class RateLimiter:
    """All limits of one workspace. Every call of the surface goes through `limit`.

    A call waits for up to `SlackLimits.timeout` seconds and holds no resource meanwhile. A call that would wait longer
    raises NotYetError, which postpones its effect without counting as an attempt: thousands of posts for one channel
    then wait in the database instead of in memory, and do not delay a shutdown. Indicators never wait.
    """

    def __init__(
        self,
        limits: SlackLimits | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits or SlackLimits()
        self._now = now
        self._sleep = sleep
        self._order = itertools.count()
        self._workspace = AdaptiveBucket(self._limits.slowest)
        self._methods: dict[str, Bucket] = {}
        self._channels: dict[str, Bucket] = {}
        self._most_idle = _MOST_IDLE

    @asynccontextmanager
    async def limit(self, call: ApiCall) -> AsyncIterator[None]:
        """Runs the block once the call may pass. Raises NotYetError if that would take too long.

        A RateLimitedError of the block closes the limit for all calls for the time that Slack asks for.
        """
        await self._admit(call)
        try:
            yield
        except RateLimitedError as error:
            self._close_refused(call, _RETRY_AFTER if error.retry_after is None else error.retry_after)
            raise

    @asynccontextmanager
    async def calling(
        self, method: str, priority: CallPriority = CallPriority.AWAITED, *, channel: str | None = None
    ) -> AsyncIterator[None]:
        """Wraps one call of Slack's API: applies the rate limits and translates Slack's errors."""
        async with self.limit(ApiCall(method=method, priority=priority, channel=channel)):
            with translated():
                yield

    async def _admit(self, call: ApiCall) -> None:
        buckets = self._buckets(call)
        slot = (call.priority.value, next(self._order))
        if self._wait(buckets, slot):
            await self._queue(call, buckets, slot)
        for bucket in buckets:
            bucket.take(self._now())

    async def _queue(self, call: ApiCall, buckets: tuple[Bucket, ...], slot: CallSlot) -> None:
        timeout = 0.0 if call.priority is CallPriority.INDICATOR else self._limits.timeout
        deadline = self._now() + timeout
        for bucket in buckets:
            bisect.insort(bucket.queue, slot)
        try:
            # A call of higher priority may have arrived meanwhile, so the wait is computed again.
            while wait := self._wait(buckets, slot):
                if self._now() + wait > deadline:
                    raise self._not_yet(buckets, slot)
                await self._sleep(wait)
        finally:
            for bucket in buckets:
                bucket.queue.remove(slot)

    def _wait(self, buckets: tuple[Bucket, ...], slot: CallSlot) -> float:
        now = self._now()
        return max(bucket.wait(slot, now) for bucket in buckets)

    def _not_yet(self, buckets: tuple[Bucket, ...], slot: CallSlot) -> NotYetError:
        now = self._now()
        narrowest = max(buckets, key=lambda bucket: bucket.wait(slot, now))
        wait = narrowest.retry_after(slot[0], narrowest.wait(slot, now), now)
        return NotYetError("Slack's limits leave no room for this yet.", system="slack", retry_after=wait)

    def _buckets(self, call: ApiCall) -> tuple[Bucket, ...]:
        if call.method == POST:
            return self._workspace, self._channel(call.channel or "")
        bucket = self._methods.get(call.method)
        if bucket is None:
            rate = self._limits.methods.get(call.method)
            bucket = self._methods[call.method] = Bucket(rate) if rate else AdaptiveBucket(self._limits.slowest)
        return (bucket,)

    def _channel(self, channel: str) -> Bucket:
        bucket = self._channels.get(channel)
        if bucket is None:
            if len(self._channels) >= self._most_idle:
                self._drop_idle()
            bucket = self._channels[channel] = Bucket(self._limits.channel)
        return bucket

    def _drop_idle(self) -> None:
        now = self._now()
        self._channels = {name: bucket for name, bucket in self._channels.items() if not bucket.idle(now)}
        self._most_idle = max(_MOST_IDLE, 2 * len(self._channels))

    def _close_refused(self, call: ApiCall, retry_after: float) -> None:
        """Closes the refused limit. Slack does not say whether that is the channel's or the workspace's.

        It counts as the channel's, unless another channel is closed at the same time.
        """
        now = self._now()
        until = now + retry_after
        elsewhere = [name for name, bucket in self._channels.items() if name != call.channel and bucket.closed(now)]
        for bucket in self._buckets(call):
            if isinstance(bucket, AdaptiveBucket):
                bucket.slow_down(now)
            if bucket is not self._workspace or elsewhere:
                bucket.refuse(until, now)
