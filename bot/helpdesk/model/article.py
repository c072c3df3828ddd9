"""Articles: questions and answers that people write for the assistant, from the first draft to the document in use."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, fields

from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.redaction import SafeText

ARTICLE_KEY = re.compile(r"\s*\[art-[0-9a-f]{10}\]")
"""The key of an article, with the space before it in the title of its document."""

DAY = 86_400.0
"""Seconds."""

LONGEST_TITLE = 150
"""Characters of a title or a category."""

LONGEST_QUESTION = 3_000
"""Characters of a question: one field of a form."""


class ArticleState(enum.StrEnum):
    """The states of an article.

    SENDING: approved, withdrawn or activated, and the assistant does not have it yet. REFUSED: it would not take it;
    people try again.
    """

    DRAFT = "draft"
    WAITING = "waiting"
    SENDING = "sending"
    READY = "ready"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


class ArticleTransition(enum.StrEnum):
    """The transitions of an article. The last two are the outcome of sending it."""

    EDIT = "article_edit"
    APPROVE = "article_approve"
    WITHDRAW = "article_withdraw"
    ACTIVATE = "article_activate"
    RETRY = "article_retry"
    SUCCEED = "article_succeed"
    REFUSE = "article_refuse"


class ArticleOrigin(enum.StrEnum):
    """The occasion on which an article was drafted."""

    RESOLUTION = "resolution"
    REACTION = "reaction"
    GAP = "gap"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleWords:
    """The words of an article. `answer` is Markdown; `category` is empty where there is none."""

    title: SafeText
    question: SafeText
    answer: SafeText
    category: SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleSource:
    """The rows from which an article was drafted. `gap_id` is that of a gap, the others are those of a handoff."""

    origin: ArticleOrigin
    conversation_id: str | None = None
    handoff_id: str | None = None
    question_id: str | None = None
    gap_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Somebody who wrote or approved an article, and when."""

    by: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AssistantDocument:
    """The document of an article at the assistant.

    `begun`: its creation was tried, so it may exist even where no `id` is known. `edition` is the edition of the
    article that it holds, None if that is not known.
    """

    id: str | None = None
    begun: bool = False
    edition: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFigures:
    """Questions about the matter of an article in a period of so many `days`, and what became of them.

    `low`: the confidence was low or absent; `good`, `bad`: the employee's verdict; `handoffs`: opened for them;
    `troubled`: one of low, bad and handed over, each question counted once.
    """

    days: float
    questions: int = 0
    low: int = 0
    good: int = 0
    bad: int = 0
    handoffs: int = 0
    troubled: int = 0

    @property
    def per_week(self) -> float:
        """Questions a week."""
        return self.questions * 7 / self.days if self.days else 0.0

    def __add__(self, other: ArticleFigures) -> ArticleFigures:
        return ArticleFigures(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """An article. `edition` counts the edits of its words, `revision` all changes, and so the states of its card.

    `activates`: sending it makes the document active; otherwise it makes it a draft. `approved` belongs to the current
    edition. `trouble` says why it is refused, or not there yet. `activated_at` is when the assistant began to use it,
    None while it does not; `before` and `after` are the figures of the time before that and since. `card` is the
    message that shows it in the channel `place`.
    """

    id: str
    state: ArticleState = ArticleState.DRAFT
    words: ArticleWords
    source: ArticleSource
    place: ChannelAddress
    card: str | None = None
    written: Signature
    approved: Signature | None = None
    document: AssistantDocument = AssistantDocument()
    activates: bool = True
    activated_at: float | None = None
    before: ArticleFigures | None = None
    after: ArticleFigures | None = None
    trouble: SafeText | None = None
    edition: int = 1
    revision: int = 1
    drafted_at: float

    @property
    def key(self) -> str:
        """The text in the title of its document by which that is found again."""
        return f"[art-{self.id[-10:]}]"

    @property
    def as_document(self) -> DocumentWords:
        """The words for the assistant."""
        words = self.words
        title = f"{words.title} {self.key}"
        return DocumentWords(title=title, question=words.question, answer=words.answer, category=words.category)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWords:
    """The words of an article as the assistant is given them. The title ends with the key of the article."""

    title: str
    question: SafeText
    answer: SafeText
    category: SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleCard:
    """The content of an article's card. `handoff` is the name of the one it was drafted from.

    `outdated`: the assistant uses an earlier edition.
    """

    article_id: str
    edition: int
    revision: int
    state: ArticleState
    words: ArticleWords
    handoff: str | None = None
    written: Signature
    approved: Signature | None = None
    activated_at: float | None = None
    outdated: bool = False
    before: ArticleFigures | None = None
    after: ArticleFigures | None = None
    trouble: SafeText | None = None
