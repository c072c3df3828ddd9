"""A small control interface under /sandbox/, so that another process can drive the local stand-in for Slack.

JSON in, JSON out. It exists for benchmarks and the demo; it has no counterpart in Slack and is served on loopback only.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from aiohttp import web

from sandbox.slack.changes import ChangeKind
from sandbox.slack.courier import Delivery
from sandbox.slack.elements import ImpossibleError
from sandbox.slack.fault_injection import DeletedParent, Fault, FaultKind, OddBody
from sandbox.slack.wire import Json
from sandbox.slack.workspace import File

if TYPE_CHECKING:
    from sandbox.slack.server import LocalSlack

Action = Callable[[Json], Awaitable[Any]]


class Control:
    """The routes: what people do, what is there, and what is to go wrong."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack
        self._actions: dict[str, Action] = {
            "users": self._add_user,
            "channels": self._add_channel,
            "dm": self._open_dm,
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
            "delete_for_all": self._delete_for_all,
            "deleted_parent": self._set_deleted_parent,
            "press": self._press,
            "submit": self._submit,
            "home": self._home,
            "stop": self._stop,
            "deliver": self._deliver,
            "events_url": self._set_events_url,
            "faults": self._add_fault,
            "several": self._several,
        }

    def add_routes(self, router: web.UrlDispatcher) -> None:
        for name, action in self._actions.items():
            router.add_post(f"/sandbox/{name}", _handler(action))
        router.add_get("/sandbox/messages", self._messages)
        router.add_get("/sandbox/counts", self._counts)
        router.add_get("/sandbox/posts", self._posts)
        router.add_delete("/sandbox/faults", self._clear_faults)

    # The workspace

    async def _add_user(self, body: Json) -> Json:
        return asdict(self._slack.add_user(**body))

    async def _add_channel(self, body: Json) -> Json:
        return asdict(self._slack.add_channel(**body))

    async def _open_dm(self, body: Json) -> Json:
        return {"channel": self._slack.dm_of(body["user"])}

    async def _several(self, body: Json) -> list[Any]:
        """Many actions in one request, one after the other; each names itself under `do`."""
        return [await self._actions[one.pop("do")](one) for one in body["actions"]]

    async def _set_events_url(self, body: Json) -> Json:
        self._slack.events_url = body["url"]
        return {"url": body["url"]}

    # People

    async def _say(self, body: Json) -> Json:
        files = [File(name=name) for name in body.pop("files", ())]
        channel = body.pop("channel", None) or self._slack.dm_of(body["user"])
        return _told(await self._slack.say(channel=channel, files=files, **body))

    async def _edit(self, body: Json) -> Json:
        return _told(await self._slack.edit(**body))

    async def _delete(self, body: Json) -> Json:
        return _told(await self._slack.delete(**body))

    async def _delete_for_all(self, body: Json) -> Json:
        await self._slack.delete_for_all(**body)
        return {}

    async def _press(self, body: Json) -> Json:
        return _told(await self._slack.press(**body))

    async def _submit(self, body: Json) -> Json:
        return _told(await self._slack.submit_view(**body))

    async def _home(self, body: Json) -> Json:
        return _told(await self._slack.open_home(**body))

    async def _stop(self, body: Json) -> Json:
        return _told(await self._slack.stop_session(**body))

    async def _deliver(self, body: Json) -> Json:
        return _told(await self._slack.deliver(body))

    # What is there

    async def _messages(self, request: web.Request) -> web.Response:
        channel, thread_ts = request.query.get("channel", ""), request.query.get("thread_ts")
        found = self._slack.messages(channel, thread_ts)
        render = self._slack.renderer.message
        return web.json_response({"ok": True, "messages": [render(one, with_metadata=True) for one in found]})

    async def _counts(self, _request: web.Request) -> web.Response:
        workspace = self._slack.workspace
        counts = {
            "users": len(workspace.users),
            "channels": len(workspace.channels),
            "messages": {channel: workspace.count(channel) for channel in workspace.channels},
            "calls": Counter(call.method for call in self._slack.calls),
            "deliveries": Counter(str(delivery.status) for delivery in self._slack.deliveries),
            "sockets": self._slack.sockets.count,
        }
        return web.json_response({"ok": True, **counts})

    async def _posts(self, request: web.Request) -> web.StreamResponse:
        """Every message the app posts from now on, a line of JSON each, until the caller hangs up; ts is its time."""
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        async for change in self._slack.changes():
            message = self._slack.message(change.channel, change.ts)
            if change.kind is ChangeKind.MESSAGE_POSTED and message and message.bot_id:
                post = {"channel": change.channel, "ts": message.ts, "root": message.root_ts, "text": message.text}
                await response.write(json.dumps(post).encode() + b"\n")
        return response

    # What is to go wrong

    async def _add_fault(self, body: Json) -> Json:
        if "body" in body:
            body["body"] = OddBody(body["body"])
        fault = self._slack.faults.add(Fault(kind=FaultKind(body.pop("kind")), **body))
        return {"kind": fault.kind.value, "method": fault.method, "times": fault.times}

    async def _set_deleted_parent(self, body: Json) -> Json:
        self._slack.faults.deleted_parent = DeletedParent(body["treated"])
        return {"treated": self._slack.faults.deleted_parent.value}

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._slack.faults.clear()
        return web.json_response({"ok": True})


def _told(delivery: Delivery) -> Json:
    return asdict(delivery)


def _handler(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            body = await request.json()
            if not isinstance(body, dict):
                raise TypeError("a JSON object is needed")
            return web.json_response({"ok": True, "result": await action(body)})
        except (ImpossibleError, KeyError, TypeError, ValueError) as error:
            return web.json_response({"ok": False, "error": str(error)}, status=400)

    return handle
