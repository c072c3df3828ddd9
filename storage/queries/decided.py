"""Reads the decisions on questions, batch by batch, as `storage.queries.export` reads questions."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, func, or_, select

from bot.helpdesk.escalation import DecidedQuestion
from bot.helpdesk.model.conversation import QuestionState
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable, renew_snapshot

_BATCH = 5_000

_que = models.questions.c
# The policy decides on no question of agents, and on no thanks.
_decided = (
    _que.asked_at >= bindparam("since"),
    _que.handoff_id.is_(None),
    or_(_que.state != QuestionState.NOT_ASKED.value, _que.decisions != ""),
)
_count = select(func.count()).where(*_decided)
_next = (
    select(_que.id, _que.asked_at, _que.text, _que.hidden, _que.decisions)
    .where(*_decided, _que.id > bindparam("after"))
    .order_by(_que.id)
    .limit(_BATCH)
)


def count_decided(location: DatabaseLocation, since: float) -> int:
    """Counts the employees' questions asked at `since` or later. Raises StorageError if it cannot be read."""
    refuse_unreadable(location)
    with reading(location) as connection:
        return connection.execute(_count, {"since": since}).scalar_one()


def read_decided(location: DatabaseLocation, since: float) -> Iterator[DecidedQuestion]:
    """Yields the employees' questions asked at `since` or later, in the order in which they were stored."""
    after = ""
    with reading(location) as connection:
        while rows := connection.execute(_next, {"since": since, "after": after}).all():
            yield from (DecidedQuestion(*row) for row in rows)
            after = rows[-1].id
            renew_snapshot(connection)
