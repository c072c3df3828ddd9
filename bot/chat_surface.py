"""A connected chat surface as the composition root sees it: the same for all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from bot.helpdesk.config import SurfaceConfig
from bot.helpdesk.inbox.reconciliation import History
from bot.helpdesk.model.events import Acceptance, InboxEntry
from bot.helpdesk.ports import Clock, SurfacePorts

RequestHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NameOf = Callable[[str], str | None]
Work = Callable[[], Coroutine[Any, Any, None]]


class Accept(Protocol):
    """Stores the entries of one payload. Raises what storing raises."""

    async def __call__(self, *entries: InboxEntry) -> Acceptance: ...


Ignored = Callable[[str], None]
"""Called with the type of each payload that asks nothing of the desk."""


class Connections(Protocol):
    """The connections that the bot itself keeps open to a chat surface."""

    @property
    def count(self) -> int:
        """The number of open connections."""

    @property
    def age(self) -> float | None:
        """Seconds since anything was received through one of them; None if none is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """The functions to which a surface passes what it receives.

    `acknowledged` counts a request by its HTTP status and the seconds it took. `after_gap` reads back what was missed
    while nothing could be received.
    """

    accept: Accept
    ignored: Ignored
    acknowledged: Callable[[int, float], None]
    after_gap: Work
    clock: Clock


def _unknown(id: str) -> None:
    return None


def _ignore_names(name_of: NameOf) -> None:
    """Names nobody: no other people are shown."""


def _no_obstacle() -> None:
    return None


async def _nothing() -> None:
    """Does nothing: there is nothing to start or to close."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReceiver:
    """The way in which a surface delivers its events.

    `routes` handle its POST requests, by their path. `start` and `close` open and close `connections`, which catch up
    by themselves at the start and after every gap; None: it calls the bot. `obstacle` returns the reason why nothing
    can be received now, None if there is none.
    """

    routes: Mapping[str, RequestHandler] = field(default_factory=dict)
    connections: Connections | None = None
    start: Work = _nothing
    close: Work = _nothing
    obstacle: Callable[[], str | None] = _no_obstacle


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSurface:
    """A connected surface, by its name in addresses.

    `ports` and `config` are what the desk needs of it. `name_of` returns the name of one of its people, as far as it is
    known; `call_strangers` sets how people of other surfaces are named on it. `history` None: nothing can be read back.
    `background` runs beside the desk until it is cancelled. `follow` takes over what a changed policy says: the handoff
    channels on this surface, and the language of the agents. `receive` builds what receives events, not started yet.
    """

    name: str
    ports: SurfacePorts
    config: SurfaceConfig
    follow: Callable[[frozenset[str], str], None]
    receive: Callable[[Reception], EventReceiver]
    name_of: NameOf = _unknown
    call_strangers: Callable[[NameOf], None] = _ignore_names
    history: History | None = None
    background: tuple[Work, ...] = ()
