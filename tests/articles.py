"""Articles for tests."""

from __future__ import annotations

from bot.helpdesk.model.article import Article, ArticleOrigin, ArticleSource, ArticleWords, Signature
from bot.helpdesk.redaction import redact
from tests.addresses import channel_at


def article(id: str, *, question: str, answer: str, at: float = 0.0) -> Article:
    """Returns a draft that U2 wrote after the resolution of the handoff hof_1."""
    words = ArticleWords(title=redact(question), question=redact(question), answer=redact(answer), category=redact(""))
    source = ArticleSource(
        origin=ArticleOrigin.RESOLUTION, conversation_id="con_1", handoff_id="hof_1", question_id="que_1"
    )
    return Article(
        id=id,
        words=words,
        source=source,
        place=channel_at("C1"),
        written=Signature(by="U2", at=at),
        drafted_at=at,
    )
