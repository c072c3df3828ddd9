"""Reads the gaps of a period from the database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.engine import Connection

from bot.helpdesk.model.conversation import QuestionState, Rating
from bot.helpdesk.model.gap import ContentGap, Trouble
from bot.helpdesk.review.gaps import AgentResolution, TroubledQuestion, find_gaps, queued
from bot.helpdesk.review.period import Period
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.queries.asked import asked_in, escalated
from storage.repositories import Gaps

_BATCH = 1000
_que, _ans, _ver = models.questions.c, models.answers.c, models.verdicts.c
_hof, _art = models.handoffs.c, models.articles.c

_level = func.lower(func.trim(func.coalesce(_ans.confidence_level, "")))
_answered = _ans.id.is_not(None)
_conditions: dict[Trouble, ColumnElement[bool]] = {
    Trouble.LOW_CONFIDENCE: and_(_answered, _level == "low"),
    Trouble.ABSENT_CONFIDENCE: and_(_answered, _level == ""),
    Trouble.BAD_VERDICT: exists().where(_ver.answer_id == _ans.id, _ver.rating == Rating.BAD.value),
    Trouble.HANDED_OVER: escalated,
    Trouble.WITHOUT_WORDS: and_(_answered, _ans.wordless),
}
_unresolved = and_(_que.unresolved, _answered)


def read_gaps(connection: Connection, period: Period) -> list[ContentGap]:
    """Returns the gaps of a period, the largest first. Hidden questions count in its total, and are in no gap."""
    total = connection.execute(select(func.count()).select_from(models.questions).where(asked_in(period))).scalar_one()
    known = connection.execute(Gaps.mapper.where().order_by(models.gaps.c.found_at, models.gaps.c.id))
    articles = select(_art.source_gap_id, _art.id).where(_art.source_gap_id.is_not(None)).order_by(_art.id)
    return find_gaps(
        _troubled(connection, period),
        total=total,
        known=[Gaps.mapper.decode(row) for row in known],
        articles={row[0]: row[1] for row in connection.execute(articles)},
        now=period.until,
    )


def read_gaps_of(location: DatabaseLocation, period: Period) -> list[ContentGap]:
    """Does the same on a connection of its own, beside a running desk. Raises StorageError."""
    refuse_unreadable(location)
    with reading(location) as connection:
        return read_gaps(connection, period)


def read_queued_gaps_of(location: DatabaseLocation, period: Period, most: int) -> list[ContentGap]:
    """Returns the largest gaps of a period that belong into the queue at its end. Raises StorageError."""
    return queued(read_gaps_of(location, period), period.until)[:most]


def _troubled(connection: Connection, period: Period) -> Iterator[TroubledQuestion]:
    resolutions = _resolutions(connection, period)
    flags = [case((condition, 1), else_=0).label(trouble.name) for trouble, condition in _conditions.items()]
    statement = (
        select(_que.id, _que.text, _que.asked_at, case((_unresolved, 1), else_=0), *flags)
        .select_from(models.questions.outerjoin(models.answers, _ans.question_id == _que.id))
        .where(
            asked_in(period),
            _que.hidden.is_(False),
            _que.state != QuestionState.KEPT.value,
            or_(_unresolved, *_conditions.values()),
        )
        .order_by(_que.id)
        .execution_options(stream_results=True)
    )
    for id, text, asked_at, unresolved, *found in connection.execute(statement).yield_per(_BATCH):
        reasons = [trouble for trouble, is_so in zip(_conditions, found, strict=True) if is_so]
        if unresolved and not set(reasons) - {Trouble.HANDED_OVER}:
            reasons.append(Trouble.REPEATED)
        yield TroubledQuestion(
            id=id, text=text, asked_at=asked_at, reasons=tuple(reasons), resolutions=tuple(resolutions[id])
        )


def _resolutions(connection: Connection, period: Period) -> defaultdict[str, list[AgentResolution]]:
    """Returns what agents wrote when they resolved a handoff, by the question that it is about."""
    statement: Any = (
        select(_hof.question_id, _hof.resolution_text, _hof.resolution_solved, _hof.resolution_at)
        .select_from(models.questions.join(models.handoffs, _hof.conversation_id == _que.conversation_id))
        .where(asked_in(period), _hof.question_id == _que.id)
        .where(_hof.resolution_text.is_not(None), _hof.resolution_at.is_not(None), _hof.grounds_hidden.is_(False))
    )
    found: defaultdict[str, list[AgentResolution]] = defaultdict(list)
    for question_id, text, solved, at in connection.execute(statement):
        found[question_id].append(AgentResolution(text=text, solved=bool(solved), at=at))
    return found
