"""Clocks for tests of what waits."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable


class SleepersClock:
    """A clock that moves only while all tasks sleep, to the time at which the first one wakes."""

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
        """Runs all work to its end, moving the clock as needed."""
        tasks = [asyncio.ensure_future(one) for one in work]
        while True:
            for _ in range(10):
                await asyncio.sleep(0)
            if not self._sleepers:
                break
            self.now, _, woken = heapq.heappop(self._sleepers)
            woken.set()
        await asyncio.gather(*tasks)
