"""The baseline: a Bolt app behind the same HTTP server that appends each event to a list and calls nothing.

`python -m tests.bench.bare PORT SIGNING_SECRET`, ended by SIGTERM.
"""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from typing import Any

from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.slack.bolt_app import LARGEST_BODY, SlackRequests

_NOBODY = AuthorizeResult(enterprise_id=None, team_id=None, bot_user_id="U0BARE", bot_id="B0BARE", bot_token="xoxb-0")


def bare_app(signing_secret: str) -> AsyncApp:
    """Returns an app with one listener for all events, which only appends them to a list."""
    kept: list[dict[str, Any]] = []

    async def authorize() -> AuthorizeResult:
        return _NOBODY

    app = AsyncApp(signing_secret=signing_secret, authorize=authorize)

    @app.event(re.compile(""))
    async def keep(event: dict[str, Any]) -> None:
        kept.append(event)

    return app


async def _serve(port: int, signing_secret: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    application = web.Application(client_max_size=LARGEST_BODY)
    application.router.add_post("/slack/events", SlackRequests(bare_app(signing_secret), signing_secret).handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await stop.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), sys.argv[2]))
