"""The connection to one Slack workspace: its clients, the bot's identity and the adapters of the desk's ports."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import httpx
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.http_retry.builtin_async_handlers import AsyncConnectionErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat_surface import ChatSurface, EventReceiver, Reception
from bot.helpdesk.config import SurfaceConfig
from bot.helpdesk.messages import labels
from bot.helpdesk.messages.readers import Readers
from bot.helpdesk.ports import Clock, KeptPeople, SurfacePorts
from bot.http_client import ClaimedRequest, proxy_for
from bot.slack.bolt_app import SlackRequests, build_bolt
from bot.slack.client import ShortWaitHandler, SlackClient
from bot.slack.directory import SlackDirectory
from bot.slack.errors import SYSTEM, translated
from bot.slack.files import SlackFiles
from bot.slack.groups import UserGroups
from bot.slack.history import SlackHistory
from bot.slack.inbound import Inbound
from bot.slack.outbound import SlackSurface
from bot.slack.people import KnownPeople, PeopleLimits
from bot.slack.rate_limiter import RateLimiter, SlackLimits
from bot.slack.socket_mode import Sockets, SocketTimings

# A call that takes longer has most likely been lost on the way.
_TIMEOUT = aiohttp.ClientTimeout(total=15.0, connect=5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackConfig:
    """The credentials and limits of one workspace.

    `app_token` selects Socket Mode; without it Slack calls the bot over HTTP, and `signing_secret` verifies its
    requests. `handoff_channels` are the channels in which agents write, `user_groups` the groups that rules
    name.
    """

    api_url: str
    bot_token: str = field(repr=False)
    app_token: str | None = field(default=None, repr=False)
    signing_secret: str | None = field(default=None, repr=False)
    handoff_channels: frozenset[str] = frozenset()
    limits: SlackLimits = field(default_factory=SlackLimits)
    user_groups: frozenset[str] = frozenset()
    people_limits: PeopleLimits = field(default_factory=PeopleLimits)
    readers: Readers = field(default_factory=Readers)
    socket_timings: SocketTimings = field(default_factory=SocketTimings)


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackClients:
    """`writer` posts and never repeats a call by itself; `reader` may. Both use `session`."""

    writer: AsyncWebClient
    reader: AsyncWebClient
    session: aiohttp.ClientSession


@dataclass(frozen=True, slots=True, kw_only=True)
class BotIdentity:
    """The bot's identity, read once at start. `scopes` are those of the bot token.

    `url` is the workspace's address in a browser; `company` holds the ids of the workspace and of its organization.
    """

    authorization: AuthorizeResult
    bot_user: str
    workspace: str
    scopes: frozenset[str]
    url: str
    company: frozenset[str]

    @property
    def is_agent(self) -> bool:
        """Returns whether the app has the agent view, in which every top-level message starts a thread."""
        return "assistant:write" in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class SlackWorkspace:
    """A connected workspace with the adapters of the desk's ports."""

    config: SlackConfig
    clients: SlackClients
    identity: BotIdentity
    inbound: Inbound
    surface: SlackSurface
    files: SlackFiles
    people: KnownPeople
    groups: UserGroups
    directory: SlackDirectory
    history: SlackHistory

    def follow(self, channels: frozenset[str], agents: str) -> None:
        """Follows a changed policy: its handoff channels, and the language of the agents."""
        readers = replace(self.config.readers, agents=agents)
        self.inbound.add_channels(channels)
        self.surface.speak_to(readers)
        self.directory.call_unknown(_someone(readers))

    def as_chat_surface(self) -> ChatSurface:
        """Returns the workspace as the composition root sees it."""
        return ChatSurface(
            name=SYSTEM,
            ports=SurfacePorts(surface=self.surface, directory=self.directory, files=self.files),
            config=SurfaceConfig(
                name=self.surface.name,
                joins_open_conversation=not self.identity.is_agent,
                split=self.surface.split,
            ),
            follow=self.follow,
            receive=self.receive,
            name_of=self.people.name_of,
            call_strangers=self.surface.call_strangers,
            history=self.history,
            background=(self.people.keep_current, self.groups.keep_current),
        )

    def receive(self, to: Reception) -> EventReceiver:
        """Returns what receives Slack's events. Sockets are not started yet; they call `after_gap`, requests do not."""
        bolt = build_bolt(
            inbound=self.inbound,
            accept=to.accept,
            ignored=to.ignored,
            clock=to.clock,
            identity=self.identity.authorization,
            api_url=self.config.api_url,
            change_person=self.directory.change_person,
        )
        if self.config.app_token is not None:
            sockets = Sockets(
                bolt=bolt,
                slack=self.clients.writer,
                app_token=self.config.app_token,
                after_gap=to.after_gap,
                acknowledged=to.acknowledged,
                timings=self.config.socket_timings,
            )
            return EventReceiver(
                connections=sockets,
                start=sockets.start,
                close=sockets.close,
                obstacle=lambda: None if sockets.alive else "not connected to Slack",
            )
        secret = self.config.signing_secret
        requests = SlackRequests(bolt, secret, to.acknowledged) if secret else None
        return EventReceiver(routes={} if requests is None else {"/slack/events": requests.handle})


