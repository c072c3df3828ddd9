"""What is looked up for people: what belongs to an id, and the desk at a glance.

Both are read when they are shown, and only what the one who asks may see: membership is asked of the server.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from bot.errors import BadRequestError, OutsideError, PermanentError, SharedChannelError, ThreadGoneError
from bot.helpdesk import messages
from bot.helpdesk.alarms import channel_fails
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.handoffs.notify import send_private_note_to, thread_beside
from bot.helpdesk.handoffs.opening import heed_post
from bot.helpdesk.lookup.home import MOST_READ, MOST_REQUESTS, Filter, Home, Queue, Request, arrange, begin_of_day
from bot.helpdesk.lookup.search_result import Found, SearchReport, within
from bot.helpdesk.model.alarm import CHANNEL_SHARED
from bot.helpdesk.model.effects import Body, Destination, PrivateNote, ShowHome, ShowSearchReport
from bot.helpdesk.model.person import Person
from bot.helpdesk.outbox.dispatcher import Attempt, EffectHandler, SupersededError, nothing
from bot.helpdesk.outbox.handlers.alarms import alarm
from bot.helpdesk.ports import Clock, Directory, Records, Surface, Transaction
from bot.helpdesk.unit_of_work import UnitOfWork


class LookupHandlers:
    """Performs what is looked up for people."""

    def __init__(
        self, *, surface: Surface, directory: Directory, records: Records, config: DeskConfig, clock: Clock
    ) -> None:
        self._surface = surface
        self._directory = directory
        self._records = records
        self._config = config
        self._clock = clock

    @property
    def performers(self) -> Mapping[type[Body], EffectHandler]:
        """By kind of effect."""
        return {
            ShowSearchReport: EffectHandler(
                do=self._show_trail, find=self._find_trail, aim=_aim_trail, record=_record_trail, fail=self._fail_trail
            ),
            ShowHome: EffectHandler(do=self._show_home, outcome=nothing),
        }

    async def _channels_of(self, person: Person) -> frozenset[str]:
        """The handoff channels this person works in; none for somebody of another company."""
        if person.external:
            return frozenset()
        return frozenset([channel for channel in self._config.channels if await self._works_in(person.id, channel)])

    async def _works_in(self, person: str, channel: str) -> bool:
        try:
            return await self._directory.is_member(person, channel)
        except PermanentError:
            return False

    # What belongs to an id.

    async def _show_trail(self, attempt: Attempt) -> str:
        asked = attempt.body(ShowSearchReport)
        channels = await self._channels_of(await self._directory.person(asked.person))
        if not asked.private:
            # Everybody in the channel reads it.
            channels &= {asked.channel}
        if not channels:
            await self._surface.whisper(_refusal(asked))
            return ""
        trail = SearchReport(looked_up=await self._look_up(asked, channels))
        if not asked.private:
            if await self._directory.is_shared(asked.channel):
                raise SharedChannelError(system="slack", code=CHANNEL_SHARED)
            return await self._surface.post(trail, attempt.destination, attempt.effect.id)
        await self._surface.show_trail(trail, attempt.destination, asked.person)
        return ""

    async def _find_trail(self, attempt: Attempt) -> str | None:
        if attempt.body(ShowSearchReport).private:
            return None
        since = attempt.effect.first_tried_at or attempt.effect.decided_at
        return await self._surface.find(attempt.destination, attempt.effect.id, since)

    def _fail_trail(self, uow: UnitOfWork, asked: ShowSearchReport, error: OutsideError) -> None:
        """Who asked in the channel is told privately; nobody else has an answer to wait for."""
        if asked.private:
            alarm(uow, asked, error)
            return
        to = _beside(asked)
        send_private_note_to(
            uow, asked.person, to.channel, to.thread, messages.NOT_ANSWERED_ALOUD, subject=asked.person
        )
        if asked.channel in self._config.channels and not isinstance(error, BadRequestError | ThreadGoneError):
            channel_fails(uow, asked.channel, error.code or type(error).__name__)

    async def _look_up(self, asked: ShowSearchReport, channels: Set[str]) -> tuple[tuple[str, Found | None], ...]:
        looked_up = [(id, within(await self._records.find(id), channels)) for id in asked.ids]
        if asked.private:
            # A message and its thread: what the message itself leads to is nearer to what was meant.
            known = [one for one in looked_up if one[1] is not None]
            looked_up = [*known, *looked_up][:1]
        return tuple(looked_up)

    # The desk at a glance.

    async def _show_home(self, attempt: Attempt) -> None:
        asked = attempt.body(ShowHome)
        if self._clock() > asked.expires_at:
            raise SupersededError
        person = await self._directory.person(asked.person)
        home = Home(now=self._clock(), welcome=False) if person.external else await self._home(person, asked)
        await self._surface.show_home(home, asked.person)

    async def _home(self, person: Person, asked: ShowHome) -> Home:
        channels = await self._channels_of(person)
        chosen = Filter(rule=asked.rule, priority=asked.priority)
        return Home(
            now=self._clock(),
            requests=await self._requests_of(person),
            queue=await self._queue(person, channels, chosen) if channels else None,
        )

    async def _requests_of(self, person: Person) -> tuple[Request, ...]:
        """With the people named whom their words mention."""
        requests = await self._records.requests_of(person.id, MOST_REQUESTS)
        return tuple([replace(one, words=await self._directory.readable(one.words)) for one in requests])

    async def _queue(self, person: Person, channels: Set[str], chosen: Filter) -> Queue:
        now = self._clock()
        groups, left_out = arrange(await self._records.queue(channels, MOST_READ), person.id, chosen, now)
        return Queue(
            groups=groups,
            left_out=left_out,
            figures=await self._records.figures(channels, begin_of_day(now, person.utc_offset)),
            rules=tuple(rule.name for rule in self._config.policy.rules),
            chosen=chosen,
        )


def _record_trail(uow: UnitOfWork, asked: ShowSearchReport, message: str) -> None:
    if message:
        heed_post(uow, asked.channel)


def _aim_trail(tx: Transaction, asked: ShowSearchReport) -> Destination:
    return _beside(asked) if asked.private else Destination(channel=asked.channel, thread=asked.thread)


def _beside(asked: ShowSearchReport) -> Destination:
    return Destination(channel=asked.channel, thread=thread_beside(asked.thread, asked.message))


def _refusal(asked: ShowSearchReport) -> PrivateNote:
    to = _beside(asked)
    return PrivateNote(channel=to.channel, thread=to.thread, person=asked.person, text=messages.NOT_FOR_YOU)
