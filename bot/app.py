"""The composition root: builds, opens and closes everything.

`running` is the whole bot as a context manager; the command line, the sandbox and the tests start it through this.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
from aiohttp import web

from bot.charts import MatplotlibCharts, can_draw
from bot.errors import OutsideError, SettingsError, StorageError
from bot.helpdesk.config import AskLimits, AssistantOptions, CatchUpLimits, DeskConfig, SurfaceConfig, Timeouts
from bot.helpdesk.desk import Adapters, Desk
from bot.helpdesk.escalation import NoteWhen, Policy
from bot.helpdesk.inbox.reconciliation import CatchUp
from bot.helpdesk.messages import Catalog
from bot.helpdesk.model.job import JobKind
from bot.helpdesk.ports import Clock, Store, SurfacePorts, Tickets, WorkPriority
from bot.metrics import Metrics, MetricsPage, Sources
from bot.own_messages import read_own_messages
from bot.policy_file import read_policy
from bot.policy_watch import INTERVAL, PolicyUse, PolicyWatch
from bot.server import Health, build_server, empty_transaction, listening
from bot.settings import AssistantSettings, Settings
from bot.slack.directory import SlackDirectory
from bot.slack.errors import SYSTEM
from bot.slack.ids import SlackIds
from bot.slack.people import PeopleLimits
from bot.slack.rate_limiter import SlackLimits
from bot.slack.socket_mode import SocketTimings
from bot.slack.views.message import Readers
from bot.slack.workspace import Receiver, SlackConfig, SlackWorkspace, connect
from bot.tickets.incoming_webhooks import TicketWebhooks
from bot.tickets.local import DatabaseTickets
from bot.tickets.registry import SYSTEMS, TicketSystem, systems_with_contacts
from bot.uppzy import Uppzy
from storage.engines import NewRunner, choose_engine, location_of
from storage.inspection import DatabaseLocation
from storage.interfaces import Database, JobRunner, NewEffects
from storage.persons.forget import finish_forgettings
from storage.policies import record_change
from storage.queries.home import StoredRecords
from storage.queries.people import StoredPeople
from storage.queries.review import StoredReviews
from storage.queries.stats import Gauges, read_gauges
from storage.queries.watermarks import read_watermarks
from storage.retention import DAY, run_retention

log = logging.getLogger(__name__)

# Bolt reads these by itself, and with the client id and secret set it switches to an OAuth installation.
_READ_BY_BOLT = ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_VERIFICATION_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Replaceable parts and limits that are no settings. `tickets` builds the ticket system of `TICKETS=local`."""

    clock: Clock = time.time
    timeouts: Timeouts = field(default_factory=Timeouts)
    uppzy_transport: httpx.AsyncBaseTransport | None = None
    tickets: Callable[[Store, Clock], Tickets] = DatabaseTickets
    slack_limits: SlackLimits = field(default_factory=SlackLimits)
    people: PeopleLimits = field(default_factory=PeopleLimits)
    stop_timeout: float = 10.0
    sockets: SocketTimings = field(default_factory=SocketTimings)
    catch_up: CatchUpLimits = field(default_factory=CatchUpLimits)
    policy_interval: float = INTERVAL


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningBot:
    """The running bot. `http` is served at `url`; `catch_up` reads back missed messages; `policy` follows its file."""

    desk: Desk
    runner: JobRunner
    store: Database
    http: web.Application
    url: str
    catch_up: Callable[[], Coroutine[Any, Any, None]]
    policy: PolicyWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class _Connections:
    """The outside systems, connected. `new_runner` builds the job runner that belongs to `store`."""

    store: Database
    new_runner: NewRunner
    slack: SlackWorkspace
    assistant: Uppzy
    tickets: Tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The parts of the bot, built and not started."""

    connected: _Connections
    metrics: Metrics
    desk: Desk
    reviews: StoredReviews
    runner: JobRunner
    catch_up: CatchUp
    receiver: Receiver


@contextlib.asynccontextmanager
async def running(settings: Settings, outside: Outside | None = None) -> AsyncIterator[RunningBot]:
    """Runs the bot until the block is left.

    Raises SettingsError, PolicyError, StorageError or OutsideError if it cannot start. On leaving, it first stops
    receiving, then lets jobs end or releases them, then closes everything.
    """
    outside = outside or Outside()
    for name in _READ_BY_BOLT:
        os.environ.pop(name, None)
    policy = _read_usable_policy(settings)
    async with contextlib.AsyncExitStack() as stack:
        connected = await stack.enter_async_context(_connections(settings, outside, policy))
        await _refuse_shared_channels(connected.slack.directory, connected.slack.config.handoff_channels)
        parts = _assemble(settings, outside, policy, connected)
        stack.push_async_callback(parts.desk.close)
        stack.push_async_callback(parts.runner.stop, outside.stop_timeout)
        await connected.store.run(record_change, policy, outside.clock())
        await _finish_forgettings(location_of(settings.database_url), outside.clock)
        await _start_work(stack, settings, outside, policy, parts)
        watch = _policy_watch(settings, outside, policy, parts)
        await stack.enter_async_context(_background(watch.watch()))
        http = _http_server(settings, outside, parts)
        url = await stack.enter_async_context(listening(http, settings.host, settings.port))
        await _open_sockets(stack, parts.receiver)
        yield RunningBot(
            desk=parts.desk,
            runner=parts.runner,
            store=connected.store,
            http=http,
            url=url,
            catch_up=parts.catch_up.catch_up,
            policy=watch,
        )


def _read_usable_policy(settings: Settings) -> Policy:
    """Reads the policy, and refuses one that asks for contact notes where the ticket system has no contacts."""
    policy = read_policy(settings.policy_file, SlackIds())
    _refuse_contact_notes(settings, policy)
    return policy


def _refuse_contact_notes(settings: Settings, policy: Policy) -> None:
    if (problem := contact_notes_problem(settings, policy)) is not None:
        raise SettingsError([problem])


def _assemble(settings: Settings, outside: Outside, policy: Policy, connected: _Connections) -> _Parts:
    metrics = Metrics()
    reviews = StoredReviews(location_of(settings.database_url), policy.handoffs, policy.review.zone)
    desk = _desk(settings, outside, policy, connected, reviews, metrics)
    catch_up = _catch_up(settings, outside, policy, connected, desk)
    receiver = connected.slack.receiver(
        accept=desk.accept,
        ignored=metrics.ignored,
        acknowledged=metrics.acknowledged,
        after_gap=catch_up.catch_up,
        clock=outside.clock,
    )
    return _Parts(
        connected=connected,
        metrics=metrics,
        desk=desk,
        reviews=reviews,
        runner=connected.new_runner(metrics.watched(desk.handlers), outside.clock, _new_effects(desk, metrics)),
        catch_up=catch_up,
        receiver=receiver,
    )


def _new_effects(desk: Desk, metrics: Metrics) -> NewEffects:
    perform = metrics.watched_as(JobKind.EFFECT, desk.dispatcher.send)
    return NewEffects(claim=desk.dispatcher.claim_new, perform=perform)


async def _start_work(
    stack: contextlib.AsyncExitStack, settings: Settings, outside: Outside, policy: Policy, parts: _Parts
) -> None:
    """Starts the jobs, and whatever runs beside them until the stack is left."""
    await stack.enter_async_context(_background(parts.desk.detect_pauses(parts.catch_up.catch_up)))
    await parts.runner.start()
    # With it an alarm about one with mistakes ends, and the next review is scheduled.
    await parts.desk.use_policy(policy)
    await stack.enter_async_context(_background(parts.connected.slack.people.keep_current()))
    await stack.enter_async_context(_background(parts.connected.slack.groups.keep_current()))
    retention = run_retention(
        parts.connected.store, outside.clock, settings.retention_days, settings.audit_retention_days
    )
    await stack.enter_async_context(_background(retention))
    await stack.enter_async_context(_background(parts.catch_up.repeat()))
    if parts.receiver.sockets is None:  # Sockets catch up by themselves, at the start and after every gap.
        await stack.enter_async_context(_background(parts.catch_up.catch_up()))


async def _finish_forgettings(location: DatabaseLocation, clock: Clock) -> None:
    """Finishes what was interrupted when a person was being forgotten.

    Before anything is read back from the chat, which would find messages that are not known any more.
    """
    stop = threading.Event()
    try:
        finished = await asyncio.to_thread(finish_forgettings, location, clock, stop)
    except StorageError:
        log.warning("forgetting_not_finished")
        return
    finally:
        stop.set()
    if finished:
        log.info("forgetting_finished", extra={"count": len(finished)})


def _policy_watch(settings: Settings, outside: Outside, policy: Policy, parts: _Parts) -> PolicyWatch:
    """Builds what follows the policy file, with everything that depends on the policy."""
    desk, slack = parts.desk, parts.connected.slack

    async def check(changed: Policy) -> None:
        _refuse_contact_notes(settings, changed)
        await _refuse_shared_channels(slack.directory, changed.channels - desk.config.channels)

    async def use(changed: Policy) -> None:
        await parts.connected.store.run(record_change, changed, outside.clock())
        await desk.use_policy(changed)
        slack.follow(desk.config.channels_on(SYSTEM), changed.handoffs.language)
        parts.reviews.follow(changed.handoffs, changed.review.zone)
        parts.catch_up.limit(_catch_up_limits(settings, outside, changed))

    return PolicyWatch(
        settings.policy_file,
        policy,
        ids=SlackIds(),
        use=PolicyUse(check=check, use=use, refuse=desk.refuse_policy, keep=desk.keep_policy),
        interval=outside.policy_interval,
    )


def _http_server(settings: Settings, outside: Outside, parts: _Parts) -> web.Application:
    """Builds the HTTP application: health, metrics, webhooks of the ticket system and, without sockets, Slack."""
    store, sockets = parts.connected.store, parts.receiver.sockets
    sources = Sources(
        gauges=lambda: _read_gauges(store, outside.clock()),
        unfinished=lambda: parts.runner.unfinished,
        asking=lambda: parts.desk.questions_in_flight,
        sockets=lambda: sockets,
    )
    webhooks = TicketWebhooks(
        system=settings.tickets,
        tickets=parts.connected.tickets,
        accept=parts.desk.accept_notice,
        clock=outside.clock,
        count=parts.metrics.webhook,
    )
    page = MetricsPage(parts.metrics, sources)
    return build_server(Health(store, sockets), page, webhooks, parts.receiver.requests)


async def _read_gauges(store: Database, now: float) -> Gauges:
    # A database that cannot be written counts as down, although it can still be read.
    await store.run(empty_transaction)
    return await store.read(read_gauges, now)


async def _open_sockets(stack: contextlib.AsyncExitStack, receiver: Receiver) -> None:
    if receiver.sockets is not None:
        stack.push_async_callback(receiver.sockets.close)
        await receiver.sockets.start()


@contextlib.asynccontextmanager
async def _connections(settings: Settings, outside: Outside, policy: Policy) -> AsyncIterator[_Connections]:
    store, new_runner = choose_engine(location_of(settings.database_url))
    async with (
        store,
        build_uppzy(settings, outside.uppzy_transport) as assistant,
        open_ticket_system(settings) as system,
        connect(_slack_config(settings, outside, policy), outside.clock, StoredPeople(store)) as slack,
    ):
        tickets = system or outside.tickets(store, outside.clock)
        yield _Connections(store=store, new_runner=new_runner, slack=slack, assistant=assistant, tickets=tickets)


def build_uppzy(settings: AssistantSettings, transport: httpx.AsyncBaseTransport | None = None) -> Uppzy:
    """Builds the Uppzy client; use it in `async with`."""
    return Uppzy(
        base_url=settings.uppzy_base_url,
        api_key=settings.uppzy_api_key.get_secret_value(),
        tenant_id=settings.uppzy_tenant_id,
        site_id=settings.uppzy_site_id,
        transport=transport,
    )


@contextlib.asynccontextmanager
async def open_ticket_system(settings: Settings) -> AsyncIterator[TicketSystem | None]:
    """Opens the client of the ticket system that `TICKETS` names; None if tickets are kept in the desk's database."""
    if settings.ticket_system is None:
        yield None
        return
    async with contextlib.aclosing(SYSTEMS[settings.tickets](settings.ticket_system)) as client:
        yield client


