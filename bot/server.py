"""The HTTP listener: health, metrics, the ticket system's webhooks, and the requests of chat surfaces.

docs/openapi.yaml describes every address.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

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


@contextlib.asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[str]:
    """Serve `app` until the block is left; yield its address. Raises SettingsError if the port cannot be used."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        await _bind(runner, host, port)
        bound_host, bound_port = runner.addresses[0][:2]
        yield f"http://{bound_host}:{bound_port}"
    finally:
        await runner.cleanup()


async def _bind(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
    except OSError as error:
        problem = f"HOST and PORT: cannot listen on {host}:{port} ({error.strerror}); choose others."
        raise SettingsError([problem]) from error
