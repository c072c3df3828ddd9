"""Which places are open, and up to where they are known: what a catch-up reads from.

Ids grow with time, so the newest rows are read from the end of the primary key. However much is stored, this costs the
same; what was last written in long ago need not be found.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import bindparam, select, text

from bot.helpdesk.catchup import Place, Reach
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
# Spelled as in the index of open handoffs, or it would not be used.
_OPEN_HANDOFFS = select(
    _handoffs.id,
    _handoffs.channel,
    _handoffs.thread,
    _handoffs.opened_at,
    _conversations.channel.label("dm"),
    _conversations.thread.label("dm_thread"),
    _conversations.last_at,
).where(text("handoffs.state != 'resolved'"), _conversations.id == _handoffs.conversation_id)
_RELAYED = select(_relays.channel, _relays.message, _relays.written_at).where(
    _relays.handoff_id == bindparam("handoff")
)


def open_places(tx: Transaction, now: float, reach: Reach) -> Sequence[Place]:
    """Direct messages and threads in which something may be written any time, the newest activity first."""
    known = _Known(now - reach.settled)
    _read_conversations(tx, known, now, reach)
    _read_questions(tx, known, now, reach)
    _read_handoffs(tx, known, reach)
    return sorted(known.places(), key=lambda place: place.active_at, reverse=True)


class _Known:
    """What is known of each place: when something last happened there, and its last message heard by `until`."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._active: dict[tuple[str, str | None, bool], float] = {}
        self._heard: dict[tuple[str, str | None], str] = {}

    def active(self, channel: str, thread: str | None, at: float, *, direct: bool = True) -> None:
        place = (channel, thread, direct)
        self._active[place] = max(at, self._active.get(place, at))

    def heard(self, channel: str, thread: str | None, message: str, at: float) -> None:
        if at <= self._until:
            self._heard[channel, thread] = max(message, self._heard.get((channel, thread), message))

    def places(self) -> Iterator[Place]:
        for (channel, thread, direct), at in self._active.items():
            # In a thread, nothing is older than its root.
            after = self._heard.get((channel, thread), thread)
            yield Place(channel=channel, thread=thread, direct=direct, after=after, active_at=at)


def _read_conversations(tx: Transaction, known: _Known, now: float, reach: Reach) -> None:
    for row in tx.connection.execute(_NEWEST_CONVERSATIONS):
        known.heard(row.channel, None, row.thread, row.opened_at)
        _note_activity(known, row, row.last_at, now, reach)


def _read_questions(tx: Transaction, known: _Known, now: float, reach: Reach) -> None:
    for row in tx.connection.execute(_NEWEST_QUESTIONS):
        known.heard(row.channel, None if row.message == row.thread else row.thread, row.message, row.asked_at)
        _note_activity(known, row, row.asked_at, now, reach)


def _note_activity(known: _Known, row: Any, at: float, now: float, reach: Reach) -> None:
    if at >= now - reach.look_back:
        known.active(row.channel, None, at)
    if at >= now - reach.fresh:
        known.active(row.channel, row.thread, at)


def _read_handoffs(tx: Transaction, known: _Known, reach: Reach) -> None:
    rows = tx.connection.execute(_OPEN_HANDOFFS).all()
    for row in rows:
        known.active(row.dm, row.dm_thread, row.last_at)
        if row.thread is not None:
            known.active(row.channel, row.thread, max(row.opened_at, row.last_at), direct=False)
    for row in heapq.nlargest(reach.places, rows, key=lambda row: row.last_at):
        _hear_relayed(known, row, tx.connection.execute(_RELAYED, {"handoff": row.id}))


def _hear_relayed(known: _Known, handoff: Any, relayed: Iterable[Any]) -> None:
    """What was written in the handoff's two threads, whether it was carried on or not."""
    for row in relayed:
        direct = row.channel == handoff.dm
        thread = handoff.dm_thread if direct else handoff.thread
        known.heard(row.channel, thread, row.message, row.written_at)
        known.active(row.channel, thread, row.written_at, direct=direct)
