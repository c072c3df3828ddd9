"""Socket Mode: a few WebSocket connections to Slack, each replaced before its loss would be noticed.

A pong proves the network and no more: a connection can stay open for days without Slack delivering anything through it.
Only a delivery proves the whole path. The hello of a new connection is such a delivery and costs nothing, so a
connection that was silent for a while is replaced by one that has received its hello.

Slack's own client is not used: it closes the old connection before it opens the new one, reconnects at times of its own
choosing, retries a used address for ever, and relies on the wall clock.

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

import aiohttp
import httpx
from aiohttp import WSMsgType
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import OutsideError, PermanentError, RateLimitedError, TemporaryError
from bot.helpdesk.retry import Schedule, next_delay
from bot.http_client import is_error_code, proxy_for
from bot.slack.errors import SYSTEM, translated

log = logging.getLogger(__name__)

AfterGap = Callable[[], Awaitable[None]]
Acknowledged = Callable[[int, float], None]
"""Called with the status that Bolt gave an envelope, and the seconds until its acknowledgement was sent."""

_Wire = aiohttp.ClientWebSocketResponse[Any]

_END_FRAMES = {WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR}
# After these reasons Slack would turn away another connection that is opened at once.
_REFUSAL_REASONS = {"link_disabled", "too_many_websockets"}
_REASONS = {"warning", "refresh_requested", *_REFUSAL_REASONS}


@dataclass(frozen=True, slots=True, kw_only=True)
class SocketTimings:
    """Number of connections of a process, and their timeouts in seconds.

    `trusted_for` must stay below five minutes, after which Slack redelivers an event for the last time: by then an
    event lost in a silent connection has to reach a working one. Replacing two idle connections at this rate requests
    an address every two minutes; Slack grants at least one a minute, and ten open connections per app.
    """

    connections: int = 2
    opened_within: float = 10.0
    """From the request for an address to Slack's hello."""
    ping_every: float = 10.0
    """A silent connection is pinged after this time, and broken without a pong within half of it."""
    proven_within: float = 30.0
    """A connection counts as alive until its last frame, a pong included, is older than this."""
    trusted_for: float = 240.0
    """A connection without a delivery for this time is replaced, although it answers pings."""
    suspect_after: float = 60.0
    """The same, once Slack has redelivered an event that a connection did not acknowledge."""
    linger: float = 5.0
    """A connection that Slack announced to close is still read for this time after the next one is open."""
    closed_within: float = 1.0
    """Limit for acknowledgements under way, and again for the closing handshake."""
    retry: Schedule = field(default_factory=lambda: Schedule(first=0.5, longest=30.0))


async def _ignore_gap() -> None:
    """Default for `after_gap`."""


def _ignore_acknowledgement(status: int, seconds: float) -> None:
    """Default for `acknowledged`."""


@dataclass(slots=True, eq=False)
class _Connection:
    """A connection after its hello. `expired` is set once it has to be replaced, with the first `reason`."""

    wire: _Wire
    trust: float
    now: Callable[[], float]
    opened_at: float = field(init=False)
    received_at: float = field(init=False)
    delivered_at: float = field(init=False)
    reason: str = ""
    expired: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    in_progress: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.opened_at = self.received_at = self.delivered_at = self.now()

    def expire(self, reason: str) -> None:
        self.reason = self.reason or reason
        self.expired.set()

    async def wait_until_expired(self) -> None:
        """Waits until it has to be replaced: it was told to expire, or had no delivery for `trust` seconds."""
        while not self.expired.is_set():
            left = self.delivered_at + self.trust - self.now()
            if left <= 0:
                self.expire("silent")
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self.expired.wait()


