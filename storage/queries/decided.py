"""Reads the decisions on questions, batch by batch, as `storage.queries.export` reads questions.

Several processes can share the work: each reads some parts of the whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

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
_next_until = _next.where(_que.id <= bindparam("until"))
_numbered = select(_que.id, func.row_number().over(order_by=_que.id).label("number")).where(*_decided).subquery()
_lasts = select(_numbered.c.id).where(_numbered.c.number % bindparam("size") == 0).order_by(_numbered.c.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of the questions: those with an id after one id, up to and with another; None: all that follow."""

    after: str = ""
    until: str | None = None


ALL = Part()


def count_decided(location: DatabaseLocation, since: float) -> int:
    """Counts the employees' questions asked at `since` or later. Raises StorageError if it cannot be read."""
    refuse_unreadable(location)
    with reading(location) as connection:
        return connection.execute(_count, {"since": since}).scalar_one()


def parts_of_decided(location: DatabaseLocation, since: float, size: int) -> list[Part]:
    """Returns parts of `size` questions each that make up all questions asked at `since` or later, in order."""
    with reading(location) as connection:
        lasts = connection.execute(_lasts, {"since": since, "size": size}).scalars().all()
    return [Part(after=after or "", until=until) for after, until in pairwise(["", *lasts, None])]


def read_decided(location: DatabaseLocation, since: float, part: Part = ALL) -> Iterator[DecidedQuestion]:
    """Yields the employees' questions asked at `since` or later, in the order in which they were stored."""
    statement = _next if part.until is None else _next_until
    values, after = {"since": since, "until": part.until}, part.after
    with reading(location) as connection:
        while rows := connection.execute(statement, {**values, "after": after}).all():
            yield from (DecidedQuestion(*row) for row in rows)
            after = rows[-1].id
            renew_snapshot(connection)
