"""The local Teams issues tokens to the bot, and signs its own requests with keys that can be looked up."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import jwt
import pytest

from sandbox.teams import LocalTeams
from sandbox.teams.keyring import ISSUER
from tests.deadlines import HUNG
from tests.sandbox.teams.conftest import CHANNEL, MIA, Bot, Client, text


async def verified(token: str, teams: LocalTeams, http: aiohttp.ClientSession) -> dict[str, Any]:
    """Verifies a token as a bot does, with the keys that the configuration leads to."""
    configuration = await (await http.get(teams.environment()["TEAMS_OPENID_URL"])).json()
    listed = await (await http.get(configuration["jwks_uri"])).json()
    keys = jwt.PyJWKSet.from_dict(listed)
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(
        token, key, algorithms=["RS256"], audience=teams.bot.app_id, issuer=configuration["issuer"]
    )
    return claims


async def test_an_activity_comes_with_a_token_that_vouches_for_its_service_url(
    teams: LocalTeams, bot: Bot, http: aiohttp.ClientSession
) -> None:
    await teams.dm(MIA, "Hello")

    scheme, _, token = bot.heard[0].headers["Authorization"].partition(" ")
    claims = await verified(token, teams, http)

    assert scheme == "Bearer"
    assert claims["serviceurl"] == bot.last["serviceUrl"] == teams.service_url
    assert claims["iss"] == ISSUER


async def test_keys_are_endorsed_for_teams(teams: LocalTeams, http: aiohttp.ClientSession) -> None:
    listed = await (await http.get(f"{teams.base_url}/v1/.well-known/keys")).json()

    (key,) = listed["keys"]
    assert "msteams" in key["endorsements"]
    assert (key["kty"], key["use"], set(key) & {"n", "e", "kid", "d", "p"}) == ("RSA", "sig", {"n", "e", "kid"})


async def test_a_rotated_key_signs_at_once_and_the_former_one_may_go(
    teams: LocalTeams, http: aiohttp.ClientSession
) -> None:
    before = teams.keys.token(teams.service_url)

    teams.keys.rotate()
    assert await verified(before, teams, http)
    assert await verified(teams.keys.token(teams.service_url), teams, http)

    teams.keys.rotate(retire=True)
    with pytest.raises(KeyError):
        await verified(before, teams, http)


async def test_a_new_key_may_not_be_listed_yet(teams: LocalTeams, http: aiohttp.ClientSession) -> None:
    teams.keys.rotate(published=False)

    with pytest.raises(KeyError):
        await verified(teams.keys.token(teams.service_url), teams, http)


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"forged": True}, jwt.InvalidSignatureError),
        ({"claims": {"aud": "somebody-else"}}, jwt.InvalidAudienceError),
        ({"claims": {"iss": "https://else.example"}}, jwt.InvalidIssuerError),
        ({"claims": {"exp": 1}}, jwt.ExpiredSignatureError),
        ({"algorithm": "none"}, jwt.InvalidAlgorithmError),
        ({"algorithm": "HS256"}, jwt.InvalidAlgorithmError),
    ],
)
async def test_bad_tokens_can_be_had(
    teams: LocalTeams, http: aiohttp.ClientSession, bad: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await verified(teams.keys.token(teams.service_url, **bad), teams, http)


@pytest.mark.parametrize("operation", ["openid", "keys"])
async def test_the_keys_can_be_out_of_reach_or_slow(
    teams: LocalTeams, http: aiohttp.ClientSession, operation: str
) -> None:
    token = teams.keys.token(teams.service_url)
    down = teams.faults.dropped(operation, times=None)  # aiohttp tries to read once more by itself
    with pytest.raises(aiohttp.ClientConnectionError):
        await verified(token, teams, http)
    teams.faults.clear(down)
    teams.calls.clear()

    teams.faults.delayed(operation, seconds=HUNG, after_effect=True)
    slow = asyncio.create_task(verified(token, teams, http))
    await teams.wait_for(lambda: teams.calls_of(operation))
    assert not slow.done()
    slow.cancel()


async def test_a_token_opens_the_connector_until_it_expires(teams: LocalTeams, client: Client) -> None:
    teams.tokens.lifetime = 100
    answer = await client.token()
    token = answer.body["access_token"]
    assert (answer.status, answer.body["token_type"], answer.body["expires_in"]) == (200, "Bearer", 100)
    path = f"conversations/{CHANNEL}/activities"
    assert (await client.call("POST", path, text("Hello"), token=token)).status == 201

    teams.tokens.lifetime = 0
    expired = (await client.token()).body["access_token"]

    refused = await client.call("POST", path, text("Hello"), token=expired)
    assert (refused.status, refused.code) == (401, "TokenExpired")


async def test_a_revoked_or_foreign_token_opens_nothing(teams: LocalTeams, client: Client) -> None:
    path = f"conversations/{CHANNEL}/activities"
    token = (await client.token()).body["access_token"]
    graph = (await client.token("https://graph.microsoft.com/.default")).body["access_token"]
    assert (await client.call("POST", path, text("Hello"), token=graph)).status == 401

    teams.tokens.revoke()

    assert (await client.call("POST", path, text("Hello"), token=token)).status == 401
    assert teams.messages(CHANNEL) == []


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"scope": "https://else.example/.default"}, 400, "invalid_scope", 70011),
        ({"tenant": "00000000-dead-4000-8000-000000000000"}, 400, "invalid_request", 90002),
        ({"client_id": "00000000-dead-4000-8000-000000000000"}, 400, "unauthorized_client", 700016),
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
    ],
)
async def test_the_login_refuses_with_microsofts_words(
    client: Client, changes: dict[str, str], status: int, error: str, number: int
) -> None:
    answer = await client.token(**changes)

    assert (answer.status, answer.body["error"], answer.body["error_codes"]) == (status, error, [number])
    assert answer.body["error_description"].startswith(f"AADSTS{number}: ")


async def test_a_registration_for_several_tenants_logs_in_at_its_own(client: Client) -> None:
    assert (await client.token(tenant="botframework.com")).status == 200
