"""State and logic of the local Uppzy, without HTTP: sessions, questions, answers, ratings."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.uppzy.answers import Answerer, ArticleAnswer, HelpArticle, Ranking
from sandbox.uppzy.behaviour import Behaviour, RequestIds


class RequestRefusedError(Exception):
    """The request is refused with this HTTP status and this error text, documented or made up."""

    def __init__(self, status: int, error: str) -> None:
        self.status = status
        self.error = error
        super().__init__(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question that arrived, and the answer it will get."""

    session_id: str
    request_id: str
    message: str
    email: str | None
    language: str | None
    answer: ArticleAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFeedback:
    """A rating that was accepted. `submitted_at` is None where the answer had been rated before."""

    session_id: str
    request_id: str
    feedback: str
    submitted_at: str | None


@dataclass(slots=True, kw_only=True)
class ChatSession:
    """A session: its times, and the subject words of its last question."""

    session_id: str
    created_at: str
    last_activity_at: str
    closed_at: str | None = None
    questions: int = 0
    words: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class QuestionRecord:
    """State of a question: pending, answered at `completed_at` (Unix seconds) or failed; and the rating."""

    asked: AskedQuestion
    completed_at: float | None = None
    error: str | None = None
    rating: str | None = None

    @property
    def completed(self) -> bool:
        return self.completed_at is not None


@dataclass(slots=True, kw_only=True)
class QaDocument:
    """A question with its answer as a document. Only an active one is used for answers."""

    id: str
    title: str
    question: str
    answer: str
    category: str
    active: bool


@dataclass(slots=True, kw_only=True)
class Site:
    """State of one site. `asked`, `feedback` and `closed` are in order of arrival; `unanswered` is a number.

    `articles` are those that it has from the beginning; None: every answer is `fixed`.
    """

    articles: Sequence[HelpArticle] | None
    fixed: str
    behaviour: Behaviour
    randomness: random.Random
    now: Callable[[], datetime]
    asked: list[AskedQuestion] = field(default_factory=list)
    feedback: list[ReceivedFeedback] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    sessions: dict[str, ChatSession] = field(default_factory=dict)
    requests: dict[str, QuestionRecord] = field(default_factory=dict)
    documents: dict[str, QaDocument] = field(default_factory=dict)
    unanswered: int = 0
    _answerer: Answerer | None = field(default=None, init=False)

    def clear(self) -> None:
        """Removes all questions, ratings, sessions and documents."""
        for records in (self.asked, self.feedback, self.closed, self.sessions, self.requests, self.documents):
            records.clear()
        self._forget_index()

    def close(self) -> None:
        """Closes the index of the articles."""
        self._forget_index()

    def create_document(self, *, title: str, question: str, answer: str, category: str) -> QaDocument:
        """Adds a document. It is a draft until it is made active, unless `behaviour` says otherwise."""
        document = QaDocument(
            id=f"doc_{self.randomness.getrandbits(64):016x}",
            title=title,
            question=question,
            answer=answer,
            category=category,
            active=self.behaviour.documents_start_active,
        )
        self.documents[document.id] = document
        self._forget_index()
        return document

    def change_document(self, id: str, words: Mapping[str, str]) -> QaDocument:
        """Replaces the words of a document that are given. Raises RequestRefusedError for an unknown id."""
        document = self._document(id)
        for name, text in words.items():
            setattr(document, name, text)
        self._forget_index()
        return document

    def set_status(self, ids: Sequence[str], status: str) -> None:
        """Makes documents active or drafts. Raises RequestRefusedError for an unknown id or status."""
        if status not in ("active", "draft"):
            raise RequestRefusedError(400, "status must be 'active' or 'draft'")
        for document in [self._document(id) for id in ids]:
            document.active = status == "active"
        self._forget_index()

    def _document(self, id: str) -> QaDocument:
        if id not in self.documents:
            raise RequestRefusedError(404, "document not found")
        return self.documents[id]

    def _forget_index(self) -> None:
        if self._answerer is not None:
            self._answerer.close()
            self._answerer = None

    def ask(self, *, session_id: str, message: str, email: str | None, language: str | None) -> QuestionRecord:
        """Accepts a question. Raises RequestRefusedError for a closed session, depending on `behaviour`."""
        session = self._open_session(session_id)
        answer = self._answer(message, session)
        asked = AskedQuestion(
            session_id=session_id,
            request_id=self._new_request_id(),
            message=message,
            email=email,
            language=language,
            answer=answer,
        )
        session.questions += 1
        session.words = answer.words or session.words
        self.asked.append(asked)
        self.unanswered += 1
        request = self.requests[asked.request_id] = QuestionRecord(asked=asked)
        return request

    def complete(self, request: QuestionRecord) -> None:
        """Marks the question as answered now."""
        request.completed_at = self.now().timestamp()
        self.unanswered -= 1

    def rate(self, *, session_id: str, request_id: str, feedback: str) -> ReceivedFeedback:
        """Accepts a rating. Raises RequestRefusedError where there is no finished answer to rate."""
        request = self.requests.get(request_id)
        if request is None or request.asked.session_id != session_id:
            raise RequestRefusedError(404, "request not found")
        if not request.completed:
            raise RequestRefusedError(self.behaviour.unfinished_feedback_status, "request not completed")
        first = request.rating is None
        if first or self.behaviour.feedback_overwrites:
            request.rating = feedback
        received = ReceivedFeedback(
            session_id=session_id,
            request_id=request_id,
            feedback=feedback,
            submitted_at=self._timestamp() if first else None,
        )
        self.feedback.append(received)
        return received

    def close_session(self, session_id: str) -> None:
        """Closes a session. One that is closed already or unknown is no error."""
        session = self._session(session_id)
        session.closed_at = session.closed_at or self._timestamp()
        self.closed.append(session_id)

    def _answer(self, message: str, session: ChatSession) -> ArticleAnswer:
        if self.articles is None:
            return ArticleAnswer(answer=self.fixed, level="high", score=0.9)
        if self._answerer is None:
            written = [
                HelpArticle(title=one.title, keywords=one.question, body=one.answer)
                for one in self.documents.values()
                if one.active
            ]
            self._answerer = Answerer(Ranking([*self.articles, *written]))
        return self._answerer.answer(message, session.words)

    def _open_session(self, session_id: str) -> ChatSession:
        session = self._session(session_id)
        if session.closed_at is not None and self.behaviour.closed_session_status is not None:
            raise RequestRefusedError(self.behaviour.closed_session_status, "session is closed")
        session.closed_at = None
        session.last_activity_at = self._timestamp()
        return session

    def _session(self, session_id: str) -> ChatSession:
        session = self.sessions.get(session_id)
        if session is None:
            now = self._timestamp()
            session = self.sessions[session_id] = ChatSession(
                session_id=session_id, created_at=now, last_activity_at=now
            )
        return session

    def _new_request_id(self) -> str:
        number = uuid.UUID(int=self.randomness.getrandbits(128), version=4)
        return str(number) if self.behaviour.request_ids is RequestIds.UUID else f"req_{number.hex}"

    def _timestamp(self) -> str:
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
