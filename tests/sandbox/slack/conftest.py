"""A local Slack with three people in it, an app that listens, and Slack's own client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.loopback import LoopbackServer
from sandbox.slack import BOT_TOKEN, SIGNING_SECRET, LocalSlack

DESK = "C0DESK"


@dataclass(slots=True)
class Heard:
    """A request that the app received."""

    payload: dict[str, Any]
    headers: dict[str, str]
    genuine: bool


@dataclass(slots=True)
class App:
    """An app that records requests. `answer` makes the response from a request and the number of earlier ones."""

    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard, int], web.Response] = lambda heard, count: web.Response()
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.text()
        genuine = SignatureVerifier(SIGNING_SECRET).is_valid_request(body, dict(request.headers))
        heard = Heard(_payload(request, body), dict(request.headers), genuine)
        self.heard.append(heard)
        return self.answer(heard, len(self.heard) - 1)

    def events(self) -> list[dict[str, Any]]:
        return [heard.payload["event"] for heard in self.heard if "event" in heard.payload]


def _payload(request: web.Request, body: str) -> dict[str, Any]:
    text = parse_qs(body)["payload"][0] if request.content_type == "application/x-www-form-urlencoded" else body
    payload: dict[str, Any] = json.loads(text)
    return payload


@pytest.fixture
async def app() -> AsyncIterator[App]:
    app = App()
    server = web.Application()
    server.router.add_post("/slack/events", app.handle)
    async with LoopbackServer(server) as listening:
        app.url = f"{listening.url}/slack/events"
        yield app


def populate(slack: LocalSlack) -> None:
    slack.add_user("U0MIA", "Mia", "mia@example.com", locale="de-DE")
    slack.add_user("U0ADA", "Ada", "ada@example.com")
    slack.add_user("U0BEN", "Ben", "ben@partner.example", team_id="T0PARTNER", is_stranger=True)
    slack.add_channel(DESK, "help-desk", ["U0ADA"])


@pytest.fixture
async def slack(app: App) -> AsyncIterator[LocalSlack]:
    async with LocalSlack(events_url=app.url, retry_delays=(0, 0, 0)) as slack:
        populate(slack)
        yield slack
        await slack.settled()


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(slack: LocalSlack, http: aiohttp.ClientSession) -> AsyncWebClient:
    """Slack's own client, without its retries."""
    return AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url, session=http, retry_handlers=[])
