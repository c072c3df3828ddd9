"""The server of the stand-ins: nothing of it is left when it has stopped."""

from __future__ import annotations

import asyncio

from aiohttp import web

from sandbox.loopback import LoopbackServer


async def test_a_handler_whose_caller_has_hung_up_ends_with_the_server() -> None:
    requests: asyncio.Queue[web.Request] = asyncio.Queue()
    ended = asyncio.Event()

    async def wait(request: web.Request) -> web.Response:
        requests.put_nowait(request)
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return web.Response()

    application = web.Application()
    application.router.add_get("/", wait)
    server = LoopbackServer(application)
    async with server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        request = await requests.get()
        writer.close()
        while request.transport is not None:  # noqa: ASYNC110 - a lost connection raises no event
            await asyncio.sleep(0)
        assert not ended.is_set()

    assert ended.is_set()
