"""Each refusal of Teams and of Microsoft's login is the error that says whether it may be repeated."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    CredentialError,
    MessageGoneError,
    NotFoundError,
    OutsideError,
    PlanError,
    RateLimitedError,
    TemporaryError,
    UnreachableError,
)
from bot.http_client import HttpTimeouts, JsonClient, RefusalRules
from bot.teams.errors import LOGIN_REFUSALS, REFUSALS


async def error_for(response: httpx.Response | Exception, refusals: RefusalRules = REFUSALS) -> OutsideError:
    """Returns the error of a call that gets this response."""

    def respond(request: httpx.Request) -> httpx.Response:
        if isinstance(response, Exception):
            raise response
        return response

    client = JsonClient(
        system="teams",
        name="Teams",
        base_url="https://teams.test",
        headers={},
        timeouts=HttpTimeouts(read=1, total=5),
        refusals=refusals,
        transport=httpx.MockTransport(respond),
    )
    with pytest.raises(OutsideError) as caught:
        await client.request("POST", "/", body={})
    return caught.value


def refusal(status: int, code: str | None = None, **headers: str) -> httpx.Response:
    body = None if code is None else {"error": {"code": code, "message": "words of somebody"}}
    return httpx.Response(status, json=body, headers=headers)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "BadArgument", BadRequestError),
        (400, "Bad format of conversation ID", BadRequestError),
        (401, "BotNotRegistered", CredentialError),
        (403, "BotDisabledByAdmin", PlanError),
        (403, "NotEnoughPermissions", PlanError),
        (403, "InvalidBotApiHost", PlanError),
        (403, None, PlanError),
        (403, "BotNotInConversationRoster", UnreachableError),
        (403, "ConversationBlockedByUser", UnreachableError),
        (403, "MessageWritesBlocked", UnreachableError),
        (404, "ConversationNotFound", NotFoundError),
        (404, "ActivityNotFoundInConversation", MessageGoneError),
        (408, None, AmbiguousError),
        (412, "PreconditionFailed", TemporaryError),
        (413, "MessageSizeTooBig", BadRequestError),
        (429, "Throttled", RateLimitedError),
        (500, "ServiceError", AmbiguousError),
        (501, "DeleteActivityAPINotImplemented", BadRequestError),
        (502, None, AmbiguousError),
        (503, None, AmbiguousError),
        (504, None, AmbiguousError),
    ],
)
async def test_a_refusal_says_whether_something_was_posted(
    status: int, code: str | None, kind: type[OutsideError]
) -> None:
    error = await error_for(refusal(status, code))

    assert type(error) is kind
    assert error.code == (code if code and code.isalnum() else str(status))
    assert "words of somebody" not in str(error)


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (httpx.ConnectError("refused"), TemporaryError),
        (httpx.ConnectTimeout("no connection"), TemporaryError),
        (httpx.ReadTimeout("no answer"), AmbiguousError),
        (httpx.RemoteProtocolError("dropped"), AmbiguousError),
        (httpx.Response(200, text="<html>sign in</html>"), AmbiguousError),
    ],
)
async def test_after_a_failure_of_the_network_nothing_was_posted_only_where_nothing_was_sent(
    failure: httpx.Response | Exception, kind: type[OutsideError]
) -> None:
    assert type(await error_for(failure)) is kind


@pytest.mark.parametrize(
    ("header", "seconds"), [({"Retry-After": "7"}, 7.0), ({"Retry-After": "9999"}, 300.0), ({}, None)]
)
async def test_teams_says_how_long_to_wait(header: dict[str, str], seconds: float | None) -> None:
    error = await error_for(refusal(429, "Throttled", **header))

    assert isinstance(error, RateLimitedError)
    assert error.retry_after == seconds


@pytest.mark.parametrize("body", ["words", [], {"error": "words"}, {"error": {"code": 5}}, {"error": {"code": "a b"}}])
async def test_a_refusal_of_another_form_is_read_by_its_status(body: Any) -> None:
    error = await error_for(httpx.Response(403, json=body))

    assert (type(error), error.code) == (PlanError, "403")


@pytest.mark.parametrize(
    ("status", "error", "described", "kind", "code"),
    [
        (401, "invalid_client", "AADSTS7000215: a secret of theirs", CredentialError, "AADSTS7000215"),
        (400, "unauthorized_client", "AADSTS700016: x", CredentialError, "AADSTS700016"),
        (400, "invalid_request", "", CredentialError, "400"),
        (400, "temporarily_unavailable", "AADSTS90033: x", TemporaryError, "AADSTS90033"),
        (503, "", "", TemporaryError, "503"),
    ],
)
async def test_the_login_says_what_is_wrong_with_the_registration(
    status: int, error: str, described: str, kind: type[OutsideError], code: str
) -> None:
    body = {"error": error, "error_description": described}

    found = await error_for(httpx.Response(status, json=body), LOGIN_REFUSALS)

    assert (type(found), found.code) == (kind, code)
    assert "secret" not in str(found)
