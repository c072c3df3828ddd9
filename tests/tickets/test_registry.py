"""The choice of the ticket system, and the messages for wrong variables."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import SettingsError
from bot.settings import Settings, read_settings
from bot.tickets.registry import SYSTEMS
from bot.tickets.rt import RtSettings

ENOUGH = {
    "SLACK_BOT_TOKEN": "xoxb-bot-secret",
    "SLACK_APP_TOKEN": "xapp-app-secret",
    "HANDOFF_CHANNEL": "C0123456789",
    "UPPZY_API_KEY": "key-secret",
    "UPPZY_TENANT_ID": "tenant",
    "UPPZY_SITE_ID": "site",
    "POLICY_FILE": __file__,
}
RT = {"TICKETS": "RT", "RT_URL": "https://rt.example.com/", "RT_TOKEN": "1-2-rt-secret", "RT_QUEUE": "Support"}


def read(**changed: str) -> Settings:
    return read_settings({**ENOUGH, **changed}, None)


def problems(**changed: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read(**changed)
    return caught.value.problems


def test_local_needs_nothing() -> None:
    assert read().ticket_system is None


def test_the_variables_of_the_named_system_are_read() -> None:
    settings = read(**RT, RT_FIELDS="handoff_id = Desk Handoff, chat_url=Thread", RT_STATUSES="pending=waiting")

    system = settings.ticket_system
    assert isinstance(system, RtSettings)
    assert (settings.tickets, system.rt_url, system.rt_queue) == ("rt", "https://rt.example.com", "Support")
    assert system.rt_fields == {"handoff_id": "Desk Handoff", "chat_url": "Thread"}
    assert system.rt_statuses == {"pending": "waiting"}
    assert "secret" not in f"{settings!r}{settings}".replace("_secret", "")


@pytest.mark.parametrize("system", SYSTEMS)
def test_everything_that_a_system_lacks_is_named_at_once(system: str) -> None:
    required = {name.upper() for name, field in SYSTEMS[system].variables.model_fields.items() if field.is_required()}

    assert {problem.split()[0] for problem in problems(TICKETS=system)} == required
    assert all(" is not set: it is " in problem for problem in problems(TICKETS=system))


def test_the_secrets_of_a_ticket_system_are_kept_out_of_the_log() -> None:
    secrets = read(**RT, RT_WEBHOOK_SECRET="hook-secret").secrets

    assert {"xoxb-bot-secret", "xapp-app-secret", "key-secret", "1-2-rt-secret", "hook-secret"} == set(secrets)


def test_problems_of_all_kinds_come_together() -> None:
    found = problems(**{**RT, "RT_URL": "rt", "PORT": "99999", "RT_FIELDS": "colour=Red"})

    assert [problem.split()[0] for problem in found] == ["PORT", "RT_URL", "RT_FIELDS"]
    assert "uppzy_request_id" in found[-1]


def test_variables_of_other_systems_are_not_looked_at() -> None:
    assert read(RT_URL="nonsense") == read()


def test_a_misspelt_variable_of_a_ticket_system_is_reported(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("RT_QUEUES=Support\n", encoding="utf-8")

    with pytest.raises(SettingsError) as caught:
        read_settings(ENOUGH, file)

    assert caught.value.problems == ("RT_QUEUES is not a setting: did you mean RT_QUEUE?",)
