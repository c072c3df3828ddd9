"""Socket Mode of the local Slack, seen through Slack's own clients and through Bolt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import APP_TOKEN, BOT_TOKEN, LocalSlack
from tests.deadlines import HUNG
from tests.sandbox.slack.conftest import DESK, populate

Socket = aiohttp.ClientWebSocketResponse


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    async with LocalSlack(retry_delays=(0, 0, 0), ack_timeout=0.1) as slack:
        populate(slack)
        yield slack
        await slack.settled()


async def connect(slack: LocalSlack, http: aiohttp.ClientSession) -> Socket:
    """Opens a socket as an app does, and reads its hello."""
    client = AsyncWebClient(base_url=slack.api_url, session=http)
    url = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]
    socket = await http.ws_connect(url)
    assert (await socket.receive_json(timeout=HUNG))["type"] == "hello"
    return socket


async def acknowledge(socket: Socket, payload: dict[str, Any] | None = None) -> dict[str, Any]:
    """Receives the next envelope and acknowledges it."""
    envelope: dict[str, Any] = await socket.receive_json(timeout=HUNG)
    answer = {"envelope_id": envelope["envelope_id"]}
    await socket.send_json({**answer, "payload": payload} if payload else answer)
    return envelope


async def test_an_event_comes_in_an_envelope_and_is_done_when_acknowledged(
    slack: LocalSlack, http: aiohttp.ClientSession
) -> None:
    socket = await connect(slack, http)
    acknowledged = asyncio.create_task(acknowledge(socket))

    told = await slack.dm("U0MIA", "Hello")

    envelope = await acknowledged
    assert (told.ok, told.attempts) == (True, 1)
    assert (envelope["type"], envelope["retry_attempt"]) == ("events_api", 0)
    assert envelope["payload"]["event"]["text"] == "Hello"


async def test_an_unacknowledged_envelope_comes_again(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    socket = await connect(slack, http)
    saying = asyncio.create_task(slack.dm("U0MIA", "Hello"))

    first = await socket.receive_json(timeout=HUNG)
    again = await acknowledge(socket)

    assert ((await saying).ok, (await saying).attempts) == (True, 2)
    assert (again["retry_attempt"], again["retry_reason"]) == (1, "timeout")
    assert again["envelope_id"] == first["envelope_id"]


async def test_slack_gives_up_after_three_retries(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    await connect(slack, http)

    told = await slack.dm("U0MIA", "Hello")

    assert (told.ok, told.attempts, told.reason) == (False, 4, "timeout")


async def test_each_envelope_goes_to_one_of_the_sockets(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    sockets = [await connect(slack, http) for _ in range(2)]
    taking = asyncio.gather(*(acknowledge(socket) for socket in sockets))

    await slack.dm("U0MIA", "One")
    await slack.dm("U0MIA", "Two")

    assert {envelope["payload"]["event"]["text"] for envelope in await taking} == {"One", "Two"}


async def test_what_happened_without_a_socket_comes_as_a_retry(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    first = await connect(slack, http)
    await slack.sockets.drop()
    await first.receive(timeout=HUNG)
    saying = asyncio.create_task(slack.dm("U0MIA", "Hello"))
    await asyncio.sleep(0)

    envelope = await acknowledge(await connect(slack, http))

    assert (await saying).ok
    assert envelope["retry_attempt"] >= 1


async def test_what_a_broken_socket_had_not_acknowledged_goes_to_another(
    slack: LocalSlack, http: aiohttp.ClientSession
) -> None:
    first = await connect(slack, http)
    saying = asyncio.create_task(slack.dm("U0MIA", "Hello"))
    await first.receive_json(timeout=HUNG)
    second = await connect(slack, http)
    await first.close()

    await acknowledge(second)

    assert (await saying).attempts == 2


async def test_a_press_is_sent_once_and_a_submission_is_answered(
    slack: LocalSlack, http: aiohttp.ClientSession
) -> None:
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Form"},
        "blocks": [{"type": "divider"}],
    }
    opened = slack.workspace.open_view("U0ADA", view)
    socket = await connect(slack, http)
    errors = {"response_action": "errors", "errors": {"a": "b"}}
    taking = asyncio.create_task(acknowledge(socket, errors))

    told = await slack.submit_view("U0ADA", opened.id, {})

    assert (await taking)["type"] == "interactive"
    assert (told.answer, opened.errors) == (errors, {"a": "b"})
    assert (await slack.submit_view("U0ADA", opened.id, {})).attempts == 1


async def test_a_socket_address_works_once(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    client = AsyncWebClient(base_url=slack.api_url, session=http)
    url = (await client.apps_connections_open(app_token=APP_TOKEN))["url"]
    await http.ws_connect(url)

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await http.ws_connect(url)


async def test_the_bot_token_opens_no_socket(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {BOT_TOKEN}"}
    answer = await (await http.post(slack.api_url + "apps.connections.open", headers=headers)).json()

    assert answer["error"] == "not_allowed_token_type"


async def test_nonsense_from_the_app_is_ignored(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    socket = await connect(slack, http)
    for text in ("", "nonsense", "[]", json.dumps({"envelope_id": "unknown"})):
        await socket.send_str(text)
    taking = asyncio.create_task(acknowledge(socket))

    assert (await slack.dm("U0MIA", "Hello")).ok
    await taking


async def test_slacks_own_client_reconnects_when_told_to(slack: LocalSlack) -> None:
    heard: list[str] = []

    async def listen(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        heard.append(request.payload["event"]["text"])
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    async with socket_mode(slack, listen):
        await slack.dm("U0MIA", "Before")
        await slack.disconnect_sockets()
        await slack.wait_for(lambda: slack.sockets.count == 1)
        told = await slack.dm("U0MIA", "After")

    assert told.ok
    assert heard == ["Before", "After"]


@asynccontextmanager
async def socket_mode(
    slack: LocalSlack, listen: Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]
) -> AsyncIterator[None]:
    """Connects Slack's own Socket Mode client until the block is left."""
    client = SocketModeClient(app_token=APP_TOKEN, web_client=AsyncWebClient(base_url=slack.api_url), ping_interval=30)
    client.socket_mode_request_listeners.append(listen)
    await client.connect()  # type: ignore[no-untyped-call]
    await slack.wait_for(lambda: slack.sockets.count == 1)
    yield
    await client.close()  # type: ignore[no-untyped-call]


