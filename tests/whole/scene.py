"""What tests of the whole bot do and look at, in the words of the people it is for."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from bot.app import RunningBot
from bot.helpdesk.ports import Transaction
from bot.sandbox.house import ADA, HANDOFF_CHANNEL, MIA, House
from bot.sandbox.slack import Delivery, Message
from storage.jobs import EmbeddedRunner
from storage.repositories import Transaction as Stored

T = TypeVar("T")

CONFIDENT = "How do I reset my password?"
UNKNOWN = "Frobnicate the blorp quux please"
PERSON = "I want to talk to a person"


class Clock:
    """A clock that goes on by itself, and further when a test says so."""

    def __init__(self, now: float) -> None:
        self._ahead = now - time.monotonic()

    def __call__(self) -> float:
        return self._ahead + time.monotonic()

    def advance(self, seconds: float) -> None:
        """Go on by so many seconds at once."""
        self._ahead += seconds


@dataclass(slots=True)
class Scene:
    """A house with its bot at work."""

    house: House
    bot: RunningBot

    async def settled(self) -> None:
        """Until the bot has done everything that is due, and has heard of its own messages."""
        await self.bot.runner.idle()
        await self.house.slack.settled()
        await self.bot.runner.idle()

    async def pass_time(self, clock: Clock, seconds: float) -> None:
        """So much time goes by, and everything that became due is done."""
        clock.advance(seconds)
        assert isinstance(self.bot.runner, EmbeddedRunner), "the clock of a PostgreSQL server cannot be moved"
        self.bot.runner.heed_clock()
        await self.settled()

    async def ask(self, text: str, *, who: str = MIA, thread: str | None = None) -> str:
        """Somebody writes to the bot; returns the message's ts once everything that follows is done."""
        delivery = await self.house.slack.dm(who, text, thread)
        assert delivery.ok, delivery
        await self.settled()
        return delivery.ts

    def replies(self, root: str, *, who: str = MIA) -> list[Message]:
        """What the bot and the agents said in a thread of the DM."""
        dm = self.house.slack.dm_of(who)
        return [message for message in self.house.thread(dm, root) if message.bot_id]

    def texts(self, root: str, *, who: str = MIA) -> str:
        """The same as one text, to look for words in."""
        return "\n".join(message.text for message in self.replies(root, who=who))

    def answer(self, root: str, *, who: str = MIA) -> Message:
        """The message that carries the thumbs."""
        return next(message for message in self.replies(root, who=who) if "feedback_buttons" in str(message.blocks))

    async def rate(self, root: str, value: str, *, who: str = MIA) -> None:
        """Press a thumb (`good` or `bad`) under the answer in a thread."""
        answer = self.answer(root, who=who)
        await self.press(answer, "answer_feedback", who=who, value=thumb(answer, value))

    async def press(self, message: Message, action: str, *, who: str = MIA, value: str | None = None) -> Delivery:
        """Press a button; returns once everything that follows is done."""
        delivery = await self.house.slack.press(who, message.channel, message.ts, action, value)
        assert delivery.ok, delivery
        await self.settled()
        return delivery

    @property
    def card(self) -> Message:
        """The only card in the handoff channel."""
        (card,) = self.house.cards
        return card

    async def press_card(self, action: str, *, who: str = ADA) -> None:
        """Press a button of the only card."""
        await self.press(self.card, f"handoff_{action}", who=who)

    @property
    def handoff_thread(self) -> list[Message]:
        """What stands under the only card."""
        return self.house.thread(HANDOFF_CHANNEL, self.card.ts)

    async def write_in_thread(self, text: str, *, who: str = ADA) -> str:
        """Somebody writes under the only card."""
        delivery = await self.house.slack.say(who, HANDOFF_CHANNEL, text, self.card.ts)
        assert delivery.ok, delivery
        await self.settled()
        return delivery.ts

    async def look(self, read: Callable[[Transaction], T]) -> T:
        """Read from the bot's database."""
        return await self.bot.store.run(read)

    async def count(self, table: str, where: str = "1=1") -> int:
        """How many rows there are."""

        def read(tx: Stored) -> int:
            statement = f"SELECT count(*) FROM {table} WHERE {where}"
            return int(tx.connection.exec_driver_sql(statement).scalar() or 0)

        return await self.bot.store.run(read)

    async def came_in(self) -> int:
        """How many inputs came from people."""
        return await self.count("inputs", "kind != 'TimeCame'")


def thumb(answer: Message, rating: str) -> str:
    """The value of one of an answer's thumbs."""
    for block in answer.blocks:
        for element in block.get("elements", ()):
            if element.get("type") == "feedback_buttons":
                side = "positive_button" if rating == "good" else "negative_button"
                return str(element[side]["value"])
    raise AssertionError("the message has no thumbs")
