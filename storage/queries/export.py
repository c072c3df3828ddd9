"""Reads questions with what became of them, batch by batch, so that a million of them take no more memory than one.

Each batch has a snapshot of its own: one for all would keep PostgreSQL from cleaning up, and SQLite from shortening its
write-ahead log, for as long as an export takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.engine import Connection

from bot.helpdesk.model.conversation import Answer, Question, Verdict
from bot.helpdesk.model.handoff import Handoff
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable, renew_snapshot
from storage.repositories import Answers, Decisions, Handoffs, Questions, Verdicts
from storage.row_mapper import R, RowMapper

_BATCH = 500

_questions = models.questions.c
_is_asked_since = _questions.asked_at >= bindparam("since")
_count = select(func.count()).where(_is_asked_since)
# Ids sort by time: no row is sorted, and none is read twice.
_next = (
    Questions.mapper.where(_is_asked_since, _questions.id > bindparam("after")).order_by(_questions.id).limit(_BATCH)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionHistory:
    """A question with its answer, the verdicts on that, the rules that fired, and the latest handoff it opened."""

    question: Question
    answer: Answer | None
    verdicts: tuple[Verdict, ...]
    rules: tuple[str, ...]
    handoff: Handoff | None


def count_questions(location: DatabaseLocation, since: float) -> int:
    """Counts the questions asked at `since` or later.

    Raises StorageError where there is no such database, or its version is not the one this code works with.
    """
    refuse_unreadable(location)
    with reading(location) as connection:
        return connection.execute(_count, {"since": since}).scalar_one()


def read_histories(location: DatabaseLocation, since: float) -> Iterator[QuestionHistory]:
    """Yields the questions asked at `since` or later, in the order in which they were stored."""
    after = ""
    with reading(location) as connection:
        while questions := _batch(connection, since, after):
            yield from _histories(connection, questions)
            after = questions[-1].id
            renew_snapshot(connection)


def _batch(connection: Connection, since: float, after: str) -> list[Question]:
    return [Questions.mapper.decode(row) for row in connection.execute(_next, {"since": since, "after": after})]


def _histories(connection: Connection, questions: Collection[Question]) -> list[QuestionHistory]:
    ids, conversations = {one.id for one in questions}, {one.conversation_id for one in questions}
    answers = {one.question_id: one for one in _rows(connection, Answers.mapper, models.answers.c.question_id.in_(ids))}
    verdicts: dict[str, list[Verdict]] = defaultdict(list)
    rules: dict[str | None, dict[str, None]] = defaultdict(dict)
    of_answers = models.verdicts.c.answer_id.in_([one.id for one in answers.values()])
    for verdict in _rows(connection, Verdicts.mapper, of_answers):
        verdicts[verdict.answer_id].append(verdict)
    # By conversation as well, because that has the index.
    decided = models.decisions.c.conversation_id.in_(conversations), models.decisions.c.question_id.in_(ids)
    for decision in _rows(connection, Decisions.mapper, *decided):
        rules[decision.question_id] |= dict.fromkeys(decision.rules)
    opened = models.handoffs.c.conversation_id.in_(conversations), models.handoffs.c.question_id.in_(ids)
    handoffs = {one.question_id: one for one in _rows(connection, Handoffs.mapper, *opened)}
    return [
        QuestionHistory(
            question=question,
            answer=(answer := answers.get(question.id)),
            verdicts=tuple(verdicts[answer.id]) if answer else (),
            rules=tuple(rules[question.id]),
            handoff=handoffs.get(question.id),
        )
        for question in questions
    ]


def _rows(connection: Connection, mapper: RowMapper[R], *conditions: ColumnElement[bool]) -> list[R]:
    """Returns the rows in the order in which they were stored."""
    statement = mapper.where(*conditions).order_by(mapper.table.c.id)
    return [mapper.decode(row) for row in connection.execute(statement)]
