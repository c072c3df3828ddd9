"""Catching up: what was written while nothing reached us is read back and takes the same road as everything else.

Which places are read, how far back, and what of it is news is decided here. Reading them is the surface's business, and
knowing which are open the store's.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, Protocol, TypeVar

from bot.errors import CredentialError, OutsideError, RateLimitedError, StorageError
from bot.helpdesk.config import CatchUpLimits
from bot.helpdesk.model.conversation import QuestionState
from bot.helpdesk.model.events import InboxEntry, LookupRequested, MessageEdited, MessageReceived
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.ports import Clock, Store, Transaction

log = logging.getLogger(__name__)

T = TypeVar("T")

# States in which what a message says is carried on, now or later, and its files.
_CARRIED = (RelayState.ASKED, RelayState.LEAVING, RelayState.SENT)
_WITH_FILES = (*_CARRIED, RelayState.KEPT)
# Where we are told to wait without being told how long.
_WAIT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadCursor:
    """A thread, or what stands outside of threads in a direct message or a channel (`thread` is None).

    `after` is a message up to which all is known there, None where none is. `active_at`: when something last happened
    there. `mentions_only`: people talk to each other there, and only what mentions us is for us. `over`: it is the
    thread of a handoff that is resolved.
    """

    channel: str
    thread: str | None
    direct: bool
    after: str | None
    active_at: float
    mentions_only: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermarks:
    """What is open, in the order in which it is to be read, and up to where all is known that people wrote.

    `heard` is the last message that was heard from anybody, None where none is known; `heard_at` is when it was.
    """

    places: Sequence[ThreadCursor]
    heard: str | None = None
    heard_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedMessage:
    """A message of the past, which may be a mention of us, as the input that its event was, or would have been.

    `edited` is the same for its last change, where it was changed, and `listing` for a change of its files alone, if it
    lists others now. `has_replies`: it is the root of a thread. `replied`: we have written in that thread.
    """

    accepted: InboxEntry
    message: MessageReceived | LookupRequested
    edited: InboxEntry | None = None
    listing: InboxEntry | None = None
    has_replies: bool = False
    replied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some of what there is; `next` asks for more, None where there is none."""

    found: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessage:
    """A direct message with somebody, and when it came to be."""

    channel: str
    since: float


class History(Protocol):
    """Reads what was written in a place, and which direct messages there are."""

    async def read(self, place: ThreadCursor, since: float, page: str | None) -> Page[MissedMessage]:
        """Messages of people after `place.after`, or a little earlier, but none from before `since`.

        Raises OutsideError.
        """

    async def contacts(self, page: str | None) -> Page[DirectMessage]:
        """Everybody with whom there is a direct message and who can still write. Raises OutsideError."""


@dataclass(slots=True)
class Pace:
    """At most `calls` calls in any stretch of `seconds`."""

    calls: int
    seconds: float
    clock: Clock = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _made: deque[float] = field(default_factory=deque)

    async def uow(self) -> None:
        """Wait until one more call is within the limit, and count it."""
        while len(self._made) >= self.calls:
            wait = self._made[0] + self.seconds - self.clock()
            if wait <= 0:
                self._made.popleft()
            else:
                await self.sleep(wait)
        self._made.append(self.clock())


@dataclass(slots=True)
class _Round:
    """What one round has done so far."""

    left_out: int = 0
    read: int = 0
    taken_in: int = 0
    locked_out: bool = False


Accept = Callable[[InboxEntry], Awaitable[bool]]
ReadWatermarks = Callable[[float, CatchUpLimits], Awaitable[Watermarks]]


