"""The check of an installation: tries everything the desk needs, and reports each problem with its fix.

Posts nothing and asks the assistant no question. May run beside a running desk.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.web.async_client import AsyncWebClient

from bot.app import build_uppzy, contact_notes_problem, open_ticket_system
from bot.charts import can_draw
from bot.errors import (
    CredentialError,
    NotFoundError,
    OutsideError,
    PlanError,
    PolicyError,
    SettingsError,
    StorageError,
    TemporaryError,
)
from bot.findings import CHECK_TIMEOUT, REVIEW_CHANNEL, Finding, channels_of_chat, run_check
from bot.helpdesk.escalation import NoteWhen, Policy, describe_missing_channels
from bot.helpdesk.ports import ChecksContactNotes
from bot.manifest import EVENTS_PATH, Manifest, read_manifest, required_scopes, variant
from bot.own_messages import read_own_messages
from bot.policy_file import read_policy
from bot.settings import Settings, SlackSettings
from bot.slack.errors import translated
from bot.slack.groups import members_of_group
from bot.slack.ids import SlackIds
from bot.slack.workspace import identify, open_clients
from bot.surfaces import chat_ids, handoff_channels
from bot.teams_check import check_teams
from storage.engines import location_of
from storage.inspection import DatabaseLocation, DatabaseState, display_name, inspect


async def check(settings: Settings) -> AsyncIterator[Finding]:
    """Runs all checks one after the other; a failed one does not stop the rest. Raises nothing."""
    yield _settings(settings)
    policy, findings = _policy(settings)
    for finding in (*findings, *_messages(settings), *_charts(), _database(settings)):
        yield finding
    tickets = await run_check("Tickets", lambda: _tickets(settings), {})
    yield tickets
    if tickets.ok and policy is not None and policy.notes.when is not NoteWhen.NEVER:
        notes = await run_check("Notes", lambda: _contact_notes(settings), {})
        if not notes.ok:
            yield notes
    if settings.slack is not None:
        async with open_clients(settings.slack.bot_token, settings.slack.api_url) as clients:
            # The client that does not retry: here a refusal is a result.
            async for finding in _slack(clients.writer, settings, settings.slack, policy):
                yield finding
    if settings.teams is not None:
        async for finding in check_teams(settings, settings.teams, policy):
            yield finding
    yield await _uppzy(settings)


# This machine.


def _messages(settings: Settings) -> Iterator[Finding]:
    """Checks the operator's own sentences, where there are any."""
    if settings.messages_dir is None:
        return
    try:
        own = read_own_messages(settings.messages_dir)
    except SettingsError as error:
        yield from (Finding(name="Messages", ok=False, message=problem) for problem in error.problems)
    else:
        languages = ", ".join(sorted(own)) or "none"
        yield Finding(name="Messages", ok=True, message=f"{settings.messages_dir} has own sentences in: {languages}.")


def _charts() -> Iterator[Finding]:
    """Warns where the picture of the weekly review cannot be drawn."""
    if not can_draw():
        fix = "Install them in the clone with pip install -r requirements/charts.txt."
        message = "the libraries are not installed, so the weekly review comes without a picture."
        yield Finding(name="Charts", ok=None, message=message, fix=fix)


def _settings(settings: Settings) -> Finding:
    assistant = urlsplit(settings.uppzy_base_url).hostname
    message = f"complete; {'; '.join(_chats(settings))}; assistant at {assistant}."
    return Finding(name="Settings", ok=True, message=message)


def _chats(settings: Settings) -> Iterator[str]:
    """Describes each chat: how it reaches the desk, and where people take over."""
    if settings.slack is not None:
        mode = "Socket Mode" if settings.mode == "socket" else f"HTTP mode on {settings.host}, port {settings.port}"
        yield f"{mode}, handoff channel {settings.slack.handoff_channel}"
    if settings.teams is not None:
        yield f"Teams on {settings.host}, port {settings.port}, handoff channel {settings.teams.handoff_channel}"


