"""Reads articles with what they were drafted from, and counts the questions about their matter.

Without a lock, so that it works beside a running desk.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, bindparam, select, text
from sqlalchemy.engine import Connection

from bot.helpdesk.language.main_words import NEAR, nearness, read_main_words
from bot.helpdesk.model.article import Article, ArticleFigures
from bot.helpdesk.model.conversation import Rating, Role
from bot.helpdesk.model.handoff import Handoff
from storage import models
from storage.compiled import CompiledConnection
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.repositories import Articles, Conversations, Handoffs, Transaction

_all = Articles.mapper.where().order_by(models.articles.c.id)
_one = Articles.mapper.where(models.articles.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleHistory:
    """An article and the handoff from which it was drafted, if it was."""

    article: Article
    handoff: Handoff | None


def all_articles(connection: Connection) -> Iterator[Article]:
    """Yields all articles, oldest first."""
    return map(Articles.mapper.decode, connection.execute(_all))


def read_articles(location: DatabaseLocation, id: str | None = None) -> Iterator[ArticleHistory]:
    """Yields all articles, oldest first, or the one with this id.

    Raises StorageError where there is no such database, or its version is not the one this code works with.
    """
    refuse_unreadable(location)
    with reading(location) as connection:
        rows = connection.execute(_all) if id is None else connection.execute(_one, {"id": id})
        compiled = CompiledConnection(connection)
        handoffs = Handoffs(compiled, Conversations(compiled))
        for row in rows:
            article = Articles.mapper.decode(row)
            yield ArticleHistory(article=article, handoff=handoffs.get(article.source.handoff_id))


# Questions about the matter of an article.

_que, _ans, _hof, _ver = models.questions.c, models.answers.c, models.handoffs.c, models.verdicts.c
# Questions whose words are compared at once.
_COMPARED = 500


def _is_rated(rating: Rating) -> ColumnElement[bool]:
    of_employee = and_(_ver.role == Role.EMPLOYEE.value, _ver.rating == rating.value)
    return select(_ver.id).where(_ver.answer_id == _ans.id, of_employee).exists()


_is_handed_over = (
    select(_hof.id).where(_hof.conversation_id == _que.conversation_id, _hof.question_id == _que.id).exists()
)
_asked = (
    select(_que.text, _ans.confidence_level, _is_rated(Rating.GOOD), _is_rated(Rating.BAD), _is_handed_over)
    .select_from(models.questions.outerjoin(models.answers, _ans.question_id == _que.id))
    .where(_que.asked_at >= bindparam("since"), _que.asked_at < bindparam("until"), _que.handoff_id.is_(None))
    # Spelled exactly as in the partial index, which would not be used otherwise.
    .where(text("questions.text != ''"))
)


def count_questions_about(tx: Transaction, question: str, since: float, until: float) -> ArticleFigures:
    """Counts the employees' questions of a period that are about the matter of `question`, in whatever words."""
    rows = tx.connection.execute(_asked, {"since": since, "until": until})
    figures = ArticleFigures(days=0.0)
    while batch := list(itertools.islice(rows, _COMPARED)):
        own, *others = read_main_words([question, *(row[0] for row in batch)])
        for (_, level, good, bad, handed_over), words in zip(batch, others, strict=True):
            if own and words and nearness(own, words) >= NEAR:
                low = level in (None, "low")
                figures += ArticleFigures(
                    days=0.0,
                    questions=1,
                    low=int(low),
                    good=int(good),
                    bad=int(bad),
                    handoffs=int(handed_over),
                    troubled=int(low or bad or handed_over),
                )
    return figures