@contextlib.asynccontextmanager
async def connect(config: SlackConfig, clock: Clock, kept: KeptPeople) -> AsyncIterator[SlackWorkspace]:
    """Opens the clients, reads the bot's identity and builds the adapters. Raises OutsideError."""
    async with open_clients(config.bot_token, config.api_url) as clients:
        identity = await identify(clients.reader)
        inbound = Inbound(bot_user=identity.bot_user, channels=config.handoff_channels, company=identity.company)
        limiter = RateLimiter(config.limits)
        people = KnownPeople(
            clients.reader,
            clock,
            identity.company,
            workspace=identity.workspace,
            rate_limiter=limiter,
            kept=kept,
            limits=config.people_limits,
        )
        groups = UserGroups(clients.reader, config.user_groups, rate_limiter=limiter)
        yield SlackWorkspace(
            config=config,
            clients=clients,
            identity=identity,
            inbound=inbound,
            surface=SlackSurface(
                writer=clients.writer,
                reader=clients.reader,
                rate_limiter=limiter,
                workspace_url=identity.url,
                readers=config.readers,
            ),
            files=SlackFiles(
                writer=clients.writer, reader=clients.reader, session=clients.session, rate_limiter=limiter
            ),
            people=people,
            groups=groups,
            directory=SlackDirectory(clients.reader, clock, people, groups=groups, someone=_someone(config.readers)),
            history=SlackHistory(
                reader=clients.reader, inbound=inbound, workspace=identity.workspace, bot_user=identity.bot_user
            ),
        )


@contextlib.asynccontextmanager
async def open_clients(bot_token: str, api_url: str) -> AsyncIterator[SlackClients]:
    """Opens the two clients on one connection pool."""
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=50)
    # A client with a session ignores its own `timeout`.
    async with aiohttp.ClientSession(timeout=_TIMEOUT, connector=connector, request_class=ClaimedRequest) as session:
        common: dict[str, Any] = {"token": bot_token, "base_url": api_url, "session": session}
        writer = SlackClient(**common, retry_handlers=[])
        reader = SlackClient(
            **common,
            repeats=2,
            retry_handlers=[
                AsyncConnectionErrorRetryHandler(max_retry_count=2),
                ShortWaitHandler(max_retry_count=2),
            ],
        )
        # Resolved once: aiohttp would read the environment and ~/.netrc at every call, and the SDK ignores NO_PROXY.
        writer.proxy = reader.proxy = proxy_for(httpx.URL(api_url))
        yield SlackClients(writer=writer, reader=reader, session=session)


async def identify(client: AsyncWebClient) -> BotIdentity:
    """Returns the identity behind the bot token (docs.slack.dev/reference/methods/auth.test). Raises OutsideError."""
    with translated():
        response = await client.auth_test()
    scopes = response.headers.get("x-oauth-scopes") or response.headers.get("X-OAuth-Scopes") or ""
    return BotIdentity(
        authorization=AuthorizeResult(
            enterprise_id=response.get("enterprise_id"),
            team_id=response.get("team_id"),
            bot_user_id=response.get("user_id"),
            bot_id=response.get("bot_id"),
            bot_token=client.token,
        ),
        bot_user=str(response["user_id"]),
        workspace=str(response.get("team_id") or ""),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
        url=str(response.get("url") or "https://slack.com/"),
        company=frozenset(str(id) for id in (response.get("team_id"), response.get("enterprise_id")) if id),
    )


def _someone(readers: Readers) -> str:
    """Returns what stands for a person without a known name, in texts that leave the chat."""
    return readers.catalog.in_language(readers.agents)(labels.SOMEONE)
