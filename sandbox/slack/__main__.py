"""Run the local stand-in for Slack as a process of its own: `python -m sandbox.slack --port 8090`."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from sandbox.slack.server import APP_TOKEN, BOT_TOKEN, DEFAULT_SCOPES, SIGNING_SECRET, LocalSlack


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.slack", description="A local stand-in for Slack's API. It is not Slack."
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--signing-secret", default=SIGNING_SECRET)
    parser.add_argument("--bot-token", default=BOT_TOKEN)
    parser.add_argument("--app-token", default=APP_TOKEN)
    parser.add_argument("--events-url", help="where the bot listens; leave out for Socket Mode")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--keep-calls", type=int, default=10_000, help="how many calls to remember")
    parser.add_argument("--scope", action="append", default=[], help="one more scope of the bot token; may be repeated")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with LocalSlack(
        port=arguments.port,
        signing_secret=arguments.signing_secret,
        bot_token=arguments.bot_token,
        app_token=arguments.app_token,
        events_url=arguments.events_url,
        latency=arguments.latency,
        keep_calls=arguments.keep_calls,
        scopes=DEFAULT_SCOPES.union(arguments.scope),
    ) as slack:
        sys.stdout.write(f"Local stand-in for Slack (not Slack): {slack.api_url}\n")
        sys.stdout.flush()
        await stopped.wait()


if __name__ == "__main__":
    asyncio.run(_serve(_arguments()))
