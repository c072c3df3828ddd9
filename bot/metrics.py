"""Metrics for Prometheus: counters that are updated as things happen, and gauges that are read for each scrape.

Label values come from closed sets: kinds, states, systems and classes of errors; never ids or words.
"""

from __future__ import annotations

import asyncio
import platform
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TypeVar

import prometheus_client
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric

from bot.chat_surface import Connections
from bot.errors import OutsideError, StorageError
from bot.helpdesk.desk import Handler
from bot.helpdesk.model.alarm import AlarmCause
from bot.helpdesk.model.effects import BODIES, EffectState
from bot.helpdesk.model.events import KINDS
from bot.helpdesk.model.job import JobKind
from bot.settings import TICKET_SYSTEMS
from bot.tickets.incoming_webhooks import WebhookOutcome
from storage.queries.stats import Gauges

J = TypeVar("J")

_ACK_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0)
_ASK_SECONDS = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 20.0, 30.0, 45.0, 60.0, 90.0)
_PAYLOADS = frozenset(
    {
        "event_callback",
        "block_actions",
        "view_submission",
        # Of Teams.
        "conversationUpdate",
        "installationUpdate",
        "invoke",
        "message",
        "messageDelete",
        "messageReaction",
        "messageUpdate",
    }
)
_SYSTEMS = frozenset({"slack", "teams", "uppzy", "tickets", *TICKET_SYSTEMS})
_STATUSES = frozenset({"3xx", "4xx", "5xx"})


class Metrics:
    """The counters, in a registry of their own. Implements the desk's `Observer`."""

    def __init__(self) -> None:
        # They would double the number of series.
        prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._events = self._counter("events", "Events received.", "kind", "outcome")
        self._effects = self._counter("effects", "Effects that reached a final state.", "kind", "outcome")
        self._retries = self._counter("retries", "Attempts that will be repeated.", "kind", "system", "error")
        self._webhooks = self._counter("webhooks", "Webhooks of the ticket system.", "outcome")
        self._faults = self._counter("job_faults", "Jobs that ended with an error of the desk itself.", "kind")
        self._running = Gauge("uppzy_desk_jobs_running", "Jobs that are running.", ["kind"], registry=self._registry)
        self._acknowledged = self._histogram(
            "acknowledgement_seconds", "Slack's requests, from their arrival to the response.", "status", _ACK_SECONDS
        )
        self._asked = self._histogram("uppzy_ask_seconds", "Questions sent to Uppzy.", "outcome", _ASK_SECONDS)

    def collect(self) -> Iterable[Metric]:
        """Returns all series, with those that have not been counted yet."""
        self._initialize()
        return self._registry.collect()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"uppzy_desk_{name}", text, labels, registry=self._registry)

    def _histogram(self, name: str, text: str, label: str, buckets: tuple[float, ...]) -> Histogram:
        return Histogram(f"uppzy_desk_{name}", text, [label], registry=self._registry, buckets=buckets)

    def _initialize(self) -> None:
        """Creates all known series: an alert on an increase would miss the first value of a new one."""
        for kind in KINDS:
            for outcome in ("accepted", "known"):
                self._events.labels(kind, outcome)
        for kind in BODIES:
            for outcome in ("done", "found", "failed", "dropped"):
                self._effects.labels(kind, outcome)
        for job in JobKind:
            self._faults.labels(job.value)
            self._running.labels(job.value)
        for outcome in WebhookOutcome:
            self._webhooks.labels(outcome.value)
        self._acknowledged.labels("200")
        self._asked.labels("2xx")

    # The desk's Observer.

    def accepted(self, kind: str, *, known: bool) -> None:
        self._events.labels(kind, "known" if known else "accepted").inc()

    def settled(self, kind: str, state: EffectState, *, found: bool = False) -> None:
        self._effects.labels(kind, "found" if found else state.value).inc()

    def delayed(self, kind: str, error: OutsideError) -> None:
        system = error.system if error.system in _SYSTEMS else "other"
        self._retries.labels(kind, system, type(error).__name__).inc()

    def asked(self, seconds: float, error: OutsideError | None) -> None:
        self._asked.labels("2xx" if error is None else _outcome(error)).observe(seconds)

    # The chat surface.

    def ignored(self, payload: str) -> None:
        """Counts a payload of this type that stands for no event."""
        self._events.labels(payload if payload in _PAYLOADS else "other", "ignored").inc()

    def acknowledged(self, status: int, seconds: float) -> None:
        """Counts a request of the chat surface that was answered with this HTTP status after `seconds`."""
        self._acknowledged.labels(str(status)).observe(seconds)

    # The ticket system.

    def webhook(self, outcome: WebhookOutcome) -> None:
        """Counts a webhook of the ticket system."""
        self._webhooks.labels(outcome.value).inc()

    # Jobs.

    def watched(self, handlers: Mapping[JobKind, Handler]) -> dict[JobKind, Handler]:
        """Returns the same handlers, counted while they run and when they raise."""
        return {kind: self.watched_as(kind, handler) for kind, handler in handlers.items()}

    def watched_as(
        self, kind: JobKind, run_job: Callable[[J], Awaitable[float | None]]
    ) -> Callable[[J], Awaitable[float | None]]:
        """Returns the same function, counted as the handler of a kind of job."""
        running, faults = self._running.labels(kind.value), self._faults.labels(kind.value)

        async def run(job: J) -> float | None:
            with running.track_inprogress(), faults.count_exceptions():
                return await run_job(job)

        return run


