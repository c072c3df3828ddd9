"""Socket Mode: a few WebSockets to Slack, each proven again and again, each replaced before it is missed.

A connection that answers pings proves the network and no more: one can stay open for days through which Slack delivers
nothing. What proves the whole way is something Slack delivers. A fresh connection's hello is that, costs nothing and is
seen by nobody, so a connection through which nothing came for a while is replaced by one that has said hello.

Slack's own client is not used for this: it closes the old connection before it opens the new one, reconnects when it
likes, tries a used address again for ever, and judges by the wall clock.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import random
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
from aiohttp import WSMsgType
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import OutsideError, PermanentError, RateLimitedError, TemporaryError
from bot.helpdesk.retry import Schedule, next_delay
from bot.slack.errors import SYSTEM, translated

log = logging.getLogger(__name__)

AfterGap = Callable[[], Awaitable[None]]
Acknowledged = Callable[[int, float], None]
"""Told of the status Bolt gave an envelope, and of the seconds until its acknowledgement was sent."""

_Wire = aiohttp.ClientWebSocketResponse[Any]

_ENDS = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
# After these words of Slack's, opening another connection at once would only be turned away again.
_DISMISSALS = {"link_disabled", "too_many_websockets"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketTimings:
    """How many connections a process has, and how closely they are watched. All times are seconds.

    `trusted_for` must stay below five minutes: so long after an event Slack delivers it for the last time, and what a
    deaf connection swallowed has to find a proven one by then. Replacing two idle connections so often asks for one
    address in two minutes; Slack grants at least one a minute, and ten open connections for each app.
    """

    connections: int = 2
    opened_within: float = 10.0
    """From the address to Slack's hello."""
    ping_every: float = 10.0
    """After so long a silence a ping is sent; without a pong within half of it the connection is broken."""
    proven_within: float = 30.0
    """A connection is alive as long as the last thing heard through it, be it a pong, is not older."""
    trusted_for: float = 240.0
    """A connection through which Slack delivered nothing for so long is replaced, though it answers pings."""
    doubted_after: float = 60.0
    """The same, once Slack repeats an event because a connection of ours did not acknowledge it."""
    lingers: float = 5.0
    """How long a connection Slack told us to leave is still listened to when the next one is open."""
    closed_within: float = 1.0
    """For acknowledgements under way, and again for Slack's goodbye."""
    retry: Schedule = field(default_factory=lambda: Schedule(first=0.5, longest=30.0))


async def _nothing_missed() -> None:
    """Nobody wants to know that there was a gap."""


def _nothing_measured(status: int, seconds: float) -> None:
    """Nobody wants to know how long an acknowledgement took."""


@dataclass(slots=True, eq=False)
class _Socket:
    """One connection after its hello. It is `spent` once it has to be replaced, for whatever reason."""

    wire: _Wire
    trust: float
    now: Callable[[], float]
    opened: float = field(init=False)
    heard: float = field(init=False)
    delivered: float = field(init=False)
    reason: str = ""
    spent: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    taking: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.opened = self.heard = self.delivered = self.now()

    def spend(self, reason: str) -> None:
        self.reason = self.reason or reason
        self.spent.set()

    async def until_spent(self) -> None:
        """Until it has to be replaced, because somebody says so or because nothing is delivered through it."""
        while not self.spent.is_set():
            left = self.delivered + self.trust - self.now()
            if left <= 0:
                self.spend("silent")
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self.spent.wait()


