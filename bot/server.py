"""The HTTP listener: health, metrics, the ticket system's webhooks, and the requests of chat surfaces.

docs/openapi.yaml describes every address.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from bot.chat_surface import EventReceiver
from bot.errors import SettingsError, StorageError
from bot.metrics import MetricsPage
from bot.slack.bolt_app import LARGEST_BODY
from bot.tickets.incoming_webhooks import TicketWebhooks
from storage.interfaces import Database
from storage.repositories import Transaction


@dataclass(frozen=True, slots=True)
class Health:
    """Liveness and readiness of the process. `receivers` are those of all chat surfaces."""

    store: Database
    receivers: tuple[EventReceiver, ...]

    async def alive(self, request: web.Request) -> web.Response:
        """Answer `GET /healthz`; answering at all is the proof."""
        return web.json_response({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """Answer `GET /readyz`: 200 if the database commits and every surface can deliver its events."""
        try:
            await self.store.run(empty_transaction)
        except StorageError:
            return web.json_response({"status": "the database is not available"}, status=503)
        for receiver in self.receivers:
            if (obstacle := receiver.obstacle()) is not None:
                return web.json_response({"status": obstacle}, status=503)
        return web.json_response({"status": "ready"})


def empty_transaction(tx: Transaction) -> None:
    """Does nothing; only the commit matters."""


def build_server(
    health: Health, metrics: MetricsPage, webhooks: TicketWebhooks, receivers: Iterable[EventReceiver]
) -> web.Application:
    """Build the routes, with those of the chat surfaces."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", metrics.handle)
    app.router.add_post("/webhooks/tickets/{system}", webhooks.handle)
    for receiver in receivers:
        for path, handle in receiver.routes.items():
            app.router.add_post(path, handle)
    return app


class _Connection(web.RequestHandler):
    """A connection of the listener, whose error pages repeat nothing of a request, and nothing that an error says."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        return super().handle_error(request, status, exc, None if message is None else "This request cannot be read.")


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve `app` until the block is left; yield its address. Raises SettingsError if the port cannot be used."""
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        async with _bound(runner, host, port) as address:
            yield address
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def _bound(runner: web.AppRunner, host: str, port: int) -> AsyncIterator[str]:
    loop, manager = asyncio.get_running_loop(), runner.server
    assert manager is not None
    # Without `debug`, which aiohttp takes from the event loop: with it an error page would show a traceback.
    options: dict[str, Any] = {"loop": loop, "access_log": None, "debug": False}
    try:
        server = await loop.create_server(lambda: _Connection(manager, **options), host, port, backlog=1024)
    except OSError as error:
        problem = f"HOST and PORT: cannot listen on {host}:{port} ({error.strerror}); choose others."
        raise SettingsError([problem]) from error
    try:
        bound_host, bound_port = server.sockets[0].getsockname()[:2]
        yield f"http://{bound_host}:{bound_port}"
    finally:
        server.close()