class CatchUp:
    """Reads back what did not arrive, one call at a time, and hands it to `accept`.

    `watermarks` says what is open at a time, and what was last heard.
    """

    def __init__(
        self,
        *,
        store: Store,
        watermarks: ReadWatermarks,
        history: History,
        accept: Accept,
        clock: Clock,
        reach: CatchUpLimits,
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._watermarks = watermarks
        self._history = history
        self._accept = accept
        self._clock = clock
        self._reach = reach
        self._pace = pace or Pace(reach.calls, reach.per)
        self._reading = asyncio.Lock()
        self._next: asyncio.Future[None] | None = None
        # From which message on direct messages that are not open are still to be read, and whether they are at all.
        self._owed: str | None = None

    async def catch_up(self) -> None:
        """One round; returns when it is over. Raises nothing: what could not be read is in the log.

        What is open and since when is looked up at once, what was written only when it is read. So a call while another
        one waits for its turn asks for nothing that the waiting one will not find: it waits with it.
        """
        if self._next is not None:
            await asyncio.shield(self._next)
            return
        self._next = asyncio.get_running_loop().create_future()
        waiting = self._next
        try:
            await self._in_turn()
        finally:
            waiting.set_result(None)
            if self._next is waiting:
                self._next = None

    async def _in_turn(self) -> None:
        now = self._clock()
        try:
            marks = await self._watermarks(now, self._reach)
            async with self._reading:
                self._next = None
                await self._read_all(marks, now)
        except Exception as error:
            # What arrives now must not suffer for what did not arrive before.
            log.error(
                "catch_up_broken",
                exc_info=not isinstance(error, StorageError),
                extra={"error": type(error).__name__},
            )

    async def _read_all(self, marks: Watermarks, now: float) -> None:
        since = now - self._reach.look_back
        done = _Round()
        chosen = _first(marks.places, self._reach.places, done)
        for together in _together(chosen):
            await self._read_with_threads(together, since, done)
        await self._read_others(marks, now, done)
        log.info("caught_up", extra={"read": done.read, "taken_in": done.taken_in, "left_out": done.left_out})

    async def _read_others(self, marks: Watermarks, now: float, done: _Round) -> None:
        """The direct messages that are not open, the newest first, where the gap was long enough.

        What is open goes before: where another round waits, that one goes on with these, from where this one began.
        """
        if marks.heard is not None and now - marks.heard_at > self._reach.redelivered:
            self._owed = min(marks.heard, self._owed or marks.heard)
        if self._owed is None or done.locked_out:
            return
        # Of a direct message in which only a thread is open, what stands outside of it has not been read.
        is_read = {place.channel for place in marks.places if place.thread is None}
        others = [one.channel for one in await self._list_contacts(done) if one.channel not in is_read]
        for channel in _first(others, self._reach.others, done):
            if self._next is not None:
                return
            place = ThreadCursor(channel=channel, thread=None, direct=True, after=self._owed, active_at=0.0)
            await self._read_with_threads([place], now - self._reach.look_back, done)
        self._owed = None

    async def _list_contacts(self, done: _Round) -> list[DirectMessage]:
        found: list[DirectMessage] = []
        try:
            if not await self._read_pages(self._history.contacts, found):
                done.left_out += 1
        except OutsideError as error:
            log.warning("contacts_not_listed", extra={"system": error.system, "code": error.code})
            done.left_out += 1
        return sorted(found, key=lambda one: one.since, reverse=True)

    async def _read_with_threads(self, places: Sequence[ThreadCursor], since: float, done: _Round) -> None:
        started = await self._read_together(places, since, done)
        await self._read_together(started, since, done)

    async def _read_together(self, places: Sequence[ThreadCursor], since: float, done: _Round) -> list[ThreadCursor]:
        """Read these places and take in what is news, oldest first. Returns the threads that began among it."""
        past = [one for place in places for one in await self._read(place, since, done)]
        past.sort(key=lambda one: one.message.message)
        started: list[ThreadCursor] = []
        for one, accepted in await self._store.run(unheard, past):
            if await self._accept(accepted):
                done.taken_in += 1
                started += [_thread_of(one)] if one.has_replies else []
        return started

    async def _read(self, place: ThreadCursor, since: float, done: _Round) -> list[MissedMessage]:
        """What stands in a place, as far as it can be had: trouble with one place is not that of the others."""
        found: list[MissedMessage] = []
        try:
            read = partial(self._history.read, place, since)
            if done.locked_out or not await self._read_pages(read, found):
                done.left_out += 1
            done.read += not done.locked_out
        except OutsideError as error:
            log.warning(
                "place_not_read",
                extra={"place": _address(place), "system": error.system, "code": error.code},
            )
            done.left_out += 1
            done.locked_out = isinstance(error, CredentialError)
        return _meant_for_us(place, found)

    async def _read_pages(self, read: Callable[[str | None], Awaitable[Page[T]]], found: list[T]) -> bool:
        """Whether all of it was read."""
        cursor: str | None = None
        for _ in range(self._reach.pages):
            page = await self._in_pace(read, cursor)
            found += page.found
            cursor = page.next
            if cursor is None:
                return True
        return False

    async def _in_pace(self, read: Callable[[str | None], Awaitable[T]], cursor: str | None) -> T:
        for _ in range(self._reach.attempts - 1):
            await self._pace.uow()
            try:
                return await read(cursor)
            except RateLimitedError as error:
                await self._pace.sleep(_WAIT if error.retry_after is None else error.retry_after)
        await self._pace.uow()
        return await read(cursor)


def _first(places: Sequence[T], most: int, done: _Round) -> Sequence[T]:
    """So many of them; the others are counted as left out."""
    done.left_out += max(0, len(places) - most)
    return places[:most]


def _together(places: Iterable[ThreadCursor]) -> Iterator[list[ThreadCursor]]:
    """A direct message with its threads is one: what an employee wrote keeps its order, wherever it stands."""
    groups: dict[tuple[str, str | None], list[ThreadCursor]] = {}
    for place in places:
        groups.setdefault((place.channel, None if place.direct else place.thread), []).append(place)
    yield from groups.values()


def _meant_for_us(place: ThreadCursor, past: Iterable[MissedMessage]) -> list[MissedMessage]:
    if place.mentions_only:
        return [one for one in past if isinstance(one.message, LookupRequested)]
    return [_aside(one) if place.over else one for one in past]


def _aside(one: MissedMessage) -> MissedMessage:
    """A message as what it was when it was written, whatever becomes of its handoff until it is taken in."""
    if not isinstance(one.message, MessageReceived):
        return one
    message = replace(one.message, after_resolution=True)
    return replace(one, message=message, accepted=replace(one.accepted, given=message))


def _address(place: ThreadCursor) -> str:
    return place.channel if place.thread is None else f"{place.channel}:{place.thread}"


def _thread_of(one: MissedMessage) -> ThreadCursor:
    message = one.message
    direct = isinstance(message, MessageReceived) and message.direct
    return ThreadCursor(
        channel=message.channel,
        thread=message.thread,
        direct=direct,
        after=message.message,
        active_at=0.0,
        # In a channel, people's threads begin with people, and those of handoffs with a card of ours.
        mentions_only=not direct,
    )


def unheard(tx: Transaction, past: Sequence[MissedMessage]) -> list[tuple[MissedMessage, InboxEntry]]:
    """What of `past` may be news, as it is to be accepted; whether an input is known already, `accept` says.

    The question and the relay are looked for as well, because they may be kept longer than the input's key. Where we
    replied to a root that is not known, an older copy of the database was put in place: it was dealt with. A change of
    a question is news only while it waits, that of a message between employee and agents while it is carried on, and
    that of its files as long as they are.
    """
    return [(one, accepted) for one in past if (accepted := _news(tx, one) or _news_of_files(tx, one)) is not None]


def _news_of_files(tx: Transaction, one: MissedMessage) -> InboxEntry | None:
    """The files that a message lists now, where they are others than those that were carried from it."""
    if not isinstance(one.message, MessageReceived):
        return None
    relay = tx.relays.of_message(one.message.channel, one.message.message)
    if relay is None or relay.state not in _WITH_FILES:
        return None
    listed = {file.id for file in one.message.attached}
    are_there = {file.id for file in relay.files if not file.gone} <= listed <= {file.id for file in relay.files}
    return None if are_there else one.listing


def _news(tx: Transaction, one: MissedMessage) -> InboxEntry | None:
    message = one.message
    question = tx.questions.of_message(message.channel, message.message)
    if question is None:
        return _news_of_relay(tx, one)
    if one.edited is None or question.state is not QuestionState.WAITING:
        return None
    edit = one.edited.given
    return one.edited if isinstance(edit, MessageEdited) and edit.text != question.text else None


def _is_carried(relay: Relay) -> bool:
    """Whether a change of it is news. Thanks of an employee may become a matter for people."""
    return relay.state in _CARRIED or (relay.state is RelayState.INTERNAL and not relay.to_employee)


def _news_of_relay(tx: Transaction, one: MissedMessage) -> InboxEntry | None:
    relay = tx.relays.of_message(one.message.channel, one.message.message)
    if relay is not None:
        changed = _is_carried(relay) and one.message.text != relay.text
        return one.edited if changed else None
    return None if one.replied else one.accepted
