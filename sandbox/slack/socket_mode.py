"""Socket Mode of the local stand-in: the WebSockets an app opens, and the envelopes sent through them.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode
"""

from __future__ import annotations

import asyncio
import enum
import itertools
import json
import secrets
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from sandbox.change_feed import ChangeFeed
from sandbox.slack.changes import Change, ChangeKind
from sandbox.slack.wire import Json

CONNECTION_SECONDS = 18_060


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """The app's acknowledgement of an envelope, with the payload it may carry."""

    payload: Json | None = None


class SocketHealth(enum.Enum):
    """States of a socket that looks open. Slack may not notice that a connection is broken."""

    SOUND = "carries everything"
    DEAF = "answers pings; envelopes never arrive"
    DEAD = "answers nothing"


@dataclass(slots=True, eq=False)
class _Connection:
    """One open socket, and the envelopes sent through it that are not acknowledged yet."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    health: SocketHealth = SocketHealth.SOUND
    waiting: dict[str, asyncio.Future[Ack | None]] = field(default_factory=dict)

    def acknowledge(self, envelope_id: str, ack: Ack | None) -> None:
        future = self.waiting.get(envelope_id)
        if future and not future.done():
            future.set_result(ack)

    def give_up(self) -> None:
        for envelope_id in list(self.waiting):
            self.acknowledge(envelope_id, None)


class SocketHub:
    """The open sockets. Each envelope goes to one of them, in turn."""

    def __init__(self, app_id: str, changes: ChangeFeed[Change]) -> None:
        self._app_id = app_id
        self._changes = changes
        self._tickets: set[str] = set()
        self._connections: list[_Connection] = []
        self._turn = itertools.count()
        self._opened = asyncio.Event()
        self.wanted = False
        self.opened = 0
        """How many were ever opened."""

    @property
    def count(self) -> int:
        return len(self._connections)

    def new_ticket(self) -> str:
        """Returns the secret part of a socket address, valid for one connection."""
        self.wanted = True
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return ticket

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Serves one socket, from hello to its end."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="unknown or used ticket of the local stand-in for Slack")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = self._open(socket, request.transport)
        try:
            await socket.send_json(self._hello())
            await self._listen(connection)
        except ConnectionError:
            pass  # The app is gone; what it had not acknowledged goes to another socket.
        finally:
            self._close(connection)
        return socket

    def _open(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> _Connection:
        connection = _Connection(socket, transport)
        self._connections.append(connection)
        self.opened += 1
        self._opened.set()
        self._changes.publish(Change(kind=ChangeKind.SOCKET_OPENED))
        return connection

    def _close(self, connection: _Connection) -> None:
        self._retire(connection)
        connection.give_up()
        self._changes.publish(Change(kind=ChangeKind.SOCKET_CLOSED))

    def _retire(self, connection: _Connection) -> None:
        """Sends this socket no further envelopes; those on their way may still be acknowledged."""
        if connection in self._connections:
            self._connections.remove(connection)
        if not self._connections:
            self._opened.clear()

    def _hello(self) -> Json:
        debug = {"host": "local-stand-in-not-slack", "approximate_connection_time": CONNECTION_SECONDS}
        return {
            "type": "hello",
            "num_connections": self.count,
            "connection_info": {"app_id": self._app_id},
            "debug_info": debug,
        }

    async def _listen(self, connection: _Connection) -> None:
        async for message in connection.socket:
            if message.type is WSMsgType.PING and connection.health is not SocketHealth.DEAD:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._received(connection, message.data)

    def _received(self, connection: _Connection, text: str) -> None:
        try:
            answer = json.loads(text)
        except ValueError:
            return
        if isinstance(answer, dict) and "envelope_id" in answer:
            connection.acknowledge(str(answer["envelope_id"]), Ack(payload=answer.get("payload")))

    async def wait_until_open(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._opened.wait()
        except TimeoutError:
            return False
        return True

    async def send(self, envelope: Json, seconds: float) -> Ack | None:
        """Sends one envelope through one socket. Returns None if it is not acknowledged within so many seconds."""
        if not self._connections:
            return None
        connection = self._connections[next(self._turn) % len(self._connections)]
        envelope_id = str(envelope["envelope_id"])
        future: asyncio.Future[Ack | None] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = future
        try:
            if connection.health is SocketHealth.SOUND:
                await connection.socket.send_json(envelope)
            async with asyncio.timeout(seconds):
                return await future
        except (TimeoutError, ConnectionError):
            return None
        finally:
            connection.waiting.pop(envelope_id, None)

    async def disconnect(
        self, reason: str = "refresh_requested", *, close: bool = False, at_most: int | None = None
    ) -> None:
        """Asks the app to reconnect. Old sockets get nothing new; `close` also ends them, as a real refresh does.

        With `at_most` only so many of them are told, the oldest first.
        """
        message = {"type": "disconnect", "reason": reason, "debug_info": {"host": "local-stand-in-not-slack"}}
        for connection in self._connections[:at_most]:
            self._retire(connection)
            await connection.socket.send_json(message)
            if close:
                await connection.socket.close()

    def go(self, health: SocketHealth, *, at_most: int | None = None) -> None:
        """Makes the open sockets, or so many of the oldest, unhealthy: they carry less than they seem to."""
        for connection in self._connections[:at_most]:
            connection.health = health

    async def drop(self) -> None:
        """Cuts all sockets without a close frame, as a broken network does."""
        for connection in list(self._connections):
            self._retire(connection)
            connection.give_up()
            if connection.transport is not None:
                connection.transport.abort()

    async def close(self) -> None:
        for connection in list(self._connections):
            self._retire(connection)
            await connection.socket.close()
