"""The working sign: shown while the assistant has a question, decoration that nothing waits for."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any

from bot.helpdesk.model.effects import Destination
from bot.helpdesk.ports import Surface


class BackgroundTasks:
    """Work that nothing waits for. It is let go of when the desk closes."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> asyncio.Task[None]:
        """Start `work` and remember it until it is done."""
        task = asyncio.get_running_loop().create_task(work(*args))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel what is not done."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class TypingIndicator:
    """Shows and takes away the sign; one thread's signs keep their order."""

    def __init__(self, surface: Surface, aside: BackgroundTasks) -> None:
        self._surface = surface
        self._aside = aside
        self._last: dict[Destination, asyncio.Task[None]] = {}
        self._soon: dict[Destination, asyncio.TimerHandle] = {}
        self._shown: set[Destination] = set()

    def show_soon(self, to: Destination | None, seconds: float) -> None:
        """Show the sign unless it is taken away before so many seconds: a quick answer needs none."""
        if to is not None:
            if (waiting := self._soon.pop(_place(to), None)) is not None:
                waiting.cancel()
            show = functools.partial(self.show, to, busy=True)
            self._soon[_place(to)] = asyncio.get_running_loop().call_later(seconds, show)

    def show(self, to: Destination | None, *, busy: bool) -> None:
        """Show the sign at `to`, or take it away, without waiting for it."""
        if to is None or to.thread is None:
            return
        place = _place(to)
        waiting = self._soon.pop(place, None)
        if waiting is not None:
            waiting.cancel()
        if busy:
            self._shown.add(place)
        elif waiting is not None and place not in self._shown:
            return  # It was taken away before it was shown.
        else:
            self._shown.discard(place)
        self._last[place] = self._aside.start(self._change, self._last.get(place), place, to.message, busy)

    async def _change(
        self, before: asyncio.Task[None] | None, place: Destination, message: str | None, busy: bool
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        thread = place.thread or ""
        try:
            await self._surface.working(place.channel, thread, message or thread, busy)
        finally:
            if self._last.get(place) is asyncio.current_task():
                del self._last[place]


def _place(to: Destination) -> Destination:
    return Destination(channel=to.channel, thread=to.thread)
