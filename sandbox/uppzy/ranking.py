"""Finds the help article that fits a question, with SQLite's full-text index and its bm25 ranking."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache

from sandbox.uppzy.articles import Article

# Words of a question that say nothing about its subject.
STOP_WORD_LIST = """
a about all also am an and any anyone are as at be been big but by can cannot could did do does doing dont during
each five for four from get getting give go going gone got had hand has have hello help hey hi how i if im in into
is isnt it its just keep keeps know let like long make many may me much must my need no not of ok on or our out over
please question should show small so some somebody someone still such talk tell than thank thanks that the their them
then there these they this those three thx to too trying two up us use using want was way we were what whats when
where which while who whom why will with without work working would you your
"""
STOP_WORDS = frozenset(STOP_WORD_LIST.split())

# Spelled with and without a hyphen; the index would split the one and not the other.
JOINED = re.compile(r"\b(wi|e|log|sign|on)-(fi|mail|in|boarding)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """An article that shares words with a question.

    `relevance` is comparable within one search only. `coverage` is the share of the question's words it has, 0 to 1.
    """

    article: Article
    relevance: float
    coverage: float


def subject_words(message: str, *, most: int = 40) -> tuple[str, ...]:
    """Returns the subject words of a message, each once, in order."""
    words = re.findall(r"[^\W_]+", _joined(message).lower().replace("'", "").replace("’", ""))
    return tuple(dict.fromkeys(word for word in words if word not in STOP_WORDS))[:most]


class Ranking:
    """A searchable set of articles, held in memory."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = tuple(articles)
        self._index = sqlite3.connect(":memory:")
        self._index.deserialize(_indexed(self._articles))

    def search(self, words: Sequence[str], *, most: int = 3) -> list[Hit]:
        """Returns the best articles for these words, best first; none where no word is known."""
        if not words:
            return []
        known = [self._articles_with(word) for word in words]
        return [
            Hit(
                article=self._articles[number],
                relevance=relevance,
                coverage=sum(number in having for having in known) / len(words),
            )
            for number, relevance in self._ranked(words, most)
        ]

    def close(self) -> None:
        self._index.close()

    def _ranked(self, words: Sequence[str], most: int) -> list[tuple[int, float]]:
        # bm25() is better the smaller it is; a hit in the title or among the keywords counts more than one in the text.
        return self._index.execute(
            "SELECT rowid, -bm25(articles, 6.0, 4.0, 1.0) AS relevance FROM articles WHERE articles MATCH ? "
            "ORDER BY relevance DESC LIMIT ?",
            (" OR ".join(f'"{word}"' for word in words), most),
        ).fetchall()

    def _articles_with(self, word: str) -> frozenset[int]:
        rows = self._index.execute("SELECT rowid FROM articles WHERE articles MATCH ?", (f'"{word}"',))
        return frozenset(number for (number,) in rows)


def _joined(text: str) -> str:
    return JOINED.sub(r"\1\2", text)


@lru_cache(maxsize=4)
def _indexed(articles: tuple[Article, ...]) -> bytes:
    """Returns the index as a database file. To read one is much faster than to build it."""
    with closing(sqlite3.connect(":memory:")) as index:
        index.execute("CREATE VIRTUAL TABLE articles USING fts5(title, keywords, body, tokenize='porter')")
        index.executemany(
            "INSERT INTO articles (rowid, title, keywords, body) VALUES (?, ?, ?, ?)",
            [
                (number, _joined(article.title), article.keywords, _joined(article.body))
                for number, article in enumerate(articles)
            ],
        )
        index.commit()
        return index.serialize()
