"""The real bot with a clock that a bad day can set and, on request, with delays shortened from minutes to moments."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import time_machine

from bot.app import Outside, running
from bot.helpdesk.config import Timeouts
from bot.helpdesk.retry import Schedule
from bot.logs import configure_logging
from bot.settings import read_settings
from bot.slack.rate_limiter import Rate, SlackLimits
from bot.slack.socket_mode import SocketTimings

COMMAND = ("tests.chaos.bot",)

HURRIED = Outside(
    timeouts=Timeouts(
        typing_after=0.0,
        slow_notice_after=1.0,
        person_lookup=1.0,
        second_search_after=0.1,
        retry=Schedule(first=0.1, longest=1.0),
    ),
    slack_limits=SlackLimits(channel=Rate(burst=100, per_second=50.0), methods={}),
    sockets=SocketTimings(suspect_after=1.0, retry=Schedule(first=0.1, longest=0.5)),
)


def main() -> None:
    """Runs the bot until SIGTERM, as `python -m bot run` does."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.bot")
    parser.add_argument("--hurried", action="store_true", help="wait and retry in fractions of a second")
    parser.add_argument("--clock", type=Path, help="at SIGUSR1 the clock goes wrong by the seconds that stand here")
    options = parser.parse_args()
    outside = HURRIED if options.hurried else Outside()
    configure_logging()
    if options.clock is None:
        asyncio.run(_run(outside))
        return
    real_time = time_machine.escape_hatch.time.time
    # Like setting the machine's clock: the wall clock jumps everywhere, the monotonic clock does not.
    with time_machine.travel(time.time(), tick=True) as traveller:
        asyncio.run(_run(outside, lambda: traveller.move_to(real_time() + float(options.clock.read_text()))))


async def _run(outside: Outside, jump: Callable[[], None] | None = None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    if jump is not None:
        loop.add_signal_handler(signal.SIGUSR1, jump)
    async with running(read_settings(os.environ, None), outside):
        await stop.wait()


if __name__ == "__main__":
    main()
