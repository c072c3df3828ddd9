"""The operator's settings become one frozen value, or one list of all problems."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bot.errors import SettingsError
from bot.settings import TICKET_VARIABLES, VARIABLES, Settings, read_settings

ROOT = Path(__file__).resolve().parent.parent

ENOUGH = {
    "SLACK_BOT_TOKEN": "xoxb-bot-secret",
    "SLACK_APP_TOKEN": "xapp-app-secret",
    "HANDOFF_CHANNEL": "C0123456789",
    "UPPZY_API_KEY": "key-secret",
    "UPPZY_TENANT_ID": "tenant",
    "UPPZY_SITE_ID": "site",
    # Any existing file: other tests read the shipped policy.
    "POLICY_FILE": __file__,
}

TEAMS = {
    "TEAMS_APP_ID": "00000000-BBBB-4000-8000-000000000002",
    "TEAMS_APP_PASSWORD": "client-secret",
    "TEAMS_TENANT_ID": "00000000-cccc-4000-8000-000000000003",
    "TEAMS_HANDOFF_CHANNEL": "19:0123abcd@thread.tacv2",
}
WITHOUT_SLACK = {"SLACK_BOT_TOKEN": "", "SLACK_APP_TOKEN": "", "HANDOFF_CHANNEL": ""}

FREE_TEXT = {"UPPZY_API_KEY", "UPPZY_TENANT_ID", "UPPZY_SITE_ID", "UPPZY_LANGUAGE", "HOST"}


def read(env_file: Path | None = None, /, **changed: str) -> Settings:
    return read_settings({**ENOUGH, **changed}, env_file)


def problems(env_file: Path | None = None, /, **changed: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read(env_file, **changed)
    return caught.value.problems


def complaints(values: dict[str, str]) -> tuple[str, ...]:
    try:
        read_settings(values, None)
    except SettingsError as error:
        return error.problems
    return ()


def problem(env_file: Path | None = None, /, **changed: str) -> str:
    (only,) = problems(env_file, **changed)
    return only


def written(folder: Path, text: str) -> Path:
    file = folder / ".env"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_required_variables_are_enough() -> None:
    settings = read()

    assert settings.slack is not None
    assert settings.slack.bot_token == "xoxb-bot-secret"
    assert settings.slack.api_url == "https://slack.com/api/"
    assert settings.teams is None
    assert settings.uppzy_base_url == "https://api.uppzy.com/api/v1"
    assert settings.database_url == "sqlite:///desk.db"
    assert settings.uppzy_language is None
    assert not settings.uppzy_send_email
    assert (settings.host, settings.port, settings.retention_days) == ("127.0.0.1", 3000, 90)
    assert (settings.tickets, settings.log_level, settings.log_format) == ("local", "info", "console")


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({}, None)

    chat, *others = caught.value.problems
    assert chat.startswith("SLACK_BOT_TOKEN or TEAMS_APP_ID must be set. For Slack: ")
    assert {problem.split()[0] for problem in others} == {"UPPZY_API_KEY", "UPPZY_TENANT_ID", "UPPZY_SITE_ID"}
    assert all("is not set: " in problem for problem in others)


@pytest.mark.parametrize("given", [*WITHOUT_SLACK, "SLACK_SIGNING_SECRET"])
def test_with_a_part_of_slack_the_rest_is_asked_for(given: str) -> None:
    value = {"SLACK_SIGNING_SECRET": "s3cret", **ENOUGH}[given]

    named = {problem.split()[0] for problem in problems(**{**WITHOUT_SLACK, given: value})}

    assert named - {"SLACK_APP_TOKEN"} == {"SLACK_BOT_TOKEN", "HANDOFF_CHANNEL"} - {given}


@pytest.mark.parametrize("given", TEAMS)
def test_with_a_part_of_teams_the_rest_is_asked_for(given: str) -> None:
    found = problems(**WITHOUT_SLACK, **{given: TEAMS[given]})

    assert {problem.split()[0] for problem in found} == TEAMS.keys() - {given}
    assert all("is not set: it is " in problem for problem in found)


def test_teams_needs_nothing_of_slack() -> None:
    settings = read(**WITHOUT_SLACK, **TEAMS)

    assert settings.slack is None
    assert settings.teams is not None
    assert settings.teams.app_id == "00000000-bbbb-4000-8000-000000000002"
    assert settings.teams.password == "client-secret"
    assert settings.teams.service_url == "https://smba.trafficmanager.net/teams/"
    assert settings.mode == "http"


def test_both_chats_are_used_if_both_are_set() -> None:
    settings = read(**TEAMS, REVIEW_CHANNEL=TEAMS["TEAMS_HANDOFF_CHANNEL"])

    assert settings.slack is not None
    assert settings.teams is not None
    assert settings.slack.handoff_channel == ENOUGH["HANDOFF_CHANNEL"]
    assert settings.teams.handoff_channel == TEAMS["TEAMS_HANDOFF_CHANNEL"]


@pytest.mark.parametrize(
    "copied",
    [
        "https://teams.microsoft.com/l/channel/19%3A0123abcd%40thread.tacv2/Handoffs?groupId=g&tenantId=t",
        "https://teams.cloud.microsoft/l/channel/19:0123abcd@thread.tacv2/Handoffs",
        "19%3A0123abcd%40thread.tacv2",
    ],
)
def test_a_channel_of_teams_may_be_given_by_its_link(copied: str) -> None:
    settings = read(**{**TEAMS, "TEAMS_HANDOFF_CHANNEL": copied}, REVIEW_CHANNEL=copied)

    assert settings.teams is not None
    assert settings.teams.handoff_channel == settings.review_channel == TEAMS["TEAMS_HANDOFF_CHANNEL"]


def test_hosts_are_listed_with_commas() -> None:
    hosts = {"TEAMS_SERVICE_HOSTS": " Teams.Example.com, 127.0.0.1 ,", "TEAMS_SERVICE_URL": "http://127.0.0.1:9000/x"}

    teams = read(**TEAMS, **hosts).teams

    assert teams is not None
    assert teams.service_hosts == {"teams.example.com", "127.0.0.1"}
    assert teams.service_url == "http://127.0.0.1:9000/x/"


def test_wrong_and_missing_values_are_reported_together() -> None:
    found = problems(SLACK_BOT_TOKEN="", PORT="99999", HANDOFF_CHANNEL="#help")

    assert [problem.split()[0] for problem in found] == ["SLACK_BOT_TOKEN", "HANDOFF_CHANNEL", "PORT"]


def test_the_app_token_alone_decides_the_mode() -> None:
    assert read().mode == "socket"
    assert read(SLACK_SIGNING_SECRET="s3cret").mode == "socket"
    assert read(SLACK_APP_TOKEN="", SLACK_SIGNING_SECRET="s3cret").mode == "http"


def test_what_bolt_reads_from_the_environment_changes_nothing() -> None:
    assert read(SLACK_CLIENT_ID="1.2", SLACK_CLIENT_SECRET="x") == read()


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("SLACK_BOT_TOKEN", "xapp-swapped", "SLACK_APP_TOKEN"),
        ("SLACK_BOT_TOKEN", "xoxp-user", "user token"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-1", "token rotation"),
        ("SLACK_BOT_TOKEN", "hello", "must start with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-swapped", "SLACK_BOT_TOKEN"),
        ("SLACK_SIGNING_SECRET", "xapp-wrong-field", "SLACK_APP_TOKEN"),
        ("SLACK_API_URL", "slack.com/api", "web address"),
        ("SLACK_API_URL", "http://[broken", "web address"),
        ("HANDOFF_CHANNEL", "#helpdesk", "channel id"),
        ("HANDOFF_CHANNEL", "D0123456789", "channel id"),
        ("HANDOFF_CHANNEL", "19:0123abcd@thread.tacv2", "belongs into TEAMS_HANDOFF_CHANNEL"),
        ("REVIEW_CHANNEL", "#review", "(Teams)"),
        ("TEAMS_APP_ID", "Help Desk", "an id such as 00000000-"),
        ("TEAMS_APP_PASSWORD", "00000000-bbbb-4000-8000-000000000002", "holds its id"),
        ("TEAMS_APP_PASSWORD", "xoxb-swapped", "holds the bot token"),
        ("TEAMS_TENANT_ID", "example.com", "an id such as 00000000-"),
        ("TEAMS_HANDOFF_CHANNEL", "General", "channel id"),
        ("TEAMS_HANDOFF_CHANNEL", "C0123456789", "belongs into HANDOFF_CHANNEL"),
        ("TEAMS_HANDOFF_CHANNEL", "19:0123abcd@thread.v2", "channel id"),
        ("TEAMS_LOGIN_URL", "login.example", "web address"),
        ("TEAMS_OPENID_URL", "login.example", "web address"),
        ("TEAMS_SERVICE_HOSTS", "https://teams.example", "without https://"),
        ("TEAMS_SERVICE_HOSTS", "teams.example:443", "without ports"),
        ("TEAMS_SERVICE_URL", "https://teams.example/", "TEAMS_SERVICE_HOSTS"),
        ("TEAMS_SERVICE_URL", "http://smba.trafficmanager.net/teams/", "TEAMS_SERVICE_HOSTS"),
        ("TEAMS_GRAPH_URL", "graph.example", "web address"),
        ("UPPZY_BASE_URL", "https://host:port/api", "web address"),
        ("UPPZY_BASE_URL", "https://host/api?key=1", "web address"),
        ("DATABASE_URL", "desk.db", "sqlite:///desk.db"),
        ("DATABASE_URL", "sqlite://", "names no file"),
        ("DATABASE_URL", "sqlite://desk.db", "write sqlite:///desk.db"),
        ("DATABASE_URL", "mysql://user:hidden@host/db", "sqlite:///desk.db"),
        ("DATABASE_URL", "postgres://user:hidden@host/db", "postgresql://"),
        ("DATABASE_URL", "postgresql+asyncpg://user:hidden@host/db", "picks the driver"),
        ("UPPZY_SEND_EMAIL", "perhaps", "true or false"),
        ("POLICY_FILE", "nowhere.toml", "no such file"),
        ("RETENTION_DAYS", "0", "1 or more"),
        ("RETENTION_DAYS", "a year", "1 or more"),
        ("TICKETS", "paper", "one of local"),
        ("PORT", "-1", "0 to 65535"),
        ("PORT", "65536", "0 to 65535"),
        ("PORT", "web", "0 to 65535"),
        ("LOG_LEVEL", "loud", "one of debug"),
        ("LOG_FORMAT", "xml", "console or json"),
    ],
)
def test_a_wrong_value_is_named_with_its_mend(variable: str, value: str, expected: str) -> None:
    sentence = problem(None, **{**TEAMS, variable: value})

    assert sentence.startswith(f"{variable} ")
    assert sentence.endswith(".")
    assert expected in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize("variable", sorted(set(VARIABLES) - FREE_TEXT))
def test_a_secret_in_the_wrong_place_is_not_repeated(variable: str) -> None:
    assert "leaked" not in problem(None, **{**TEAMS, variable: "xoxp-leaked-secret"})


def test_secrets_are_masked_when_the_settings_are_shown() -> None:
    settings = read(SLACK_SIGNING_SECRET="sign-secret", DATABASE_URL="postgresql://desk:db-secret@host/desk", **TEAMS)

    shown = f"{settings!r}{settings}{settings.slack!r}{settings.teams!r}"
    assert "secret" not in shown.replace("signing_secret", "")
    assert "client-secret" in settings.secrets


def test_settings_cannot_be_changed() -> None:
    settings = read()

    with pytest.raises(ValidationError):
        settings.port = 1


@pytest.mark.parametrize(
    "value", ["https://gateway.example/slack", "https://gateway.example/slack/", " https://gateway.example/slack// "]
)
def test_addresses_come_in_one_shape(value: str) -> None:
    settings = read(SLACK_API_URL=value, UPPZY_BASE_URL=value)

    assert settings.slack_api_url == "https://gateway.example/slack/"
    assert settings.uppzy_base_url == "https://gateway.example/slack"


def test_blanks_and_quotes_around_a_value_are_dropped() -> None:
    settings = read(HANDOFF_CHANNEL=" 'G0123456789' ", UPPZY_API_KEY='"key"', LOG_LEVEL="WARNING")

    assert settings.handoff_channel == "G0123456789"
    assert settings.uppzy_api_key.get_secret_value() == "key"
    assert settings.log_level == "warning"


@pytest.mark.parametrize(
    ("value", "expected"), [("false", False), ("0", False), ("No", False), ("true", True), ("1", True)]
)
def test_a_switch_understands_the_usual_words(value: str, expected: bool) -> None:
    assert read(UPPZY_SEND_EMAIL=value).uppzy_send_email is expected


@pytest.mark.parametrize("value", ["0", "65535"])
def test_a_port_may_be_any_port(value: str) -> None:
    assert read(PORT=value).port == int(value)


def test_a_file_gives_what_the_environment_does_not(tmp_path: Path) -> None:
    file = written(tmp_path, "# a comment\nexport PORT=4000 # behind it\nHOST='0.0.0.0'\n\nUPPZY_LANGUAGE=\"tr\"\n")

    settings = read(file, HOST="127.0.0.2")

    assert (settings.port, settings.uppzy_language) == (4000, "tr")
    assert settings.host == "127.0.0.2"


def test_an_empty_environment_value_takes_the_files_value_away(tmp_path: Path) -> None:
    assert read(written(tmp_path, "UPPZY_LANGUAGE=tr\n"), UPPZY_LANGUAGE="").uppzy_language is None


def test_a_file_that_is_not_there_is_an_empty_one(tmp_path: Path) -> None:
    assert read(tmp_path / ".env") == read()


def test_a_dollar_sign_in_the_file_is_a_dollar_sign(tmp_path: Path) -> None:
    file = written(tmp_path, "UPPZY_LANGUAGE=${HOME}$x\n")

    assert read(file).uppzy_language == "${HOME}$x"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("UPZZY_API_KEY=x", "UPZZY_API_KEY is not a setting: did you mean UPPZY_API_KEY?"),
        ("slack_bot_token=x", "slack_bot_token is not a setting: did you mean SLACK_BOT_TOKEN?"),
        ("RETENTION_DAY=3", "RETENTION_DAY is not a setting: did you mean RETENTION_DAYS?"),
        ("UPPZY_COLOUR=x", "UPPZY_COLOUR is not a setting: remove it, or compare its name with .env.example."),
    ],
)
def test_a_misspelt_name_in_the_file_is_reported(tmp_path: Path, line: str, sentence: str) -> None:
    assert problem(written(tmp_path, line)) == sentence


def test_foreign_names_are_left_alone(tmp_path: Path) -> None:
    file = written(tmp_path, "SLACK_CLIENT_ID=1\nSLACK_CLIENT_SECRET=2\nRT_URL=x\nHOSTNAME=y\nPATH=z\n")

    assert read(file, UPPZY_COLOUR="x", UPZZY_API_KEY="y") == read()


def test_a_broken_line_in_the_file_is_named_by_its_number(tmp_path: Path) -> None:
    file = written(tmp_path, "PORT=4000\nHOST='127.0.0.1\n")

    assert problem(file) == f"Line 2 of {file} cannot be read: write NAME=value, with both quotes or none."


def test_a_file_that_is_no_text_is_a_problem_and_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"\xff\xfe\x00P")

    assert "cannot be read" in problem(file)


@given(st.dictionaries(st.sampled_from(VARIABLES), st.text(max_size=60)))
def test_any_values_end_in_settings_or_in_problems_that_name_a_variable(values: dict[str, str]) -> None:
    assert all(sentence.split()[0] in VARIABLES for sentence in complaints({**ENOUGH, **values}))


def example() -> list[tuple[str, str, bool]]:
    """Returns the variables of `.env.example`: name, value, and True if the line is a comment with the default."""
    lines = re.findall(r"^(# )?([A-Z][A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE)
    return [(name, value, bool(commented)) for commented, name, value in lines]


def test_the_example_file_names_every_setting_in_order() -> None:
    assert tuple(name for name, _, _ in example()) == (*VARIABLES, *TICKET_VARIABLES)


def test_the_example_file_shows_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    shown = {name: value for name, value, commented in example() if commented}

    plain = {name: value for name, value in ENOUGH.items() if name != "POLICY_FILE"}

    assert read_settings({**plain, **shown}, None) == read_settings(plain, None)


def test_the_example_file_leaves_open_only_what_the_operator_must_give() -> None:
    open_lines = {name for name, value, commented in example() if not commented and not value}

    assert open_lines == ENOUGH.keys() - {"POLICY_FILE"}
