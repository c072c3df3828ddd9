"""How many calls Slack gets from us: token buckets, so that people are served before decoration, and 429 is rare.

Numbers: docs.slack.dev/apis/web-api/rate-limits. They hold for one process; several of one app share Slack's limits
without knowing of each other, and what one is refused the others learn when they are refused themselves.
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

POST = "chat.postMessage"

# Seconds; Slack documents that it always sends Retry-After, so this is for what stands between it and us.
_RETRY_AFTER = 1.0
# Seconds over which the pace of a bucket is measured, and in which the limit after a refusal doubles.
_PACE_SECONDS = 10.0
_RECOVERY_SECONDS = 60.0
_MOST_IDLE = 1000


class CallPriority(enum.IntEnum):
    """Who goes first: people who talk to each other, then new handoffs, then what keeps things up to date, then signs.

    A rush of handoffs must not stand between people who are in the middle of a conversation.
    """

    AWAITED = 0
    OPENING = 1
    UPKEEP = 2
    DECORATION = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many calls at once after a quiet time, and `per_second` from then on."""

    burst: int
    per_second: float


# Tiers 3 and 4 are 50 and 100 calls a minute for one method in one workspace; half a minute's worth may come at once.
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
        "views.publish": TIER_4,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackLimits:
    """The numbers. A method that is not in `methods` is unlimited until Slack refuses it.

    `channel` is for posts into one channel. For all posts together Slack says "several hundred a minute" and means what
    suits it: they are unlimited until it refuses, then half of what they were, but never below `slowest` a second, and
    twice as many after each quiet minute. `patience`: how many seconds a call waits; who must wait longer is sent away.
    """

    channel: Rate = Rate(burst=5, per_second=1.0)
    methods: Mapping[str, Rate] = field(default_factory=lambda: METHODS)
    slowest: float = 5.0
    timeouts: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to be made. `channel` where it posts into one."""

    method: str
    importance: CallPriority
    channel: str | None = None


CallSlot = tuple[int, int]
"""Where somebody stands in a line: importance, then order of arrival."""


class Bucket:
    """One limit as pure arithmetic; `now` is handed in, in seconds.

    It keeps the time at which it is full again: with `burst` n and an interval t between calls, a call may pass n - 1
    intervals before that. `line` holds those who wait.
    """

    def __init__(self, rate: Rate) -> None:
        self._interval = 1.0 / rate.per_second
        self._burst = rate.burst
        self._full_at = -math.inf
        self._closed_until = -math.inf
        self._back: dict[int, float] = {}
        self.line: list[CallSlot] = []

    def wait(self, place: CallSlot, now: float) -> float:
        """Seconds until whoever stands there may pass: after all before them in the line, behind none after them."""
        ahead = bisect.bisect_left(self.line, place)
        interval = self.interval(now)
        free_at = max(self._full_at, now) + (ahead + 1 - self._burst) * interval
        return max(0.0, free_at - now, self._closed_until + ahead * interval - now)

    def take(self, now: float) -> None:
        """Somebody passes."""
        self._full_at = max(self._full_at, now) + self.interval(now)

    def refuse(self, until: float, now: float) -> None:
        """Slack said not before then: nobody passes, and afterwards one after the other instead of a burst."""
        self._closed_until = max(self._closed_until, until)
        self._full_at = max(self._full_at, self._closed_until + (self._burst - 1) * self.interval(now))

    def send_away(self, importance: int, wait: float, now: float) -> float:
        """When somebody who must wait that long should come again: spread, or all would come at the same moment."""
        back = max(now + wait, self._back.get(importance, -math.inf))
        self._back[importance] = back + self.interval(now)
        return back - now

    def interval(self, now: float) -> float:
        """Seconds between two calls."""
        return self._interval

    def closed(self, now: float) -> bool:
        return self._closed_until > now

    def idle(self, now: float) -> bool:
        """Whether forgetting it would change nothing."""
        return not self.line and max(self._full_at, self._closed_until, *self._back.values(), -math.inf) <= now


class AdaptiveBucket(Bucket):
    """A limit nobody knows: none until Slack refuses, then half the pace it refused at, growing again with time."""

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
        """Calls a second of late."""
        return self._pace * math.exp(-max(0.0, now - self._paced_at) / _PACE_SECONDS)

    def take(self, now: float) -> None:
        super().take(now)
        self._pace = self.pace(now) + 1.0 / _PACE_SECONDS
        self._paced_at = now

    def slow_down(self, now: float) -> None:
        """Halve the pace. Refusals of calls that were under way together count as one: the pace decays slowly."""
        self._limit = max(self._slowest, self.pace(now) / 2.0)
        self._refused_at = now


class RateLimiter:
    """All limits of one workspace. Surface calls go through `spend`.

    A call waits here for up to `Limits.patience` seconds and holds nothing meanwhile. Who would wait longer gets a
    NotYetError instead, which puts the job back without counting as a try: thousands of posts for one channel then wait
    in the database and not in memory, and a stop of the bot is not held up by them. Decoration never waits.
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
    async def spend(self, call: Call) -> AsyncIterator[None]:
        """Make a call inside the block. Raises NotYetError before it where it would have to wait for too long.

        A RateLimitedError of the call closes its limit for everybody for as long as Slack said.
        """
        await self._admit(call)
        try:
            yield
        except RateLimitedError as error:
            self._refused(call, _RETRY_AFTER if error.retry_after is None else error.retry_after)
            raise

    async def _admit(self, call: Call) -> None:
        buckets = self._buckets(call)
        place = (call.importance.value, next(self._order))
        if self._wait(buckets, place):
            await self._stand_in_line(call, buckets, place)
        for bucket in buckets:
            bucket.take(self._now())

    async def _stand_in_line(self, call: Call, buckets: tuple[Bucket, ...], place: CallSlot) -> None:
        timeouts = 0.0 if call.importance is CallPriority.DECORATION else self._limits.timeouts
        deadline = self._now() + timeouts
        for bucket in buckets:
            bisect.insort(bucket.line, place)
        try:
            # Somebody more important may have come meanwhile, so whoever wakes looks again.
            while wait := self._wait(buckets, place):
                if self._now() + wait > deadline:
                    raise self._not_yet(call, buckets, place)
                await self._sleep(wait)
        finally:
            for bucket in buckets:
                bucket.line.remove(place)

    def _wait(self, buckets: tuple[Bucket, ...], place: CallSlot) -> float:
        now = self._now()
        return max(bucket.wait(place, now) for bucket in buckets)

    def _not_yet(self, call: Call, buckets: tuple[Bucket, ...], place: CallSlot) -> NotYetError:
        now = self._now()
        narrowest = max(buckets, key=lambda bucket: bucket.wait(place, now))
        wait = narrowest.send_away(place[0], narrowest.wait(place, now), now)
        return NotYetError("Slack's limits leave no room for this yet.", system="slack", retry_after=wait)

    def _buckets(self, call: Call) -> tuple[Bucket, ...]:
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
                self._forget_idle()
            bucket = self._channels[channel] = Bucket(self._limits.channel)
        return bucket

    def _forget_idle(self) -> None:
        now = self._now()
        self._channels = {name: bucket for name, bucket in self._channels.items() if not bucket.idle(now)}
        self._most_idle = max(_MOST_IDLE, 2 * len(self._channels))

    def _refused(self, call: Call, retry_after: float) -> None:
        """Close what the refusal was about. Slack does not say whether it means the channel or the workspace.

        It is taken for the channel's, unless another channel is closed at the same time.
        """
        now = self._now()
        until = now + retry_after
        elsewhere = [name for name, bucket in self._channels.items() if name != call.channel and bucket.closed(now)]
        for bucket in self._buckets(call):
            if isinstance(bucket, AdaptiveBucket):
                bucket.slow_down(now)
            if bucket is not self._workspace or elsewhere:
                bucket.refuse(until, now)
