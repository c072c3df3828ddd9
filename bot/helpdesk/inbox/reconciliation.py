"""Reconciliation with the chat history: messages whose events never arrived are read back and accepted as usual.

This module decides which threads are read, how far back, and which messages are new. The chat surface reads them, and
the store knows which threads are open.
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

from bot.errors import CredentialError, OutsideError, RateLimitedError, StorageError, TemporaryError
from bot.helpdesk.config import CatchUpLimits
from bot.helpdesk.model.conversation import QuestionState
from bot.helpdesk.model.events import Acceptance, InboxEntry, LookupRequested, MessageEdited, MessageReceived
from bot.helpdesk.model.relay import Relay, RelayState
from bot.helpdesk.ports import Clock, Store, Transaction

log = logging.getLogger(__name__)

T = TypeVar("T")

# States in which the text of a message is relayed, now or later; and those in which its files are.
_RELAYED = (RelayState.ASKED, RelayState.DELAYED, RelayState.SENT)
_WITH_FILES = (*_RELAYED, RelayState.KEPT)
# Seconds to wait after a rate limit without a Retry-After.
_DEFAULT_WAIT = 30.0
# Seconds until a round that could not read everything is repeated, after its first failure, its second and so on.
_REPEATED_AFTER = (60.0, 300.0, 900.0, 1800.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadCursor:
    """The position up to which a thread has been read. `thread` None: the messages outside of threads.

    `after`: what was sent up to this time is known; None: nothing is. `active_at` is the time of the last activity.
    `mentions_only`: people talk to each other there, and only mentions of the bot are read. `over`: the thread belongs
    to a resolved handoff.
    """

    channel: str
    thread: str | None
    direct: bool
    after: float | None
    active_at: float
    mentions_only: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermarks:
    """The open threads with their cursors, in the order in which they are read.

    `last_sent_at` is when the last of the messages received from anyone was sent, by the surface's clock; None if there
    is none. `last_received_at` is when the last one was received.
    """

    places: Sequence[ThreadCursor]
    last_sent_at: float | None = None
    last_received_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedMessage:
    """A message read from the history, with the inbox entry of the event that announced it, or would have.

    `edited` is the entry of its last edit, if any. `listing` is the entry of a change of its files alone, if they have
    changed. `has_replies`: it is the root of a thread. `replied`: the bot has written in that thread.
    """

    accepted: InboxEntry
    message: MessageReceived | LookupRequested
    edited: InboxEntry | None = None
    listing: InboxEntry | None = None
    has_replies: bool = False
    replied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage(Generic[T]):
    """One page of results. `next` requests the next page, None if there is none."""

    found: tuple[T, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessage:
    """A direct message with a person, and when it was opened, in Unix seconds."""

    channel: str
    since: float


class History(Protocol):
    """The chat history: the messages of a thread, and the list of direct messages."""

    async def read(self, place: ThreadCursor, since: float, page: str | None) -> HistoryPage[MissedMessage]:
        """Returns people's messages sent after `place.after`, perhaps a little earlier, but none from before `since`.

        Raises OutsideError.
        """

    async def contacts(self, page: str | None) -> HistoryPage[DirectMessage]:
        """Returns the direct messages in which the other person can still write. Raises OutsideError."""


@dataclass(slots=True)
class Pace:
    """A limit of `calls` calls in any period of `seconds`."""

    calls: int
    seconds: float
    clock: Clock = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _made: deque[float] = field(default_factory=deque)

    async def wait(self) -> None:
        """Waits until one more call is within the limit, and counts it."""
        while len(self._made) >= self.calls:
            left = self._made[0] + self.seconds - self.clock()
            if left <= 0:
                self._made.popleft()
            else:
                await self.sleep(left)
        self._made.append(self.clock())


@dataclass(slots=True)
class _Progress:
    """The counts of one round. `locked_out`: the chat surface no longer accepts the token.

    `failed` are the places that could not be read for now.
    """

    left_out: int = 0
    read: int = 0
    accepted: int = 0
    locked_out: bool = False
    failed: set[str] = field(default_factory=set)


Accept = Callable[[InboxEntry], Awaitable[Acceptance]]
ReadWatermarks = Callable[[float, CatchUpLimits], Awaitable[Watermarks]]


class CatchUp:
    """Reads back messages whose events never arrived, one call at a time, and passes them to `accept`.

    `watermarks` returns the open threads at a time in Unix seconds, and the last message received.
    """

    def __init__(
        self,
        *,
        store: Store,
        watermarks: ReadWatermarks,
        history: History,
        accept: Accept,
        clock: Clock,
        limits: CatchUpLimits,
        pace: Pace | None = None,
    ) -> None:
        self._store = store
        self._watermarks = watermarks
        self._history = history
        self._accept = accept
        self._clock = clock
        self._limits = limits
        self._pace = pace or Pace(limits.calls, limits.per)
        self._reading = asyncio.Lock()
        self._next: asyncio.Future[None] | None = None
        # The time from which on the other direct messages must still be read, None if they need not be.
        self._others_after: float | None = None
        # Places of a round that are not read yet, or could not be. Newer messages may arrive there before the next
        # round, which reads them from where they stood.
        self._unread: dict[str, ThreadCursor] = {}
        self._failed = asyncio.Event()

    def limit(self, limits: CatchUpLimits) -> None:
        """Reads within other limits from the next round on, at the pace of before."""
        self._limits = limits

    async def repeat(self) -> None:
        """Repeats rounds in which something could not be read for now, until cancelled."""
        failures = 0
        while True:
            await self._failed.wait()
            await self._pace.sleep(_REPEATED_AFTER[min(failures, len(_REPEATED_AFTER) - 1)])
            self._failed.clear()
            await self.catch_up()
            failures = failures + 1 if self._failed.is_set() else 0

    async def catch_up(self) -> None:
        """Runs one round and waits for it. Raises nothing: failures are logged.

        Rounds run one at a time. The open threads are looked up at once, their messages only when the round runs. So a
        call made while a round is queued would find nothing more than that one, and waits for it instead.
        """
        if self._next is not None:
            await asyncio.shield(self._next)
            return
        self._next = asyncio.get_running_loop().create_future()
        waiting = self._next
        try:
            await self._run_round()
        finally:
            waiting.set_result(None)
            if self._next is waiting:
                self._next = None

    async def _run_round(self) -> None:
        now = self._clock()
        try:
            marks = await self._watermarks(now, self._limits)
            async with self._reading:
                self._next = None
                await self._read_all(marks, now)
        except Exception as error:
            # A failure to catch up must not stop the process, which receives new events.
            self._failed.set()
            log.error(
                "catch_up_broken",
                exc_info=not isinstance(error, StorageError),
                extra={"error": type(error).__name__},
            )

    async def _read_all(self, marks: Watermarks, now: float) -> None:
        since = now - self._limits.look_back
        progress = _Progress()
        places = [self._unread.pop(_address(place), place) for place in marks.places]
        chosen = _take_first([*self._unread.values(), *places], self._limits.places, progress)
        self._unread = {_address(place): place for place in chosen}
        for group in _grouped(chosen):
            await self._read_with_threads(group, since, progress)
        await self._read_others(marks, now, progress)
        log.info(
            "caught_up", extra={"read": progress.read, "accepted": progress.accepted, "left_out": progress.left_out}
        )

    async def _read_others(self, marks: Watermarks, now: float, progress: _Progress) -> None:
        """Reads the direct messages that are not open, the newest first, if the gap was long enough.

        Open threads have priority: if another round waits, it reads these instead, from the same time on.
        """
        if marks.last_sent_at is not None and now - marks.last_received_at > self._limits.redelivered:
            self._others_after = min(marks.last_sent_at, self._others_after or marks.last_sent_at)
        if self._others_after is None or progress.locked_out:
            return
        # If only a thread of a direct message is open, the messages outside of it have not been read.
        is_read = {place.channel for place in marks.places if place.thread is None}
        contacts = await self._list_contacts(progress)
        if contacts is None:
            return
        others = [one.channel for one in contacts if one.channel not in is_read]
        for channel in _take_first(others, self._limits.others, progress):
            if self._next is not None:
                return
            place = ThreadCursor(channel=channel, thread=None, direct=True, after=self._others_after, active_at=0.0)
            await self._read_with_threads([place], now - self._limits.look_back, progress)
        self._others_after = None

    async def _list_contacts(self, progress: _Progress) -> list[DirectMessage] | None:
        """Returns the direct messages, the newest first; None if they cannot be listed for now."""
        found: list[DirectMessage] = []
        try:
            if not await self._read_pages(self._history.contacts, found):
                progress.left_out += 1
        except OutsideError as error:
            log.warning("contacts_not_listed", extra={"system": error.system, "code": error.code})
            progress.left_out += 1
            if isinstance(error, TemporaryError):
                self._failed.set()
                return None
        return sorted(found, key=lambda one: one.since, reverse=True)

    async def _read_with_threads(self, places: Sequence[ThreadCursor], since: float, progress: _Progress) -> None:
        started = await self._read_together(places, since, progress)
        await self._read_together(started, since, progress)

    async def _read_together(
        self, places: Sequence[ThreadCursor], since: float, progress: _Progress
    ) -> list[ThreadCursor]:
        """Reads these threads and accepts what is new, oldest first. Returns the threads that began meanwhile."""
        past = [one for place in places for one in await self._read(place, since, progress)]
        past.sort(key=lambda one: one.message.sent_at)
        started: list[ThreadCursor] = []
        for one, accepted in await self._store.run(new_entries, past):
            if (await self._accept(accepted)).is_new:
                progress.accepted += 1
                started += [_thread_of(one)] if one.has_replies else []
        for address in {_address(place) for place in places} - progress.failed:
            self._unread.pop(address, None)
        return started

    async def _read(self, place: ThreadCursor, since: float, progress: _Progress) -> list[MissedMessage]:
        """Returns the messages of a thread. A failure is counted and logged; the other threads are still read.

        After a temporary failure the thread is read again in the next round.
        """
        found: list[MissedMessage] = []
        try:
            read = partial(self._history.read, place, since)
            if progress.locked_out or not await self._read_pages(read, found):
                progress.left_out += 1
            progress.read += not progress.locked_out
        except OutsideError as error:
            log.warning(
                "place_not_read",
                extra={"place": _address(place), "system": error.system, "code": error.code},
            )
            progress.left_out += 1
            progress.locked_out = isinstance(error, CredentialError)
            if isinstance(error, TemporaryError):
                self._unread[_address(place)] = place
                progress.failed.add(_address(place))
                self._failed.set()
        return _for_bot(place, found)

    async def _read_pages(self, read: Callable[[str | None], Awaitable[HistoryPage[T]]], found: list[T]) -> bool:
        """Reads into `found`. Returns whether all pages were read."""
        cursor: str | None = None
        for _ in range(self._limits.pages):
            page = await self._call(read, cursor)
            found += page.found
            cursor = page.next
            if cursor is None:
                return True
        return False

    async def _call(self, read: Callable[[str | None], Awaitable[T]], cursor: str | None) -> T:
        for _ in range(self._limits.attempts - 1):
            await self._pace.wait()
            try:
                return await read(cursor)
            except RateLimitedError as error:
                await self._pace.sleep(_DEFAULT_WAIT if error.retry_after is None else error.retry_after)
        await self._pace.wait()
        return await read(cursor)


def _take_first(places: Sequence[T], most: int, progress: _Progress) -> Sequence[T]:
    """Returns the first items, and counts the others as left out."""
    progress.left_out += max(0, len(places) - most)
    return places[:most]


def _grouped(places: Iterable[ThreadCursor]) -> Iterator[list[ThreadCursor]]:
    """Groups each direct message with its threads, so that an employee's messages are accepted in order."""
    groups: dict[tuple[str, str | None], list[ThreadCursor]] = {}
    for place in places:
        groups.setdefault((place.channel, None if place.direct else place.thread), []).append(place)
    yield from groups.values()


