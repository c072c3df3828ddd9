"""Demo server: the stand-ins, the real bot between them, and the pages."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

from aiohttp import web

from bot.app import Outside
from bot.chat_ids import AnyIds
from bot.errors import SettingsError
from bot.helpdesk.model.chat import ENGLISH
from bot.helpdesk.ports import Clock
from bot.policy_file import load_policy, read_policy_text
from bot.resources import own_or_shipped_file
from bot.settings import LOCAL
from sandbox.demo.fault_switches import FaultSwitches
from sandbox.demo.live_updates import Updates
from sandbox.demo.page import DemoContext, DemoPage
from sandbox.demo.policy_editor import PolicyEditor
from sandbox.demo.simulated_clock import SimulatedClock, own_policy
from sandbox.demo.ticket_faults import FailingTickets
from sandbox.slack import LocalSlack
from sandbox.teams import LocalTeams
from sandbox.uppzy import LocalUppzy, believable_latency
from sandbox.uppzy.server import Latency
from sandbox.world import (
    REVIEW_CHANNEL,
    LocalWorld,
    add_review,
    local_settings,
    populate,
    populate_teams,
    teams_environment,
)

_STOP_SECONDS = 0.5


async def demo(
    *,
    host: str = "127.0.0.1",
    port: int = 3000,
    database: Path | None = None,
    ready: Callable[[str], None],
    stop: asyncio.Event,
    latency: Latency = believable_latency,
    variables: Mapping[str, str] | None = None,
    now: Clock = time.time,
    policy: Path | None = None,
    language: str = ENGLISH,
    with_teams: bool = False,
) -> None:
    """Serves the demo until `stop` is set; calls `ready` with the address of the page once it is served.

    `port` 0 takes a free one. Without `database` a temporary one is used. `latency` is that of the local Uppzy, in
    seconds; `variables` are further settings; `now` is the real time. Without `policy` the operator's own policy is
    used, or the one that came with the program; the page changes only a copy of it. `language` is that of all people
    and, if the policy has no [handoff] table, of everything that agents read. `with_teams`: on a page of its own people
    write to the same desk in a local Teams. Raises SettingsError for wrong settings and for a port that is in use,
    PolicyError, and StorageError for the database.
    """
    with _listener(host, port) as listener, _database(database) as path:
        async with (
            _teams(language, wanted=with_teams) as teams,
            _demo(path, latency, variables or {}, now, policy, language, teams) as demo,
            _following(demo),
            _serving(listener, demo),
        ):
            ready(f"http://{host}:{listener.getsockname()[1]}/")
            await stop.wait()


@contextlib.asynccontextmanager
async def _teams(language: str, *, wanted: bool) -> AsyncIterator[LocalTeams | None]:
    if not wanted:
        yield None
        return
    async with LocalTeams() as teams:
        populate_teams(teams, language)
        yield teams


@contextlib.asynccontextmanager
async def _demo(
    database: Path,
    latency: Latency,
    variables: Mapping[str, str],
    now: Clock,
    policy: Path | None,
    language: str,
    teams: LocalTeams | None,
) -> AsyncIterator[DemoContext]:
    """Runs the stand-ins and the bot between them."""
    given = policy or own_or_shipped_file("config/escalation.toml")
    with tempfile.TemporaryDirectory(prefix="uppzy-desk-policy-") as folder:
        file = own_policy(Path(folder), read_policy_text(given), language)
        rules = load_policy(read_policy_text(file), str(given), ids=AnyIds())
        clock = SimulatedClock(rules.handoffs.hours, now)
        async with LocalSlack(now=clock) as slack, LocalUppzy(latency=latency) as uppzy:
            populate(slack, language)
            add_review(slack, language)
            more = {"POLICY_FILE": str(file), "REVIEW_CHANNEL": REVIEW_CHANNEL, **variables}
            if teams is not None:
                teams.workspace.now = clock
                more |= teams_environment(teams)
            settings = local_settings(slack, uppzy, database, more)
            tickets = FailingTickets()
            outside = Outside(clock=clock, stop_timeout=_STOP_SECONDS, tickets=tickets.tickets)
            world = LocalWorld(slack=slack, uppzy=uppzy, settings=settings, outside=outside, teams=teams)
            async with world.bot() as bot:
                faults = FaultSwitches(slack, uppzy, tickets if settings.tickets == LOCAL else None)
                yield DemoContext(
                    slack=slack,
                    uppzy=uppzy,
                    bot=bot,
                    clock=clock,
                    updates=Updates(),
                    faults=faults,
                    editor=PolicyEditor(file=file, database=database, bot=bot, clock=clock),
                    teams=teams,
                )


@contextlib.contextmanager
def _listener(host: str, port: int) -> Iterator[socket.socket]:
    """Opens the socket of the page first, so that a port in use is reported before the bot starts."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise SettingsError([_no_listener(host, port, error)]) from error
    with listener:
        yield listener


def _no_listener(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use by another program: name a free one with --port, for example --port {port + 1}."
    return f"The demo cannot listen on {host}, port {port} ({error.strerror}): name others with --host and --port."


@contextlib.contextmanager
def _database(path: Path | None) -> Iterator[Path]:
    """Yields the database file: the given one, or a temporary one."""
    if path is not None:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="uppzy-desk-demo-") as folder:
        yield Path(folder) / "desk.db"


@contextlib.asynccontextmanager
async def _following(demo: DemoContext) -> AsyncIterator[None]:
    """Publishes changes to the page inside the block. A follower that fails ends the demo."""
    async with asyncio.TaskGroup() as group:
        followers = [
            group.create_task(demo.updates.follow_slack(demo.slack)),
            group.create_task(demo.updates.follow_uppzy(demo.uppzy)),
            group.create_task(demo.updates.follow_bot(demo.bot)),
        ]
        if demo.teams is not None:
            followers.append(group.create_task(demo.updates.follow_teams(demo.teams)))
        yield
        for follower in followers:
            follower.cancel()


@contextlib.asynccontextmanager
async def _serving(listener: socket.socket, demo: DemoContext) -> AsyncIterator[None]:
    runner = web.AppRunner(DemoPage(demo).application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.SockSite(runner, listener).start()
        yield
    finally:
        await runner.cleanup()
