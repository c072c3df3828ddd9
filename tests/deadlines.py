"""The deadline of everything that a test waits for, and an event loop that counts only running time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from typing import TypeVarTuple, Unpack

import uvloop

HUNG = 300.0
"""Seconds after which a test counts as hung: generous, because a busy machine is many times slower than an idle one."""
HUNG_OFF_LOOP = 1800.0
"""As `HUNG`, for waits outside of an event loop, where the time of a suspended machine counts as well."""

_STEP = 1.0

Ts = TypeVarTuple("Ts")


class SteadyLoop(uvloop.Loop):
    """The event loop that the bot uses, except that a pause of the process counts as one second for its timers.

    A virtual machine may be suspended for minutes. All deadlines would have passed when it continues, although nothing
    hangs.
    """

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if delay <= _STEP:
            return super().call_later(delay, callback, *args, context=context)
        return _SteppedTimer(self, delay, callback, args, context)

    def call_at(
        self, when: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_later(when - self.time(), callback, *args, context=context)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Does nothing: a cancelled timer has cancelled its step itself."""


class _SteppedTimer(asyncio.TimerHandle):
    """A timer that waits second by second."""

    def __init__(
        self,
        loop: SteadyLoop,
        delay: float,
        callback: Callable[[Unpack[Ts]], object],
        args: tuple[*Ts],
        context: Context | None,
    ) -> None:
        super().__init__(loop.time() + delay, callback, args, loop, context)
        self._steps = loop
        self._wait(delay)

    def _wait(self, seconds: float) -> None:
        step = min(seconds, _STEP)
        self._next = self._steps.call_later(step, self._passed, seconds - step)

    def _passed(self, left: float) -> None:
        if left > 0:
            self._wait(left)
        else:
            self._run()

    def cancel(self) -> None:
        self._next.cancel()
        super().cancel()
