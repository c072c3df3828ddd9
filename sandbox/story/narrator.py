"""Plays the people of the story, prints what everybody said, and checks promises."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from bot.app import RunningBot
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.search_result import FoundConversation
from bot.helpdesk.model.ticket_system import LocalTicket
from bot.slack.ids import identifier_of
from sandbox.demo.simulated_clock import SimulatedClock
from sandbox.slack import Ephemeral, Message, View
from sandbox.world import HANDOFF_CHANNEL, REVIEW_CHANNEL, LocalWorld
from storage.queries.search import find
from storage.sqlite.jobs import EmbeddedRunner

Say = Callable[[str], None]

_TIMEOUT = 60.0
"""Seconds to wait for the bot. Everything in the story takes milliseconds."""

_UPDATE_TIMEOUT = 5.0
"""Seconds to wait for the update of a message."""

_WIDTH = 116
_MOST_LINES = 3
_BOLD = re.compile(r"\*([^*\n]+)\*")
_MENTION = re.compile(r"<@([A-Z0-9]+)>")


class StuckError(Exception):
    """The story cannot go on: something that the next step needs is missing."""


@dataclass(slots=True)
class Narrator:
    """Acts as the people, waits until the bot is idle again, and prints the new messages.

    `broken` lists the promises that did not hold, `kept` counts those that did.
    """

    say: Say
    world: LocalWorld
    bot: RunningBot
    clock: SimulatedClock
    database: Path
    broken: list[str] = field(default_factory=list)
    kept: int = 0
    _told: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    _notes_told: int = 0

    # Actions of people.

    async def write(self, who: str, text: str, thread: str | None = None) -> Message:
        """Writes to the bot and returns the message; `thread` is the first message of the thread."""
        delivery = await self.world.slack.dm(who, text, thread)
        await self._settle()
        message = self.world.slack.message(delivery.channel, delivery.ts)
        if message is None or not delivery.ok:
            raise StuckError(f"the bot did not accept a message (HTTP status {delivery.status})")
        return message

    async def write_below(self, who: str, card: Message, text: str) -> None:
        """Writes in the thread of a handoff."""
        await self.world.slack.say(who, card.channel, text, card.ts)
        await self._settle()

    async def press(
        self, who: str, message: Message | Ephemeral, action: str, label: str, value: str | None = None
    ) -> None:
        """Presses a button, or chooses an entry of a menu; `label` is its text."""
        await self.press_at_once((who,), message, action, label, value)

    async def press_at_once(
        self, people: Sequence[str], message: Message | Ephemeral, action: str, label: str, value: str | None = None
    ) -> None:
        """Has several people press the same button before any of them sees the result."""
        names = " and ".join(map(self.name, people)) + (" presses" if len(people) == 1 else " press at once")
        self.say(f"  {_clock(self.world.slack.workspace.now())}  {names} “{label}”")
        slack = self.world.slack
        await self._offered(message, action)
        await asyncio.gather(*(slack.press(who, message.channel, message.ts, action, value) for who in people))
        await self._settle()

    async def _offered(self, message: Message | Ephemeral, action: str) -> None:
        """Waits until a message has a button: updates of a card are spaced, and come after the bot is idle."""
        await self._wait_for_block(message, action)

    async def wait_until_shown(self, message: Message, words: str) -> None:
        """Waits until a message says this, and prints what it says: updates come after the bot is idle."""
        await self._wait_for_block(message, words)
        self._tell_news()

    async def _wait_for_block(self, message: Message | Ephemeral, part: str) -> None:
        slack = self.world.slack

        def is_shown() -> bool:
            return part in str((slack.message(message.channel, message.ts) or message).blocks)

        with contextlib.suppress(TimeoutError):
            await slack.wait_for(is_shown, _UPDATE_TIMEOUT)

    async def open_home(self, who: str) -> str:
        """Opens a person's Home tab, and returns what it shows."""
        self.say(f"  {_clock(self.world.slack.workspace.now())}  {self.name(who)} opens Home")
        await self.world.slack.open_home(who, "home")
        await self._settle()
        return self.home(who)

    async def press_at_home(self, who: str, action: str, label: str) -> None:
        """Presses the first button of this kind on the Home tab that a person has open; `label` is its text."""
        view = self.world.slack.home(who)
        if view is None:
            raise StuckError(f"no Home tab is shown to {self.name(who)}")
        self.say(f"  {_clock(self.world.slack.workspace.now())}  {self.name(who)} presses “{label}” on Home")
        await self.world.slack.press_in_view(who, view.id, action)
        await self._settle()

    async def fill_in(self, who: str, words: str, **values: object) -> None:
        """Fills in and sends the form that has just opened; `words` is printed as its content."""
        view = self._view(who)
        slack = self.world.slack
        self.say(f"  {_clock(slack.workspace.now())}  {self.name(who)} fills in the form: “{words}”")
        await slack.submit_view(who, view.id, values)
        await self._settle()

    def _view(self, who: str) -> View:
        views = reversed(self.world.slack.views.values())
        view = next((one for one in views if one.user == who and one.is_open), None)
        if view is None:
            raise StuckError(f"no form opened for {self.name(who)}")
        return view

    async def pass_time(self, seconds: float, words: str) -> None:
        """Advances the clock, and has the bot do what is due by then; `words` is printed as how much later it is."""
        assert isinstance(self.bot.runner, EmbeddedRunner), "the story keeps its data in SQLite"
        self.clock.skip(seconds, self.bot.runner)
        self.say(f"\n  {words}, on {_day(self.clock())}\n")
        # A job whose time has come begins in the next step of the event loop.
        await asyncio.sleep(0)
        await self._settle()

    async def rate(self, who: str, answer: Message, rating: str) -> None:
        """Presses a thumb under an answer; `rating` is good or bad."""
        label = "Helpful" if rating == "good" else "Not helpful"
        await self.press(who, answer, "answer_feedback", label, _thumb(answer, rating))

    async def _settle(self) -> None:
        try:
            async with asyncio.timeout(_TIMEOUT):
                await self.bot.runner.idle()
                await self.world.slack.settled()
                await self.bot.runner.idle()
        except TimeoutError:
            raise StuckError(f"the bot was not done after {_TIMEOUT:g} s") from None
        self._tell_news()

    # Messages.

    def answers(self, first: Message) -> list[Message]:
        """Returns the answers with thumbs in the thread of an employee's first message."""
        return [reply for reply in self.replies(first) if _has_thumbs(reply)]

    def answer(self, first: Message) -> Message:
        """Returns the latest of them."""
        answers = self.answers(first)
        if not answers:
            raise StuckError("there is no answer with thumbs to press")
        return answers[-1]

    def replies(self, first: Message) -> list[Message]:
        """Returns the messages of the bot in a thread."""
        return [message for message in self.world.thread(first.channel, first.ts) if message.bot_id]

    def was_told(self, first: Message, words: str) -> bool:
        """Returns whether a message of the bot in the thread has these words."""
        return any(words in html.unescape(reply.text) for reply in self.replies(first))

    def card(self, handoff: Handoff | None) -> Message:
        """Returns the card of a handoff."""
        thread = handoff.thread if handoff else None
        card = self.world.slack.message(HANDOFF_CHANNEL, thread) if thread else None
        if card is None:
            raise StuckError("there is no card in the handoff channel")
        return card

    def below(self, card: Message) -> str:
        """Returns the text and blocks of all messages below a card."""
        return "\n".join(f"{message.text} {message.blocks}" for message in self.world.thread(card.channel, card.ts))

    def shown(self, message: Message | Ephemeral) -> str:
        """Returns the text that a message shows."""
        return "\n".join(_lines(message))

    def home(self, who: str) -> str:
        """Returns the blocks of a person's Home tab."""
        view = self.world.slack.home(who)
        return str(view.blocks) if view else ""

    def draft(self, card: Message) -> Message:
        """Returns the latest draft below a card that can be sent."""
        drafts = [one for one in self.world.thread(card.channel, card.ts) if "handoff_edit_draft" in str(one.blocks)]
        if not drafts:
            raise StuckError("there is no draft to send below the card")
        return drafts[-1]

    def reviewed(self, action: str) -> Message:
        """Returns the latest message in the channel of the review that has this button."""
        found = [one for one in self.world.slack.messages(REVIEW_CHANNEL) if action in str(one.blocks)]
        if not found:
            raise StuckError(f"no message in the channel of the review has the button {action}")
        return found[-1]

    def opened(self, who: str) -> str:
        """Returns the blocks of the view that has just opened."""
        return str(self._view(who).blocks)

    def private_note(self, who: str) -> Ephemeral:
        """Returns the latest private note to a person."""
        note = next((one for one in reversed(self.world.slack.ephemerals) if one.user == who), None)
        if note is None:
            raise StuckError(f"there is no private note to {self.name(who)}")
        return note

    def found(self, message: Message) -> FoundConversation:
        """Returns everything that the desk stores about a message, found by its ts as an operator would."""
        found = find(self.database, identifier_of(message.channel, message.ts))
        if found is None or not found.conversations:
            raise StuckError(f"nothing is known of the message {message.ts}")
        return found.conversations[0]

    def handoff(self, message: Message) -> tuple[Handoff | None, LocalTicket | None]:
        """Returns the latest handoff of the conversation, and its ticket."""
        handoffs = self.found(message).handoffs
        return (handoffs[-1].handoff, handoffs[-1].local_ticket) if handoffs else (None, None)

    # What is told.

    def chapter(self, number: int, title: str) -> None:
        """Begins a chapter."""
        self.say(f"\n{number}. {title}\n")

    def check(self, promise: str, holds: object) -> None:
        """States a promise and whether it holds."""
        self.say(f"  {'✓' if holds else '✗'} {promise}")
        if holds:
            self.kept += 1
        else:
            self.broken.append(promise)

    def stuck(self, error: Exception) -> None:
        """Reports that the chapter could not be played to its end."""
        self.check(f"the chapter can be played to its end: {error}", False)

    def tell_facts(self, message: Message) -> None:
        """Prints the rules that fired with their reasons, all identifiers, and Uppzy's receipts for verdicts."""
        found = self.found(message)
        self.say("")
        for decision in found.decisions:
            first = "" if decision.handoff_id else "the employee is asked first, "
            self.say(f"  rule     {', '.join(decision.rules)} ({first}policy {decision.fingerprint})")
            for reason in decision.reasons:
                self.say(f"           because: {reason}")
        for line in _identifiers(found):
            self.say(f"  ids      {line}")
        for one in found.questions:
            for verdict in one.verdicts:
                who, receipt = self.name(verdict.person), verdict.receipt or "none"
                self.say(f"  verdict  {verdict.rating} by {who} ({verdict.role}), Uppzy's receipt: {receipt}")
        self.say("")

    def _tell_news(self) -> None:
        """Prints every message that is new or was changed, in the order of time."""
        messages = [message for channel in self._channels() for message in self._all(channel)]
        for message in sorted(messages, key=lambda message: message.edited_ts or message.ts):
            self._tell_what_is_new(message)
        for note in self.world.slack.ephemerals[self._notes_told :]:
            self._tell_line(note.ts, f"bot, to {self.name(note.user)} alone", note.text)
        self._notes_told = len(self.world.slack.ephemerals)

    def _tell_what_is_new(self, message: Message) -> None:
        before, now = self._told.get((message.channel, message.ts)), tuple(dict.fromkeys(_lines(message)))
        self._told[message.channel, message.ts] = now
        if before is None:
            self._tell(message, message.text, "")
        elif fresh := [line for line in now if line not in before]:
            self._tell(message, "\n".join(fresh), ", which now says")

    def _channels(self) -> list[str]:
        return list(self.world.slack.workspace.channels)

    def _all(self, channel: str) -> Iterator[Message]:
        for root in self.world.slack.messages(channel):
            yield from self.world.slack.messages(channel, root.ts)

    def _tell(self, message: Message, text: str, mark: str) -> None:
        who = "bot" if message.bot_id else self.name(message.user)
        self._tell_line(message.edited_ts or message.ts, f"{who} {self._place(message)}{mark}", text)

    def _place(self, message: Message) -> str:
        channel = self.world.slack.workspace.channels[message.channel]
        if channel.person:
            return f"to {self.name(channel.person)}" if message.bot_id else "to the bot"
        if channel.id == REVIEW_CHANNEL:
            return f"in #{channel.name}"
        return "below the card" if message.is_reply else f"in #{channel.name}, card"

    def _tell_line(self, ts: str, head: str, text: str) -> None:
        words = self._readable(text)
        lines = [line for part in words.splitlines() for line in textwrap.wrap(part, _WIDTH - 6)]
        shown = lines[:_MOST_LINES] + (["…"] if len(lines) > _MOST_LINES else [])
        self.say(f"  {_clock(float(ts))}  {head}:")
        for line in shown:
            self.say(f"            {line}")

    def _readable(self, text: str) -> str:
        named = _MENTION.sub(lambda match: f"@{self.name(match[1])}", text)
        return html.unescape(_BOLD.sub(r"\1", named))

    def name(self, person: str) -> str:
        """Returns the name of a person."""
        user = self.world.slack.workspace.users.get(person)
        return user.name if user else person


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%H:%M:%S")