def _for_bot(place: ThreadCursor, past: Iterable[MissedMessage]) -> list[MissedMessage]:
    if place.mentions_only:
        return [one for one in past if isinstance(one.message, LookupRequested)]
    return [_written_after_resolution(message) if place.over else message for message in past]


def _written_after_resolution(one: MissedMessage) -> MissedMessage:
    """Marks a message as written after the resolution, even if its handoff is reopened before it is handled."""
    if not isinstance(one.message, MessageReceived):
        return one
    message = replace(one.message, after_resolution=True)
    return replace(one, message=message, accepted=replace(one.accepted, event=message))


def _address(place: ThreadCursor) -> str:
    return place.channel if place.thread is None else f"{place.channel}:{place.thread}"


def _thread_of(one: MissedMessage) -> ThreadCursor:
    message = one.message
    direct = isinstance(message, MessageReceived) and message.direct
    return ThreadCursor(
        channel=message.address.channel,
        thread=message.address.thread,
        direct=direct,
        after=message.sent_at,
        active_at=0.0,
        # A thread in a channel that a person began is not the thread of a handoff: that begins with a card.
        mentions_only=not direct,
    )


def new_entries(tx: Transaction, past: Sequence[MissedMessage]) -> list[tuple[MissedMessage, InboxEntry]]:
    """Returns the messages that may be new, each with the entry to accept. `accept` ignores entries that are known.

    Questions and relays are looked up too, because they may be kept longer than the keys of inbox entries. If the bot
    has replied to a root that is unknown, the database was restored from a backup, and the message was handled. An edit
    of a question is new only while the question waits; an edit of a relayed message, or of its files, only while they
    are relayed.
    """
    return [(one, entry) for one in past if (entry := _entry_for(tx, one)) is not None]


