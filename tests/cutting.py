"""A proxy to a PostgreSQL server that cuts connections on request: in a transaction, at its commit, or after it."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import socket
import struct
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url

from tests.deadlines import HUNG

_CHUNK = 65_536
_SOCKET = ".s.PGSQL.5432"
_BEGIN = b"BEGIN"
_COMMIT = b"COMMIT\0"
_ROLLBACK = b"ROLLBACK\0"
# Process, user and group of a socket's client.
_PEER = struct.Struct("3i")


class Moment(enum.StrEnum):
    """The moment at which a connection is cut, as seen by the client that commits."""

    BEFORE_COMMIT = "before the commit"
    AFTER_COMMIT = "after the commit"


@dataclass(slots=True, kw_only=True)
class Cut:
    """A planned cut of one connection, at the commit of the first transaction in which all of `seen` have passed it.

    With `instead`, that is called with the id of the client's process, and the connection carries nothing until
    `release`.
    """

    moment: Moment
    seen: Sequence[bytes] = ()
    instead: Callable[[int], None] | None = None
    happened: asyncio.Event = field(default_factory=asyncio.Event)
    _released: Callable[[], None] = lambda: None

    def release(self) -> None:
        """Lets the connection carry again what was held back."""
        self._released()

    def do(self, connection: _Connection) -> None:
        """Cuts the connection, or does what was planned instead."""
        self.happened.set()
        if self.instead is None:
            connection.cut()
        else:
            self._released = connection.flowing.set
            connection.flowing.clear()
            self.instead(connection.client)

    async def wait(self) -> None:
        """Waits until the cut has happened. What was committed can be read before the client misses its response."""
        async with asyncio.timeout(HUNG):
            await self.happened.wait()


@dataclass(slots=True, kw_only=True)
class Break:
    """A planned break of one connection in a transaction, after so many round trips of it, at least one.

    `stall` is for how many seconds the connection carries nothing, in both directions; None cuts it.
    """

    trips: int
    stall: float | None = None
    happened: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False, slots=True)
class _Connection:
    """Both ends of one connection, and the marks of each planned cut that have passed it in the open transaction.

    `trips` counts the round trips of the open transaction; None outside of transactions.
    """

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    seen: set[tuple[int, bytes]] = field(default_factory=set)
    trips: int | None = None
    flowing: asyncio.Event = field(default_factory=asyncio.Event)
    is_cut: bool = False

    def __post_init__(self) -> None:
        self.flowing.set()

    @property
    def client(self) -> int:
        """The id of the client's process."""
        peer = self.near.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
        return int(_PEER.unpack(peer)[0])

    def count(self, chunk: bytes) -> None:
        """Counts what the client sends. A client waits for each response, so a chunk is a round trip."""
        if _BEGIN in chunk:
            self.trips = 0
            self.seen.clear()
        elif _COMMIT in chunk or _ROLLBACK in chunk:
            self.trips = None
        elif self.trips is not None:
            self.trips += 1

    def stall(self, seconds: float) -> None:
        """Carries nothing for so many seconds."""
        self.flowing.clear()
        asyncio.get_running_loop().call_later(seconds, self.flowing.set)

    def cut(self) -> None:
        self.is_cut = True
        self.flowing.set()
        self.near.transport.abort()
        self.far.transport.abort()


class CuttableWire:
    """A socket that forwards to the server of `url`. Use it as an async context manager."""

    def __init__(self, url: str) -> None:
        self._server_socket = Path(str(make_url(url).query["host"])) / _SOCKET
        self._url = make_url(url)
        self._connections: set[_Connection] = set()
        self._carrying: set[asyncio.Task[None]] = set()
        self._planned: list[Cut] = []
        self._breaks: list[Break] = []
        self._folder = tempfile.TemporaryDirectory(prefix="wire-")

    @property
    def url(self) -> str:
        """The URL of the same database through this socket."""
        return self._url.update_query_dict({"host": self._folder.name}).render_as_string(hide_password=False)

    async def __aenter__(self) -> CuttableWire:
        await self.lay()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        await asyncio.gather(*self._carrying, return_exceptions=True)
        self._folder.cleanup()

    async def lay(self) -> None:
        """Accepts connections."""
        self._server = await asyncio.start_unix_server(self._connect, Path(self._folder.name) / _SOCKET, backlog=100)

    async def refuse(self) -> None:
        """Cuts all connections and refuses new ones, as if the server were down."""
        self._server.close()
        (Path(self._folder.name) / _SOCKET).unlink(missing_ok=True)
        self.cut_all()

    def plan(self, moment: Moment, *seen: bytes, instead: Callable[[int], None] | None = None) -> Cut:
        """Plans to cut a connection at `moment`, at the commit of a transaction in which all of `seen` have passed it.

        See `Cut` for `instead`.
        """
        cut = Cut(moment=moment, seen=seen, instead=instead)
        self._planned.append(cut)
        return cut

    def plan_break(self, trips: int, stall: float | None = None) -> Break:
        """Plans a break of the first connection that has made so many round trips in one transaction."""
        planned = Break(trips=trips, stall=stall)
        self._breaks.append(planned)
        return planned

    def forget_plans(self) -> None:
        """Drops all plans that have not happened yet."""
        self._planned.clear()
        self._breaks.clear()

    def cut_all(self) -> None:
        """Cuts all connections."""
        for connection in list(self._connections):
            connection.cut()

    async def _connect(self, reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        try:
            async with self._connected(near) as (connection, far_reader):
                await asyncio.gather(
                    self._carry(connection, reader, connection.far, Moment.BEFORE_COMMIT),
                    self._carry(connection, far_reader, near, Moment.AFTER_COMMIT),
                )
        except OSError:
            near.transport.abort()
        finally:
            self._carrying.discard(task)

    @contextlib.asynccontextmanager
    async def _connected(self, near: asyncio.StreamWriter) -> AsyncIterator[tuple[_Connection, asyncio.StreamReader]]:
        far_reader, far = await asyncio.open_unix_connection(self._server_socket)
        connection = _Connection(near, far)
        self._connections.add(connection)
        try:
            yield connection, far_reader
        finally:
            self._connections.discard(connection)
            connection.cut()

    async def _carry(
        self, connection: _Connection, source: asyncio.StreamReader, to: asyncio.StreamWriter, moment: Moment
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await source.read(_CHUNK):
                if moment is Moment.BEFORE_COMMIT:
                    connection.count(chunk)
                    self._break_if_planned(connection)
                self._cut_if_planned(connection, chunk, moment)
                await connection.flowing.wait()
                if connection.is_cut:
                    return
                to.write(chunk)
                await to.drain()
        to.close()

    def _break_if_planned(self, connection: _Connection) -> None:
        trips = connection.trips or 0
        due = next((one for one in self._breaks if trips >= one.trips), None)
        if due is None:
            return
        self._breaks.remove(due)
        due.happened.set()
        if due.stall is None:
            connection.cut()
        else:
            connection.stall(due.stall)

    def _cut_if_planned(self, connection: _Connection, chunk: bytes, moment: Moment) -> None:
        for cut in self._planned:
            connection.seen |= {(id(cut), mark) for mark in cut.seen if mark in chunk}
            ready = all((id(cut), mark) in connection.seen for mark in cut.seen)
            if ready and cut.moment is moment and _COMMIT in chunk:
                self._planned.remove(cut)
                cut.do(connection)
                return
