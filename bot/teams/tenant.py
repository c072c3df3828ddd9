"""The connection to Teams in one tenant: its clients, the address book and the adapters of the desk's ports."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from bot.chat_surface import ChatSurface, EventReceiver, Reception
from bot.errors import TemporaryError
from bot.helpdesk.config import SurfaceConfig
from bot.helpdesk.messages.readers import Readers
from bot.helpdesk.ports import Clock, KeptContacts, SurfacePorts
from bot.teams.address_book import AddressBook
from bot.teams.client import TeamsClient
from bot.teams.directory import TeamsDirectory
from bot.teams.endpoint import PATH, TeamsRequests
from bot.teams.errors import SYSTEM
from bot.teams.graph import TeamsGraph
from bot.teams.history import TeamsHistory
from bot.teams.inbound import Inbound
from bot.teams.outbound import TeamsSurface
from bot.teams.rate_limiter import RateLimiter, TeamsLimits
from bot.teams.service_hosts import ServiceHosts
from bot.teams.tokens import GRAPH_SCOPE, AccessTokens, AppCredentials, SigningKeys, TokenVerifier

log = logging.getLogger(__name__)

# Seconds between two attempts to get the first token.
_TOKEN_AGAIN = 5.0
# Seconds after a press. A form is a message in a chat, which no trigger has to allow.
_FORM_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsConfig:
    """The app's registration, the addresses of Microsoft's servers, and the handoff channels."""

    credentials: AppCredentials
    login_url: str
    openid_url: str
    service_url: str
    graph_url: str
    service_hosts: frozenset[str] = frozenset()
    handoff_channels: frozenset[str] = frozenset()
    limits: TeamsLimits = field(default_factory=TeamsLimits)
    readers: Readers = field(default_factory=Readers)


class HandoffChannels:
    """The handoff channels of this moment: those of the policy in force, and those that it had before."""

    def __init__(self, channels: frozenset[str]) -> None:
        self.now = channels

    def add(self, channels: frozenset[str]) -> None:
        """Adds channels that a changed policy names."""
        self.now |= channels


class FirstToken:
    """The first token: without one nothing can be posted, and the desk is not ready."""

    def __init__(self, tokens: AccessTokens) -> None:
        self._tokens = tokens
        self._is_held = False

    async def ask(self) -> None:
        """Asks for it once. Raises PermanentError if the app's registration is not accepted."""
        try:
            await self._tokens.get()
        except TemporaryError as error:
            log.warning("access_token_not_renewed", extra={"code": error.code})
        else:
            self._is_held = True

    async def keep_asking(self) -> None:
        """Asks for it until there is one."""
        while not self._is_held:
            await asyncio.sleep(_TOKEN_AGAIN)
            await self.ask()

    def obstacle(self) -> str | None:
        """Returns the reason why the desk cannot answer on Teams, None if there is none."""
        return None if self._is_held else "no access token for Teams"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsTenant:
    """A connected tenant with the adapters of the desk's ports."""

    config: TeamsConfig
    verifier: TokenVerifier
    inbound: Inbound
    book: AddressBook
    surface: TeamsSurface
    directory: TeamsDirectory
    history: TeamsHistory
    channels: HandoffChannels
    first_token: FirstToken

    def follow(self, channels: frozenset[str], agents: str) -> None:
        """Follows a changed policy: its handoff channels, and the language of the agents."""
        self.channels.add(channels)
        self.inbound.add_channels(channels)
        self.surface.speak_to(replace(self.config.readers, agents=agents))

    def as_chat_surface(self) -> ChatSurface:
        """Returns the tenant as the composition root sees it."""
        return ChatSurface(
            name=SYSTEM,
            ports=SurfacePorts(surface=self.surface, directory=self.directory, files=None),
            config=SurfaceConfig(
                name=self.surface.name,
                joins_open_conversation=True,
                split=self.surface.split,
                form_seconds=_FORM_SECONDS,
            ),
            follow=self.follow,
            receive=self.receive,
            name_of=self.directory.known_name,
            call_strangers=self.surface.call_strangers,
            history=self.history,
            background=(self.first_token.keep_asking,),
        )

    def receive(self, to: Reception) -> EventReceiver:
        """Returns what receives the activities."""
        requests = TeamsRequests(
            self.verifier,
            self.inbound,
            self.book.learn,
            to,
            tenant=self.config.credentials.tenant,
            catalog=self.config.readers.catalog,
        )
        return EventReceiver(routes={PATH: requests.handle}, obstacle=self.first_token.obstacle)


@contextlib.asynccontextmanager
async def connect_tenant(config: TeamsConfig, clock: Clock, kept: KeptContacts) -> AsyncIterator[TeamsTenant]:
    """Opens the clients, reads the kept contacts and gets a token. Raises OutsideError or StorageError."""
    tokens = AccessTokens(config.credentials, login_url=config.login_url)
    graph_tokens = AccessTokens(config.credentials, login_url=config.login_url, scope=GRAPH_SCOPE)
    keys, hosts = SigningKeys(config.openid_url), ServiceHosts(config.service_hosts)
    clients = _Clients(
        connector=TeamsClient(config.credentials, tokens=tokens, hosts=hosts, service_url=config.service_url),
        graph=TeamsGraph(graph_tokens, url=config.graph_url),
    )
    async with contextlib.AsyncExitStack() as stack:
        for one in (keys, tokens, graph_tokens, clients.connector, clients.graph):
            await stack.enter_async_context(contextlib.aclosing(one))
        first_token = FirstToken(tokens)
        await first_token.ask()
        book = AddressBook(kept, clock, service_url=config.service_url)
        await book.load()
        verifier = TokenVerifier(keys, app_id=config.credentials.app_id, hosts=hosts)
        yield _assembled(config, clock, clients, book, verifier, first_token)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Clients:
    """The clients of Teams' connector and of Graph."""

    connector: TeamsClient
    graph: TeamsGraph


def _assembled(
    config: TeamsConfig,
    clock: Clock,
    clients: _Clients,
    book: AddressBook,
    verifier: TokenVerifier,
    first_token: FirstToken,
) -> TeamsTenant:
    channels, limiter = HandoffChannels(config.handoff_channels), RateLimiter(config.limits)
    app_id, tenant, client = config.credentials.app_id, config.credentials.tenant, clients.connector
    inbound = Inbound(bot_id=app_id, channels=config.handoff_channels, catalog=config.readers.catalog)
    directory = TeamsDirectory(
        client, book, clock, tenant=tenant, limiter=limiter, channels=lambda: sorted(channels.now)
    )
    surface = TeamsSurface(client, book, directory, limiter, readers=config.readers, tenant=tenant, app_id=app_id)
    history = TeamsHistory(clients.graph, client, book, inbound, clock, tenant=tenant)
    surface.find_cards(history.card_with)
    return TeamsTenant(
        config=config,
        verifier=verifier,
        inbound=inbound,
        book=book,
        surface=surface,
        directory=directory,
        history=history,
        channels=channels,
        first_token=first_token,
    )
