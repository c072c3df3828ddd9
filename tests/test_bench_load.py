"""The benchmark's load generator sends events as Slack does, and loses none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from slack_sdk.signature import SignatureVerifier

from sandbox.slack.server import SIGNING_SECRET
from tests.bench.load import HttpSender, at_rate, in_turn
from tests.bench.remote_control import CANNED
from tests.bench.stage import Question, Tally

QUESTIONS = [Question(user=f"U{number}", channel=f"D{number}", ts=f"1.{number:06}", text="Why?") for number in range(6)]


class Listener:
    """A minimal HTTP server that records requests. `closes`: closes each connection after the first response."""

    def __init__(self, *, status: int = 200, closes: bool = False) -> None:
        self.status = status
        self.closes = closes
        self.connections = 0
        self.tasks: set[asyncio.Task[None]] = set()
        self.heard: list[tuple[dict[str, str], bytes]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        while head := await _head(reader):
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
            self.heard.append((headers, await reader.readexactly(int(headers["content-length"]))))
            writer.write(f"HTTP/1.1 {self.status} Any\r\nContent-Length: 2\r\n\r\nok".encode())
            await writer.drain()
            if self.closes:
                break
        writer.close()
        await writer.wait_closed()


async def _head(reader: asyncio.StreamReader) -> list[str]:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    except asyncio.IncompleteReadError:
        return []


@asynccontextmanager
async def listening(listener: Listener) -> AsyncIterator[HttpSender]:
    """Runs a listener and provides a sender to it."""
    async with await asyncio.start_server(listener.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        sender = HttpSender([f"http://127.0.0.1:{port}/slack/events"])
        yield sender
        sender.close()
        await asyncio.gather(*listener.tasks)


async def test_an_event_is_signed_and_says_what_the_person_wrote() -> None:
    listener = Listener()
    async with listening(listener) as sender:
        took = await sender.send(QUESTIONS[0])

    (headers, body) = listener.heard[0]
    event = json.loads(body)["event"]
    assert SignatureVerifier(SIGNING_SECRET).is_valid_request(body, headers)
    assert (event["user"], event["channel"], event["ts"], event["text"]) == ("U0", "D0", "1.000000", "Why?")
    assert took > 0


async def test_connections_are_kept_and_used_again() -> None:
    listener = Listener()
    async with listening(listener) as sender:
        assert await in_turn(sender, QUESTIONS, at_once=2) == len(QUESTIONS)

    assert (len(listener.heard), listener.connections) == (6, 2)


async def test_a_connection_that_was_closed_while_idle_loses_no_event() -> None:
    listener = Listener(closes=True)
    async with listening(listener) as sender:
        await in_turn(sender, QUESTIONS, at_once=1)

    assert (len(listener.heard), sender.refused) == (6, [])


async def test_what_was_refused_is_told() -> None:
    async with listening(Listener(status=503)) as sender:
        took = await at_rate(sender, QUESTIONS, per_second=10_000)

    assert (len(took), sender.refused) == (6, [503] * 6)


async def test_several_addresses_take_turns() -> None:
    one, other = Listener(), Listener()
    async with listening(one) as first, listening(other) as second:
        both = HttpSender([*first.urls, *second.urls])
        await in_turn(both, QUESTIONS, at_once=1)
        both.close()

    assert (len(one.heard), len(other.heard)) == (3, 3)


@pytest.mark.parametrize(("answers", "failed"), [(0, 1), (1, 0), (2, 1)])
def test_a_question_counts_as_failed_unless_it_was_answered_exactly_once(answers: int, failed: int) -> None:
    tally = Tally()
    for _ in range(answers):
        tally.note({"channel": "D0", "root": "1.000000", "ts": "2.0", "text": CANNED})
    tally.note({"channel": "D0", "root": "1.000000", "ts": "2.1", "text": "It takes longer than usual."})

    assert tally.failed(QUESTIONS[:1]) == failed
