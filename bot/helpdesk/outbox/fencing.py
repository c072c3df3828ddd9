"""Fencing: a process that was suspended after claiming an effect must not send it.

While a process is frozen, or its machine sleeps, it may be presumed dead and its effects claimed by another process.
It is not told when it continues, perhaps in the middle of a step. So it checks for a pause immediately before each
request that changes something outside.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar

from bot.errors import AmbiguousError
from bot.helpdesk.ports import Clock

log = logging.getLogger(__name__)

# Seconds. A process that pauses for less than this keeps its claims (storage/postgres/jobs.py).
_LONGEST_PAUSE = 5.0
# Seconds. A chat server delivers what arrives during a shorter pause once more.
_LONGEST_HARMLESS = 60.0
_INTERVAL = 1.0


def _no_claim() -> None:
    """Does nothing: without a claim, anything may be sent at any time."""


_check: ContextVar[Callable[[], None]] = ContextVar("check", default=_no_claim)


def assert_claim_is_current() -> None:
    """Checks that the process has not paused since it claimed the effect that is being sent.

    HTTP transports call it once they have a connection, so that nothing is left to wait for before the request. Raises
    AmbiguousError after a pause: another process may have sent the effect.
    """
    _check.get()()


class PauseDetector:
    """Detects that the process was suspended.

    `clocks` are compared with their last readings. The first may stop while the machine sleeps, so there is a second.
    `longest` is the longest pause in seconds that is ignored.
    """

    def __init__(
        self, clocks: tuple[Clock, ...] = (time.monotonic, time.time), longest: float = _LONGEST_PAUSE
    ) -> None:
        self._clocks = clocks
        self._longest = longest
        self._last = self._read()
        self._resumed_at = -math.inf
        self._after_gap = asyncio.Event()

    async def after_each_gap(self, act: Callable[[], Awaitable[None]]) -> None:
        """Calls `act` after each pause that was long enough for events to be lost, until cancelled."""
        while True:
            await self._after_gap.wait()
            self._after_gap.clear()
            await act()

    async def watch(self) -> None:
        """Checks for a pause once a second, until cancelled."""
        while True:
            self._detect()
            await asyncio.sleep(_INTERVAL)

    @contextlib.contextmanager
    def guard(self, claimed_at: float) -> Iterator[None]:
        """Guards all requests inside the block. `claimed_at` is in seconds of the first clock."""
        token = _check.set(functools.partial(self._assert_no_pause_since, claimed_at))
        try:
            yield
        finally:
            _check.reset(token)

    def _assert_no_pause_since(self, claimed_at: float) -> None:
        self._detect()
        if self._resumed_at > claimed_at:
            raise AmbiguousError("The process was suspended after its claim.", system="desk", code="was_away")

    def _detect(self) -> None:
        now = self._read()
        pause = max(late - early for late, early in zip(now, self._last, strict=True))
        if pause > self._longest:
            log.warning("was_away", extra={"seconds": round(pause, 1)})
            self._resumed_at = now[0]
        if pause > _LONGEST_HARMLESS:
            self._after_gap.set()
        self._last = now

    def _read(self) -> tuple[float, ...]:
        return tuple(clock() for clock in self._clocks)
