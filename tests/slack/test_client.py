"""A response that is not Slack's is neither a success nor a permanent refusal, whatever the call."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    CredentialError,
    NotFoundError,
    OutsideError,
    PlanError,
    RateLimitedError,
    TemporaryError,
    UnknownRefusalError,
)
from bot.slack.client import REQUIRED_FIELDS, SlackClient
from bot.slack.errors import ERRORS, FORM_REFUSED, error_of, translated
from sandbox.slack import BOT_TOKEN, LocalSlack, OddBody

POSTED = "chat.postMessage"
CALLS: dict[str, dict[str, Any]] = {
    "apps.connections.open": {},
    "auth.test": {},
    "chat.delete": {"channel": "C1", "ts": "1.2"},
    "chat.postEphemeral": {"channel": "C1", "user": "U1", "text": "x"},
    POSTED: {"channel": "C1", "text": "x"},
    "chat.update": {"channel": "C1", "ts": "1.2", "text": "x"},
    "conversations.history": {"channel": "C1"},
    "conversations.info": {"channel": "C1"},
    "conversations.list": {},
    "conversations.members": {"channel": "C1"},
    "conversations.open": {"users": "U1"},
    "conversations.replies": {"channel": "C1", "ts": "1.2"},
    "files.completeUploadExternal": {"files": "[]"},
    "files.getUploadURLExternal": {"filename": "x", "length": 1},
    "files.info": {"file": "F1"},
    "reactions.add": {"channel": "C1", "timestamp": "1.2", "name": "eyes"},
    "users.info": {"user": "U1"},
    "users.list": {},
    "views.open": {"trigger_id": "1", "view": "{}"},
    "views.publish": {"user_id": "U1", "view": "{}"},
}
# Of some methods only success is needed, so a response without a usable result is enough.
ENOUGH = {OddBody.BARE_YES, OddBody.UNKNOWN_CHARSET, OddBody.NUMERIC_TS, OddBody.NULL_TS, OddBody.ODD_TS}


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as slack:
        yield slack


@pytest.fixture
async def client(slack: LocalSlack) -> AsyncIterator[SlackClient]:
    async with aiohttp.ClientSession() as session:
        yield SlackClient(token=BOT_TOKEN, base_url=slack.api_url, session=session, retry_handlers=[])


async def _call(client: SlackClient, method: str) -> None:
    with translated():
        await client.api_call(method, params=CALLS[method])


@pytest.mark.parametrize("body", OddBody)
@pytest.mark.parametrize("method", CALLS)
async def test_an_answer_that_is_none_of_slacks_leaves_every_call_unclear(
    method: str, body: OddBody, slack: LocalSlack, client: SlackClient
) -> None:
    slack.faults.odd_body(method, body=body)

    if body in ENOUGH and method not in REQUIRED_FIELDS:
        await _call(client, method)
        return
    with pytest.raises(AmbiguousError):
        await _call(client, method)


@pytest.mark.parametrize(
    "body",
    [
        {"ok": True, "messages": [None]},
        {"ok": True, "messages": [{"text": "x"}]},
        {"ok": True, "messages": {}},
        {"ok": True, "messages": [], "response_metadata": []},
        {"ok": True, "messages": [], "response_metadata": {"next_cursor": 5}},
        {"ok": "true", "messages": []},
        {"ok": 1, "messages": []},
    ],
    ids=str,
)
async def test_a_page_of_a_history_in_which_anything_is_amiss_is_not_read(body: dict[str, Any]) -> None:
    async with _answering(body) as client:
        with pytest.raises(AmbiguousError):
            await client.conversations_history(channel="C1")


async def test_a_redirect_is_not_followed_and_nobody_else_gets_the_token(
    slack: LocalSlack, client: SlackClient
) -> None:
    for body in (OddBody.REDIRECT, OddBody.SIGN_IN):
        slack.faults.odd_body(POSTED, body=body)
        with pytest.raises(AmbiguousError) as caught:
            await _call(client, POSTED)
        assert caught.value.code in ("http_307", "http_302")

    assert len(slack.calls) == 2


async def test_a_client_that_only_reads_asks_again_after_an_answer_that_cannot_be_used(slack: LocalSlack) -> None:
    async with aiohttp.ClientSession() as session:
        reader = SlackClient(token=BOT_TOKEN, base_url=slack.api_url, session=session, retry_handlers=[], repeats=2)
        slack.faults.odd_body("auth.test", body=OddBody.HTML, times=2)

        assert (await reader.auth_test())["user_id"] == slack.bot_user_id


@pytest.mark.parametrize("word", sorted(ERRORS))
def test_every_documented_word_has_one_meaning(word: str) -> None:
    error = error_of(200, {}, {"ok": False, "error": word})

    assert type(error) is ERRORS[word]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("team_added_to_org", TemporaryError),
        ("org_login_required", TemporaryError),
        ("accesslimited", TemporaryError),
        ("internal_error", AmbiguousError),
        ("fatal_error", AmbiguousError),
        ("rate_limited", RateLimitedError),
        ("account_inactive", CredentialError),
        ("two_factor_setup_required", PlanError),
        ("is_archived", NotFoundError),
        ("metadata_too_large", BadRequestError),
        ("a_word_of_next_year", UnknownRefusalError),
    ],
)
def test_what_passes_is_temporary_and_what_nobody_knows_is_tried_again_once(
    word: str, kind: type[OutsideError]
) -> None:
    assert type(error_of(200, {}, {"ok": False, "error": word})) is kind


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "http_403", AmbiguousError),
        (407, "http_407", AmbiguousError),
        (404, "http_404", AmbiguousError),
        (413, "payload_too_large", BadRequestError),
        (502, "502", AmbiguousError),
        (429, "ratelimited", RateLimitedError),
    ],
)
def test_a_status_without_a_word_of_slacks_refuses_nothing_for_good(
    status: int, code: str, kind: type[OutsideError]
) -> None:
    error = error_of(status, {}, "<html>")

    assert error is not None
    assert (type(error), error.code) == (kind, code)


def test_a_message_that_is_refused_for_its_form_is_a_wrong_request() -> None:
    assert {ERRORS[word] for word in FORM_REFUSED} == {BadRequestError}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("7.5", 7.5),
        ("301", 300.0),
        ("999999999999", 300.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 300.0),
        ("Mon, 02 Mar 2020 12:00:00 GMT", 0.0),
        ("inf", None),
        ("nan", None),
        ("-3", None),
        ("1e999", None),
        ("١٢", None),
        ("5, 9", None),
        ("[5]", None),
        ("Fri, 31 Dec 9999 23:59:59 +1400", 300.0),
        ("31 Dec 99999 23:59:59 GMT", None),
        ("1e309", None),
        ("", None),
        ("a while", None),
    ],
)
async def test_a_wait_that_slack_asks_for_is_bounded(
    header: str, seconds: float | None, slack: LocalSlack, client: SlackClient
) -> None:
    for method in (POSTED, "apps.connections.open"):
        slack.faults.rate_limited(method, retry_after=header)

        with pytest.raises(RateLimitedError) as caught:
            await _call(client, method)

        assert caught.value.retry_after == seconds


@contextlib.asynccontextmanager
async def _answering(body: dict[str, Any]) -> AsyncIterator[SlackClient]:
    """Runs a client whose server gives the same response to every request."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body)

    application = web.Application()
    application.router.add_route("*", "/{method}", answer)
    async with TestServer(application) as server, aiohttp.ClientSession() as session:
        yield SlackClient(token=BOT_TOKEN, base_url=str(server.make_url("/")), session=session, retry_handlers=[])


class _CountedText(str):
    """A text that counts how often somebody formats what contains it."""

    formatted = 0

    def __repr__(self) -> str:
        _CountedText.formatted += 1
        return super().__repr__()


async def test_the_sdk_formats_no_call_for_a_log_that_nobody_reads(slack: LocalSlack, client: SlackClient) -> None:
    _CountedText.formatted = 0

    await client.api_call("auth.test", params={"text": _CountedText("x")})
    assert _CountedText.formatted == 0

    unlimited = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
    await unlimited.api_call("auth.test", params={"text": _CountedText("x")})
    assert _CountedText.formatted == 1, "the SDK no longer formats calls by itself: SDK_LOGGER can go"
