"""Feed of the changes in a stand-in, for tests that wait for one and pages that show them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

T = TypeVar("T")
C = TypeVar("C")


class ChangeFeed(Generic[C]):
    """Publishes each change to waiting tasks and followers."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []
        self._followers: list[asyncio.Queue[C]] = []

    def publish(self, change: C) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
        for follower in self._followers:
            follower.put_nowait(change)

    async def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """Returns the first true value of `predicate`, evaluated now and after every change.

        Raises TimeoutError after `seconds`.
        """
        async with asyncio.timeout(seconds):
            while not (found := predicate()):
                await self._next()
        return found

    async def _next(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    async def follow(self) -> AsyncIterator[C]:
        """Yields every change from now on, until the caller stops iterating."""
        queue: asyncio.Queue[C] = asyncio.Queue()
        self._followers.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._followers.remove(queue)
