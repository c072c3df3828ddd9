"""The Uppzy client, against the local Uppzy and against malformed answers."""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from bot import http_client
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
from bot.helpdesk.model.article import DocumentWords
from bot.helpdesk.model.conversation import Rating, Receipt, Reply, Unanswered
from bot.helpdesk.model.effects import CannotTell, NotSent, Sent
from bot.helpdesk.outbox.fencing import PauseDetector
from bot.helpdesk.ports import Assistant
from bot.helpdesk.redaction import redact
from bot.http_client import HttpTimeouts
from bot.uppzy import DEFAULT_TIMEOUTS, Uppzy
from sandbox.uppzy import (
    Behaviour,
    Endpoint,
    LocalUppzy,
    UppzyAccount,
    UppzyFault,
    dropped,
    empty,
    lacking,
    malformed,
    rate_limited,
    refused_by_plan,
    replying,
    slow,
)
from tests.deadlines import HUNG

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = "local-uppzy-key"
QUESTION = "My badge number is 4711 and the VPN does not connect"
EMAIL = "mia@example.com"


def client_of(local: LocalUppzy, **changes: Any) -> Uppzy:
    settings = {
        "base_url": local.base_url,
        "api_key": local.api_key,
        "tenant_id": local.tenant_id,
        "site_id": local.site_id,
    }
    return Uppzy(**(settings | changes))


@pytest.fixture
async def local() -> AsyncIterator[LocalUppzy]:
    async with LocalUppzy() as local:
        yield local


@pytest.fixture(params=["aiohttp", "httpx"])
async def client(local: LocalUppzy, request: pytest.FixtureRequest) -> AsyncIterator[Uppzy]:
    """The client over its own transport and over httpx's, which must raise the same errors."""
    transport = httpx.AsyncHTTPTransport() if request.param == "httpx" else None
    async with client_of(local, transport=transport) as client:
        yield client


async def ask(client: Uppzy) -> Reply:
    return await client.ask(session_id="s-1", message=QUESTION, email=EMAIL, language="en")


def answering(response: httpx.Response) -> Uppzy:
    transport = httpx.MockTransport(lambda request: response)
    return Uppzy(base_url="http://uppzy.test/v1", api_key=KEY, tenant_id="t", site_id="s", transport=transport)


async def reply_to(body: object) -> Reply:
    async with answering(httpx.Response(200, content=json.dumps(body))) as client:
        return await ask(client)


# Endpoints.


async def test_a_question_is_answered(local: LocalUppzy, client: Uppzy) -> None:
    reply = await ask(client)

    [asked] = local.asked
    assert (asked.session_id, asked.message, asked.email, asked.language) == ("s-1", QUESTION, EMAIL, "en")
    assert reply == Reply(
        session_id="s-1",
        request_id=asked.request_id,
        answer=asked.answer.answer,
        confidence_level=asked.answer.level,
        confidence_score=asked.answer.score,
    )


async def test_a_question_can_be_submitted_and_its_answer_collected(local: LocalUppzy, client: Uppzy) -> None:
    local.hold()
    request_id = await client.submit(session_id="s-1", message=QUESTION, email=EMAIL, language="en")
    first = await client.collect(session_id="s-1", request_id=request_id)
    local.release()
    await local.wait_for(lambda: local.completed_at(request_id) is not None)
    reply = await client.collect(session_id="s-1", request_id=request_id)

    [asked] = local.asked
    assert (asked.session_id, asked.message, asked.email, asked.language) == ("s-1", QUESTION, EMAIL, "en")
    assert first is Unanswered.PENDING
    assert isinstance(reply, Reply)
    assert (reply.session_id, reply.request_id, reply.answer) == ("s-1", asked.request_id, asked.answer.answer)


async def test_a_failed_question_is_distinguished_from_a_pending_one(local: LocalUppzy, client: Uppzy) -> None:
    local.fail(Endpoint.WORK, replying(500, "out of order"))
    request_id = await client.submit(session_id="s-1", message=QUESTION)
    await local.wait_for(lambda: bool(local.calls[Endpoint.SUBMIT]))

    async with asyncio.timeout(HUNG):
        while (found := await client.collect(session_id="s-1", request_id=request_id)) is Unanswered.PENDING:
            continue
    assert found is Unanswered.FAILED


