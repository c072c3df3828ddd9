"""The store as jobs use it: they take turns, so that what comes in is kept at once however much is to be done.

One event loop does everything. With a thousand jobs ready to go on, whatever has just arrived would wait until each of
them has had its turn; so all but a few wait here, where that costs nothing. What is nearest to its end goes first: were
they all to advance in step, nobody would have an answer until everybody has. Accepting an input does not wait: it uses
the store itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import heapq
import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Concatenate, ParamSpec, TypeVar

from bot.helpdesk.ports import Store, Transaction

T = TypeVar("T")
P = ParamSpec("P")

# Enough that several share one flush of the disk, few enough that one round of the event loop takes milliseconds.
_AT_ONCE = 6


class WorkPriority(enum.IntEnum):
    """Whose turn comes first: the lower."""

    ENDING = 0
    GOING_ON = 1
    BEGINNING = 2


class ThrottledStore:
    """A store that works for so many at a time: by rank, and within a rank first come, first served."""

    def __init__(self, store: Store, at_once: int = _AT_ONCE) -> None:
        self._store = store
        self._line = _Line(at_once)
        self._rank = WorkPriority.GOING_ON

    def ranked(self, rank: WorkPriority) -> ThrottledStore:
        """The same store with the same places, for work of another rank."""
        other = ThrottledStore(self._store)
        other._line, other._rank = self._line, rank
        return other

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As the store does it, in turn."""
        async with self._line.place(self._rank):
            return await self._store.run(work, *args, **kwargs)


class _Line:
    """Those who wait for one of a few places."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._waiting: list[tuple[WorkPriority, int, asyncio.Future[None]]] = []
        self._tickets: Iterator[int] = itertools.count()

    @contextlib.asynccontextmanager
    async def place(self, rank: WorkPriority) -> AsyncIterator[None]:
        if self._free:
            self._free -= 1
        else:
            await self._turn(rank)
        try:
            yield
        finally:
            self._pass_on()

    async def _turn(self, rank: WorkPriority) -> None:
        uow = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, next(self._tickets), uow))
        try:
            await uow
        except asyncio.CancelledError:
            if not uow.cancelled():
                # It was ours already when we were given up.
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            _, _, uow = heapq.heappop(self._waiting)
            if not uow.done():
                uow.set_result(None)
                return
        self._free += 1
