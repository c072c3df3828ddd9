"""Counts of a period for the review, the same on both engines.

Questions are those of employees, without greetings and thanks. Nothing here depends on text that retention deletes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import Any, TypeVar

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.engine import Connection

from bot.helpdesk.escalation import HandoffRules
from bot.helpdesk.model.conversation import Rating, Role
from bot.helpdesk.model.gap import ContentGap
from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.model.history import REOPENINGS, REPLIES, TimelineEvent
from bot.helpdesk.model.review import WeekBar
from bot.helpdesk.review.changes import changes_between
from bot.helpdesk.review.figures import (
    WEEKS_SHOWN,
    Counts,
    HandoffTimes,
    QuestionTally,
    VerdictTally,
    compute,
)
from bot.helpdesk.review.period import Period
from bot.helpdesk.review.report import MOST_GAPS, Review
from bot.helpdesk.review.weeks import first_day, period_before, weeks_until
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.queries.articles import all_articles
from storage.queries.asked import asked_in, escalated
from storage.queries.gaps import read_gaps, read_queued_gaps_of
from storage.reader_process import read_apart

R = TypeVar("R")

_BATCH = 1000
_LARGE = 5000
"""Questions of a period that are read in a process of their own: comparing them would hold up the event loop."""

_que, _ans, _ver = models.questions.c, models.answers.c, models.verdicts.c
_hof, _dec, _tml = models.handoffs.c, models.decisions.c, models.timeline.c

_CLAIMS = (TimelineEvent.CLAIMED, TimelineEvent.ASSIGNED)


def read_counts(connection: Connection, period: Period) -> Counts:
    """Counts what belongs to a period. The handoffs are read as they are used, on the same connection."""
    return Counts(
        questions=list(_questions(connection, period)),
        verdicts=list(_verdicts(connection, period)),
        handoffs=_handoffs(connection, period),
    )


def _questions(connection: Connection, period: Period) -> Iterator[QuestionTally]:
    each = (
        select(
            _ans.id.is_not(None).label("answered"),
            _ans.confidence_level.label("level"),
            _que.withheld.label("withheld"),
            case((escalated, True), else_=False).label("escalated"),
            _ver.rating.label("rating"),
        )
        .select_from(
            models.questions.outerjoin(models.answers, _ans.question_id == _que.id).outerjoin(
                models.verdicts, and_(_ver.answer_id == _ans.id, _ver.role == Role.EMPLOYEE.value)
            )
        )
        .where(asked_in(period))
        .subquery()
    )
    for row in connection.execute(select(func.count(), *each.c).group_by(*each.c)):
        count, answered, level, withheld, is_escalated, rating = row
        level = level.strip().casefold() or None if level else None
        rating = Rating(rating) if rating else None
        yield QuestionTally(count, bool(answered), level, bool(withheld), bool(is_escalated), rating)


def _verdicts(connection: Connection, period: Period) -> Iterator[VerdictTally]:
    statement = (
        select(func.count(), _ver.role, _ver.rating)
        .select_from(models.verdicts.join(models.answers, _ans.id == _ver.answer_id))
        .join(models.questions, _que.id == _ans.question_id)
        .where(_que.asked_at >= period.since, _que.asked_at < period.until)
        .group_by(_ver.role, _ver.rating)
    )
    for count, role, rating in connection.execute(statement):
        yield VerdictTally(count, Role(role), Rating(rating))


def _moment(function: Any, events: Iterable[TimelineEvent]) -> Any:
    """Returns the first or last moment of such an event in the timeline of a handoff."""
    names = sorted(event.value for event in events)
    return select(function(_tml.at)).where(_tml.handoff_id == _hof.id, _tml.event.in_(names)).scalar_subquery()


_resolved_at = case(
    (
        and_(
            _hof.state == HandoffState.RESOLVED.value,
            _hof.resolution_handed_back.is_(False),
            _hof.resolution_withdrawn.is_(False),
            _hof.resolution_timed_out.is_(False),
            or_(_hof.resolution_by.is_(None), _hof.resolution_outcome.is_not(None)),
        ),
        _hof.resolution_at,
    )
)


def _handoff_statement(period: Period) -> Select[Any]:
    return (
        select(
            _hof.priority,
            _hof.grounds_rules,
            _hof.opened_at,
            _moment(func.min, REPLIES),
            _moment(func.min, _CLAIMS),
            _resolved_at,
            _moment(func.max, REOPENINGS),
            _moment(func.min, (TimelineEvent.SAID_SOLVED,)),
        )
        .where(_hof.opened_at >= period.since, _hof.opened_at < period.until)
        .order_by(_hof.opened_at, _hof.id)
    )


def _handoffs(connection: Connection, period: Period) -> Iterator[HandoffTimes]:
    statement = _handoff_statement(period).execution_options(stream_results=True)
    for priority, rules, *moments in connection.execute(statement).yield_per(_BATCH):
        yield HandoffTimes(priority, tuple(json.loads(rules)), *moments)


def _weeks(connection: Connection, until: float, zone: tzinfo) -> Iterator[WeekBar]:
    """Counts questions and handoffs of each week, in one pass over each table."""
    weeks = weeks_until(until, zone, WEEKS_SHOWN)
    questions = _per_week(connection, weeks, _que.asked_at, asked_in)
    handoffs = _per_week(
        connection, weeks, _hof.opened_at, lambda all: and_(_hof.opened_at >= all.since, _hof.opened_at < all.until)
    )
    for week, asked, opened in zip(weeks, questions, handoffs, strict=True):
        yield WeekBar(begins=first_day(week, zone).isoformat(), questions=asked, handoffs=opened)


def _per_week(connection: Connection, weeks: Sequence[Period], at: Any, is_counted: Any) -> list[int]:
    whole = Period(since=weeks[0].since, until=weeks[-1].until)
    week = case(*((at < week.until, number) for number, week in enumerate(weeks)))
    each = select(week.label("week")).where(is_counted(whole)).subquery()
    found = connection.execute(select(each.c.week, func.count()).group_by(each.c.week))
    by_week: dict[int, int] = {row[0]: row[1] for row in found}
    return [by_week.get(number, 0) for number in range(len(weeks))]


def read_review(connection: Connection, period: Period, rules: HandoffRules, zone: tzinfo) -> Review:
    """Reads the review of a period, and compares it with the period before."""
    figures, before = (
        compute(one, read_counts(connection, one), rules) for one in (period, period_before(period, zone))
    )
    return Review(
        figures=figures,
        changes=changes_between(before, figures),
        weeks=tuple(_weeks(connection, period.until, zone)),
        gaps=tuple(read_gaps(connection, period)),
        zone=zone,
        articles=tuple(all_articles(connection)),
    )


class StoredReviews:
    """Implements the port `Reviews` on a database. Reads it in a thread, and many questions in a process of its own."""

    def __init__(self, location: DatabaseLocation, rules: HandoffRules, zone: tzinfo) -> None:
        self._location = location
        self._rules = rules
        self._zone = zone

    def follow(self, rules: HandoffRules, zone: tzinfo) -> None:
        """Computes with the working hours and the time zone of a changed policy."""
        self._rules, self._zone = rules, zone

    async def review(self, period: Period) -> Review:
        return await self._read(_digest_review, period, self._rules, self._zone)

    async def gaps(self, period: Period, most: int) -> list[ContentGap]:
        return await self._read(read_queued_gaps_of, period, most)

    async def _read(self, read: Callable[..., R], period: Period, *args: Any) -> R:
        is_large = await asyncio.to_thread(_is_large, self._location, period)
        apart = read_apart if is_large else asyncio.to_thread
        return await apart(read, self._location, period, *args)


def _is_large(location: DatabaseLocation, period: Period) -> bool:
    refuse_unreadable(location)
    some = select(_que.id).where(asked_in(period)).limit(_LARGE).subquery()
    with reading(location) as connection:
        return bool(connection.execute(select(func.count()).select_from(some)).scalar_one() == _LARGE)


def _digest_review(location: DatabaseLocation, period: Period, rules: HandoffRules, zone: tzinfo) -> Review:
    # Gaps that nobody shows are not passed from process to process.
    found = read_review_of(location, period, rules, zone)
    return replace(found, gaps=found.gaps[:MOST_GAPS])


def read_review_of(location: DatabaseLocation, period: Period, rules: HandoffRules, zone: tzinfo) -> Review:
    """Does the same on a connection of its own, beside a running desk. Raises StorageError."""
    refuse_unreadable(location)
    with reading(location) as connection:
        return read_review(connection, period, rules, zone)