@given(st.text())
async def test_every_other_status_means_pending(status: str) -> None:
    async with answering(httpx.Response(200, content=json.dumps({"status": status}))) as client:
        if status.strip().lower() not in ("completed", "failed"):
            assert await client.collect(session_id="s", request_id="r/../1") is Unanswered.PENDING


async def test_a_completed_answer_without_text_is_ambiguous() -> None:
    async with answering(httpx.Response(200, content=b'{"status": "completed"}')) as client:
        with pytest.raises(AmbiguousError) as caught:
            await client.collect(session_id="s", request_id="r")
    assert caught.value.code == "incomplete"


async def test_the_answer_to_an_unknown_request_is_not_found(client: Uppzy) -> None:
    with pytest.raises(NotFoundError):
        await client.collect(session_id="s", request_id="req_unknown")


async def test_a_submission_without_a_request_id_is_ambiguous() -> None:
    async with answering(httpx.Response(202, content=b'{"status": "queued"}')) as client:
        with pytest.raises(AmbiguousError):
            await client.submit(session_id="s", message=QUESTION)


async def test_without_email_and_language_neither_field_is_sent() -> None:
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"request_id": "r", "answer": "a"})

    transport = httpx.MockTransport(handle)
    async with Uppzy(
        base_url="http://u.test/v1/", api_key=KEY, tenant_id="t", site_id="s", transport=transport
    ) as client:
        await client.ask(session_id="s-1", message="Hello", email=None, language=None)

    assert json.loads(sent[0].content) == {"session_id": "s-1", "message": "Hello"}
    assert str(sent[0].url) == "http://u.test/v1/m2m/sites/s/chat"
    assert sent[0].headers["X-API-Key"] == KEY


async def test_the_first_rating_of_an_answer_has_a_time_and_the_second_has_none(
    local: LocalUppzy, client: Uppzy
) -> None:
    reply = await ask(client)

    first = await client.rate(session_id="s-1", request_id=reply.request_id, rating=Rating.GOOD)
    second = await client.rate(session_id="s-1", request_id=reply.request_id, rating=Rating.BAD)

    assert first == Receipt(first=True, submitted_at=local.feedback[0].submitted_at)
    assert second == Receipt(first=False, submitted_at=None)
    assert [received.feedback for received in local.feedback] == ["good", "bad"]


async def test_a_session_is_closed_and_may_be_closed_again(local: LocalUppzy, client: Uppzy) -> None:
    await client.close_session("s-1")
    await client.close_session("s-1")

    assert local.closed == ["s-1", "s-1"]


async def test_the_limits_of_the_tenant_prove_the_connection(client: Uppzy, local: LocalUppzy) -> None:
    limits = await client.limits()

    assert limits.raw["tenant_id"] == local.tenant_id


async def test_ids_reach_uppzy_exactly_as_they_are() -> None:
    account = UppzyAccount(site_id="a/b c%41ü", tenant_id="../t?x#y")
    async with LocalUppzy(account=account) as local, client_of(local) as client:
        await client.limits()
        await client.ask(session_id=" s/1 é\t", message="Hello")

        assert local.asked[0].session_id == " s/1 é\t"


async def test_a_question_with_a_lone_surrogate_is_asked(local: LocalUppzy, client: Uppzy) -> None:
    await client.ask(session_id="s-1", message="vpn \ud83d broken")

    assert local.asked[0].message == "vpn ? broken"


async def test_hundreds_of_questions_can_wait_at_once() -> None:
    patient = HttpTimeouts(connect=HUNG, read=HUNG, total=HUNG)
    async with LocalUppzy(fixed="Yes.") as local, client_of(local, timeouts=patient) as client:
        local.hold()
        waiting = [asyncio.create_task(client.ask(session_id=f"s-{n}", message="?")) for n in range(400)]
        await local.wait_for(lambda: len(local.asked) == 400)

        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


async def test_the_client_implements_the_assistant_port(local: LocalUppzy, client: Uppzy) -> None:
    assistant: Assistant = client

    reply = await assistant.ask(session_id="s-1", message=QUESTION, email=None, language=None)

    assert reply.request_id == local.asked[0].request_id


