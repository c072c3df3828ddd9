"""The composition root: builds, opens and closes everything.

`running` is the whole bot as a context manager; the command line, the sandbox and the tests start it through this.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass, replace
from typing import Any

import httpx
from aiohttp import web

from bot.charts import MatplotlibCharts, can_draw
from bot.chat_ids import surface_of
from bot.chat_surface import ChatSurface, EventReceiver, Reception
from bot.errors import SettingsError, StorageError
from bot.helpdesk.config import AskLimits, AssistantOptions, CatchUpLimits, DeskConfig
from bot.helpdesk.desk import Adapters, Desk
from bot.helpdesk.escalation import NoteWhen, Policy
from bot.helpdesk.inbox.reconciliation import CatchUp, History
from bot.helpdesk.messages import Catalog
from bot.helpdesk.model.job import JobKind
from bot.helpdesk.ports import Clock, Tickets, WorkPriority
from bot.metrics import Metrics, MetricsPage, Sources
from bot.outside import Outside
from bot.own_messages import read_own_messages
from bot.policy_file import read_policy
from bot.policy_watch import PolicyUse, PolicyWatch
from bot.server import Health, build_server, empty_transaction, listening
from bot.settings import AssistantSettings, Settings
from bot.stored_policies import StoredPolicies
from bot.surfaces import chat_ids, connected_surfaces, handoff_channels, refuse_shared_channels
from bot.tickets.incoming_webhooks import TicketWebhooks
from bot.tickets.registry import SYSTEMS, TicketSystem, systems_with_contacts
from bot.uppzy import Uppzy
from storage.engines import NewRunner, choose_engine, location_of
from storage.inspection import DatabaseLocation
from storage.interfaces import Database, JobRunner, NewEffects
from storage.persons.forget import finish_forgettings
from storage.policies import record_change
from storage.queries.home import StoredRecords
from storage.queries.review import StoredReviews
from storage.queries.stats import Gauges, read_gauges
from storage.queries.watermarks import read_watermarks
from storage.retention import DAY, run_retention

__all__ = ["Outside", "RunningBot", "build_uppzy", "contact_notes_problem", "open_ticket_system", "running"]

log = logging.getLogger(__name__)

# Bolt reads these by itself, and with the client id and secret set it switches to an OAuth installation.
_READ_BY_BOLT = ("SLACK_BOT_TOKEN", "SLACK_CLIENT_ID", "SLACK_CLIENT_SECRET", "SLACK_VERIFICATION_TOKEN")


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
    catalog: Catalog
    surfaces: tuple[ChatSurface, ...]
    assistant: Uppzy
    tickets: Tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class _Linked:
    """A chat surface with what receives its events, and what reads back missed ones; None where nothing can."""

    surface: ChatSurface
    receiver: EventReceiver
    catch_up: CatchUp | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """The parts of the bot, built and not started."""

    connected: _Connections
    metrics: Metrics
    desk: Desk
    reviews: StoredReviews
    runner: JobRunner
    linked: tuple[_Linked, ...]

    @property
    def receivers(self) -> tuple[EventReceiver, ...]:
        """The receivers of all surfaces."""
        return tuple(one.receiver for one in self.linked)

    @property
    def catch_ups(self) -> tuple[CatchUp, ...]:
        """Those of the surfaces that can be read back."""
        return tuple(one.catch_up for one in self.linked if one.catch_up is not None)

    async def catch_up(self) -> None:
        """Reads back what was missed on every surface."""
        await asyncio.gather(*(one.catch_up() for one in self.catch_ups))


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
        parts = _assemble(settings, outside, policy, connected)
        await refuse_shared_channels(connected.surfaces, parts.desk.config)
        stack.push_async_callback(parts.desk.close)
        stack.push_async_callback(parts.runner.stop, outside.stop_timeout)
        await connected.store.run(record_change, policy, outside.clock())
        await _finish_forgettings(location_of(settings.database_url), outside.clock)
        await _start_work(stack, settings, outside, policy, parts)
        watch = _policy_watch(settings, outside, policy, parts)
        await stack.enter_async_context(_background(watch.watch()))
        http = _http_server(settings, outside, parts)
        url = await stack.enter_async_context(listening(http, settings.host, settings.port))
        await _receive(stack, parts.receivers)
        yield RunningBot(
            desk=parts.desk,
            runner=parts.runner,
            store=connected.store,
            http=http,
            url=url,
            catch_up=parts.catch_up,
            policy=watch,
        )


def _read_usable_policy(settings: Settings) -> Policy:
    """Reads the policy, and refuses one that asks for contact notes where the ticket system has no contacts."""
    policy = read_policy(settings.policy_file, chat_ids(settings))
    _refuse_contact_notes(settings, policy)
    return policy


def _refuse_contact_notes(settings: Settings, policy: Policy) -> None:
    if (problem := contact_notes_problem(settings, policy)) is not None:
        raise SettingsError([problem])


def _assemble(settings: Settings, outside: Outside, policy: Policy, connected: _Connections) -> _Parts:
    metrics = Metrics()
    reviews = StoredReviews(location_of(settings.database_url), policy.handoffs, policy.review.zone)
    desk = _desk(settings, outside, policy, connected, reviews, metrics)
    limits = _catch_up_limits(settings, outside, policy)
    return _Parts(
        connected=connected,
        metrics=metrics,
        desk=desk,
        reviews=reviews,
        runner=connected.new_runner(metrics.watched(desk.handlers), outside.clock, _new_effects(desk, metrics)),
        linked=tuple(
            _link(surface, connected.store, outside.clock, desk, metrics, limits) for surface in connected.surfaces
        ),
    )


def _link(
    surface: ChatSurface, store: Database, clock: Clock, desk: Desk, metrics: Metrics, limits: CatchUpLimits
) -> _Linked:
    """Lets a surface pass what it receives, and what is read back from it, to the desk."""
    catch_up = None
    if (history := surface.history) is not None:
        catch_up = _catch_up(surface.name, history, store, clock, desk, limits)
    reception = Reception(
        accept=desk.accept,
        ignored=metrics.ignored,
        acknowledged=metrics.acknowledged,
        after_gap=_read_nothing if catch_up is None else catch_up.catch_up,
        clock=clock,
    )
    return _Linked(surface=surface, receiver=surface.receive(reception), catch_up=catch_up)


async def _read_nothing() -> None:
    """Reads nothing back: the surface has no history."""


def _new_effects(desk: Desk, metrics: Metrics) -> NewEffects:
    perform = metrics.watched_as(JobKind.EFFECT, desk.dispatcher.send)
    return NewEffects(claim=desk.dispatcher.claim_new, perform=perform)


async def _start_work(
    stack: contextlib.AsyncExitStack, settings: Settings, outside: Outside, policy: Policy, parts: _Parts
) -> None:
    """Starts the jobs, and whatever runs beside them until the stack is left."""
    await stack.enter_async_context(_background(parts.desk.detect_pauses(parts.catch_up)))
    await parts.runner.start()
    # With it an alarm about one with mistakes ends, and the next review is scheduled.
    await parts.desk.use_policy(policy)
    for surface in parts.connected.surfaces:
        for work in surface.background:
            await stack.enter_async_context(_background(work()))
    retention = run_retention(
        parts.connected.store, outside.clock, settings.retention_days, settings.audit_retention_days
    )
    await stack.enter_async_context(_background(retention))
    for one in parts.linked:
        if one.catch_up is not None:
            await stack.enter_async_context(_background(one.catch_up.repeat()))
        # Connections of the bot itself catch up at the start and after every gap.
        if one.catch_up is not None and one.receiver.connections is None:
            await stack.enter_async_context(_background(one.catch_up.catch_up()))


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
    desk, surfaces = parts.desk, parts.connected.surfaces

    async def check(changed: Policy) -> None:
        _refuse_contact_notes(settings, changed)
        await refuse_shared_channels(surfaces, replace(desk.config, policy=changed), desk.config.channels)

    async def use(changed: Policy) -> None:
        await parts.connected.store.run(record_change, changed, outside.clock())
        await desk.use_policy(changed)
        for surface in surfaces:
            surface.follow(desk.config.channels_on(surface.name), changed.handoffs.language)
        parts.reviews.follow(changed.handoffs, changed.review.zone)
        for catch_up in parts.catch_ups:
            catch_up.limit(_catch_up_limits(settings, outside, changed))

    return PolicyWatch(
        settings.policy_file,
        policy,
        ids=chat_ids(settings),
        use=PolicyUse(check=check, use=use, refuse=desk.refuse_policy, keep=desk.keep_policy),
        interval=outside.policy_interval,
    )


def _http_server(settings: Settings, outside: Outside, parts: _Parts) -> web.Application:
    """Builds the HTTP application: health, metrics, webhooks of the ticket system, and requests of the surfaces."""
    store, receivers = parts.connected.store, parts.receivers
    connections = next((one.connections for one in receivers if one.connections is not None), None)
    sources = Sources(
        gauges=lambda: _read_gauges(store, outside.clock()),
        unfinished=lambda: parts.runner.unfinished,
        asking=lambda: parts.desk.questions_in_flight,
        sockets=lambda: connections,
    )
    webhooks = TicketWebhooks(
        system=settings.tickets,
        tickets=parts.connected.tickets,
        accept=parts.desk.accept_notice,
        clock=outside.clock,
        count=parts.metrics.webhook,
    )
    page = MetricsPage(parts.metrics, sources)
    return build_server(Health(store, receivers), page, webhooks, receivers)


async def _read_gauges(store: Database, now: float) -> Gauges:
    # A database that cannot be written counts as down, although it can still be read.
    await store.run(empty_transaction)
    return await store.read(read_gauges, now)


async def _receive(stack: contextlib.AsyncExitStack, receivers: Iterable[EventReceiver]) -> None:
    for receiver in receivers:
        stack.push_async_callback(receiver.close)
        await receiver.start()


@contextlib.asynccontextmanager
async def _connections(settings: Settings, outside: Outside, policy: Policy) -> AsyncIterator[_Connections]:
    store, new_runner = choose_engine(location_of(settings.database_url))
    catalog = Catalog(read_own_messages(settings.messages_dir))
    async with (
        store,
        build_uppzy(settings, outside.uppzy_transport) as assistant,
        open_ticket_system(settings) as system,
        connected_surfaces(settings, outside, policy, store, catalog) as surfaces,
    ):
        yield _Connections(
            store=store,
            new_runner=new_runner,
            catalog=catalog,
            surfaces=surfaces,
            assistant=assistant,
            tickets=system or outside.tickets(store, outside.clock),
        )


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


def _desk(
    settings: Settings,
    outside: Outside,
    policy: Policy,
    connected: _Connections,
    reviews: StoredReviews,
    metrics: Metrics,
) -> Desk:
    surfaces = connected.surfaces
    config = DeskConfig(
        policy=policy,
        surfaces={surface.name: surface.config for surface in surfaces},
        handoff_channels=handoff_channels(settings),
        surface_of=surface_of,
        review_channel=settings.review_channel,
        submits_questions=settings.uppzy_chat == "async",
        ticket_system=settings.tickets,
        ticket_poll_interval=None if settings.ticket_system is None else settings.tickets_poll_seconds or None,
        timeouts=outside.timeouts,
        assistant_options=AssistantOptions(send_email=settings.uppzy_send_email, language=settings.uppzy_language),
        ask_limits=AskLimits(of_all=settings.uppzy_max_concurrent or None),
        catalog=connected.catalog,
    )
    adapters = Adapters(
        store=connected.store,
        surfaces={surface.name: surface.ports for surface in surfaces},
        assistant=connected.assistant,
        tickets=connected.tickets,
        records=StoredRecords(connected.store),
        reviews=reviews,
        policies=StoredPolicies(location_of(settings.database_url), chat_ids(settings)),
        charts=MatplotlibCharts() if can_draw() else None,
        observer=metrics,
        clock=outside.clock,
    )
    return Desk(adapters, config)


def _catch_up(
    surface: str, history: History, store: Database, clock: Clock, desk: Desk, limits: CatchUpLimits
) -> CatchUp:
    """Builds what reads back missed messages of a surface, at the start and after every gap."""
    # Before each event that is accepted later: one that arrives now must not hide what was missed before it.
    in_order = store.with_priority(WorkPriority.ACCEPTING)
    return CatchUp(
        store=store,
        watermarks=lambda now, limits: in_order.run(
            read_watermarks, now, limits, surface, desk.config.channels_on(surface)
        ),
        history=history,
        accept=desk.accept,
        clock=clock,
        limits=limits,
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


@contextlib.asynccontextmanager
async def _background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs `work` beside the block and cancels it at its end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
