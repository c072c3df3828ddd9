"""Which places are open, and up to where they are known: what a catch-up begins with.

Ids grow with time, so the newest rows are read from the end of the primary key. However much is stored, this costs the
same; what was last written in long ago need not be found.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, select, text

from bot.helpdesk.config import CatchUpLimits
from bot.helpdesk.inbox.reconciliation import ThreadCursor, Watermarks
from storage import models
from storage.repositories import Transaction

# Several times as many as the places of a round.
_NEWEST = 2_000

_questions = models.questions.c
_conversations = models.conversations.c
_handoffs = models.handoffs.c
_relays = models.relays.c

_NEWEST_QUESTIONS = (
    select(_questions.channel, _questions.thread, _questions.message, _questions.asked_at)
    .where(_questions.handoff_id.is_(None))
    .order_by(_questions.id.desc())
    .limit(_NEWEST)
)
_NEWEST_CONVERSATIONS = (
    select(_conversations.channel, _conversations.thread, _conversations.opened_at, _conversations.last_at)
    .order_by(_conversations.id.desc())
    .limit(_NEWEST)
)
_WITH_BOTH_THREADS = select(
    _handoffs.id,
    _handoffs.channel,
    _handoffs.thread,
    _handoffs.opened_at,
    _handoffs.resolved_at,
    _conversations.channel.label("dm"),
    _conversations.thread.label("dm_thread"),
    _conversations.last_at,
).where(_conversations.id == _handoffs.conversation_id)
# Spelled as in the index of open handoffs, or it would not be used.
_OPEN_HANDOFFS = _WITH_BOTH_THREADS.where(text("handoffs.state != 'resolved'"))
_RESOLVED = (
    _WITH_BOTH_THREADS.where(
        _handoffs.channel.in_(bindparam("channels", expanding=True)),
        _handoffs.resolved_at >= bindparam("since"),
        _handoffs.thread.is_not(None),
    )
    .order_by(_handoffs.resolved_at.desc())
    .limit(bindparam("most"))
)
_RELAYED = select(_relays.channel, _relays.message, _relays.written_at).where(
    _relays.handoff_id == bindparam("handoff")
)


_moved = models.moved_threads.c
_MOVED = (
    select(_moved.owner, _moved.channel, _moved.thread, _moved.moved_at)
    .where(_moved.moved_at >= bindparam("since"), _moved.owner != "")
    .order_by(_moved.moved_at.desc())
    .limit(bindparam("most"))
)


def read_watermarks(tx: Transaction, now: float, reach: CatchUpLimits, channels: Set[str]) -> Watermarks:
    """Where something may be written any time, and what was last heard; `channels` are those with handoffs.

    First the channels, a page or two each, because no later round knows that this one did not come to them. Then direct
    messages and the threads of handoffs, the newest activity first; last the threads of those that are resolved.
    """
    known = _Known(now - reach.settled)
    _read_conversations(tx, known, now, reach)
    _read_questions(tx, known, now, reach)
    _read_handoffs(tx, known, reach)
    _read_moved(tx, known, now, reach)
    resolved = _read_resolved(tx, known, now, reach, channels)
    opened = sorted(known.places(), key=lambda place: place.active_at, reverse=True)
    places = [*known.channels(channels), *opened, *resolved]
    return Watermarks(places=places, heard=known.last, heard_at=known.last_at)


class _Known:
    """What is known of each place: when something last happened there, and its last message heard by `until`."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._active: dict[tuple[str, str | None, bool], float] = {}
        self._heard: dict[tuple[str, str | None], str] = {}
        self.last: str | None = None
        self.last_at = 0.0

    def active(self, channel: str, thread: str | None, at: float, *, direct: bool = True) -> None:
        place = (channel, thread, direct)
        self._active[place] = max(at, self._active.get(place, at))

    def heard(self, channel: str, thread: str | None, message: str, at: float) -> None:
        if at <= self._until:
            self._heard[channel, thread] = max(message, self._heard.get((channel, thread), message))
            self.last = max(message, self.last or message)
            self.last_at = max(at, self.last_at)

    def places(self) -> Iterator[ThreadCursor]:
        for (channel, thread, direct), at in self._active.items():
            yield self.place(channel, thread, at, direct=direct)

    def place(self, channel: str, thread: str | None, at: float, *, direct: bool) -> ThreadCursor:
        # In a thread, nothing is older than its root.
        after = self._heard.get((channel, thread), thread)
        return ThreadCursor(channel=channel, thread=thread, direct=direct, after=after, active_at=at)

    def channels(self, channels: Iterable[str]) -> Iterator[ThreadCursor]:
        """What stands outside of threads in these channels, where anything happened anywhere.

        What people say to each other there is not kept. So what was last heard in a thread of the channel says up to
        where it is known, or else what was last heard from anybody: until then we heard everything.
        """
        if not self._active:
            return
        at = max(self._active.values())
        for channel in sorted(channels):
            heard = [message for (place, _), message in self._heard.items() if place == channel]
            after = max(heard, default=self.last)
            yield ThreadCursor(
                channel=channel, thread=None, direct=False, after=after, active_at=at, mentions_only=True
            )


