"""JSON of the API: parses request bodies, builds response bodies."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sandbox.uppzy.behaviour import Behaviour
from sandbox.uppzy.site import ChatSession, QaDocument, QuestionRecord, ReceivedFeedback, RequestRefusedError

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


_WORDS_OF_DOCUMENT = ("title", "question", "answer", "category")


def read_document(content: bytes) -> dict[str, str]:
    """Parses a new document. Whether its category may be left out is not documented."""
    body = _read(content)
    words = {name: _required(body, name) for name in _WORDS_OF_DOCUMENT[:-1]}
    return words | {"category": _optional(body, "category") or ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChange:
    """Content of a change of one document: some of its words, a status, or both."""

    words: dict[str, str]
    status: str | None


def read_document_change(content: bytes) -> DocumentChange:
    body = _read(content)
    words = {name: text for name in _WORDS_OF_DOCUMENT if (text := _optional(body, name)) is not None}
    return DocumentChange(words=words, status=_optional(body, "status"))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusBody:
    """Content of a change of status."""

    ids: list[str]
    status: str


def read_status(content: bytes) -> StatusBody:
    """Parses a change of status. The names of its fields are made up: the documentation has none."""
    body = _read(content)
    ids = body.get("document_ids")
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise RequestRefusedError(400, "document_ids is required")
    return StatusBody(ids=list(ids), status=_required(body, "status"))


def document_body(document: QaDocument, behaviour: Behaviour, *, listed: bool = False) -> Body:
    """Returns made-up fields of a document: the documentation says that there is an id, not under which name."""
    body: Body = {} if behaviour.document_id is None and not listed else {behaviour.document_id or "id": document.id}
    status = "active" if document.active else "draft"
    return body | {"title": document.title, "category": document.category, "status": status, "ready": True}


def documents_body(documents: Sequence[QaDocument], behaviour: Behaviour, page: int) -> object:
    """Returns a page of the list, under a made-up name, with the number of all documents."""
    size = behaviour.documents_per_page or max(1, len(documents))
    shown = [document_body(one, behaviour, listed=True) for one in documents[(page - 1) * size : page * size]]
    return shown if behaviour.documents_in is None else {behaviour.documents_in: shown, "total": len(documents)}


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
