"""The check of the Teams app: its registration, its channels and their members, and what cannot be seen from here."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from bot.errors import (
    CredentialError,
    NotFoundError,
    OutsideError,
    PlanError,
    TemporaryError,
    UnreachableError,
)
from bot.findings import REVIEW_CHANNEL, Finding, channels_of_chat, run_check
from bot.helpdesk.escalation import Policy
from bot.settings import Settings, TeamsSettings
from bot.teams.client import RosterMember, TeamsClient
from bot.teams.endpoint import PATH
from bot.teams.graph import TeamsGraph
from bot.teams.ids import TeamsIds
from bot.teams.service_hosts import ServiceHosts
from bot.teams.tokens import GRAPH_SCOPE, AccessTokens, AppCredentials, SigningKeys

# learn.microsoft.com/entra/identity-platform/reference-error-codes
_SECRET_CODES = frozenset({"AADSTS7000215", "AADSTS7000216", "AADSTS7000218", "AADSTS7000222", "AADSTS7000229"})
_TENANT_CODES = frozenset({"AADSTS90002", "AADSTS900023", "AADSTS90013", "AADSTS50020"})
_APP_CODES = frozenset({"AADSTS700016", "AADSTS7000112", "AADSTS90100"})

_LOGIN_FIXES: Mapping[str, str] = {
    **dict.fromkeys(
        _SECRET_CODES,
        "Make a new client secret in the app registration (Certificates & secrets) and copy its value into "
        "TEAMS_APP_PASSWORD.",
    ),
    **dict.fromkeys(_TENANT_CODES, "Compare TEAMS_TENANT_ID with the overview page of Microsoft Entra."),
    **dict.fromkeys(
        _APP_CODES,
        "Compare TEAMS_APP_ID with the app registration; it must be in the tenant of TEAMS_TENANT_ID.",
    ),
}

_UNREACHED: Mapping[type[OutsideError], str] = {
    TemporaryError: "Check that this machine reaches TEAMS_LOGIN_URL; behind a proxy, set HTTPS_PROXY.",
    OutsideError: "Compare TEAMS_LOGIN_URL with https://login.microsoftonline.com.",
}
_KEYS_FIXES: Mapping[type[OutsideError], str] = {
    OutsideError: "Check TEAMS_OPENID_URL, and that this machine reaches it; behind a proxy, set HTTPS_PROXY.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Microsoft:
    """The clients of one check."""

    tokens: AccessTokens
    keys: SigningKeys
    client: TeamsClient
    graph: TeamsGraph


@contextlib.asynccontextmanager
async def _connected(teams: TeamsSettings) -> AsyncIterator[_Microsoft]:
    credentials = AppCredentials(app_id=teams.app_id, tenant=teams.tenant, password=teams.password)
    tokens = AccessTokens(credentials, login_url=teams.login_url)
    graph_tokens = AccessTokens(credentials, login_url=teams.login_url, scope=GRAPH_SCOPE)
    hosts = ServiceHosts(teams.service_hosts)
    async with contextlib.AsyncExitStack() as stack:
        yield _Microsoft(
            tokens=await stack.enter_async_context(contextlib.aclosing(tokens)),
            keys=await stack.enter_async_context(contextlib.aclosing(SigningKeys(teams.openid_url))),
            client=await stack.enter_async_context(
                contextlib.aclosing(TeamsClient(credentials, tokens=tokens, hosts=hosts, service_url=teams.service_url))
            ),
            graph=await stack.enter_async_context(
                contextlib.aclosing(
                    TeamsGraph(await stack.enter_async_context(contextlib.aclosing(graph_tokens)), url=teams.graph_url)
                )
            ),
        )


async def check_teams(settings: Settings, teams: TeamsSettings, policy: Policy | None) -> AsyncIterator[Finding]:
    """Runs all checks of Teams one after the other. Raises nothing, posts nothing."""
    async with _connected(teams) as microsoft:
        login = await run_check("Teams login", lambda: _login(microsoft.tokens, teams), _UNREACHED)
        yield login
        yield await run_check("Teams keys", lambda: _keys(microsoft.keys), _KEYS_FIXES)
        yield _address(settings)
        if not login.ok:
            yield Finding(name="Teams channels", ok=None, message="not checked, because there is no token.")
            return
        for channel, role in channels_of_chat(
            "TEAMS_HANDOFF_CHANNEL", teams.handoff_channel, TeamsIds(), settings, policy
        ):
            yield await _channel(microsoft.client, teams, channel, role)
        yield await _permission(microsoft, teams)


async def _login(tokens: AccessTokens, teams: TeamsSettings) -> Finding:
    """Checks the app's registration, by a token for the connector."""
    try:
        await tokens.get()
    except CredentialError as error:
        fix = _LOGIN_FIXES.get(
            error.code,
            "Compare TEAMS_APP_ID, TEAMS_APP_PASSWORD and TEAMS_TENANT_ID with the app registration.",
        )
        return Finding(name="Teams login", ok=False, message=f"{error}.", fix=fix)
    message = f"accepted; app {teams.app_id}, tenant {teams.tenant}."
    return Finding(name="Teams login", ok=True, message=message)


