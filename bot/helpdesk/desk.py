"""The desk: accepts inputs, takes them in, and has every effect performed that follows from them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from bot.errors import NotYetError, PermanentError, TemporaryError
from bot.helpdesk.answering.ask_queue import AskLimiter
from bot.helpdesk.config import AskLimits, AssistantOptions, DeskConfig, Timeouts
from bot.helpdesk.correlation import carried, following
from bot.helpdesk.inbox.router import handle
from bot.helpdesk.lanes import inbox_lane
from bot.helpdesk.model.events import InboxEntry, Input, TicketChanged, TimerFired
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.model.webhook import NoticeResult, WebhookNotice
from bot.helpdesk.outbox.dispatcher import Dispatcher
from bot.helpdesk.outbox.handlers import build_registry
from bot.helpdesk.outbox.handlers.assistant import cancel_question
from bot.helpdesk.outbox.handlers.background_tasks import BackgroundTasks
from bot.helpdesk.outbox.handlers.dependencies import Dependencies
from bot.helpdesk.outbox.handlers.questions_in_flight import QuestionsInFlight
from bot.helpdesk.outbox.handlers.typing_indicator import TypingIndicator
from bot.helpdesk.permissions import Membership, memberships_to_check, unverified_author
from bot.helpdesk.ports import (
    Assistant,
    Clock,
    Directory,
    Files,
    Observer,
    Records,
    Store,
    Surface,
    Tickets,
    Transaction,
)
from bot.helpdesk.store_throttle import ThrottledStore, WorkPriority

log = logging.getLogger(__name__)

Handler = Callable[[str], Awaitable[float | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """An input under way: what is to be asked of the server before it is taken in, or what it has overtaken.

    `author`: whoever may be a bot. `memberships`: those that decide over it.
    """

    kind: str
    author: str | None
    memberships: tuple[Membership, ...]
    overtaken: tuple[str, ...]


class Desk:
    """The help desk between a chat surface, an assistant and a ticket system.

    It keeps everything in `store`; nothing is lost when it stops at any moment, and `accept` is all that stands between
    an input and its acknowledgement.
    """

    def __init__(
        self,
        *,
        store: Store,
        surface: Surface,
        files: Files,
        directory: Directory,
        assistant: Assistant,
        tickets: Tickets,
        records: Records,
        config: DeskConfig,
        clock: Clock,
        timeouts: Timeouts,
        assistant_options: AssistantOptions,
        observer: Observer,
        limits: AskLimits,
    ) -> None:
        self._store = store
        throttled = ThrottledStore(store)
        tasks = BackgroundTasks()
        self._beginning = throttled.ranked(WorkPriority.BEGINNING)
        self._deps = Dependencies(
            store=throttled,
            surface=surface,
            files=files,
            directory=directory,
            assistant=assistant,
            tickets=tickets,
            records=records,
            observer=observer,
            clock=clock,
            config=config,
            timeouts=timeouts,
            assistant_options=assistant_options,
            limiter=AskLimiter(limits),
            in_flight=QuestionsInFlight(),
            typing=TypingIndicator(surface, tasks),
            tasks=tasks,
        )
        self._dispatcher = Dispatcher(
            store=throttled,
            ending=throttled.ranked(WorkPriority.ENDING),
            config=config,
            clock=clock,
            handlers=build_registry(self._deps),
            schedule=timeouts.retry,
            look_again=timeouts.second_search_after,
            observer=observer,
        )

    @property
    def handlers(self) -> Mapping[JobKind, Handler]:
        """What does the jobs of each kind."""
        return {JobKind.INPUT: self.handle, JobKind.EFFECT: self._dispatcher.perform}

    @property
    def asking(self) -> int:
        """How many questions are with the assistant, or in the line for it."""
        return len(self._deps.in_flight)

    async def stay_awake(self) -> None:
        """Notice when this process was frozen or its machine slept; runs until cancelled."""
        await self._dispatcher.pauses.keep()

    async def close(self) -> None:
        """Let go of what is decoration; call it once no job runs any more."""
        await self._deps.tasks.close()

    async def accept(self, accepted: InboxEntry) -> bool:
        """Keep an input and have it taken in; False where it is known already. Once this returns it cannot be lost."""
        id = await self._store.run(_accept, accepted, self._deps.clock())
        kind = type(accepted.given).__name__
        self._deps.observer.accepted(kind, known=id is None)
        if id is not None:
            log.debug("input_accepted", extra={"trace": id, "kind": kind})
        return id is not None

    async def hear(self, system: str, notice: WebhookNotice) -> NoticeResult:
        """Accept a notice of the ticket system about one of our tickets, once; of another ticket nothing is kept."""
        if not await self._is_ours(system, notice):
            return NoticeResult.UNKNOWN_TICKET
        accepted = InboxEntry(
            key=f"ticket:{system}:{notice.delivery}",
            lane=inbox_lane(f"{system}:{notice.ticket_id}"),
            given=TicketChanged(system=system, ticket=notice.ticket_id),
        )
        return NoticeResult.ACCEPTED if await self.accept(accepted) else NoticeResult.KNOWN

    async def _is_ours(self, system: str, notice: WebhookNotice) -> bool:
        """Whether it is about a ticket of ours. What no database can hold, such as NUL, is in none of their ids."""
        if not (notice.ticket_id.isprintable() and notice.delivery.isprintable()):
            return False
        return await self._store.run(lambda tx: tx.handoffs.of_ticket(system, notice.ticket_id)) is not None

    async def handle(self, input_id: str) -> float | None:
        """Do what follows from an accepted input. Its id is the trace of all of it."""
        with following(input_id):
            return await self._follow(input_id)

    async def _follow(self, input_id: str) -> float | None:
        try:
            begun = await self._beginning.run(carried(self._begin), input_id)
        except NotYetError as error:
            return error.retry_after
        if begun is None:
            return None
        overtaken = begun.overtaken
        if begun.memberships or begun.author is not None:
            try:
                if begun.author is not None and await self._is_bot(begun.author):
                    await self._deps.store.run(carried(self._drop), input_id)
                    return None
                agents = await self._agents_in(begun.memberships)
            except TemporaryError:
                log.warning("membership_unknown", extra={"input": input_id})
                return self._deps.timeouts.retry.first
            overtaken = await self._deps.store.run(carried(self._go_on), input_id, agents)
        log.debug("input_taken_in", extra={"kind": begun.kind})
        for question_id in overtaken:
            cancel_question(self._deps, question_id)
        return None

    def _begin(self, tx: Transaction, input_id: str) -> _Begun | None:
        """Take the input in, unless memberships are to be asked about first.

        Raises NotYetError for a time that has not come by our clock, whatever that of another machine says.
        """
        given = tx.inputs.open(input_id)
        if given is None:
            return None
        if isinstance(given, TimerFired) and (left := given.at - self._deps.clock()) > 0:
            raise NotYetError(retry_after=left)
        memberships, author = memberships_to_check(tx, given), unverified_author(given)
        is_open = bool(memberships) or author is not None
        overtaken = () if is_open else self._take_in(tx, input_id, given, frozenset())
        return _Begun(kind=type(given).__name__, author=author, memberships=memberships, overtaken=overtaken)

    async def _is_bot(self, author: str) -> bool:
        """Whether what is posted under this name is no person's. Asked of the server; whom it does not know is none."""
        try:
            return (await self._deps.directory.person(author)).is_bot
        except PermanentError:
            return True

    def _drop(self, tx: Transaction, input_id: str) -> None:
        """Another bot wrote it: the desk says nothing to bots, or two of them might talk to each other for ever."""
        log.info("post_of_bot_dropped", extra={"input": input_id})
        tx.inputs.close(input_id, self._deps.clock())

    async def _agents_in(self, memberships: Iterable[Membership]) -> frozenset[str]:
        """Who of those on whom it depends are agents. Asked of the server."""
        return frozenset([one.person for one in memberships if await self._is_member(one)])

    async def _is_member(self, membership: Membership) -> bool:
        try:
            return await self._deps.directory.is_member(membership.person, membership.channel)
        except PermanentError:
            return False

    def _go_on(self, tx: Transaction, input_id: str, agents: frozenset[str]) -> tuple[str, ...]:
        # Another process may have been quicker; what is closed is not taken in again.
        given = tx.inputs.open(input_id)
        return () if given is None else self._take_in(tx, input_id, given, agents)

    def _take_in(self, tx: Transaction, input_id: str, given: Input, agents: frozenset[str]) -> tuple[str, ...]:
        uow = self._deps.unit_of_work(tx)
        tx.inputs.close(input_id, uow.now)
        return handle(uow, given, agents)


def _accept(tx: Transaction, accepted: InboxEntry, now: float) -> str | None:
    id = tx.inputs.add(accepted, now)
    if id is None:
        return None
    tx.jobs.enqueue(Job(kind=JobKind.INPUT, ref=id, lane=accepted.lane))
    return id
