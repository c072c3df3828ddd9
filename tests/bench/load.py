"""Load generator: sends the same events to every contender, at a rate or as fast as they are acknowledged."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from sandbox.slack.courier import sign
from sandbox.slack.server import SIGNING_SECRET
from tests.bench.stage import Question, Stage, Tally


class Sender(Protocol):
    """Delivers questions to an app as events. `refused` holds the statuses that were not 200."""

    refused: list[int]

    async def send(self, question: Question, due: float | None = None) -> float:
        """Returns the seconds until it was acknowledged, counted from when it was `due` (`time.perf_counter`)."""


@dataclass(slots=True)
class HttpSender:
    """Sends signed requests to the addresses in turn, over connections kept open.

    Writes to the sockets directly: the driver shares the cores with the measured app, and an HTTP client would need
    more time for a request than a fast app for its response.
    """

    urls: Sequence[str]
    refused: list[int] = field(default_factory=list)
    _idle: dict[str, list[_Line]] = field(default_factory=dict)
    _turn: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._turn = itertools.cycle(self.urls)

    async def send(self, question: Question, due: float | None = None) -> float:
        started = time.perf_counter() if due is None else due
        body = _event(question)
        status = await self._post(next(self._turn), body)
        if status != 200:
            self.refused.append(status)
        return time.perf_counter() - started

    def close(self) -> None:
        """Closes the idle connections."""
        for idle in self._idle.values():
            while idle:
                idle.pop().writer.close()

    async def _post(self, url: str, body: bytes) -> int:
        idle = self._idle.setdefault(url, [])
        path, headers = urlsplit(url).path, sign(SIGNING_SECRET, body)
        while idle:
            # A server may close an idle connection just as it is used again; the request is then sent on a new one.
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._on(idle.pop(), idle, path, body, headers)
        return await self._on(await _Line.to(url), idle, path, body, headers)

    async def _on(self, line: _Line, idle: list[_Line], path: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            status = await line.post(path, body, headers)
        except BaseException:
            line.writer.close()
            raise
        if not line.ended:
            idle.append(line)
        return status


@dataclass(slots=True)
class _Line:
    """One connection, one request at a time."""

    host: str
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    ended: bool = False

    @classmethod
    async def to(cls, url: str) -> _Line:
        host = urlsplit(url).netloc
        name, _, port = host.partition(":")
        return cls(host, *await asyncio.open_connection(name, int(port)))

    async def post(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        """Returns the status of the response, which must have a Content-Length."""
        fields = {"Host": self.host, "Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self.writer.write(f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = head.partition("\r\ncontent-length:")[2].partition("\r\n")[0]
        await self.reader.readexactly(int(length))
        if "\r\nconnection: close" in head:
            self.writer.close()
            self.ended = True
        return int(head.split(" ", 2)[1])


@dataclass(slots=True)
class SocketSender:
    """Has the local Slack send the events through the app's sockets and report how long each acknowledgement took.

    The time from here to the local Slack is not included, nor is the time an event waits there to be sent.
    """

    stage: Stage
    refused: list[int] = field(default_factory=list)

    async def send(self, question: Question, due: float | None = None) -> float:
        delivery = await self.stage.tell_slack("deliver", **json.loads(_event(question)))
        if delivery["status"] != 200:
            self.refused.append(delivery["status"])
        return float(delivery["ms"]) / 1000


async def at_rate(sender: Sender, questions: Iterable[Question], per_second: float) -> list[float]:
    """Sends at random times of this mean rate and returns the seconds until each acknowledgement.

    Does not wait for acknowledgements. An event sent late counts from the time at which it was due.
    """
    took: list[float] = []

    async def timed(question: Question, due: float) -> None:
        took.append(await sender.send(question, due))

    async with asyncio.TaskGroup() as group:
        for question, due in zip(questions, _times(time.perf_counter(), per_second), strict=False):
            await asyncio.sleep(due - time.perf_counter())
            group.create_task(timed(question, due))
    return took


async def in_turn(
    sender: Sender,
    questions: Iterable[Question],
    at_once: int,
    answers: Tally | None = None,
    seconds: float | None = None,
) -> int:
    """Keeps `at_once` questions in flight, each until acknowledged or, with `answers`, until answered.

    Ends when no questions are left; starts no further one after `seconds`. Returns the number sent.
    """
    left = iter(questions)
    until = None if seconds is None else time.perf_counter() + seconds
    sent = 0

    async def work() -> None:
        nonlocal sent
        for question in left:
            await sender.send(question)
            sent += 1
            if answers is not None:
                await answers.answer_to(question)
            if until is not None and time.perf_counter() >= until:
                return

    await asyncio.gather(*(work() for _ in range(at_once)))
    return sent


def _times(start: float, per_second: float) -> Iterator[float]:
    """Yields arrival times of a Poisson process with a fixed seed: independent, and the same in every run."""
    chance = random.Random(20)
    return itertools.accumulate(iter(lambda: chance.expovariate(per_second), None), initial=start)


def _event(question: Question) -> bytes:
    """Returns the event as Slack sends it (docs.slack.dev/reference/events/message.im)."""
    rich_text = {"type": "rich_text_section", "elements": [{"type": "text", "text": question.text}]}
    event = {
        "type": "message",
        "channel": question.channel,
        "channel_type": "im",
        "user": question.user,
        "team": "T0LOCAL00",
        "text": question.text,
        "blocks": [{"type": "rich_text", "block_id": "b1", "elements": [rich_text]}],
        "client_msg_id": f"bench-{question.user}",
        "ts": question.ts,
        "event_ts": question.ts,
    }
    bot = {"enterprise_id": None, "team_id": "T0LOCAL00", "user_id": "U0BOT", "is_bot": True}
    envelope = {
        "token": "local-stand-in-not-slack",
        "team_id": "T0LOCAL00",
        "api_app_id": "A0LOCAL00",
        "event": event,
        "type": "event_callback",
        "event_id": f"Ev{question.user}",
        "event_time": int(time.time()),
        "authorizations": [{**bot, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": f"4-{question.user}",
    }
    return json.dumps(envelope).encode()
