"""A local Teams with an employee, two agents and a guest in it, a bot that listens, and a client of the connector."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from aiohttp import web

from sandbox.loopback import LoopbackServer
from sandbox.teams import GUEST, LocalTeams

MIA = "00000000-a000-4000-8000-000000000001"
ADA = "00000000-a000-4000-8000-000000000002"
BEN = "00000000-a000-4000-8000-000000000003"
GUS = "00000000-a000-4000-8000-000000000004"
PARTNER = "00000000-c000-4000-8000-00000000000b"
TEAM = "19:support@thread.tacv2"
CHANNEL = "19:handoffs@thread.tacv2"

CARD: dict[str, Any] = {
    "type": "AdaptiveCard",
    "version": "1.5",
    "body": [{"type": "TextBlock", "text": "VPN fails", "wrap": True}],
    "actions": [
        {"type": "Action.Execute", "title": "Claim", "verb": "claim", "data": {"handoff": "hd_1"}},
        {
            "type": "Action.ShowCard",
            "title": "Resolve",
            "card": {
                "type": "AdaptiveCard",
                "body": [
                    {
                        "type": "Input.ChoiceSet",
                        "id": "outcome",
                        "isRequired": True,
                        "choices": [{"title": "Solved", "value": "solved"}, {"title": "Not solved", "value": "not"}],
                    },
                    {"type": "Input.Text", "id": "words", "isMultiline": True, "maxLength": 20},
                    {"type": "Input.Toggle", "id": "article", "title": "Save as an article"},
                ],
                "actions": [
                    {"type": "Action.Execute", "title": "Resolve", "verb": "resolve", "data": {"handoff": "hd_1"}}
                ],
            },
        },
    ],
}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "message", "textFormat": "markdown", "text": words, **more}


def with_card(card: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "content": card or CARD}
    return {"type": "message", "attachments": [attachment], **more}


@dataclass(slots=True)
class HeardActivity:
    """A request that the bot received."""

    activity: dict[str, Any]
    headers: dict[str, str]


@dataclass(slots=True)
class Bot:
    """A bot that records requests. `answer` makes the response from a request and the number of earlier ones."""

    heard: list[HeardActivity] = field(default_factory=list)
    answer: Callable[[HeardActivity, int], web.Response] = lambda heard, count: web.Response()
    url: str = ""

    async def handle(self, request: web.Request) -> web.Response:
        heard = HeardActivity(json.loads(await request.text()), dict(request.headers))
        self.heard.append(heard)
        return self.answer(heard, len(self.heard) - 1)

    @property
    def activities(self) -> list[dict[str, Any]]:
        return [heard.activity for heard in self.heard]

    @property
    def last(self) -> dict[str, Any]:
        return self.heard[-1].activity


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of the local Teams."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> str:
        return str(self.body["error"]["code"])


@dataclass(slots=True)
class Client:
    """A client of the connector and of Graph with tokens from the login."""

    teams: LocalTeams
    http: aiohttp.ClientSession

    async def token(self, scope: str = "https://api.botframework.com/.default", **changes: str) -> Answer:
        bot = self.teams.bot
        form = {"grant_type": "client_credentials", "client_id": bot.app_id, "client_secret": bot.password}
        tenant = changes.pop("tenant", bot.tenant_id)
        url = f"{self.teams.environment()['TEAMS_LOGIN_URL']}/{tenant}/oauth2/v2.0/token"
        return await self._answered(self.http.post(url, data={**form, "scope": scope, **changes}))

    async def call(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Answer:
        """Calls the connector."""
        token = token or (await self.token()).body["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        url = f"{self.teams.service_url}v3/{path}"
        return await self._answered(self.http.request(method, url, json=body, headers=headers))

    async def graph(self, path: str, **query: str) -> Answer:
        token = (await self.token("https://graph.microsoft.com/.default")).body["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        url = path if path.startswith("http") else f"{self.teams.graph_url}/{path}"
        return await self._answered(self.http.get(url, params=query, headers=headers))

    async def post(self, conversation: str, activity: dict[str, Any], thread: str | None = None) -> Answer:
        named = f"{conversation};messageid={thread}" if thread else conversation
        return await self.call("POST", f"conversations/{quote(named, safe='')}/activities", activity)

    async def update(self, conversation: str, message: str, activity: dict[str, Any]) -> Answer:
        return await self.call("PUT", f"conversations/{quote(conversation, safe='')}/activities/{message}", activity)

    async def delete(self, conversation: str, message: str) -> Answer:
        return await self.call("DELETE", f"conversations/{quote(conversation, safe='')}/activities/{message}")

    async def new_thread(self, channel: str, activity: dict[str, Any]) -> Answer:
        body = {"isGroup": True, "channelData": {"channel": {"id": channel}}, "activity": activity}
        bot = {"bot": {"id": self.teams.workspace.bot_mri}, "tenantId": self.teams.bot.tenant_id}
        return await self.call("POST", "conversations", {**body, **bot})

    async def _answered(self, request: Any) -> Answer:
        async with request as response:
            content = await response.read()
            body = json.loads(content) if response.content_type == "application/json" else content
            return Answer(response.status, body, dict(response.headers))


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    bot = Bot()
    server = web.Application()
    server.router.add_post("/teams/messages", bot.handle)
    async with LoopbackServer(server) as listening:
        bot.url = f"{listening.url}/teams/messages"
        yield bot


def populate(teams: LocalTeams) -> None:
    teams.add_user(MIA, "Mia Berg", "mia@example.com", locale="de-DE")
    teams.add_user(ADA, "Ada", "ada@example.com")
    teams.add_user(BEN, "Ben", "ben@example.com")
    teams.add_user(GUS, "Gus", "gus@partner.example", tenant_id=PARTNER, role=GUEST)
    teams.add_team(TEAM, "Support", [ADA, BEN, GUS])
    teams.add_channel(CHANNEL, "Handoffs", TEAM)


@pytest.fixture
async def teams(bot: Bot) -> AsyncIterator[LocalTeams]:
    async with LocalTeams(messages_url=bot.url) as teams:
        populate(teams)
        yield teams


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def client(teams: LocalTeams, http: aiohttp.ClientSession) -> Client:
    return Client(teams, http)
