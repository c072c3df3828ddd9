"""The local stand-in for Microsoft Teams, served on loopback: login, keys, connector and a little of Graph.

It is not Teams: it keeps its people, chats and channels in memory, answers the calls that this bot makes, and refuses
what Teams refuses as far as that is known.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from sandbox.change_feed import ChangeFeed
from sandbox.loopback import LoopbackServer
from sandbox.teams.activities import ActivityWriter
from sandbox.teams.administration import TeamsAdministration
from sandbox.teams.changes import TeamsChange, TeamsChangeKind
from sandbox.teams.connector import Connector
from sandbox.teams.courier import ANSWER_SECONDS, ActivityCourier, ActivityDelivery
from sandbox.teams.fault_injection import ConnectorFault, ConnectorFaultKind, ConnectorFaults, RecordedCall
from sandbox.teams.graph import LocalGraph
from sandbox.teams.keyring import ISSUER, KeyRing
from sandbox.teams.login import CONNECTOR, GRAPH, LoginRefusedError, RegisteredBot, TokenOffice
from sandbox.teams.roster import ConnectorHabits
from sandbox.teams.throttle import ConnectorThrottle
from sandbox.teams.wire import ConnectorRefusedError, Json, error_body
from sandbox.teams.workspace import (
    TeamChannel,
    TeamOfPeople,
    TeamsFile,
    TeamsMessage,
    TeamsUser,
    TeamsWorkspace,
)

T = TypeVar("T")
_Answer = tuple[int, Any]

DEFAULT_BOT = RegisteredBot()
_CONVERSATION = "/connector/{region}/v3/conversations/{conversation}"
_ACTIVITY = _CONVERSATION + "/activities/{activity}"
_CONNECTOR_ROUTES = (
    ("POST", "/connector/{region}/v3/conversations", "create"),
    ("POST", _CONVERSATION + "/activities", "post"),
    ("PUT", _ACTIVITY, "update"),
    ("DELETE", _ACTIVITY, "delete"),
    ("PUT", _ACTIVITY + "/reactions/{subject}", "react"),
    ("DELETE", _ACTIVITY + "/reactions/{subject}", "unreact"),
    ("GET", _CONVERSATION + "/members", "members"),
    ("GET", _CONVERSATION + "/pagedMembers", "paged_members"),
    ("GET", _CONVERSATION + "/members/{subject}", "member"),
    ("GET", "/connector/{region}/v3/teams/{subject}", "team"),
    ("GET", "/connector/{region}/v3/teams/{subject}/conversations", "channels"),
)
_CHANNEL = "/graph/v1.0/teams/{group}/channels/{channel}/messages"
_GRAPH_ROUTES = (_CHANNEL, _CHANNEL + "/{message}", _CHANNEL + "/{message}/replies")


class LocalTeams(TeamsAdministration):
    """Tenants with people, teams and channels, and a bot attached. A stand-in for tests and demos, not Teams.

    Use as `async with LocalTeams() as teams:`, or call `start` and `stop`. `messages_url` is the bot's endpoint. `now`
    gives messages their time (seconds since the epoch), `latency` is waited, in seconds, before each answer.
    `answer_seconds` is the time in which the bot must answer. `keep_calls` bounds the record of calls and deliveries.
    The limits of the connector count on a clock of their own; `throttle.is_on` turns them off.
    """

    def __init__(
        self,
        *,
        bot: RegisteredBot = DEFAULT_BOT,
        messages_url: str | None = None,
        port: int = 0,
        now: Callable[[], float] = time.time,
        latency: float = 0.0,
        answer_seconds: float = ANSWER_SECONDS,
        keep_calls: int = 10_000,
    ) -> None:
        self.bot = bot
        self.latency = latency
        self.port = port
        self.feed = ChangeFeed[TeamsChange]()
        self.faults = ConnectorFaults()
        self.throttle = ConnectorThrottle(time.monotonic)
        self.tokens = TokenOffice(bot, time.time)
        self.keys = KeyRing(bot.app_id, time.time)
        self.calls: deque[RecordedCall] = deque(maxlen=keep_calls)
        self.deliveries: deque[ActivityDelivery] = deque(maxlen=keep_calls)
        workspace = TeamsWorkspace(
            app_id=bot.app_id, bot_name=bot.name, tenant_id=bot.tenant_id, now=now, changes=self.feed
        )
        courier = ActivityCourier(
            authorize=self.authorization,
            messages_url=messages_url,
            answer_seconds=answer_seconds,
            record=self._record_delivery,
        )
        writer = ActivityWriter(workspace, lambda: self.service_url, self._file_url)
        super().__init__(workspace, writer, courier, ConnectorHabits())
        self._connector = Connector(workspace, self.throttle, self.habits)
        self._graph = LocalGraph(workspace, lambda: self.graph_url)
        self._server: LoopbackServer | None = None

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

    async def stop(self) -> None:
        self.faults.clear()
        await self.courier.close()
        if self._server:
            await self._server.stop()
            self._server = None

    def clear(self) -> None:
        """Removes what was said, the record of calls and deliveries, and what the limits counted."""
        self.workspace.clear()
        self.calls.clear()
        self.deliveries.clear()
        self.throttle.clear()

    # Addresses

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def service_url(self) -> str:
        """Returns the address of the connector as activities name it."""
        return f"{self.base_url}/connector/emea/"

    @property
    def graph_url(self) -> str:
        return f"{self.base_url}/graph/v1.0"

    @property
    def messages_url(self) -> str | None:
        """Returns the address on which the bot receives activities."""
        return self.courier.messages_url

    @messages_url.setter
    def messages_url(self, url: str | None) -> None:
        self.courier.messages_url = url

    def environment(self) -> dict[str, str]:
        """Returns the settings of a bot that is attached to this Teams, without the channel of its handoffs."""
        return {
            "TEAMS_APP_ID": self.bot.app_id,
            "TEAMS_APP_PASSWORD": self.bot.password,
            "TEAMS_TENANT_ID": self.bot.tenant_id,
            "TEAMS_LOGIN_URL": f"{self.base_url}/login",
            "TEAMS_OPENID_URL": f"{self.base_url}/v1/.well-known/openidconfiguration",
            "TEAMS_SERVICE_URL": f"{self.base_url}/connector/teams/",
            "TEAMS_SERVICE_HOSTS": "127.0.0.1",
            "TEAMS_GRAPH_URL": self.graph_url,
        }

    # People and places

    def add_user(self, user_id: str, name: str, email: str = "", **more: Any) -> TeamsUser:
        """Adds a person; see `TeamsWorkspace.add_user`."""
        return self.workspace.add_user(user_id, name, email, **more)

    def add_team(self, team_id: str, name: str, members: Iterable[str] = (), **more: Any) -> TeamOfPeople:
        """Adds a team; see `TeamsWorkspace.add_team`."""
        return self.workspace.add_team(team_id, name, members, **more)

    def add_channel(self, channel_id: str, name: str, team_id: str, **more: Any) -> TeamChannel:
        """Adds a channel; see `TeamsWorkspace.add_channel`."""
        return self.workspace.add_channel(channel_id, name, team_id, **more)

    def chat_of(self, user: str) -> str:
        """Returns the id of a person's chat with the bot."""
        return self.workspace.chat_of(user).id

    # Records

    def messages(self, conversation: str, thread: str | None = None) -> list[TeamsMessage]:
        """Returns the messages of a chat, the roots of a channel, or a thread with its root; oldest first."""
        return self.workspace.messages(conversation, thread)

    def message(self, conversation: str, message_id: str) -> TeamsMessage | None:
        return self.workspace.message(conversation, message_id)

    def calls_of(self, operation: str) -> list[RecordedCall]:
        return [call for call in self.calls if call.operation == operation]

    async def wait_for(self, predicate: Callable[[], T], timeout: float = 300.0) -> T:  # noqa: ASYNC109 - a test reads so
        """Returns the first true value of `predicate`, evaluated now and after every change. Raises TimeoutError."""
        return await self.feed.wait_for(predicate, timeout)

    def changes(self) -> AsyncIterator[TeamsChange]:
        """Yields every change from the first iteration on."""
        return self.feed.follow()

    def authorization(self, activity: Json) -> str:
        """Returns the header that vouches for an activity; see `KeyRing.token` for others."""
        return f"Bearer {self.keys.token(str(activity.get('serviceUrl', self.service_url)))}"

    async def send_raw(self, body: bytes, headers: Mapping[str, str]) -> ActivityDelivery:
        """Sends one HTTP request to the bot exactly as given: forged, stale, unsigned, malformed."""
        return await self.courier.raw(body, headers)

    def _record_delivery(self, delivery: ActivityDelivery) -> None:
        self.deliveries.append(delivery)
        subject = str(delivery.activity.get("type"))
        self.feed.publish(TeamsChange(kind=TeamsChangeKind.DELIVERED, subject=subject))

    # HTTP

    def application(self) -> web.Application:
        """Builds the HTTP application; a subclass may add routes."""
        application = web.Application(client_max_size=4 * 1024 * 1024)
        router = application.router
        router.add_post("/login/{tenant}/oauth2/v2.0/token", self._serving("token", self._token))
        router.add_get("/v1/.well-known/openidconfiguration", self._serving("openid", self._openid))
        router.add_get("/v1/.well-known/keys", self._serving("keys", self._listed_keys))
        for method, path, operation in _CONNECTOR_ROUTES:
            router.add_route(method, path, self._serving(operation, self._connect))
        for path in _GRAPH_ROUTES:
            router.add_get(path, self._serving("graph", self._read_graph))
        router.add_get("/files/{subject}/{name}", self._serving("file", self._file))
        router.add_get("/connector/{region}/v3/attachments/{subject}/views/original", self._serving("file", self._file))
        return application

    def _serving(
        self, operation: str, answer: Callable[[web.Request, RecordedCall], _Answer]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._handle(request, await _read_call(operation, request, self.workspace.now()), answer)

        return handle

    async def _handle(
        self, request: web.Request, call: RecordedCall, answer: Callable[[web.Request, RecordedCall], _Answer]
    ) -> web.StreamResponse:
        """Answers a call: with a fault before the effect, or with the effect and perhaps a fault after it."""
        if self.latency:
            await asyncio.sleep(self.latency)
        fault = self.faults.take(call)
        if fault and not fault.after_effect and (failed := await self._fail(fault, call, request)):
            return failed
        response = self._answered(request, call, answer)
        if fault and fault.after_effect and (failed := await self._fail(fault, call, request)):
            return failed
        return response

    def _answered(
        self, request: web.Request, call: RecordedCall, answer: Callable[[web.Request, RecordedCall], _Answer]
    ) -> web.Response:
        try:
            status, body = answer(request, call)
        except ConnectorRefusedError as refusal:
            self._record_call(replace(call, status=refusal.status, code=refusal.code))
            return web.json_response(refusal.body(), status=refusal.status, headers=refusal.headers())
        except LoginRefusedError as refusal:
            self._record_call(replace(call, status=refusal.status, code=refusal.error))
            return web.json_response(refusal.body(), status=refusal.status)
        self._record_call(replace(call, status=status))
        if isinstance(body, bytes):
            return web.Response(status=status, body=body)
        return web.Response(status=status) if body is None else web.json_response(body, status=status)

    async def _fail(self, fault: ConnectorFault, call: RecordedCall, request: web.Request) -> web.StreamResponse | None:
        """Applies a fault; returns None where the call goes on."""
        if fault.kind is ConnectorFaultKind.DELAYED:
            await asyncio.sleep(fault.seconds)
            return None
        if fault.kind is ConnectorFaultKind.HELD:
            await fault.released()
            return None
        if not fault.after_effect:
            status = 0 if fault.kind is ConnectorFaultKind.DROPPED else fault.status
            self._record_call(replace(call, status=status, code=fault.code or fault.kind.value))
        return _fault_response(fault, request)

    def _record_call(self, call: RecordedCall) -> None:
        self.calls.append(call)
        self.feed.publish(
            TeamsChange(kind=TeamsChangeKind.CALLED, conversation=call.conversation, subject=call.operation)
        )

    # What each address answers

    def _token(self, request: web.Request, call: RecordedCall) -> _Answer:
        return 200, self.tokens.issue(request.match_info["tenant"], call.body)

    def _openid(self, request: web.Request, call: RecordedCall) -> _Answer:
        return 200, {
            "issuer": ISSUER,
            "authorization_endpoint": "https://invalid.botframework.com",
            "jwks_uri": f"{self.base_url}/v1/.well-known/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        }

    def _listed_keys(self, request: web.Request, call: RecordedCall) -> _Answer:
        return 200, self.keys.document()

    def _connect(self, request: web.Request, call: RecordedCall) -> _Answer:
        self.tokens.check(request.headers.get("Authorization", ""), CONNECTOR)
        return self._connector.answer(call)

    def _read_graph(self, request: web.Request, call: RecordedCall) -> _Answer:
        self.tokens.check(request.headers.get("Authorization", ""), GRAPH)
        parts = request.match_info
        group, channel, message = parts["group"], parts["channel"], parts.get("message")
        path = request.path.removeprefix("/graph/v1.0/")
        if message is None:
            return 200, self._graph.messages(path, group, channel, request.query)
        if not request.path.endswith("/replies"):
            return 200, self._graph.message(group, channel, message)
        return 200, self._graph.replies(path, group, channel, message, request.query)

    def _file(self, request: web.Request, call: RecordedCall) -> _Answer:
        """Serves the content of a file: to whoever knows its address, except a picture, which needs the bot's token."""
        file = self.workspace.files.get(call.subject)
        if file is None:
            raise ConnectorRefusedError(404, "NotFound", "There is no such file.")
        if file.is_pasted:
            self.tokens.check(request.headers.get("Authorization", ""), CONNECTOR)
        return 200, file.content

    def _file_url(self, file: TeamsFile) -> str:
        if file.is_pasted:
            return f"{self.service_url}v3/attachments/{file.id}/views/original"
        return f"{self.base_url}/files/{file.id}/{file.name}"


async def _read_call(operation: str, request: web.Request, now: float) -> RecordedCall:
    parts = request.match_info
    return RecordedCall(
        operation=operation,
        path=request.path,
        at=now,
        conversation=parts.get("conversation", ""),
        activity=parts.get("activity", ""),
        subject=parts.get("subject", ""),
        query=dict(request.query),
        body=await _body(request),
    )


async def _body(request: web.Request) -> Json:
    """Reads a JSON object or a form; anything else is taken for an empty one."""
    if request.content_type == "application/x-www-form-urlencoded":
        return {name: str(value) for name, value in (await request.post()).items()}
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _fault_response(fault: ConnectorFault, request: web.Request) -> web.StreamResponse:
    if fault.kind is ConnectorFaultKind.DROPPED:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    if fault.kind is ConnectorFaultKind.ODD_BODY:
        return web.Response(status=fault.status, body=fault.body, content_type="application/json")
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    code = fault.code or "ServiceError"
    body = error_body(code, "The local stand-in for Teams was told to fail.")
    return web.json_response(body, status=fault.status, headers=headers)
