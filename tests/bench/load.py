"""Slack's side of the wire: signed events, at a rate or as fast as answers come back."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import aiohttp

from bot.sandbox.slack.delivery import sign
from bot.sandbox.slack.server import SIGNING_SECRET
from tests.bench.stage import Question, Tally


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends events to one address, over connections kept open. `refused` are the statuses that were not 200."""

    http: aiohttp.ClientSession
    url: str
    refused: list[int] = field(default_factory=list)

    async def send(self, question: Question) -> None:
        """Tell of one question; returns when it is acknowledged."""
        body = _event(question)
        headers = {"Content-Type": "application/json", **sign(SIGNING_SECRET, body)}
        async with self.http.post(self.url, data=body, headers=headers) as response:
            await response.read()
            if response.status != 200:
                self.refused.append(response.status)

    async def at_rate(self, questions: Iterable[Question], per_second: float) -> list[float]:
        """Send at random times of this mean rate, however long answers take.

        Returns the seconds from when each was due to when it was acknowledged: one that had to wait for its turn here
        counts from when its turn should have been.
        """
        took: list[float] = []

        async def timed(question: Question, due: float) -> None:
            await self.send(question)
            took.append(time.perf_counter() - due)

        async with asyncio.TaskGroup() as group:
            for question, due in zip(questions, _times(time.perf_counter(), per_second), strict=False):
                await asyncio.sleep(due - time.perf_counter())
                group.create_task(timed(question, due))
        return took

    async def in_turn(self, questions: Iterable[Question], at_once: int, answers: Tally | None = None) -> None:
        """Keep `at_once` questions under way: until acknowledged, or with `answers` until answered."""
        left = iter(questions)

        async def work() -> None:
            for question in left:
                await self.send(question)
                if answers is not None:
                    await answers.answer_to(question)

        await asyncio.gather(*(work() for _ in range(at_once)))


def _times(start: float, per_second: float) -> Iterator[float]:
    """The same at every run: independent arrivals, as from many people."""
    chance = random.Random(20)
    return itertools.accumulate(iter(lambda: chance.expovariate(per_second), None), initial=start)


def _event(question: Question) -> bytes:
    """As Slack sends it (docs.slack.dev/reference/events/message.im)."""
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
