"""The Uppzy client: one method per endpoint, typed results, and every failure as an error of the desk's own tree.

Nothing that has an effect is sent twice. Whether and when to try again is decided by those who call: after a plain
TemporaryError nothing has happened yet, after an AmbiguousError it may have.
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType, TracebackType
from typing import Self
from urllib.parse import quote

import httpx

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    CredentialError,
    NotFoundError,
    OutsideError,
    PlanError,
    RateLimitedError,
    TemporaryError,
)
from bot.helpdesk.model.conversation import Rating, Receipt, Reply, Unanswered
from bot.helpdesk.plain_text import legible
from bot.http.aiohttp_transport import AiohttpTransport, proxy_for
from bot.http.errors import retry_after, translated_network_errors

DEFAULT_BASE_URL = "https://api.uppzy.com/api/v1"
# Uppzy is not waited for longer than that at a time (seconds), whatever it asks for.
LONGEST_WAIT = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long to wait, in seconds. Uppzy documents answers that take up to 60 s, so `read` and `total` exceed that.

    `read` bounds the silence between two pieces of a response, `total` the whole request whatever happens in it.
    """

    connect: float = 5.0
    read: float = 75.0
    total: float = 90.0


DEFAULT_TIMEOUTS = Timeouts()


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLimits:
    """What Uppzy said about the tenant's limits. The fields are not documented, so they are kept as they came."""

    raw: Mapping[str, object]


class Uppzy:
    """A client for one site of one tenant. Holds connections open: use it in `async with`, or call `aclose`.

    Methods raise OutsideError with system "uppzy" and, as code, the HTTP status or the name of the network error.
    Neither the key nor the text or address of an employee ever stands in an error or a log line.
    """

    def __init__(
        self,
        *,
        base_url: str = DEFAULT_BASE_URL,
        api_key: str,
        tenant_id: str,
        site_id: str,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Touch no network. Raises CredentialError for a key no header can carry, BadRequestError for a bad URL."""
        _refuse_unsendable_key(api_key)
        self._api_key = api_key
        self._tenant = f"m2m/tenants/{quote(tenant_id, safe='')}"
        self._site = f"m2m/sites/{quote(site_id, safe='')}"
        self._total = timeouts.total
        with _translated():
            self._http = _http_client(base_url, api_key, timeouts, transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    # https://docs.uppzy.com/developer/m2m-chat-endpoints
    async def ask(
        self, *, session_id: str, message: str, email: str | None = None, language: str | None = None
    ) -> Reply:
        """Ask one question and wait for the answer, up to a minute and more.

        The same `session_id` keeps the context. `language` is sent as `response_language`.
        The reply names the session as it was asked, because feedback is addressed with that id.
        """
        body = _question(session_id, message, email, language)
        return _reply(session_id, await self._call("POST", f"{self._site}/chat", body))

    # https://docs.uppzy.com/developer/m2m-chat-endpoints
    async def submit(
        self, *, session_id: str, message: str, email: str | None = None, language: str | None = None
    ) -> str:
        """Leave a question to be answered later; returns its request id. Uppzy takes about a tenth of a second.

        There is no idempotency key: what is submitted twice is asked twice.
        """
        body = _question(session_id, message, email, language)
        return _identifier(await self._call("POST", f"{self._site}/chat/async", body), "request_id")

    # https://docs.uppzy.com/developer/playbook-async-worker
    async def collect(self, *, session_id: str, request_id: str) -> Reply | Unanswered:
        """Look for the answer to a submitted question, which takes Uppzy about ten milliseconds.

        Only `completed` and `failed` are documented as names of a final status; everything else means: not yet.
        """
        found = await self._call("GET", f"{self._site}/chat/requests/{quote(request_id, safe='')}")
        status = (_text(found, "status") or "").strip().lower()
        if status == "completed":
            return _reply(session_id, {**found, "request_id": request_id})
        return Unanswered.FAILED if status == "failed" else Unanswered.PENDING

    # https://docs.uppzy.com/api-reference/endpoint/m2m-chat-feedback
    async def rate(self, *, session_id: str, request_id: str, rating: Rating) -> Receipt:
        """Rate one completed answer. Rating it again is no error; which of the two then counts is not documented."""
        body = {"session_id": session_id, "request_id": request_id, "feedback": rating.value}
        receipt = await self._call("POST", f"{self._site}/chat/feedback", body)
        submitted_at = _text(receipt, "feedback_submitted_at")
        return Receipt(first=submitted_at is not None, submitted_at=submitted_at)

    # https://docs.uppzy.com/api-reference/endpoint/m2m-chat-session-close
    async def close_session(self, session_id: str) -> None:
        """Archive a session for good; it takes no further questions. Closing it twice is no error."""
        await self._call("POST", f"{self._site}/chat/session/close", {"session_id": session_id})

    # https://docs.uppzy.com/developer/api-authentication
    async def limits(self) -> TenantLimits:
        """Read the tenant's limits: the documented check that the address, the key and the tenant fit together."""
        return TenantLimits(raw=MappingProxyType(dict(await self._call("GET", f"{self._tenant}/limits"))))

    async def _call(self, method: str, path: str, body: Mapping[str, str] | None = None) -> Mapping[str, object]:
        with _translated():
            async with asyncio.timeout(self._total):
                response = await self._http.request(method, path, content=None if body is None else _encoded(body))
        if not response.is_success:
            raise _refusal(response, private=self._private(body or {}))
        return _json_object(response)

    def _private(self, body: Mapping[str, str]) -> tuple[str, ...]:
        return (self._api_key, *(body[field] for field in ("message", "email") if field in body))


def _question(session_id: str, message: str, email: str | None, language: str | None) -> dict[str, str]:
    body = {"session_id": session_id, "message": message}
    body |= {"email": email} if email else {}
    return body | ({"response_language": language} if language else {})


def _http_client(
    base_url: str, api_key: str, timeouts: Timeouts, transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"X-API-Key": api_key, "Content-Type": "application/json", "User-Agent": "uppzy-desk"},
        timeout=httpx.Timeout(timeouts.read, connect=timeouts.connect),
        transport=transport or AiohttpTransport(proxy=proxy_for(httpx.URL(base_url))),
    )