def _slack_config(settings: Settings, outside: Outside, policy: Policy) -> SlackConfig:
    app_token, secret = settings.slack_app_token, settings.slack_signing_secret
    return SlackConfig(
        api_url=settings.slack_api_url,
        bot_token=settings.slack_bot_token.get_secret_value(),
        app_token=app_token.get_secret_value() if app_token else None,
        signing_secret=secret.get_secret_value() if secret else None,
        handoff_channels=policy.channels | {settings.handoff_channel},
        user_groups=policy.groups,
        limits=outside.slack_limits,
        people_limits=outside.people,
        readers=Readers(catalog=Catalog(read_own_messages(settings.messages_dir)), agents=policy.handoffs.language),
        socket_timings=outside.sockets,
    )


def _desk(
    settings: Settings,
    outside: Outside,
    policy: Policy,
    connected: _Connections,
    reviews: StoredReviews,
    metrics: Metrics,
) -> Desk:
    slack = connected.slack
    slack_config = SurfaceConfig(
        name=slack.surface.name,
        joins_open_conversation=not slack.identity.is_agent,
        split=slack.surface.split,
    )
    config = DeskConfig(
        policy=policy,
        surfaces={SYSTEM: slack_config},
        handoff_channels={SYSTEM: settings.handoff_channel},
        review_channel=settings.review_channel,
        submits_questions=settings.uppzy_chat == "async",
        ticket_system=settings.tickets,
        ticket_poll_interval=None if settings.ticket_system is None else settings.tickets_poll_seconds or None,
        timeouts=outside.timeouts,
        assistant_options=AssistantOptions(send_email=settings.uppzy_send_email, language=settings.uppzy_language),
        ask_limits=AskLimits(of_all=settings.uppzy_max_concurrent or None),
        catalog=slack.config.readers.catalog,
    )
    adapters = Adapters(
        store=connected.store,
        surfaces={SYSTEM: SurfacePorts(surface=slack.surface, directory=slack.directory, files=slack.files)},
        assistant=connected.assistant,
        tickets=connected.tickets,
        records=StoredRecords(connected.store),
        reviews=reviews,
        charts=MatplotlibCharts() if can_draw() else None,
        observer=metrics,
        clock=outside.clock,
    )
    return Desk(adapters, config)


