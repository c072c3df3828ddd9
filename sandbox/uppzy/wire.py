"""JSON of the API: parses request bodies, builds response bodies."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.uppzy.behaviour import Behaviour
from sandbox.uppzy.site import ChatSession, QuestionRecord, ReceivedFeedback, RequestRefusedError

Body = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionBody:
    """Content of a chat request."""

    session_id: str
    message: str
    email: str | None
    language: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackBody:
    """Content of a feedback request."""

    session_id: str
    request_id: str
    feedback: str


def read_question(content: bytes) -> QuestionBody:
    """Parses a question. Raises RequestRefusedError, as the other readers do, for a body the endpoint refuses."""
    body = _read(content)
    return QuestionBody(
        session_id=_required(body, "session_id"),
        message=_required(body, "message"),
        email=_optional(body, "email"),
        language=_optional(body, "response_language"),
    )


def read_feedback(content: bytes) -> FeedbackBody:
    body = _read(content)
    if body.get("feedback") not in ("good", "bad"):
        raise RequestRefusedError(400, "feedback must be 'good' or 'bad'")
    return FeedbackBody(
        session_id=_required(body, "session_id"),
        request_id=_required(body, "request_id"),
        feedback=_required(body, "feedback"),
    )


def read_session_id(content: bytes) -> str:
    return _required(_read(content), "session_id")


def answer_body(request: QuestionRecord, behaviour: Behaviour) -> Body:
    """Returns the response to a synchronous question."""
    asked = request.asked
    body: Body = {
        "session_id": asked.session_id,
        "request_id": asked.request_id,
        "answer": asked.answer.answer,
    }
    if behaviour.confidence:
        body |= {"confidence_level": asked.answer.level, "confidence_score": asked.answer.score}
    if behaviour.sources is not None and asked.answer.article:
        slug = "-".join(asked.answer.article.lower().split())
        body[behaviour.sources] = [{"title": asked.answer.article, "url": f"https://help.example/articles/{slug}"}]
    return body


def status_body(request: QuestionRecord, behaviour: Behaviour) -> Body:
    """Returns the state of an asynchronous question, with its answer or error once there is one."""
    body: Body = {"session_id": request.asked.session_id, "request_id": request.asked.request_id}
    if request.error is not None:
        return body | {"status": "failed", "error": request.error}
    if not request.completed:
        return body | {"status": behaviour.unfinished}
    return answer_body(request, behaviour) | {"status": "completed"}


def feedback_body(received: ReceivedFeedback) -> Body:
    body: Body = {"status": "ok", "request_id": received.request_id, "feedback": received.feedback}
    if received.submitted_at is not None:
        body["feedback_submitted_at"] = received.submitted_at
    return body


def limits_body(tenant_id: str, requests: int) -> Body:
    """Returns made-up limits: the documentation names the endpoint but not its fields."""
    limits = {"document_count": 500, "document_storage_mb": 1024, "file_size_mb": 20, "monthly_requests": 10_000}
    return {"tenant_id": tenant_id, "limits": limits, "used": {"monthly_requests": requests}}


def sessions_body(sessions: Iterable[ChatSession]) -> Body:
    """Returns made-up fields, those that the dashboard is documented to show."""
    return {"sessions": [_session_entry(session) for session in sessions]}


def _session_entry(session: ChatSession) -> Body:
    return {
        "session_id": session.session_id,
        "status": "open" if session.closed_at is None else "closed",
        "created_at": session.created_at,
        "last_activity_at": session.last_activity_at,
        "closed_at": session.closed_at,
        "questions": session.questions,
    }


def _read(content: bytes) -> Body:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as cause:
        raise RequestRefusedError(400, "invalid payload") from cause
    if not isinstance(body, dict):
        raise RequestRefusedError(400, "invalid payload")
    return body


def _required(body: Body, field: str) -> str:
    value = _optional(body, field)
    if not value:
        raise RequestRefusedError(400, f"{field} is required")
    return value


def _optional(body: Body, field: str) -> str | None:
    value = body.get(field)
    if value is not None and not isinstance(value, str):
        raise RequestRefusedError(400, "invalid payload")
    return value
