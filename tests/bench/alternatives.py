"""Parts of the desk beside smaller ones that could stand in their place, under the same load.

Time is simulated, so the figures are exact and the same on every machine: `python -m tests.bench.alternatives`. They
are the figures of docs/decisions/0019.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import math
import random
import selectors
import sys
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from bot.call_rates import Bucket, CallPriority
from bot.errors import NotYetError, RateLimitedError
from bot.helpdesk.answering.ask_queue import AskLimiter
from bot.helpdesk.config import AskLimits
from bot.slack.rate_limiter import POST, ApiCall, RateLimiter, SlackLimits
from tests.bench.figures import percentile

T = TypeVar("T")

HOUR = 3600.0


class _NoWaiting(selectors.SelectSelector):
    """A selector that moves the simulated time on instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class _SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes at once."""

    def __init__(self) -> None:
        self._simulated = _NoWaiting()
        super().__init__(self._simulated)

    def time(self) -> float:
        return self._simulated.now


def simulate(main: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine in simulated time."""
    with asyncio.Runner(loop_factory=_SimulatedLoop) as runner:
        return runner.run(main)


def now() -> float:
    """Returns the simulated time in seconds."""
    return asyncio.get_running_loop().time()


@dataclass(slots=True)
class Result:
    """The outcome of one load: how long each call took, in seconds, and how many were refused."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    def __str__(self) -> str:
        median, late = percentile(self.seconds, 50), percentile(self.seconds, 95)
        last = max(self.seconds)
        return f"median {median:.1f} s, 95 of 100 within {late:.1f} s, last {last:.1f} s, {self.refused} refused"


# The queue in front of the assistant.


class Queue(Protocol):
    """A queue of questions."""

    def waiting(self, person: str) -> contextlib.AbstractAsyncContextManager[None]:
        """Waits for a place with the assistant, and holds it."""

    def refuse(self) -> None:
        """Takes note that the assistant has refused a question with 429."""


class Fair:
    """The desk's own queue."""

    def __init__(self, limits: AskLimits) -> None:
        self._limiter = AskLimiter(limits, now)

    @asynccontextmanager
    async def waiting(self, person: str) -> AsyncIterator[None]:
        async with self._limiter.waiting(person) as slot:
            await self._limiter.called(slot, HOUR)
            yield

    def refuse(self) -> None:
        with contextlib.suppress(RateLimitedError), self._limiter.within_rate_limit():
            raise RateLimitedError("", system="uppzy", code="429")


class Semaphores:
    """One semaphore for each person and one for all."""

    def __init__(self, limits: AskLimits) -> None:
        self._of_one = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(limits.of_one))
        self._of_all = asyncio.Semaphore(limits.of_all) if limits.of_all else contextlib.nullcontext()

    @asynccontextmanager
    async def waiting(self, person: str) -> AsyncIterator[None]:
        async with self._of_one[person], self._of_all:
            yield

    def refuse(self) -> None:
        """A semaphore learns nothing from that."""


class _Assistant:
    """An assistant that needs some seconds for an answer, and refuses more than `capacity` questions at once."""

    def __init__(self, capacity: float, randomness: random.Random) -> None:
        self._capacity = capacity
        self._randomness = randomness
        self._asked = 0

    async def ask(self) -> bool:
        if self._asked >= self._capacity:
            return False
        self._asked += 1
        await asyncio.sleep(self._randomness.uniform(4.0, 12.0))
        self._asked -= 1
        return True


async def _ask(
    queue: Queue, assistant: _Assistant, person: str, at: float, result: Result, chance: random.Random
) -> None:
    await asyncio.sleep(at)
    delay = 1.0
    while True:
        async with queue.waiting(person):
            if await assistant.ask():
                break
            result.refused += 1
            queue.refuse()
        await asyncio.sleep(delay * chance.uniform(0.75, 1.25))
        delay = min(60.0, 2 * delay)
    result.seconds.append(now() - at)


async def _others(new_queue: Callable[[AskLimits], Queue]) -> Result:
    """Forty people ask once while five others have each just asked twelve questions; ten fit with the assistant."""
    chance = random.Random(1)
    queue, assistant = new_queue(AskLimits(of_all=10)), _Assistant(math.inf, chance)
    result, ignored = Result(), Result()
    many = [_ask(queue, assistant, f"many {n % 5}", 0.0, ignored, chance) for n in range(60)]
    one = [_ask(queue, assistant, f"one {n}", n / 4, result, chance) for n in range(40)]
    await asyncio.gather(*many, *one)
    return result


