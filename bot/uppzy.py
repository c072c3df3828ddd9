"""The Uppzy client: one method per endpoint, typed results, every failure as an error of the desk's own tree.

Sends nothing twice. The caller decides whether to retry: after a plain TemporaryError the request had no effect, after
an AmbiguousError it may have had one.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType, TracebackType
from typing import Any, Self, TypeGuard
from urllib.parse import quote, urlsplit

import httpx

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    CredentialError,
    NotFoundError,
    OutsideError,
    PlanError,
    TemporaryError,
)
from bot.helpdesk.model.article import ARTICLE_KEY, DocumentWords
from bot.helpdesk.model.conversation import Rating, Receipt, Reply, Source, Unanswered
from bot.helpdesk.model.effects import CannotTell, NotSent, SendStatus, Sent
from bot.helpdesk.text import legible, truncated
from bot.http_client import HttpTimeouts, JsonClient, RefusalRules, is_error_code

DEFAULT_BASE_URL = "https://api.uppzy.com/api/v1"
# Uppzy documents answers that take up to 60 s.
DEFAULT_TIMEOUTS = HttpTimeouts(read=75.0, total=90.0)
LONGEST_WAIT = 300.0

# https://docs.uppzy.com/developer/error-handling-catalog
# Error texts are documented as free to change, so the status alone decides.
STATUSES: Mapping[int, type[OutsideError]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: CredentialError,
        HTTPStatus.FORBIDDEN: PlanError,
        HTTPStatus.NOT_FOUND: NotFoundError,
        HTTPStatus.REQUEST_TIMEOUT: TemporaryError,
        HTTPStatus.TOO_EARLY: TemporaryError,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLimits:
    """The tenant's limits as Uppzy returns them; the fields are not documented."""

    raw: Mapping[str, object]