def _policy(settings: Settings) -> tuple[Policy | None, list[Finding]]:
    try:
        policy = read_policy(settings.policy_file, chat_ids(settings))
    except PolicyError as error:
        return None, [Finding(name="Policy", ok=False, message=problem) for problem in error.problems]
    problem = contact_notes_problem(settings, policy)
    if problem is not None:
        return policy, [Finding(name="Policy", ok=False, message=problem)]
    message = f"{len(policy.rules)} rules in {settings.policy_file}, fingerprint {policy.fingerprint}."
    return policy, [Finding(name="Policy", ok=True, message=message), *_missing_channels(settings, policy)]


def _missing_channels(settings: Settings, policy: Policy) -> Iterator[Finding]:
    """Warns of rules without a channel of their own; on no chat is the handoff channel one."""
    found = (describe_missing_channels(policy, channel) for channel in handoff_channels(settings).values())
    warnings = dict.fromkeys(warning for warnings in found for warning in warnings)
    return (Finding(name="Policy", ok=None, message=warning) for warning in warnings)


def _database(settings: Settings) -> Finding:
    place = location_of(settings.database_url)
    try:
        if isinstance(place, Path) and (obstacle := _unwritable_path(place)) is not None:
            fix = "Let this user write there, or name another file in DATABASE_URL."
            return Finding(name="Database", ok=False, message=f"{obstacle} cannot be written to.", fix=fix)
        return _state_of_database(place, inspect(place))
    except (StorageError, OSError) as error:
        fix = "Correct DATABASE_URL, or repair the database."
        return Finding(name="Database", ok=False, message=str(error), fix=fix)


def _unwritable_path(path: Path) -> Path | None:
    """Returns the path that prevents writing the file and its neighbours, or None. Missing folders will be created."""
    if path.exists() and not (path.is_file() and os.access(path, os.W_OK)):
        return path
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    return None if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK) else folder


def _state_of_database(place: DatabaseLocation, state: DatabaseState) -> Finding:
    name = display_name(place)
    if not state.known:
        message = f"{name} is of version {state.version}, which is newer than this Uppzy Desk ({state.wanted})."
        fix = "Install the Uppzy Desk that wrote it, or a newer one."
        return Finding(name="Database", ok=False, message=message, fix=fix)
    if state.in_use:
        return Finding(name="Database", ok=True, message=f"{name}, in use by a running desk.")
    if state.version is None:
        return Finding(name="Database", ok=True, message=f"{name} has nothing in it yet and will be set up.")
    if state.version != state.wanted:
        message = f"{name} is of version {state.version} and becomes {state.wanted} when the desk starts."
        fix = "Keep a copy of it: there is no way back."
        return Finding(name="Database", ok=None, message=message, fix=fix)
    return Finding(name="Database", ok=True, message=f"{name}, version {state.version}, ready.")


async def _tickets(settings: Settings) -> Finding:
    async with open_ticket_system(settings) as system:
        message = "kept in the database above." if system is None else await system.check()
    return Finding(name="Tickets", ok=True, message=f"{settings.tickets}: {message}")


async def _contact_notes(settings: Settings) -> Finding:
    """Warns where the ticket system takes no notes on people: they are written on tickets, or nowhere."""
    problem = None
    async with open_ticket_system(settings) as system:
        if system is not None and isinstance(system, ChecksContactNotes):
            problem = await system.contact_notes_problem()
    return Finding(name="Notes", ok=True if problem is None else None, message=problem or "")


# Slack.


async def _slack(
    client: AsyncWebClient, settings: Settings, slack: SlackSettings, policy: Policy | None
) -> AsyncIterator[Finding]:
    identity = await run_check("Slack token", lambda: _identity(client), _TOKEN_FIXES)
    yield identity
    yield await _connection(client, slack)
    if not identity.ok:
        message = "not checked, because the token could not be used."
        yield Finding(name="Slack scopes and channels", ok=None, message=message)
        return
    yield await run_check("Slack scopes", lambda: _scopes(client), _TOKEN_FIXES)
    for group, rule in _user_groups(policy):
        yield await _user_group(client, group, rule)
    for channel, role in channels_of_chat("HANDOFF_CHANNEL", slack.handoff_channel, SlackIds(), settings, policy):
        purpose = "read the review" if role == REVIEW_CHANNEL else "take over"
        async for finding in _channel(client, channel, role, purpose):
            yield finding