async def _keys(keys: SigningKeys) -> Finding:
    count = await keys.fetch()
    return Finding(name="Teams keys", ok=True, message=f"{count} keys with which Microsoft signs its requests.")


def _address(settings: Settings) -> Finding:
    """Says where Teams must reach the desk, which cannot be found out from inside."""
    message = f"Teams must reach {settings.host}, port {settings.port}, at https://.../{PATH.lstrip('/')}."
    fix = "Whether it does shows when somebody writes to the bot. The address is the messaging endpoint of the bot."
    return Finding(name="Teams address", ok=None, message=message, fix=fix)


# Channels.


def _channel_fixes(role: str) -> Mapping[type[OutsideError], str]:
    where = role if role.isupper() else "the policy"
    named = f"Compare the id in {where} with the link of the channel, and add the app to its team."
    return {
        UnreachableError: "Add the app to the team of the channel.",
        NotFoundError: named,
        CredentialError: "Compare TEAMS_APP_ID with the bot's registration, and switch its Teams channel on.",
        PlanError: "Ask an administrator of Teams to allow the app.",
        TemporaryError: "Check that this machine reaches TEAMS_SERVICE_URL; behind a proxy, set HTTPS_PROXY.",
        OutsideError: named,
    }


async def _channel(client: TeamsClient, teams: TeamsSettings, channel: str, role: str) -> Finding:
    """Checks that the members of a channel can be read: they are the agents, and nobody of another company."""
    name = f"Channel {channel} ({role})"
    purpose = "read the review" if role == REVIEW_CHANNEL else "take over"

    async def read() -> Finding:
        members = await client.members(teams.service_url, channel)
        return _members(name, members, teams.tenant, purpose)

    return await run_check(name, read, _channel_fixes(role))


def _members(name: str, members: tuple[RosterMember, ...], tenant: str, purpose: str) -> Finding:
    foreign = [one for one in members if one.tenant not in (None, tenant) and not one.is_guest]
    if foreign:
        message = "it is shared with another company, whose people would read what employees ask."
        return Finding(name=name, ok=False, message=message, fix="Name a channel of your own company.")
    able = [one for one in members if not one.is_guest]
    if not able:
        message, fix = "nobody but guests and the bot is a member.", f"Add the people who are to {purpose}."
        return Finding(name=name, ok=None, message=message, fix=fix)
    count = "1 member" if len(able) == 1 else f"{len(able)} members"
    return Finding(name=name, ok=True, message=f"{count} can {purpose}.")


# The permission to read messages without a mention.

_WITHOUT_PERMISSION = (
    "Without ChannelMessage.Read.Group agents must mention the bot in each reply. The owner of the team gives it when "
    "the app is added; if it came with a new version, remove the app from the team and add it again."
)


async def _permission(microsoft: _Microsoft, teams: TeamsSettings) -> Finding:
    """Checks whether the bot may read a channel. Its team is known here only if it is the team's first channel."""
    name = "Teams permission"
    unseen = Finding(name=name, ok=None, message="it cannot be seen from here.", fix=_WITHOUT_PERMISSION)
    try:
        team = await microsoft.client.team(teams.service_url, teams.handoff_channel)
        if team.group is None:
            return unseen
        can_read = await microsoft.graph.can_read(team.group, teams.handoff_channel)
    except OutsideError:
        return unseen
    if not can_read:
        return Finding(name=name, ok=None, message="it is not given.", fix=_WITHOUT_PERMISSION)
    return Finding(name=name, ok=True, message="messages in the channel can be read without a mention.")