def _refuse_unsendable_key(api_key: str) -> None:
    # The HTTP library would refuse it too, but with the key in its message.
    if not re.fullmatch(r"[!-~]+", api_key):
        raise CredentialError("The Uppzy API key is empty or has characters no key can have", system="uppzy")


def _encoded(body: Mapping[str, str]) -> bytes:
    # Slack can hand us half a surrogate pair, which UTF-8 cannot carry; it becomes a question mark.
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _translated() -> AbstractContextManager[None]:
    return translated_network_errors(system="uppzy", name="Uppzy")


# Refusals by Uppzy. Its error texts are documented as free to change, so the status alone decides.
# https://docs.uppzy.com/developer/error-handling-catalog

REFUSALS: Mapping[int, type[OutsideError]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: CredentialError,
        HTTPStatus.FORBIDDEN: PlanError,
        HTTPStatus.NOT_FOUND: NotFoundError,
        HTTPStatus.REQUEST_TIMEOUT: TemporaryError,
        HTTPStatus.TOO_EARLY: TemporaryError,
    }
)


def _refusal(response: httpx.Response, *, private: Iterable[str]) -> OutsideError:
    status, code = response.status_code, str(response.status_code)
    message = f"Uppzy answered {code}" + _detail(response, private)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = retry_after(response.headers.get("Retry-After"), now=datetime.now(UTC), most=LONGEST_WAIT)
        return RateLimitedError(message, system="uppzy", code=code, retry_after=wait)
    kind = AmbiguousError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else REFUSALS.get(status, BadRequestError)
    return kind(message, system="uppzy", code=code)


def _detail(response: httpx.Response, private: Iterable[str]) -> str:
    if response.is_redirect:
        return ", a redirect: its address is not the configured one"
    body = _lenient_json_object(response)
    text, request_id = _text(body, "error") or "", _text(body, "request_id") or ""
    detail = f": {text}" if _may_be_told(text, private) else ""
    return detail + (f" (request {request_id})" if re.fullmatch(r"[\w.:-]{1,100}", request_id) else "")


def _may_be_told(text: str, private: Iterable[str]) -> bool:
    """Whether an error text of Uppzy is short and quotes nothing of what we sent."""
    return 0 < len(text) <= 200 and text.isprintable() and not any(_quotes(text, secret) for secret in private)


def _quotes(text: str, secret: str, *, run: int = 12) -> bool:
    """Whether `text` holds `secret`, or so long a piece of it that this cannot be chance."""
    return secret in text or any(text[start : start + run] in secret for start in range(len(text) - run + 1))


# Answers of Uppzy, which may be anything at all: only what has the right type is taken, unknown fields are ignored.


def _json_object(response: httpx.Response) -> Mapping[str, object]:
    """The body as an object, empty where nothing came. Raises AmbiguousError: a success may stand behind nonsense."""
    if not response.content.strip():
        return {}
    try:
        body = json.loads(response.content)
    except (ValueError, RecursionError) as cause:
        raise _unusable(response, "is not JSON") from cause
    if not isinstance(body, dict):
        raise _unusable(response, "is not a JSON object")
    return body


def _lenient_json_object(response: httpx.Response) -> Mapping[str, object]:
    try:
        return _json_object(response)
    except AmbiguousError:
        return {}


def _unusable(response: httpx.Response, why: str) -> AmbiguousError:
    return AmbiguousError(f"Uppzy's answer {why}", system="uppzy", code=str(response.status_code))


def _reply(session_id: str, answer: Mapping[str, object]) -> Reply:
    return Reply(
        session_id=session_id,
        request_id=_identifier(answer, "request_id"),
        answer=_storable(_required(answer, "answer")),
        confidence_level=_confidence_level(answer),
        confidence_score=_confidence_score(answer),
    )


def _required(answer: Mapping[str, object], field: str) -> str:
    value = _text(answer, field)
    if value is None:
        raise AmbiguousError(f"Uppzy's answer lacks {field}", system="uppzy", code="incomplete")
    return value


def _identifier(answer: Mapping[str, object], field: str) -> str:
    """An id exactly as it came, since it is sent back that way; one that cannot be stored counts as missing."""
    value = _required(answer, field)
    if value != _storable(value):
        raise AmbiguousError(f"Uppzy's answer lacks a usable {field}", system="uppzy", code="incomplete")
    return value


def _text(answer: Mapping[str, object], field: str) -> str | None:
    value = answer.get(field)
    return value if isinstance(value, str) and value.strip() else None


def _storable(text: str) -> str:
    # JSON can spell half a surrogate pair and NUL; no UTF-8 and no PostgreSQL text can hold them.
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
