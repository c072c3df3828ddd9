"""Counts of the rules that fired, for those who change the policy."""

from __future__ import annotations

import json
from collections import Counter, defaultdict

from sqlalchemy import func, select

from bot.helpdesk.escalation import FiredRules
from bot.helpdesk.review.period import Period
from storage import models
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.queries.asked import asked_in

_que, _dec = models.questions.c, models.decisions.c
_BATCH = 1000


def count_fired(location: DatabaseLocation, period: Period) -> FiredRules:
    """Counts the employees' questions of a period and the rules that fired for them.

    Raises StorageError where there is no such database, or its version is not the one this code works with.
    """
    refuse_unreadable(location)
    fired: defaultdict[str, set[str]] = defaultdict(set)
    statement = (
        select(_dec.rules, _que.id)
        .select_from(models.decisions.join(models.questions, _que.id == _dec.question_id))
        .where(asked_in(period))
    )
    with reading(location) as connection:
        questions = connection.execute(select(func.count()).select_from(models.questions).where(asked_in(period)))
        total = questions.scalar_one()
        for rules, question in connection.execute(statement).yield_per(_BATCH):
            for rule in json.loads(rules):
                fired[rule].add(question)
    return FiredRules(questions=total, by_rule=Counter({rule: len(found) for rule, found in fired.items()}))
