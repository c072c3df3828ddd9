"""The composition root: everything is built, opened and closed here, and nowhere else.

`running` is the whole bot as a context manager; the command line, the sandbox and the tests all start it through this.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import httpx
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import OutsideError, SettingsError, StorageError
from bot.helpdesk.config import AskLimits as AskingLimits
from bot.helpdesk.config import AssistantOptions, CatchUpLimits, DeskConfig, Timeouts
from bot.helpdesk.desk import Desk
from bot.helpdesk.escalation import NoteWhen, Policy
from bot.helpdesk.inbox.reconciliation import CatchUp
from bot.helpdesk.model.job import JobKind
from bot.helpdesk.ports import Clock, Store, Tickets
from bot.http.aiohttp_transport import asking_before_sending, proxy_for
from bot.metrics import Metrics, MetricsPage, Sources
from bot.policy_file import read_policy
from bot.settings import Settings
from bot.slack.bolt_app import build_bolt
from bot.slack.client import ShortWaitHandler, SlackClient
from bot.slack.directory import SlackDirectory
from bot.slack.errors import translated
from bot.slack.files import SlackFiles
from bot.slack.history import SlackHistory
from bot.slack.http_endpoint import LARGEST_BODY, SlackRequests
from bot.slack.inbound import Inbound
from bot.slack.outbound import SlackSurface
from bot.slack.rate_limiter import RateLimiter
from bot.slack.rate_limiter import SlackLimits as SlackLimits
from bot.slack.socket_mode import AfterGap, Sockets, SocketTimings
from bot.tickets.local import DatabaseTickets
from bot.tickets.registry import SYSTEMS, TicketSystem, systems_with_contacts
from bot.tickets.webhooks import TicketWebhooks
from bot.uppzy import Uppzy
from storage.interfaces import Database, Handler, JobRunner
from storage.queries.home import StoredRecords
from storage.queries.metrics import read_gauges
from storage.queries.watermarks import read_watermarks
from storage.repositories import Transaction
from storage.retention import DAY, run_retention
from storage.sqlite.jobs import EmbeddedRunner
from storage.sqlite.store import SqliteStore

log = logging.getLogger(__name__)

# A Slack call that takes longer has most likely been lost on the way.
_SLACK_SECONDS = aiohttp.ClientTimeout(total=15.0, connect=5.0)
# Bolt reads these behind our back, and switches to an OAuth installation of its own when it finds the middle ones.
_READ_BY_BOLT = ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_VERIFICATION_TOKEN")

# New containers between two young collections; Python's own 700 is made for programs with few of them.
_COLLECT_AFTER = 10_000

NewRunner = Callable[[Mapping[JobKind, Handler], Clock], JobRunner]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What may be swapped from outside: clock, patience, how the assistant is reached, how much a catch-up reads.

    `tickets` makes the ticket system that needs no other.
    """

    clock: Clock = time.time
    timeouts: Timeouts = field(default_factory=Timeouts)
    uppzy_transport: httpx.AsyncBaseTransport | None = None
    tickets: Callable[[Store, Clock], Tickets] = DatabaseTickets
    slack_limits: SlackLimits = field(default_factory=SlackLimits)
    stop_patience: float = 10.0
    sockets: SocketTimings = field(default_factory=SocketTimings)
    catch_up: CatchUpLimits = field(default_factory=CatchUpLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are in Slack, read once at start. `scopes` are those of the bot token.

    `url` is where the workspace is in a browser; `company` the ids of the workspace and of its organization.
    """

    authorization: AuthorizeResult
    bot_user: str
    workspace: str
    scopes: frozenset[str]
    url: str
    company: frozenset[str]

    @property
    def is_agent(self) -> bool:
        """Whether the app has the agent view, in which every top-level message begins a thread of its own."""
        return "assistant:write" in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackClients:
    """`writer` posts and never repeats a call by itself; `reader` may. `session` is what both go through."""

    writer: AsyncWebClient
    reader: AsyncWebClient
    session: aiohttp.ClientSession


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningBot:
    """The bot at work. `http` is what it serves at `url`; `catch_up` reads back what did not arrive."""

    desk: Desk
    runner: JobRunner
    store: Database
    bolt: AsyncApp
    identity: Identity
    http: web.Application
    url: str
    catch_up: Callable[[], Coroutine[Any, Any, None]]


@contextlib.asynccontextmanager
async def running(settings: Settings, outside: Outside | None = None) -> AsyncIterator[RunningBot]:
    """Run the bot until the block is left.

    Raises PolicyError, StorageError or OutsideError where it cannot start. Leaving stops taking requests first,
    then lets jobs end or releases them, then closes everything.
    """
    outside = outside or Outside()
    for name in _READ_BY_BOLT:
        os.environ.pop(name, None)
    policy = read_policy(settings.policy_file)
    _refuse_notes(settings, policy)
    async with contextlib.AsyncExitStack() as stack:
        store, new_runner = database(settings)
        await stack.enter_async_context(store)
        clients = await stack.enter_async_context(slack_clients(settings))
        assistant = await stack.enter_async_context(uppzy(settings, outside.uppzy_transport))
        system = await stack.enter_async_context(ticket_system(settings))
        tickets = system or outside.tickets(store, outside.clock)
        identity = await identify(clients.reader)
        directory = SlackDirectory(clients.reader, outside.clock, identity.company)
        channels = _handoff_channels(settings, policy)
        await _refuse_shared(directory, channels)
        metrics = Metrics()
        desk = _desk(settings, outside, store, clients, directory, assistant, tickets, policy, identity, metrics)
        stack.push_async_callback(desk.close)
        runner = new_runner(metrics.watched(desk.handlers), outside.clock)
        stack.push_async_callback(runner.stop, outside.stop_patience)
        inbound = Inbound(bot_user=identity.bot_user, channels=channels)
        catch_up = _catch_up(settings, outside, store, clients.reader, identity, inbound, desk, policy)
        bolt = _bolt(settings, outside, inbound, desk, metrics, identity)
        await stack.enter_async_context(_beside(desk.stay_awake()))
        await runner.start()
        await stack.enter_async_context(_beside(run_retention(store, outside.clock, settings.retention_days)))
        sockets = _sockets(settings, outside, bolt, clients.writer, metrics, catch_up)
        if sockets is None:  # Otherwise they ask for it, now and after every gap.
            await stack.enter_async_context(_beside(catch_up()))
        sources = _sources(store, runner, desk, sockets, outside.clock)
        webhooks = TicketWebhooks(
            system=settings.tickets, tickets=tickets, accept=desk.hear, clock=outside.clock, count=metrics.webhook
        )
        http = _served(settings, bolt, webhooks, Health(store, sockets), metrics, sources)
        url = await stack.enter_async_context(_listening(settings, http))
        await stack.enter_async_context(_connected(sockets))
        yield RunningBot(
            desk=desk, runner=runner, store=store, bolt=bolt, identity=identity, http=http, url=url, catch_up=catch_up
        )


def _bolt(
    settings: Settings, outside: Outside, inbound: Inbound, desk: Desk, metrics: Metrics, identity: Identity
) -> AsyncApp:
    return build_bolt(
        inbound=inbound,
        accept=desk.accept,
        ignored=metrics.ignored,
        clock=outside.clock,
        identity=identity.authorization,
        api_url=settings.slack_api_url,
    )


def _sources(store: Database, runner: JobRunner, desk: Desk, sockets: Sockets | None, clock: Clock) -> Sources:
    """What the metrics read when somebody looks."""
    return Sources(
        gauges=lambda: store.run(read_gauges, clock()),
        unfinished=lambda: runner.unfinished,
        asking=lambda: desk.asking,
        sockets=lambda: sockets,
    )


def _desk(
    settings: Settings,
    outside: Outside,
    store: Database,
    clients: SlackClients,
    directory: SlackDirectory,
    assistant: Uppzy,
    tickets: Tickets,
    policy: Policy,
    identity: Identity,
    metrics: Metrics,
) -> Desk:
    budget = RateLimiter(outside.slack_limits)
    surface = SlackSurface(writer=clients.writer, reader=clients.reader, budget=budget, workspace_url=identity.url)
    return Desk(
        store=store,
        surface=surface,
        files=SlackFiles(writer=clients.writer, reader=clients.reader, session=clients.session, budget=budget),
        directory=directory,
        assistant=assistant,
        tickets=tickets,
        records=StoredRecords(store),
        config=DeskConfig(
            policy=policy,
            handoff_channel=settings.handoff_channel,
            joins_open_conversation=not identity.is_agent,
            split=surface.split,
            submits_questions=settings.uppzy_chat == "async",
            ticket_system=settings.tickets,
            ticket_poll_interval=None
            if isinstance(tickets, DatabaseTickets)
            else settings.tickets_poll_seconds or None,
        ),
        clock=outside.clock,
        timeouts=outside.timeouts,
        assistant_options=AssistantOptions(send_email=settings.uppzy_send_email, language=settings.uppzy_language),
        observer=metrics,
        limits=AskingLimits(of_all=settings.uppzy_max_concurrent or None),
    )


def database(settings: Settings) -> tuple[Database, NewRunner]:
    """The database that `DATABASE_URL` names, not opened yet, and what makes the runner that belongs to it."""
    if settings.database_url.startswith("sqlite:"):
        embedded = SqliteStore(sqlite_path(settings))
        return embedded, functools.partial(EmbeddedRunner, embedded)
    # Loaded only where it is asked for: the drivers are an extra.
    try:
        from storage.postgres.jobs import ProcrastinateRunner
        from storage.postgres.store import PostgresStore
    except ImportError as error:
        problem = "DATABASE_URL names PostgreSQL: install the drivers with pip install 'uppzy-desk[postgres]'."
        raise SettingsError([problem]) from error
    shared = PostgresStore(settings.database_url)
    return shared, functools.partial(ProcrastinateRunner, shared)


def sqlite_path(settings: Settings) -> Path:
    """The database file. Raises SettingsError where the database is none."""
    scheme, _, rest = settings.database_url.partition(":///")
    if scheme != "sqlite":
        raise SettingsError(["DATABASE_URL names PostgreSQL: this command works on a SQLite file."])
    return Path(rest)


@contextlib.asynccontextmanager
async def slack_clients(settings: Settings) -> AsyncIterator[SlackClients]:
    """The two Slack clients on one connection pool. With a session of its own a client ignores its `timeout`."""
    token = settings.slack_bot_token.get_secret_value()
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=50)
    async with aiohttp.ClientSession(
        timeout=_SLACK_SECONDS, connector=connector, trace_configs=[asking_before_sending()]
    ) as session:
        common: dict[str, Any] = {"token": token, "base_url": settings.slack_api_url, "session": session}
        writer = SlackClient(**common, retry_handlers=[])
        reader = SlackClient(
            **common,
            repeats=2,
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(max_retry_count=2),
                ShortWaitHandler(max_retry_count=2),
            ],
        )
        # Found out once: aiohttp would read the environment and ~/.netrc at every call, and the SDK heeds no NO_PROXY.
        writer.proxy = reader.proxy = proxy_for(httpx.URL(settings.slack_api_url))
        yield SlackClients(writer=writer, reader=reader, session=session)


@contextlib.asynccontextmanager
async def uppzy(settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> AsyncIterator[Uppzy]:
    """The Uppzy client."""
    client = Uppzy(
        base_url=settings.uppzy_base_url,
        api_key=settings.uppzy_api_key.get_secret_value(),
        tenant_id=settings.uppzy_tenant_id,
        site_id=settings.uppzy_site_id,
        transport=transport,
    )
    try:
        yield client
    finally:
        await client.aclose()


@contextlib.asynccontextmanager
async def ticket_system(settings: Settings) -> AsyncIterator[TicketSystem | None]:
    """The client of the ticket system that `TICKETS` names; None where tickets are kept in our own database."""
    if settings.ticket_system is None:
        yield None
        return
    client = SYSTEMS[settings.tickets](settings.ticket_system)
    try:
        yield client
    finally:
        await client.aclose()


async def identify(reader: AsyncWebClient) -> Identity:
    """Who the bot token says we are (docs.slack.dev/reference/methods/auth.test). Raises OutsideError."""
    with translated():
        response = await reader.auth_test()
    scopes = response.headers.get("x-oauth-scopes") or response.headers.get("X-OAuth-Scopes") or ""
    return Identity(
        authorization=AuthorizeResult(
            enterprise_id=response.get("enterprise_id"),
            team_id=response.get("team_id"),
            bot_user_id=response.get("user_id"),
            bot_id=response.get("bot_id"),
            bot_token=reader.token,
        ),
        bot_user=str(response["user_id"]),
        workspace=str(response.get("team_id") or ""),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        url=str(response.get("url") or "https://slack.com/"),
        company=frozenset(str(id) for id in (response.get("team_id"), response.get("enterprise_id")) if id),
    )


def _handoff_channels(settings: Settings, policy: Policy) -> frozenset[str]:
    return policy.channels | {settings.handoff_channel}


def notes_problem(settings: Settings, policy: Policy) -> str | None:
    """Why the notes that the policy asks for cannot be written, with the mend; None where nothing is wrong."""
    able = systems_with_contacts()
    if policy.notes.when is NoteWhen.NEVER or settings.tickets in able:
        return None
    return (
        f"The policy's [note] asks for notes on contacts, and TICKETS={settings.tickets} keeps no contacts. Write "
        f'when = "never" in {settings.policy_file}, or use one that does: {", ".join(able)}.'
    )


def _refuse_notes(settings: Settings, policy: Policy) -> None:
    problem = notes_problem(settings, policy)
    if problem is not None:
        raise SettingsError([problem])


async def _refuse_shared(directory: SlackDirectory, channels: frozenset[str]) -> None:
    """Escalation does not start where another company would read along. Raises SettingsError.

    A channel that cannot be looked at now is looked at again before anything is posted there.
    """
    shared = []
    for channel in sorted(channels):
        try:
            if await directory.is_shared(channel):
                shared.append(channel)
        except OutsideError as error:
            log.warning("channel_not_looked_at", extra={"channel": channel, "code": error.code})
    if shared:
        raise SettingsError([_shared(channel) for channel in shared])


def _shared(channel: str) -> str:
    return (
        f"The handoff channel {channel} is shared with another company, or about to be, whose people would read what "
        "employees ask. Name a channel of your own company, in HANDOFF_CHANNEL or in the policy."
    )


def _signing_secret(settings: Settings) -> str | None:
    return settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None


def _catch_up(
    settings: Settings,
    outside: Outside,
    store: Database,
    reader: AsyncWebClient,
    identity: Identity,
    inbound: Inbound,
    desk: Desk,
    policy: Policy,
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Reads back what did not arrive; to be called at the start and after every gap."""
    channels = _handoff_channels(settings, policy)
    return CatchUp(
        store=store,
        watermarks=lambda now, reach: store.run(read_watermarks, now, reach, channels),
        history=SlackHistory(reader=reader, inbound=inbound, workspace=identity.workspace, bot_user=identity.bot_user),
        accept=desk.accept,
        clock=outside.clock,
        reach=_reach(settings, outside.catch_up, policy),
    ).catch_up


def _reach(settings: Settings, reach: CatchUpLimits, policy: Policy) -> CatchUpLimits:
    # Further back than we remember what we have heard, everything would look new.
    look_back = min(reach.look_back, settings.retention_days * DAY)
    return replace(reach, look_back=look_back, resolved=max(reach.resolved, policy.handoffs.reopen_within))


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Does the work while the block goes on, and ends it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@dataclass(slots=True)
class Health:
    """Whether the process lives, and whether it can take questions now."""

    store: Database
    sockets: Sockets | None = None

    async def alive(self, request: web.Request) -> web.Response:
        """Answering at all is the proof."""
        return web.json_response({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """Ready: the database takes a transaction, and in Socket Mode a connection is proven alive."""
        try:
            await self.store.run(_nothing)
        except StorageError:
            return web.json_response({"status": "the database takes nothing"}, status=503)
        if self.sockets is not None and not self.sockets.alive:
            return web.json_response({"status": "not connected to Slack"}, status=503)
        return web.json_response({"status": "ready"})


def _nothing(tx: Transaction) -> None:
    """A transaction that does nothing but be committed."""


def _served(
    settings: Settings, bolt: AsyncApp, webhooks: TicketWebhooks, health: Health, metrics: Metrics, sources: Sources
) -> web.Application:
    """What is served in both modes, and Slack's requests where Slack reaches us over HTTP: see docs/openapi.yaml."""
    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_get("/healthz", health.alive)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", MetricsPage(metrics, sources).handle)
    app.router.add_post("/webhooks/tickets/{system}", webhooks.handle)
    secret = _signing_secret(settings)
    if settings.mode == "http" and secret:
        app.router.add_post("/slack/events", SlackRequests(bolt, secret, metrics.acknowledged).handle)
    return app


@contextlib.asynccontextmanager
async def _listening(settings: Settings, app: web.Application) -> AsyncIterator[str]:
    """The HTTP listener; gives its address."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        yield await _bind(runner, settings)
    finally:
        await runner.cleanup()


async def _bind(runner: web.AppRunner, settings: Settings) -> str:
    try:
        await web.TCPSite(runner, settings.host, settings.port, backlog=1024).start()
    except OSError as error:
        problem = f"HOST and PORT: cannot listen on {settings.host}:{settings.port} ({error.strerror}); choose others."
        raise SettingsError([problem]) from error
    host, port = runner.addresses[0][:2]
    return f"http://{host}:{port}"


def _sockets(
    settings: Settings,
    outside: Outside,
    bolt: AsyncApp,
    writer: AsyncWebClient,
    metrics: Metrics,
    catch_up: AfterGap,
) -> Sockets | None:
    """The connections of Socket Mode, where there is an app-level token."""
    if settings.slack_app_token is None:
        return None
    return Sockets(
        bolt=bolt,
        slack=writer,
        app_token=settings.slack_app_token.get_secret_value(),
        after_gap=catch_up,
        acknowledged=metrics.acknowledged,
        rhythm=outside.sockets,
    )


@contextlib.asynccontextmanager
async def _connected(sockets: Sockets | None) -> AsyncIterator[None]:
    """Keeps the connections of Socket Mode, where there are any."""
    if sockets is None:
        yield
        return
    try:
        await sockets.start()
        yield
    finally:
        await sockets.close()


async def run_until(stop: asyncio.Event, settings: Settings) -> None:
    """Run the bot until `stop` is set. For a process that does nothing else."""
    async with running(settings) as bot:
        _spare_the_collector()
        log.info("ready", extra={"mode": settings.mode, "url": bot.url, "unfinished": bot.runner.unfinished})
        await stop.wait()
        log.info("stopping", extra={"unfinished": bot.runner.unfinished})


def _spare_the_collector() -> None:
    """Keep full garbage collections rare and short.

    Measured: what was loaded at start made one take 75 to 240 ms, in which nothing is acknowledged. It stays until the
    process ends, so it is left out of every later collection; and what a question leaves behind is freed without one.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
