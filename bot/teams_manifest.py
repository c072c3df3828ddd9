"""The manifest of the Teams app, and the package that an administrator uploads.

Format: learn.microsoft.com/microsoft-365/extensibility/schema
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import Any
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.manifest import Manifest
from bot.teams_icons import ACCENT, colour_icon, outline_icon

# Of the schema, not of the app: an older one is accepted by every tenant, and has all that is needed.
_SCHEMA = "1.19"
READS_ALL_MESSAGES = "ChannelMessage.Read.Group"
"""The permission of a team's owner to read messages of its channels that do not mention the bot."""

WEBSITE = "https://docs.uppzy.com"

_APP_ID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# A package of the same app is the same file, whenever it is made.
_MADE_AT = (2026, 1, 1, 0, 0, 0)


def teams_manifest(app_id: str | None, version: str, website: str = WEBSITE) -> Manifest:
    """Returns the manifest. `website` is the page that its people are led to for support.

    Raises SettingsError for an id or a page that Teams would refuse.
    """
    problems = [*_app_id_problem(app_id), *_website_problem(website)]
    if problems or app_id is None:
        raise SettingsError(problems)
    return {
        "$schema": f"https://developer.microsoft.com/json-schemas/teams/v{_SCHEMA}/MicrosoftTeams.schema.json",
        "manifestVersion": _SCHEMA,
        "version": version,
        "id": app_id.lower(),
        "developer": {
            "name": "Uppzy Desk",
            "websiteUrl": website,
            "privacyUrl": website,
            "termsOfUseUrl": website,
        },
        "name": {"short": "Uppzy Desk", "full": "Uppzy Desk, the help desk in your chat"},
        "description": {
            "short": "Answers your questions, and brings in a person when one is needed",
            "full": (
                "Ask the assistant in a chat of your own. Where it does not know the answer, or you ask for a person, "
                "the support team takes over in the same chat."
            ),
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": ACCENT,
        "bots": [_bot(app_id.lower())],
        "defaultInstallScope": "personal",
        "defaultGroupCapability": {"team": "bot"},
        "authorization": {"permissions": {"resourceSpecific": [{"name": READS_ALL_MESSAGES, "type": "Application"}]}},
        # Needed for the permission. The resource is not used: nobody signs in.
        "webApplicationInfo": {"id": app_id.lower(), "resource": "https://RscBasedStoreApp"},
        "validDomains": [],
    }


def _bot(app_id: str) -> dict[str, Any]:
    return {
        "botId": app_id,
        "scopes": ["personal", "team"],
        "supportsFiles": True,
        "isNotificationOnly": False,
        "commandLists": [
            {
                "scopes": ["personal"],
                "commands": [
                    {"title": "new", "description": "Begin a new topic"},
                    {"title": "home", "description": "Show your requests or, for agents, the queue"},
                ],
            }
        ],
    }


def _app_id_problem(app_id: str | None) -> list[str]:
    if app_id is None:
        return ["TEAMS_APP_ID is not set: it is the application (client) id of the app registration."]
    if not _APP_ID.fullmatch(app_id):
        return ["TEAMS_APP_ID must be an id such as 00000000-aaaa-4000-8000-000000000001."]
    return []


def _website_problem(website: str) -> list[str]:
    try:
        parts = urlsplit(website)
    except ValueError:
        return ["--website must look like https://help.example.com."]
    is_right = parts.scheme == "https" and bool(parts.hostname)
    return [] if is_right else ["--website must look like https://help.example.com."]


def manifest_json(manifest: Manifest) -> str:
    """Returns the manifest as Teams reads it."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def app_package(manifest: Manifest) -> bytes:
    """Returns the package, a zip file of the manifest and its icons."""
    files = {
        "manifest.json": manifest_json(manifest).encode(),
        manifest["icons"]["color"]: colour_icon(),
        manifest["icons"]["outline"]: outline_icon(),
    }
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as packed:
        for name, content in files.items():
            packed.writestr(zipfile.ZipInfo(name, _MADE_AT), content, zipfile.ZIP_DEFLATED)
    return package.getvalue()
