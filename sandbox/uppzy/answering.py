"""Makes an answer out of help articles, with a confidence that follows from how well they fit."""

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
    """An answer in Markdown and how sure it is: `score` from 0 to 1, `level` its coarse form.

    `words` are what the answer was looked up by; the next question of the session may lean on them.
    """

    answer: str
    level: str
    score: float
    words: tuple[str, ...] = ()


class Answering:
    """Answers messages from articles."""

    def __init__(self, ranking: Ranking) -> None:
        self._ranking = ranking

    def answer(self, message: str, before: tuple[str, ...] = ()) -> ArticleAnswer:
        """Answer a message; `before` are the words of the previous one, which a follow-up leaves out."""
        if THANKS.fullmatch(message):
            return ArticleAnswer(answer=WELCOME, level="high", score=0.95)
        words = subject_words(message)
        alone = self._look_up(words)
        if not before or not _leans_on_what_was_said(message, words, alone):
            return alone
        return max(self._look_up(before + words), alone, key=lambda answer: answer.score)

    def _look_up(self, words: tuple[str, ...]) -> ArticleAnswer:
        hits = self._ranking.search(words)
        score = round(_score(hits), 2)
        level = "high" if score >= HIGH else "medium" if score >= MEDIUM else "low"
        return ArticleAnswer(answer=_written(hits, level), level=level, score=score, words=words)


def _leans_on_what_was_said(message: str, words: tuple[str, ...], alone: ArticleAnswer) -> bool:
    return FOLLOW_UP.match(message) is not None or (len(words) <= 2 and alone.level != "high")


def _score(hits: Sequence[Hit]) -> float:
    """How much of the question the best article covers, less where the next article fits about as well."""
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
