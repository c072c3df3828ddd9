"""`uppzy-desk check` tries the Teams app, and names the variable that is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.findings import Finding
from bot.preflight import check
from bot.settings import read_settings
from sandbox.teams import GUEST, ChannelMembership, LocalTeams
from sandbox.uppzy import LocalUppzy
from tests.policies import with_own_channels

ADA = "00000000-a000-4000-8000-000000000002"
GUS = "00000000-a000-4000-8000-000000000004"
EVA = "00000000-a000-4000-8000-000000000005"
PARTNER = "00000000-c000-4000-8000-00000000000b"
TEAM = "19:support@thread.tacv2"
CHANNEL = "19:handoffs@thread.tacv2"
TRUST = "19:trust@thread.tacv2"
ANOTHER = "00000000-dddd-4000-8000-000000000004"


@pytest.fixture
async def teams() -> AsyncIterator[LocalTeams]:
    async with LocalTeams() as teams:
        teams.add_user(ADA, "Ada", "ada@example.com")
        teams.add_user(GUS, "Gus", "gus@partner.example", tenant_id=PARTNER, role=GUEST)
        teams.add_user(EVA, "Eva", "eva@partner.example", tenant_id=PARTNER)
        teams.add_team(TEAM, "Support", [ADA, GUS], group_id="group-1")
        teams.add_channel(CHANNEL, "Handoffs", TEAM)
        teams.add_channel(TRUST, "Trust", TEAM)
        yield teams


class Check:
    """The check of an installation on Teams alone, optionally with changed variables."""

    def __init__(self, teams: LocalTeams, uppzy: LocalUppzy, folder: Path) -> None:
        policy = folder / "policy.toml"
        policy.write_text(with_own_channels(TRUST), encoding="utf-8")
        self._values = {
            **teams.environment(),
            "TEAMS_HANDOFF_CHANNEL": CHANNEL,
            "UPPZY_BASE_URL": uppzy.base_url,
            "UPPZY_API_KEY": uppzy.api_key,
            "UPPZY_TENANT_ID": uppzy.tenant_id,
            "UPPZY_SITE_ID": uppzy.site_id,
            "DATABASE_URL": f"sqlite:///{folder / 'desk.db'}",
            "POLICY_FILE": str(policy),
        }

    async def findings(self, **changed: str) -> dict[str, Finding]:
        """Returns the findings about Teams by their names."""
        settings = read_settings({**self._values, **changed}, None)
        found = {finding.name: finding async for finding in check(settings)}
        return {name: finding for name, finding in found.items() if name.startswith(("Teams", "Channel"))}


@pytest.fixture
async def checked(teams: LocalTeams, tmp_path: Path) -> AsyncIterator[Check]:
    async with LocalUppzy() as uppzy:
        yield Check(teams, uppzy, tmp_path)


async def test_where_all_is_well_only_what_cannot_be_seen_is_a_warning(checked: Check, teams: LocalTeams) -> None:
    findings = await checked.findings()

    assert {name: finding.ok for name, finding in findings.items()} == {
        "Teams login": True,
        "Teams keys": True,
        "Teams address": None,
        f"Channel {CHANNEL} (TEAMS_HANDOFF_CHANNEL)": True,
        f"Channel {TRUST} (rule “matter of trust”)": True,
        "Teams permission": None,
    }
    assert "https://.../teams/messages" in findings["Teams address"].line
    assert "1 member can take over." in findings[f"Channel {CHANNEL} (TEAMS_HANDOFF_CHANNEL)"].line
    assert {call.operation for call in teams.calls} == {"token", "openid", "keys", "paged_members", "team"}


async def test_no_line_has_the_secret(checked: Check, teams: LocalTeams) -> None:
    assert not [one for one in (await checked.findings()).values() if teams.bot.password in one.line]


@pytest.mark.parametrize(
    ("variable", "value"),
    [("TEAMS_APP_PASSWORD", "wrong"), ("TEAMS_APP_ID", ANOTHER), ("TEAMS_TENANT_ID", ANOTHER)],
)
async def test_a_wrong_registration_names_its_variable(checked: Check, variable: str, value: str) -> None:
    findings = await checked.findings(**{variable: value})

    assert findings["Teams login"].ok is False
    assert variable in findings["Teams login"].fix
    assert findings["Teams channels"].ok is None


async def test_an_unreachable_login_and_key_server_name_their_addresses(checked: Check) -> None:
    nowhere = "http://127.0.0.1:9"
    findings = await checked.findings(TEAMS_LOGIN_URL=nowhere, TEAMS_OPENID_URL=nowhere)

    assert "TEAMS_LOGIN_URL" in findings["Teams login"].fix
    assert "TEAMS_OPENID_URL" in findings["Teams keys"].fix
    assert (findings["Teams login"].ok, findings["Teams keys"].ok) == (False, False)


async def test_a_channel_that_nobody_knows_is_named(checked: Check) -> None:
    findings = await checked.findings(TEAMS_HANDOFF_CHANNEL="19:nowhere@thread.tacv2")

    finding = findings["Channel 19:nowhere@thread.tacv2 (TEAMS_HANDOFF_CHANNEL)"]
    assert finding.ok is False
    assert "ConversationNotFound" in finding.message
    assert "TEAMS_HANDOFF_CHANNEL" in finding.fix


async def test_a_team_without_the_app_is_named(checked: Check, teams: LocalTeams) -> None:
    teams.workspace.teams[TEAM].is_installed = False

    finding = (await checked.findings())[f"Channel {CHANNEL} (TEAMS_HANDOFF_CHANNEL)"]

    assert finding.ok is False
    assert finding.fix == "Add the app to the team of the channel."


async def test_a_shared_channel_is_refused(checked: Check, teams: LocalTeams) -> None:
    teams.add_channel(CHANNEL, "Handoffs", TEAM, membership=ChannelMembership.SHARED, outsiders=[EVA])

    finding = (await checked.findings())[f"Channel {CHANNEL} (TEAMS_HANDOFF_CHANNEL)"]

    assert finding.ok is False
    assert "shared with another company" in finding.message


async def test_a_channel_of_guests_alone_is_a_warning(checked: Check, teams: LocalTeams) -> None:
    teams.add_team(TEAM, "Support", [GUS], group_id="group-1")

    finding = (await checked.findings())[f"Channel {CHANNEL} (TEAMS_HANDOFF_CHANNEL)"]

    assert (finding.ok, finding.fix) == (None, "Add the people who are to take over.")


@pytest.mark.parametrize(("given", "ok"), [(True, True), (False, None)])
async def test_the_permission_is_seen_in_the_first_channel_of_a_team(
    checked: Check, teams: LocalTeams, given: bool, ok: bool | None
) -> None:
    teams.workspace.teams[TEAM].reads_all = given

    finding = (await checked.findings(TEAMS_HANDOFF_CHANNEL=TEAM))["Teams permission"]

    assert finding.ok is ok
    assert ("ChannelMessage.Read.Group" in finding.fix) is not given
