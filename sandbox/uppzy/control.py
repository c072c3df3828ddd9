"""A small control interface under /sandbox/, so that another process can slow the local Uppzy down and look at it.

JSON in, JSON out. It exists for benchmarks; it has no counterpart in Uppzy and is served on loopback only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from sandbox.uppzy.server import LocalUppzy


class Control:
    """The routes: how long answers take from now on or whether any leave, and what was asked and answered."""

    def __init__(self, uppzy: LocalUppzy) -> None:
        self._uppzy = uppzy

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/sandbox/latency", self._set_latency)
        router.add_post("/sandbox/hold", self._hold)
        router.add_post("/sandbox/release", self._release)
        router.add_get("/sandbox/counts", self._counts)
        router.add_get("/sandbox/questions", self._questions)

    async def _set_latency(self, request: web.Request) -> web.Response:
        self._uppzy.latency = float((await request.json())["seconds"])
        return web.json_response({"ok": True})

    async def _hold(self, _request: web.Request) -> web.Response:
        self._uppzy.hold()
        return web.json_response({"ok": True})

    async def _release(self, _request: web.Request) -> web.Response:
        self._uppzy.release()
        return web.json_response({"ok": True})

    async def _counts(self, _request: web.Request) -> web.Response:
        asked = self._uppzy.asked
        waiting = sum(self._uppzy.completed_at(question.request_id) is None for question in asked)
        return web.json_response({"asked": len(asked), "waiting": waiting})

    async def _questions(self, _request: web.Request) -> web.Response:
        """In the order they arrived, with the time each answer left in Unix seconds."""
        return web.json_response(
            [
                {"message": question.message, "answered_at": self._uppzy.completed_at(question.request_id)}
                for question in self._uppzy.asked
            ]
        )