def _entry_for(tx: Transaction, one: MissedMessage) -> InboxEntry | None:
    """Returns the entry of what may be new: the message, its last edit, or a change of its files."""
    question = tx.questions.of_message(one.message.address)
    relay = tx.relays.of_message(one.message.address)
    edit = None
    if question is not None:
        edit = _edit_unlike(one, question.text) if question.state is QuestionState.WAITING else None
    elif relay is None:
        return None if one.replied else one.accepted
    elif relay.state in _RELAYED or (relay.state is RelayState.INTERNAL and not relay.to_employee):
        # An employee's thanks, which are internal, may turn into a request for a person.
        edit = _edit_unlike(one, relay.text)
    return edit if edit is not None or relay is None else _listing_unlike(one, relay)


def _listing_unlike(one: MissedMessage, relay: Relay) -> InboxEntry | None:
    """Returns the entry of a change of the message's files, if they differ from those that were relayed."""
    if not isinstance(one.message, MessageReceived) or relay.state not in _WITH_FILES:
        return None
    listed = {file.id for file in one.message.attached}
    are_there = {file.id for file in relay.files if not file.gone} <= listed <= {file.id for file in relay.files}
    return None if are_there else one.listing


def _edit_unlike(one: MissedMessage, text: str) -> InboxEntry | None:
    """Returns the entry of the last edit, if the message says something else than `text` now."""
    edit = one.edited.event if one.edited is not None else None
    return one.edited if isinstance(edit, MessageEdited) and edit.text != text else None
