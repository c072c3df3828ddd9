"""The vocabulary of tests of the whole bot: acts of employees and agents, and views of the result."""

from __future__ import annotations

import abc
import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.app import RunningBot
from bot.errors import StorageError
from bot.helpdesk.handoffs.card import read_card
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.model.ticket_system import LocalTicket
from bot.helpdesk.ports import Transaction
from bot.slack.markdown import render_sentence
from bot.slack.views.handoff import card_message
from sandbox.slack import Delivery, Message, View
from sandbox.world import ADA, HANDOFF_CHANNEL, MIA, LocalWorld
from storage.repositories import Transaction as Stored
from storage.sqlite.jobs import EmbeddedRunner
from tests.addresses import thread_at
from tests.deadlines import HUNG
from tests.english import ENGLISH, messages

T = TypeVar("T")

CONFIDENT = "How do I reset my password?"
UNKNOWN = "Frobnicate the blorp quux please"
PERSON = "I want to talk to a person"
NOT_AN_AGENT = render_sentence(messages.agents.NOT_AN_AGENT, place=f"<#{HANDOFF_CHANNEL}>")


class Clock:
    """A clock that runs by itself and can be moved ahead."""

    def __init__(self, now: float) -> None:
        self._ahead = now - time.monotonic()

    def __call__(self) -> float:
        return self._ahead + time.monotonic()

    def advance(self, seconds: float) -> None:
        """Moves the clock ahead by so many seconds."""
        self._ahead += seconds


@dataclass(slots=True)
class Stage(abc.ABC):
    """A local world with a running bot, in this process or another, and what people do and see there."""

    world: LocalWorld
    forged: int = field(default=0, init=False)

    @abc.abstractmethod
    async def settled(self) -> None:
        """Waits until the bot has done everything that is due, including events of its own messages."""

    async def ask(self, text: str, *, who: str = MIA, thread: str | None = None) -> str:
        """Sends a DM to the bot; returns its ts once everything that follows is done."""
        delivery = await self.world.slack.dm(who, text, thread)
        assert delivery.ok, delivery
        await self.settled()
        return delivery.ts

    def replies(self, root: str, *, who: str = MIA) -> list[Message]:
        """Returns the messages of the bot in a thread of the DM, relayed messages of agents included."""
        dm = self.world.slack.dm_of(who)
        return [message for message in self.world.thread(dm, root) if message.bot_id]

    def texts(self, root: str, *, who: str = MIA) -> str:
        """Returns the texts of `replies`, one a line."""
        return "\n".join(message.text for message in self.replies(root, who=who))

    def answer(self, root: str, *, who: str = MIA) -> Message:
        """Returns the first message of a thread that has thumbs."""
        return self.answers(root, who=who)[0]

    def answers(self, root: str, *, who: str = MIA) -> list[Message]:
        """Returns the messages of a thread that have thumbs."""
        return [message for message in self.replies(root, who=who) if "feedback_buttons" in str(message.blocks)]

    async def rate(self, root: str, value: str, *, who: str = MIA) -> None:
        """Presses a thumb (`good` or `bad`) under the answer in a thread."""
        answer = self.answer(root, who=who)
        await self.press(answer, "answer_feedback", who=who, value=thumb(answer, value))

    async def press(self, message: Message, action: str, *, who: str = MIA, value: str | None = None) -> Delivery:
        """Presses a button; returns once everything that follows is done."""
        delivery = await self.world.slack.press(who, message.channel, message.ts, action, value)
        assert delivery.ok, delivery
        await self.settled()
        return delivery

    async def forge(self, message: Message, action: str, value: str, *, who: str, team: str | None = None) -> None:
        """Sends a press that Slack's own clients would not allow this person. `team`: the id of another workspace."""
        await self.slip_in(message, action, value, who=who, team=team)
        await self.settled()

    async def slip_in(self, message: Message, action: str, value: str, *, who: str, team: str | None = None) -> None:
        """Sends the press of `forge` without waiting for what follows."""
        slack = self.world.slack
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
            "actions": [{"type": "button", "value": value, "action_id": action, "action_ts": f"9.{self.forged}"}],
        }
        assert (await slack.interact(payload)).ok

    def private_notes(self, who: str) -> list[str]:
        """Returns the private notes to a person: ephemeral messages, and root messages of the bot in their DM."""
        slack = self.world.slack
        unheard = [one.text for one in slack.ephemerals if one.user == who]
        return unheard + [one.text for one in slack.messages(slack.dm_of(who)) if one.bot_id and not one.thread_ts]

    @property
    def card(self) -> Message:
        """The only card in the handoff channel."""
        (card,) = self.world.cards
        return card

    def link(self, channel: str, ts: str) -> str:
        """Returns the address of a message in a browser."""
        return f"{self.world.slack.base_url}/archives/{channel}/p{ts.replace('.', '')}"

    async def press_card(self, action: str, *, who: str = ADA) -> None:
        """Presses a button of the only card."""
        await self.press(self.card, f"handoff_{action}", who=who)

    async def open_form(self, action: str, *, who: str = ADA) -> View:
        """Presses a button of the only card that opens a form, and returns the form."""
        await self.press_card(action, who=who)
        return next(view for view in reversed(self.world.slack.views.values()) if view.user == who and view.is_open)

    async def send_form(self, form: View, **values: object) -> Delivery:
        """Fills in and submits a form; returns once everything that follows is done."""
        delivery = await self.world.slack.submit_view(form.user, form.id, values)
        assert delivery.ok, delivery
        await self.settled()
        return delivery

    async def resolve(self, words: str | None = None, *, who: str = ADA, **more: object) -> None:
        """Resolves the only handoff through its form."""
        form = await self.open_form("resolve", who=who)
        await self.send_form(form, **({"resolution_text": words} if words else {}), **more)

    @property
    def handoff_thread(self) -> list[Message]:
        """The messages in the thread of the only card, without the card itself."""
        return self.world.thread(HANDOFF_CHANNEL, self.card.ts)

    async def write_in_thread(self, text: str, *, who: str = ADA) -> str:
        """Writes in the thread of the only card; returns the ts once everything that follows is done."""
        delivery = await self.world.slack.say(who, HANDOFF_CHANNEL, text, self.card.ts)
        assert delivery.ok, delivery
        await self.settled()
        return delivery.ts


