"""The desk: accepts events, handles them, and performs the effects that follow."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from bot.errors import PermanentError, PolicyMistake, StorageError, TemporaryError
from bot.helpdesk.alarms import end_policy_alarm, raise_policy_alarm
from bot.helpdesk.answering.ask_queue import AskLimiter
from bot.helpdesk.config import ConfigInForce, DeskConfig, KindsOf, LocaleOf
from bot.helpdesk.escalation import Policy
from bot.helpdesk.handoffs.explaining import policy_to_read
from bot.helpdesk.inbox.app_budget import AppBudget
from bot.helpdesk.inbox.router import accept, accept_and_handle, handle
from bot.helpdesk.lanes import LANE_TAKEN_SECONDS, Lane
from bot.helpdesk.model.chat import PersonKind
from bot.helpdesk.model.events import Acceptance, Event, InboxEntry, MessageReceived, TicketChanged
from bot.helpdesk.model.job import JobKind
from bot.helpdesk.model.ticket_system import NoticeResult, WebhookNotice
from bot.helpdesk.outbox.dispatcher import Dispatcher
from bot.helpdesk.outbox.handler import BackgroundTasks, Dependencies
from bot.helpdesk.outbox.handlers import build_registry
from bot.helpdesk.outbox.handlers.assistant import AssistantHandlers
from bot.helpdesk.permissions import (
    ActingPerson,
    Membership,
    kinds_of,
    may_be_agent,
    memberships_to_check,
    person_to_look_up,
    refusal_of,
)
from bot.helpdesk.ports import (
    Assistant,
    Charts,
    Clock,
    Observer,
    Policies,
    Records,
    Reviews,
    Store,
    SurfacePorts,
    Tickets,
    Transaction,
    WorkPriority,
)
from bot.helpdesk.review.digest import start_reviews
from bot.helpdesk.scheduled_jobs import SCHEDULED_JOBS
from bot.helpdesk.store_throttle import ThrottledStore
from bot.helpdesk.unit_of_work import carried, following_trace

log = logging.getLogger(__name__)

Handler = Callable[[str], Awaitable[float | None]]

# While more events than these wait to be acknowledged, a message is only stored, and handled later.
_MOST_ACCEPTED_AT_ONCE = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """The implementations of the ports that a desk works with. `surfaces` are known by their names.

    `charts` None: nothing can be drawn here. `policies` None: those of before are not read.
    """

    store: Store
    surfaces: Mapping[str, SurfacePorts]
    assistant: Assistant
    tickets: Tickets
    records: Records
    reviews: Reviews
    observer: Observer
    clock: Clock
    charts: Charts | None = None
    policies: Policies | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """An event after the first transaction, with the questions to the directory that must be answered first.

    `memberships` decide who is an agent; `stranger` is somebody who acts, on whom it depends and who is not known. With
    none of them, the event is handled already, and `superseded` are the questions whose calls are no longer needed.
    `policy` is the fingerprint of one that must be read first.
    """

    kind: str
    memberships: tuple[Membership, ...]
    stranger: ActingPerson | None
    policy: str | None
    superseded: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Accepted:
    """The events of a payload with their ids, None for one that was known. `handled`: there is nothing left to do."""

    acceptance: Acceptance
    ids: Sequence[str | None]
    handled: bool = False


def _locales_of(surfaces: Mapping[str, SurfacePorts]) -> LocaleOf:
    """Returns the look-up of a person's locale in the directories."""

    def locale_of(surface: str, person: str) -> str | None:
        ports = surfaces.get(surface)
        return ports.directory.known_locale(person) if ports else None

    return locale_of


def _kinds_of(surfaces: Mapping[str, SurfacePorts]) -> KindsOf:
    """Returns the look-up of a person's kinds in the directories."""

    def kinds_of(surface: str, person: str, groups: Collection[str]) -> frozenset[str] | None:
        ports = surfaces.get(surface)
        return ports.directory.known_kinds(person, groups) if ports else None

    return kinds_of


