"""The local stand-in for Slack, served on loopback.

It is not Slack: it keeps one workspace in memory, answers the Web API methods this bot uses, and refuses what Slack
refuses as far as that is known. Tests and the demo talk to it instead of slack.com.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from sandbox.change_feed import ChangeFeed
from sandbox.loopback import LoopbackServer
from sandbox.slack.changes import Change, ChangeKind
from sandbox.slack.courier import RETRY_DELAYS, Courier, Delivery, sign
from sandbox.slack.events import Payloads
from sandbox.slack.fault_injection import Fault, FaultKind, Faults, OddBody
from sandbox.slack.methods import Access, MethodContext
from sandbox.slack.people import People
from sandbox.slack.render import Renderer
from sandbox.slack.socket_mode import SocketHub
from sandbox.slack.web_api import WebApi
from sandbox.slack.wire import Arguments, Json
from sandbox.slack.workspace import Channel, Ephemeral, File, Message, StatusChange, User, View, Workspace

T = TypeVar("T")

TEAM = "T0LOCAL00"
STAND_IN = "Local stand-in (not Slack)"
SIGNING_SECRET = "local-stand-in-signing-secret"
BOT_TOKEN = "xoxb-local-stand-in"
APP_TOKEN = "xapp-local-stand-in"

DEFAULT_SCOPES = frozenset(
    {
        "app_mentions:read",
        "assistant:write",
        "channels:history",
        "channels:read",
        "chat:write",
        "files:read",
        "files:write",
        "groups:history",
        "groups:read",
        "im:history",
        "im:read",
        "im:write",
        "mpim:history",
        "reactions:read",
        "reactions:write",
        "usergroups:read",
        "users:read",
        "users:read.email",
    }
)
DEFAULT_SUBSCRIPTIONS = frozenset(
    {
        "agent_session_stopped",
        "agent_session_title_changed",
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "file_deleted",
        "message.channels",
        "message.groups",
        "message.im",
        "message.mpim",
        "reaction_added",
        "tokens_revoked",
        "user_change",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedCall:
    """One call of the Web API as it arrived, refused ones too. `error` is empty when it was answered with ok."""

    method: str
    args: Json
    at: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledApp:
    """The app in the workspace: its secrets, scopes and event subscriptions.

    With `agent_view` off it has not declared the agent feature.
    """

    signing_secret: str = SIGNING_SECRET
    bot_token: str = BOT_TOKEN
    app_token: str = APP_TOKEN
    scopes: frozenset[str] = DEFAULT_SCOPES
    subscriptions: frozenset[str] = DEFAULT_SUBSCRIPTIONS
    agent_view: bool = True


DEFAULT_APP = InstalledApp()


class LocalSlack(People):
    """A workspace with people in it and an app attached. A stand-in for tests and demos, not Slack.

    Use as `async with LocalSlack() as slack:`, or call `start` and `stop`. `now` gives message timestamps their time
    (seconds since the epoch); `latency` is waited, in seconds, before each answer of the Web API. `keep_calls` bounds
    the record of calls and deliveries; 0 keeps none. Slack does not say whether an app sees a file that was forwarded
    from a conversation it is not in: set `forwarded_files_are_visible` to False for a Slack in which it does not.
    """

    def __init__(
        self,
        *,
        app: InstalledApp = DEFAULT_APP,
        events_url: str | None = None,
        port: int = 0,
        now: Callable[[], float] = time.time,
        latency: float = 0.0,
        retry_delays: Sequence[float] = RETRY_DELAYS,
        ack_timeout: float = 3.0,
        keep_calls: int = 10_000,
    ) -> None:
        self.signing_secret = app.signing_secret
        self.bot_token = app.bot_token
        self.app_token = app.app_token
        self.latency = latency
        self.forwarded_files_are_visible = True
        self.port = port
        self.feed = ChangeFeed[Change]()
        self.workspace = Workspace(team_id=TEAM, team_name=STAND_IN, now=now, changes=self.feed)
        self.faults = Faults(time.monotonic)
        self.sockets = SocketHub(self.workspace.app_id, self.feed)
        self.calls: deque[RecordedCall] = deque(maxlen=keep_calls)
        self.deliveries: deque[Delivery] = deque(maxlen=keep_calls)
        self.courier = Courier(
            signing_secret=app.signing_secret,
            sockets=self.sockets,
            events_url=events_url,
            retry_delays=retry_delays,
            ack_timeout=ack_timeout,
            record=self._record_delivery,
        )
        self.renderer = Renderer(self.workspace)
        payloads = Payloads(self.workspace, self.renderer)
        self._scopes = app.scopes
        context = self._method_context(app)
        super().__init__(context, payloads, self.courier)
        tokens = {"bot": app.bot_token, "app": app.app_token}
        self._webapi = WebApi(context, payloads, tokens=tokens, new_socket_url=self._new_socket_url)
        self._server: LoopbackServer | None = None
        self._background: set[asyncio.Task[Delivery]] = set()

    def _method_context(self, app: InstalledApp) -> MethodContext:
        return MethodContext(
            workspace=self.workspace,
            access=Access(self.workspace, app.scopes, self.faults),
            renderer=self.renderer,
            emit=self._emit,
            subscriptions=app.subscriptions,
            agent_view=app.agent_view,
        )

    # Start and stop

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Serves on 127.0.0.1, on `port` or, when that is 0, on a free one."""
        self._server = LoopbackServer(self.application(), port=self.port)
        await self._server.start()
        self.port = self._server.port
        self.renderer.base_url = self._server.url

    async def stop(self) -> None:
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self.sockets.close()
        await self.courier.close()
        if self._server:
            await self._server.stop()
            self._server = None

    def clear(self) -> None:
        """Removes what was said, shown and uploaded, and the record of calls and deliveries."""
        self.workspace.clear()
        self.calls.clear()
        self.deliveries.clear()

    @property
    def base_url(self) -> str:
        return self.renderer.base_url

    @property
    def api_url(self) -> str:
        """Returns the value for `SLACK_API_URL`."""
        return f"{self.base_url}/api/"

    @property
    def events_url(self) -> str | None:
        """Returns the address on which the app receives events and interactions; None: only through sockets."""
        return self.courier.events_url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self.courier.events_url = url

    # The workspace

    @property
    def team_id(self) -> str:
        return self.workspace.team_id

    @property
    def bot_user_id(self) -> str:
        return self.workspace.bot_user.id

    @property
    def bot_id(self) -> str:
        return self.workspace.bot_id

    @property
    def app_id(self) -> str:
        return self.workspace.app_id

    def add_user(self, user_id: str, name: str, email: str = "", **more: Any) -> User:
        """Adds a person; see `Workspace.add_user`."""
        return self.workspace.add_user(user_id, name, email, **more)

    def add_channel(self, channel_id: str, name: str, members: Iterable[str] = (), **more: Any) -> Channel:
        """Adds a channel; see `Workspace.add_channel`."""
        return self.workspace.add_channel(channel_id, name, members, **more)

    def dm_of(self, user_id: str) -> str:
        return self.workspace.dm_of(user_id)

    # Records

    def messages(self, channel: str, thread_ts: str | None = None) -> list[Message]:
        """Returns the messages of a channel without replies, or of a thread with its root; oldest first."""
        return self.workspace.messages(channel, thread_ts)

    def message(self, channel: str, ts: str) -> Message | None:
        return self.workspace.message(channel, ts)

    @property
    def ephemerals(self) -> list[Ephemeral]:
        return self.workspace.ephemerals

    @property
    def views(self) -> dict[str, View]:
        """Every modal and Home tab that was ever shown, by id."""
        return self.workspace.views

    def home(self, user: str) -> View | None:
        return self.workspace.homes.get(user)

    @property
    def statuses(self) -> list[StatusChange]:
        return self.workspace.statuses

    def calls_of(self, method: str) -> list[RecordedCall]:
        return [call for call in self.calls if call.method == method]

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 300.0) -> T:  # noqa: ASYNC109 - a test reads so
        """Returns the first true value of `predicate`, evaluated now and after every change. Raises TimeoutError."""
        return await self.feed.wait_for(predicate, timeout)

    def changes(self) -> AsyncIterator[Change]:
        """Yields every change from the first iteration on."""
        return self.feed.follow()

    async def settled(self) -> None:
        """Waits until the app has received all events that the stand-in sends by itself, such as its own messages."""
        while self._background:
            await asyncio.gather(*self._background)

    def sign(self, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """Returns the signature headers for a body; see `Courier.raw` for sending it."""
        return sign(self.signing_secret, body, timestamp)

    async def send_raw(self, body: bytes, headers: dict[str, str]) -> Delivery:
        """Sends one HTTP request to the app exactly as given: forged, stale, unsigned, malformed."""
        return await self.courier.raw(body, headers)

    async def disconnect_sockets(self, reason: str = "refresh_requested", *, close: bool = False) -> None:
        await self.sockets.disconnect(reason, close=close)

    # Internals

    def _record_delivery(self, delivery: Delivery) -> None:
        self.deliveries.append(delivery)
        self.feed.publish(Change(kind=ChangeKind.DELIVERED, subject=delivery.kind))

    def _emit(self, event: Json) -> None:
        """Sends an event to the app without delaying the call that caused it."""
        task = asyncio.get_running_loop().create_task(self._tell(event, "", ""))
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def _new_socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/link/?ticket={self.sockets.new_ticket()}&app_id={self.app_id}"

    def application(self) -> web.Application:
        """Builds the HTTP application; a subclass may add routes."""
        application = web.Application(client_max_size=4 * 1024 * 1024)
        application.router.add_route("*", "/api/{method}", self._handle_call)
        application.router.add_get("/link/", self.sockets.serve)
        application.router.add_post("/response/{token}", self._handle_response)
        application.router.add_get("/files/{id}/{name}", self._handle_file)
        application.router.add_post("/upload/v1/{id}", self._handle_upload)
        return application

    async def _handle_call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        token, args = await _read(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self.faults.take(method, args.values)
        if fault and not fault.after_effect:
            answered = await self._apply_fault(fault, method, args, request)
            if answered is not None:
                return answered
        answer = self._webapi.answer(method, token, args)
        self._record_call(method, args, str(answer.get("error", "")))
        if fault and fault.after_effect:
            answered = await self._apply_fault(fault, method, None, request)
            if answered is not None:
                return answered
        return web.json_response(answer, headers=self._webapi.headers(method))

    async def _apply_fault(
        self, fault: Fault, method: str, unrecorded: Arguments | None, request: web.Request
    ) -> web.StreamResponse | None:
        """Applies a fault; returns None where the call goes on. `unrecorded` are arguments to record first."""
        if fault.kind is FaultKind.DELAYED:
            await asyncio.sleep(fault.seconds)
            return None
        if fault.kind is FaultKind.HELD:
            await fault.released()
            return None
        if unrecorded is not None:
            self._record_call(method, unrecorded, fault.error or fault.kind.value)
        return _fault_response(fault, request)

    def _record_call(self, method: str, args: Arguments, error: str) -> None:
        self.calls.append(RecordedCall(method=method, args=args.values, at=self.workspace.now(), error=error))
        self.feed.publish(Change(kind=ChangeKind.CALLED, subject=method))

    async def _handle_response(self, request: web.Request) -> web.StreamResponse:
        """Handles a POST to a `response_url`; its faults are planned under that name."""
        _, args = await _read(request)
        fault = self.faults.take("response_url", args.values)
        if fault and (answered := await self._apply_fault(fault, "response_url", args, request)) is not None:
            return answered
        return web.json_response(self._webapi.respond(request.match_info["token"], args))

    async def _handle_file(self, request: web.Request) -> web.StreamResponse:
        file = self.workspace.files.get(request.match_info["id"])
        if file is None:
            raise web.HTTPNotFound()
        allowed = request.headers.get("Authorization") == f"Bearer {self.bot_token}"
        if not allowed or "files:read" not in self._scopes or not self._is_visible(file):
            # Slack redirects unauthorized requests to its sign-in page.
            raise web.HTTPFound(f"{self.base_url}/?redir={request.path}")
        return await self._served(file, request)

    def _is_visible(self, file: File) -> bool:
        """Returns whether the app is in a conversation in which the file was sent."""
        places = [one.channel for one in self.workspace.shares_of(file.id)]
        if self.forwarded_files_are_visible or not places:
            return True
        return any(self.bot_user_id in self.workspace.channels[place].members for place in places)

    async def _served(self, file: File, request: web.Request) -> web.StreamResponse:
        fault = self.faults.take("files.download", {"file": file.id})
        answered = (
            await self._apply_fault(fault, "files.download", Arguments({"file": file.id}), request) if fault else None
        )
        return answered or web.Response(body=file.content, content_type=file.mimetype)

    async def _handle_upload(self, request: web.Request) -> web.StreamResponse:
        """Receives the content of an announced file from anyone who knows the address, without a token."""
        upload = self.workspace.uploads.get(request.match_info["id"])
        if upload is None:
            raise web.HTTPNotFound()
        content = b"".join([chunk async for chunk in request.content.iter_any()])
        if len(content) != upload.length:
            raise web.HTTPBadRequest(text="the length is not the one that was announced")
        upload.content = content
        return web.Response(text=f"OK - {len(content)}")


async def _read(request: web.Request) -> tuple[str, Arguments]:
    """Reads the token and the arguments of a call: from the query, a form, or a JSON body."""
    values: Json = dict(request.query)
    if request.content_type == "application/json":
        with suppress(ValueError):
            body = json.loads(await request.text() or "{}")
            values.update(body if isinstance(body, dict) else {})
    elif request.can_read_body:
        values.update(await request.post())
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    in_body = str(values.pop("token", ""))
    return (token if scheme.lower() == "bearer" else in_body), Arguments(values)


def _fault_response(fault: Fault, request: web.Request) -> web.StreamResponse:
    match fault.kind:
        case FaultKind.RATE_LIMITED:
            headers = {"Retry-After": str(fault.retry_after)}
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
        case FaultKind.REFUSED:
            return web.json_response({"ok": False, "error": fault.error})
        case FaultKind.ODD_BODY:
            return _odd_response(fault.body)
        case FaultKind.DROPPED:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        case _:
            return web.Response(status=fault.status, text="The local stand-in for Slack was told to fail.")


_JSON = "application/json; charset=utf-8"
_ODD_BODIES: dict[OddBody, tuple[bytes, dict[str, str]]] = {
    OddBody.EMPTY: (b"", {"Content-Type": _JSON}),
    OddBody.HTML: (b"<html><body>One moment, please.</body></html>", {"Content-Type": "text/html"}),
    OddBody.NULL: (b"null", {"Content-Type": _JSON}),
    OddBody.LIST: (b"[]", {"Content-Type": _JSON}),
    OddBody.BARE_YES: (b'{"ok":true}', {"Content-Type": _JSON}),
    OddBody.BARE_NO: (b'{"ok":false}', {"Content-Type": _JSON}),
    OddBody.NO_OK: (b'{"ts":"1.2"}', {"Content-Type": _JSON}),
    OddBody.TEXT: (b'"ok"', {"Content-Type": _JSON}),
    OddBody.NUMBER: (b"1", {"Content-Type": _JSON}),
    OddBody.YES_IN_WORDS: (b'{"ok":"true","ts":"1700000000.000100"}', {"Content-Type": _JSON}),
    OddBody.NUMERIC_TS: (b'{"ok":true,"ts":1700000000.0001}', {"Content-Type": _JSON}),
    OddBody.NULL_TS: (b'{"ok":true,"ts":null}', {"Content-Type": _JSON}),
    OddBody.ODD_TS: (b'{"ok":true,"ts":"soon"}', {"Content-Type": _JSON}),
    OddBody.TRUNCATED: (b'{"ok":true,"ts":"17', {"Content-Type": _JSON}),
    OddBody.WRONG_CHARSET: (b'{"ok":true,"team":"M\xfcller"}', {"Content-Type": _JSON}),
    OddBody.UNKNOWN_CHARSET: (b'{"ok":true}', {"Content-Type": "application/json; charset=klingon"}),
    OddBody.GARBLED_GZIP: (b"\x1f\x8bgarbage", {"Content-Type": _JSON, "Content-Encoding": "gzip"}),
    OddBody.PLAIN_TEXT: (b"ok", {"Content-Type": "text/plain"}),
}
_ODD_STATUSES: dict[OddBody, tuple[int, dict[str, str]]] = {
    OddBody.REDIRECT: (307, {"Location": "/elsewhere"}),
    OddBody.SIGN_IN: (302, {"Location": "/?redir=sign-in"}),
    OddBody.NO_CONTENT: (204, {}),
    OddBody.NOT_MODIFIED: (304, {}),
}


def _odd_response(body: OddBody) -> web.Response:
    if body in _ODD_STATUSES:
        status, headers = _ODD_STATUSES[body]
        return web.Response(status=status, headers=headers)
    content, headers = _ODD_BODIES[body]
    return web.Response(body=content, headers=headers)
