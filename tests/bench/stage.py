"""The stand-ins around the measured process, driven over their control interfaces, and what arrives at them."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bot.sandbox.house import HANDOFF_CHANNEL
from bot.sandbox.slack.server import BOT_TOKEN, SIGNING_SECRET
from bot.sandbox.uppzy.__main__ import CANNED
from tests.bench.processes import Child, free_port, started

_AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A message that an employee has typed into a DM, a thread of its own; the bot has not heard of it."""

    user: str
    channel: str
    ts: str
    text: str

    @property
    def thread(self) -> tuple[str, str]:
        """Where its answer belongs."""
        return self.channel, self.ts


@dataclass(slots=True)
class Tally:
    """Which questions got an answer at the local Slack, when (Unix seconds), and how often."""

    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    _waiting: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)

    def note(self, post: Mapping[str, str]) -> None:
        """Count a post if it is an answer; what the bot says by itself is none."""
        if post["text"] == CANNED:
            thread = post["channel"], post["root"]
            self.times.setdefault(thread, []).append(float(post["ts"]))
            self._event(thread).set()

    async def answer_to(self, question: Question) -> None:
        await self._event(question.thread).wait()

    async def answers_to(self, questions: Iterable[Question], seconds: float) -> None:
        """Until all are answered, but no longer than so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for question in questions:
                    await self.answer_to(question)

    def lost(self, questions: Iterable[Question]) -> int:
        return sum(question.thread not in self.times for question in questions)

    def doubled(self, questions: Iterable[Question]) -> int:
        return sum(len(self.times.get(question.thread, ())) > 1 for question in questions)

    def _event(self, thread: tuple[str, str]) -> asyncio.Event:
        return self._waiting.setdefault(thread, asyncio.Event())


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A local Slack and a local Uppzy, each a process of its own, and the questions employees have typed."""

    folder: Path
    http: aiohttp.ClientSession
    slack: Child
    uppzy: Child
    slack_url: str
    uppzy_url: str
    questions: Sequence[Question]

    @contextlib.asynccontextmanager
    async def bot(self, name: str) -> AsyncIterator[tuple[Child, str]]:
        """The bot on an empty database, and the address it takes events at."""
        port = free_port()
        url = f"http://127.0.0.1:{port}/slack/events"
        environment = {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"{self.slack_url}/api/",
            "HANDOFF_CHANNEL": HANDOFF_CHANNEL,
            "UPPZY_BASE_URL": f"{self.uppzy_url}/api/v1",
            "UPPZY_API_KEY": "local-uppzy-key",
            "UPPZY_TENANT_ID": "tenant-local",
            "UPPZY_SITE_ID": "site-local",
            "DATABASE_URL": f"sqlite:///{self.folder / name}.db",
            "PORT": str(port),
        }
        log = self.folder / f"{name}.log"
        async with started(log, port, "bot", "run", environment=environment) as child:
            # From here on Slack tells the bot of its own messages, as the real one does.
            await self._tell_slack("events_url", url=url)
            try:
                yield child, url
            finally:
                await self._tell_slack("events_url", url=None)

    @contextlib.asynccontextmanager
    async def bare(self) -> AsyncIterator[tuple[Child, str]]:
        """The bare app, and the address it takes events at."""
        port = free_port()
        async with started(self.folder / "bare.log", port, "tests.bench.bare", str(port), SIGNING_SECRET) as child:
            yield child, f"http://127.0.0.1:{port}/slack/events"

    @contextlib.asynccontextmanager
    async def tally(self) -> AsyncIterator[Tally]:
        """Follow what the bot posts."""
        tally = Tally()
        forever = aiohttp.ClientTimeout(total=None)
        async with self.http.get(f"{self.slack_url}/sandbox/posts", timeout=forever) as response:
            following = asyncio.create_task(_follow(response, tally))
            try:
                yield tally
            finally:
                following.cancel()
                await asyncio.gather(following, return_exceptions=True)

    async def set_latency(self, seconds: float) -> None:
        """How long the local Uppzy takes for an answer from now on."""
        async with self.http.post(f"{self.uppzy_url}/sandbox/latency", json={"seconds": seconds}) as response:
            response.raise_for_status()

    async def waiting(self) -> int:
        """How many questions the local Uppzy has and has not answered yet."""
        async with self.http.get(f"{self.uppzy_url}/sandbox/counts") as response:
            return int((await response.json())["waiting"])

    async def answered_at(self) -> dict[str, float]:
        """When each answer left the local Uppzy, by the text of its question; of several the latest."""
        async with self.http.get(f"{self.uppzy_url}/sandbox/questions") as response:
            asked = await response.json()
        return {one["message"]: one["answered_at"] for one in asked if one["answered_at"] is not None}

    async def _tell_slack(self, action: str, **body: Any) -> dict[str, Any]:
        return await _tell(self.http, self.slack_url, action, body)


@contextlib.asynccontextmanager
async def set_up(folder: Path, questions: int) -> AsyncIterator[Stage]:
    """Start the stand-ins and have that many employees type a question each."""
    slack_port, uppzy_port = free_port(), free_port()
    slack_url, uppzy_url = f"http://127.0.0.1:{slack_port}", f"http://127.0.0.1:{uppzy_port}"
    slack = started(
        folder / "slack.log", slack_port, "bot.sandbox.slack", "--port", str(slack_port), "--keep-calls", "0"
    )
    uppzy = started(folder / "uppzy.log", uppzy_port, "bot.sandbox.uppzy", "--port", str(uppzy_port), "--fixed")
    async with slack as slack_child, uppzy as uppzy_child, _client() as http:
        await _tell(http, slack_url, "channels", {"channel_id": HANDOFF_CHANNEL, "name": "support-handoff"})
        yield Stage(
            folder=folder,
            http=http,
            slack=slack_child,
            uppzy=uppzy_child,
            slack_url=slack_url,
            uppzy_url=uppzy_url,
            questions=await _typed(http, slack_url, questions),
        )


def _client() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))


async def _typed(http: aiohttp.ClientSession, slack_url: str, count: int) -> list[Question]:
    numbers = iter(range(count))
    found: list[Question] = []

    async def work() -> None:
        for number in numbers:
            found.append(await _type(http, slack_url, number))  # noqa: PERF401 - several workers share the list

    await asyncio.gather(*(work() for _ in range(_AT_ONCE)))
    return found


async def _type(http: aiohttp.ClientSession, slack_url: str, number: int) -> Question:
    user, text = f"U0EMP{number:05}", f"Question {number:05}: how do I reset my password?"
    await _tell(
        http, slack_url, "users", {"user_id": user, "name": f"employee{number}", "email": f"e{number}@example.com"}
    )
    said = await _tell(http, slack_url, "say", {"user": user, "text": text})
    return Question(user=user, channel=said["channel"], ts=said["ts"], text=text)


async def _tell(http: aiohttp.ClientSession, slack_url: str, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
    async with http.post(f"{slack_url}/sandbox/{action}", json=body) as response:
        response.raise_for_status()
        result: dict[str, Any] = (await response.json())["result"]
        return result


async def _follow(response: aiohttp.ClientResponse, tally: Tally) -> None:
    async for line in response.content:
        tally.note(json.loads(line))
