"""Reading what people did in the ticket system: when it says so, and from time to time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping

from bot.errors import NotFoundError, NotYetError, OutsideError
from bot.helpdesk.config import DeskConfig, Timeouts
from bot.helpdesk.handoffs.ticket_polling import watch_is_over, watch_ticket
from bot.helpdesk.handoffs.ticket_sync import (
    TicketSnapshot,
    heard_since,
    record_gone,
    record_look,
    record_watch,
    says_something_new,
)
from bot.helpdesk.model.alarm import AlarmCause
from bot.helpdesk.model.effects import Body, Effect, ReadTicket, WatchTicket
from bot.helpdesk.model.handoff import Handoff, TicketChanges
from bot.helpdesk.outbox.dispatcher import Attempt, EffectHandler, SupersededError, nothing
from bot.helpdesk.outbox.handlers.alarms import alarm_of_tickets, tickets_work
from bot.helpdesk.outbox.handlers.people import person_quickly
from bot.helpdesk.ports import Clock, Directory, Store, Tickets, Transaction
from bot.helpdesk.unit_of_work import UnitOfWork

# Watches that look at a time: after a restart all are due at once, and ticket systems count requests.
_LOOKS_AT_ONCE = 4
# By how much the time between two looks may differ, so that what was created together is not looked at together.
_SPREAD = 0.1
# Seconds until a ticket is looked at again once that was refused for good.
_AFTER_TROUBLE = 900.0
_LONGEST_WATCH = 24 * 3600.0


class TicketSyncHandlers:
    """Performs the looks at tickets."""

    def __init__(
        self,
        *,
        tickets: Tickets,
        store: Store,
        directory: Directory,
        config: DeskConfig,
        clock: Clock,
        timeouts: Timeouts,
    ) -> None:
        self._tickets = tickets
        self._store = store
        self._directory = directory
        self._config = config
        self._clock = clock
        self._timeouts = timeouts
        self._looking = asyncio.Semaphore(_LOOKS_AT_ONCE)

    @property
    def performers(self) -> Mapping[type[Body], EffectHandler]:
        """By kind of effect."""
        return {
            ReadTicket: EffectHandler(
                do=self._read, record=_record_read, fail=_fail_read, wanted=_is_there, outcome=nothing, stubborn=True
            ),
            WatchTicket: EffectHandler(
                do=self._watch,
                record=_record_watch,
                fail=_fail_watch,
                wanted=_is_latest,
                outcome=nothing,
                reads=True,
                stubborn=True,
            ),
        }

    async def _read(self, attempt: Attempt) -> TicketSnapshot:
        return await self._look_at(await self._handoff(attempt.body(ReadTicket).handoff_id))

    async def _watch(self, attempt: Attempt) -> TicketSnapshot:
        """What is new. Raises NotYetError where nothing is: that writes nothing, however often it is looked."""
        handoff = await self._handoff(attempt.body(WatchTicket).handoff_id)
        if self._config.ticket_poll_interval is None or self._is_over(handoff):
            raise SupersededError
        async with self._looking:
            look = await self._look_at(handoff)
        if says_something_new(handoff, look.news) or self._is_worn_out(attempt.effect):
            return look
        raise NotYetError(retry_after=self._config.ticket_poll_interval * random.uniform(1 - _SPREAD, 1 + _SPREAD))

    def _is_worn_out(self, effect: Effect) -> bool:
        """Whether a new watch is to begin: after a trouble, whose attempts would count, and once a day.

        On PostgreSQL the queue keeps a line for each look until the watch ends.
        """
        return effect.error is not None or self._clock() - effect.decided_at > _LONGEST_WATCH

    def _is_over(self, handoff: Handoff) -> bool:
        if handoff.ticket_system != self._config.ticket_system:
            return True
        return watch_is_over(handoff, self._clock(), self._config.policy.handoffs.reopen_within)

    async def _look_at(self, handoff: Handoff) -> TicketSnapshot:
        assert handoff.ticket is not None
        began_at = self._clock()
        news = await self._tickets.news(handoff.ticket, heard_since(handoff))
        return TicketSnapshot(
            news=news,
            began_at=began_at,
            known_status=handoff.ticket_status,
            by_employee=await self._by_employee(handoff, news),
        )

    async def _by_employee(self, handoff: Handoff, news: TicketChanges) -> frozenset[str]:
        """The comments of the employee, who can write on the ticket too, and shall not get their own words back."""
        if not any(comment.public for comment in news.comments):
            return frozenset()
        conversation = await self._store.run(lambda tx: tx.conversations.get(handoff.conversation_id))
        if conversation is None:
            return frozenset()
        person = await person_quickly(self._directory, conversation.employee, self._timeouts.person_lookup)
        names = {name.casefold() for name in (person.name, person.email) if name} if person else set()
        return frozenset(comment.id for comment in news.comments if comment.author.casefold() in names)

    async def _handoff(self, handoff_id: str) -> Handoff:
        handoff = await self._store.run(lambda tx: tx.handoffs.get(handoff_id))
        if handoff is None or handoff.ticket is None:
            raise NotFoundError("The handoff has no ticket.", system="tickets")
        return handoff


def _is_there(tx: Transaction, body: ReadTicket) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None


def _is_latest(tx: Transaction, body: WatchTicket) -> bool:
    handoff = tx.handoffs.get(body.handoff_id)
    return handoff is not None and handoff.ticket is not None and handoff.ticket_watch == body.number


def _record_read(uow: UnitOfWork, body: ReadTicket, look: TicketSnapshot) -> None:
    record_look(uow, body.handoff_id, look)
    tickets_work(uow)


def _record_watch(uow: UnitOfWork, body: WatchTicket, look: TicketSnapshot) -> None:
    record_watch(uow, body.handoff_id, look)
    tickets_work(uow)


def _fail_read(uow: UnitOfWork, body: ReadTicket | WatchTicket, error: OutsideError) -> None:
    if isinstance(error, NotFoundError):
        record_gone(uow, body.handoff_id)
    else:
        alarm_of_tickets(uow, body, error)


def _fail_watch(uow: UnitOfWork, body: WatchTicket, error: OutsideError) -> None:
    """A ticket that is gone is not looked at again. Otherwise a trouble that people know of is no further alarm."""
    handoff = uow.tx.handoffs.get(body.handoff_id)
    if isinstance(error, NotFoundError) or uow.tx.alarms.standing(AlarmCause.TICKET) is None:
        _fail_read(uow, body, error)
    if handoff is not None and not isinstance(error, NotFoundError):
        watch_ticket(uow, handoff, after=_AFTER_TROUBLE)
