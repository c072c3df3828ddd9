"""Remote control of the local Slack by another process."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.slack import BOT_TOKEN, LocalSlack, OddBody
from tests.bench.remote_control import ControlledSlack
from tests.sandbox.slack.conftest import DESK, App, populate


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

    async def clear(self, name: str) -> None:
        await self._http.delete(self._base + name)


@pytest.fixture
async def slack(app: App) -> AsyncIterator[LocalSlack]:
    async with ControlledSlack(events_url=app.url, retry_delays=(0, 0, 0)) as slack:
        populate(slack)
        yield slack
        await slack.settled()


@pytest.fixture
def remote(slack: LocalSlack, http: aiohttp.ClientSession) -> Remote:
    return Remote(http, slack.base_url)


async def test_people_can_be_added_and_speak(slack: LocalSlack, app: App, remote: Remote) -> None:
    await remote.do("users", user_id="U0NEW", name="New")
    await remote.do("channels", channel_id="C0NEW", name="new", members=["U0NEW"])
    dm = (await remote.do("dm", user="U0NEW"))["result"]["channel"]

    told = await remote.do("say", user="U0NEW", text="Hello", files=["log.txt"])
    await remote.do("edit", user="U0NEW", channel=dm, ts=told["result"]["ts"], text="Hello!")

    seen = await remote.see("messages", channel=dm)
    assert (told["ok"], told["result"]["status"], told["result"]["channel"]) == (True, 200, dm)
    assert [(one["text"], one["files"][0]["name"]) for one in seen["messages"]] == [("Hello!", "log.txt")]
    assert len(app.heard) == 2


async def test_many_actions_fit_into_one_request(app: App, remote: Remote) -> None:
    hire = {"do": "users", "user_id": "U0NEW", "name": "New"}
    answer = await remote.do("several", actions=[hire, {"do": "say", "user": "U0NEW", "text": "Hello"}])

    assert [one["id"] for one in answer["result"][:1]] == ["U0NEW"]
    assert answer["result"][1]["ts"] == app.events()[0]["ts"]


async def test_counts_tell_how_much_happened(remote: Remote) -> None:
    await remote.do("say", user="U0ADA", channel=DESK, text="Hello")

    counts = await remote.see("counts")

    assert (counts["messages"][DESK], counts["deliveries"]) == (1, {"200": 1})


async def test_faults_can_be_planned_and_cleared(slack: LocalSlack, remote: Remote) -> None:
    planned = await remote.do("faults", kind="refused", method="auth.test", error="fatal_error", times=None)
    assert slack.faults.take("auth.test", {}) is not None

    await remote.clear("faults")

    assert planned["ok"]
    assert slack.faults.take("auth.test", {}) is None


async def test_an_odd_body_can_be_planned_by_its_name(slack: LocalSlack, remote: Remote) -> None:
    planned = await remote.do("faults", kind="odd_body", method="auth.test", body="html", after_effect=True)

    fault = slack.faults.take("auth.test", {})
    assert planned["ok"]
    assert fault is not None
    assert (fault.body, fault.after_effect) == (OddBody.HTML, True)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("say", {"user": "U0MIA", "channel": DESK, "text": "x"}),
        ("say", {"text": "x"}),
        ("faults", {"kind": "earthquake"}),
        ("press", {"user": "U0MIA"}),
    ],
)
async def test_an_impossible_action_is_refused_with_a_reason(remote: Remote, name: str, body: dict[str, Any]) -> None:
    answer = await remote.do(name, **body)

    assert not answer["ok"]
    assert answer["error"]


async def test_it_runs_as_a_process_of_its_own(http: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.remote_control", "slack", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = (await process.stdout.readline()).decode()

    answer = await (await http.post(said.split()[-1] + "api.test")).json()
    process.send_signal(signal.SIGTERM)

    assert "not Slack" in said
    assert answer["ok"]
    assert await process.wait() == 0


async def test_posts_of_the_app_are_streamed(slack: LocalSlack, http: aiohttp.ClientSession, remote: Remote) -> None:
    async with http.get(f"{slack.base_url}/sandbox/posts") as posts:
        root = (await remote.do("say", user="U0ADA", channel=DESK, text="Hello"))["result"]["ts"]
        call = {"token": slack.bot_token, "channel": DESK, "thread_ts": root, "text": "Good morning"}
        answer = await (await http.post(f"{slack.api_url}chat.postMessage", json=call)).json()

        told = json.loads(await posts.content.readline())

    assert told == {"channel": DESK, "root": root, "ts": answer["ts"], "text": "Good morning"}


async def test_a_process_can_be_given_more_scopes(http: aiohttp.ClientSession) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.remote_control",
        "slack",
        "--scope",
        "im:read",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().split()[-1]

    call = {"token": BOT_TOKEN, "types": "im"}
    answer = await (await http.post(f"{url}conversations.list", data=call)).json()
    process.send_signal(signal.SIGTERM)

    assert (answer["ok"], answer["channels"]) == (True, [])
    assert await process.wait() == 0