def test_the_default_timeouts_exceed_the_minute_that_an_answer_may_take() -> None:
    assert 60 < DEFAULT_TIMEOUTS.read < DEFAULT_TIMEOUTS.total


# Refusals.


@dataclass(frozen=True)
class Refusal:
    status: int
    error: type[OutsideError]


REFUSALS = [
    Refusal(301, BadRequestError),
    Refusal(400, BadRequestError),
    Refusal(401, CredentialError),
    Refusal(403, PlanError),
    Refusal(404, NotFoundError),
    Refusal(408, TemporaryError),
    Refusal(409, BadRequestError),
    Refusal(413, BadRequestError),
    Refusal(422, BadRequestError),
    Refusal(425, TemporaryError),
    Refusal(429, RateLimitedError),
    Refusal(500, AmbiguousError),
    Refusal(502, AmbiguousError),
    Refusal(503, AmbiguousError),
    Refusal(504, AmbiguousError),
    Refusal(599, AmbiguousError),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: str(refusal.status))
async def test_the_status_alone_decides_what_an_error_means(refusal: Refusal, local: LocalUppzy, client: Uppzy) -> None:
    local.fail(Endpoint.CHAT, replying(refusal.status, {"error": "not found, rate limited, invalid_api_key"}))

    with pytest.raises(OutsideError) as caught:
        await ask(client)

    assert type(caught.value) is refusal.error
    assert (caught.value.system, caught.value.code) == ("uppzy", str(refusal.status))


CALLS: dict[Endpoint, Callable[[Uppzy], Any]] = {
    Endpoint.CHAT: ask,
    Endpoint.FEEDBACK: lambda client: client.rate(session_id="s-1", request_id="r", rating=Rating.GOOD),
    Endpoint.CLOSE: lambda client: client.close_session("s-1"),
    Endpoint.LIMITS: lambda client: client.limits(),
}


@pytest.mark.parametrize("endpoint", CALLS, ids=str)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (refused_by_plan(times=None), PlanError),
        (dropped(times=None), AmbiguousError),
        (replying(200, "<html>", times=None), AmbiguousError),
    ],
    ids=["refused", "dropped", "nonsense"],
)
async def test_every_call_translates_its_errors(
    endpoint: Endpoint, fault: UppzyFault, error: type[OutsideError], local: LocalUppzy
) -> None:
    local.fail(endpoint, fault)

    async with client_of(local) as client:
        with pytest.raises(error) as caught:
            await CALLS[endpoint](client)

    assert type(caught.value) is error


async def test_a_wrong_key_is_a_credential_error(local: LocalUppzy) -> None:
    async with client_of(local, api_key="revoked") as client:
        with pytest.raises(CredentialError, match="401: invalid_api_key"):
            await client.limits()


async def test_a_foreign_site_and_an_unknown_answer_are_not_found(local: LocalUppzy) -> None:
    async with client_of(local, site_id="elsewhere") as client:
        with pytest.raises(NotFoundError):
            await ask(client)
    async with client_of(local) as client:
        with pytest.raises(NotFoundError, match="404"):
            await client.rate(session_id="s-1", request_id="req_0", rating=Rating.BAD)


@pytest.mark.parametrize("status", [400, 404, 409])
async def test_a_question_in_a_closed_session_is_a_permanent_error_whatever_its_status(status: int) -> None:
    async with LocalUppzy(behaviour=Behaviour(closed_session_status=status)) as local, client_of(local) as client:
        await client.close_session("s-1")

        with pytest.raises((BadRequestError, NotFoundError)):
            await ask(client)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), (None, None), ("soon", None), ("Mon, 02 Mar 2026 12:00:30 GMT", 30.0)],
    ids=["seconds", "none", "nonsense", "date"],
)
async def test_a_rate_limit_has_the_wait_that_uppzy_asks_for(
    header: str | None, seconds: float | None, local: LocalUppzy, client: Uppzy
) -> None:
    local.fail(Endpoint.CHAT, rate_limited(header))

    with time_machine.travel(NOW, tick=False), pytest.raises(RateLimitedError) as caught:
        await ask(client)

    assert caught.value.retry_after == seconds


# Network failures.