async def test_bolt_hears_people_and_not_itself(slack: LocalSlack, http: aiohttp.ClientSession) -> None:
    """End to end: an app made with Bolt answers in the thread, and ignores its own message."""

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None,
            team_id=slack.team_id,
            bot_token=BOT_TOKEN,
            bot_id=slack.bot_id,
            bot_user_id=slack.bot_user_id,
        )

    client = AsyncWebClient(base_url=slack.api_url, session=http)
    app = AsyncApp(client=client, authorize=authorize)

    @app.event("message")
    async def reply(event: dict[str, Any], client: AsyncWebClient) -> None:
        await client.chat_postMessage(channel=event["channel"], thread_ts=event["ts"], text=f"You said {event['text']}")

    handler = AsyncSocketModeHandler(app, APP_TOKEN, ping_interval=30)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.wait_for(lambda: slack.sockets.count == 1)

    told = await slack.dm("U0MIA", "Hello")
    answers = await slack.wait_for(lambda: slack.messages(told.channel, told.ts)[1:])
    await slack.settled()
    await handler.close_async()  # type: ignore[no-untyped-call]

    assert told.ok
    assert [answer.text for answer in answers] == ["You said Hello"]
    assert len(slack.messages(told.channel, told.ts)) == 2
    assert slack.messages(DESK) == []
