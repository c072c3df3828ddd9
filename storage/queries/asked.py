"""Conditions of the questions that the review counts: those of employees, without greetings and thanks."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, or_

from bot.helpdesk.model.conversation import QuestionState
from bot.helpdesk.review.period import Period
from storage import models

_que, _hof, _dec = models.questions.c, models.handoffs.c, models.decisions.c

# The conversation leads to the rows by an index.
escalated = or_(
    exists().where(_hof.conversation_id == _que.conversation_id, _hof.question_id == _que.id),
    exists().where(
        _dec.conversation_id == _que.conversation_id, _dec.question_id == _que.id, _dec.handoff_id.is_not(None)
    ),
)
"""The question opened a handoff, or gave one more reasons."""


def asked_in(period: Period) -> ColumnElement[bool]:
    """Returns the condition of the questions that employees asked in a period."""
    return and_(
        _que.asked_at >= period.since,
        _que.asked_at < period.until,
        _que.handoff_id.is_(None),
        _que.state != QuestionState.NOT_ASKED.value,
    )
