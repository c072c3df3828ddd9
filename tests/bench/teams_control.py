"""Remote control of the local Teams: acts of people, state and faults over HTTP, under /sandbox/ and on loopback."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.impossible import ImpossibleError
from sandbox.teams import (
    ActivityDelivery,
    ConnectorFault,
    ConnectorFaultKind,
    FeedbackShape,
    LocalTeams,
    TeamsChangeKind,
    TeamsMessage,
)
from sandbox.teams.wire import Json

Act = Callable[[Json], Awaitable[Any]]


class ControlledTeams(LocalTeams):
    """A local Teams with the routes of `TeamsControl`."""

    def application(self) -> web.Application:
        application = super().application()
        TeamsControl(self).add_routes(application.router)
        return application


class TeamsControl:
    """Routes of the local Teams: acts of people, state of the tenant, and faults."""

    def __init__(self, teams: LocalTeams) -> None:
        self._teams = teams
        self._acts: dict[str, Act] = {
            "users": self._add_user,
            "teams": self._add_team,
            "channels": self._add_channel,
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
            "execute": self._execute,
            "thumbs": self._thumbs,
            "install": self._install,
            "uninstall": self._uninstall,
            "block": self._block,
            "deliver": self._deliver,
            "messages_url": self._set_messages_url,
            "limits": self._set_limits,
            "faults": self._add_fault,
            "several": self._several,
        }

    def add_routes(self, router: web.UrlDispatcher) -> None:
        for name, act in self._acts.items():
            router.add_post(f"/sandbox/{name}", _handler(act))
        router.add_get("/sandbox/messages", self._messages)
        router.add_get("/sandbox/counts", self._counts)
        router.add_get("/sandbox/posts", self._posts)
        router.add_delete("/sandbox/faults", self._clear_faults)

    # The tenant

    async def _add_user(self, body: Json) -> Json:
        user = self._teams.add_user(**body)
        return {**asdict(user), "chat": self._teams.chat_of(user.id)}

    async def _add_team(self, body: Json) -> Json:
        return asdict(self._teams.add_team(**body))

    async def _add_channel(self, body: Json) -> Json:
        return asdict(self._teams.add_channel(**body))

    async def _several(self, body: Json) -> list[Any]:
        """Runs many acts in one request, in order; each has its name under `do`."""
        return [await self._acts[one.pop("do")](one) for one in body["actions"]]

    async def _set_messages_url(self, body: Json) -> Json:
        self._teams.messages_url = body["url"]
        return {"url": body["url"]}

    # People

    async def _say(self, body: Json) -> Json:
        """Types a message in a channel, or without one in the personal chat."""
        if "channel" in body:
            return _told(await self._teams.say(**body))
        return _told(await self._teams.dm(**body))

    async def _edit(self, body: Json) -> Json:
        return _told(await self._teams.edit(**body))

    async def _delete(self, body: Json) -> Json:
        return _told(await self._teams.delete(**body))

    async def _execute(self, body: Json) -> Json:
        return _told(await self._teams.execute(**body))

    async def _thumbs(self, body: Json) -> Json:
        shape = FeedbackShape(body.pop("shape", FeedbackShape.JSON_STRING))
        return _told(await self._teams.thumbs(**body, shape=shape))

    async def _install(self, body: Json) -> Json:
        return _told(await self._teams.install(**body))

    async def _uninstall(self, body: Json) -> Json:
        return _told(await self._teams.uninstall(**body))

    async def _block(self, body: Json) -> Json:
        self._teams.block(**body)
        return {}

    async def _deliver(self, body: Json) -> Json:
        return _told(await self._teams.deliver(body))

    # State

    async def _messages(self, request: web.Request) -> web.Response:
        found = self._teams.messages(request.query.get("conversation", ""), request.query.get("thread"))
        return web.json_response({"ok": True, "messages": [_shown(one) for one in found]})

    async def _counts(self, _request: web.Request) -> web.Response:
        counts = {
            "users": len(self._teams.workspace.users),
            "calls": Counter(call.operation for call in self._teams.calls),
            "statuses": Counter(str(call.status) for call in self._teams.calls),
            "deliveries": Counter(str(delivery.status) for delivery in self._teams.deliveries),
        }
        return web.json_response({"ok": True, **counts})

    async def _posts(self, request: web.Request) -> web.StreamResponse:
        """Streams every message the bot posts from now on, one line of JSON each, until the caller disconnects."""
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        async for change in self._teams.changes():
            message = self._teams.message(change.conversation, change.message)
            if change.kind is TeamsChangeKind.MESSAGE_POSTED and message and not message.sender:
                await response.write(json.dumps(_shown(message)).encode() + b"\n")
        return response

    # Limits and faults

    async def _set_limits(self, body: Json) -> Json:
        self._teams.throttle.is_on = bool(body["on"])
        return {"on": self._teams.throttle.is_on}

    async def _add_fault(self, body: Json) -> Json:
        content = str(body.pop("body", "")).encode()
        fault = self._teams.faults.add(ConnectorFault(kind=ConnectorFaultKind(body.pop("kind")), body=content, **body))
        return {"kind": fault.kind.value, "operation": fault.operation, "times": fault.times}

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._teams.faults.clear()
        return web.json_response({"ok": True})


def _told(delivery: ActivityDelivery) -> Json:
    return {**asdict(delivery), "note": delivery.note, "error": delivery.error}


def _shown(message: TeamsMessage) -> Json:
    return {
        "conversation": message.conversation,
        "id": message.id,
        "thread": message.thread,
        "sender": message.sender,
        "text": message.text,
        "card": message.card,
        "deleted": message.is_deleted,
    }


def _handler(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            if not isinstance(body, dict):
                raise TypeError("a JSON object is needed")
            return web.json_response({"ok": True, "result": await act(body)})
        except (ImpossibleError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)

    return handle
