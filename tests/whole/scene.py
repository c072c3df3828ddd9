"""What tests of the whole bot do and look at, in the words of the people it is for."""

from __future__ import annotations

import abc
import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.app import RunningBot
from bot.helpdesk.handoffs.card import read_card
from bot.helpdesk.model.handoff import Handoff, Transition
from bot.helpdesk.ports import Transaction
from bot.slack.ids import ACTIONS, choice_block
from bot.slack.views.handoff import card_message
from sandbox.slack import Delivery, Message, View
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, LocalWorld
from storage.repositories import Transaction as Stored
from storage.sqlite.jobs import EmbeddedRunner
from tests.deadlines import HUNG

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
class Stage(abc.ABC):
    """A house in which a bot is at work somewhere, and what people do and see there."""

    house: LocalWorld
    forged: int = field(default=0, init=False)

    @abc.abstractmethod
    async def settled(self) -> None:
        """Until the bot has done everything that is due, and has heard of its own messages."""

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

    async def forge(self, message: Message, action: str, value: str, *, who: str, team: str | None = None) -> None:
        """A press that Slack's own clients would not let this person make. `team`: of another company."""
        await self.slip_in(message, action, value, who=who, team=team)
        await self.settled()

    async def slip_in(self, message: Message, action: str, value: str, *, who: str, team: str | None = None) -> None:
        """The same, without waiting for what follows."""
        slack = self.house.slack
        self.forged += 1
        container = {"message_ts": message.ts, "channel_id": message.channel, "thread_ts": message.root_ts}
        payload = {
            "type": "block_actions",
            "api_app_id": slack.app_id,
            "team": {"id": slack.team_id},
            "user": {"id": who, "team_id": team or slack.team_id},
            "container": {"type": "message", **container},
            "channel": {"id": message.channel},
            "trigger_id": f"1.2.{self.forged}",
            "actions": [{**_element(action, value), "action_id": action, "action_ts": f"9.{self.forged}"}],
        }
        assert (await slack.interact(payload)).ok

    def whispers(self, who: str) -> list[str]:
        """What this person alone was told: in the channel, or in their DM where they are not in it."""
        slack = self.house.slack
        unheard = [one.text for one in slack.ephemerals if one.user == who]
        return unheard + [one.text for one in slack.messages(slack.dm_of(who)) if one.bot_id and not one.thread_ts]

    @property
    def card(self) -> Message:
        """The only card in the handoff channel."""
        (card,) = self.house.cards
        return card

    async def press_card(self, action: str, *, who: str = ADA) -> None:
        """Press a button of the only card."""
        await self.press(self.card, f"handoff_{action}", who=who)

    async def open_form(self, action: str, *, who: str = ADA) -> View:
        """Press a button of the only card that opens a form, and return the form."""
        await self.press_card(action, who=who)
        return next(view for view in reversed(self.house.slack.views.values()) if view.user == who and view.is_open)

    async def send_form(self, form: View, **values: object) -> Delivery:
        """Fill in and send a form; returns once everything that follows is done."""
        delivery = await self.house.slack.submit_view(form.user, form.id, values)
        assert delivery.ok, delivery
        await self.settled()
        return delivery

    async def resolve(self, words: str | None = None, *, who: str = ADA, **more: object) -> None:
        """Resolve the only handoff through its form."""
        form = await self.open_form("resolve", who=who)
        await self.send_form(form, **({"resolution_text": words} if words else {}), **more)

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


@dataclass(slots=True)
class Scene(Stage):
    """The same with the bot in this process."""

    bot: RunningBot

    async def settled(self) -> None:
        await self.bot.runner.idle()
        await self.house.slack.settled()
        await self.bot.runner.idle()

    async def pass_time(self, clock: Clock, seconds: float) -> None:
        """So much time goes by, and everything that became due is done."""
        clock.advance(seconds)
        assert isinstance(self.bot.runner, EmbeddedRunner), "the clock of a PostgreSQL server cannot be moved"
        self.bot.runner.resync_timers()
        await self.settled()

    async def look(self, read: Callable[[Transaction], T]) -> T:
        """Read from the bot's database."""
        return await self.bot.store.run(read)

    async def count(self, table: str, where: str = "1=1") -> int:
        """How many rows there are."""

        def read(tx: Stored) -> int:
            statement = f"SELECT count(*) FROM {table} WHERE {where}"
            return int(tx.connection.exec_driver_sql(statement).scalar() or 0)

        return await self.bot.store.run(read)

    async def until_stored(self, table: str, where: str = "1=1", *, rows: int = 1) -> None:
        """Until there are so many rows. For what is tried again later, which is not yet due when all is settled."""
        await self._until(table, where, lambda count: count >= rows)

    async def no_work_left(self) -> None:
        """Until no job is stored but timers: those that are done are deleted behind the work."""
        await self._until("jobs", "lane NOT LIKE 'timer:%'", lambda count: count == 0)

    async def _until(self, table: str, where: str, is_right: Callable[[int], bool]) -> None:
        async with asyncio.timeout(HUNG):
            while not is_right(await self.count(table, where)):  # noqa: ASYNC110 - the database tells nobody
                await asyncio.sleep(0.01)

    async def card_is_as_stored(self, handoff: Handoff, now: float) -> bool:
        """Whether the handoff's card in the channel says what is stored."""
        card = await self.look(lambda tx: read_card(tx, handoff.id, now))
        assert card is not None
        (shown,) = (one for one in self.house.cards if one.ts == handoff.thread)
        return _content(shown.blocks) == _content(card_message(card).blocks)

    async def came_in(self) -> int:
        """How many inputs came from people."""
        return await self.count("inputs", "kind != 'TimerFired'")


def _content(blocks: list[dict[str, Any]]) -> str:
    """What blocks say, without the ids that Slack gives them."""
    return json.dumps([{key: value for key, value in block.items() if key != "block_id"} for block in blocks])


def _element(action: str, value: str) -> dict[str, str]:
    """What was pressed. Where a person is chosen, the subject stands in the block's id."""
    if ACTIONS.get(action) is Transition.ASSIGN:
        return {"type": "users_select", "block_id": choice_block(value, 1), "selected_user": BEN}
    return {"type": "button", "value": value}


def thumb(answer: Message, rating: str) -> str:
    """The value of one of an answer's thumbs."""
    for block in answer.blocks:
        for element in block.get("elements", ()):
            if element.get("type") == "feedback_buttons":
                side = "positive_button" if rating == "good" else "negative_button"
                return str(element[side]["value"])
    raise AssertionError("the message has no thumbs")
