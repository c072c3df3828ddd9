"""The HTTP listener: health, metrics, the ticket system's webhooks and, in HTTP mode, Slack's requests.

docs/openapi.yaml describes every address.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import web

from bot.errors import SettingsError, StorageError
from bot.metrics import MetricsPage
from bot.slack.bolt_app import LARGEST_BODY, SlackRequests
from bot.slack.socket_mode import Sockets
from bot.tickets.incoming_webhooks import TicketWebhooks
from storage.interfaces import Database
from storage.repositories import Transaction


@dataclass(frozen=True, slots=True)
class Health:
    """Liveness and readiness of the process. `sockets` is None in HTTP mode."""

    store: Database
    sockets: Sockets | None = None

    async def alive(self, request: web.Request) -> web.Response:
        """Answer `GET /healthz`; answering at all is the proof."""
        return web.json_response({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """Answer `GET /readyz`: 200 if the database commits and, in Socket Mode, a connection is proven alive."""
        try:
            await self.store.run(empty_transaction)
        except StorageError:
            return web.json_response({"status": "the database is not available"}, status=503)
        if self.sockets is not None and not self.sockets.alive:
            return web.json_response({"status": "not connected to Slack"}, status=503)
        return web.json_response({"status": "ready"})


def empty_transaction(tx: Transaction) -> None:
    """Does nothing; only the commit matters."""


def build_server(
    health: Health, metrics: MetricsPage, webhooks: TicketWebhooks, slack: SlackRequests | None
) -> web.Application:
    """Build the routes. `slack` is None in Socket Mode."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", metrics.handle)
    app.router.add_post("/webhooks/tickets/{system}", webhooks.handle)
    if slack is not None:
        app.router.add_post("/slack/events", slack.handle)
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
