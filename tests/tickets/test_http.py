"""Errors by status, waits, and malformed answers of ticket systems."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from aiohttp import web

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
from bot.tickets.http_base import JsonNode, TicketHttp
from tests.tickets.standins.base import FaultyServer

Caller = Callable[[httpx.Response | Exception], TicketHttp]


@pytest.fixture
async def answering() -> AsyncIterator[Caller]:
    made: list[TicketHttp] = []

    def answering(answer: httpx.Response | Exception) -> TicketHttp:
        def handle(request: httpx.Request) -> httpx.Response:
            if isinstance(answer, Exception):
                raise answer
            return answer

        transport = httpx.MockTransport(handle)
        http = TicketHttp(system="rt", name="RT", base_url="https://rt.test/api", headers={}, transport=transport)
        made.append(http)
        return http

    yield answering
    for http in made:
        await http.aclose()


@pytest.mark.parametrize(
    ("status", "read", "written"),
    [
        (301, BadRequestError, BadRequestError),
        (400, BadRequestError, BadRequestError),
        (401, CredentialError, CredentialError),
        (403, PlanError, PlanError),
        (404, NotFoundError, NotFoundError),
        (408, TemporaryError, AmbiguousError),
        (409, TemporaryError, AmbiguousError),
        (410, NotFoundError, NotFoundError),
        (422, BadRequestError, BadRequestError),
        (425, TemporaryError, TemporaryError),
        (429, RateLimitedError, RateLimitedError),
        (500, TemporaryError, AmbiguousError),
        (503, TemporaryError, AmbiguousError),
    ],
)
async def test_a_read_is_never_ambiguous(
    answering: Caller, status: int, read: type[OutsideError], written: type[OutsideError]
) -> None:
    http = answering(httpx.Response(status, json={"message": "quoted words", "token": "quoted-token"}))

    with pytest.raises(OutsideError) as of_read:
        await http.read("/ticket/1")
    with pytest.raises(OutsideError) as of_search:
        await http.search("/search", {"q": 1})
    with pytest.raises(OutsideError) as of_write:
        await http.write("POST", "/ticket", {"words": "quoted words"})

    kinds = [type(caught.value) for caught in (of_read, of_search, of_write)]
    assert kinds == [read, read, written]
    assert all("quoted" not in str(caught.value) for caught in (of_read, of_search, of_write))
    assert (of_write.value.system, of_write.value.code) == ("rt", str(status))


@pytest.mark.parametrize(
    ("error", "read", "written"),
    [
        (httpx.ConnectError(""), TemporaryError, TemporaryError),
        (httpx.ReadTimeout(""), TemporaryError, AmbiguousError),
        (httpx.RemoteProtocolError(""), TemporaryError, AmbiguousError),
        (TimeoutError(), TemporaryError, AmbiguousError),
    ],
)
async def test_a_broken_connection_is_ambiguous_only_for_writes(
    answering: Caller, error: Exception, read: type[OutsideError], written: type[OutsideError]
) -> None:
    http = answering(error)

    with pytest.raises(OutsideError) as of_read:
        await http.read("/ticket/1")
    with pytest.raises(OutsideError) as of_write:
        await http.write("POST", "/ticket", {})

    assert [type(of_read.value), type(of_write.value)] == [read, written]


@pytest.mark.parametrize("body", [b"<html>", b'{"id": ', b"[" * 100_000, b"\xff"])
async def test_an_unreadable_success_is_ambiguous(answering: Caller, body: bytes) -> None:
    http = answering(httpx.Response(200, content=body))

    with pytest.raises(AmbiguousError):
        await http.write("POST", "/ticket", {})


async def test_a_missing_field_of_a_created_ticket_is_ambiguous(answering: Caller) -> None:
    answer = await answering(httpx.Response(201, json={"type": "ticket"})).write("POST", "/ticket", {})

    with pytest.raises(AmbiguousError):
        answer.text("id")


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (429, {}, None),
        (429, {"Retry-After": "12"}, 12.0),
        (403, {"Retry-After": "60"}, 60.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}, 0.0),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, None),
        (429, {"Retry-After": "86400"}, 3600.0),
        (429, {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, 3600.0),
        (429, {"Retry-After": "Mon, 02 Mar 2020 12:01:00 GMT"}, 0.0),
        (429, {"Retry-After": "inf"}, None),
        (429, {"Retry-After": "nan"}, None),
        (429, {"Retry-After": "-1"}, None),
        (429, {"Retry-After": "1e309"}, None),
        (429, {"Retry-After": ""}, None),
        (429, {"Retry-After": "later"}, None),
        (429, {"Retry-After": "later", "RateLimit-Reset": "30"}, 30.0),
        (429, {"X-Rate-Limit-Reset": "99999999999"}, 3600.0),
        (429, {"X-RateLimit-Reset": "1000000001"}, 0.0),
        (429, {"RateLimit-Reset": "20"}, 20.0),
        (429, {"X-RateLimit-Reset": "inf"}, None),
        (429, {"X-RateLimit-Reset": "9999-12-31T23:59Z"}, 3600.0),
        (429, {"X-RateLimit-Reset": "2020-03-02T12:01Z"}, 0.0),
    ],
)
async def test_a_wait_is_read_from_whatever_header_says_it(
    answering: Caller, status: int, headers: dict[str, str], seconds: float | None
) -> None:
    http = answering(httpx.Response(status, headers=headers))

    with pytest.raises(RateLimitedError) as caught:
        await http.read("/tickets")

    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("members", [0, 1, 3])
async def test_a_page_of_another_size_than_asked_for_is_the_last(answering: Caller, members: int) -> None:
    http = answering(httpx.Response(200, json={"notes": [{"id": number} for number in range(members)]}))

    assert len(await http.pages("/notes", {}, 2, "notes")) == members


class AcceptingServer(FaultyServer):
    """Answers every request with success."""

    def application(self) -> web.Application:
        async def answer(request: web.Request) -> web.Response:
            return web.json_response({})

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        return app


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
async def test_a_write_is_sent_once_although_a_kept_connection_breaks(method: str) -> None:
    async with AcceptingServer() as server:
        http = TicketHttp(system="rt", name="RT", base_url=server.url, headers={})
        await http.write(method, "/ticket", {})
        server.fail(processed=True)

        with pytest.raises(AmbiguousError):
            await http.write(method, "/ticket", {})
        await http.aclose()

    assert len(server.calls) == 2


def answer(body: object) -> JsonNode:
    return JsonNode(body, lambda why: AmbiguousError(f"The answer {why}"))


def test_an_answer_gives_what_is_there_and_as_it_should_be() -> None:
    found = answer({"ticket": {"id": 12, "tags": ["a", 3], "open": True, "at": "2026-11-24T20:00:00Z"}, "list": [{}]})

    assert found.text("ticket", "id") == "12"
    assert found.texts("ticket", "tags") == ("a",)
    assert found.true("ticket", "open")
    assert found.time("ticket", "at") == 1795550400.0
    assert len(found.items("list")) == 1
    assert found.optional("list", 0, "id") is None


@pytest.mark.parametrize("body", [None, [], "text", 7, {"ticket": None}, {"ticket": {"id": True}}, {"ticket": [1]}])
def test_an_answer_that_is_something_else_raises_and_never_breaks(body: object) -> None:
    found = answer(body)

    for ask in (lambda: found.text("ticket", "id"), lambda: found.items("list"), lambda: found.time("ticket", "at")):
        with pytest.raises(AmbiguousError):
            ask()
    assert found.optional("ticket", "id") is None
    assert not found.true("ticket", "open")


async def test_a_cookie_of_an_answer_is_sent_with_the_next_request_only() -> None:
    sent: list[httpx.Headers] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers)
        return httpx.Response(200, json={}, headers={"Set-Cookie": "session=7; Path=/"} if len(sent) == 1 else {})

    http = TicketHttp(
        system="rt", name="RT", base_url="https://rt.test/api", headers={}, transport=httpx.MockTransport(handle)
    )
    for _ in range(2):
        await http.write("POST", "tickets", {"subject": "VPN"})
    await http.aclose()

    assert [headers.get("Cookie") for headers in sent] == [None, "session=7"]
    assert sent[0]["Content-Type"] == "application/json"
