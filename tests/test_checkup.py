"""`uppzy-desk check` checks the whole installation, and reports each problem with its fix."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.findings import Finding
from bot.manifest import read_manifest, required_scopes, variant
from bot.preflight import _channel_problems, check
from bot.settings import Settings
from sandbox.slack import DEFAULT_SCOPES, InstalledApp, LocalSlack
from sandbox.uppzy import Endpoint, LocalUppzy, refused_by_plan
from sandbox.world import ADA, HANDOFF_CHANNEL, local_settings, populate
from storage.sqlite.store import SqliteStore
from tests.policies import policy_at_once, with_own_channels
from tests.tickets.standins.rt import StandInRt

TRUST = "C0TRUST"
CLASSIC = required_scopes(variant(read_manifest(), classic=True))


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack() as slack:
        populate(slack)
        slack.add_channel(TRUST, "trust", members=[ADA, slack.bot_user_id])
        yield slack


@pytest.fixture
async def uppzy() -> AsyncIterator[LocalUppzy]:
    async with LocalUppzy() as uppzy:
        yield uppzy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


class Check:
    """The check of one installation, optionally with changed variables."""

    def __init__(self, slack: LocalSlack, uppzy: LocalUppzy, folder: Path) -> None:
        self.slack = slack
        self.uppzy = uppzy
        self.folder = folder

    def settings(self, **changed: str) -> Settings:
        policy = self.folder / "with_own_channels.toml"
        policy.write_text(with_own_channels(TRUST), encoding="utf-8")
        return local_settings(self.slack, self.uppzy, self.folder / "desk.db", {"POLICY_FILE": str(policy), **changed})

    async def findings(self, **changed: str) -> list[Finding]:
        return [finding async for finding in check(self.settings(**changed))]

    async def troubles(self, **changed: str) -> list[Finding]:
        return [finding for finding in await self.findings(**changed) if not finding.ok]

    async def trouble(self, **changed: str) -> Finding:
        (only,) = await self.troubles(**changed)
        return only


@pytest.fixture(autouse=True)
def _with_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.preflight.can_draw", lambda: True)


@pytest.fixture
def checked(slack: LocalSlack, uppzy: LocalUppzy, folder: Path) -> Check:
    return Check(slack, uppzy, folder)


async def test_where_all_is_well_every_line_says_so(checked: Check) -> None:
    findings = await checked.findings()

    assert {finding.ok for finding in findings} == {True}
    assert [finding.name for finding in findings] == [
        "Settings",
        "Policy",
        "Database",
        "Tickets",
        "Slack token",
        "Slack connection",
        "Slack scopes",
        f"Channel {HANDOFF_CHANNEL} (HANDOFF_CHANNEL)",
        f"Channel {TRUST} (rule “matter of trust”)",
        "Uppzy",
    ]
    assert "@helpdesk" in findings[4].line
    assert "#support-handoff" in findings[7].line


async def test_a_confidential_rule_without_a_channel_of_its_own_is_a_warning(checked: Check, folder: Path) -> None:
    policy = folder / "other.toml"
    policy.write_text(policy_at_once().replace("hide_question = true", "", 1), encoding="utf-8")

    shown, hidden = await checked.troubles(POLICY_FILE=str(policy))

    assert (shown.ok, hidden.ok) == (None, None)
    assert shown.line == (
        "Policy: rule “matter of trust” has no channel of its own, so everyone in the handoff channel reads its "
        "questions. Name a channel that few people can read, or write hide_question = true."
    )
    assert hidden.line == (
        "Policy: rule “pay and personal matters” has no channel of its own, so its questions are hidden from the "
        "handoff channel until someone presses “Reveal”. Name a channel that few people can read."
    )


async def test_the_handoff_channel_is_no_rules_own(checked: Check, folder: Path) -> None:
    policy = folder / "other.toml"
    policy.write_text(with_own_channels(HANDOFF_CHANNEL), encoding="utf-8")

    assert [trouble.ok for trouble in await checked.troubles(POLICY_FILE=str(policy))] == [None, None]


async def test_looking_posts_nothing_and_asks_nothing(checked: Check, folder: Path) -> None:
    checked.settings()
    before = names_in(folder)

    await checked.findings()

    assert {call.method for call in checked.slack.calls} == {
        "auth.test",
        "conversations.info",
        "conversations.history",
        "conversations.members",
    }
    assert set(checked.uppzy.calls) == {Endpoint.LIMITS}
    assert names_in(folder) == before


def names_in(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


@pytest.mark.parametrize(("value", "said"), [("true", "with the employee's"), ("false", "without the employee's")])
async def test_it_is_said_whether_uppzy_gets_mail_addresses(checked: Check, value: str, said: str) -> None:
    (line,) = [one for one in await checked.findings(UPPZY_SEND_EMAIL=value) if one.name == "Uppzy"]

    assert f"It goes there {said} e-mail address" in line.message


async def test_no_line_holds_a_secret(checked: Check) -> None:
    settings = checked.settings(SLACK_APP_TOKEN=checked.slack.app_token)
    lines = "\n".join([finding.line async for finding in check(settings)])

    for secret in (
        checked.slack.bot_token,
        checked.slack.app_token,
        checked.slack.signing_secret,
        checked.uppzy.api_key,
    ):
        assert secret not in lines


async def test_the_ticket_system_is_tried_and_what_is_wrong_there_comes_with_its_mend(checked: Check) -> None:
    async with StandInRt() as rt:
        good = {"TICKETS": "rt", **rt.variables()}
        assert await checked.troubles(**good) == []

        wrong = await checked.trouble(**{**good, "RT_TOKEN": "1-2-wrong"})
        assert (wrong.name, wrong.ok) == ("Tickets", False)
        assert "RT answered 401. Make a token" in wrong.line
        assert "1-2-wrong" not in wrong.line
        assert "no custom field Elsewhere" in (await checked.trouble(**{**good, "RT_KEY_FIELD": "Elsewhere"})).line
        assert rt.writes == []


async def test_a_wrong_bot_token_is_named_with_its_mend(checked: Check) -> None:
    token, rest = await checked.troubles(SLACK_BOT_TOKEN="xoxb-wrong")

    assert (token.name, token.ok) == ("Slack token", False)
    assert "invalid_auth" in token.message
    assert "SLACK_BOT_TOKEN" in token.fix
    assert (rest.name, rest.ok) == ("Slack scopes and channels", None)


async def test_a_wrong_app_level_token_is_named_with_its_mend(checked: Check) -> None:
    trouble = await checked.trouble(SLACK_APP_TOKEN="xapp-wrong")

    assert trouble.name == "Slack connection"
    assert "SLACK_APP_TOKEN" in trouble.fix


async def test_a_good_app_level_token_is_said_to_be_good(checked: Check) -> None:
    findings = await checked.findings(SLACK_APP_TOKEN=checked.slack.app_token)

    assert any("Socket Mode; the app-level token is accepted" in finding.message for finding in findings)


@pytest.mark.parametrize(
    ("scopes", "missing", "ok"),
    [
        (DEFAULT_SCOPES - {"chat:write", "users:read"}, "chat:write, users:read missing (agent view)", False),
        (CLASSIC - {"im:history"}, "im:history missing (classic", False),
        (
            CLASSIC,
            "without files:read, files:write, im:read, mpim:history, reactions:read, reactions:write, usergroups:read "
            "some things are left out",
            None,
        ),
    ],
)
async def test_missing_scopes_are_named(
    uppzy: LocalUppzy, folder: Path, scopes: frozenset[str], missing: str, ok: bool | None
) -> None:
    async with LocalSlack(app=InstalledApp(scopes=scopes)) as slack:
        populate(slack)
        slack.add_channel(TRUST, "trust", members=[ADA, slack.bot_user_id])

        trouble = await Check(slack, uppzy, folder).trouble()

    assert (trouble.name, trouble.ok) == ("Slack scopes", ok)
    assert missing in trouble.message
    assert ("--classic" in trouble.fix) is ("classic" in trouble.message or scopes == CLASSIC)


async def test_a_channel_that_nobody_knows_is_named(checked: Check) -> None:
    trouble = await checked.trouble(HANDOFF_CHANNEL="C0NOWHERE")

    assert trouble.ok is False
    assert "channel_not_found" in trouble.message
    assert "invited" in trouble.fix


@pytest.mark.parametrize(
    ("kind", "said", "ok"),
    [
        ({"is_archived": True}, "is archived", False),
        ({"is_ext_shared": True}, "shared with another company", False),
        ({"with_bot": False}, "not a member", False),
        ({"members": []}, "nobody but the bot", None),
    ],
)
async def test_a_channel_that_cannot_serve_says_why(
    checked: Check, kind: dict[str, bool], said: str, ok: bool | None
) -> None:
    checked.slack.add_channel("C0OTHER", "other", **{"members": [ADA], **kind})  # type: ignore[arg-type]

    trouble = await checked.trouble(HANDOFF_CHANNEL="C0OTHER")

    assert trouble.ok is ok
    assert said in trouble.message
    assert trouble.fix


def test_a_channel_whose_sharing_is_not_accepted_yet_counts_as_shared() -> None:
    (flaw,) = _channel_problems({"name": "soon", "is_pending_ext_shared": True, "is_member": True})

    assert "shared with another company" in flaw[0]


async def test_without_the_charts_a_warning_says_how_to_install_them(
    checked: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.preflight.can_draw", lambda: False)

    trouble = await checked.trouble()

    assert (trouble.name, trouble.ok) == ("Charts", None)
    assert "requirements/charts.txt" in trouble.fix


async def test_the_review_channel_is_looked_at_too(checked: Check) -> None:
    checked.slack.add_channel("C0REVIEW", "review", members=[ADA], is_ext_shared=True)

    trouble = await checked.trouble(REVIEW_CHANNEL="C0REVIEW")

    assert trouble.name == "Channel C0REVIEW (REVIEW_CHANNEL)"
    assert "shared with another company" in trouble.message
    assert not await checked.troubles(REVIEW_CHANNEL=HANDOFF_CHANNEL)


async def test_channels_that_rules_name_are_looked_at_too(checked: Check, folder: Path) -> None:
    policy = folder / "policy.toml"
    policy.write_text(
        'version = 1\n[[rule]]\nname = "bad"\ncondition = "verdict"\nrating = "bad"\nchannel = "C0RULES"\n',
        encoding="utf-8",
    )

    trouble = await checked.trouble(POLICY_FILE=str(policy))

    assert trouble.name == "Channel C0RULES (rule “bad”)"


GROUPED = """
version = 1
[[rule]]
name = "finance"
condition = "verdict"
when_from = ["group:S0FINANCE"]
"""


@pytest.mark.parametrize(
    ("members", "scopes", "ok", "said"),
    [
        ((ADA,), DEFAULT_SCOPES, True, "1 member."),
        (None, DEFAULT_SCOPES, None, "there is no such group, so that the rule fires for nobody in it."),
        ((), DEFAULT_SCOPES, None, "nobody is in it"),
        ((ADA,), DEFAULT_SCOPES - {"usergroups:read"}, False, "without the scope usergroups:read"),
    ],
)
async def test_user_groups_that_rules_name_are_looked_at(
    uppzy: LocalUppzy, folder: Path, members: tuple[str, ...] | None, scopes: frozenset[str], ok: bool | None, said: str
) -> None:
    (folder / "groups.toml").write_text(GROUPED, encoding="utf-8")
    async with LocalSlack(app=InstalledApp(scopes=scopes)) as slack:
        populate(slack)
        if members is not None:
            slack.workspace.user_groups["S0FINANCE"] = members
        findings = await Check(slack, uppzy, folder).findings(POLICY_FILE=str(folder / "groups.toml"))

    (found,) = [finding for finding in findings if finding.name == "User group S0FINANCE (rule “finance”)"]
    assert found.ok is ok
    assert said in found.message


async def test_a_policy_that_cannot_be_used_does_not_keep_the_rest_from_being_tried(
    checked: Check, folder: Path
) -> None:
    policy = folder / "policy.toml"
    policy.write_text("version = 1\nsurprise = 2\n", encoding="utf-8")

    findings = await checked.findings(POLICY_FILE=str(policy))

    assert {finding.name for finding in findings if not finding.ok} == {"Policy"}
    assert findings[-1].name == "Uppzy"


async def test_notes_that_the_ticket_system_cannot_take_are_a_trouble(checked: Check, folder: Path) -> None:
    policy = folder / "policy.toml"
    policy.write_text(f'{with_own_channels(TRUST)}\n[note]\nwhen = "without_handoff"\n')

    trouble = await checked.trouble(POLICY_FILE=str(policy))

    assert (trouble.name, trouble.ok) == ("Policy", False)
    assert "TICKETS=local keeps no contacts to write them on" in trouble.message
    assert "webhook" in trouble.message


@pytest.mark.parametrize(
    ("when", "administers", "warns"),
    [("without_handoff", False, True), ("always", False, True), ("always", True, False), ("never", False, False)],
)
async def test_notes_on_people_that_request_tracker_will_not_take_are_a_warning(
    checked: Check, folder: Path, when: str, administers: bool, warns: bool
) -> None:
    policy = folder / "policy.toml"
    policy.write_text(f'{with_own_channels(TRUST)}\n[note]\nwhen = "{when}"\n')
    async with StandInRt() as rt:
        rt.administers_users = administers

        troubles = await checked.troubles(POLICY_FILE=str(policy), TICKETS="rt", **rt.variables())

    assert [(trouble.name, trouble.ok) for trouble in troubles] == ([("Notes", None)] if warns else [])
    assert all("Grant AdminUsers" in trouble.message for trouble in troubles)


async def test_a_wrong_uppzy_key_is_named_with_its_mend(checked: Check) -> None:
    trouble = await checked.trouble(UPPZY_API_KEY="wrong-key")

    assert trouble.name == "Uppzy"
    assert "401" in trouble.message
    assert "UPPZY_API_KEY" in trouble.fix
    assert "wrong-key" not in trouble.line


async def test_a_plan_without_api_access_is_named_with_its_mend(checked: Check) -> None:
    checked.uppzy.fail(Endpoint.LIMITS, refused_by_plan())

    trouble = await checked.trouble()

    assert "403" in trouble.message
    assert "plan" in trouble.fix


async def test_a_wrong_tenant_is_named_with_its_mend(checked: Check) -> None:
    trouble = await checked.trouble(UPPZY_TENANT_ID="somebody-else")

    assert "UPPZY_TENANT_ID" in trouble.fix


async def test_hosts_that_are_not_there_are_named_all_at_once(checked: Check) -> None:
    nowhere = "http://127.0.0.1:9"

    slack, _, uppzy = await checked.troubles(SLACK_API_URL=f"{nowhere}/api/", UPPZY_BASE_URL=nowhere)

    assert (slack.name, uppzy.name) == ("Slack token", "Uppzy")
    assert "SLACK_API_URL" in slack.fix
    assert "UPPZY_BASE_URL" in uppzy.fix


async def test_a_database_in_use_by_a_running_desk_is_fine(checked: Check, folder: Path) -> None:
    async with SqliteStore(folder / "desk.db"):
        findings = await checked.findings()

    assert all(finding.ok for finding in findings)
    assert "in use by a running desk" in findings[2].message


@pytest.mark.parametrize(("version", "ok"), [("9999", False), (None, True)])
async def test_a_database_of_another_version_says_what_happens(
    checked: Check, folder: Path, version: str | None, ok: bool
) -> None:
    await _of_version(folder / "desk.db", version)

    findings = await checked.findings()

    assert findings[2].ok is ok
    assert ("newer" in findings[2].message) is not ok


async def _of_version(path: Path, version: str | None) -> None:
    async with SqliteStore(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM alembic_version")
        connection.executemany("INSERT INTO alembic_version VALUES (?)", [(version,)] if version else [])
    connection.close()


async def test_a_file_that_is_no_database_is_a_trouble(checked: Check, folder: Path) -> None:
    (folder / "desk.db").write_text("no rows in here " * 100, encoding="utf-8")

    trouble = await checked.trouble()

    assert "not a database" in trouble.message


async def test_a_place_where_no_file_can_be_is_a_trouble(checked: Check, folder: Path) -> None:
    (folder / "file").write_text("", encoding="utf-8")

    trouble = await checked.trouble(DATABASE_URL=f"sqlite:///{folder}/file/desk.db")

    assert "cannot be written to" in trouble.message
    assert "DATABASE_URL" in trouble.fix
