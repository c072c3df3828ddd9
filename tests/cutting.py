"""A proxy to a PostgreSQL server that cuts connections on request: before a commit, or before its response."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import make_url

from tests.deadlines import HUNG

_CHUNK = 65_536
_SOCKET = ".s.PGSQL.5432"
_COMMIT = b"COMMIT\0"


class Moment(enum.StrEnum):
    """The moment at which a connection is cut, as seen by the client that commits."""

    BEFORE_COMMIT = "before the commit"
    AFTER_COMMIT = "after the commit"


@dataclass(slots=True, kw_only=True)
class Cut:
    """A planned cut of one connection, at the first commit after all of `seen` have passed it in either direction."""

    moment: Moment
    seen: Sequence[bytes] = ()
    happened: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        """Waits until the cut has happened. What was committed can be read before the client misses its response."""
        async with asyncio.timeout(HUNG):
            await self.happened.wait()


@dataclass(eq=False, slots=True)
class _Connection:
    """Both ends of one connection, and the marks of each planned cut that have passed it."""

    near: asyncio.StreamWriter
    far: asyncio.StreamWriter
    seen: set[tuple[int, bytes]] = field(default_factory=set)

    def cut(self) -> None:
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

    def plan(self, moment: Moment, *seen: bytes) -> Cut:
        """Plans to cut a connection at `moment` of the first commit after all of `seen` have passed it."""
        cut = Cut(moment=moment, seen=seen)
        self._planned.append(cut)
        return cut

    def forget_plans(self) -> None:
        """Drops all planned cuts that have not happened yet."""
        self._planned.clear()

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
                if self._is_cut_here(connection, chunk, moment):
                    connection.cut()
                    return
                to.write(chunk)
                await to.drain()
        to.close()

    def _is_cut_here(self, connection: _Connection, chunk: bytes, moment: Moment) -> bool:
        for cut in self._planned:
            connection.seen |= {(id(cut), mark) for mark in cut.seen if mark in chunk}
            ready = all((id(cut), mark) in connection.seen for mark in cut.seen)
            if ready and cut.moment is moment and _COMMIT in chunk:
                self._planned.remove(cut)
                cut.happened.set()
                return True
        return False