@pytest.mark.parametrize("processed", [False, True], ids=["before", "after"])
async def test_a_broken_connection_is_ambiguous(processed: bool, local: LocalUppzy, client: Uppzy) -> None:
    await client.limits()
    local.fail(Endpoint.CHAT, dropped(processed=processed))

    with pytest.raises(AmbiguousError) as caught:
        await ask(client)

    assert caught.value.__cause__ is not None
    assert local.calls[Endpoint.CHAT] == 1
    assert len(local.asked) == processed


@pytest.mark.parametrize("transport", [httpx.AsyncHTTPTransport, http_client.AiohttpTransport])
async def test_an_answer_that_is_late_is_ambiguous(
    transport: type[httpx.AsyncBaseTransport], local: LocalUppzy
) -> None:
    local.fail(Endpoint.CHAT, slow(30))
    async with client_of(local, timeouts=HttpTimeouts(read=0.05, total=90.0), transport=transport()) as client:
        with pytest.raises(AmbiguousError) as caught:
            await ask(client)

    assert caught.value.code == "ReadTimeout"


@pytest.mark.parametrize("connected", [True, False])
async def test_a_process_that_was_suspended_since_its_claim_asks_nothing(connected: bool, local: LocalUppzy) -> None:
    wall = [0.0]
    pauses = PauseDetector((time.monotonic, lambda: wall[0]))
    async with client_of(local, transport=http_client.AiohttpTransport()) as client:
        if connected:
            await client.limits()
        with pauses.guard(time.monotonic()):
            wall[0] += 3600.0
            with pytest.raises(AmbiguousError) as caught:
                await ask(client)

        assert caught.value.code == "was_away"
        assert local.calls[Endpoint.CHAT] == 0
        assert (await ask(client)).answer


@pytest.mark.parametrize("pause_before_check", [1, 2])
async def test_a_process_that_is_suspended_at_any_moment_before_it_sends_asks_nothing(
    pause_before_check: int, local: LocalUppzy
) -> None:
    readings = itertools.count()
    async with client_of(local, transport=http_client.AiohttpTransport()) as client:
        await client.limits()
        pauses = PauseDetector((time.monotonic, lambda: 0.0 if next(readings) < pause_before_check else 3600.0))
        with pauses.guard(time.monotonic()), pytest.raises(AmbiguousError) as caught:
            await ask(client)

        assert caught.value.code == "was_away"
        assert local.calls[Endpoint.CHAT] == 0
        assert (await ask(client)).answer


async def test_an_endless_answer_is_given_up_after_the_total_timeout(local: LocalUppzy) -> None:
    local.fail(Endpoint.CHAT, slow(30))
    async with client_of(local, timeouts=HttpTimeouts(read=75.0, total=0.05)) as client:
        with pytest.raises(AmbiguousError):
            await ask(client)


async def test_a_cancelled_question_is_cancelled_and_no_error(local: LocalUppzy, client: Uppzy) -> None:
    local.fail(Endpoint.CHAT, slow(30))
    asking = asyncio.create_task(ask(client))
    await local.wait_for(lambda: local.calls[Endpoint.CHAT] == 1)
    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.parametrize("transport", [httpx.AsyncHTTPTransport, http_client.AiohttpTransport])
async def test_a_refused_connection_means_that_nothing_was_asked(transport: type[httpx.AsyncBaseTransport]) -> None:
    async with Uppzy(base_url=nowhere(), api_key=KEY, tenant_id="t", site_id="s", transport=transport()) as client:
        with pytest.raises(TemporaryError) as caught:
            await ask(client)

    assert type(caught.value) is TemporaryError
    assert caught.value.code == "ConnectError"


async def test_a_server_without_http_is_ambiguous() -> None:
    async with speaking(b"SSH-2.0-nonsense\r\n\r\n") as base_url:
        for transport in (httpx.AsyncHTTPTransport(), None):
            async with Uppzy(base_url=base_url, api_key=KEY, tenant_id="t", site_id="s", transport=transport) as client:
                with pytest.raises(AmbiguousError):
                    await ask(client)


