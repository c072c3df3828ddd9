"""The local Uppzy: its answers, its sessions, and its faults on request."""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.uppzy import (
    Behaviour,
    Endpoint,
    LocalUppzy,
    RequestIds,
    UppzyFault,
    believable_latency,
    dropped,
    empty,
    lacking,
    malformed,
    rate_limited,
    refused_by_plan,
    replying,
    slow,
)
from sandbox.uppzy.answers import NOTHING_FOUND, Answerer, HelpArticle, Ranking, bundled_articles, subject_words
from sandbox.uppzy.fault_injection import UppzyFaults
from tests.deadlines import HUNG

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Caller:
    """Sends raw requests to the API, so that no client hides anything."""

    def __init__(self, local: LocalUppzy, http: httpx.AsyncClient) -> None:
        self.site = f"/m2m/sites/{local.site_id}"
        self.http = http

    async def post(self, path: str, body: object) -> httpx.Response:
        return await self.http.post(self.site + path, json=body)

    async def ask(self, message: str = "How do I connect to the VPN?", session_id: str = "s-1") -> httpx.Response:
        return await self.post("/chat", {"session_id": session_id, "message": message})

    async def submit(self, message: str = "How do I connect to the VPN?") -> httpx.Response:
        return await self.post("/chat/async", {"session_id": "s-1", "message": message})

    async def status(self, request_id: str) -> httpx.Response:
        return await self.http.get(f"{self.site}/chat/requests/{request_id}")

    async def rate(self, request_id: str, feedback: str = "good", session_id: str = "s-1") -> httpx.Response:
        body = {"session_id": session_id, "request_id": request_id, "feedback": feedback}
        return await self.post("/chat/feedback", body)

    async def close(self, session_id: str = "s-1") -> httpx.Response:
        return await self.post("/chat/session/close", {"session_id": session_id})


@asynccontextmanager
async def calling(**settings: Any) -> AsyncIterator[tuple[LocalUppzy, Caller]]:
    async with LocalUppzy(now=lambda: NOW, **settings) as local:
        headers = {"X-API-Key": local.api_key}
        async with httpx.AsyncClient(base_url=local.base_url, headers=headers, timeout=HUNG) as http:
            yield local, Caller(local, http)


@pytest.fixture
async def both() -> AsyncIterator[tuple[LocalUppzy, Caller]]:
    async with calling() as both:
        yield both


@pytest.fixture
def local(both: tuple[LocalUppzy, Caller]) -> LocalUppzy:
    return both[0]


@pytest.fixture
def caller(both: tuple[LocalUppzy, Caller]) -> Caller:
    return both[1]


# Questions and answers.


async def test_a_question_gets_an_article_and_a_confidence(local: LocalUppzy, caller: Caller) -> None:
    response = await caller.ask()

    body = response.json()
    assert response.status_code == 200
    assert "vpn.example.com" in body["answer"]
    assert (body["session_id"], body["confidence_level"]) == ("s-1", "high")
    assert 0.6 < body["confidence_score"] <= 1
    assert body["request_id"] == local.asked[0].request_id


async def test_what_was_asked_is_remembered(local: LocalUppzy, caller: Caller) -> None:
    question = {"session_id": "s-1", "message": "Hello", "email": "mia@example.com", "response_language": "de"}
    await caller.post("/chat", question)

    [asked] = local.asked
    assert (asked.message, asked.email, asked.language) == ("Hello", "mia@example.com", "de")


async def test_a_fixed_answer_answers_everything() -> None:
    async with calling(fixed="Forty-two.") as (_, caller):
        assert (await caller.ask("What is the question?")).json()["answer"] == "Forty-two."


async def test_an_asynchronous_question_is_queued_and_then_completed(local: LocalUppzy, caller: Caller) -> None:
    local.hold()

    submitted = await caller.submit()
    request_id = submitted.json()["request_id"]
    early = (await caller.status(request_id)).json()
    local.release()
    late = await finished(caller, request_id)

    assert submitted.status_code == 202
    assert (early["status"], "answer" in early) == ("queued", False)
    assert late["status"] == "completed"
    assert "vpn.example.com" in late["answer"]


