"""Common parts of the stand-ins for ticket systems: HTTP on loopback, faults, and actions of people there.

A stand-in refuses what the vendor is documented to refuse, and keeps its tickets in memory.
"""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, ClassVar, Self

from aiohttp import web

from bot.errors import OutsideError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.model.ticket_system import WebhookRequest
from sandbox.loopback import LoopbackServer
from tests.deadlines import HUNG
from tests.tickets.promises import Promise

AGENT = "Cara"


@dataclass(slots=True)
class Comment:
    """A note or comment on a ticket. `ours`: written through the API with the desk's token."""

    id: str
    text: str
    public: bool
    author: str
    at: float
    ours: bool = False


@dataclass(slots=True)
class TicketRecord:
    """A ticket as people see it in the ticket system. `gone`: merged into another, or closed as its twin."""

    id: str
    key: str
    subject: str = ""
    text: str = ""
    requester: str | None = None
    status: TicketStatus = TicketStatus.NEW
    fields: dict[str, str] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that arrived. `body` is None where there was none."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A failure of the next request for which `when` is true.

    `processed`: the request has its effect first. `status` None: the connection breaks; `hang`: no answer ever comes;
    `echo`: the answer repeats what was sent, as a text and as the message of an error.
    """

    when: Callable[[Call], bool]
    processed: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: bool = False
    echo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BadSetting:
    """A wrong setting, the error that `check` raises for it, and a word that its message must contain."""

    variables: Mapping[str, str]
    error: type[OutsideError]
    names: str


@dataclass(slots=True)
class PersonRecord:
    """A contact or user of the ticket system, with the field of free text about them."""

    id: str
    email: str
    about: str = ""


class Backend(ABC):
    """A ticket system that the contract is tested against: a stand-in, or a real server."""

    system: ClassVar[str]
    """Its name in `TICKETS`."""
    title: ClassVar[str]
    """Its name in docs/tickets.md."""
    how: ClassVar[str] = "stand-in"
    lacks: ClassVar[Mapping[Promise, str]] = {}
    """Promises that this vendor cannot keep, each with its word in the table."""
    statuses: ClassVar[Mapping[TicketStatus, TicketStatus]] = {}
    """The status that is read after one was set, where the vendor lacks one of ours."""

    @abstractmethod
    def variables(self) -> dict[str, str]:
        """Returns the settings for it."""

    @abstractmethod
    async def made(self) -> list[TicketRecord]:
        """Returns the tickets that are not gone, oldest first."""

    @abstractmethod
    async def comment(self, id: str, text: str, *, public: bool) -> None:
        """Writes on a ticket, as a person other than the desk."""

    @abstractmethod
    async def move(self, id: str, status: TicketStatus) -> None:
        """Sets the status of a ticket, as a person other than the desk."""

    @abstractmethod
    def signed(self, id: str, at: float) -> WebhookRequest:
        """Returns the webhook about a change, signed at that time."""

    @property
    @abstractmethod
    def bad_settings(self) -> Iterable[BadSetting]:
        """Settings that `check` must refuse."""


class FaultyServer:
    """A web server on loopback that fails on request, used in `async with`. `calls` are the requests so far."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._faults: list[Fault] = []
        self._server: LoopbackServer | None = None
        self._port = 0
        self._arrival = asyncio.Event()

    def application(self) -> web.Application:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        await self.come_back()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.go_down()

    async def come_back(self) -> None:
        """Listens, on the same port as before."""
        app = self.application()
        app.middlewares.append(self._serve)
        self._server = LoopbackServer(app, port=self._port, grace=0.05)
        await self._server.start()
        self._port = self._server.port

    async def go_down(self) -> None:
        """Refuses connections."""
        if self._server is not None:
            await self._server.stop()
            self._server = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def writes(self) -> list[Call]:
        """The requests that may change something."""
        return [call for call in self.calls if call.writes]

    async def wait_for(self, condition: Callable[[], bool]) -> None:
        """Returns once `condition` is true; it is evaluated after every request. Raises TimeoutError."""
        async with asyncio.timeout(HUNG):
            while not condition():
                await self._arrival.wait()

    def arrived(self) -> None:
        """Has every `wait_for` evaluate its condition again."""
        self._arrival.set()
        self._arrival = asyncio.Event()

    def fail(self, when: Callable[[Call], bool] = lambda call: True, **how: Any) -> None:
        """Makes the next request for which `when` is true fail; see Fault."""
        self._faults.append(Fault(when=when, **how))

    @web.middleware
    async def _serve(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        call = await _call(request)
        self.calls.append(call)
        self.arrived()
        fault = next((fault for fault in self._faults if fault.when(call)), None)
        if fault is not None:
            self._faults.remove(fault)
        if fault is None:
            return await _handled(handler, request)
        if fault.processed:
            await handler(request)
        if fault.hang:
            await asyncio.Event().wait()
        if fault.status is None:
            assert request.transport is not None
            request.transport.abort()
            await asyncio.sleep(0)
        repeated = {"message": str(call.body), "error": str(call.body)} if fault.echo else None
        body = None if repeated is None else json.dumps(repeated)
        return web.Response(status=fault.status or 500, headers=dict(fault.headers), text=body)


async def _handled(handler: Callable[[web.Request], Any], request: web.Request) -> web.StreamResponse:
    response: web.StreamResponse = await handler(request)
    return response


async def _call(request: web.Request) -> Call:
    body = await request.read()
    return Call(
        method=request.method,
        path=request.path,
        query=dict(request.query),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=json.loads(body) if body else None,
    )


class StandIn(FaultyServer, Backend, ABC):
    """A stand-in for one vendor. `key` is unique to the test; `now` gives its time, in Unix seconds."""

    lags: ClassVar[bool] = True
    """True if the vendor's lists and searches may lag behind."""
    described: ClassVar[tuple[str, ...]] = ()
    """The files of shared/openapi that describe the vendor's API; every request body is validated by them."""
    description: ClassVar[Any] = None
    """The same in the same form, written by us from the documentation, where the vendor's may not be used."""
    prefix: ClassVar[str] = ""
    """The prefix of the paths in those files."""
    undescribed: ClassVar[str] = r"$^"
    """A pattern of paths that those files leave out."""
    mistaken: ClassVar[str] = r"$^"
    """A pattern of complaints in which those files are wrong about the vendor."""
    misshapen: ClassVar[tuple[tuple[str, str, Any], ...]] = ()
    """Requests (method, path, body) that those files must refuse: they prove that the validation works."""

    def __init__(self) -> None:
        super().__init__()
        self.key = f"sb-{uuid.uuid4().hex}"
        self.now: Callable[[], float] = time.time
        self.tickets: dict[str, TicketRecord] = {}
        self.people: dict[str, PersonRecord] = {}
        self.lagging = False
        self.refuses_moves = False
        self._hidden: set[str] = set()

    def lag(self) -> None:
        """Hides tickets created from now on from lists and searches, if the vendor's lag."""
        self.lagging = self.lags

    def settle(self) -> None:
        """Shows everything in lists and searches again."""
        self.lagging = False
        self._hidden.clear()

    async def pass_time(self) -> None:
        """Lets some time pass."""
        later = self.now() + 60.0
        self.now = lambda: later

    def refuse_moves(self) -> dict[str, str]:
        """Refuses status changes from now on, as the vendor does. Returns the settings that this takes."""
        self.refuses_moves = True
        return {}

    def add(self, ticket: TicketRecord) -> TicketRecord:
        """Adds a ticket."""
        self.tickets[ticket.id] = ticket
        self.arrived()
        if self.lagging:
            self._hidden.add(ticket.id)
        return ticket

    async def know(self, email: str, about: str = "") -> None:
        """Adds a person with this address, about whom people have written something."""
        id = str(900 + len(self.people))
        self.people[id] = PersonRecord(id=id, email=email, about=about)

    async def about(self, email: str) -> str:
        """Returns what is written about the person with this address."""
        return next(one.about for one in self.people.values() if one.email == email)

    def next_id(self) -> str:
        return str(len(self.tickets) + 1)

    def add_comment(self, ticket: TicketRecord, text: str, *, public: bool, author: str, ours: bool) -> Comment:
        """Adds a comment to a ticket."""
        comment = Comment(
            id=f"{ticket.id}0{len(ticket.comments) + 1}", text=text, public=public, author=author, at=self.now()
        )
        comment.ours = ours
        ticket.comments.append(comment)
        return comment

    @property
    def listed(self) -> list[TicketRecord]:
        """The tickets that lists and searches show."""
        return [ticket for ticket in self.tickets.values() if ticket.id not in self._hidden and not ticket.gone]

    async def made(self) -> list[TicketRecord]:
        return [ticket for ticket in self.tickets.values() if not ticket.gone]

    async def comment(self, id: str, text: str, *, public: bool) -> None:
        self.add_comment(self.tickets[id], text, public=public, author=AGENT, ours=False)

    async def move(self, id: str, status: TicketStatus) -> None:
        self.tickets[id].status = status