class Sockets:
    """The connections of one process. Give `after_gap` to hear of every time in which none was open.

    It is called after the start and after each gap, whether the last call has returned or not; what it raises is
    logged. An envelope is acknowledged once Bolt says 200; every other one Slack delivers again.
    """

    def __init__(
        self,
        *,
        bolt: AsyncApp,
        slack: AsyncWebClient,
        app_token: str,
        after_gap: AfterGap = _nothing_missed,
        acknowledged: Acknowledged = _nothing_measured,
        rhythm: SocketTimings | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`slack` must not repeat calls by itself: when to ask again is decided here."""
        self._bolt = bolt
        self._slack = slack
        self._app_token = app_token
        self._after_gap = after_gap
        self._acknowledged = acknowledged
        self._rhythm = rhythm or SocketTimings()
        self._now = now
        self._session: aiohttp.ClientSession | None = None
        self._open: list[_Socket] = []
        self._not_closed: set[_Socket] = set()
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._covered = self._now()
        self._in_gap = True
        self._trouble = ""
        self._closing = False

    @property
    def alive(self) -> bool:
        """Whether Slack can reach us now, as far as anybody can know."""
        age = self.age
        return age is not None and age <= self._rhythm.proven_within

    @property
    def age(self) -> float | None:
        """Seconds since anything was heard through an open connection, or None where none is open."""
        heard = [socket.heard for socket in self._open]
        return self._now() - max(heard) if heard else None

    @property
    def count(self) -> int:
        """How many connections are open and not about to be left."""
        return len(self._open)

    # Life

    async def start(self) -> None:
        """Open the first connection and watch over all of them from now on.

        Raises PermanentError where Slack refuses the app-level token. Where Slack is only not there, it is tried on.
        """
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        first = await self._first()
        for number in range(self._rhythm.connections):
            self._spawn(self._keep(None if number else first))

    async def close(self) -> None:
        """Finish the acknowledgements under way and say goodbye. What is not acknowledged goes elsewhere."""
        self._closing = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(self._let_go(socket) for socket in list(self._not_closed)))
        await asyncio.gather(*list(self._tasks), return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _first(self) -> _Socket | None:
        try:
            return await self._open_fresh()
        except TemporaryError as error:
            self._in_vain(error)
            return None
        except PermanentError as error:
            problem = f"Slack opens no connection with the app-level token in SLACK_APP_TOKEN: it says {error.code}."
            raise type(error)(problem, system=error.system, code=error.code) from error

    async def _keep(self, socket: _Socket | None) -> None:
        """Keep one connection open: the next one is there before the present one is let go."""
        short_lives = 0
        while True:
            if socket is not None:
                await socket.until_spent()
                short_lives = short_lives + 1 if self._was_short(socket) else 0
                await self._hesitate(socket, short_lives)
            fresh = await self._persist()
            if socket is not None:
                log.debug("socket_replaced", extra={"reason": socket.reason})
                self._spawn(self._let_go(socket, lingers=socket.reason in {"warning", "refresh_requested"}))
            socket = fresh

    def _was_short(self, socket: _Socket) -> bool:
        return self._now() - socket.opened < self._rhythm.retry.longest

    async def _hesitate(self, socket: _Socket, short_lives: int) -> None:
        """Do not storm Slack with connections that it accepts and ends again."""
        if socket.reason in _DISMISSALS:
            await self._let_go(socket)
            await asyncio.sleep(self._rhythm.retry.longest)
        elif short_lives > 1:
            await asyncio.sleep(self._pause(short_lives - 1))

    async def _persist(self) -> _Socket:
        """A fresh connection, however long it takes."""
        attempts = 0
        while True:
            attempts += 1
            told = None
            try:
                return await self._open_fresh()
            except OutsideError as error:
                self._in_vain(error)
                told = error.retry_after if isinstance(error, RateLimitedError) else None
            except Exception as error:  # noqa: BLE001 - whatever it is, without a connection nobody is heard
                self._in_vain(OutsideError(system=SYSTEM, code=type(error).__name__))
            await asyncio.sleep(self._pause(attempts, told))

    def _pause(self, attempts: int, told: float | None = None) -> float:
        chance = random.random()
        return next_delay(self._rhythm.retry, attempts=attempts, elapsed=0.0, chance=chance, told=told) or 0.0

    # Opening and leaving

    async def _open_fresh(self) -> _Socket:
        """A connection that has said hello. One at a time, so that never all are in between."""
        async with self._turn:
            with translated():
                # https://docs.slack.dev/reference/methods/apps.connections.open
                response = await self._slack.apps_connections_open(app_token=self._app_token)
                async with asyncio.timeout(self._rhythm.opened_within):
                    wire = await self._connect(str(response["url"]))
            socket = _Socket(wire=wire, now=self._now, trust=self._rhythm.trusted_for * random.uniform(0.75, 1.0))
            self._welcome(socket)
            return socket

    async def _connect(self, url: str) -> _Wire:
        assert self._session is not None
        wire: _Wire = await self._session.ws_connect(
            url,
            autoping=False,
            heartbeat=self._rhythm.ping_every,
            timeout=aiohttp.ClientWSTimeout(ws_close=self._rhythm.closed_within),
            proxy=_proxy(url),
        )
        try:
            await _greeted(wire)
        except BaseException:
            await wire.close()
            raise
        return wire

    def _welcome(self, socket: _Socket) -> None:
        self._open.append(socket)
        self._not_closed.add(socket)
        self._spawn(self._listen(socket))
        self._trouble = ""
        if self._in_gap:
            self._gap_ended(socket)

    def _gap_ended(self, first: _Socket) -> None:
        self._in_gap = False
        log.info("slack_connected", extra={"gap": round(first.opened - self._covered, 1)})
        if not self._closing:
            self._spawn(self._hear_of_gap())

    def _retire(self, socket: _Socket, reason: str) -> None:
        """Nothing may be hoped for from this connection any more."""
        socket.spend(reason)
        if socket not in self._open:
            return
        self._open.remove(socket)
        # One without a pong has been dead since it was last heard, perhaps all others with it: that shows only now.
        self._covered = max(self._covered, socket.heard if reason == "no_pong" else self._now())
        oldest = min(self._open, key=lambda other: other.opened, default=None)
        if oldest is None:
            self._gap_began(reason)
        elif oldest.opened > self._covered:
            self._gap_ended(oldest)

    def _gap_began(self, reason: str) -> None:
        self._in_gap = True
        if not self._closing:
            log.warning("slack_connection_lost", extra={"reason": reason})

    async def _let_go(self, socket: _Socket, *, lingers: bool = False) -> None:
        """Close a connection, once what came through it is acknowledged."""
        self._retire(socket, "replaced")
        if lingers:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._rhythm.lingers):
                    await socket.ended.wait()
        if socket.taking:
            await asyncio.wait(socket.taking, timeout=self._rhythm.closed_within)
        await socket.wire.close()
        self._not_closed.discard(socket)

    async def _hear_of_gap(self) -> None:
        try:
            await self._after_gap()
        except Exception as error:
            log.error("after_gap_failed", exc_info=error, extra={"error": type(error).__name__})

    def _in_vain(self, error: OutsideError) -> None:
        """No connection could be opened. Said once, until it says something else or works again."""
        if error.code == self._trouble:
            return
        self._trouble = error.code
        if isinstance(error, PermanentError):
            log.critical("socket_mode_refused", extra={"code": error.code, "open": self.count})
        else:
            log.warning("slack_not_reached", extra={"code": error.code, "open": self.count})

    # Listening

    async def _listen(self, socket: _Socket) -> None:
        """Read one connection to its end."""
        try:
            while (frame := await socket.wire.receive()).type not in _ENDS:
                socket.heard = self._now()
                if frame.type is WSMsgType.PING:
                    await socket.wire.pong(frame.data)
                elif frame.type is WSMsgType.TEXT:
                    self._hear(socket, _message(frame.data))
        except (aiohttp.ClientError, OSError):
            pass  # It broke while a ping was answered.
        finally:
            socket.ended.set()
            self._retire(socket, "no_pong" if isinstance(socket.wire.exception(), TimeoutError) else "broken")

    def _hear(self, socket: _Socket, message: dict[str, Any]) -> None:
        if message.get("type") == "disconnect":
            self._dismissed(socket, str(message.get("reason")))
        request = _request(message)
        if request is None:
            return
        socket.delivered = self._now()
        if request.retry_attempt:
            self._doubt_the_silent()
        task = asyncio.create_task(self._take(socket, request))
        socket.taking.add(task)
        task.add_done_callback(socket.taking.discard)

    def _dismissed(self, socket: _Socket, reason: str) -> None:
        """Slack wants this connection left. `link_disabled`: Socket Mode was switched off in the app's settings."""
        if reason == "link_disabled":
            self._in_vain(PermanentError(system=SYSTEM, code=reason))
        elif reason == "too_many_websockets":
            self._in_vain(TemporaryError(system=SYSTEM, code=reason))
        self._retire(socket, reason)

    def _doubt_the_silent(self) -> None:
        """Slack repeats an event: some connection may have swallowed it, though it answers pings."""
        for socket in self._open:
            if self._now() - socket.delivered > self._rhythm.doubted_after:
                socket.spend("doubted")

    async def _take(self, socket: _Socket, request: SocketModeRequest) -> None:
        started = time.monotonic()
        try:
            response: BoltResponse = await run_async_bolt_app(self._bolt, request)
            if response.status == 200:
                await socket.wire.send_json(_acknowledgement(request, response))
            else:
                log.warning("envelope_not_acknowledged", extra={"code": str(response.status)})
            self._acknowledged(response.status, time.monotonic() - started)
        except Exception as error:  # noqa: BLE001 - whatever it is, Slack delivers again
            log.warning("envelope_not_acknowledged", extra={"code": type(error).__name__})


async def _greeted(wire: _Wire) -> None:
    """Until Slack has said hello. Raises TemporaryError where it says goodbye instead."""
    while True:
        frame = await wire.receive()
        if frame.type in _ENDS:
            raise TemporaryError("Slack ended the connection before its hello.", system=SYSTEM, code="no_hello")
        if frame.type is WSMsgType.TEXT and _message(frame.data).get("type") == "hello":
            return


def _message(text: str) -> dict[str, Any]:
    """What Slack says. Now and then it sends nothing, or what is not JSON; both are an empty message."""
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _request(message: dict[str, Any]) -> SocketModeRequest | None:
    return SocketModeRequest.from_dict(message) if isinstance(message.get("payload"), dict) else None


def _acknowledgement(request: SocketModeRequest, response: BoltResponse) -> dict[str, Any]:
    """With a payload where Bolt answers with one, as it does to a form."""
    answer: dict[str, Any] = {"envelope_id": request.envelope_id}
    if response.body and response.first_headers().get("content-type", "").startswith("application/json"):
        answer["payload"] = json.loads(response.body)
    return answer


def _proxy(url: str) -> str | None:
    """The proxy for https, which is also meant for Slack's sockets: hardly anybody sets one for wss."""
    address = urlsplit(url)
    if proxy_bypass(address.hostname or ""):
        return None
    return getproxies().get("https" if address.scheme == "wss" else "http")