async def finished(caller: Caller, request_id: str) -> dict[str, Any]:
    body: dict[str, Any] = (await caller.status(request_id)).json()
    return body if body["status"] != "queued" else await finished(caller, request_id)


async def test_an_asynchronous_question_can_fail_inside_a_successful_poll(local: LocalUppzy, caller: Caller) -> None:
    local.fail(Endpoint.WORK, replying(500, "model overloaded"))
    request_id = (await caller.submit()).json()["request_id"]

    response = await caller.status(request_id)

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["error"]) == ("failed", "model overloaded")


async def test_an_unknown_request_has_no_status(caller: Caller) -> None:
    response = await caller.status("req_0")

    assert (response.status_code, response.json()) == (404, {"error": "request not found"})


# Ratings and closing.


async def test_only_the_first_rating_has_a_time(local: LocalUppzy, caller: Caller) -> None:
    request_id = (await caller.ask()).json()["request_id"]

    first = (await caller.rate(request_id, "bad")).json()
    second = (await caller.rate(request_id, "good")).json()

    assert first["status"] == second["status"] == "ok"
    assert first["feedback_submitted_at"] == "2026-03-02T12:00:00Z"
    assert "feedback_submitted_at" not in second
    assert local.rating(request_id) == "bad"


async def test_the_last_rating_can_be_made_to_win() -> None:
    async with calling(behaviour=Behaviour(feedback_overwrites=True)) as (local, caller):
        request_id = (await caller.ask()).json()["request_id"]
        await caller.rate(request_id, "bad")
        await caller.rate(request_id, "good")

        assert local.rating(request_id) == "good"


@pytest.mark.parametrize("status", [400, 404, 409])
async def test_an_unfinished_answer_cannot_be_rated(status: int) -> None:
    async with calling(latency=30, behaviour=Behaviour(unfinished_feedback_status=status)) as (_, caller):
        request_id = (await caller.submit()).json()["request_id"]

        assert (await caller.rate(request_id)).status_code == status


async def test_an_answer_of_another_session_cannot_be_rated(caller: Caller) -> None:
    request_id = (await caller.ask()).json()["request_id"]

    assert (await caller.rate(request_id, session_id="s-2")).status_code == 404


@pytest.mark.parametrize("status", [400, 404, 409])
async def test_a_closed_session_takes_no_more_questions(status: int) -> None:
    async with calling(behaviour=Behaviour(closed_session_status=status)) as (local, caller):
        assert (await caller.close()).json()["status"] == "ok"
        assert (await caller.close()).json()["status"] == "ok"

        assert (await caller.ask()).status_code == status
        assert (await caller.ask(session_id="s-2")).status_code == 200
        assert local.closed == ["s-1", "s-1"]


async def test_a_closed_session_can_be_made_to_open_again() -> None:
    async with calling(behaviour=Behaviour(closed_session_status=None)) as (_, caller):
        await caller.close()

        assert (await caller.ask()).status_code == 200
        assert (await sessions(caller)) == [("s-1", "open", 1)]


async def test_sessions_are_listed_as_open_or_closed(caller: Caller) -> None:
    await caller.ask(session_id="s-1")
    await caller.ask(session_id="s-1")
    await caller.close("s-2")

    assert await sessions(caller) == [("s-1", "open", 2), ("s-2", "closed", 0)]


async def sessions(caller: Caller) -> list[tuple[str, str, int]]:
    listed = (await caller.http.get(f"{caller.site}/sessions")).json()["sessions"]
    return [(session["session_id"], session["status"], session["questions"]) for session in listed]


