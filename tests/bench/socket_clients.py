"""The desk's Socket Mode client beside that of Slack's SDK, while a local Slack ends connections.

A press on a button is sent once: Slack shows an error if nobody acknowledges it, and sends it to nobody else. So the
figure is how many presses are lost: `python -m tests.bench.socket_clients`, about a minute and a half. The figures are
those of docs/decisions/0019.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import AsyncIterator, Awaitable, Callable

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.socket_mode import Sockets
from sandbox.slack import LocalSlack
from sandbox.slack.socket_mode import SocketHealth

PRESSES_PER_SECOND = 20
TIMES = 5
PAUSE = 2.0


def _app(slack: LocalSlack) -> AsyncApp:
    identity = AuthorizeResult(
        enterprise_id=None,
        team_id=slack.team_id,
        bot_token=slack.bot_token,
        bot_id=slack.bot_id,
        bot_user_id=slack.bot_user_id,
    )

    async def authorize() -> AuthorizeResult:
        return identity

    app = AsyncApp(
        client=AsyncWebClient(base_url=slack.api_url, retry_handlers=[]),
        signing_secret=slack.signing_secret,
        authorize=authorize,
    )

    @app.action("press")
    async def acknowledge(ack: AsyncAck) -> None:
        await ack()

    return app


@contextlib.asynccontextmanager
async def _ours(slack: LocalSlack) -> AsyncIterator[None]:
    web = AsyncWebClient(base_url=slack.api_url, retry_handlers=[])
    sockets = Sockets(bolt=_app(slack), slack=web, app_token=slack.app_token)
    await sockets.start()
    try:
        yield
    finally:
        await sockets.close()


@contextlib.asynccontextmanager
async def _of_the_sdk(slack: LocalSlack) -> AsyncIterator[None]:
    handler = AsyncSocketModeHandler(
        _app(slack), slack.app_token, web_client=AsyncWebClient(base_url=slack.api_url, retry_handlers=[])
    )
    await handler.connect_async()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


CLIENTS = {"ours": _ours, "of the SDK": _of_the_sdk}


async def _refresh(slack: LocalSlack) -> None:
    """Slack refreshes a connection, as it does about every five hours."""
    await slack.sockets.disconnect(close=True, at_most=1)


async def _cut(slack: LocalSlack) -> None:
    """The network cuts all connections."""
    await slack.sockets.drop()


async def _die(slack: LocalSlack) -> None:
    """All connections stay open and carry nothing any more, as behind a firewall that has forgotten them."""
    slack.sockets.go(SocketHealth.DEAD)


async def _presses(slack: LocalSlack, lost: list[bool], until: asyncio.Event) -> None:
    async with asyncio.TaskGroup() as group:
        number = 0
        while not until.is_set():
            number += 1
            group.create_task(_press(slack, number, lost))
            await asyncio.sleep(1 / PRESSES_PER_SECOND)


async def _press(slack: LocalSlack, number: int, lost: list[bool]) -> None:
    payload = {
        "type": "block_actions",
        "team": {"id": slack.team_id},
        "user": {"id": "U1", "team_id": slack.team_id},
        "container": {"type": "message", "message_ts": "1.1", "channel_id": "C1"},
        "channel": {"id": "C1"},
        "trigger_id": f"1.2.{number}",
        "actions": [
            {"type": "button", "action_id": "press", "block_id": "b", "value": "1", "action_ts": f"1.{number}"}
        ],
    }
    lost.append(not (await slack.interact(payload)).ok)


async def lost_presses(
    client: Callable[[LocalSlack], contextlib.AbstractAsyncContextManager[None]],
    trouble: Callable[[LocalSlack], Awaitable[None]],
    *,
    times: int,
    pause: float,
) -> tuple[int, int]:
    """Returns how many presses were lost of how many, while the trouble happened several times."""
    async with LocalSlack(ack_timeout=3.0) as slack, client(slack):
        lost: list[bool] = []
        over = asyncio.Event()
        presses = asyncio.create_task(_presses(slack, lost, over))
        for _ in range(times):
            await asyncio.sleep(pause)
            await trouble(slack)
        await asyncio.sleep(pause)
        over.set()
        await presses
    return sum(lost), len(lost)


async def main() -> None:
    """Prints the figures."""
    logging.disable(logging.CRITICAL)
    for trouble, times, pause in ((_refresh, TIMES, PAUSE), (_cut, TIMES, PAUSE), (_die, 1, 25.0)):
        sys.stdout.write(f"{trouble.__doc__}\n")
        for name, client in CLIENTS.items():
            lost, of = await lost_presses(client, trouble, times=times, pause=pause)
            seconds = lost / PRESSES_PER_SECOND / times
            sys.stdout.write(f"  {name:10}  {lost:4} of {of} presses lost, as in {seconds:.2f} seconds each time\n")


if __name__ == "__main__":
    asyncio.run(main())
