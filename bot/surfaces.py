"""The chat surfaces that the settings ask for: their names, the form of their ids, and how each is connected."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Collection, Iterable

from bot.chat_surface import ChatSurface
from bot.errors import OutsideError, SettingsError
from bot.helpdesk.config import DeskConfig
from bot.helpdesk.escalation import Policy
from bot.helpdesk.messages import Catalog
from bot.helpdesk.messages.readers import Readers
from bot.helpdesk.ports import Directory
from bot.outside import Outside
from bot.policy_file import ChatIds
from bot.settings import Settings, SlackSettings
from bot.slack.errors import SYSTEM as SLACK
from bot.slack.ids import SlackIds
from bot.slack.workspace import SlackConfig, connect
from storage.interfaces import Database
from storage.queries.people import StoredPeople

log = logging.getLogger(__name__)


def chat_ids(settings: Settings) -> ChatIds:
    """Returns the forms of the ids that the policy may name."""
    return SlackIds()


def surface_of(id: str) -> str | None:
    """Returns the surface to which the id of a channel belongs, by its form; None if no surface has such ids."""
    forms: dict[str, ChatIds] = {SLACK: SlackIds()}
    return next((name for name, ids in forms.items() if ids.channel_problem(id) is None), None)


def handoff_channels(settings: Settings) -> dict[str, str]:
    """Returns the channels for rules that name none, by surface; the first of them has the alarms."""
    return {} if settings.slack is None else {SLACK: settings.slack.handoff_channel}


@contextlib.asynccontextmanager
async def connected_surfaces(
    settings: Settings, outside: Outside, policy: Policy, store: Database, catalog: Catalog
) -> AsyncIterator[tuple[ChatSurface, ...]]:
    """Connects to every surface until the block is left. Raises OutsideError."""
    readers = Readers(catalog=catalog, agents=policy.handoffs.language)
    async with contextlib.AsyncExitStack() as stack:
        surfaces = []
        if settings.slack is not None:
            config = slack_config(settings.slack, outside, policy, readers)
            slack = await stack.enter_async_context(connect(config, outside.clock, StoredPeople(store)))
            surfaces.append(slack.as_chat_surface())
        yield tuple(surfaces)


def slack_config(settings: SlackSettings, outside: Outside, policy: Policy, readers: Readers) -> SlackConfig:
    """Returns what connects to the workspace that the settings name."""
    return SlackConfig(
        api_url=settings.api_url,
        bot_token=settings.bot_token,
        app_token=settings.app_token,
        signing_secret=settings.signing_secret,
        handoff_channels=policy.channels | {settings.handoff_channel},
        user_groups=policy.groups,
        limits=outside.slack_limits,
        people_limits=outside.people,
        readers=readers,
        socket_timings=outside.sockets,
    )


async def refuse_shared_channels(
    surfaces: Iterable[ChatSurface], config: DeskConfig, known: Collection[str] = ()
) -> None:
    """Raises SettingsError if another company reads a handoff channel that is not `known`."""
    problems = [
        f"The handoff channel {channel} is shared with another company, or about to be, whose people would "
        "read what employees ask. Name a channel of your own company, in HANDOFF_CHANNEL or in the policy."
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
