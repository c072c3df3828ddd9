"""JSON over HTTP as every ticket system speaks it: calls, their failures in the desk's errors, answers read safely.

A call that only reads is never ambiguous. No error quotes a body, an address or a token: what a ticket system says may
repeat what an employee wrote.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
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
    RequesterRefusedError,
    TemporaryError,
)
from bot.http.aiohttp_transport import AiohttpTransport, proxy_for
from bot.http.errors import retry_after, translated_network_errors

Json = Mapping[str, Any]

_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_TOTAL_SECONDS = 45.0
# No ticket system is waited for longer than that at a time, whatever it asks for.
LONGEST_WAIT = 3600.0
# Where no Retry-After says it: when a new allowance begins, as a Unix time (GitHub) or in ISO 8601 (Jira); or in how
# many seconds, as the draft of RateLimit headers has it (Zendesk).
_NEW_ALLOWANCE = ("x-ratelimit-reset", "x-rate-limit-reset")

# 408 and 409 leave open whether it happened; every other refusal of a request as such is a clear no.
REFUSALS: Mapping[int, type[OutsideError]] = MappingProxyType(
    {
        HTTPStatus.UNAUTHORIZED: CredentialError,
        HTTPStatus.FORBIDDEN: PlanError,
        HTTPStatus.NOT_FOUND: NotFoundError,
        HTTPStatus.GONE: NotFoundError,
        HTTPStatus.REQUEST_TIMEOUT: AmbiguousError,
        HTTPStatus.CONFLICT: AmbiguousError,
        HTTPStatus.TOO_EARLY: TemporaryError,
    }
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a ticket system answered, or a part of it. Asked for a field that is not what it should be, it raises.

    A path leads through the names of objects and the positions of lists.
    """

    body: Any
    unusable: Callable[[str], OutsideError]

    def text(self, *path: str | int) -> str:
        """A text, or a number as one: some systems give their ids as numbers."""
        found = self.optional(*path)
        if found is None:
            raise self.unusable(f"lacks {_spelt(path)}")
        return found

    def optional(self, *path: str | int) -> str | None:
        """The same, or None where there is no such field or nothing in it."""
        found = self._at(path)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return None
        return str(found) or None

    def number(self, *path: str | int) -> int:
        """A whole number, or a text of digits as one."""
        text = self.text(*path)
        if not (text.isascii() and text.isdecimal()):
            raise self.unusable(f"has no number at {_spelt(path)}")
        return int(text)

    def lacks(self, name: str) -> bool:
        """Whether it has no field of this name, not even an empty one."""
        return not isinstance(self.body, dict) or name not in self.body

    def true(self, *path: str | int) -> bool:
        """Whether a field says true."""
        return self._at(path) is True

    def items(self, *path: str | int) -> tuple[Answer, ...]:
        """The members of a list. Raises where there is none."""
        found = self._at(path)
        if not isinstance(found, list):
            raise self.unusable(f"lacks a list at {_spelt(path)}")
        return tuple(Answer(member, self.unusable) for member in found)

    def texts(self, *path: str | int) -> tuple[str, ...]:
        """The texts in a list, the empty one where there is no list."""
        found = self._at(path)
        return tuple(member for member in found if isinstance(member, str)) if isinstance(found, list) else ()

    def time(self, *path: str | int) -> float:
        """An ISO 8601 time in Unix seconds; one without a zone is UTC."""
        try:
            moment = datetime.fromisoformat(self.text(*path))
        except ValueError as cause:
            raise self.unusable(f"has no time at {_spelt(path)}") from cause
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def _at(self, path: tuple[str | int, ...]) -> Any:
        found = self.body
        for step in path:
            known = isinstance(found, dict) if isinstance(step, str) else isinstance(found, list) and step < len(found)
            if not known:
                return None
            found = found.get(step) if isinstance(step, str) else found[step]
        return found


def _spelt(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path) or "its top"


