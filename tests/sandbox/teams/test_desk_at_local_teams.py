"""The desk and the local Teams understand each other: settings, tokens both ways, and everything that people do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.errors import ForgedError, PermanentError, TemporaryError
from bot.settings import read_settings
from bot.teams.inbound import Inbound
from bot.teams.service_hosts import ServiceHosts
from bot.teams.tokens import AccessTokens, AppCredentials, SigningKeys, TokenVerifier
from sandbox.teams import LocalTeams
from tests.sandbox.teams.conftest import CHANNEL, MIA, Client, text
from tests.sandbox.teams.people_act import people_act

UPPZY = {
    "UPPZY_BASE_URL": "http://127.0.0.1:1",
    "UPPZY_API_KEY": "key",
    "UPPZY_TENANT_ID": "tenant",
    "UPPZY_SITE_ID": "site",
}


@pytest.fixture
async def verifier(teams: LocalTeams) -> AsyncIterator[TokenVerifier]:
    keys = SigningKeys(teams.environment()["TEAMS_OPENID_URL"])
    yield TokenVerifier(keys, app_id=teams.bot.app_id, hosts=ServiceHosts(frozenset({"127.0.0.1"})))
    await keys.aclose()


def test_the_settings_of_the_local_teams_are_right(teams: LocalTeams) -> None:
    settings = read_settings({**UPPZY, **teams.environment(), "TEAMS_HANDOFF_CHANNEL": CHANNEL}, None)

    assert settings.slack is None
    assert settings.teams is not None


async def test_the_desk_understands_everything_but_a_suggestion_of_another_kind(
    teams: LocalTeams, client: Client
) -> None:
    teams.throttle.is_on = False
    inbound = Inbound(bot_id=teams.bot.app_id, channels=frozenset({CHANNEL}))

    told = await people_act(teams, client)
    read = {name: inbound.read(activity, 1.0) for name, activity in told.items()}

    assert [name for name, received in read.items() if not received.understood] == ["suggestion"]
    assert [name for name, received in read.items() if received.contact and not received.contact.reachable] == [
        "remove",
        "remove from team",
    ]
    assert {len(read[f"thumb {shape}"].entries) for shape in ("json_string", "plain", "object")} == {2}
    assert {len(read[f"thumb {shape}"].entries) for shape in ("empty", "absent", "without message")} == {1}


async def test_the_desk_trusts_the_tokens_of_the_local_teams(teams: LocalTeams, verifier: TokenVerifier) -> None:
    activity = (await teams.dm(MIA, "Hello")).activity

    await verifier.verify(teams.authorization(activity), activity)
    teams.keys.rotate()
    await verifier.verify(teams.authorization(activity), activity)

    assert len(teams.calls_of("keys")) == 2


@pytest.mark.parametrize(
    "bad",
    [
        {"forged": True},
        {"claims": {"aud": "somebody-else"}},
        {"claims": {"iss": "https://else.example"}},
        {"claims": {"exp": 1}},
        {"claims": {"serviceurl": "https://else.example/"}},
        {"claims": {"serviceurl": None}},
        {"headers": {"kid": "unknown"}},
        {"algorithm": "none"},
        {"algorithm": "HS256"},
    ],
)
async def test_the_desk_trusts_no_other_token(teams: LocalTeams, verifier: TokenVerifier, bad: dict[str, Any]) -> None:
    activity = (await teams.dm(MIA, "Hello")).activity

    with pytest.raises(ForgedError):
        await verifier.verify(f"Bearer {teams.keys.token(teams.service_url, **bad)}", activity)


async def test_a_key_without_the_endorsement_of_teams_is_not_enough(teams: LocalTeams, verifier: TokenVerifier) -> None:
    activity = (await teams.dm(MIA, "Hello")).activity
    teams.keys.current.endorsements = ("webchat",)

    with pytest.raises(ForgedError):
        await verifier.verify(teams.authorization(activity), activity)


async def test_keys_out_of_reach_are_no_verdict(teams: LocalTeams, verifier: TokenVerifier) -> None:
    activity = (await teams.dm(MIA, "Hello")).activity
    teams.faults.http_error("openid", status=503, times=None)

    with pytest.raises(TemporaryError):
        await verifier.verify(teams.authorization(activity), activity)


@pytest.mark.parametrize("password", ["right", "wrong"])
async def test_the_desk_logs_in_with_its_own_password(teams: LocalTeams, client: Client, password: str) -> None:
    credentials = AppCredentials(
        app_id=teams.bot.app_id,
        tenant=teams.bot.tenant_id,
        password=teams.bot.password if password == "right" else password,
    )
    tokens = AccessTokens(credentials, login_url=teams.environment()["TEAMS_LOGIN_URL"])

    if password == "wrong":
        with pytest.raises(PermanentError):
            await tokens.get()
    else:
        path = f"conversations/{CHANNEL}/activities"
        assert (await client.call("POST", path, text("Hello"), token=await tokens.get())).status == 201
    await tokens.aclose()