async def _rush(new_queue: Callable[[AskLimits], Queue]) -> Result:
    """Two hundred people ask within ten seconds, and the assistant refuses more than twenty questions at once."""
    chance = random.Random(2)
    queue, assistant, result = new_queue(AskLimits()), _Assistant(20, chance), Result()
    await asyncio.gather(
        *(_ask(queue, assistant, f"one {n}", chance.uniform(0, 10), result, chance) for n in range(200))
    )
    return result


# The limiter in front of Slack.


class Limiter(Protocol):
    """A limiter of calls."""

    def limit(self, call: ApiCall) -> contextlib.AbstractAsyncContextManager[None]:
        """Runs the block once the call may pass; NotYetError says when to try again."""


class Simple:
    """Limits each channel, and stops all posts for the time of a Retry-After. Urgent calls wait before all others."""

    def __init__(self, limits: SlackLimits) -> None:
        self._limits = limits
        self._channels: dict[str, Bucket] = {}
        self._closed_until = 0.0
        self._queue: list[tuple[bool, int]] = []
        self._count = 0

    @asynccontextmanager
    async def limit(self, call: ApiCall) -> AsyncIterator[None]:
        bucket = self._channels.setdefault(call.channel or "", Bucket(self._limits.channel))
        self._count += 1
        slot = (call.priority is not CallPriority.AWAITED, self._count)
        while wait := max(self._closed_until - now(), bucket.wait((0, self._count), now())):
            if wait > self._limits.timeout:
                raise NotYetError("", system="slack", retry_after=wait)
            heapq.heappush(self._queue, slot)
            await asyncio.sleep(wait)
            heapq.heappop(self._queue)
        bucket.take(now())
        try:
            yield
        except RateLimitedError as error:
            self._closed_until = max(self._closed_until, now() + (error.retry_after or 1.0))
            raise


class _Slack:
    """A workspace that takes so many posts a minute, and says how long to wait for the next."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._taken = deque[float]()

    async def post(self) -> None:
        while self._taken and self._taken[0] <= now() - 60.0:
            self._taken.popleft()
        if len(self._taken) >= self._per_minute:
            wait = math.ceil(self._taken[0] + 60.0 - now())
            raise RateLimitedError("", system="slack", code="ratelimited", retry_after=max(1.0, wait))
        self._taken.append(now())
        await asyncio.sleep(0.1)


async def _post(
    limiter: Limiter, slack: _Slack, call: ApiCall, at: float, result: Result, chance: random.Random
) -> None:
    await asyncio.sleep(at)
    attempts = 0
    while True:
        try:
            async with limiter.limit(call):
                await slack.post()
            break
        except RateLimitedError as error:
            result.refused += 1
            attempts += 1
            # As the outbox waits after a refusal.
            await asyncio.sleep(max(error.retry_after or 0.0, chance.uniform(0.5, 1.0) * min(60.0, 2.0**attempts)))
        except NotYetError as error:
            await asyncio.sleep(error.retry_after or 0.0)
    result.seconds.append(now() - at)


async def _posts(new_limiter: Callable[[], Limiter], per_second: float) -> Result:
    """Ten minutes of posts to a workspace that takes 300 a minute; the result is that of those people wait for."""
    chance, slack, limiter = random.Random(3), _Slack(300), new_limiter()
    results = {CallPriority.AWAITED: Result(), CallPriority.NEW_HANDOFF: Result()}
    posts = []
    for n in range(int(600 * per_second)):
        priority = CallPriority.AWAITED if n % 4 else CallPriority.NEW_HANDOFF
        channel = f"D{n}" if n % 40 else "handoffs"
        call = ApiCall(method=POST, priority=priority, channel=channel)
        posts.append(_post(limiter, slack, call, n / per_second, results[priority], chance))
    await asyncio.gather(*posts)
    return results[CallPriority.AWAITED]


def _limiters() -> Iterator[tuple[str, Callable[[], Limiter]]]:
    yield "adaptive", lambda: RateLimiter(SlackLimits(), now=now)
    yield "simple  ", lambda: Simple(SlackLimits())


def report() -> Iterator[str]:
    """Yields the lines of the report."""
    queues: dict[str, Callable[[AskLimits], Queue]] = {"fair queue": Fair, "semaphores": Semaphores}
    for load in (_others, _rush):
        yield load.__doc__ or ""
        yield from (f"  {name}  {simulate(load(queue))}" for name, queue in queues.items())
    for per_second in (4.0, 6.0, 12.0):
        yield f"{per_second:g} posts a second for ten minutes, and Slack takes 300 a minute. Posts people wait for:"
        yield from (f"  {name}  {simulate(_posts(limiter, per_second))}" for name, limiter in _limiters())


if __name__ == "__main__":
    for line in report():
        sys.stdout.write(f"{line}\n")
