"""Being awake: what was claimed may be done only by a process that has not been away since.

One that was frozen, or whose machine slept, may have been taken for dead and its work done by another. Nobody tells it
so when it goes on in the middle of a step, and therefore it asks here right before it changes anything outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import math
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from bot.errors import AmbiguousError
from bot.helpdesk.ports import Clock

log = logging.getLogger(__name__)

# Seconds. Nobody takes over what belongs to a process that was away for less than this (storage/postgres/jobs.py).
_LONGEST = 5.0
_EVERY = 1.0


def _nothing_is_claimed() -> None:
    """What follows from no claim may be sent at any time."""


_insist: ContextVar[Callable[[], None]] = ContextVar("insist", default=_nothing_is_claimed)


def assert_claim_is_current() -> None:
    """For whatever carries requests to the outside, with the connection at hand and nothing left to wait for.

    Raises AmbiguousError where somebody else may have done meanwhile what this is about to do.
    """
    _insist.get()()


class PauseDetector:
    """Knows when this process was last away. `clocks`: what tells; a machine that sleeps stops the first one only."""

    def __init__(self, clocks: tuple[Clock, ...] = (time.monotonic, time.time), longest: float = _LONGEST) -> None:
        self._clocks = clocks
        self._longest = longest
        self._seen = self._read()
        self._back_at = -math.inf

    async def keep(self) -> None:
        """Look around once a second, until cancelled."""
        while True:
            self._look()
            await asyncio.sleep(_EVERY)

    @contextlib.contextmanager
    def over(self, claimed_at: float) -> Iterator[None]:
        """What is sent inside the block was claimed at that time, in seconds of the first clock."""
        before = _insist.set(functools.partial(self._insist, claimed_at))
        try:
            yield
        finally:
            _insist.reset(before)

    def _insist(self, claimed_at: float) -> None:
        self._look()
        if self._back_at > claimed_at:
            raise AmbiguousError("This process was away since it claimed this.", system="desk", code="was_away")

    def _look(self) -> None:
        now = self._read()
        away = max(late - early for late, early in zip(now, self._seen, strict=True))
        if away > self._longest:
            log.warning("was_away", extra={"seconds": round(away, 1)})
            self._back_at = now[0]
        self._seen = now

    def _read(self) -> tuple[float, ...]:
        return tuple(clock() for clock in self._clocks)
