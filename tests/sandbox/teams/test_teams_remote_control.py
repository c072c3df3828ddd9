"""Remote control of the local Teams by another process."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.teams import LocalTeams
from tests.bench.teams_control import ControlledTeams
from tests.sandbox.teams.conftest import ADA, CHANNEL, MIA, Bot, Client, populate, text, with_card


@pytest.fixture
async def teams(bot: Bot) -> AsyncIterator[LocalTeams]:
    async with ControlledTeams(messages_url=bot.url) as teams:
        populate(teams)
        yield teams


class Remote:
    """Client of the control interface."""

    def __init__(self, http: aiohttp.ClientSession, base_url: str) -> None:
        self._http = http
        self._base = f"{base_url}/sandbox/"

    async def do(self, name: str, /, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = await (await self._http.post(self._base + name, json=body)).json()
        return answer

    async def see(self, name: str, /, **query: str) -> dict[str, Any]:
        answer: dict[str, Any] = await (await self._http.get(self._base + name, params=query)).json()
        return answer


@pytest.fixture
def remote(teams: LocalTeams, http: aiohttp.ClientSession) -> Remote:
    return Remote(http, teams.base_url)


async def test_people_act_by_request(remote: Remote, teams: LocalTeams, bot: Bot, client: Client) -> None:
    root = (await client.new_thread(CHANNEL, with_card())).body["activityId"]
    rated = text("Restart it.", channelData={"feedbackLoop": {"type": "default"}})
    answer = (await client.post(teams.chat_of(MIA), rated)).body["id"]
    rating = {"conversation": teams.chat_of(MIA), "message_id": answer, "reaction": "like", "shape": "plain"}

    said = await remote.do("say", user=MIA, text="My VPN fails")
    own = {"user": MIA, "conversation": teams.chat_of(MIA), "message_id": said["result"]["message"]}
    done = await remote.do(
        "several",
        actions=[
            {"do": "edit", **own, "text": "It fails"},
            {"do": "delete", **own},
            {"do": "say", "user": ADA, "channel": CHANNEL, "text": "Hello", "thread": root},
            {"do": "execute", "user": ADA, "conversation": CHANNEL, "message_id": root, "verb": "claim"},
            {"do": "thumbs", "user": MIA, **rating},
            {"do": "install", "user": MIA},
            {"do": "uninstall", "user": MIA},
            {"do": "block", "user": ADA},
            {"do": "deliver", "type": "somethingNew"},
        ],
    )

    assert said["result"]["status"] == 200
    assert done["ok"]
    assert [one.get("name") or one["type"] for one in bot.activities] == [
        "message",
        "messageUpdate",
        "messageDelete",
        "message",
        "adaptiveCard/action",
        "message/submitAction",
        "conversationUpdate",
        "installationUpdate",
        "installationUpdate",
        "somethingNew",
    ]
    assert teams.workspace.chat_of(ADA).is_blocked


async def test_the_tenant_is_built_by_request(remote: Remote, teams: LocalTeams) -> None:
    user = await remote.do("users", user_id="new", name="Nina")
    await remote.do("teams", team_id="19:new@thread.tacv2", name="New", members=["new"])
    await remote.do("channels", channel_id="19:c@thread.tacv2", name="Inner", team_id="19:new@thread.tacv2")
    await remote.do("messages_url", url="http://127.0.0.1:1/")

    assert user["result"]["chat"] == teams.chat_of("new")
    assert teams.workspace.channels["19:c@thread.tacv2"].name == "Inner"
    assert (await remote.do("say", user="new", text="Hello"))["result"]["reason"] == "connection_failed"


async def test_messages_and_counts_are_read(remote: Remote, client: Client) -> None:
    root = (await client.new_thread(CHANNEL, with_card())).body["activityId"]
    await client.post(CHANNEL, text("Below"), thread=root)

    thread = (await remote.see("messages", conversation=CHANNEL, thread=root))["messages"]
    counts = await remote.see("counts")

    assert [(one["id"] == root, one["text"], bool(one["card"])) for one in thread] == [
        (True, "", True),
        (False, "Below", False),
    ]
    assert (counts["calls"]["post"], counts["calls"]["create"], counts["statuses"]["201"]) == (1, 1, 2)


async def test_faults_and_limits_are_set_by_request(remote: Remote, teams: LocalTeams, client: Client) -> None:
    await remote.do("limits", on=False)
    await remote.do("faults", kind="refused", operation="post", status=412, code="PreconditionFailed", times=None)
    assert (await client.post(CHANNEL, text("Hello"))).status == 412

    await client.http.delete(f"{teams.base_url}/sandbox/faults")

    assert (await client.post(CHANNEL, text("Hello"))).status == 201
    assert not teams.throttle.is_on


async def test_a_wrong_request_is_answered_with_the_reason(remote: Remote) -> None:
    assert await remote.do("say", user="nobody", text="Hello") == {"ok": False, "error": "there is no user nobody"}


async def test_posts_of_the_bot_are_streamed(teams: LocalTeams, client: Client) -> None:
    async with client.http.get(f"{teams.base_url}/sandbox/posts") as posts:
        await teams.dm(MIA, "Hello")
        await client.post(teams.chat_of(MIA), text("Restart it."))
        line = json.loads(await posts.content.readline())

    assert (line["conversation"], line["text"], line["sender"]) == (teams.chat_of(MIA), "Restart it.", "")


async def test_it_runs_in_a_process_of_its_own(http: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.remote_control", "teams", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    line = (await process.stdout.readline()).decode()
    address = re.search(r"http://\S+", line)
    assert address

    counts = await Remote(http, address[0]).see("counts")
    process.send_signal(signal.SIGINT)

    assert counts["users"] == 0
    assert await process.wait() == 0