def _outcome(error: OutsideError) -> str:
    """Returns the class of the HTTP status, `unusable` (a success without the needed fields), or `network`."""
    status = f"{error.code[:1]}xx" if error.code.isdecimal() else ""
    if status in _STATUSES:
        return status
    return "unusable" if status == "2xx" or error.code == "incomplete" else "network"


def _no_sockets() -> None:
    """Returns None: in HTTP mode there are no connections."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The sources of the gauges. `gauges` may raise StorageError; `sockets` returns None in HTTP mode."""

    gauges: Callable[[], Awaitable[Gauges]]
    unfinished: Callable[[], int]
    asking: Callable[[], int]
    sockets: Callable[[], Connections | None] = _no_sockets


class MetricsPage:
    """Serves `GET /metrics`. The database's gauges are left out if it does not answer within `timeout` seconds."""

    def __init__(self, metrics: Metrics, sources: Sources, timeout: float = 1.0) -> None:
        self._metrics = metrics
        self._sources = sources
        self._timeout = timeout

    async def handle(self, request: web.Request) -> web.Response:
        """Returns all metrics in the requested format (prometheus.io/docs/instrumenting/exposition_formats)."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        stored = await self._database_metrics()
        page = _Page([self._metrics.collect(), self._process_metrics(), stored])
        return web.Response(body=encode(page), headers={"Content-Type": content_type})

    def _process_metrics(self) -> Iterator[Metric]:
        yield _build_info()
        yield _gauge("jobs_unfinished", "Jobs that wait or run, as this process knows.", self._sources.unfinished())
        yield _gauge("questions_asking", "Questions that are with the assistant now.", self._sources.asking())
        sockets = self._sources.sockets()
        if sockets is not None:
            yield from _socket_gauges(sockets)

    async def _database_metrics(self) -> list[Metric]:
        try:
            async with asyncio.timeout(self._timeout):
                gauges = await self._sources.gauges()
        except (StorageError, TimeoutError):
            return [_database_up(0)]
        return [_database_up(1), *_stored_gauges(gauges)]


class _Page:
    """Several sources of metrics as one collector of prometheus_client."""

    def __init__(self, parts: Iterable[Iterable[Metric]]) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        for part in self._parts:
            yield from part


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"uppzy_desk_{name}", text, value)


def _socket_gauges(sockets: Connections) -> Iterator[Metric]:
    yield _gauge("socket_connected", "Open Socket Mode connections.", sockets.count)
    age = sockets.age
    if age is not None:
        yield _gauge("socket_age_seconds", "Time since anything was received through one of them.", age)


def _build_info() -> Metric:
    built = {"version": _version(), "python": platform.python_version()}
    return InfoMetricFamily("uppzy_desk_build", "What is running.", built)


def _version() -> str:
    try:
        return version("uppzy-desk")
    except PackageNotFoundError:
        return "unknown"


def _database_up(up: int) -> Metric:
    return _gauge("database_up", "Whether the database answered; if not, the gauges below are missing.", up)


def _stored_gauges(gauges: Gauges) -> Iterator[Metric]:
    yield _gauge(
        "oldest_unanswered_question_seconds",
        "How long the oldest question without an answer waits; 0 when none does.",
        gauges.oldest_unanswered,
    )
    handoffs = GaugeMetricFamily("uppzy_desk_handoffs", "Handoffs that are not resolved.", labels=["state"])
    for state in ("open", "claimed", "pending"):
        handoffs.add_metric([state], gauges.handoffs.get(state, 0))
    yield handoffs
    yield _gauge("handoffs_late", "Handoffs past their target that nobody has claimed.", gauges.late)
    alarms = GaugeMetricFamily("uppzy_desk_alarms", "Alarms that are not over.", labels=["cause"])
    for cause in AlarmCause:
        alarms.add_metric([cause.value], gauges.alarms.get(cause.value, 0))
    yield alarms
