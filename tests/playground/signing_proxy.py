"""A proxy in front of the bot that vouches for activities as Microsoft does. The Playground sends them unsigned."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from aiohttp import ClientSession, web

from sandbox.loopback import LoopbackServer

PATH = "/api/messages"

Json = dict[str, Any]


class SigningProxy:
    """Passes activities on to the bot at `url`, with the header that `authorize` returns for each.

    Use as `async with SigningProxy(…) as proxy`. `activities` are those that were passed on, with the bot's status.
    """

    def __init__(self, url: str, authorize: Callable[[Json], str]) -> None:
        self.activities: list[tuple[Json, int]] = []
        self._url = url
        self._authorize = authorize
        self._session: ClientSession | None = None
        application = web.Application(client_max_size=4 * 1024 * 1024)
        # Its start asks for the headers of the address, and takes 405 for an answer.
        application.router.add_post(PATH, self._pass_on)
        self._server = LoopbackServer(application)

    async def __aenter__(self) -> SigningProxy:
        self._session = ClientSession()
        await self._server.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.stop()
        if self._session is not None:
            await self._session.close()

    @property
    def address(self) -> str:
        """The address to which clients send activities."""
        return self._server.url + PATH

    async def _pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        activity: Json = json.loads(body)
        headers = {"Content-Type": "application/json; charset=utf-8", "Authorization": self._authorize(activity)}
        assert self._session is not None
        async with self._session.post(self._url, data=body, headers=headers) as answer:
            self.activities.append((activity, answer.status))
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)
