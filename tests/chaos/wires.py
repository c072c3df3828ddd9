"""The network between the bot and the stand-ins, which a bad day can disturb."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from sandbox.loopback import LoopbackServer
from tests.bench.processes import free_port

_CHUNK = 65_536


class Wire:
    """A TCP proxy to a server on loopback. While it is taken away, connections are cut and new ones refused."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.Task[None]] = set()
        self.port = free_port()

    async def lay(self) -> None:
        """Accepts connections."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port, backlog=1024)

    async def take_away(self) -> None:
        """Cuts all connections and refuses new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        # Also those that are just being connected to the server.
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def _connect(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._carrying.add(task)
        ends = [back]
        try:
            # `take_away` cancels it, and asyncio would print that as an error of the connection.
            with contextlib.suppress(asyncio.CancelledError):
                far, onward = await asyncio.open_connection("127.0.0.1", self._target)
                ends.append(onward)
                await asyncio.gather(_carry(near, onward), _carry(far, back))
        finally:
            for writer in ends:
                writer.transport.abort()
            self._carrying.discard(task)


async def _carry(source: asyncio.StreamReader, to: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await source.read(_CHUNK):
            to.write(chunk)
            await to.drain()
    to.transport.abort() if to.is_closing() else to.close()


class Fate(enum.StrEnum):
    """The way a request of Slack or Teams is delivered or fails."""

    ARRIVES = "arrives"
    LATE = "late"
    TWICE = "twice"
    UNHEARD = "never arrived"
    UNANSWERED = "its acknowledgement is lost"


Fates = Mapping[Fate, int]
"""How often each fate is drawn, relative to the others."""

BAD_MAIL: Fates = {Fate.ARRIVES: 4, Fate.LATE: 3, Fate.TWICE: 1, Fate.UNHEARD: 1, Fate.UNANSWERED: 1}
OFTEN_TWICE: Fates = {Fate.ARRIVES: 1, Fate.TWICE: 1}
# Long enough for the next message of a conversation to overtake this one.
_LATEST = 1.5


_CARRIED = ("X-Slack", "Authorization", "Content-Type")


class Mail:
    """Forwards requests of Slack or Teams to the bot late, out of order, twice, or not at all, with their signatures.

    Several `targets` take turns, so what is forwarded twice reaches two of them at once. `faults` counts the requests
    that were not simply forwarded.
    """

    def __init__(self, targets: Sequence[str], fates: Fates, chance: random.Random, faults: Counter[str]) -> None:
        self._first = targets[0]
        self._targets = itertools.cycle(targets)
        self._fates = fates
        self._chance = chance
        self._faults = faults
        self._http: aiohttp.ClientSession | None = None
        self.url = ""

    @contextlib.asynccontextmanager
    async def carried(self) -> AsyncIterator[None]:
        """Forwards requests sent to `url` until the block is left."""
        application = web.Application()
        path = urlsplit(self._first).path
        application.router.add_post(path, self._handle)
        async with aiohttp.ClientSession(auto_decompress=False) as self._http, LoopbackServer(application) as server:
            self.url = f"{server.url}{path}"
            yield

    async def _handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        fate = self._chance.choices(list(self._fates), list(self._fates.values()))[0]
        if fate is not Fate.ARRIVES:
            self._faults[fate.value] += 1
        if fate is Fate.UNHEARD:
            return web.Response(status=502)
        if fate is Fate.LATE:
            await asyncio.sleep(self._chance.uniform(0.0, _LATEST))
        answers = await asyncio.gather(*(self._forward(request, body) for _ in range(2 if fate is Fate.TWICE else 1)))
        return web.Response(status=504) if fate is Fate.UNANSWERED else answers[0]

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        assert self._http is not None
        kept = {name: value for name, value in request.headers.items() if name.startswith(_CARRIED)}
        try:
            async with self._http.post(next(self._targets), data=body, headers=kept) as answer:
                return web.Response(status=answer.status, body=await answer.read())
        except aiohttp.ClientError:
            return web.Response(status=502)
