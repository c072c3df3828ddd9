"""Token buckets, and the queue of the calls that wait for one: urgent calls go first, and a refusal is rare.

They hold for one process. Several processes of one app share a chat's limits without coordination: each learns of a
limit when it is refused itself.
"""

from __future__ import annotations

import asyncio
import bisect
import enum
import itertools
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.errors import NotYetError

Now = Callable[[], float]
"""Returns seconds by a clock that never goes back."""

Sleep = Callable[[float], Awaitable[None]]

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


class BucketsByPlace:
    """The buckets of each channel, thread or chat, one for each of its rates. Those without state are dropped."""

    def __init__(self, *rates: Rate) -> None:
        self._rates = rates
        self._buckets: dict[str, tuple[Bucket, ...]] = {}
        self._most_idle = _MOST_IDLE

    def __len__(self) -> int:
        return len(self._buckets)

    def of(self, place: str, now: float) -> tuple[Bucket, ...]:
        """Returns the buckets of a place."""
        buckets = self._buckets.get(place)
        if buckets is None:
            if len(self._buckets) >= self._most_idle:
                self._drop_idle(now)
            buckets = self._buckets[place] = tuple(Bucket(rate) for rate in self._rates)
        return buckets

    def others_closed(self, place: str, now: float) -> bool:
        """Returns whether another place is closed after a refusal."""
        return any(bucket.closed(now) for name, buckets in self._buckets.items() if name != place for bucket in buckets)

    def _drop_idle(self, now: float) -> None:
        self._buckets = {
            place: buckets
            for place, buckets in self._buckets.items()
            if not all(bucket.idle(now) for bucket in buckets)
        }
        self._most_idle = max(_MOST_IDLE, 2 * len(self._buckets))


class CallQueue:
    """Lets calls pass as their buckets allow. `system` is the chat, `name` its name in messages.

    A call waits for up to `timeout` seconds and holds no resource meanwhile. A call that would wait longer raises
    NotYetError, which postpones its effect without counting as an attempt: thousands of posts for one channel then wait
    in the database instead of in memory, and do not delay a shutdown. Indicators never wait.
    """

    def __init__(
        self,
        *,
        system: str,
        name: str,
        timeout: float,
        now: Now = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._system = system
        self._name = name
        self._timeout = timeout
        self._now = now
        self._sleep = sleep
        self._order = itertools.count()

    async def admit(self, buckets: Sequence[Bucket], priority: CallPriority) -> None:
        """Waits until a call may pass all these buckets. Raises NotYetError if that would take too long."""
        slot = (priority.value, next(self._order))
        if self._wait(buckets, slot):
            await self._queue(buckets, slot)
        for bucket in buckets:
            bucket.take(self._now())

    async def _queue(self, buckets: Sequence[Bucket], slot: CallSlot) -> None:
        timeout = 0.0 if slot[0] == CallPriority.INDICATOR else self._timeout
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

    def _wait(self, buckets: Sequence[Bucket], slot: CallSlot) -> float:
        now = self._now()
        return max(bucket.wait(slot, now) for bucket in buckets)

    def _not_yet(self, buckets: Sequence[Bucket], slot: CallSlot) -> NotYetError:
        now = self._now()
        narrowest = max(buckets, key=lambda bucket: bucket.wait(slot, now))
        wait = narrowest.retry_after(slot[0], narrowest.wait(slot, now), now)
        message = f"{self._name}'s limits leave no room for this yet."
        return NotYetError(message, system=self._system, retry_after=wait)