# Authentication and request formats.


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}], ids=["none", "wrong"])
async def test_without_the_key_nothing_is_taken_in(headers: dict[str, str], local: LocalUppzy) -> None:
    async with httpx.AsyncClient(base_url=local.base_url, headers=headers) as http:
        response = await Caller(local, http).ask()

    assert (response.status_code, response.json()) == (401, {"error": "invalid_api_key"})
    assert (local.asked, sum(local.calls.values())) == ([], 0)


@pytest.mark.parametrize("status", [404, 403])
async def test_a_foreign_site_or_tenant_is_refused(status: int) -> None:
    async with calling(behaviour=Behaviour(foreign_scope_status=status)) as (local, caller):
        own = await caller.http.get(f"/m2m/tenants/{local.tenant_id}/limits")
        tenant = await caller.http.get("/m2m/tenants/elsewhere/limits")
        caller.site = "/m2m/sites/elsewhere"
        site = await caller.ask()

    assert own.status_code == 200
    assert (tenant.status_code, tenant.json()["error"]) == (status, "tenant not found")
    assert (site.status_code, site.json()["error"]) == (status, "site not found")


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("/chat", {"message": "Hello"}, "session_id is required"),
        ("/chat", {"session_id": "s-1", "message": ""}, "message is required"),
        ("/chat", {"session_id": 7, "message": "Hello"}, "invalid payload"),
        ("/chat/async", [], "invalid payload"),
        ("/chat/feedback", {"session_id": "s", "request_id": "r", "feedback": "5"}, "feedback must be 'good' or 'bad'"),
        ("/chat/feedback", {"session_id": "s", "feedback": "good"}, "request_id is required"),
        ("/chat/session/close", {}, "session_id is required"),
    ],
)
async def test_a_wrong_body_is_refused_with_the_documented_words(
    path: str, body: object, error: str, caller: Caller
) -> None:
    response = await caller.post(path, body)

    assert (response.status_code, response.json()) == (400, {"error": error})


async def test_a_body_that_is_no_json_is_refused(caller: Caller) -> None:
    response = await caller.http.post(f"{caller.site}/chat", content=b"{")

    assert (response.status_code, response.json()) == (400, {"error": "invalid payload"})


# Behaviour.


@pytest.mark.parametrize("extra", [True, False])
async def test_answers_can_carry_a_field_nobody_documented(extra: bool) -> None:
    async with calling(behaviour=Behaviour(extra_field=extra)) as (_, caller):
        assert ("served_by" in (await caller.ask()).json()) is extra


async def test_answers_can_come_without_confidence() -> None:
    async with calling(behaviour=Behaviour(confidence=False)) as (_, caller):
        assert not {"confidence_level", "confidence_score"} & (await caller.ask()).json().keys()


async def test_request_ids_have_either_documented_shape() -> None:
    async with calling() as (_, caller):
        assert re.fullmatch(r"req_[0-9a-f]{32}", (await caller.ask()).json()["request_id"])
    async with calling(behaviour=Behaviour(request_ids=RequestIds.UUID)) as (_, caller):
        assert uuid.UUID((await caller.ask()).json()["request_id"]).version == 4


async def test_the_status_and_the_name_of_a_queued_question_are_free() -> None:
    async with calling(latency=30, behaviour=Behaviour(submit_status=200, unfinished="thinking")) as (_, caller):
        response = await caller.submit()

    assert (response.status_code, response.json()["status"]) == (200, "thinking")


async def test_the_same_randomness_gives_the_same_ids_and_latencies() -> None:
    ids = []
    for _ in range(2):
        async with calling(randomness=random.Random(7)) as (_local, caller):
            ids.append((await caller.ask()).json()["request_id"])

    assert ids[0] == ids[1]
    assert [believable_latency(random.Random(7))] * 2 == [believable_latency(random.Random(7)) for _ in range(2)]
    assert all(0.6 <= believable_latency(random.Random(n)) <= 1.5 for n in range(50))


# Faults.


