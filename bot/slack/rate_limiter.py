"""Limits the rate of calls to Slack with token buckets, so that urgent calls go first and 429 is rare.

Numbers: docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.call_rates import AdaptiveBucket, Bucket, BucketsByPlace, CallPriority, CallQueue, Now, Rate, Sleep
from bot.errors import RateLimitedError
from bot.slack.errors import SYSTEM, translated

POST = "chat.postMessage"

# Seconds; Slack documents that it always sends Retry-After, so this is for a 429 of a proxy.
_RETRY_AFTER = 1.0

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


_CHANNEL = Rate(burst=5, per_second=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackLimits:
    """The limits. A method that is not in `methods` is unlimited until Slack refuses it.

    `channel` limits posts into one channel. For all posts together Slack documents "several hundred a minute": they are
    unlimited until it refuses, then limited to half their pace, but never below `slowest` a second. The limit doubles
    with each quiet minute. `timeout` is the longest wait of a call, in seconds; a longer one raises NotYetError.
    """

    channel: Rate = _CHANNEL
    methods: Mapping[str, Rate] = field(default_factory=lambda: METHODS)
    slowest: float = 5.0
    timeout: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """A call to be made. `channel` is set if it posts into one."""

    method: str
    priority: CallPriority
    channel: str | None = None


class RateLimiter:
    """All limits of one workspace. Every call of the surface goes through `limit`."""

    def __init__(
        self, limits: SlackLimits | None = None, *, now: Now = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._limits = limits or SlackLimits()
        self._now = now
        self._queue = CallQueue(system=SYSTEM, name="Slack", timeout=self._limits.timeout, now=now, sleep=sleep)
        self._workspace = AdaptiveBucket(self._limits.slowest)
        self._methods: dict[str, Bucket] = {}
        self._channels = BucketsByPlace(self._limits.channel)

    @asynccontextmanager
    async def limit(self, call: ApiCall) -> AsyncIterator[None]:
        """Runs the block once the call may pass. Raises NotYetError if that would take too long.

        A RateLimitedError of the block closes the limit for all calls for the time that Slack asks for.
        """
        await self._queue.admit(self._buckets(call), call.priority)
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

    def _buckets(self, call: ApiCall) -> tuple[Bucket, ...]:
        if call.method == POST:
            return (self._workspace, *self._channels.of(call.channel or "", self._now()))
        bucket = self._methods.get(call.method)
        if bucket is None:
            rate = self._limits.methods.get(call.method)
            bucket = self._methods[call.method] = Bucket(rate) if rate else AdaptiveBucket(self._limits.slowest)
        return (bucket,)

    def _close_refused(self, call: ApiCall, retry_after: float) -> None:
        """Closes the refused limit. Slack does not say whether that is the channel's or the workspace's.

        It counts as the channel's, unless another channel is closed at the same time.
        """
        now = self._now()
        until = now + retry_after
        elsewhere = self._channels.others_closed(call.channel or "", now)
        for bucket in self._buckets(call):
            if isinstance(bucket, AdaptiveBucket):
                bucket.slow_down(now)
            if bucket is not self._workspace or elsewhere:
                bucket.refuse(until, now)
