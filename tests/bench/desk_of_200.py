"""A desk of two hundred: handoffs opened within a minute in one channel, which takes about one post a second.

People talk in some of them meanwhile. Measured is how long their words take each way, what is lost or doubled, how many
refreshes of one card wait, and whether every card shows in the end what is stored. Runs by itself, on loopback:
`python -m tests.bench.desk_of_200`.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.app import Outside, RunningBot, running
from bot.helpdesk.handing.card import read_card
from bot.sandbox.house import ADA, BEN, HANDOFF_CHANNEL, furnish, local_settings
from bot.sandbox.slack import LocalSlack, Message
from bot.sandbox.slack.changes import ChangeKind
from bot.sandbox.uppzy import LocalUppzy
from bot.shipped import shipped_file
from bot.slack.budget import Limits, Rate
from bot.slack.views.handoff import card_message
from storage.repositories import Transaction

_EMPLOYEE = re.compile(r"<@(U0EMP\d+)>")
_UNKNOWN = "Frobnicate the blorp quux please"
_AGENTS = (ADA, BEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much happens. Times in seconds.

    In `talks` of the handoffs an agent claims and says something, and the employee answers, `lines` times each, after
    up to `thinking` seconds. `faster`: everything, Slack's limits too, goes so many times faster than in Slack; times
    in the result are as they would be there.
    """

    handoffs: int = 200
    seconds: float = 60.0
    talks: int = 60
    lines: int = 2
    thinking: float = 20.0
    faster: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What came of it. Times in seconds as in Slack.

    `to_employee` and `to_thread`: from a person's message to its copy, median and 95 of 100. `last_card` comes that
    long after the first. `lost` and `doubled`: cards and copies that are not there, or there twice. `wrong_cards` show
    something else than what is stored.
    """

    handoffs: int
    relays: int
    to_employee: tuple[float, float]
    to_thread: tuple[float, float]
    last_card: float
    settled: float
    lost: int
    doubled: int
    refreshes: int
    most_refreshes_waiting: int
    wrong_cards: int


@dataclass(slots=True)
class _Copies:
    """When the copies of people's words, each with a word of its own, were posted."""

    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    _words: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def expect(self) -> tuple[str, asyncio.Future[float]]:
        """A word to be said, and when its copy is posted."""
        word = f"word{next(self._words)}."
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.waiting[word] = future
        return word, future

    def note(self, message: Message) -> None:
        """Count a message of the bot."""
        for word in message.text.split():
            future = self.waiting.get(word)
            if future is not None:
                self.seen[word] += 1
                if not future.done():
                    future.set_result(time.monotonic())


