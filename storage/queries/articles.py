"""Reads articles with what they were drafted from, without a lock, so that it works beside a running desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import bindparam

from bot.helpdesk.model.article import Article
from bot.helpdesk.model.handoff import Handoff
from storage import models
from storage.compiled import CompiledConnection
from storage.inspection import DatabaseLocation, reading, refuse_unreadable
from storage.repositories import Articles, Conversations, Handoffs

_all = Articles.mapper.where().order_by(models.articles.c.id)
_one = Articles.mapper.where(models.articles.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleHistory:
    """An article and the handoff from which it was drafted, if it was."""

    article: Article
    handoff: Handoff | None


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
