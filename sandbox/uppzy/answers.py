"""Answers of the local Uppzy: from the help article that fits a question best, with a confidence computed from it."""

from __future__ import annotations

import functools
import re
import sqlite3
import tomllib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpArticle:
    """One help article; `body` is Markdown, `keywords` are search words that are not in its text."""

    title: str
    keywords: str
    body: str


@functools.cache
def bundled_articles() -> tuple[HelpArticle, ...]:
    """Returns the articles of the package, in the order of their file."""
    text = resources.files(__package__).joinpath("articles.toml").read_text(encoding="utf-8")
    return tuple(
        HelpArticle(title=entry["title"], keywords=entry["keywords"], body=entry["body"].strip())
        for entry in tomllib.loads(text)["article"]
    )


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

    article: HelpArticle
    relevance: float
    coverage: float


def subject_words(message: str, *, most: int = 40) -> tuple[str, ...]:
    """Returns the subject words of a message, each once, in order."""
    words = re.findall(r"[^\W_]+", _joined(message).lower().replace("'", "").replace("’", ""))
    return tuple(dict.fromkeys(word for word in words if word not in STOP_WORDS))[:most]


class Ranking:
    """A searchable set of articles, held in memory."""

    def __init__(self, articles: Sequence[HelpArticle]) -> None:
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


@functools.lru_cache(maxsize=4)
def _indexed(articles: tuple[HelpArticle, ...]) -> bytes:
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


HIGH = 0.62
MEDIUM = 0.38

NOTHING_FOUND = (
    "I could not find anything about this in the help articles, so I would rather not guess. "
    "Try other words, or ask to talk to a person."
)
WELCOME = "You are welcome. Is there anything else I can look up for you?"
THANKS = re.compile(
    r"\W*(thanks|thank you|thx|ok|okay|great|perfect)( so much| a lot| very much| for (the|your) help)?\W*",
    re.IGNORECASE,
)
FOLLOW_UP = re.compile(r"\s*(and|or|but|also|then|what about|how about|what if|same)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleAnswer:
    """An answer in Markdown with its confidence: `score` from 0 to 1, `level` its coarse form.

    `words` are the search words; a follow-up in the same session may build on them. `article` is the title of the one
    that it comes from.
    """

    answer: str
    level: str
    score: float
    words: tuple[str, ...] = ()
    article: str | None = None


class Answerer:
    """Answers messages from articles."""

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking

    def close(self) -> None:
        """Closes the index of the articles."""
        self._ranking.close()

    def answer(self, message: str, before: tuple[str, ...] = ()) -> ArticleAnswer:
        """Answers a message; `before` are the search words of the previous one, which a follow-up omits."""
        if THANKS.fullmatch(message):
            return ArticleAnswer(answer=WELCOME, level="high", score=0.95)
        words = subject_words(message)
        alone = self._look_up(words)
        if not before or not _is_follow_up(message, words, alone):
            return alone
        return max(self._look_up(before + words), alone, key=lambda answer: answer.score)

    def _look_up(self, words: tuple[str, ...]) -> ArticleAnswer:
        hits = self._ranking.search(words)
        score = round(_score(hits), 2)
        level = "high" if score >= HIGH else "medium" if score >= MEDIUM else "low"
        article = hits[0].article.title if hits else None
        return ArticleAnswer(answer=_written(hits, level), level=level, score=score, words=words, article=article)


def _is_follow_up(message: str, words: tuple[str, ...], alone: ArticleAnswer) -> bool:
    return FOLLOW_UP.match(message) is not None or (len(words) <= 2 and alone.level != "high")


def _score(hits: Sequence[Hit]) -> float:
    """Returns the share of the question that the best article covers, less if the next one fits about as well."""
    if not hits:
        return 0.05
    lead = 1 - hits[1].relevance / hits[0].relevance if len(hits) > 1 else 1.0
    return hits[0].coverage * (0.7 + 0.28 * lead)


def _written(hits: Sequence[Hit], level: str) -> str:
    if not hits:
        return NOTHING_FOUND
    best = hits[0].article
    if level == "low":
        return (
            f"I am not sure that this is what you mean. The closest article I have is **{best.title}**:\n\n{best.body}"
        )
    if level == "medium" and len(hits) > 1:
        return f"{best.body}\n\nNot what you meant? There is also an article *{hits[1].article.title}*."
    return best.body