@dataclass(slots=True)
class _Desk:
    """The desk under way."""

    extent: Extent
    slack: LocalSlack
    bot: RunningBot
    copies: _Copies = field(default_factory=_Copies)
    cards: list[Message] = field(default_factory=list)
    card_of: dict[str, asyncio.Future[Message]] = field(default_factory=dict)
    to_employee: list[float] = field(default_factory=list)
    to_thread: list[float] = field(default_factory=list)
    most_waiting: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    async def listen(self) -> None:
        async for change in self.slack.changes():
            if change.kind is ChangeKind.MESSAGE_POSTED:
                message = self.slack.message(change.channel, change.ts)
                if message is not None and message.bot_id:
                    self.copies.note(message)
                    self._note_card(message)

    async def watch_refreshes(self) -> None:
        while True:
            self.most_waiting = max(self.most_waiting, await self.bot.store.run(_refreshes_waiting))
            await asyncio.sleep(0.5 / self.extent.faster)

    async def ask(self, number: int) -> None:
        """An employee asks what the assistant does not know, and may be talked with."""
        await asyncio.sleep(number * self.extent.seconds / self.extent.handoffs / self.extent.faster)
        employee = _employee(number)
        self.card_of[employee] = asyncio.get_running_loop().create_future()
        root = (await self.slack.dm(employee, f"{_UNKNOWN}, for {employee}")).ts
        card = await self.card_of[employee]
        if number % max(1, self.extent.handoffs // self.extent.talks) == 0:
            await self.talk(employee, root, card)

    async def talk(self, employee: str, root: str, card: Message) -> None:
        """Agent and employee by turns."""
        agent = self.chance.choice(_AGENTS)
        await self.slack.press(agent, HANDOFF_CHANNEL, card.ts, "handoff_claim")
        dm = self.slack.dm_of(employee)
        for _ in range(self.extent.lines):
            self.to_employee.append(await self._say(agent, HANDOFF_CHANNEL, card.ts))
            self.to_thread.append(await self._say(employee, dm, root))
        await self.slack.press(agent, HANDOFF_CHANNEL, card.ts, "handoff_resolve")

    async def _say(self, who: str, channel: str, root: str) -> float:
        await asyncio.sleep(self.chance.uniform(0.0, self.extent.thinking) / self.extent.faster)
        word, copied = self.copies.expect()
        began = time.monotonic()
        await self.slack.say(who, channel, f"This is {word}", root)
        return (await copied - began) * self.extent.faster

    def _note_card(self, message: Message) -> None:
        if message.channel == HANDOFF_CHANNEL and not message.is_reply:
            self.cards.append(message)
            for employee in set(_EMPLOYEE.findall(str(message.blocks))):
                self.card_of[employee].set_result(message)


async def measure(extent: Extent) -> Measured:
    """Run it and say what came of it. Takes some minutes at Slack's own pace."""
    with tempfile.TemporaryDirectory() as folder:
        async with _opened(extent, Path(folder)) as desk:
            began = time.monotonic()
            beside = [asyncio.create_task(desk.listen()), asyncio.create_task(desk.watch_refreshes())]
            await asyncio.gather(*(desk.ask(number) for number in range(extent.handoffs)))
            await _settled(desk)
            settled = time.monotonic() - began
            for task in beside:
                task.cancel()
            return await _measured(desk, settled * extent.faster)


@contextlib.asynccontextmanager
async def _opened(extent: Extent, folder: Path) -> AsyncIterator[_Desk]:
    policy = folder / "escalation.toml"
    shipped = shipped_file("config/escalation.toml").read_text(encoding="utf-8")
    # What is measured is how long the desk takes, not how long it lets people change their mind.
    policy.write_text(f"{shipped}\n[handoff]\nrelay_delay_seconds = 0\n", encoding="utf-8")
    async with LocalSlack(keep_calls=100_000) as slack, LocalUppzy() as uppzy:
        furnish(slack)
        for number in range(extent.handoffs):
            slack.add_user(_employee(number), f"employee{number}", email=f"e{number}@example.com")
        settings = local_settings(slack, uppzy, folder / "desk.db", {"POLICY_FILE": str(policy)})
        async with running(settings, Outside(slack_limits=_limits(extent.faster))) as bot:
            slack.events_url = f"{bot.url}/slack/events"
            yield _Desk(extent=extent, slack=slack, bot=bot)


def _employee(number: int) -> str:
    return f"U0EMP{number:04}"


def _limits(faster: float) -> Limits:
    usual = Limits()
    return Limits(
        channel=_quicker(usual.channel, faster),
        methods={method: _quicker(rate, faster) for method, rate in usual.methods.items()},
        patience=usual.patience / faster,
    )


def _quicker(rate: Rate, faster: float) -> Rate:
    return Rate(burst=rate.burst, per_second=rate.per_second * faster)


async def _settled(desk: _Desk) -> None:
    while desk.bot.runner.unfinished:  # noqa: ASYNC110 - what is put back for later tells nobody
        await asyncio.sleep(0.1)
    await desk.slack.settled()


async def _measured(desk: _Desk, settled: float) -> Measured:
    cards = Counter(str(card.metadata) for card in desk.cards)
    missing = desk.extent.handoffs - len(cards) + sum(not future.done() for future in desk.copies.waiting.values())
    return Measured(
        handoffs=desk.extent.handoffs,
        relays=len(desk.copies.waiting),
        to_employee=_spread(desk.to_employee),
        to_thread=_spread(desk.to_thread),
        last_card=(float(desk.cards[-1].ts) - float(desk.cards[0].ts)) * desk.extent.faster,
        settled=settled,
        lost=missing,
        doubled=sum(count > 1 for count in [*cards.values(), *desk.copies.seen.values()]),
        refreshes=len(desk.slack.calls_of("chat.update")),
        most_refreshes_waiting=desk.most_waiting,
        wrong_cards=len(await _wrong_cards(desk)),
    )


def _spread(seconds: list[float]) -> tuple[float, float]:
    hundredths = statistics.quantiles(seconds, n=100, method="inclusive")
    return hundredths[49], hundredths[94]


async def _wrong_cards(desk: _Desk) -> list[str]:
    def stored(tx: Transaction) -> dict[str, Any]:
        rows = tx.connection.exec_driver_sql("SELECT id, thread FROM handoffs").all()
        return {row.thread: read_card(tx, row.id, time.time()) for row in rows}

    cards = await desk.bot.store.run(stored)
    return [one.ts for one in desk.cards if _content(one.blocks) != _content(card_message(cards[one.ts]).blocks)]


def _content(blocks: list[dict[str, Any]]) -> str:
    """What blocks say, without the ids that Slack gives them."""
    return json.dumps([{key: value for key, value in block.items() if key != "block_id"} for block in blocks])


def _refreshes_waiting(tx: Transaction) -> int:
    """Of the card for which most wait."""
    rows = tx.connection.exec_driver_sql(
        "SELECT count(*) FROM effects WHERE kind = 'RefreshCard' AND state = 'pending' AND settled_at IS NULL"
        " GROUP BY subject"
    )
    return max((row[0] for row in rows), default=0)


if __name__ == "__main__":
    faster = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
    sys.stdout.write(json.dumps(asdict(asyncio.run(measure(Extent(faster=faster)))), indent=2) + "\n")