def _is_plain(event: Event) -> TypeGuard[MessageReceived]:
    """Returns whether an event is a direct message."""
    return isinstance(event, MessageReceived) and event.direct


class Desk:
    """The help desk between chat surfaces, an assistant and a ticket system.

    All state is in the store, so nothing is lost whenever the process ends. `accept` is the only work done before an
    event is acknowledged.
    """

    def __init__(self, adapters: Adapters, config: DeskConfig) -> None:
        in_force = ConfigInForce(
            replace(config, locale_of=_locales_of(adapters.surfaces), kinds_of=_kinds_of(adapters.surfaces))
        )
        self._store = adapters.store.with_priority(WorkPriority.ACCEPTING)
        self._throttled = throttled = ThrottledStore(adapters.store)
        self._accepting = 0
        self._apps = AppBudget()
        self._policies = adapters.policies
        self._opening = throttled.with_priority(WorkPriority.OPENING)
        self._deps = Dependencies(
            store=throttled,
            surfaces=adapters.surfaces,
            assistant=adapters.assistant,
            tickets=adapters.tickets,
            records=adapters.records,
            reviews=adapters.reviews,
            charts=adapters.charts,
            observer=adapters.observer,
            clock=adapters.clock,
            in_force=in_force,
            limiter=AskLimiter(config.ask_limits),
            tasks=BackgroundTasks(),
        )
        self._assistant = AssistantHandlers(self._deps)
        self.dispatcher = Dispatcher(
            store=throttled,
            ending=throttled.with_priority(WorkPriority.CLOSING),
            in_force=in_force,
            clock=adapters.clock,
            handlers=build_registry(self._deps, self._assistant),
            observer=adapters.observer,
        )

    @property
    def handlers(self) -> Mapping[JobKind, Handler]:
        """The handler of each kind of job."""
        return {
            JobKind.EVENT: self.handle,
            JobKind.EFFECT: self.dispatcher.perform,
            **dict.fromkeys(SCHEDULED_JOBS, self.run_scheduled),
        }

    @property
    def questions_in_flight(self) -> int:
        """The number of questions that are with the assistant or in the queue for it."""
        return len(self._assistant.in_flight)

    async def detect_pauses(self, after_gap: Callable[[], Awaitable[None]]) -> None:
        """Detects suspensions of this process, such as the machine's sleep. Runs until cancelled.

        Calls `after_gap` after each that was long enough for events to be lost.
        """
        pauses = self.dispatcher.pauses
        await asyncio.gather(pauses.watch(), pauses.after_each_gap(after_gap))

    async def start_reviews(self) -> None:
        """Schedules the next digest, and posts one that came due while the desk was off. Call it at the start."""
        await self._deps.store.run(lambda tx: start_reviews(self._deps.unit_of_work(tx)))

    @property
    def config(self) -> DeskConfig:
        """The configuration of this moment."""
        return self._deps.config

    async def use_policy(self, policy: Policy) -> None:
        """Puts a policy in force: what is decided from then on follows it alone. Raises StorageError."""
        self._deps.in_force.use(policy)
        await self.keep_policy()
        await self.start_reviews()

    async def refuse_policy(self, mistakes: Sequence[PolicyMistake]) -> None:
        """Raises the alarm about a changed policy with mistakes, unless it stands. Raises StorageError."""
        await self._deps.store.run(lambda tx: raise_policy_alarm(self._deps.unit_of_work(tx), mistakes))

    async def keep_policy(self) -> None:
        """Ends the alarm: the file holds the policy in force again. Raises StorageError."""
        await self._deps.store.run(lambda tx: end_policy_alarm(self._deps.unit_of_work(tx)))

    async def close(self) -> None:
        """Cancels background tasks, all of them cosmetic. Call it when no job runs any more."""
        await self._deps.tasks.close()

    async def accept(self, *entries: InboxEntry) -> Acceptance:
        """Stores the events of one payload, so that they cannot be lost, and schedules their handling.

        A message that nothing waits for is handled in the same transaction, unless the desk is behind with its work.
        """
        self._accepting += 1
        try:
            accepted = await self._accept_at_once(entries)
            if accepted is None:
                accepted = await self._store.run(self._accept, entries)
        finally:
            self._accepting -= 1
        for id, entry in zip(accepted.ids, entries, strict=False):
            kind = type(entry.event).__name__
            self._deps.observer.accepted(kind, known=id is None)
            if id is not None:
                log.debug("event_accepted", extra={"trace": id, "kind": kind})
                if accepted.handled:
                    log.debug("event_handled", extra={"trace": id, "kind": kind})
        return accepted.acceptance

    async def _accept_at_once(self, entries: Sequence[InboxEntry]) -> _Accepted | None:
        """Accepts and handles a message in one transaction. Returns None if it has to be handled by a job."""
        if len(entries) != 1 or not _is_plain(event := entries[0].event) or self._is_behind:
            return None
        if person_to_look_up(self._deps.config, event) is not None:
            return None
        try:
            return await self._store.run(self._accept_and_handle, entries[0], event)
        except StorageError:
            # The message alone may be taken. If it is not either, that error is reported.
            return None
        except Exception as error:
            # The traceback holds lines of code but no values, which may be text that people wrote.
            log.exception("event_not_handled_at_once", extra={"error": type(error).__name__})
            return None

    @property
    def _is_behind(self) -> bool:
        return self._accepting > _MOST_ACCEPTED_AT_ONCE or self._throttled.is_busy

    def _accept_and_handle(self, tx: Transaction, entry: InboxEntry, event: MessageReceived) -> _Accepted:
        id = accept_and_handle(self._deps.unit_of_work(tx), entry, event)
        if id is None:
            return self._accept(tx, [entry])
        return _Accepted(Acceptance(is_new=True), [id], handled=True)

    def _accept(self, tx: Transaction, entries: Sequence[InboxEntry]) -> _Accepted:
        return _Accepted(*accept(self._deps.unit_of_work(tx), entries))

    async def accept_notice(self, system: str, notice: WebhookNotice) -> NoticeResult:
        """Accepts a ticket system's notice, once. A notice about a ticket of somebody else is not stored."""
        if not await self._is_about_our_ticket(system, notice):
            return NoticeResult.UNKNOWN_TICKET
        entry = InboxEntry(
            key=f"ticket:{system}:{notice.delivery}",
            lane=Lane.INBOX.of(f"{system}:{notice.ticket_id}"),
            event=TicketChanged(system=system, ticket=notice.ticket_id),
        )
        return NoticeResult.ACCEPTED if (await self.accept(entry)).is_new else NoticeResult.KNOWN

    async def _is_about_our_ticket(self, system: str, notice: WebhookNotice) -> bool:
        # Our ids are printable, and a database refuses to look up some others, such as NUL.
        if not (notice.ticket_id.isprintable() and notice.delivery.isprintable()):
            return False
        return await self._store.run(lambda tx: tx.handoffs.of_ticket(system, notice.ticket_id)) is not None

    async def handle(self, event_id: str) -> float | None:
        """Handles an accepted event. Returns the seconds after which to try again, or None when it is done.

        The id of the event is the trace of everything that follows from it.
        """
        with following_trace(event_id):
            opened = await self._opening.run(carried(self._open), event_id)
            if opened is None or isinstance(opened, float):
                return opened
            superseded = opened.superseded
            if opened.memberships or opened.stranger is not None or opened.policy is not None:
                if opened.policy is not None:
                    await self._learn_policy(opened.policy)
                try:
                    if opened.stranger is not None:
                        await self._learn(opened.stranger)
                    agents = await self._agents_among(opened.memberships)
                except TemporaryError:
                    log.warning("membership_unknown", extra={"event_id": event_id})
                    return self._deps.timeouts.retry.first
                if opened.stranger is not None and self._is_over_budget(opened.stranger):
                    await self._deps.store.run(carried(self._drop), event_id)
                    return None
                superseded = await self._deps.store.run(carried(self._route_if_open), event_id, agents)
            log.debug("event_handled", extra={"kind": opened.kind})
            for question_id in superseded:
                self._assistant.cancel(question_id)
            return None

    def _open(self, tx: Transaction, event_id: str) -> _Opened | float | None:
        """Reads an event and handles it, unless the directory must be asked first.

        Returns None if it is handled already, or the seconds to wait if another one of its lane is being handled.
        """
        event, is_next = tx.inbox.to_handle(event_id)
        if event is None:
            return None
        if not is_next:
            return LANE_TAKEN_SECONDS
        stranger = person_to_look_up(self._deps.config, event)
        is_refused = stranger is None and refusal_of(self._deps.config, event) is not None
        memberships = () if is_refused else memberships_to_check(tx, event)
        policy = None if is_refused else policy_to_read(self._deps.unit_of_work(tx), event)
        must_ask = bool(memberships) or stranger is not None or policy is not None
        superseded = () if must_ask else self._route(tx, event_id, event, frozenset())
        return _Opened(
            kind=type(event).__name__, memberships=memberships, stranger=stranger, policy=policy, superseded=superseded
        )

    async def _learn(self, stranger: ActingPerson) -> None:
        """Asks the directory for what must be known of somebody. Whom it does not know is nobody's kind."""
        try:
            await self._deps.directory(stranger.surface).learn(stranger.person, self._deps.config.policy.groups)
        except PermanentError as error:
            log.warning("person_not_known", extra={"code": error.code_or_kind})

    async def _learn_policy(self, fingerprint: str) -> None:
        """Reads a policy of before. If the database cannot be read, it is tried again with the next explanation."""
        if self._policies is None:
            return
        try:
            self._deps.in_force.learn(fingerprint, await self._policies.find(fingerprint))
        except StorageError as error:
            log.warning("policy_not_read", extra={"error": type(error).__name__})

    async def _agents_among(self, memberships: Iterable[Membership]) -> frozenset[str]:
        is_member, config = self._deps.is_member, self._deps.config
        possible = [one for one in memberships if may_be_agent(config, one)]
        return frozenset([one.person for one in possible if await is_member(one.surface, one.person, one.channel)])

    def _is_over_budget(self, who: ActingPerson) -> bool:
        """Counts an event of an app that the policy lets use the bot. Returns whether it has sent too many."""
        config = self._deps.config
        if not config.policy.people.apps or PersonKind.APP not in kinds_of(config, who):
            return False
        return not self._apps.take((who.surface, who.person), self._deps.clock())

    def _drop(self, tx: Transaction, event_id: str) -> None:
        """Closes an event of an app without an effect: two of them could answer each other forever."""
        log.warning("app_over_budget", extra={"event_id": event_id})
        tx.inbox.close(event_id, self._deps.clock())

    def _route_if_open(self, tx: Transaction, event_id: str, agents: frozenset[str]) -> tuple[str, ...]:
        # Another process may have handled it meanwhile.
        event = tx.inbox.open(event_id)
        return () if event is None else self._route(tx, event_id, event, agents)

    def _route(self, tx: Transaction, event_id: str, event: Event, agents: frozenset[str]) -> tuple[str, ...]:
        uow = self._deps.unit_of_work(tx)
        tx.inbox.close(event_id, uow.now)
        return handle(uow, event, agents)

    async def run_scheduled(self, job_id: str) -> float | None:
        """Runs a scheduled job. Returns the seconds after which to try again, or None when it is done."""
        return await self._deps.store.run(self._run_scheduled, job_id)

    def _run_scheduled(self, tx: Transaction, job_id: str) -> float | None:
        job = tx.scheduled_jobs.waiting(job_id)
        if job is None:
            return None
        # The queue has another clock than this process where several machines share a database.
        if job.due_at is not None and (left := job.due_at - self._deps.clock()) > 0:
            return left
        with following_trace(job.trace or job.id):
            uow = self._deps.unit_of_work(tx)
            # First, so that its function can schedule it again.
            tx.scheduled_jobs.close(job.id, uow.now)
            SCHEDULED_JOBS[job.kind](uow, job)
            log.debug("job_done", extra={"kind": job.kind.value, "subject": job.subject})
        return None