@pytest.mark.parametrize(
    ("fault", "status", "text", "taken_in"),
    [
        (replying(503, {"error": "upstream"}), 503, '{"error": "upstream"}', False),
        (replying(500, processed=True), 500, "", True),
        (rate_limited(body="slow down"), 429, "slow down", False),
        (refused_by_plan(), 403, '{"error": "api_access_not_available_on_plan"}', False),
        (malformed(), 200, '{"session_id": "s', True),
        (empty(), 200, "", True),
    ],
    ids=["status", "status after processing", "rate limit", "plan", "malformed", "empty"],
)
async def test_a_fault_shows_once_and_is_gone(
    fault: UppzyFault, status: int, text: str, taken_in: bool, local: LocalUppzy, caller: Caller
) -> None:
    local.fail(Endpoint.CHAT, fault)

    response = await caller.ask()

    assert (response.status_code, response.text, len(local.asked)) == (status, text, int(taken_in))
    assert (await caller.ask()).status_code == 200


@pytest.mark.parametrize(("wait", "header"), [(None, None), (3, "3"), ("Mon, 02 Mar 2026 12:00:30 GMT",) * 2])
async def test_a_rate_limit_may_say_how_long(
    wait: float | str | None, header: str | None, local: LocalUppzy, caller: Caller
) -> None:
    local.fail(Endpoint.CHAT, rate_limited(wait))

    assert (await caller.ask()).headers.get("Retry-After") == header


async def test_fields_can_be_left_out(local: LocalUppzy, caller: Caller) -> None:
    local.fail(Endpoint.CHAT, lacking("request_id", "answer"))

    assert (await caller.ask()).json().keys() == {"session_id", "confidence_level", "confidence_score", "served_by"}


@pytest.mark.parametrize("processed", [False, True])
async def test_a_connection_can_break_before_or_after_processing(
    processed: bool, local: LocalUppzy, caller: Caller
) -> None:
    local.fail(Endpoint.CHAT, dropped(processed=processed))

    with pytest.raises(httpx.TransportError):
        await caller.ask()

    assert len(local.asked) == processed


async def test_a_slow_response_is_a_right_one(local: LocalUppzy, caller: Caller) -> None:
    local.fail(Endpoint.CHAT, slow(0.01))
    local.fail(Endpoint.CHAT, slow(3600))

    assert (await caller.ask()).status_code == 200
    asking = asyncio.create_task(caller.ask())
    await local.wait_for(lambda: local.calls[Endpoint.CHAT] == 2)
    assert (asking.done(), len(local.asked)) == (False, 1)
    asking.cancel()


async def test_a_fault_stays_at_its_endpoint(local: LocalUppzy, caller: Caller) -> None:
    local.fail(Endpoint.FEEDBACK, replying(500))

    request_id = (await caller.ask()).json()["request_id"]

    assert (await caller.rate(request_id)).status_code == 500
    assert (await caller.rate(request_id)).status_code == 200


async def test_a_fault_lasts_as_often_as_told_or_until_healed(local: LocalUppzy, caller: Caller) -> None:
    local.fail(Endpoint.CHAT, replying(500, times=2))
    local.fail(Endpoint.CHAT, replying(503, times=None))

    statuses = [(await caller.ask()).status_code for _ in range(5)]
    local.heal()

    assert statuses == [500, 500, 503, 503, 503]
    assert (await caller.ask()).status_code == 200
    assert local.calls[Endpoint.CHAT] == 6


@given(times=st.lists(st.integers(1, 4), max_size=5))
def test_faults_come_in_order_and_are_counted_down(times: list[int]) -> None:
    faults = UppzyFaults()
    for number, often in enumerate(times):
        faults.add(Endpoint.CHAT, UppzyFault(status=500 + number, times=often))

    shown = [fault.status for fault in iter(lambda: faults.take(Endpoint.CHAT), None)]

    assert shown == [500 + number for number, often in enumerate(times) for _ in range(often)]


# Waiting and stopping.


