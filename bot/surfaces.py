"""The chat surfaces that the settings ask for: their names, the form of their ids, and how each is connected."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Sequence

from bot.chat_ids import AnyIds, surface_of
from bot.chat_surface import ChatSurface, NameOf
from bot.errors import OutsideError, SettingsError
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation import Policy
from bot.helpdesk.messages import Catalog
from bot.helpdesk.messages.readers import Readers
from bot.helpdesk.ports import Directory
from bot.outside import Outside
from bot.policy_file import ChatIds
from bot.settings import ChatSettings, Settings, SlackSettings, TeamsSettings
from bot.slack.errors import SYSTEM as SLACK
from bot.slack.workspace import SlackConfig, connect
from bot.teams.errors import SYSTEM as TEAMS
from bot.teams.tenant import TeamsConfig, connect_tenant
from bot.teams.tokens import AppCredentials
from storage.interfaces import Database
from storage.queries.contacts import StoredContacts
from storage.queries.people import StoredPeople

_VARIABLES = {SLACK: "HANDOFF_CHANNEL", TEAMS: "TEAMS_HANDOFF_CHANNEL"}

log = logging.getLogger(__name__)


def chat_ids(settings: ChatSettings) -> ChatIds:
    """Returns the forms of the ids that the policy may name: those of the surfaces that are used."""
    return AnyIds(handoff_channels(settings))


def handoff_channels(settings: ChatSettings) -> dict[str, str]:
    """Returns the channels for rules that name none, by surface; the first of them has the alarms."""
    slack, teams = settings.slack, settings.teams
    found = {SLACK: slack and slack.handoff_channel, TEAMS: teams and teams.handoff_channel}
    return {name: channel for name, channel in found.items() if channel}


@contextlib.asynccontextmanager
async def connected_surfaces(
    settings: Settings, outside: Outside, policy: Policy, store: Database, catalog: Catalog
) -> AsyncIterator[tuple[ChatSurface, ...]]:
    """Connects to every surface until the block is left. Raises OutsideError."""
    readers = Readers(catalog=catalog, agents=policy.handoffs.language)
    async with contextlib.AsyncExitStack() as stack:
        surfaces: list[ChatSurface] = []
        if settings.slack is not None:
            slack = slack_config(settings.slack, outside, policy, readers)
            workspace = await stack.enter_async_context(connect(slack, outside.clock, StoredPeople(store)))
            surfaces.append(workspace.as_chat_surface())
        if settings.teams is not None:
            teams = teams_config(settings.teams, outside, policy, readers)
            tenant = await stack.enter_async_context(connect_tenant(teams, outside.clock, StoredContacts(store)))
            surfaces.append(tenant.as_chat_surface())
        _introduce(surfaces)
        yield tuple(surfaces)


def _introduce(surfaces: Sequence[ChatSurface]) -> None:
    """Lets each surface name the people of the others: their ids mean nothing there."""
    for surface in surfaces:
        others = [other.name_of for other in surfaces if other is not surface]
        if others:
            surface.call_strangers(_first_of(others))


def _first_of(names: Sequence[NameOf]) -> NameOf:
    return lambda id: next((name for name_of in names if (name := name_of(id))), None)


def slack_config(settings: SlackSettings, outside: Outside, policy: Policy, readers: Readers) -> SlackConfig:
    """Returns what connects to the workspace that the settings name."""
    return SlackConfig(
        api_url=settings.api_url,
        bot_token=settings.bot_token,
        app_token=settings.app_token,
        signing_secret=settings.signing_secret,
        handoff_channels=_channels_on(SLACK, policy) | {settings.handoff_channel},
        user_groups=policy.groups,
        limits=outside.slack_limits,
        people_limits=outside.people,
        readers=readers,
        socket_timings=outside.sockets,
    )


def teams_config(settings: TeamsSettings, outside: Outside, policy: Policy, readers: Readers) -> TeamsConfig:
    """Returns what connects to the tenant that the settings name."""
    return TeamsConfig(
        credentials=AppCredentials(app_id=settings.app_id, tenant=settings.tenant, password=settings.password),
        login_url=settings.login_url,
        openid_url=settings.openid_url,
        service_url=settings.service_url,
        graph_url=settings.graph_url,
        service_hosts=settings.service_hosts,
        handoff_channels=_channels_on(TEAMS, policy) | {settings.handoff_channel},
        limits=outside.teams_limits,
        readers=readers,
    )


def _channels_on(surface: str, policy: Policy) -> frozenset[str]:
    return frozenset(channel for channel in policy.channels if surface_of(channel) == surface)


async def refuse_shared_channels(
    surfaces: Iterable[ChatSurface], config: DeskConfig, known: Collection[str] = ()
) -> None:
    """Raises SettingsError if another company reads a handoff channel that is not `known`."""
    problems = [
        f"The handoff channel {channel} is shared with another company, or about to be, whose people would "
        f"read what employees ask. Name a channel of your own company, in {_VARIABLES[surface.name]} or in the policy."
        for surface in surfaces
        for channel in sorted(config.channels_on(surface.name).difference(known))
        if await _is_shared(surface.ports.directory, channel)
    ]
    if problems:
        raise SettingsError(problems)


async def _is_shared(directory: Directory, channel: str) -> bool:
    """Returns False for a channel that cannot be checked now: it is again before anything is posted there."""
    try:
        return await directory.is_shared(channel)
    except OutsideError as error:
        log.warning("channel_not_checked", extra={"channel": channel, "code": error.code})
        return False