class Uppzy:
    """A client for one site of one tenant. Holds connections open: use it in `async with`, or call `aclose`.

    Methods raise OutsideError with system "uppzy" and, as code, the HTTP status or the name of the network error.
    No error and no log line contains the key, or the text or address of an employee.
    """

    def __init__(
        self,
        *,
        base_url: str = DEFAULT_BASE_URL,
        api_key: str,
        tenant_id: str,
        site_id: str,
        timeouts: HttpTimeouts = DEFAULT_TIMEOUTS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Touches no network. Raises CredentialError for a key no header can carry, BadRequestError for a bad URL."""
        _refuse_unsendable_key(api_key)
        self._api_key = api_key
        self._tenant = f"m2m/tenants/{quote(tenant_id, safe='')}"
        self._site = f"m2m/sites/{quote(site_id, safe='')}"
        self._client = JsonClient(
            system="uppzy",
            name="Uppzy",
            base_url=base_url,
            headers={"X-API-Key": api_key},
            timeouts=timeouts,
            refusals=RefusalRules(kinds=STATUSES, longest_wait=LONGEST_WAIT, describe=self._detail),
            transport=transport,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._client.aclose()

    # https://docs.uppzy.com/developer/m2m-chat-endpoints
    async def ask(
        self, *, session_id: str, message: str, email: str | None = None, language: str | None = None
    ) -> Reply:
        """Asks one question and waits for the answer, up to a minute and more.

        The same `session_id` keeps the context. `language` is sent as `response_language`.
        The reply has the session id of the question, because feedback needs that one.
        """
        body = _question(session_id, message, email, language)
        return _reply(session_id, await self._call("POST", f"{self._site}/chat", body))

    # https://docs.uppzy.com/developer/m2m-chat-endpoints
    async def submit(
        self, *, session_id: str, message: str, email: str | None = None, language: str | None = None
    ) -> str:
        """Submits a question to be answered later and returns its request id, within about 0.1 s.

        There is no idempotency key: a question submitted twice is answered twice.
        """
        body = _question(session_id, message, email, language)
        return _identifier(await self._call("POST", f"{self._site}/chat/async", body), "request_id")

    # https://docs.uppzy.com/developer/playbook-async-worker
    async def collect(self, *, session_id: str, request_id: str) -> Reply | Unanswered:
        """Fetches the answer to a submitted question, within about 10 ms.

        Only `completed` and `failed` are documented as final statuses; every other one means pending.
        """
        found = await self._call("GET", f"{self._site}/chat/requests/{quote(request_id, safe='')}")
        status = (_text(found, "status") or "").strip().lower()
        if status == "completed":
            return _reply(session_id, {**found, "request_id": request_id})
        return Unanswered.FAILED if status == "failed" else Unanswered.PENDING

    # https://docs.uppzy.com/api-reference/endpoint/m2m-chat-feedback
    async def rate(self, *, session_id: str, request_id: str, rating: Rating) -> Receipt:
        """Rates a completed answer. A second rating is no error; which of the two counts is not documented."""
        body = {"session_id": session_id, "request_id": request_id, "feedback": rating.value}
        receipt = await self._call("POST", f"{self._site}/chat/feedback", body)
        submitted_at = _text(receipt, "feedback_submitted_at")
        return Receipt(first=submitted_at is not None, submitted_at=submitted_at)

    # https://docs.uppzy.com/api-reference/endpoint/m2m-chat-session-close
    async def close_session(self, session_id: str) -> None:
        """Archives a session permanently; it takes no further questions. Closing it twice is no error."""
        await self._call("POST", f"{self._site}/chat/session/close", {"session_id": session_id})

    # https://docs.uppzy.com/developer/playbook-content-sync
    async def create_document(self, words: DocumentWords) -> str | None:
        """Creates a Q&A document and returns its id, None where the response has none under any usual name.

        There is no idempotency key: a document created twice is there twice.
        """
        created = await self._client.request("POST", f"{self._site}/documents/qa", body=_qa(words))
        return _document_id(created)

    # https://docs.uppzy.com/developer/m2m-api
    async def change_document(self, id: str, words: DocumentWords) -> None:
        """Replaces the words of a document. The body is not documented; it has the fields of a new one."""
        await self._client.request("PATCH", f"{self._site}/documents/{quote(id, safe='')}", body=_qa(words))

    # https://docs.uppzy.com/developer/m2m-api
    async def set_document_status(self, id: str, *, active: bool) -> None:
        """Makes a document active or a draft.

        Two endpoints can, neither body is documented. If the first refuses its body, or responds with another status,
        the second is called.
        """
        status = "active" if active else "draft"
        path = f"{self._site}/documents/{quote(id, safe='')}"
        with contextlib.suppress(BadRequestError, NotFoundError):
            changed = await self._client.request("PATCH", path, body={"status": status})
            if _status_of(changed) in (None, status):
                return
        body = {"ids": [id], "document_ids": [id], "status": status}
        await self._client.request("PATCH", f"{self._site}/documents/bulk-status", body=body)

    # https://docs.uppzy.com/developer/m2m-api
    async def find_document(self, key: str) -> SendStatus[str | None]:
        """Looks through the documents for one that has `key` in a text. The result is its id, None if it has none.

        Neither the response nor its pages are documented: `CannotTell` where it holds no list, or not all of it.
        """
        seen: set[str] = set()
        has_more: bool | None = None
        for page in range(1, _MOST_PAGES + 1):
            params = {"page": page} if page > 1 else None
            try:
                answer = await self._client.request("GET", f"{self._site}/documents", params=params)
            except (BadRequestError, NotFoundError):
                if page == 1 or has_more:
                    raise
                return NotSent()
            documents = _documents(answer)
            if documents is None:
                return CannotTell("uppzy")
            found = next((one for one in documents if _holds(one, key)), None)
            if found is not None:
                return Sent(_document_id(found))
            new = {_document_id(one) or json.dumps(one, sort_keys=True) for one in documents} - seen
            seen |= new
            has_more = _has_more(answer, len(seen))
            # A list that does not say whether it has more may still have pages.
            if has_more is False or (has_more is None and not new):
                return NotSent()
            if not new:
                break
        return CannotTell("uppzy")

    # https://docs.uppzy.com/developer/api-authentication
    async def limits(self) -> TenantLimits:
        """Reads the tenant's limits: the documented check that address, key and tenant match."""
        return TenantLimits(raw=MappingProxyType(dict(await self._call("GET", f"{self._tenant}/limits"))))

    async def _call(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Mapping[str, object]:
        answer = await self._client.request(method, path, body=body)
        if answer is not None and not isinstance(answer, dict):
            raise _incomplete("is not a JSON object")
        return answer or {}

    def _detail(self, body: Any) -> str:
        """Returns Uppzy's own error code and request id.

        Only codes: words may repeat what people wrote, in this request or earlier in the session.
        """
        refusal = body if isinstance(body, dict) else {}
        text, request_id = _text(refusal, "error") or "", _text(refusal, "request_id") or ""
        detail = f": {text}" if is_error_code(text) and text != self._api_key else ""
        return detail + (f" (request {request_id})" if re.fullmatch(r"[\w.:-]{1,100}", request_id) else "")


def _question(session_id: str, message: str, email: str | None, language: str | None) -> dict[str, str]:
    body = {"session_id": session_id, "message": message}
    body |= {"email": email} if email else {}
    return body | ({"response_language": language} if language else {})


def _refuse_unsendable_key(api_key: str) -> None:
    # httpx would refuse it too, but with the key in its message.
    if not re.fullmatch(r"[!-~]+", api_key):
        raise CredentialError("The Uppzy API key is empty or has characters no key can have", system="uppzy")


# Answers may have any shape: only fields of the right type are read, unknown ones are ignored.


def _reply(session_id: str, answer: Mapping[str, object]) -> Reply:
    return Reply(
        session_id=session_id,
        request_id=_identifier(answer, "request_id"),
        answer=_storable(_required(answer, "answer")),
        confidence_level=_confidence_level(answer),
        confidence_score=_confidence_score(answer),
        sources=_sources(answer),
    )


def _required(answer: Mapping[str, object], field: str) -> str:
    value = _text(answer, field)
    if value is None:
        raise _incomplete(f"lacks {field}")
    return value


def _identifier(answer: Mapping[str, object], field: str) -> str:
    """Returns an id unchanged, as it is sent back to Uppzy; one that cannot be stored counts as missing."""
    value = _required(answer, field)
    if value != _storable(value):
        raise _incomplete(f"lacks a usable {field}")
    return value


def _incomplete(why: str) -> AmbiguousError:
    return AmbiguousError(f"Uppzy's answer {why}", system="uppzy", code="incomplete")


def _text(answer: Mapping[str, object], field: str) -> str | None:
    value = answer.get(field)
    return value if isinstance(value, str) and value.strip() else None


def _storable(text: str) -> str:
    # JSON can contain lone surrogates and NUL, which UTF-8 and PostgreSQL cannot store.
    return text.encode("utf-8", "replace").decode().replace("\x00", "�")


def _confidence_level(answer: Mapping[str, object]) -> str | None:
    level = _text(answer, "confidence_level")
    return None if level is None else legible(_storable(level)).strip().lower()


def _confidence_score(answer: Mapping[str, object]) -> float | None:
    score = answer.get("confidence_score")
    if isinstance(score, bool) or not isinstance(score, int | float):
        return None
    try:
        return float(score) if math.isfinite(score) else None
    except OverflowError:
        return None


# No documentation shows a document in a response. These are the usual names of its id, and of what it may stand in.
_ID_FIELDS = ("id", "document_id", "documentId", "doc_id", "docId", "uuid", "_id")
_WRAPPERS = ("document", "data", "result", "item")
_LISTS = ("documents", "items", "data", "results")
_TOTALS = ("total", "total_count", "totalCount")
_MARKS_OF_MORE = ("has_more", "hasMore", "next", "next_page", "nextPage", "next_cursor", "nextCursor")
_MOST_PAGES = 200


def _qa(words: DocumentWords) -> dict[str, str]:
    body = {"title": words.title, "question": words.question, "answer": words.answer, "category": words.category}
    return {name: text for name, text in body.items() if text}


def _document_id(answer: object) -> str | None:
    """Returns the id in a response about one document; None where it has none that can be stored."""
    if not isinstance(answer, dict):
        return None
    for field in _ID_FIELDS:
        value = answer.get(field)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, str) and value.strip() and value == _storable(value):
            return value
    return next((id for field in _WRAPPERS if (id := _document_id(answer.get(field))) is not None), None)


def _status_of(answer: object) -> str | None:
    """Returns the status in a response about one document; None where it has none."""
    if not isinstance(answer, dict):
        return None
    status = answer.get("status")
    if isinstance(status, str) and status.lower() in ("active", "draft"):
        return status.lower()
    return next((found for field in _WRAPPERS if (found := _status_of(answer.get(field))) is not None), None)


def _documents(answer: object) -> list[dict[str, object]] | None:
    """Returns the documents of a list, None where the response holds no list."""
    if isinstance(answer, dict):
        held = (answer.get(field) for field in _LISTS)
        answer = next((one for one in held if isinstance(one, list | dict)), None)
        return _documents(answer)
    if not isinstance(answer, list):
        return None
    return [one for one in answer if isinstance(one, dict)]


def _holds(value: object, text: str) -> bool:
    """Returns whether `text` is in a text anywhere in a JSON value."""
    if isinstance(value, dict):
        return any(_holds(one, text) for one in value.values())
    if isinstance(value, list):
        return any(_holds(one, text) for one in value)
    return isinstance(value, str) and text in value


def _has_more(answer: object, read: int) -> bool | None:
    """Returns whether a list says that it has more than the documents that were `read`; None if it does not say."""
    if not isinstance(answer, dict):
        return None
    places = [answer, *(one for one in answer.values() if isinstance(one, dict))]
    totals = [count for one in places for field in _TOTALS if _is_count(count := one.get(field))]
    marks = [one[field] for one in places for field in _MARKS_OF_MORE if field in one]
    # It may count this page alone, and so says nothing where it is not more.
    counts = [count for one in places if _is_count(count := one.get("count"))]
    if any(marks) or any(count > read for count in (*totals, *counts)):
        return True
    return False if totals or marks else None


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


# No documentation names sources; these fields are what assistants commonly give.
_SOURCE_FIELDS = ("sources", "citations", "references")
_MOST_SOURCES = 3
_LONGEST_TITLE = 100
_LONGEST_ADDRESS = 1_000


def _sources(answer: Mapping[str, object]) -> tuple[Source, ...]:
    """Returns the first few sources of an answer, each once; what is neither a text nor an object is ignored."""
    for field in _SOURCE_FIELDS:
        given = answer.get(field)
        found = filter(None, map(_source, given if isinstance(given, list) else ()))
        if sources := tuple(itertools.islice(dict.fromkeys(found), _MOST_SOURCES)):
            return sources
    return ()


def _source(given: object) -> Source | None:
    """Reads one source: an object with a title, an address or both, or a text that is either."""
    if isinstance(given, str):
        given = {"url": given} if _web_address(given) else {"title": given}
    if not isinstance(given, dict):
        return None
    url = _web_address(_text(given, "url") or _text(given, "link") or "")
    name = _text(given, "title") or _text(given, "name") or (url or "").partition("://")[2]
    name = ARTICLE_KEY.sub("", name)
    title = truncated(" ".join(legible(_storable(name)).split()), _LONGEST_TITLE)
    return Source(title=title, url=url) if title else None


def _web_address(text: str) -> str | None:
    """Returns an address of the web; None for any other scheme, and for one that is broken or too long."""
    address = _storable(text.strip())
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    is_web = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and len(address) <= _LONGEST_ADDRESS
    return address if is_web and not any(map(str.isspace, address)) else None