class TicketHttp:
    """Calls one ticket system. `system` names it in errors, as `TICKETS` does; `name` is what people call it.

    `words` are its own words for errors (`error` in the answer) with what they mean, where the status says less.
    `blames_requester` tells from the answer to a refused request whether it is about the person who asks.
    Sends nothing twice, follows no redirect, and holds connections open until `aclose`.
    """

    def __init__(
        self,
        *,
        system: str,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        words: Mapping[str, type[OutsideError]] = MappingProxyType({}),
        blames_requester: Callable[[Answer], bool] = lambda refusal: False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._system = system
        self._name = name
        self._words = words
        self._blames_requester = blames_requester
        with self._translated():
            self._http = httpx.AsyncClient(
                base_url=base_url,
                headers={"Accept": "application/json", "User-Agent": "uppzy-desk", **headers},
                timeout=_TIMEOUT,
                transport=transport or AiohttpTransport(proxy=proxy_for(httpx.URL(base_url))),
            )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def read(self, path: str, params: Mapping[str, str | int] | None = None) -> Answer:
        """GET. Whatever fails, nothing has happened."""
        return await self._call("GET", path, params=params, writes=False)

    async def search(self, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> Answer:
        """A POST that only reads."""
        return await self._call("POST", path, body=body, headers=headers, writes=False)

    async def write(self, method: str, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> Answer:
        """POST, PUT or PATCH. After an AmbiguousError it may have happened."""
        return await self._call(method, path, body=body, headers=headers, writes=True)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        writes: bool,
    ) -> Answer:
        sent = {} if body is None else {"Content-Type": "application/json"}
        content = None if body is None else encoded(body)
        try:
            with self._translated():
                async with asyncio.timeout(_TOTAL_SECONDS):
                    response = await self._http.request(
                        method, path, content=content, params=params, headers={**sent, **(headers or {})}
                    )
            if not response.is_success:
                raise self._refusal(response)
            return self._answer(response)
        except AmbiguousError as error:
            if writes:
                raise
            raise TemporaryError(str(error), system=error.system, code=error.code) from error

    def _answer(self, response: httpx.Response) -> Answer:
        def unusable(why: str) -> OutsideError:
            message = f"{self._name}'s answer {why}"
            return AmbiguousError(message, system=self._system, code="unusable")

        if not response.content.strip():
            return Answer(None, unusable)
        try:
            return Answer(json.loads(response.content), unusable)
        except (ValueError, RecursionError) as cause:
            raise unusable("is not JSON") from cause

    def _refusal(self, response: httpx.Response) -> OutsideError:
        status, code = response.status_code, str(response.status_code)
        message = f"{self._name} answered {code}"
        if response.is_redirect:
            message += ", a redirect: its address is not the configured one"
        if _asks_to_wait(response):
            return RateLimitedError(message, system=self._system, code=code, retry_after=_wait(response))
        kind = AmbiguousError if status >= HTTPStatus.INTERNAL_SERVER_ERROR else REFUSALS.get(status, BadRequestError)
        body = _body(response)
        if kind in (BadRequestError, PlanError, NotFoundError) and self._blames_requester(body):
            kind = RequesterRefusedError
        return self._words.get(body.optional("error") or "", kind)(message, system=self._system, code=code)

    def _translated(self) -> contextlib.AbstractContextManager[None]:
        return translated_network_errors(system=self._system, name=self._name)


def encoded(body: object) -> bytes:
    """The same body always gives the same bytes. Half a surrogate pair, which UTF-8 cannot carry, becomes "?"."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _asks_to_wait(response: httpx.Response) -> bool:
    """429; or 403 where the headers say that it is about how much was asked, as GitHub does."""
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    limited = "retry-after" in response.headers or response.headers.get("x-ratelimit-remaining") == "0"
    return response.status_code == HTTPStatus.FORBIDDEN and limited


def _wait(response: httpx.Response) -> float | None:
    """Seconds, by Retry-After or else by the moment at which a new allowance begins."""
    now = datetime.now(UTC)
    told = _seconds(response.headers.get("Retry-After"), now)
    if told is not None:
        return told
    allowances = (_seconds_until(response.headers.get(name), now) for name in _NEW_ALLOWANCE)
    return next(
        (wait for wait in allowances if wait is not None), _seconds(response.headers.get("ratelimit-reset"), now)
    )


def _seconds(text: str | None, now: datetime) -> float | None:
    return retry_after(text, now=now, most=LONGEST_WAIT)


def _seconds_until(text: str | None, now: datetime) -> float | None:
    """Seconds until a Unix time or an ISO 8601 time."""
    at = retry_after(text, now=datetime.fromtimestamp(0, UTC), most=math.inf)
    if at is None and text is not None:
        with contextlib.suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(text.strip())
            at = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
    return None if at is None else min(max(0.0, at - now.timestamp()), LONGEST_WAIT)


def _body(response: httpx.Response) -> Answer:
    """What the ticket system says about a refusal; empty where that is no JSON."""
    try:
        return Answer(json.loads(response.content), BadRequestError)
    except (ValueError, RecursionError):
        return Answer(None, BadRequestError)


def in_path(part: str) -> str:
    """Something from outside as one part of a path."""
    return quote(part, safe="")


@contextlib.contextmanager
def after_the_call() -> Iterator[None]:
    """What fails temporarily once something was created leaves open what became of it."""
    try:
        yield
    except TemporaryError as error:
        raise AmbiguousError(str(error), system=error.system, code=error.code) from error


@contextlib.contextmanager
def named(mends: Mapping[type[OutsideError], str]) -> Iterator[None]:
    """For a check: what fails is told with the mend for its kind."""
    try:
        yield
    except OutsideError as error:
        mend = next((mends[kind] for kind in type(error).__mro__ if kind in mends), "")
        raise type(error)(f"{error}. {mend}".rstrip(), system=error.system, code=error.code) from error
