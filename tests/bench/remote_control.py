"""Remote control of the stand-ins: runs each in its own process, which a benchmark drives over HTTP.

`python -m tests.bench.remote_control slack --port 8090`, `… teams --port 8091` or `… uppzy --port 8080 --latency 5`.
JSON in, JSON out, under /sandbox/ and on loopback only; it has no counterpart in Slack, Teams or Uppzy.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import json
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.impossible import ImpossibleError
from sandbox.slack.changes import ChangeKind
from sandbox.slack.courier import Delivery
from sandbox.slack.fault_injection import DeletedParent, Fault, FaultKind, OddBody
from sandbox.slack.server import APP_TOKEN, BOT_TOKEN, DEFAULT_SCOPES, SIGNING_SECRET, InstalledApp, LocalSlack
from sandbox.slack.wire import Json
from sandbox.slack.workspace import File
from sandbox.uppzy.server import LocalUppzy, UppzyAccount, believable_latency
from tests.bench.processes import allow_many_connections
from tests.bench.teams_control import ControlledTeams

CANNED = "This is the fixed answer of the local Uppzy."

Action = Callable[[Json], Awaitable[Any]]


class ControlledSlack(LocalSlack):
    """A local Slack with the routes of `SlackControl`."""

    def application(self) -> web.Application:
        application = super().application()
        SlackControl(self).add_routes(application.router)
        return application


class ControlledUppzy(LocalUppzy):
    """A local Uppzy with the routes of `UppzyControl`."""

    def application(self) -> web.Application:
        application = super().application()
        UppzyControl(self).add_routes(application.router)
        return application


class SlackControl:
    """Routes of the local Slack: actions of people, state of the workspace, and faults."""

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

    # Workspace

    async def _add_user(self, body: Json) -> Json:
        return asdict(self._slack.add_user(**body))

    async def _add_channel(self, body: Json) -> Json:
        return asdict(self._slack.add_channel(**body))

    async def _open_dm(self, body: Json) -> Json:
        return {"channel": self._slack.dm_of(body["user"])}

    async def _several(self, body: Json) -> list[Any]:
        """Runs many actions in one request, in order; each has its name under `do`."""
        return [await self._actions[one.pop("do")](one) for one in body["actions"]]

    async def _set_events_url(self, body: Json) -> Json:
        self._slack.events_url = body["url"]
        return {"url": body["url"]}

    # People

    async def _say(self, body: Json) -> Json:
        files = [File(name=name) for name in body.pop("files", ())]
        channel = body.pop("channel", None) or self._slack.dm_of(body["user"])
        return _as_json(await self._slack.say(channel=channel, files=files, **body))

    async def _edit(self, body: Json) -> Json:
        return _as_json(await self._slack.edit(**body))

    async def _delete(self, body: Json) -> Json:
        return _as_json(await self._slack.delete(**body))

    async def _delete_for_all(self, body: Json) -> Json:
        await self._slack.delete_for_all(**body)
        return {}

    async def _press(self, body: Json) -> Json:
        return _as_json(await self._slack.press(**body))

    async def _submit(self, body: Json) -> Json:
        return _as_json(await self._slack.submit_view(**body))

    async def _home(self, body: Json) -> Json:
        return _as_json(await self._slack.open_home(**body))

    async def _stop(self, body: Json) -> Json:
        return _as_json(await self._slack.stop_session(**body))

    async def _deliver(self, body: Json) -> Json:
        return _as_json(await self._slack.deliver(body))

    # State

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
        """Streams every message the app posts from now on, one line of JSON each, until the caller disconnects."""
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        async for change in self._slack.changes():
            message = self._slack.message(change.channel, change.ts)
            if change.kind is ChangeKind.MESSAGE_POSTED and message and message.bot_id:
                post = {"channel": change.channel, "ts": message.ts, "root": message.root_ts, "text": message.text}
                await response.write(json.dumps(post).encode() + b"\n")
        return response

    # Faults

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


def _as_json(delivery: Delivery) -> Json:
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


class UppzyControl:
    """Routes of the local Uppzy: latency of answers, holding them back, and questions with their answers."""

    def __init__(self, uppzy: LocalUppzy) -> None:
        self._uppzy = uppzy

    def add_routes(self, router: web.UrlDispatcher) -> None:
        router.add_post("/sandbox/latency", self._set_latency)
        router.add_post("/sandbox/hold", self._hold)
        router.add_post("/sandbox/release", self._release)
        router.add_get("/sandbox/counts", self._counts)
        router.add_get("/sandbox/most_waiting", self._most_waiting)
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
        return web.json_response({"asked": len(self._uppzy.asked), "waiting": self._uppzy.unanswered})

    async def _most_waiting(self, request: web.Request) -> web.Response:
        """Returns the most questions that wait at once: when they are `wanted`, or `quiet` seconds after the last."""
        wanted, quiet = int(request.query["wanted"]), float(request.query["quiet"])
        most = self._uppzy.unanswered
        with contextlib.suppress(TimeoutError):
            while most < wanted:
                await self._uppzy.wait_for(functools.partial(self._waits_more_than, most), timeout=quiet)
                most = self._uppzy.unanswered
        return web.json_response({"most": most})

    def _waits_more_than(self, count: int) -> bool:
        return self._uppzy.unanswered > count

    async def _questions(self, _request: web.Request) -> web.Response:
        """Returns the questions in order of arrival, each with the Unix time at which its answer was sent."""
        return web.json_response(
            [
                {"message": question.message, "answered_at": self._uppzy.completed_at(question.request_id)}
                for question in self._uppzy.asked
            ]
        )


def main() -> None:
    """Serves one stand-in until it is interrupted, and prints its address."""
    options = _options()
    allow_many_connections()
    asyncio.run(_SERVED[options.stand_in](options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.remote_control", description="A stand-in on loopback.")
    stand_ins = parser.add_subparsers(dest="stand_in", required=True)
    slack = stand_ins.add_parser("slack", help="a local stand-in for Slack; it is not Slack")
    slack.add_argument("--port", type=int, default=0, help="default: a free one")
    slack.add_argument("--signing-secret", default=SIGNING_SECRET)
    slack.add_argument("--bot-token", default=BOT_TOKEN)
    slack.add_argument("--app-token", default=APP_TOKEN)
    slack.add_argument("--events-url", help="address the bot listens on; leave out for Socket Mode")
    slack.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    slack.add_argument("--keep-calls", type=int, default=10_000, help="number of calls to remember")
    slack.add_argument("--scope", action="append", default=[], help="one more scope of the bot token; may be repeated")
    teams = stand_ins.add_parser("teams", help="a local stand-in for Microsoft Teams; it is not Teams")
    teams.add_argument("--port", type=int, default=0, help="default: a free one")
    teams.add_argument("--messages-url", help="address the bot listens on")
    teams.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    teams.add_argument("--keep-calls", type=int, default=10_000, help="number of calls to remember")
    uppzy = stand_ins.add_parser("uppzy", help="a local stand-in for Uppzy")
    uppzy.add_argument("--port", type=int, default=0, help="default: a free one")
    uppzy.add_argument("--latency", type=float, help="seconds an answer takes; default: between 0.6 and 1.5")
    uppzy.add_argument("--fixed", action="store_true", help="give one canned answer to everything")
    uppzy.add_argument("--api-key", default="local-uppzy-key")
    return parser.parse_args()


async def _serve_slack(options: argparse.Namespace) -> None:
    async with ControlledSlack(
        port=options.port,
        app=InstalledApp(
            signing_secret=options.signing_secret,
            bot_token=options.bot_token,
            app_token=options.app_token,
            scopes=DEFAULT_SCOPES.union(options.scope),
        ),
        events_url=options.events_url,
        latency=options.latency,
        keep_calls=options.keep_calls,
    ) as slack:
        await _until_interrupted(f"Local stand-in for Slack (not Slack): {slack.api_url}")


async def _serve_teams(options: argparse.Namespace) -> None:
    async with ControlledTeams(
        port=options.port,
        messages_url=options.messages_url,
        latency=options.latency,
        keep_calls=options.keep_calls,
    ) as teams:
        await _until_interrupted(f"Local stand-in for Teams (not Teams): {teams.base_url}")


async def _serve_uppzy(options: argparse.Namespace) -> None:
    async with ControlledUppzy(
        account=UppzyAccount(api_key=options.api_key),
        latency=believable_latency if options.latency is None else options.latency,
        fixed=CANNED if options.fixed else None,
        port=options.port,
    ) as uppzy:
        await _until_interrupted(f"Local Uppzy listens on {uppzy.base_url}")


_SERVED = {"slack": _serve_slack, "teams": _serve_teams, "uppzy": _serve_uppzy}


async def _until_interrupted(address: str) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    await stopped.wait()


if __name__ == "__main__":
    main()
