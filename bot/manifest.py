"""The Slack app's manifest, and the variants made from the one file.

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
    """The manifest that came with this program: agent view, Socket Mode."""
    manifest: Manifest = yaml.safe_load(shipped_file("manifest.yaml").read_text(encoding="utf-8"))
    return manifest


def variant(manifest: Manifest, *, classic: bool = False, url: str | None = None) -> Manifest:
    """A changed copy of `manifest`.

    `classic` makes an ordinary bot of it, which guests can use too. `url` is the public https address of the desk, to
    which Slack then sends events and clicks instead of opening a socket; raises SettingsError where it is none.
    """
    changed = copy.deepcopy(manifest)
    if classic:
        _leave_agent_view_out(changed)
    if url is not None:
        _send_to(changed, _request_url(url))
    return changed


def required_scopes(manifest: Manifest) -> frozenset[str]:
    """The bot scopes without which the desk does not work; the optional ones are not among them."""
    return frozenset(manifest["oauth_config"]["scopes"]["bot"])


def to_yaml(manifest: Manifest) -> str:
    """The manifest as text to paste into Slack."""
    return yaml.safe_dump(manifest, sort_keys=False, allow_unicode=True, width=120)


def _leave_agent_view_out(manifest: Manifest) -> None:
    del manifest["features"]["agent_view"]
    manifest["oauth_config"]["scopes"]["bot"].remove("assistant:write")
    subscriptions = manifest["settings"]["event_subscriptions"]
    subscriptions["bot_events"] = [
        event for event in subscriptions["bot_events"] if not event.startswith("agent_session_")
    ]


def _send_to(manifest: Manifest, request_url: str) -> None:
    settings = manifest["settings"]
    settings["event_subscriptions"]["request_url"] = request_url
    settings["interactivity"]["request_url"] = request_url
    settings["socket_mode_enabled"] = False


def _request_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        sound = parts.scheme == "https" and bool(parts.hostname) and not (parts.query or parts.fragment)
        _ = parts.port
    except ValueError:
        sound = False
    if not sound:
        raise SettingsError([f"The address must look like https://desk.example.com, not {url!r}."])
    return url.rstrip("/").removesuffix(EVENTS_PATH) + EVENTS_PATH
