"""The desk and the local Teams understand each other: settings, tokens both ways, and everything that people do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.errors import ForgedError, PermanentError, TemporaryError
from bot.teams.inbound import Inbound
from bot.teams.service_hosts import ServiceHosts
from bot.teams.tokens import AccessTokens, AppCredentials, SigningKeys, TokenVerifier
from sandbox.slack import LocalSlack
from sandbox.teams import LocalTeams
from sandbox.uppzy import LocalUppzy
from sandbox.world import NO_SLACK, local_settings, populate_teams, teams_environment
from tests.sandbox.teams.conftest import CHANNEL, MIA, Client, text
from tests.sandbox.teams.people_act import people_act


@pytest.fixture
async def verifier(teams: LocalTeams) -> AsyncIterator[TokenVerifier]:
    keys = SigningKeys(teams.environment()["TEAMS_OPENID_URL"])
    yield TokenVerifier(keys, app_id=teams.bot.app_id, hosts=ServiceHosts(frozenset({"127.0.0.1"})))
    await keys.aclose()


async def test_the_settings_of_a_local_world_are_right(teams: LocalTeams, tmp_path: Path) -> None:
    populate_teams(teams)
    async with LocalSlack() as slack, LocalUppzy() as uppzy:
        both = local_settings(slack, uppzy, tmp_path / "desk.db", teams_environment(teams))
        alone = local_settings(slack, uppzy, tmp_path / "desk.db", {**teams_environment(teams), **NO_SLACK})

    assert (both.slack is None, both.teams is None) == (False, False)
    assert (alone.slack is None, alone.teams is None) == (True, False)


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