async def test_a_truncated_body_is_ambiguous() -> None:
    async with speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{") as base_url:
        for transport in (httpx.AsyncHTTPTransport(), None):
            async with Uppzy(base_url=base_url, api_key=KEY, tenant_id="t", site_id="s", transport=transport) as client:
                with pytest.raises(AmbiguousError):
                    await ask(client)


async def test_a_compressed_answer_is_read_and_a_corrupt_one_is_ambiguous() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
    packed = gzip.compress(b'{"request_id": "r", "answer": "packed"}')
    async with speaking(head + packed) as base_url, plain(base_url) as client:
        assert (await ask(client)).answer == "packed"
    async with speaking(head + b"no gzip") as base_url, plain(base_url) as client:
        with pytest.raises(AmbiguousError):
            await ask(client)


@pytest.mark.parametrize("base_url", ["ftp://uppzy.test", "uppzy.test/v1", "http://uppzy.test:port", ""])
async def test_an_unusable_address_is_a_bad_request(base_url: str) -> None:
    with pytest.raises(BadRequestError):
        async with plain(base_url) as client:
            await client.limits()


# Malformed answers.


@pytest.mark.parametrize(
    "content",
    [b"", b"  ", b"OK", b"<html>", b"[]", b"null", b'"answer"', b"1" * 5000, b"[" * 100_000, b"\xff\xfe", b'{"a": 1'],
    ids=["empty", "blank", "text", "html", "array", "null", "string", "number", "deep", "bytes", "torn"],
)
async def test_an_answer_that_is_no_json_object_is_temporary(content: bytes) -> None:
    async with answering(httpx.Response(200, content=content)) as client:
        with pytest.raises(TemporaryError, match=r"Uppzy's answer (is not|lacks)"):
            await ask(client)


@pytest.mark.parametrize("status", [200, 500])
async def test_an_answer_that_is_too_large_is_given_up_before_it_is_read(
    status: int, local: LocalUppzy, client: Uppzy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "LARGEST_ANSWER", 100_000)
    local.fail(Endpoint.CHAT, replying(status, {"request_id": "r", "answer": "a" * 100_000}))

    with pytest.raises(AmbiguousError, match="Uppzy's answer is too large"):
        await ask(client)

    assert (await ask(client)).answer


@pytest.mark.parametrize("field", ["request_id", "answer"])
@pytest.mark.parametrize("value", [None, "", "  ", 7, True, [], {"text": "x"}], ids=repr)
async def test_an_answer_without_a_required_field_is_temporary_and_names_the_field(field: str, value: object) -> None:
    with pytest.raises(TemporaryError, match=f"Uppzy's answer lacks {field}"):
        await reply_to({"request_id": "r", "answer": "a"} | {field: value})


@pytest.mark.parametrize("fault", [lacking("request_id"), lacking("answer"), empty(), malformed()])
async def test_an_incomplete_answer_is_never_returned(fault: UppzyFault, local: LocalUppzy, client: Uppzy) -> None:
    local.fail(Endpoint.CHAT, fault)

    with pytest.raises(AmbiguousError):
        await ask(client)

    assert (await ask(client)).answer


@pytest.mark.parametrize(
    ("level", "read"),
    [("low", "low"), ("HIGH", "high"), (" Medium ", "medium"), ("very odd", "very odd"), ("", None), (3, None)],
)
async def test_a_confidence_level_is_read_in_any_case(level: object, read: str | None) -> None:
    reply = await reply_to({"request_id": "r", "answer": "a", "confidence_level": level})

    assert reply.confidence_level == read


@pytest.mark.parametrize(
    ("score", "read"),
    [("0.82", 0.82), ("82", 82.0), ("true", None), ('"0.8"', None), ("NaN", None), ("1e999", None), ("1" * 400, None)],
)
async def test_a_confidence_score_is_a_finite_number_or_nothing(score: str, read: float | None) -> None:
    content = f'{{"request_id": "r", "answer": "a", "confidence_score": {score}}}'
    async with answering(httpx.Response(200, content=content)) as client:
        assert (await ask(client)).confidence_score == read


async def test_confidence_may_be_absent() -> None:
    async with LocalUppzy(behaviour=Behaviour(confidence=False)) as local, client_of(local) as client:
        reply = await ask(client)

    assert (reply.confidence_level, reply.confidence_score) == (None, None)


async def test_characters_that_cannot_be_stored_are_replaced_in_answers_and_refused_in_ids() -> None:
    reply = await reply_to({"request_id": "r", "answer": "a\x00b\ud83d"})

    assert reply.answer == "a�b?"
    with pytest.raises(AmbiguousError, match="lacks a usable request_id"):
        await reply_to({"request_id": "r\x00", "answer": "a"})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        name: JSON | st.text(min_size=1)
        for name in ("session_id", "request_id", "answer", "confidence_level", "confidence_score", "error", "new")
    },
)


