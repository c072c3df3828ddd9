"""The typing indicator: shown while the assistant works on a question. Decoration; nothing waits for it."""

from __future__ import annotations

import asyncio
import functools

from bot.helpdesk.model.target import Destination
from bot.helpdesk.outbox.handlers.background_tasks import BackgroundTasks
from bot.helpdesk.ports import Surface


class TypingIndicator:
    """Shows and hides the indicator. The calls for one thread are made in order."""

    def __init__(self, surface: Surface, tasks: BackgroundTasks) -> None:
        self._surface = surface
        self._tasks = tasks
        self._latest: dict[Destination, asyncio.Task[None]] = {}
        self._timers: dict[Destination, asyncio.TimerHandle] = {}
        self._shown: set[Destination] = set()

    def show_after(self, seconds: float, to: Destination | None) -> None:
        """Shows the indicator after a delay, unless it is hidden before: a quick answer needs none."""
        if to is not None:
            thread = _thread_of(to)
            if (timer := self._timers.pop(thread, None)) is not None:
                timer.cancel()
            # A timer of the event loop and no scheduled job: only this process shows the indicator of its own call.
            self._timers[thread] = asyncio.get_running_loop().call_later(seconds, functools.partial(self.show, to))

    def show(self, to: Destination | None) -> None:
        """Shows the indicator, without waiting for it. Nothing happens outside of threads."""
        if to is None or to.thread is None:
            return
        thread = _thread_of(to)
        if (timer := self._timers.pop(thread, None)) is not None:
            timer.cancel()
        self._shown.add(thread)
        self._start(thread, to, busy=True)

    def hide(self, to: Destination | None) -> None:
        """Hides the indicator, without waiting for it. Nothing happens outside of threads."""
        if to is None or to.thread is None:
            return
        thread = _thread_of(to)
        timer = self._timers.pop(thread, None)
        if timer is not None:
            timer.cancel()
            if thread not in self._shown:
                return
        self._shown.discard(thread)
        self._start(thread, to, busy=False)

    def _start(self, thread: Destination, to: Destination, *, busy: bool) -> None:
        self._latest[thread] = self._tasks.start(self._change, self._latest.get(thread), thread, to, busy)

    async def _change(
        self, previous: asyncio.Task[None] | None, thread: Destination, to: Destination, busy: bool
    ) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        try:
            await self._surface.show_working(to, busy)
        finally:
            if self._latest.get(thread) is asyncio.current_task():
                del self._latest[thread]


def _thread_of(to: Destination) -> Destination:
    return Destination(surface=to.surface, channel=to.channel, thread=to.thread)
