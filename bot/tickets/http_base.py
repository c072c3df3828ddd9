"""The HTTP client of every ticket system: reads are never ambiguous, and answers are read field by field."""

from __future__ import annotations

import contextlib
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
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
    RequesterRefusedError,
    TemporaryError,
)
from bot.http_client import HttpTimeouts, JsonClient, RefusalRules
from bot.tickets.json_node import JsonNode

TIMEOUTS = HttpTimeouts(read=30.0, total=45.0)
LONGEST_WAIT = 3600.0

# 408 and 409 leave open whether it happened; every other refusal of a request as such is a clear no.
STATUSES: Mapping[int, type[OutsideError]] = MappingProxyType(
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
# GitHub answers 403 where it means 429.
MAYBE_LIMITS: frozenset[int] = frozenset({HTTPStatus.FORBIDDEN})

MAY_BLAME_REQUESTER = (BadRequestError, PlanError, NotFoundError)


class TicketHttp:
    """Calls one ticket system. `system` names it in errors, as `TICKETS` does; `name` is what people call it.

    `error_codes` are its own codes for errors (`error` in the answer) with their meaning, where the status says less.
    `blames_requester` tells from the answer to a refused request whether it is about the person who asks.
    """

    def __init__(
        self,
        *,
        system: str,
        name: str,
        base_url: str,
        headers: Mapping[str, str],
        error_codes: Mapping[str, type[OutsideError]] = MappingProxyType({}),
        blames_requester: Callable[[JsonNode], bool] = lambda refusal: False,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._system = system
        self._name = name
        self._error_codes = error_codes
        self._blames_requester = blames_requester
        self._client = JsonClient(
            system=system,
            name=name,
            base_url=base_url,
            headers=headers,
            timeouts=TIMEOUTS,
            refusals=RefusalRules(
                kinds=STATUSES, maybe_limits=MAYBE_LIMITS, longest_wait=LONGEST_WAIT, refine=self._refined
            ),
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._client.aclose()

    async def read(self, path: str, params: Mapping[str, str | int] | None = None) -> JsonNode:
        """Sends a GET. Whatever fails, nothing has happened."""
        with _without_effect():
            return self._node(await self._client.request("GET", path, params=params))

    async def search(self, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> JsonNode:
        """Sends a POST that only reads."""
        with _without_effect():
            return await self.write("POST", path, body, headers=headers)

    async def write(
        self, method: str, path: str, body: object, *, headers: Mapping[str, str] | None = None
    ) -> JsonNode:
        """Sends a POST, PUT or PATCH. After an AmbiguousError it may have happened."""
        return self._node(await self._client.request(method, path, body=body, headers=headers))

    def _node(self, answer: Any) -> JsonNode:
        return JsonNode(answer, self._unusable)

    def _unusable(self, why: str) -> OutsideError:
        return AmbiguousError(f"{self._name}'s answer {why}", system=self._system, code="unusable")

    def _refined(self, kind: type[OutsideError], body: Any) -> type[OutsideError]:
        refusal = JsonNode(body, BadRequestError)
        if kind in MAY_BLAME_REQUESTER and self._blames_requester(refusal):
            kind = RequesterRefusedError
        return self._error_codes.get(refusal.optional("error") or "", kind)


def basic_auth(user: str, password: str) -> dict[str, str]:
    """Returns the header of HTTP Basic authentication."""
    return {"Authorization": f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"}


def in_path(part: str) -> str:
    """Quotes an id or a name from outside as one segment of a path."""
    return quote(part, safe="")


@contextlib.contextmanager
def _without_effect() -> Iterator[None]:
    """Makes ambiguous failures plainly temporary, for requests that change nothing."""
    try:
        yield
    except AmbiguousError as error:
        raise TemporaryError(str(error), system=error.system, code=error.code) from error


@contextlib.contextmanager
def after_write() -> Iterator[None]:
    """Makes temporary failures ambiguous, for reading back what was just written."""
    try:
        yield
    except TemporaryError as error:
        raise AmbiguousError(str(error), system=error.system, code=error.code) from error


@contextlib.contextmanager
def explained(fixes: Mapping[type[OutsideError], str]) -> Iterator[None]:
    """Adds to the message of a failed check the fix for its kind."""
    try:
        yield
    except OutsideError as error:
        fix = next((fixes[kind] for kind in type(error).__mro__ if kind in fixes), "")
        raise type(error)(f"{error}. {fix}".rstrip(), system=error.system, code=error.code) from error
