"""A rush of 200 handoffs opened within a minute in one channel, which takes about one post a second.

People talk in some of them meanwhile. Measures how long a message takes to be relayed in each direction, what is lost
or doubled, how many refreshes of one card are pending at most, and whether every card ends up showing the stored state.
Runs on its own, on loopback, in one process with its stand-ins: `python -m tests.bench.desk_of_200`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import math
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from bot.app import Outside, RunningBot, running
from bot.call_rates import Rate
from bot.helpdesk.handoffs.card import read_card
from bot.slack.rate_limiter import SlackLimits
from bot.slack.views.handoff import card_message
from sandbox.slack import LocalSlack, Message
from sandbox.slack.changes import ChangeKind
from sandbox.slack.elements import find_element
from sandbox.slack.workspace import View
from sandbox.uppzy import LocalUppzy
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, local_settings, populate
from storage.repositories import Transaction
from tests.bench.figures import percentile
from tests.english import ENGLISH
from tests.policies import with_handoff_rules

_EMPLOYEE = re.compile(r"<@(U0EMP\d+)>")
_UNKNOWN = "Frobnicate the blorp quux please"
_AGENTS = (ADA, BEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """The size of the rush. Times in seconds.

    In `talks` of the handoffs an agent claims the handoff, then agent and employee write `lines` messages each, every
    one after a pause of up to `thinking`. `faster` speeds everything up by that factor, Slack's rate limits included;
    the times in the result are scaled back. Anything not posted after `longest` counts as lost.
    """

    handoffs: int = 200
    seconds: float = 60.0
    talks: int = 60
    lines: int = 2
    thinking: float = 20.0
    faster: float = 1.0
    longest: float = 600.0

    @property
    def relays(self) -> int:
        """The number of messages to be relayed, both directions together."""
        return 2 * self.lines * self.talked

    @property
    def talked(self) -> int:
        """The number of handoffs in which people talk."""
        return sum(self.talked_in(number) for number in range(self.handoffs))

    def talked_in(self, number: int) -> bool:
        """True if people talk in the handoff with that number."""
        return number % max(1, self.handoffs // self.talks) == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The result of a run. Times in seconds at Slack's own pace.

    `to_employee` and `to_thread`: median and 95th percentile of the time from a message to its relayed copy.
    `last_card`: time from the first card to the last. `lost` and `doubled` count cards and copies that are missing or
    posted twice, `wrong_cards` the cards that do not show the stored state.
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
    """Times at which relayed copies were posted. Each message contains a unique word that identifies its copy."""

    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    _words: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def expect(self) -> tuple[str, asyncio.Future[float]]:
        """Returns a unique word for a message, and a future with the time (`time.monotonic`) its copy is posted."""
        word = f"word{next(self._words)}."
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.waiting[word] = future
        return word, future

    def note(self, message: Message) -> None:
        """Counts a message of the bot for each expected word in it."""
        for word in message.text.split():
            future = self.waiting.get(word)
            if future is not None:
                self.seen[word] += 1
                if not future.done():
                    future.set_result(time.monotonic())


@dataclass(slots=True)
class _Desk:
    """The running bot, its local Slack, and the measurements taken so far."""

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
        """Asks something the assistant does not know and, in some handoffs, lets agent and employee talk."""
        await asyncio.sleep(number * self.extent.seconds / self.extent.handoffs / self.extent.faster)
        employee = _employee(number)
        self.card_of[employee] = asyncio.get_running_loop().create_future()
        root = (await self.slack.dm(employee, f"{_UNKNOWN}, for {employee}")).ts
        card = await self.card_of[employee]
        if self.extent.talked_in(number):
            await self.talk(employee, root, card)

    async def talk(self, employee: str, root: str, card: Message) -> None:
        """Claims the handoff, writes messages of agent and employee alternately, and resolves it."""
        agent = self.chance.choice(_AGENTS)
        await self.slack.press(agent, HANDOFF_CHANNEL, card.ts, "handoff_claim")
        dm = self.slack.dm_of(employee)
        for _ in range(self.extent.lines):
            self.to_employee.append(await self._say(agent, HANDOFF_CHANNEL, card.ts))
            self.to_thread.append(await self._say(employee, dm, root))
        await self._resolve(agent, card)

    async def _resolve(self, agent: str, card: Message) -> None:
        await self.slack.press(agent, HANDOFF_CHANNEL, card.ts, "handoff_resolve")
        about = find_element(card.blocks, "handoff_resolve").body["value"]
        # The trigger of a press expires after three seconds. If the form does not open, the handoff stays unresolved.
        with contextlib.suppress(TimeoutError):
            form = await self.slack.wait_for(lambda: self._form(agent, about))
            assert form is not None
            await self.slack.submit_view(agent, form.id, {})

    def _form(self, agent: str, about: str) -> View | None:
        forms = (view for view in self.slack.views.values() if view.user == agent and view.is_open)
        return next((view for view in forms if view.private_metadata == about), None)

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
                if not self.card_of[employee].done():
                    self.card_of[employee].set_result(message)


async def measure(extent: Extent, database: str | None = None) -> Measured:
    """Runs the rush and returns the result. Takes some minutes at Slack's own pace.

    `database` is the URL of an empty database; without it, a temporary SQLite file is used.
    """
    with tempfile.TemporaryDirectory() as folder:
        async with _opened(extent, Path(folder), database) as desk:
            began = time.monotonic()
            beside = [asyncio.create_task(desk.listen()), asyncio.create_task(desk.watch_refreshes())]
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(extent.longest / extent.faster):
                    await asyncio.gather(*(desk.ask(number) for number in range(extent.handoffs)))
                    await _settled(desk)
            settled = time.monotonic() - began
            for task in beside:
                task.cancel()
            return await _measured(desk, settled * extent.faster)


@contextlib.asynccontextmanager
async def _opened(extent: Extent, folder: Path, database: str | None) -> AsyncIterator[_Desk]:
    policy = folder / "escalation.toml"
    # No grace period before a relay: only the bot's own time is measured.
    policy.write_text(with_handoff_rules("relay_delay_seconds = 0"), encoding="utf-8")
    async with LocalSlack(keep_calls=100_000) as slack, LocalUppzy() as uppzy:
        populate(slack)
        for number in range(extent.handoffs):
            slack.add_user(_employee(number), f"employee{number}", email=f"e{number}@example.com")
        settings = local_settings(slack, uppzy, database or folder / "desk.db", {"POLICY_FILE": str(policy)})
        async with running(settings, Outside(slack_limits=_limits(extent.faster))) as bot:
            slack.events_url = f"{bot.url}/slack/events"
            yield _Desk(extent=extent, slack=slack, bot=bot)


def _employee(number: int) -> str:
    return f"U0EMP{number:04}"


def _limits(faster: float) -> SlackLimits:
    usual = SlackLimits()
    return SlackLimits(
        channel=_quicker(usual.channel, faster),
        methods={method: _quicker(rate, faster) for method, rate in usual.methods.items()},
        timeout=usual.timeout / faster,
    )


def _quicker(rate: Rate, faster: float) -> Rate:
    return Rate(burst=rate.burst, per_second=rate.per_second * faster)


async def _settled(desk: _Desk) -> None:
    # Polls the database, because a runner on PostgreSQL does not know jobs that it has not fetched yet.
    while await desk.bot.store.run(_undone):  # noqa: ASYNC110 - postponed jobs raise no event
        await asyncio.sleep(0.25 / desk.extent.faster)
    await desk.slack.settled()


async def _measured(desk: _Desk, settled: float) -> Measured:
    cards = Counter(str(card.metadata) for card in desk.cards)
    extent, copies = desk.extent, len(desk.copies.seen)
    return Measured(
        handoffs=extent.handoffs,
        relays=copies,
        to_employee=_spread(desk.to_employee),
        to_thread=_spread(desk.to_thread),
        last_card=_between(desk.cards) * extent.faster,
        settled=settled,
        lost=extent.handoffs - len(cards) + extent.relays - copies,
        doubled=sum(count > 1 for count in [*cards.values(), *desk.copies.seen.values()]),
        refreshes=len(desk.slack.calls_of("chat.update")),
        most_refreshes_waiting=desk.most_waiting,
        wrong_cards=len(await _wrong_cards(desk)),
    )


def _spread(seconds: list[float]) -> tuple[float, float]:
    return percentile(seconds, 50), percentile(seconds, 95)


def _between(cards: list[Message]) -> float:
    return float(cards[-1].ts) - float(cards[0].ts) if cards else math.nan


async def _wrong_cards(desk: _Desk) -> list[str]:
    def stored(tx: Transaction) -> dict[str, Any]:
        rows = tx.connection.exec_driver_sql("SELECT id, thread FROM handoffs").all()
        return {row.thread: read_card(tx, row.id, time.time()) for row in rows}

    cards = await desk.bot.store.run(stored)
    right = {thread: _content(card_message(ENGLISH, card).blocks) for thread, card in cards.items()}
    return [one.ts for one in desk.cards if _content(one.blocks) != right.get(one.ts)]


def _content(blocks: list[dict[str, Any]]) -> str:
    """Returns the blocks as JSON without the block ids, which Slack assigns."""
    return json.dumps([{key: value for key, value in block.items() if key != "block_id"} for block in blocks])


def _undone(tx: Transaction) -> int:
    """Returns the number of unprocessed events and unsettled effects."""
    found = tx.connection.exec_driver_sql(
        "SELECT (SELECT count(*) FROM effects WHERE settled_at IS NULL)"
        " + (SELECT count(*) FROM events WHERE handled_at IS NULL)"
    )
    return int(found.scalar_one())


def _refreshes_waiting(tx: Transaction) -> int:
    """Returns the highest number of pending refreshes of any one card."""
    rows = tx.connection.exec_driver_sql(
        "SELECT count(*) FROM effects WHERE kind = 'RefreshCard' AND state = 'pending' AND settled_at IS NULL"
        " GROUP BY subject"
    )
    return max((row[0] for row in rows), default=0)


def as_arguments(extent: Extent) -> list[str]:
    """Returns the extent as command line options of this program."""
    return [f"--{name}={value}" for name, value in asdict(extent).items()]


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.desk_of_200", description="A rush of handoffs.")
    parser.add_argument("--database", metavar="ADDRESS", help="an empty one; without it, a SQLite file of its own")
    for one in fields(Extent):
        parser.add_argument(f"--{one.name}", type=type(one.default), default=one.default)
    options = vars(parser.parse_args())
    database = options.pop("database")
    measured = asyncio.run(measure(Extent(**options), database))
    sys.stdout.write(json.dumps(asdict(measured)) + "\n")


if __name__ == "__main__":
    _main()