def _read_conversations(tx: Transaction, known: _Known, now: float, reach: CatchUpLimits) -> None:
    for row in tx.connection.execute(_NEWEST_CONVERSATIONS):
        known.heard(row.channel, None, row.thread, row.opened_at)
        _note_activity(known, row, row.last_at, now, reach)


def _read_questions(tx: Transaction, known: _Known, now: float, reach: CatchUpLimits) -> None:
    for row in tx.connection.execute(_NEWEST_QUESTIONS):
        known.heard(row.channel, None if row.message == row.thread else row.thread, row.message, row.asked_at)
        _note_activity(known, row, row.asked_at, now, reach)


def _note_activity(known: _Known, row: Any, at: float, now: float, reach: CatchUpLimits) -> None:
    if at >= now - reach.look_back:
        known.active(row.channel, None, at)
    if at >= now - reach.fresh:
        known.active(row.channel, row.thread, at)


def _read_handoffs(tx: Transaction, known: _Known, reach: CatchUpLimits) -> None:
    rows = tx.connection.execute(_OPEN_HANDOFFS).all()
    for row in rows:
        known.active(row.dm, row.dm_thread, row.last_at)
        if row.thread is not None:
            known.active(row.channel, row.thread, max(row.opened_at, row.last_at), direct=False)
    for row in heapq.nlargest(reach.places, rows, key=lambda row: row.last_at):
        for relay, thread in _hear_relayed(tx, known, row):
            known.active(relay.channel, thread, relay.written_at, direct=relay.channel == row.dm)


def _read_moved(tx: Transaction, known: _Known, now: float, reach: CatchUpLimits) -> None:
    """Threads that are gone: people may write in what is left of them, and are heard as in those that replace them."""
    for row in tx.connection.execute(_MOVED, {"since": now - reach.look_back, "most": reach.places}):
        known.active(row.channel, row.thread, row.moved_at, direct=row.owner.startswith("con_"))


def _read_resolved(
    tx: Transaction, known: _Known, now: float, reach: CatchUpLimits, channels: Set[str]
) -> list[ThreadCursor]:
    """The threads in the channels; those of the employees, who may write again, are as open as any other."""
    chosen = {"channels": sorted(channels), "since": now - reach.resolved, "most": reach.places}
    threads: list[ThreadCursor] = []
    for row in tx.connection.execute(_RESOLVED, chosen).all():
        _hear_relayed(tx, known, row)
        known.active(row.dm, row.dm_thread, row.resolved_at)
        threads.append(replace(known.place(row.channel, row.thread, row.resolved_at, direct=False), over=True))
    return threads


def _hear_relayed(tx: Transaction, known: _Known, handoff: Any) -> list[tuple[Any, str]]:
    """What was written in the handoff's two threads, whether it was carried on or not, with its thread."""
    relays = tx.connection.execute(_RELAYED, {"handoff": handoff.id}).all()
    heard = [(relay, handoff.dm_thread if relay.channel == handoff.dm else handoff.thread) for relay in relays]
    for relay, thread in heard:
        known.heard(relay.channel, thread, relay.message, relay.written_at)
    return heard
