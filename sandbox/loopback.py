"""The HTTP server of the stand-ins, on 127.0.0.1."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

from aiohttp import web

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class LoopbackServer:
    """Serves an application inside `async with`, or between `start` and `stop`.

    Handlers that run when it stops get `grace` seconds and are then cancelled. So are those whose caller has hung up,
    which aiohttp forgets: one that waits would be destroyed while it is pending.
    """

    def __init__(self, application: web.Application, *, port: int = 0, grace: float = 0.1) -> None:
        """`port` 0 takes a free one."""
        application.middlewares.insert(0, self._track)
        self.port = port
        self._handlers: set[asyncio.Task[Any]] = set()
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=grace)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """The address of the server, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Starts listening."""
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=4096).start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Refuses connections, and ends every handler."""
        await self._runner.cleanup()
        for handler in self._handlers:
            handler.cancel()
        await asyncio.gather(*self._handlers, return_exceptions=True)

    @web.middleware
    async def _track(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None
        self._handlers.add(task)
        try:
            return await handler(request)
        finally:
            self._handlers.discard(task)
