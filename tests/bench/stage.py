"""The stand-ins around a measured process, driven over their control interfaces, and a tally of its answers."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.world import HANDOFF_CHANNEL
from tests.bench.processes import Child, free_port, started
from tests.bench.remote_control import CANNED

_TYPED_AT_ONCE = 500
# slack-machine reads these conversations at start; this bot does not.
_MORE_SCOPES = ("im:read", "mpim:read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A message of an employee in their DM, the root of a thread. Its event has not been sent yet."""

    user: str
    channel: str
    ts: str
    text: str

    @property
    def thread(self) -> tuple[str, str]:
        """The channel and thread in which the answer belongs."""
        return self.channel, self.ts


@dataclass(slots=True)
class Tally:
    """Answers posted to the local Slack: their times (Unix seconds), by channel and thread of the question."""

    times: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    _waiting: dict[tuple[str, str], asyncio.Event] = field(default_factory=dict)

    def note(self, post: Mapping[str, str]) -> None:
        """Counts a post if it is an answer of the assistant; other posts of the bot are not."""
        if post["text"] == CANNED:
            thread = post["channel"], post["root"]
            self.times.setdefault(thread, []).append(float(post["ts"]))
            self._event(thread).set()

    async def answer_to(self, question: Question) -> None:
        await self._event(question.thread).wait()

    async def answers_to(self, questions: Iterable[Question], seconds: float) -> None:
        """Waits until all are answered, at most so many seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                for question in questions:
                    await self.answer_to(question)

    def failed(self, questions: Iterable[Question]) -> int:
        """Returns the number of questions not answered exactly once."""
        return sum(len(self.times.get(question.thread, ())) != 1 for question in questions)

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
    async def tally(self) -> AsyncIterator[Tally]:
        """Counts the answers that the app posts until the block is left."""
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
        """Sets the seconds that the local Uppzy takes for an answer from now on."""
        await self._tell_uppzy("latency", seconds=seconds)

    async def hold_answers(self) -> None:
        """Holds back all answers of the local Uppzy."""
        await self._tell_uppzy("hold")

    async def release_answers(self) -> None:
        """Sends the answers held back, and later ones as before."""
        await self._tell_uppzy("release")

    async def most_waiting(self, wanted: int, quiet: float) -> int:
        """Returns the most questions that wait at the local Uppzy at once.

        It answers when `wanted` of them do, or after `quiet` seconds in which their number does not grow.
        """
        limits = {"wanted": str(wanted), "quiet": str(quiet)}
        forever = aiohttp.ClientTimeout(total=None)
        async with self.http.get(f"{self.uppzy_url}/sandbox/most_waiting", params=limits, timeout=forever) as response:
            return int((await response.json())["most"])

    async def asked(self) -> int:
        """Returns the number of questions that the local Uppzy has been asked so far."""
        return int((await self._uppzy_counts())["asked"])

    async def answered_at(self) -> dict[str, float]:
        """Returns the time each answer left the local Uppzy, by the text of its question; of several the latest."""
        async with self.http.get(f"{self.uppzy_url}/sandbox/questions") as response:
            asked = await response.json()
        return {one["message"]: one["answered_at"] for one in asked if one["answered_at"] is not None}

    async def tell_slack(self, action: str, **body: Any) -> dict[str, Any]:
        """Performs an action in the local Slack and returns its result."""
        result: dict[str, Any] = await _tell(self.http, self.slack_url, action, body)
        return result

    async def sockets(self) -> int:
        """Returns the number of sockets that the app has open to the local Slack."""
        async with self.http.get(f"{self.slack_url}/sandbox/counts") as response:
            return int((await response.json())["sockets"])

    async def _tell_uppzy(self, action: str, **body: Any) -> None:
        async with self.http.post(f"{self.uppzy_url}/sandbox/{action}", json=body) as response:
            response.raise_for_status()

    async def _uppzy_counts(self) -> dict[str, Any]:
        async with self.http.get(f"{self.uppzy_url}/sandbox/counts") as response:
            counts: dict[str, Any] = await response.json()
            return counts


@contextlib.asynccontextmanager
async def set_up(folder: Path, questions: int) -> AsyncIterator[Stage]:
    """Starts the stand-ins and has that many employees type a question each. `folder` belongs to this stage."""
    slack_port, uppzy_port = free_port(), free_port()
    slack_url, uppzy_url = f"http://127.0.0.1:{slack_port}", f"http://127.0.0.1:{uppzy_port}"
    scopes = itertools.chain.from_iterable(("--scope", scope) for scope in _MORE_SCOPES)
    local_slack = ("tests.bench.remote_control", "slack", "--port", str(slack_port), "--keep-calls", "0", *scopes)
    local_uppzy = ("tests.bench.remote_control", "uppzy", "--port", str(uppzy_port), "--fixed", "--latency", "0")
    async with (
        started(folder / "slack.log", slack_port, *local_slack) as slack,
        started(folder / "uppzy.log", uppzy_port, *local_uppzy) as uppzy,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        await _tell(http, slack_url, "channels", {"channel_id": HANDOFF_CHANNEL, "name": "support-handoff"})
        yield Stage(
            folder=folder,
            http=http,
            slack=slack,
            uppzy=uppzy,
            slack_url=slack_url,
            uppzy_url=uppzy_url,
            questions=await _typed(http, slack_url, questions),
        )


async def _typed(http: aiohttp.ClientSession, slack_url: str, count: int) -> list[Question]:
    found: list[Question] = []
    for first in range(0, count, _TYPED_AT_ONCE):
        numbers = range(first, min(count, first + _TYPED_AT_ONCE))
        actions = [action for number in numbers for action in _typing(number)]
        told = await _tell(http, slack_url, "several", {"actions": actions})
        found += [_question(number, said) for number, said in zip(numbers, told[1::2], strict=True)]
    return found


def _typing(number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    user = {"user_id": _user(number), "name": f"employee{number}", "email": f"e{number}@example.com"}
    return {"do": "users", **user}, {"do": "say", "user": _user(number), "text": _text(number)}


def _question(number: int, said: Mapping[str, str]) -> Question:
    return Question(user=_user(number), channel=said["channel"], ts=said["ts"], text=_text(number))


def _user(number: int) -> str:
    return f"U0EMP{number:05}"


def _text(number: int) -> str:
    return f"Question {number:05}: how do I reset my password?"


async def _tell(http: aiohttp.ClientSession, slack_url: str, action: str, body: Mapping[str, Any]) -> Any:
    async with http.post(f"{slack_url}/sandbox/{action}", json=body) as response:
        response.raise_for_status()
        return (await response.json())["result"]


async def _follow(response: aiohttp.ClientResponse, tally: Tally) -> None:
    async for line in response.content:
        tally.note(json.loads(line))