_TOKEN_FIXES: dict[type[OutsideError], str] = {
    CredentialError: (
        "Copy the bot token (xoxb-...) from the Slack app's OAuth & Permissions page into SLACK_BOT_TOKEN."
    ),
    TemporaryError: "Check that this machine reaches SLACK_API_URL; behind a proxy, set HTTPS_PROXY.",
}


async def _identity(client: AsyncWebClient) -> Finding:
    """Checks the bot token (docs.slack.dev/reference/methods/auth.test)."""
    with translated():
        response = await client.auth_test()
    message = f"accepted; workspace {response.get('team')}, bot @{response.get('user')}."
    return Finding(name="Slack token", ok=True, message=message)


async def _scopes(client: AsyncWebClient) -> Finding:
    identity = await identify(client)
    if not identity.scopes:
        return Finding(name="Slack scopes", ok=None, message="Slack did not say which scopes the token has.")
    kind, flag = ("agent view", "") if identity.is_agent else ("classic, without agent view", " --classic")
    manifest = variant(read_manifest(), classic=not identity.is_agent)
    fix = (
        f"Put what `uppzy-desk manifest{flag}` prints into the app's settings (App Manifest), then reinstall the app "
        "to the workspace."
    )
    if missing := sorted(required_scopes(manifest) - identity.scopes):
        message = f"{', '.join(missing)} missing ({kind})."
        return Finding(name="Slack scopes", ok=False, message=message, fix=fix)
    if missing := sorted(_optional_scopes(manifest) - identity.scopes):
        message = f"all that are needed ({kind}); without {', '.join(missing)} some things are left out."
        return Finding(name="Slack scopes", ok=None, message=message, fix=fix)
    return Finding(name="Slack scopes", ok=True, message=f"all there ({kind}).")


def _optional_scopes(manifest: Manifest) -> frozenset[str]:
    return frozenset(manifest["oauth_config"]["scopes"].get("bot_optional", ()))


def _user_groups(policy: Policy | None) -> Iterator[tuple[str, str]]:
    """Yields the user groups that rules name, each once, with a rule that does."""
    named = {group: rule.name for rule in reversed(policy.rules if policy else ()) for group in rule.groups}
    yield from sorted(named.items())


async def _user_group(client: AsyncWebClient, group: str, rule: str) -> Finding:
    """Checks that the members of a user group can be read."""
    name = f"User group {group} (rule “{rule}”)"
    fires_for_nobody = "so that the rule fires for nobody in it."
    try:
        async with asyncio.timeout(CHECK_TIMEOUT):
            members = await members_of_group(client, group)
    except PlanError:
        message = f"its members cannot be read without the scope usergroups:read, {fires_for_nobody}"
        fix = "Put what `uppzy-desk manifest` prints into the app's settings (App Manifest), then reinstall the app."
        return Finding(name=name, ok=False, message=message, fix=fix)
    except NotFoundError:
        message = f"there is no such group, {fires_for_nobody}"
        return Finding(name=name, ok=None, message=message, fix="Compare the id with the group's details in Slack.")
    except (OutsideError, TimeoutError) as error:
        return Finding(name=name, ok=None, message=f"its members could not be read ({type(error).__name__}).")
    if not members:
        return Finding(name=name, ok=None, message=f"nobody is in it, {fires_for_nobody}")
    return Finding(name=name, ok=True, message=f"{len(members)} member{'s' * (len(members) != 1)}.")


async def _connection(client: AsyncWebClient, slack: SlackSettings) -> Finding:
    """Checks the way in which Slack delivers events."""
    if slack.app_token is None:
        message = f"HTTP mode; Slack must reach this machine at https://.../{EVENTS_PATH.lstrip('/')}."
        fix = "Whether it does, and the signing secret fits, shows when Slack verifies the Request URL."
        return Finding(name="Slack connection", ok=True, message=message, fix=fix)
    fixes: dict[type[OutsideError], str] = {
        **_TOKEN_FIXES,
        CredentialError: (
            "Make an app-level token (xapp-...) with connections:write on the Slack app's Basic Information page and "
            "put it into SLACK_APP_TOKEN."
        ),
        PlanError: "Give the app-level token the scope connections:write, on the app's Basic Information page.",
        OutsideError: "Switch Socket Mode on in the Slack app's settings.",
    }
    token = slack.app_token
    return await run_check("Slack connection", lambda: _open_connection(client, token), fixes)