@given(body=ANSWERS | JSON, status=st.sampled_from([200, 201, 400, 429, 500]))
async def test_any_answer_gives_a_reply_or_an_error_of_ours(body: object, status: int) -> None:
    async with answering(httpx.Response(status, content=json.dumps(body))) as client:
        try:
            reply = await ask(client)
        except OutsideError as error:
            assert error.system == "uppzy"  # noqa: PT017 - either outcome is right
        else:
            assert reply.request_id.strip()
            assert reply.answer.strip()


# Secrets.


@pytest.mark.parametrize("key", ["", " ", "with\nnewline", "two words", "schlüssel", "key\x00"])
def test_a_key_no_header_can_carry_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(CredentialError) as caught:
        Uppzy(base_url="http://u.test", api_key=key, tenant_id="t", site_id="s")

    assert key.strip() == "" or key not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        f"invalid message: {QUESTION}",
        f"invalid message: {QUESTION[:20]}...",
        f"unknown user {EMAIL}",
        f"bad key {KEY}",
        "the message before was about parental leave",
        KEY,
        "two\nlines",
    ],
    ids=["question", "its beginning", "address", "key", "earlier", "key alone", "lines"],
)
async def test_words_of_an_error_are_left_out_because_they_may_be_anybodys(error: str) -> None:
    async with answering(httpx.Response(400, json={"error": error})) as client:
        with pytest.raises(BadRequestError) as caught:
            await ask(client)

    assert str(caught.value) == "Uppzy answered 400"


async def test_an_error_code_and_the_request_id_are_in_the_message() -> None:
    body = {"error": "invalid_payload", "request_id": "req_550e8400"}
    async with answering(httpx.Response(400, json=body)) as client:
        with pytest.raises(BadRequestError) as caught:
            await ask(client)

    assert str(caught.value) == "Uppzy answered 400: invalid_payload (request req_550e8400)"


async def test_neither_errors_nor_log_lines_carry_key_question_or_address(
    local: LocalUppzy, client: Uppzy, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    errors: list[BaseException | None] = []
    for fault in (replying(500, {"error": QUESTION}), dropped(), malformed(), replying(401, EMAIL)):
        local.fail(Endpoint.CHAT, fault)
        with pytest.raises(OutsideError) as caught:
            await ask(client)
        errors += chain(caught.value)
    await ask(client)

    told = caplog.text + "".join(f"{error} {error!r}" for error in errors) + repr(client)
    assert not [secret for secret in (KEY, QUESTION, "4711", EMAIL) if secret in told]


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


# Proxies.


async def test_an_unreachable_proxy_means_that_nothing_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", nowhere())
    async with plain("http://api.uppzy.test/v1") as client:
        with pytest.raises(TemporaryError) as caught:
            await ask(client)

    assert caught.value.code == "ProxyError"
    assert not isinstance(caught.value, AmbiguousError)


# Broken servers and addresses.


def plain(base_url: str) -> Uppzy:
    return Uppzy(base_url=base_url, api_key=KEY, tenant_id="t", site_id="s")


def nowhere() -> str:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}"


