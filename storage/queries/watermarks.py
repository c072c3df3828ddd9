"""Watermarks for a catch-up: the threads where people may write, each with the time up to which they are known.

Our own ids grow with time, so the newest rows are read from the end of the primary key, at a cost that does not grow
with the database. Threads without recent activity need not be found.
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

# Several times the number of threads that one round reads.
_NEWEST = 2_000

_questions = models.questions.c
_conversations = models.conversations.c
_handoffs = models.handoffs.c
_relays = models.relays.c

_NEWEST_QUESTIONS = (
    select(
        _questions.surface,
        _questions.channel,
        _questions.thread,
        _questions.message,
        _questions.sent_at,
        _questions.asked_at,
    )
    .where(_questions.handoff_id.is_(None))
    .order_by(_questions.id.desc())
    .limit(_NEWEST)
)
_NEWEST_CONVERSATIONS = (
    select(
        _conversations.surface,
        _conversations.channel,
        _conversations.thread,
        _conversations.root_sent_at,
        _conversations.opened_at,
        _conversations.last_at,
    )
    .order_by(_conversations.id.desc())
    .limit(_NEWEST)
)
_WITH_BOTH_THREADS = select(
    _handoffs.id,
    _handoffs.surface,
    _handoffs.channel,
    _handoffs.thread,
    _handoffs.opened_at,
    _handoffs.resolution_at,
    _conversations.surface.label("dm_surface"),
    _conversations.channel.label("dm"),
    _conversations.thread.label("dm_thread"),
    _conversations.last_at,
).where(_conversations.id == _handoffs.conversation_id)
# Spelled exactly as in the partial index, which would not be used otherwise.
_OPEN_HANDOFFS = _WITH_BOTH_THREADS.where(text("handoffs.state != 'resolved'"))
_RESOLVED = (
    _WITH_BOTH_THREADS.where(
        _handoffs.surface == bindparam("surface"),
        _handoffs.channel.in_(bindparam("channels", expanding=True)),
        _handoffs.resolution_at >= bindparam("since"),
        _handoffs.thread.is_not(None),
    )
    .order_by(_handoffs.resolution_at.desc())
    .limit(bindparam("most"))
)
_RELAYED = select(_relays.surface, _relays.channel, _relays.sent_at, _relays.written_at).where(
    _relays.handoff_id == bindparam("handoff")
)


_moved = models.moved_threads.c
_MOVED = (
    select(_moved.owner, _moved.surface, _moved.channel, _moved.thread, _moved.moved_at)
    .where(_moved.moved_at >= bindparam("since"), _moved.owner != "")
    .order_by(_moved.moved_at.desc())
    .limit(bindparam("most"))
)


def read_watermarks(tx: Transaction, now: float, limits: CatchUpLimits, surface: str, channels: Set[str]) -> Watermarks:
    """Returns the threads of a surface to read, in order, and when anything was last received from it.

    `channels` are its handoff channels.

    The channels come first, a page or two each, because no later round knows that this one did not reach them. Direct
    messages and threads of open handoffs follow, the latest activity first; threads of resolved handoffs come last.
    """
    activity = _Activity(surface, now - limits.settled)
    _read_conversations(tx, activity, now, limits)
    _read_questions(tx, activity, now, limits)
    _read_handoffs(tx, activity, limits)
    _read_moved(tx, activity, now, limits)
    resolved = _read_resolved(tx, activity, now, limits, channels)
    opened = sorted(activity.cursors(), key=lambda cursor: cursor.active_at, reverse=True)
    cursors = [*activity.channel_cursors(channels), *opened, *resolved]
    return Watermarks(places=cursors, last_sent_at=activity.last_sent_at, last_received_at=activity.last_received_at)


class _Activity:
    """For each thread, the time of its latest activity, and when the last message received up to `until` was sent.

    What is noted of other surfaces is ignored.
    """

    def __init__(self, surface: str, until: float) -> None:
        self.surface = surface
        self._until = until
        self._active: dict[tuple[str, str | None, bool], float] = {}
        self._sent: dict[tuple[str, str | None], float] = {}
        self.last_sent_at: float | None = None
        self.last_received_at = 0.0

    def note_activity(self, surface: str, channel: str, thread: str | None, at: float, *, direct: bool = True) -> None:
        if surface == self.surface:
            key = (channel, thread, direct)
            self._active[key] = max(at, self._active.get(key, at))

    def note_message(
        self, surface: str, channel: str, thread: str | None, *, sent_at: float, received_at: float
    ) -> None:
        if surface == self.surface and received_at <= self._until:
            self._sent[channel, thread] = max(sent_at, self._sent.get((channel, thread), sent_at))
            self.note_forgotten(sent_at=sent_at, received_at=received_at)

    def note_forgotten(self, *, sent_at: float, received_at: float) -> None:
        """Notes a message whose place is not known any more, because its author was forgotten."""
        if received_at <= self._until:
            self.last_sent_at = max(sent_at, self.last_sent_at or sent_at)
            self.last_received_at = max(received_at, self.last_received_at)

    def cursors(self) -> Iterator[ThreadCursor]:
        for (channel, thread, direct), at in self._active.items():
            yield self.cursor(channel, thread, at, direct=direct)

    def cursor(self, channel: str, thread: str | None, at: float, *, direct: bool) -> ThreadCursor:
        # None for a thread without a received message: it is read from its root on.
        after = self._sent.get((channel, thread))
        return ThreadCursor(channel=channel, thread=thread, direct=direct, after=after, active_at=at)

    def channel_cursors(self, channels: Iterable[str]) -> Iterator[ThreadCursor]:
        """Returns cursors for the messages outside of threads in these channels, if there was any activity at all.

        Such messages are not stored. So a cursor starts after the last message received in a thread of the channel, or
        else after the last one received anywhere: up to then, nothing was missed.
        """
        if not self._active:
            return
        at = max(self._active.values())
        for channel in sorted(channels):
            sent = [sent_at for (where, _), sent_at in self._sent.items() if where == channel]
            after = max(sent, default=self.last_sent_at)
            yield ThreadCursor(
                channel=channel, thread=None, direct=False, after=after, active_at=at, mentions_only=True
            )


def _read_conversations(tx: Transaction, activity: _Activity, now: float, limits: CatchUpLimits) -> None:
    for row in tx.connection.execute(_NEWEST_CONVERSATIONS):
        if row.root_sent_at is not None:
            activity.note_message(row.surface, row.channel, None, sent_at=row.root_sent_at, received_at=row.opened_at)
        _note_row(activity, row, row.last_at, now, limits)


def _read_questions(tx: Transaction, activity: _Activity, now: float, limits: CatchUpLimits) -> None:
    for row in tx.connection.execute(_NEWEST_QUESTIONS):
        if not row.surface:
            activity.note_forgotten(sent_at=row.sent_at, received_at=row.asked_at)
            continue
        thread = None if row.message == row.thread else row.thread
        activity.note_message(row.surface, row.channel, thread, sent_at=row.sent_at, received_at=row.asked_at)
        _note_row(activity, row, row.asked_at, now, limits)


def _note_row(activity: _Activity, row: Any, at: float, now: float, limits: CatchUpLimits) -> None:
    if at >= now - limits.look_back:
        activity.note_activity(row.surface, row.channel, None, at)
    if at >= now - limits.fresh:
        activity.note_activity(row.surface, row.channel, row.thread, at)


def _read_handoffs(tx: Transaction, activity: _Activity, limits: CatchUpLimits) -> None:
    rows = tx.connection.execute(_OPEN_HANDOFFS).all()
    for row in rows:
        activity.note_activity(row.dm_surface, row.dm, row.dm_thread, row.last_at)
        if row.thread is not None:
            activity.note_activity(row.surface, row.channel, row.thread, max(row.opened_at, row.last_at), direct=False)
    for row in heapq.nlargest(limits.places, rows, key=lambda row: row.last_at):
        for relay, thread in _note_relays(tx, activity, row):
            direct = _is_in_dm(relay, row)
            activity.note_activity(relay.surface, relay.channel, thread, relay.written_at, direct=direct)


def _read_moved(tx: Transaction, activity: _Activity, now: float, limits: CatchUpLimits) -> None:
    """Adds threads that no longer exist: people may still write in what is left of them."""
    for row in tx.connection.execute(_MOVED, {"since": now - limits.look_back, "most": limits.places}):
        activity.note_activity(row.surface, row.channel, row.thread, row.moved_at, direct=row.owner.startswith("con_"))


def _read_resolved(
    tx: Transaction, activity: _Activity, now: float, limits: CatchUpLimits, channels: Set[str]
) -> list[ThreadCursor]:
    """Returns the threads in the channels. Those of the employees, who may write again, are added as active."""
    chosen = {
        "surface": activity.surface,
        "channels": sorted(channels),
        "since": now - limits.resolved,
        "most": limits.places,
    }
    threads: list[ThreadCursor] = []
    for row in tx.connection.execute(_RESOLVED, chosen).all():
        _note_relays(tx, activity, row)
        activity.note_activity(row.dm_surface, row.dm, row.dm_thread, row.resolution_at)
        threads.append(replace(activity.cursor(row.channel, row.thread, row.resolution_at, direct=False), over=True))
    return threads


def _note_relays(tx: Transaction, activity: _Activity, handoff: Any) -> list[tuple[Any, str]]:
    """Notes the messages in the two threads of a handoff, relayed or not; returns each with its thread."""
    relays = tx.connection.execute(_RELAYED, {"handoff": handoff.id}).all()
    messages = [(relay, handoff.dm_thread if _is_in_dm(relay, handoff) else handoff.thread) for relay in relays]
    for relay, thread in messages:
        if relay.sent_at is not None:
            activity.note_message(
                relay.surface, relay.channel, thread, sent_at=relay.sent_at, received_at=relay.written_at
            )
    return messages


def _is_in_dm(relay: Any, handoff: Any) -> bool:
    return (relay.surface, relay.channel) == (handoff.dm_surface, handoff.dm)
