"""Limits the rate of calls to Teams with token buckets, so that urgent calls go first and 429 is rare.

Numbers: learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
"""

from __future__ import annotations

import asyncio
import enum
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.call_rates import Bucket, BucketsByPlace, CallPriority, CallQueue, Now, Rate, Sleep
from bot.errors import RateLimitedError
from bot.teams.errors import SYSTEM

# Seconds, where Teams does not say how long to wait. It asks for growing waits, which the retries of effects are.
_RETRY_AFTER = 1.0


class Budget(enum.Enum):
    """The limits of Teams, each of which holds for one place.

    THREAD: messages in a thread or chat. NEW_THREAD: threads in a channel. NEW_CHAT: chats with a person. READS: people
    and places. REACTIONS hold for all conversations together.
    """

    THREAD = enum.auto()
    NEW_THREAD = enum.auto()
    NEW_CHAT = enum.auto()
    READS = enum.auto()
    REACTIONS = enum.auto()


# Teams allows 7 messages in a second, 8 in two, 60 in thirty and 1,800 in an hour. In no stretch of time do more pass
# than the burst and what the rate adds: here 6, 8, 50 and 1,800.
_MESSAGES = (Rate(burst=5, per_second=1.5), Rate(burst=60, per_second=1740 / 3600))
# Twice as many look-ups of members.
_READS = (Rate(burst=10, per_second=3.0), Rate(burst=120, per_second=3480 / 3600))

RATES: Mapping[Budget, Sequence[Rate]] = MappingProxyType(
    {
        Budget.THREAD: _MESSAGES,
        Budget.NEW_THREAD: _MESSAGES,
        Budget.NEW_CHAT: _MESSAGES,
        Budget.READS: _READS,
        # 2 in a second.
        Budget.REACTIONS: (Rate(burst=1, per_second=1.0),),
    }
)

# 50 in a second.
_ALL = Rate(burst=10, per_second=40.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsLimits:
    """The limits: the rates of each budget, all of which hold, and of `all` calls of the app in its tenant.

    `timeout` is the longest wait of a call, in seconds; a longer one raises NotYetError.
    """

    rates: Mapping[Budget, Sequence[Rate]] = field(default_factory=lambda: RATES)
    all: Rate = _ALL
    timeout: float = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorCall:
    """A call to be made. `place` is the conversation, channel or person for which its budget holds."""

    budget: Budget
    place: str
    priority: CallPriority = CallPriority.AWAITED


class RateLimiter:
    """All limits of one app in one tenant. Every call of the surface goes through `limit`."""

    def __init__(
        self, limits: TeamsLimits | None = None, *, now: Now = time.monotonic, sleep: Sleep = asyncio.sleep
    ) -> None:
        limits = limits or TeamsLimits()
        self._now = now
        self._queue = CallQueue(system=SYSTEM, name="Teams", timeout=limits.timeout, now=now, sleep=sleep)
        self._all = Bucket(limits.all)
        self._budgets = {budget: BucketsByPlace(*rates) for budget, rates in limits.rates.items()}

    @asynccontextmanager
    async def limit(self, call: ConnectorCall) -> AsyncIterator[None]:
        """Runs the block once the call may pass. Raises NotYetError if that would take too long.

        A RateLimitedError of the block closes the limit for all calls for the time that Teams asks for.
        """
        buckets = self._budgets[call.budget].of(call.place, self._now())
        await self._queue.admit((self._all, *buckets), call.priority)
        try:
            yield
        except RateLimitedError as error:
            self._close_refused(call, _RETRY_AFTER if error.retry_after is None else error.retry_after)
            raise

    def _close_refused(self, call: ConnectorCall, retry_after: float) -> None:
        """Closes the refused limit. Teams does not say which one it is.

        It counts as that of the place, unless another place is closed at the same time.
        """
        now = self._now()
        places = self._budgets[call.budget]
        if places.others_closed(call.place, now):
            self._all.refuse(now + retry_after, now)
        for bucket in places.of(call.place, now):
            bucket.refuse(now + retry_after, now)