def _catch_up(settings: Settings, outside: Outside, policy: Policy, connected: _Connections, desk: Desk) -> CatchUp:
    """Builds what reads back missed messages, at the start and after every gap."""
    store, slack = connected.store, connected.slack
    # Before each event that is accepted later: one that arrives now must not hide what was missed before it.
    in_order = store.with_priority(WorkPriority.ACCEPTING)
    return CatchUp(
        store=store,
        watermarks=lambda now, limits: in_order.run(
            read_watermarks, now, limits, SYSTEM, desk.config.channels_on(SYSTEM)
        ),
        history=slack.history,
        accept=desk.accept,
        clock=outside.clock,
        limits=_catch_up_limits(settings, outside, policy),
    )


def _catch_up_limits(settings: Settings, outside: Outside, policy: Policy) -> CatchUpLimits:
    retention = settings.retention_days * DAY
    return outside.catch_up.adjusted(retention=retention, reopen_within=policy.handoffs.reopen_within)


def contact_notes_problem(settings: Settings, policy: Policy) -> str | None:
    """Returns why the notes that the policy asks for cannot be written, and the fix; None if they can.

    After conversations with a handoff they can be written on its ticket, in every system.
    """
    able = systems_with_contacts()
    if policy.notes.when is not NoteWhen.WITHOUT_HANDOFF or settings.tickets in able:
        return None
    return (
        f"The policy's [note] asks for notes after conversations without a handoff, and TICKETS={settings.tickets} "
        f'keeps no contacts to write them on. Write when = "always" in {settings.policy_file}, for notes on tickets, '
        f'or "never", or use one that keeps contacts: {", ".join(able)}.'
    )


async def _refuse_shared_channels(directory: SlackDirectory, channels: frozenset[str]) -> None:
    """Raises SettingsError if another company reads a handoff channel.

    A channel that cannot be checked now is checked again before anything is posted there.
    """
    problems = []
    for channel in sorted(channels):
        try:
            shared = await directory.is_shared(channel)
        except OutsideError as error:
            log.warning("channel_not_checked", extra={"channel": channel, "code": error.code})
            continue
        if shared:
            problems.append(
                f"The handoff channel {channel} is shared with another company, or about to be, whose people would "
                "read what employees ask. Name a channel of your own company, in HANDOFF_CHANNEL or in the policy."
            )
    if problems:
        raise SettingsError(problems)


@contextlib.asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs `work` beside the block and cancels it at its end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
