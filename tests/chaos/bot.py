"""The real bot with a clock that a bad day can set and, on request, with delays shortened from minutes to moments."""

from __future__ import annotations

import argparse
import asyncio
import functools
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from unittest import mock

import time_machine

from bot.app import Outside, running
from bot.call_rates import Rate
from bot.helpdesk.config import Timeouts
from bot.helpdesk.outbox.fencing import PauseDetector
from bot.helpdesk.retry import Schedule
from bot.logs import configure_logging
from bot.settings import read_settings
from bot.slack.rate_limiter import SlackLimits
from bot.slack.socket_mode import SocketTimings
from storage.sqlite.store import SqliteStore
from tests.policies import with_handoff_rules

COMMAND = ("tests.chaos.bot",)

HURRIED = Outside(
    timeouts=Timeouts(
        typing_after=0.0,
        slow_notice_after=1.0,
        person_lookup=1.0,
        second_search_after=0.1,
        card_doubt=0.5,
        retry=Schedule(first=0.1, longest=1.0),
    ),
    slack_limits=SlackLimits(channel=Rate(burst=100, per_second=50.0), methods={}),
    sockets=SocketTimings(suspect_after=1.0, retry=Schedule(first=0.1, longest=0.5)),
)
SQLITE_BUSY_SECONDS = 0.4
"""How long statements of a hurried bot wait for another program that has locked the SQLite file."""

_HURRIED_STORAGE = {
    "storage.postgres.jobs._HEARTBEAT_SECONDS": 0.2,
    "storage.postgres.jobs._DEAD_AFTER_SECONDS": 1.2,
    "storage.postgres.jobs._GONE_AFTER_SECONDS": 0.8,
    "storage.postgres.jobs._RECOVER_EVERY_SECONDS": 0.3,
    "storage.postgres.jobs._RELOCK_SECONDS": 0.1,
    "storage.postgres.jobs._POLL_SECONDS": 0.2,
    "psycopg_pool.base.AttemptWithBackoff.INITIAL_DELAY": 0.1,
    "bot.helpdesk.outbox.fencing._INTERVAL": 0.2,
}
# Not longer than a silent process keeps its jobs, as in production: else it could send what another has taken over.
_LONGEST_PAUSE = 0.8


def constants(seconds: Mapping[str, float]) -> tuple[str, ...]:
    """Returns arguments of the command that give other values to constants, known by their qualified names."""
    return tuple(f"--constant={name}={value}" for name, value in seconds.items())


def hurried_policy(folder: Path) -> Path:
    """Writes the shipped policy with a short delay before replies are relayed into `folder`; returns its path."""
    path = folder / "policy.toml"
    path.write_text(with_handoff_rules("relay_delay_seconds = 0.3"), encoding="utf-8")
    return path


def main() -> None:
    """Runs the bot until SIGTERM, as `python -m bot run` does."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.bot")
    parser.add_argument("--hurried", action="store_true", help="wait and retry in fractions of a second")
    parser.add_argument("--clock", type=Path, help="the clock is wrong by the seconds in this file, read at SIGUSR1")
    parser.add_argument("--constant", action="append", default=[], metavar="NAME=SECONDS", help="for one constant")
    options = parser.parse_args()
    outside = HURRIED if options.hurried else Outside()
    if options.hurried:
        _hurry_storage()
    for name, value in (constant.split("=") for constant in options.constant):
        _set_constant(name, float(value))
    configure_logging()
    if options.clock is None:
        asyncio.run(_run(outside))
        return
    real_time = time_machine.escape_hatch.time.time
    # Like setting the machine's clock: the wall clock jumps everywhere, the monotonic clock does not.
    with time_machine.travel(time.time(), tick=True) as traveller:

        def set_clock() -> None:
            traveller.move_to(real_time() + float(options.clock.read_text()))

        if options.clock.exists():
            set_clock()
        asyncio.run(_run(outside, set_clock))


def _hurry_storage() -> None:
    """Shortens the intervals of storage, its driver and the fence in this process; none of them is a setting."""
    mock.patch("storage.engines.SqliteStore", functools.partial(SqliteStore, busy_seconds=SQLITE_BUSY_SECONDS)).start()
    detector = functools.partial(PauseDetector, longest=_LONGEST_PAUSE)
    mock.patch("bot.helpdesk.outbox.dispatcher.PauseDetector", detector).start()
    for name, value in _HURRIED_STORAGE.items():
        _set_constant(name, value)


def _set_constant(name: str, value: float) -> None:
    mock.patch(name, value).start()


async def _run(outside: Outside, set_clock: Callable[[], None] | None = None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    if set_clock is not None:
        loop.add_signal_handler(signal.SIGUSR1, set_clock)
    async with running(read_settings(os.environ, None), outside):
        await stop.wait()


if __name__ == "__main__":
    main()