async def test_a_test_can_wait_for_what_arrives(local: LocalUppzy, caller: Caller) -> None:
    local.latency = 30
    asking = asyncio.create_task(caller.ask())

    await local.wait_for(lambda: len(local.asked) == 1)

    assert not asking.done()
    asking.cancel()
    with pytest.raises(TimeoutError):
        await local.wait_for(lambda: len(local.asked) == 2, timeout=0.01)


async def test_it_stops_although_answers_are_still_waited_for() -> None:
    async with calling(latency=3600) as (local, caller):
        asking = asyncio.create_task(caller.ask())
        await caller.submit()
        await local.wait_for(lambda: len(local.asked) == 2)

    with pytest.raises(httpx.TransportError):
        await asking


async def test_it_runs_on_its_own() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.bench.remote_control",
        "uppzy",
        "--latency",
        "0",
        "--fixed",
        "--api-key",
        "k",
    ]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), HUNG)).decode()
        url = re.search(r"http://127\.0\.0\.1:\d+/api/v1", line)
        assert url is not None
        async with httpx.AsyncClient(headers={"X-API-Key": "k"}) as http:
            body = {"session_id": "s-1", "message": "Hello"}
            response = await http.post(f"{url[0]}/m2m/sites/site-local/chat", json=body)
        assert response.json()["answer"] == "This is the fixed answer of the local Uppzy."
    finally:
        process.terminate()
        assert await asyncio.wait_for(process.wait(), HUNG) == 0


# Articles and ranking.

ARTICLES = bundled_articles()


@pytest.fixture(scope="module")
def answering() -> Iterator[Answerer]:
    ranking = Ranking(ARTICLES)
    yield Answerer(ranking)
    ranking.close()


def title_of(answer: str) -> str | None:
    return next((article.title for article in ARTICLES if article.body in answer), None)


def test_the_articles_are_about_thirty_and_short_enough_to_read() -> None:
    assert 25 <= len(ARTICLES) <= 40
    assert len({article.title for article in ARTICLES}) == len(ARTICLES)
    assert [article.title for article in ARTICLES if not 80 <= len(article.body.split()) <= 250] == []


def test_among_the_articles_are_tables_code_lists_and_links() -> None:
    text = "\n".join(article.body for article in ARTICLES)

    assert all(mark in text for mark in ("\n|---|", "\n```\n", "\n1. ", "\n- ", "](https://"))


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How do I connect to the VPN?", "Set up and connect to the VPN"),
        ("I forgot my password!", "Reset a forgotten password"),
        ("I got a new phone, how do I move my authenticator?", "Move multi-factor sign-in to a new phone"),
        ("The printer does not print", "Add a printer and fix printing problems"),
        ("What is the limit for hotel costs?", "Submit travel and other expenses"),
        ("How many vacation days do I have?", "Ask for leave and vacation days"),
        ("When is payday?", "When salaries are paid"),
        ("where can i park my car", "Parking at the office"),
        ("I need a licence for Figma", "Get a software licence"),
        ("My mailbox is full", "Mailbox full: e-mail quota and archive"),
        ("book a meeting room for 10 people", "Book a meeting room"),
        ("I clicked on a phishing link!!", "Report a phishing e-mail"),
        ("How do guests get Wi-Fi?", "Wi-Fi for guests"),
        ("the wifi is slow", "Connect to the office Wi-Fi"),
        ("how do I share my screen in a call", "Share your screen in a video call"),
        ("I lost my laptop", "Report a lost or stolen device"),
        ("My computer is frozen", "Slow or frozen computer: first aid"),
    ],
)
def test_a_plain_question_finds_its_article_with_high_confidence(
    question: str, title: str, answering: Answerer
) -> None:
    answer = answering.answer(question)

    assert (title_of(answer.answer), answer.level) == (title, "high")