def _day(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%A}, {moment:%B} {moment.day}"


def _lines(message: Message | Ephemeral) -> Iterator[str]:
    """Returns the text of a message, and the lines of its context, header and section blocks."""
    yield from message.text.splitlines()
    for block in message.blocks:
        if block["type"] in {"context", "header", "section"}:
            parts = [block.get("text"), *block.get("fields", ()), *block.get("elements", ())]
            for part in parts:
                if isinstance(part, dict) and "text" in part:
                    yield from str(part["text"]).splitlines()


def _identifiers(found: FoundConversation) -> Iterator[str]:
    it = found.conversation
    yield f"conversation {it.id}, Slack thread {it.channel}:{it.thread}"
    yield f"Uppzy session {it.session_id}"
    for one in found.questions:
        if one.answer is not None:
            yield f"question {one.question.message} → Uppzy request {one.answer.request_id}"
    for each in found.handoffs:
        handoff = each.handoff
        yield f"handoff {handoff.id}, Slack thread {handoff.channel}:{handoff.thread}, {handoff.state}"
        if each.local_ticket is not None:
            yield f"ticket {each.local_ticket.number} ({each.local_ticket.id}), {each.local_ticket.status}"


def _has_thumbs(message: Message) -> bool:
    return "feedback_buttons" in str(message.blocks)


def _thumb(answer: Message, rating: str) -> str:
    side = "positive_button" if rating == "good" else "negative_button"
    for block in answer.blocks:
        for element in block.get("elements", ()):
            if side in element:
                return str(element[side]["value"])
    raise StuckError("the answer has no thumbs")
