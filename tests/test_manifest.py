"""The manifest and its variants: valid for Slack, with every scope and event that the bot needs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft7Validator

from bot.errors import SettingsError
from bot.manifest import Manifest, read_manifest, required_scopes, to_yaml, variant
from bot.slack.ids import SHOW_IDS

SCHEMA = json.loads(
    (Path(__file__).parent / "data" / "slack-app-manifest.schema.2.0.0.json").read_text(encoding="utf-8")
)

# Slack's schema accepts any string here, so a misspelt event would silently never be sent.
# https://docs.slack.dev/reference/events and https://docs.slack.dev/reference/scopes
SCOPE_OF_EVENT = {
    "agent_session_stopped": "assistant:write",
    "agent_session_title_changed": "assistant:write",
    "app_home_opened": None,
    "app_mention": "app_mentions:read",
    "app_uninstalled": None,
    "file_deleted": "files:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
    "tokens_revoked": None,
    "reaction_added": "reactions:read",
    "user_change": "users:read",
}
SCOPES = {
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:write",
    "users:read",
    "users:read.email",
}
OPTIONAL_SCOPES = {
    "files:read",
    "files:write",
    "im:read",
    "mpim:history",
    "reactions:read",
    "reactions:write",
    "usergroups:read",
}

VARIANTS = {
    "agent": variant(read_manifest()),
    "classic": variant(read_manifest(), classic=True),
    "http": variant(read_manifest(), url="https://desk.example.com"),
    "classic over http": variant(read_manifest(), classic=True, url="https://desk.example.com"),
}

every_variant = pytest.mark.parametrize("manifest", VARIANTS.values(), ids=VARIANTS.keys())


def events(manifest: Manifest) -> list[str]:
    names: list[str] = manifest["settings"]["event_subscriptions"]["bot_events"]
    return names


@every_variant
def test_slack_accepts_it(manifest: Manifest) -> None:
    faults = [error.message for error in Draft7Validator(SCHEMA).iter_errors(manifest)]

    assert faults == []


@every_variant
def test_employees_can_write_to_the_bot(manifest: Manifest) -> None:
    home = manifest["features"]["app_home"]

    assert home["messages_tab_enabled"] is True
    assert home["messages_tab_read_only_enabled"] is False


@every_variant
def test_people_can_open_the_home_and_use_the_shortcut(manifest: Manifest) -> None:
    (shortcut,) = manifest["features"]["shortcuts"]

    assert manifest["features"]["app_home"]["home_tab_enabled"] is True
    assert (shortcut["type"], shortcut["callback_id"]) == ("message", SHOW_IDS)


@every_variant
def test_buttons_reach_the_desk(manifest: Manifest) -> None:
    assert manifest["settings"]["interactivity"]["is_enabled"] is True


@every_variant
def test_every_event_is_known_and_may_be_received(manifest: Manifest) -> None:
    needed = {SCOPE_OF_EVENT[event] for event in events(manifest)} - {None}

    assert needed - OPTIONAL_SCOPES <= required_scopes(manifest)
    assert needed & OPTIONAL_SCOPES == {"files:read", "mpim:history", "reactions:read"}


@every_variant
def test_it_survives_being_written_and_read(manifest: Manifest) -> None:
    assert yaml.safe_load(to_yaml(manifest)) == manifest


def test_the_agent_variant_asks_for_exactly_what_the_desk_needs() -> None:
    scopes = VARIANTS["agent"]["oauth_config"]["scopes"]

    assert required_scopes(VARIANTS["agent"]) == SCOPES
    assert set(scopes["bot_optional"]) == OPTIONAL_SCOPES
    assert set(events(VARIANTS["agent"])) == SCOPE_OF_EVENT.keys()


def test_the_bot_bears_its_name() -> None:
    manifest = read_manifest()

    assert manifest["display_information"]["name"] == "Uppzy Desk"
    assert manifest["features"]["bot_user"]["display_name"] == "Uppzy Desk"


def test_the_classic_variant_is_an_ordinary_bot() -> None:
    manifest = VARIANTS["classic"]

    assert "agent_view" not in manifest["features"]
    assert required_scopes(manifest) == SCOPES - {"assistant:write"}
    assert not [event for event in events(manifest) if event.startswith("agent_session_")]
    assert "message.im" in events(manifest)


def test_socket_mode_needs_no_address() -> None:
    settings = VARIANTS["agent"]["settings"]

    assert settings["socket_mode_enabled"] is True
    assert "request_url" not in settings["event_subscriptions"]
    assert "request_url" not in settings["interactivity"]


@pytest.mark.parametrize(
    "url",
    ["https://desk.example.com", "https://desk.example.com/", "https://desk.example.com/slack/events"],
)
def test_the_http_variant_sends_events_and_clicks_to_one_address(url: str) -> None:
    settings = variant(read_manifest(), url=url)["settings"]

    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == "https://desk.example.com/slack/events"
    assert settings["interactivity"]["request_url"] == "https://desk.example.com/slack/events"


@pytest.mark.parametrize(
    "url",
    ["", "desk.example.com", "http://desk.example.com", "https://", "https://h:port", "https://[x", "https://h/?a=1"],
)
def test_an_address_slack_cannot_call_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match=r"must look like https://desk\.example\.com"):
        variant(read_manifest(), url=url)


def test_a_variant_leaves_the_original_alone() -> None:
    manifest = read_manifest()

    variant(manifest, classic=True, url="https://desk.example.com")

    assert manifest == read_manifest()
