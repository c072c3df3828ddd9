"""The store as jobs use it: they take turns, so that what comes in is kept at once however much is to be done.

One event loop does everything. With a thousand jobs ready to go on, whatever has just arrived would wait until each of
them has had its turn; so all but a few wait here, where that costs nothing. Accepting an input does not wait: it uses
the store itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from bot.helpdesk.ports import Store, Transaction

T = TypeVar("T")
P = ParamSpec("P")

# Enough that several share one flush of the disk, few enough that one round of the event loop takes milliseconds.
_AT_ONCE = 6


class Unhurried:
    """A store that works for so many at a time, first come first served."""

    def __init__(self, store: Store, at_once: int = _AT_ONCE) -> None:
        self._store = store
        self._room = asyncio.Semaphore(at_once)

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """As the store does it, in turn."""
        async with self._room:
            return await self._store.run(work, *args, **kwargs)
