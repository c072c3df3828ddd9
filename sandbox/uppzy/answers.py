"""Answers from help articles, with a confidence computed from how well they fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sandbox.uppzy.ranking import Hit, Ranking, subject_words

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

    `words` are the search words; a follow-up in the same session may build on them.
    """

    answer: str
    level: str
    score: float
    words: tuple[str, ...] = ()


class Answerer:
    """Answers messages from articles."""

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking

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
        return ArticleAnswer(answer=_written(hits, level), level=level, score=score, words=words)


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
