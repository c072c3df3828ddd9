"""Limits concurrent job transactions, so that accepting events never waits behind background work.

Everything runs in one event loop. With a thousand jobs ready, a new event would wait for a transaction of each of them;
so all but a few jobs wait here, where it costs nothing. Work that is nearest to its end goes first: if all jobs
advanced in step, no employee would have an answer until all of them have. Accepting an event uses the store directly.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Concatenate, ParamSpec, TypeVar

from bot.helpdesk.ports import Store, Transaction, WorkPriority

T = TypeVar("T")
P = ParamSpec("P")

# Enough that several share one flush of the disk, few enough that one round of the event loop takes milliseconds.
_MOST_CONCURRENT = 6


class ThrottledStore:
    """A store for a few transactions at a time: by priority, and first come, first served within one."""

    def __init__(self, store: Store, most_concurrent: int = _MOST_CONCURRENT) -> None:
        self._store = store
        self._slots = _Slots(most_concurrent)
        self._priority = WorkPriority.CONTINUING

    def with_priority(self, priority: WorkPriority) -> ThrottledStore:
        """Returns the same store, with the same slots, for work of another priority."""
        other = ThrottledStore(self._store)
        other._slots, other._priority = self._slots, priority
        return other

    @property
    def is_busy(self) -> bool:
        """True if work waits for a slot."""
        return self._slots.is_busy

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work` in a transaction once a slot is free; see `Store.run`."""
        async with self._slots.slot(self._priority):
            return await self._store.run(work, *args, **kwargs)


class _Slots:
    """A semaphore with a priority queue."""

    def __init__(self, free: int) -> None:
        self._free = free
        self._waiting: list[tuple[WorkPriority, int, asyncio.Future[None]]] = []
        self._order: Iterator[int] = itertools.count()

    @property
    def is_busy(self) -> bool:
        """True if somebody waits for a slot."""
        return bool(self._waiting)

    @contextlib.asynccontextmanager
    async def slot(self, priority: WorkPriority) -> AsyncIterator[None]:
        if self._free:
            self._free -= 1
        else:
            await self._wait(priority)
        try:
            yield
        finally:
            self._release()

    async def _wait(self, priority: WorkPriority) -> None:
        granted = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (priority, next(self._order), granted))
        try:
            await granted
        except asyncio.CancelledError:
            if not granted.cancelled():
                # The slot was granted before the cancellation arrived.
                self._release()
            raise

    def _release(self) -> None:
        while self._waiting:
            _, _, granted = heapq.heappop(self._waiting)
            if not granted.done():
                granted.set_result(None)
                return
        self._free += 1