class Sockets:
    """The Socket Mode connections of one process.

    `after_gap` is called after the start and after every time without an open connection, even while an earlier call
    still runs; its errors are logged. An envelope is acknowledged once Bolt answers 200; Slack redelivers any other.
    """

    def __init__(
        self,
        *,
        bolt: AsyncApp,
        slack: AsyncWebClient,
        app_token: str,
        after_gap: AfterGap = _ignore_gap,
        acknowledged: Acknowledged = _ignore_acknowledgement,
        timings: SocketTimings | None = None,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`slack` must not retry by itself: retries are decided here, and `sleep` waits before each."""
        self._bolt = bolt
        self._slack = slack
        self._app_token = app_token
        self._after_gap = after_gap
        self._acknowledged = acknowledged
        self._timings = timings or SocketTimings()
        self._now = now
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None
        self._open: list[_Connection] = []
        self._not_closed: set[_Connection] = set()
        self._opening = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._covered_until = self._now()
        self._in_gap = True
        self._last_failure = ""
        self._closing = False

    @property
    def alive(self) -> bool:
        """Tells whether Slack can reach this process, as far as can be known."""
        age = self.age
        return age is not None and age <= self._timings.proven_within

    @property
    def age(self) -> float | None:
        """Seconds since the last frame on any open connection, or None if none is open."""
        received = [connection.received_at for connection in self._open]
        return self._now() - max(received) if received else None

    @property
    def count(self) -> int:
        """Number of connections that are open and not about to be closed."""
        return len(self._open)

    # Starting and closing.

    async def start(self) -> None:
        """Opens the first connection, and keeps all of them open from now on.

        Raises PermanentError if Slack refuses the app-level token. If Slack cannot be reached, opening is retried.
        """
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        first = await self._open_first()
        for number in range(self._timings.connections):
            self._spawn(self._keep_open(None if number else first))

    async def close(self) -> None:
        """Finishes the acknowledgements under way and closes. Slack redelivers whatever is not acknowledged."""
        self._closing = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(self._close(connection) for connection in list(self._not_closed)))
        await asyncio.gather(*list(self._tasks), return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _open_first(self) -> _Connection | None:
        try:
            return await self._open_fresh()
        except TemporaryError as error:
            self._log_failure(error)
            return None
        except PermanentError as error:
            raise type(error)(
                f"Slack opens no connection with the app-level token in SLACK_APP_TOKEN: it says {error.code}.",
                system=error.system,
                code=error.code,
            ) from error

    async def _keep_open(self, connection: _Connection | None) -> None:
        """Keeps one connection open: the next one is there before the current one is closed."""
        short_lived = 0
        while True:
            if connection is not None:
                await connection.wait_until_expired()
                short_lived = short_lived + 1 if self._was_short_lived(connection) else 0
                await self._back_off(connection, short_lived)
            fresh = await self._open_with_retries()
            if connection is not None:
                log.debug("socket_replaced", extra={"reason": connection.reason})
                lingers = connection.reason in {"warning", "refresh_requested"}
                self._spawn(self._close(connection, lingers=lingers))
            connection = fresh

    def _was_short_lived(self, connection: _Connection) -> bool:
        return self._now() - connection.opened_at < self._timings.retry.longest

    async def _back_off(self, connection: _Connection, short_lived: int) -> None:
        """Pauses before the next connection if Slack accepts connections only to end them again."""
        if connection.reason in _REFUSAL_REASONS:
            await self._close(connection)
            await self._sleep(self._timings.retry.longest)
        elif short_lived > 1:
            await self._sleep(self._delay(short_lived - 1))

    async def _open_with_retries(self) -> _Connection:
        attempts = 0
        while True:
            attempts += 1
            retry_after = None
            try:
                return await self._open_fresh()
            except OutsideError as error:
                self._log_failure(error)
                retry_after = error.retry_after if isinstance(error, RateLimitedError) else None
            except Exception as error:  # noqa: BLE001 - without a connection nothing is received, so any error is retried
                self._log_failure(OutsideError(system=SYSTEM, code=type(error).__name__))
            await self._sleep(self._delay(attempts, retry_after))

    def _delay(self, attempts: int, retry_after: float | None = None) -> float:
        chance = random.random()
        return (
            next_delay(self._timings.retry, attempts=attempts, elapsed=0.0, chance=chance, retry_after=retry_after)
            or 0.0
        )

    # Opening and closing one connection.

    async def _open_fresh(self) -> _Connection:
        """Opens a connection and waits for its hello. One at a time, so that never all are being replaced."""
        async with self._opening:
            with translated():
                # https://docs.slack.dev/reference/methods/apps.connections.open
                response = await self._slack.apps_connections_open(app_token=self._app_token)
                async with asyncio.timeout(self._timings.opened_within):
                    wire = await self._connect(str(response["url"]))
            trust = self._timings.trusted_for * random.uniform(0.75, 1.0)
            connection = _Connection(wire=wire, now=self._now, trust=trust)
            self._add(connection)
            return connection

    async def _connect(self, url: str) -> _Wire:
        assert self._session is not None
        wire: _Wire = await self._session.ws_connect(
            url,
            autoping=False,
            heartbeat=self._timings.ping_every,
            timeout=aiohttp.ClientWSTimeout(ws_close=self._timings.closed_within),
            proxy=proxy_for(_https(url)),
        )
        try:
            await _wait_for_hello(wire)
        except BaseException:
            await wire.close()
            raise
        return wire

    def _add(self, connection: _Connection) -> None:
        self._open.append(connection)
        self._not_closed.add(connection)
        self._spawn(self._receive(connection))
        self._last_failure = ""
        if self._in_gap:
            self._end_gap(connection)

    def _end_gap(self, first: _Connection) -> None:
        self._in_gap = False
        log.info("slack_connected", extra={"gap": round(first.opened_at - self._covered_until, 1)})
        if not self._closing:
            self._spawn(self._report_gap())

    def _retire(self, connection: _Connection, reason: str) -> None:
        """Stops counting on a connection, and begins or ends a gap if that changes anything."""
        connection.expire(reason)
        if connection not in self._open:
            return
        self._open.remove(connection)
        # Without a pong it has been dead since its last frame, and perhaps all others as well: that shows only now.
        covered_until = connection.received_at if reason == "no_pong" else self._now()
        self._covered_until = max(self._covered_until, covered_until)
        oldest = min(self._open, key=lambda other: other.opened_at, default=None)
        if oldest is None:
            self._begin_gap(reason)
        elif oldest.opened_at > self._covered_until:
            self._end_gap(oldest)

    def _begin_gap(self, reason: str) -> None:
        self._in_gap = True
        if not self._closing:
            log.warning("slack_connection_lost", extra={"reason": reason})

    async def _close(self, connection: _Connection, *, lingers: bool = False) -> None:
        """Closes a connection once its envelopes are acknowledged."""
        self._retire(connection, "replaced")
        if lingers:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timings.linger):
                    await connection.ended.wait()
        if connection.in_progress:
            await asyncio.wait(connection.in_progress, timeout=self._timings.closed_within)
        await connection.wire.close()
        self._not_closed.discard(connection)

    async def _report_gap(self) -> None:
        try:
            await self._after_gap()
        except Exception as error:
            log.error("after_gap_failed", exc_info=error, extra={"error": type(error).__name__})

    def _log_failure(self, error: OutsideError) -> None:
        """Logs that no connection could be opened, once until the reason changes or one is open again."""
        if error.code == self._last_failure:
            return
        self._last_failure = error.code
        if isinstance(error, PermanentError):
            log.critical("socket_mode_refused", extra={"code": error.code, "open": self.count})
        else:
            log.warning("slack_not_reached", extra={"code": error.code, "open": self.count})

    # Receiving.

    async def _receive(self, connection: _Connection) -> None:
        """Reads one connection to its end."""
        try:
            while (frame := await connection.wire.receive()).type not in _END_FRAMES:
                connection.received_at = self._now()
                if frame.type is WSMsgType.PING:
                    await connection.wire.pong(frame.data)
                elif frame.type is WSMsgType.TEXT:
                    self._handle_message(connection, _parse(frame.data))
        except (aiohttp.ClientError, OSError):
            pass  # It broke while a ping was answered.
        finally:
            connection.ended.set()
            timed_out = isinstance(connection.wire.exception(), TimeoutError)
            self._retire(connection, "no_pong" if timed_out else "broken")

    def _handle_message(self, connection: _Connection, message: dict[str, Any]) -> None:
        if message.get("type") == "disconnect":
            reason = str(message.get("reason"))
            self._disconnect(connection, reason if reason in _REASONS or is_error_code(reason) else "unknown_reason")
        request = _request(message)
        if request is None:
            return
        connection.delivered_at = self._now()
        if request.retry_attempt:
            self._suspect_silent()
        task = asyncio.create_task(self._dispatch(connection, request))
        connection.in_progress.add(task)
        task.add_done_callback(connection.in_progress.discard)

    def _disconnect(self, connection: _Connection, reason: str) -> None:
        """Retires a connection that Slack wants closed. `link_disabled`: Socket Mode is off in the app's settings."""
        if reason == "link_disabled":
            self._log_failure(PermanentError(system=SYSTEM, code=reason))
        elif reason == "too_many_websockets":
            self._log_failure(TemporaryError(system=SYSTEM, code=reason))
        self._retire(connection, reason)

    def _suspect_silent(self) -> None:
        """Expires silent connections after a redelivery: one of them may have lost the event despite its pongs."""
        for connection in self._open:
            if self._now() - connection.delivered_at > self._timings.suspect_after:
                connection.expire("suspect")

    async def _dispatch(self, connection: _Connection, request: SocketModeRequest) -> None:
        started = time.monotonic()
        try:
            response: BoltResponse = await run_async_bolt_app(self._bolt, request)
            if response.status == 200:
                await connection.wire.send_json(_acknowledgement(request, response))
            else:
                log.warning("envelope_not_acknowledged", extra={"code": str(response.status)})
            self._acknowledged(response.status, time.monotonic() - started)
        except Exception as error:  # noqa: BLE001 - Slack redelivers, whatever the error
            log.warning("envelope_not_acknowledged", extra={"code": type(error).__name__})


async def _wait_for_hello(wire: _Wire) -> None:
    """Waits for Slack's hello. Raises TemporaryError if the connection ends before."""
    while True:
        frame = await wire.receive()
        if frame.type in _END_FRAMES:
            raise TemporaryError("Slack ended the connection before its hello.", system=SYSTEM, code="no_hello")
        if frame.type is WSMsgType.TEXT and _parse(frame.data).get("type") == "hello":
            return


def _parse(text: str) -> dict[str, Any]:
    """Parses a message. Slack sometimes sends an empty frame or no JSON; both become an empty message."""
    try:
        message = json.loads(text)
    except ValueError:
        return {}
    return message if isinstance(message, dict) else {}


def _request(message: dict[str, Any]) -> SocketModeRequest | None:
    return SocketModeRequest.from_dict(message) if isinstance(message.get("payload"), dict) else None


def _acknowledgement(request: SocketModeRequest, response: BoltResponse) -> dict[str, Any]:
    """Builds the acknowledgement, with the body of Bolt's response as its payload if there is one, as for a form."""
    answer: dict[str, Any] = {"envelope_id": request.envelope_id}
    if response.body and response.first_headers().get("content-type", "").startswith("application/json"):
        answer["payload"] = json.loads(response.body)
    return answer


def _https(url: str) -> httpx.URL:
    """Returns the address with the scheme https: its proxy is also the one for wss, which hardly anybody sets."""
    address = httpx.URL(url)
    return address.copy_with(scheme="https") if address.scheme == "wss" else address
