"""What the local Uppzy remembers and decides, without HTTP: sessions, questions, answers, ratings."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sandbox.uppzy.answering import Answering, ArticleAnswer
from sandbox.uppzy.stances import RequestIds, Stances


class RefusedError(Exception):
    """The request is refused, with this status and this documented (or made-up) error text."""

    def __init__(self, status: int, error: str) -> None:
        self.status = status
        self.error = error
        super().__init__(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question that arrived, and the answer it gets once its time has come."""

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
class Session:
    """One conversation: when it happened, and the words the last question was about."""

    session_id: str
    created_at: str
    last_activity_at: str
    closed_at: str | None = None
    questions: int = 0
    words: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Request:
    """Where an answer stands: not yet there, there since `completed_at` (Unix seconds), or failed; and its rating."""

    asked: AskedQuestion
    completed_at: float | None = None
    error: str | None = None
    rating: str | None = None

    @property
    def completed(self) -> bool:
        return self.completed_at is not None


@dataclass(slots=True, kw_only=True)
class Core:
    """The state of one site. `asked`, `feedback` and `closed` keep the order in which things arrived."""

    answering: Answering | None
    fixed: str
    stances: Stances
    randomness: random.Random
    now: Callable[[], datetime]
    asked: list[AskedQuestion] = field(default_factory=list)
    feedback: list[ReceivedFeedback] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    sessions: dict[str, Session] = field(default_factory=dict)
    requests: dict[str, Request] = field(default_factory=dict)

    def ask(self, *, session_id: str, message: str, email: str | None, language: str | None) -> Request:
        """Take in a question. Raises RefusedError for a closed session, as the stance has it."""
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
        request = self.requests[asked.request_id] = Request(asked=asked)
        return request

    def complete(self, request: Request) -> None:
        """The answer is there, and leaves."""
        request.completed_at = self.now().timestamp()

    def rate(self, *, session_id: str, request_id: str, feedback: str) -> ReceivedFeedback:
        """Take in a rating. Raises RefusedError where there is no finished answer to rate."""
        request = self.requests.get(request_id)
        if request is None or request.asked.session_id != session_id:
            raise RefusedError(404, "request not found")
        if not request.completed:
            raise RefusedError(self.stances.unfinished_feedback_status, "request not completed")
        first = request.rating is None
        if first or self.stances.feedback_overwrites:
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
        """Archive a session. One that is closed already, or was never seen, is no error."""
        session = self._session(session_id)
        session.closed_at = session.closed_at or self._timestamp()
        self.closed.append(session_id)

    def _answer(self, message: str, session: Session) -> ArticleAnswer:
        if self.answering is None:
            return ArticleAnswer(answer=self.fixed, level="high", score=0.9)
        return self.answering.answer(message, session.words)

    def _open_session(self, session_id: str) -> Session:
        session = self._session(session_id)
        if session.closed_at is not None and self.stances.closed_session_status is not None:
            raise RefusedError(self.stances.closed_session_status, "session is closed")
        session.closed_at = None
        session.last_activity_at = self._timestamp()
        return session

    def _session(self, session_id: str) -> Session:
        session = self.sessions.get(session_id)
        if session is None:
            now = self._timestamp()
            session = self.sessions[session_id] = Session(session_id=session_id, created_at=now, last_activity_at=now)
        return session

    def _new_request_id(self) -> str:
        number = uuid.UUID(int=self.randomness.getrandbits(128), version=4)
        return str(number) if self.stances.request_ids is RequestIds.UUID else f"req_{number.hex}"

    def _timestamp(self) -> str:
        return self.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
