"""The contenders: this bot on either engine and its peers, each in its own processes on the same stage."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from sandbox.slack.server import APP_TOKEN, BOT_TOKEN, SIGNING_SECRET
from sandbox.world import HANDOFF_CHANNEL
from tests.bench.figures import Column
from tests.bench.load import HttpSender, Sender, SocketSender
from tests.bench.postgres import Postgres
from tests.bench.processes import Child, Ready, free_port, started
from tests.bench.stage import Stage

PEERS_PYTHON = Path(__file__).resolve().parents[2] / "build" / "bench" / "bin" / "python"
"""The environment of the peers; `make bench` makes it."""

# gunicorn's own advice for one worker with threads is two to four for each core; a listener's work is done by the
# threads of Bolt.
_SERVED_BY = ("--workers", "1", "--worker-class", "gthread", "--threads", "8", "--graceful-timeout", "1")

_UPPZY_KEY = "local-uppzy-key"
_SITE = "site-local"


@dataclass(frozen=True, slots=True)
class Running:
    """A running contender, in one or several processes, and the sender that delivers events to it."""

    child: Child
    sender: Sender
    others: tuple[Child, ...] = ()

    @property
    def cpu_seconds(self) -> float:
        """Processor time of all its processes so far."""
        return sum(child.cpu_seconds for child in (self.child, *self.others))


def contender(column: Column, stage: Stage, postgres: Postgres) -> AbstractAsyncContextManager[Running]:
    """Runs the contender of a column; this bot gets an empty database."""
    match column:
        case Column.SQLITE:
            return one_bot(stage, f"sqlite:///{stage.folder / 'desk.db'}")
        case Column.POSTGRES:
            return one_bot(stage, postgres.new_database())
        case Column.BARE:
            return _bare(stage)
        case Column.SYNC_BOLT:
            return _sync_bolt(stage)
        case Column.SLACK_MACHINE:
            return _slack_machine(stage)


@contextlib.asynccontextmanager
async def one_bot(stage: Stage, database_url: str) -> AsyncIterator[Running]:
    """Runs this bot in one process. The local Slack sends it events for the bot's own messages, as Slack does."""
    port = free_port()
    async with bot(stage, port, database_url) as child, hearing(stage, address(port)):
        yield Running(child, HttpSender([address(port)]))


@contextlib.asynccontextmanager
async def bots(stage: Stage, database_url: str, count: int) -> AsyncIterator[Running]:
    """Runs several processes of this bot on one database; events go to them in turn."""
    ports = [free_port() for _ in range(count)]
    async with contextlib.AsyncExitStack() as stack:
        children = [await stack.enter_async_context(bot(stage, port, database_url)) for port in ports]
        await stack.enter_async_context(hearing(stage, address(ports[0])))
        yield Running(children[0], HttpSender([address(port) for port in ports]), tuple(children[1:]))


@contextlib.asynccontextmanager
async def bot(stage: Stage, port: int, database_url: str, ready: Ready | None = None) -> AsyncIterator[Child]:
    """Runs one process of this bot. Entered once `ready` returns true or, without it, once the port listens."""
    environment = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{stage.slack_url}/api/",
        "HANDOFF_CHANNEL": HANDOFF_CHANNEL,
        "UPPZY_BASE_URL": f"{stage.uppzy_url}/api/v1",
        "UPPZY_API_KEY": _UPPZY_KEY,
        "UPPZY_TENANT_ID": "tenant-local",
        "UPPZY_SITE_ID": _SITE,
        "DATABASE_URL": database_url,
        "PORT": str(port),
    }
    log = stage.folder / f"bot-{port}.log"
    async with started(log, ready or port, "bot", "run", environment=environment) as child:
        yield child


@contextlib.asynccontextmanager
async def hearing(stage: Stage, url: str) -> AsyncIterator[None]:
    """Has the local Slack send its own events to `url` until the block is left."""
    await stage.tell_slack("events_url", url=url)
    try:
        yield
    finally:
        await stage.tell_slack("events_url", url=None)


def address(port: int) -> str:
    """Returns the URL at which an app on that port takes events."""
    return f"http://127.0.0.1:{port}/slack/events"


@contextlib.asynccontextmanager
async def _bare(stage: Stage) -> AsyncIterator[Running]:
    port = free_port()
    async with started(stage.folder / "bare.log", port, "tests.bench.bare", str(port), SIGNING_SECRET) as child:
        yield Running(child, HttpSender([address(port)]))


@contextlib.asynccontextmanager
async def _sync_bolt(stage: Stage) -> AsyncIterator[Running]:
    port = free_port()
    served = ("gunicorn", *_SERVED_BY, "--bind", f"127.0.0.1:{port}", "tests.bench.peers.sync_bolt:application")
    async with _peer(stage, port, served) as child, hearing(stage, address(port)):
        yield Running(child, HttpSender([address(port)]))


@contextlib.asynccontextmanager
async def _slack_machine(stage: Stage) -> AsyncIterator[Running]:
    async def connected() -> bool:
        return await stage.sockets() > 0

    async with _peer(stage, connected, ("tests.bench.peers.machine_bot",)) as child:
        yield Running(child, SocketSender(stage))


@contextlib.asynccontextmanager
async def _peer(stage: Stage, ready: int | Ready, arguments: Sequence[str]) -> AsyncIterator[Child]:
    environment = {
        "SLACK_BOT_TOKEN": BOT_TOKEN,
        "SLACK_APP_TOKEN": APP_TOKEN,
        "SLACK_SIGNING_SECRET": SIGNING_SECRET,
        "SLACK_API_URL": f"{stage.slack_url}/api/",
        "UPPZY_API_KEY": _UPPZY_KEY,
        "UPPZY_CHAT_URL": f"{stage.uppzy_url}/api/v1/m2m/sites/{_SITE}/chat",
    }
    log = stage.folder / "peer.log"
    async with started(log, ready, *arguments, environment=environment, python=str(PEERS_PYTHON)) as child:
        yield child
