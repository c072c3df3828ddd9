"""The process of a long-running command: its event loop, its signals, its file limit and its garbage collector."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from bot.settings import Settings

log = logging.getLogger(__name__)

T = TypeVar("T")

# New containers between two young collections; Python's default of 700 is made for small programs.
_YOUNG_COLLECTION = 10_000


def run_loop(main: Coroutine[Any, Any, T]) -> T:
    """Runs `main` in a new event loop: uvloop's if it is installed, else asyncio's."""
    try:
        from uvloop import new_event_loop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)


def refuse_console_libraries() -> None:
    """Makes imports of rich, pygments and click fail from now on.

    httpx and structlog import them wherever they are installed, and do without them elsewhere: 5 MB that a running bot
    has no use for.
    """
    for name in ("rich", "pygments", "click"):
        sys.modules.setdefault(name, None)  # type: ignore[arg-type] # documented: an import of it then fails


async def run_bot(stop: asyncio.Event, settings: Settings) -> None:
    """Runs the bot until `stop` is set, in a process that does nothing else."""
    from bot.app import running

    hang_up = _on_hang_up()
    async with running(settings) as bot, _reloading(hang_up, bot.policy.reload):
        _tune_garbage_collector()
        log.info("ready", extra={"mode": settings.mode, "url": bot.url, "unfinished": bot.runner.unfinished})
        await stop.wait()
        log.info("stopping", extra={"unfinished": bot.runner.unfinished})


def ignore_hang_up() -> None:
    """Lets SIGHUP do nothing until the desk can follow it: by default it ends a process."""
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _on_hang_up() -> asyncio.Event:
    """Returns the event that SIGHUP sets, where there is that signal."""
    hang_up = asyncio.Event()
    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hang_up.set)
    return hang_up


@contextlib.asynccontextmanager
async def _reloading(hang_up: asyncio.Event, reload: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Reloads the policy whenever the event is set, until the block is left."""

    async def follow() -> None:
        while True:
            await hang_up.wait()
            hang_up.clear()
            log.info("policy_reload_asked")
            await reload()

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _tune_garbage_collector() -> None:
    """Keeps full garbage collections rare and short.

    Measured: with the objects loaded at start, one takes 75 to 240 ms, during which nothing is acknowledged. These
    objects stay until the process ends, so later collections leave them out. The objects of a question are freed by
    reference counting.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_COLLECTION, 20, 50)


class _StopEvent(asyncio.Event):
    """The event that a signal sets. `awaited`: the work has started; until then it can only be cancelled."""

    awaited = False

    async def wait(self) -> Literal[True]:
        self.awaited = True
        return await super().wait()


async def run_until_signal(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Runs `work` until SIGINT or SIGTERM sets its event. A second signal ends the process at once."""
    stop = _StopEvent()
    loop = asyncio.get_running_loop()
    task = loop.create_task(work(stop))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _handle_signal, stop, task, number)
    try:
        await task
    except asyncio.CancelledError:
        if not stop.is_set():
            raise


def _handle_signal(stop: _StopEvent, task: asyncio.Task[None], number: int) -> None:
    if stop.is_set():
        os._exit(128 + number)
    stop.set()
    if not stop.awaited:
        task.cancel()


def raise_open_file_limit() -> None:
    """Raises the limit of open files as far as allowed: each waiting question has a connection, so 1024 are too few."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    except (OSError, ValueError):
        # macOS reports a hard limit that it then refuses.
        return