async def _open_connection(client: AsyncWebClient, token: str) -> Finding:
    """Opens a connection's address without using it (docs.slack.dev/reference/methods/apps.connections.open)."""
    with translated():
        await client.apps_connections_open(app_token=token)
    return Finding(name="Slack connection", ok=True, message="Socket Mode; the app-level token is accepted.")


# Channels.

_NO_SUCH_CHANNEL = (
    "Compare the id with the end of the channel's details in Slack; into a private channel the bot must be invited "
    "first: /invite @ the bot."
)
_CHANNEL_FIXES: dict[type[OutsideError], str] = {
    NotFoundError: _NO_SUCH_CHANNEL,
    PlanError: "See the scopes above.",
    TemporaryError: _TOKEN_FIXES[TemporaryError],
}


async def _channel(client: AsyncWebClient, channel: str, role: str, purpose: str) -> AsyncIterator[Finding]:
    """Yields every problem of one channel, whose members have a `purpose`, or that there is none."""
    name = f"Channel {channel} ({role})"
    problems: list[Finding] = []
    checked = await run_check(name, lambda: _check_channel(client, channel, name, purpose, problems), _CHANNEL_FIXES)
    for problem in problems:
        yield problem
    if not checked.ok or not problems:
        yield checked


async def _check_channel(
    client: AsyncWebClient, channel: str, name: str, purpose: str, problems: list[Finding]
) -> Finding:
    """Checks that a channel exists and can be read (docs.slack.dev/reference/methods/conversations.info)."""
    with translated():
        info: dict[str, Any] = (await client.conversations_info(channel=channel)).get("channel") or {}
    problems += [Finding(name=name, ok=False, message=message, fix=fix) for message, fix in _channel_problems(info)]
    title = f"#{info.get('name')}"
    if not info.get("is_member"):
        return Finding(name=name, ok=True, message=f"{title} is there.")
    with translated():
        await client.conversations_history(channel=channel, limit=1)
        members = (await client.conversations_members(channel=channel, limit=200)).get("members") or []
    if len(members) < 2:
        message, fix = f"nobody but the bot is a member of {title}.", f"Invite the people who are to {purpose}."
        problems.append(Finding(name=name, ok=None, message=message, fix=fix))
    return Finding(name=name, ok=True, message=f"{title} can be read, and its members can {purpose}.")


def _channel_problems(info: dict[str, Any]) -> Iterator[tuple[str, str]]:
    title = f"#{info.get('name')}"
    if info.get("is_archived"):
        yield f"{title} is archived.", "Unarchive it, or name another channel."
    if info.get("is_ext_shared") or info.get("is_pending_ext_shared"):
        message = f"{title} is shared with another company, whose people would read what employees ask."
        yield message, "Name a channel of your own company."
    if not info.get("is_member"):
        yield f"the bot is not a member of {title}.", "Write /invite @ the bot in it."


# Uppzy.


async def _uppzy(settings: Settings) -> Finding:
    fixes: dict[type[OutsideError], str] = {
        CredentialError: "Copy a valid key from API Access in the Uppzy dashboard into UPPZY_API_KEY.",
        PlanError: "Use a plan and a role that include API access, and the key of this tenant.",
        NotFoundError: "Compare UPPZY_TENANT_ID and UPPZY_BASE_URL with the Uppzy dashboard.",
        TemporaryError: "Check that this machine reaches UPPZY_BASE_URL; behind a proxy, set HTTPS_PROXY.",
        OutsideError: "Compare UPPZY_BASE_URL with https://api.uppzy.com/api/v1.",
    }
    return await run_check("Uppzy", lambda: _limits(settings), fixes)


_WITH_EMAIL = {
    True: "with the employee's e-mail address (UPPZY_SEND_EMAIL=true)",
    False: "without the employee's e-mail address",
}


async def _limits(settings: Settings) -> Finding:
    async with build_uppzy(settings) as client:
        await client.limits()
    message = (
        f"key accepted for tenant {settings.uppzy_tenant_id}; whether site {settings.uppzy_site_id} is right shows "
        f"only when a question is asked. It goes there {_WITH_EMAIL[settings.uppzy_send_email]}."
    )
    return Finding(name="Uppzy", ok=True, message=message)