@dataclass(slots=True)
class Scene(Stage):
    """A stage whose bot runs in this process, with access to its database and clock."""

    bot: RunningBot

    async def settled(self) -> None:
        await self.bot.runner.idle()
        await self.world.slack.settled()
        await self.bot.runner.idle()

    async def pass_time(self, clock: Clock, seconds: float) -> None:
        """Moves the clock ahead and waits until everything that became due is done."""
        clock.advance(seconds)
        assert isinstance(self.bot.runner, EmbeddedRunner), "the clock of a PostgreSQL server cannot be moved"
        self.bot.runner.resync_scheduled_jobs()
        await self.settled()

    async def look(self, read: Callable[[Transaction], T]) -> T:
        """Reads from the bot's database."""
        return await self.bot.store.read(read)

    async def handoff(self) -> Handoff:
        """Returns the handoff of the only card."""
        found = await self.look(lambda tx: tx.handoffs.of_thread(thread_at(HANDOFF_CHANNEL, self.card.ts)))
        assert found is not None
        return found

    async def events(self) -> list[TimelineEvent]:
        """Returns the kinds of the entries in the timeline of the only card's handoff."""
        id = (await self.handoff()).id
        return [entry.event for entry in await self.look(lambda tx: tx.timeline.of_handoff(id))]

    async def ticket(self) -> LocalTicket:
        """Returns the ticket of the only card's handoff, in the desk's own ticket system."""
        ref = (await self.handoff()).ticket.ref
        assert ref is not None
        found = await self.look(lambda tx: tx.local_tickets.get(ref.id))
        assert found is not None
        return found

    async def count(self, table: str, where: str = "1=1") -> int:
        """Returns the number of rows that match."""

        def read(tx: Stored) -> int:
            statement = f"SELECT count(*) FROM {table} WHERE {where}"
            return int(tx.connection.exec_driver_sql(statement).scalar() or 0)

        return await self.bot.store.read(read)

    async def until_stored(self, table: str, where: str = "1=1", *, rows: int = 1) -> None:
        """Waits until there are so many rows. For work that is retried later, which `settled` does not wait for."""
        await self._until(table, where, lambda count: count >= rows)

    async def no_work_left(self) -> None:
        """Waits until only jobs of scheduled lanes are stored, because finished jobs are deleted a little later."""
        await self.bot.runner.idle()
        await self._until("jobs", "substr(lane, 1, 10) <> 'scheduled:'", lambda count: count == 0)

    async def hide_events(self) -> None:
        """Takes the table of events away, so that nothing can be accepted.

        The first run of retention fails where it shares the transaction, and this with it; then it is done again.
        """
        while True:
            with contextlib.suppress(StorageError):
                return await self.bot.store.run(_rename, "events", "hidden")
            await asyncio.sleep(0.01)

    async def show_events(self) -> None:
        """Brings the table of events back."""
        await self.bot.store.run(_rename, "hidden", "events")

    async def _until(self, table: str, where: str, is_right: Callable[[int], bool]) -> None:
        async with asyncio.timeout(HUNG):
            while not is_right(await self.count(table, where)):  # noqa: ASYNC110 - the database raises no event
                await asyncio.sleep(0.01)

    async def check_card(self, handoff: Handoff, now: float) -> None:
        """Asserts that the handoff's card in the channel shows the stored state."""
        card = await self.look(lambda tx: read_card(tx, handoff.id, now))
        assert card is not None
        (shown,) = (one for one in self.world.cards if one.ts == handoff.thread)
        assert _content(shown.blocks) == _content(card_message(ENGLISH, card).blocks)

    async def came_in(self) -> int:
        """Returns the number of stored events."""
        return await self.count("events")


async def hand_off(scene: Scene) -> str:
    """Lets Mia ask what nobody can answer; returns the root of her thread."""
    return await scene.ask(UNKNOWN)


async def claim_a_handoff(scene: Scene) -> str:
    """Lets Ada claim a handoff of Mia's; returns the root of Mia's thread."""
    root = await hand_off(scene)
    await scene.press_card("claim", who=ADA)
    return root


def _rename(tx: Stored, table: str, name: str) -> None:
    tx.connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {name}")


def _content(blocks: list[dict[str, Any]]) -> list[str]:
    """Returns each block as JSON without its id, which Slack assigns."""
    return [json.dumps({key: value for key, value in block.items() if key != "block_id"}) for block in blocks]


def thumb(answer: Message, rating: str) -> str:
    """Returns the value of one of an answer's thumbs."""
    for block in answer.blocks:
        for element in block.get("elements", ()):
            if element.get("type") == "feedback_buttons":
                side = "positive_button" if rating == "good" else "negative_button"
                return str(element[side]["value"])
    raise AssertionError("the message has no thumbs")
