"""The HTTP client of every ticket system: reads are never ambiguous, and answers are read field by field."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import quote
from weakref import WeakValueDictionary

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
        self._changes_of_people: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
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

    async def pages(
        self, path: str, params: Mapping[str, str | int], size: int, *members: str, most: int | None = None
    ) -> list[JsonNode]:
        """Returns a list that has pages of `size` members, numbered from 1; at most the first `most` pages.

        `members` is the path of the list in each answer.
        """
        found: list[JsonNode] = []
        for page in itertools.count(1) if most is None else range(1, most + 1):
            members_of_page = (await self.read(path, {**params, "per_page": size, "page": page})).items(*members)
            found += members_of_page
            # A longer one has everything: pages are not known there, and each would be the same.
            if len(members_of_page) != size:
                break
        return found

    async def search(self, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> JsonNode:
        """Sends a POST that only reads."""
        with _without_effect():
            return await self.write("POST", path, body, headers=headers)

    async def write(
        self, method: str, path: str, body: object, *, headers: Mapping[str, str] | None = None
    ) -> JsonNode:
        """Sends a POST, PUT or PATCH. After an AmbiguousError it may have happened."""
        return self._node(await self._client.request(method, path, body=body, headers=headers))

    @contextlib.asynccontextmanager
    async def changing_person(self, email: str) -> AsyncIterator[None]:
        """Makes every refusal one about the person, for requests about nothing but their record.

        Changes of one record wait for each other: each writes a field anew with what it has read there.
        """
        async with self._changes_of_people.setdefault(email.casefold(), asyncio.Lock()):
            try:
                yield
            except MAY_BLAME_REQUESTER as error:
                raise RequesterRefusedError(str(error), system=error.system, code=error.code) from error

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


@dataclass(frozen=True, slots=True)
class JsonNode:
    """A decoded JSON value, of which fields are read by path: names of objects, positions in lists.

    A field that is missing or of the wrong type raises what `unusable` makes of the reason.
    """

    body: Any
    unusable: Callable[[str], OutsideError]

    def text(self, *path: str | int) -> str:
        """Returns a text, or a number as one: some systems give their ids as numbers."""
        found = self.optional(*path)
        if found is None:
            raise self.unusable(f"lacks {_dotted(path)}")
        return found

    def optional(self, *path: str | int) -> str | None:
        """Returns the same, None where it is missing or empty."""
        found = self._at(path)
        if isinstance(found, bool) or not isinstance(found, str | int):
            return None
        return str(found) or None

    def number(self, *path: str | int) -> int:
        """Returns a whole number, or a text of digits as one."""
        text = self.text(*path)
        if not (text.isascii() and text.isdecimal()):
            raise self.unusable(f"has no number at {_dotted(path)}")
        return int(text)

    def lacks(self, name: str) -> bool:
        """Returns True if there is no field of this name, not even an empty one."""
        return not isinstance(self.body, dict) or name not in self.body

    def true(self, *path: str | int) -> bool:
        """Returns True if the field is the literal true."""
        return self._at(path) is True

    def items(self, *path: str | int) -> tuple[JsonNode, ...]:
        """Returns the members of a list."""
        found = self._at(path)
        if not isinstance(found, list):
            raise self.unusable(f"lacks a list at {_dotted(path)}")
        return tuple(JsonNode(member, self.unusable) for member in found)

    def texts(self, *path: str | int) -> tuple[str, ...]:
        """Returns the texts in a list; none where there is no list."""
        found = self._at(path)
        return tuple(member for member in found if isinstance(member, str)) if isinstance(found, list) else ()

    def time(self, *path: str | int) -> float:
        """Returns an ISO 8601 time as Unix seconds; one without a zone is UTC."""
        try:
            moment = datetime.fromisoformat(self.text(*path))
        except ValueError as cause:
            raise self.unusable(f"has no time at {_dotted(path)}") from cause
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

    def _at(self, path: tuple[str | int, ...]) -> Any:
        found = self.body
        for step in path:
            known = isinstance(found, dict) if isinstance(step, str) else isinstance(found, list) and step < len(found)
            if not known:
                return None
            found = found.get(step) if isinstance(step, str) else found[step]
        return found


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(step) for step in path) or "its top"
