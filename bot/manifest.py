"""The Slack app's manifest and its variants.

Format: https://docs.slack.dev/reference/app-manifest
"""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import urlsplit

import yaml

from bot.errors import SettingsError
from bot.resources import shipped_file

EVENTS_PATH = "/slack/events"

Manifest = dict[str, Any]


def read_manifest() -> Manifest:
    """Returns the packaged manifest: agent view, Socket Mode."""
    manifest: Manifest = yaml.safe_load(shipped_file("manifest.yaml").read_text(encoding="utf-8"))
    return manifest


def variant(manifest: Manifest, *, classic: bool = False, url: str | None = None) -> Manifest:
    """Returns a changed copy of `manifest`.

    `classic`: an ordinary bot, which guests can use too. `url`: the public https address of the desk, for HTTP mode.
    Raises SettingsError if it is not one.
    """
    changed = copy.deepcopy(manifest)
    if classic:
        _remove_agent_view(changed)
    if url is not None:
        _set_request_url(changed, _request_url(url))
    return changed


def required_scopes(manifest: Manifest) -> frozenset[str]:
    """Returns the required bot scopes, without the optional ones."""
    return frozenset(manifest["oauth_config"]["scopes"]["bot"])


def to_yaml(manifest: Manifest) -> str:
    """Returns the manifest as YAML, to be pasted into Slack."""
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=120)


def _remove_agent_view(manifest: Manifest) -> None:
    del manifest["features"]["agent_view"]
    manifest["oauth_config"]["scopes"]["bot"].remove("assistant:write")
    subscriptions = manifest["settings"]["event_subscriptions"]
    subscriptions["bot_events"] = [
        event for event in subscriptions["bot_events"] if not event.startswith("agent_session_")
    ]


def _set_request_url(manifest: Manifest, request_url: str) -> None:
    settings = manifest["settings"]
    settings["event_subscriptions"]["request_url"] = request_url
    settings["interactivity"]["request_url"] = request_url
    settings["socket_mode_enabled"] = False


def _request_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        valid = parts.scheme == "https" and bool(parts.hostname) and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        valid = False
    if not valid:
        raise SettingsError([f"The address must look like https://desk.example.com, not {url!r}."])
    return url.rstrip("/").removesuffix(EVENTS_PATH) + EVENTS_PATH