@asynccontextmanager
async def speaking(content: bytes) -> AsyncIterator[str]:
    """Runs a server that sends these bytes after the first it receives, and closes the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(content)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


# Documents.

WORDS = DocumentWords(
    title="Badge readers [art-0123456789]",
    question=redact("Where is the badge reader?"),
    answer=redact("At the gate."),
    category=redact("Doors"),
)
KEY_OF_ARTICLE = "[art-0123456789]"


async def test_a_document_is_created_changed_activated_and_found(local: LocalUppzy, client: Uppzy) -> None:
    id = await client.create_document(WORDS)
    assert id is not None
    assert await client.find_document(KEY_OF_ARTICLE) == Sent(id)
    assert await client.find_document("[art-9999999999]") == NotSent()

    await client.change_document(id, replace(WORDS, answer=redact("At the door.")))
    await client.set_document_status(id, active=True)

    (document,) = local.documents
    assert (document.id, document.answer, document.active) == (id, "At the door.", True)
    await client.set_document_status(id, active=False)
    assert not document.active


@pytest.mark.parametrize(
    "answer",
    [
        {"id": "d-1"},
        {"document_id": "d-1", "title": "x"},
        {"documentId": "d-1"},
        {"data": {"document": {"uuid": "d-1"}}},
        {"document": {"_id": "d-1", "id": ""}},
    ],
)
async def test_the_id_of_a_document_is_found_under_its_usual_names(
    local: LocalUppzy, client: Uppzy, answer: dict[str, Any]
) -> None:
    local.fail(Endpoint.CREATE_DOCUMENT, replying(201, answer))

    assert await client.create_document(WORDS) == "d-1"


@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": True}, [], "d-1", None, {"ids": ["d-1"]}])
async def test_no_id_is_guessed(local: LocalUppzy, client: Uppzy, answer: object) -> None:
    local.fail(Endpoint.CREATE_DOCUMENT, replying(201, json.dumps(answer)))

    assert await client.create_document(WORDS) is None


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ([{"id": 7, "title": WORDS.title}], Sent("7")),
        ({"data": {"items": [{"id": "7", "meta": {"name": WORDS.title}}]}}, Sent("7")),
        ({"results": [{"title": WORDS.title}]}, Sent(None)),
        ({"documents": []}, NotSent()),
        ({"documents": [], "total": 0, "next": None}, NotSent()),
        ({"documents": [{"id": "1", "title": "Other"}], "has_more": True}, CannotTell("uppzy")),
        ({"documents": [{"id": "1", "title": "Other"}], "pagination": {"total": 90}}, CannotTell("uppzy")),
        ({"what": "ever"}, CannotTell("uppzy")),
        ("text", CannotTell("uppzy")),
        (None, CannotTell("uppzy")),
    ],
)
async def test_a_list_of_documents_may_have_any_shape(
    local: LocalUppzy, client: Uppzy, answer: object, found: object
) -> None:
    local.fail(Endpoint.DOCUMENTS, replying(200, json.dumps(answer), times=None))

    assert await client.find_document(KEY_OF_ARTICLE) == found


async def test_a_document_is_found_on_a_later_page() -> None:
    async with LocalUppzy(behaviour=Behaviour(documents_per_page=2)) as local, client_of(local) as client:
        for number in range(4):
            await client.create_document(replace(WORDS, title=f"Other {number}"))
        id = await client.create_document(WORDS)

        assert await client.find_document(KEY_OF_ARTICLE) == Sent(id)
        assert await client.find_document("[art-9999999999]") == NotSent()


async def test_a_document_is_found_on_a_later_page_of_a_list_that_does_not_tell_of_pages() -> None:
    behaviour = Behaviour(documents_per_page=2, documents_in=None)
    async with LocalUppzy(behaviour=behaviour) as local, client_of(local) as client:
        for number in range(4):
            await client.create_document(replace(WORDS, title=f"Other {number}"))
        id = await client.create_document(WORDS)

        assert await client.find_document(KEY_OF_ARTICLE) == Sent(id)
        assert await client.find_document("[art-9999999999]") == NotSent()


async def test_a_list_that_refuses_a_page_it_did_not_announce_is_complete(local: LocalUppzy, client: Uppzy) -> None:
    page = [{"id": "1", "title": "Other"}]
    local.fail(Endpoint.DOCUMENTS, replying(200, json.dumps(page)))
    local.fail(Endpoint.DOCUMENTS, replying(400))
    assert await client.find_document(KEY_OF_ARTICLE) == NotSent()

    local.fail(Endpoint.DOCUMENTS, replying(200, json.dumps({"items": page, "has_more": True})))
    local.fail(Endpoint.DOCUMENTS, replying(400))
    with pytest.raises(BadRequestError):
        await client.find_document(KEY_OF_ARTICLE)


async def test_the_key_of_an_article_is_not_shown_as_part_of_a_source(local: LocalUppzy, client: Uppzy) -> None:
    local.fail(Endpoint.CHAT, replying(200, {"request_id": "r", "answer": "a", "sources": [{"title": WORDS.title}]}))

    (source,) = (await ask(client)).sources
    assert source.title == "Badge readers"