@pytest.mark.parametrize("question", ["Who is the CEO?", "asdf qwertz", "😀", "???", "What is the capital of France?"])
def test_what_no_article_knows_is_admitted(question: str, answering: Answerer) -> None:
    answer = answering.answer(question)

    assert (answer.answer, answer.level) == (NOTHING_FOUND, "low")


@pytest.mark.parametrize(
    ("question", "level"),
    [("What's for lunch in the canteen on Friday?", "low"), ("the printer is jammed on the 3rd floor", "medium")],
)
def test_the_less_of_a_question_is_covered_the_less_sure_is_the_answer(
    question: str, level: str, answering: Answerer
) -> None:
    assert answering.answer(question).level == level


@pytest.mark.parametrize(
    ("before", "follow_up", "title"),
    [
        ("How do I connect to the office Wi-Fi?", "and for guests?", "Wi-Fi for guests"),
        ("Where can I park my car?", "and for guests?", "Parking at the office"),
        ("Can I borrow a laptop?", "For how long?", "Borrow a laptop"),
        ("How do I reset my password?", "printer jam", "Add a printer and fix printing problems"),
    ],
)
async def test_a_follow_up_leans_on_the_question_before(
    before: str, follow_up: str, title: str, caller: Caller
) -> None:
    await caller.ask(before)

    assert title_of((await caller.ask(follow_up)).json()["answer"]) == title


async def test_another_session_knows_nothing_of_the_question_before(caller: Caller) -> None:
    await caller.ask("Can I borrow a laptop?", session_id="s-1")

    assert (await caller.ask("For how long?", session_id="s-2")).json()["answer"] == NOTHING_FOUND


def test_thanks_are_not_looked_up(answering: Answerer) -> None:
    answer = answering.answer("Thanks a lot!", before=("vpn",))

    assert (title_of(answer.answer), answer.level, answer.words) == (None, "high", ())


@given(message=st.text(), before=st.lists(st.text(min_size=1), max_size=3))
def test_any_text_gets_an_answer(message: str, before: list[str]) -> None:
    ranking = Ranking([HelpArticle(title="VPN", keywords="tunnel", body="Connect to the VPN.")])
    answer = Answerer(ranking).answer(message, tuple(word for text in before for word in subject_words(text)))
    ranking.close()

    assert answer.answer
    assert answer.level in {"low", "medium", "high"}
    assert 0 <= answer.score <= 1


def test_a_very_long_question_is_looked_up_by_its_first_words() -> None:
    assert len(subject_words(" ".join(f"word{n}" for n in range(10_000)))) == 40


def test_the_articles_name_no_real_address() -> None:
    hosts = re.findall(r"https?://([^/\s)`]+)", json.dumps([article.body for article in ARTICLES]))

    assert {host for host in hosts if not host.endswith("example.com")} == set()


# Documents.

BLORP = {"title": "Blorp", "question": "How do I frobnicate the blorp?", "answer": "Twice.", "category": "quux"}


async def test_an_active_document_is_answered_from_and_a_draft_is_not(local: LocalUppzy, caller: Caller) -> None:
    created = await caller.post("/documents/qa", BLORP)
    assert created.status_code == 201
    assert (await caller.ask(BLORP["question"])).json()["confidence_level"] == "low"

    change = {"document_ids": [created.json()["id"]], "status": "active"}
    await caller.http.patch(f"{caller.site}/documents/bulk-status", json=change)
    answered = (await caller.ask(BLORP["question"])).json()
    assert (answered["answer"], answered["confidence_level"]) == ("Twice.", "high")

    await caller.http.patch(f"{caller.site}/documents/{created.json()['id']}", json={"status": "draft"})
    assert (await caller.ask(BLORP["question"])).json()["confidence_level"] == "low"


async def test_a_document_without_an_answer_and_an_unknown_one_are_refused(caller: Caller) -> None:
    assert (await caller.post("/documents/qa", BLORP | {"answer": ""})).status_code == 400
    assert (await caller.http.patch(f"{caller.site}/documents/doc_1", json={"title": "x"})).status_code == 404
