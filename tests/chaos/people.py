"""Simulated employees and agents of a bad day, and a record of everything they do."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import itertools
import random
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from sandbox.slack import ImpossibleError, LocalSlack, Message, View
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL
from tests.whole.scene import PERSON, UNKNOWN, thumb

T = TypeVar("T")

CONFIDENT = (
    "How do I reset my password?",
    "How do I connect to the VPN?",
    "How do I set up the printer?",
    "Where can I book a meeting room?",
    "How do I set an out-of-office reply?",
    "How do I restore a deleted file?",
)
_HANDOFF = re.compile(r"\b(hof_\w+)")
_PRESSES_AGAIN_AFTER = 0.3
# A little longer than the three seconds for which the trigger of a press is valid.
_FORM_OPENS_WITHIN = 4.0


class Deed(enum.StrEnum):
    """An act of a person that must not be lost."""

    WROTE = "a message to the bot"
    RATED = "a verdict"
    WISHED = "a press on Talk to a person"
    CLAIMED = "a claim"
    REPLIED = "an agent's reply"
    RESOLVED = "a resolution"
    PRESSED = "a press on a second card"


@dataclass(slots=True, kw_only=True)
class Act:
    """One act of a person, and how the bot received it.

    `about` is the id of the rated answer or of the handoff. `accepted`: acknowledged, or its effect is visible.
    `refused` counts deliveries that were not acknowledged. `for_people`: it must end in a handoff.
    """

    deed: Deed
    person: str
    channel: str
    thread: str = ""
    ts: str = ""
    about: str = ""
    rating: str = ""
    accepted: bool = False
    refused: int = 0
    for_people: bool = False


def peace() -> asyncio.Event:
    """Returns an event that is set: no fault is to come."""
    event = asyncio.Event()
    event.set()
    return event


@dataclass(slots=True)
class People:
    """All simulated people. They wait for at most `timeout` seconds; `disappointed` lists the waits that timed out.

    `deleted_cards` are the handoffs of which somebody has deleted a card. `unheard` maps those that were deleted
    without an event to their employee, until the employee writes again. `over` is set while no fault is to come.
    """

    slack: LocalSlack
    timeout: float
    acts: list[Act] = field(default_factory=list)
    deleted_cards: set[str] = field(default_factory=set)
    unheard: dict[str, str] = field(default_factory=dict)
    visits: dict[str, Visit] = field(default_factory=dict)
    over: asyncio.Event = field(default_factory=peace)
    disappointed: list[str] = field(default_factory=list)

    async def write(self, act: Act, text: str) -> Act:
        """Writes a message; returns once Slack has delivered it or given up."""
        self.acts.append(act)
        delivery = await self.slack.say(act.person, act.channel, text, act.thread or None)
        act.ts, act.thread = delivery.ts, act.thread or delivery.ts
        act.accepted = delivery.ok
        act.refused = delivery.attempts - delivery.ok
        return act

    async def press(self, act: Act, message: Message, action: str, value: str | None = None) -> None:
        """Presses a button, and presses again whenever Slack shows that the press did not arrive."""
        self.acts.append(act)
        async with asyncio.timeout(self.timeout):
            while not await self._pressed(act, message, action, value):
                act.refused += 1
                await asyncio.sleep(_PRESSES_AGAIN_AFTER)
        act.accepted = True

    def present(self, message: Message, about: str) -> Message | None:
        """Returns the message or, if it is a deleted card, its replacement; None while there is none."""
        now = self.slack.message(message.channel, message.ts)
        if now is not None and not now.is_deleted:
            return now
        return next((one for one in self.slack.messages(message.channel) if about and handoff_on(one) == about), None)

    def employee_on(self, card: Message) -> str:
        """Returns the employee whose handoff a card shows."""
        return next(who for who in self.visits if who in str(card.blocks))

    async def ask_again(self, handoff: str) -> None:
        """Has the employee write again if the card was deleted without an event, so that the bot notices."""
        employee = self.unheard.pop(handoff, None)
        if employee is not None:
            await self.visits[employee].write("Is anybody there?", for_people=True)

    async def _pressed(self, act: Act, message: Message, action: str, value: str | None) -> bool:
        present = self.present(message, act.about)
        if present is None:
            await self.ask_again(act.about)
            return False
        try:
            delivery = await self.slack.press(act.person, present.channel, present.ts, action, value)
        except ImpossibleError:
            # An earlier press arrived although it was not acknowledged: it took effect, and the button is gone.
            return act.refused > 0
        return delivery.ok

    async def send_form(self, act: Act, message: Message, action: str) -> None:
        """Presses a button that opens a form, and submits the form; starts over until both succeed."""
        self.acts.append(act)
        async with asyncio.timeout(self.timeout):
            while not await self._sent(act, message, action):
                act.refused += 1
                await asyncio.sleep(_PRESSES_AGAIN_AFTER)
        act.accepted = True

    async def _sent(self, act: Act, message: Message, action: str) -> bool:
        present = self.present(message, act.about)
        if present is None:
            await self.ask_again(act.about)
            return False
        try:
            if not (await self.slack.press(act.person, present.channel, present.ts, action)).ok:
                return False
        except ImpossibleError:
            # An earlier form arrived although it was not acknowledged: the button is gone.
            return act.refused > 0
        try:
            form = await self.slack.wait_for(lambda: self._opened(act), timeout=_FORM_OPENS_WITHIN)
            return form is not None and (await self.slack.submit_view(act.person, form.id, {})).ok
        except (TimeoutError, ImpossibleError):
            # The bot did not open it in time.
            return False

    def _opened(self, act: Act) -> View | None:
        """Returns the form about the same handoff that this person has open; None if there is none."""
        views = (view for view in self.slack.views.values() if view.is_open and view.user == act.person)
        return next((view for view in views if view.body.get("private_metadata") == act.about), None)

    async def sees(self, look: Callable[[], T | None]) -> T:
        """Waits until `look` returns something, and returns it."""
        found = await self.slack.wait_for(look, timeout=self.timeout)
        assert found is not None
        return found


@dataclass(slots=True)
class Visit:
    """One employee's conversation with the bot, in one thread."""

    people: People
    who: str
    agent: str
    questions: Iterator[str]
    thread: str = ""

    @property
    def dm(self) -> str:
        """The channel of the conversation."""
        return self.people.slack.dm_of(self.who)

    def said(self) -> list[Message]:
        """Returns all messages of the DM but the first, as a thread whose root was deleted goes on in another."""
        if not self.thread:
            return []
        slack = self.people.slack
        threads = [slack.messages(self.dm, root.ts) for root in slack.messages(self.dm)]
        return [one for thread in threads for one in thread if one.ts != self.thread]

    async def write(self, text: str, *, for_people: bool = False) -> None:
        """Writes a message to the bot."""
        act = Act(deed=Deed.WROTE, person=self.who, channel=self.dm, thread=self.thread, for_people=for_people)
        self.thread = (await self.people.write(act, text)).thread

    async def ask(self) -> None:
        """Asks something the assistant knows."""
        await self.write(next(self.questions))

    async def answer(self, count: int = 1) -> Message:
        """Waits for the answer with that number, counted from 1."""
        return (await self.people.sees(lambda: found if len(found := self._answers()) >= count else None))[count - 1]

    async def answer_or_people(self, count: int) -> None:
        """Waits for the answer with that number, or for the note that the message was added to the handoff."""
        await self.people.sees(lambda: len(self._answers()) >= count or "I've added this to" in str(self.said()))

    def _answers(self) -> list[Message]:
        return [message for message in self.said() if "feedback_buttons" in str(message.blocks)]

    async def is_told(self, words: str) -> Message:
        """Waits for a message with these words, of the bot or of an agent."""
        return await self.people.sees(lambda: next((one for one in self.said() if words in one.text), None))

    async def rate(self, answer: Message, rating: str) -> None:
        """Presses a thumb under an answer."""
        value = thumb(answer, rating)
        act = Act(deed=Deed.RATED, person=self.who, channel=self.dm, about=value.partition(":")[2], rating=rating)
        await self.people.press(act, answer, "answer_feedback", value)

    async def card(self) -> Message:
        """Waits until the employee is told the ticket's number and the card shows it; returns the card."""
        told = await self.is_told("*HD-")
        number = told.text[told.text.index("HD-") :].partition("*")[0]
        card = await self._seen_on_card(lambda: next((one for one in self._cards() if f"{number} " in one.text), None))
        # A copy, because the original loses its contents when it is deleted.
        return replace(card)

    async def _seen_on_card(self, look: Callable[[], Message | None]) -> Message:
        """Waits until `look` returns something, writing again while the card is gone."""
        async with asyncio.timeout(self.people.timeout):
            while True:
                with contextlib.suppress(TimeoutError):
                    found = await self.people.slack.wait_for(look, timeout=_PRESSES_AGAIN_AFTER)
                    assert found is not None
                    return found
                await self.ask_again()

    async def ask_again(self) -> None:
        """Writes again for each unresolved handoff of this employee whose card was deleted without an event."""
        ended = {act.about for act in self.people.acts if act.deed is Deed.RESOLVED and act.accepted}
        for handoff in [one for one, employee in self.people.unheard.items() if employee == self.who]:
            if handoff not in ended:
                await self.people.ask_again(handoff)

    def _cards(self) -> list[Message]:
        return [one for one in self.people.slack.messages(HANDOFF_CHANNEL) if one.metadata]

    async def press_card(self, card: Message, deed: Deed, action: str) -> None:
        """Has the agent press a button of the card."""
        act = Act(deed=deed, person=self.agent, channel=card.channel, about=handoff_on(card))
        await self.people.press(act, card, action)

    async def resolve(self, card: Message) -> None:
        """Has the agent resolve the handoff through its form."""
        act = Act(deed=Deed.RESOLVED, person=self.agent, channel=card.channel, about=handoff_on(card))
        await self.people.send_form(act, card, "handoff_resolve")

    async def reply(self, card: Message, text: str) -> None:
        """Has the agent write below the card, or below its replacement."""
        about = handoff_on(card)
        below = await self.people.sees(lambda: self.people.present(card, about))
        act = Act(deed=Deed.REPLIED, person=self.agent, channel=card.channel, thread=below.ts, about=about)
        await self.people.write(act, text)

    async def below_card(self, card: Message, words: str) -> None:
        """Waits until these words of the employee are in the thread of a card: of this one or of its replacement."""
        await self.people.sees(lambda: self._is_below_a_card(card.channel, words))

    def _is_below_a_card(self, channel: str, words: str) -> bool:
        slack = self.people.slack
        below = (one for root in slack.messages(channel) for one in slack.messages(channel, root.ts)[1:])
        return any(words in one.text and self.who in one.text for one in below)


def handoff_on(card: Message) -> str:
    """Returns the id of the handoff that a card shows; empty for any other message."""
    found = _HANDOFF.search(str(card.blocks))
    return found[1] if found else ""


# The stories: each is one course of a conversation.


async def _helped(visit: Visit) -> None:
    await visit.ask()
    await visit.rate(await visit.answer(), "good")


async def _not_helped(visit: Visit) -> None:
    await visit.ask()
    await visit.rate(await visit.answer(), "bad")
    await visit.card()


async def _changes_mind(visit: Visit) -> None:
    await visit.ask()
    answer = await visit.answer()
    for rating in ("good", "bad", "good"):
        await visit.rate(answer, rating)


async def _follows_up(visit: Visit) -> None:
    # The second message is sent before the bot has replied to the first, and may overtake it.
    first = asyncio.create_task(visit.ask())
    visit.thread = (await visit.people.sees(lambda: visit.people.slack.messages(visit.dm)))[0].ts
    await asyncio.gather(first, visit.ask())
    await visit.answer(2)
    await visit.ask()
    # After a jump of the clock, the assistant may seem to have timed out, and the question is handed off.
    await visit.answer_or_people(3)


async def _unsure(visit: Visit) -> None:
    await visit.write(UNKNOWN, for_people=True)
    await visit.card()


async def _wants_person(visit: Visit) -> None:
    await visit.write(PERSON, for_people=True)
    await visit.card()


async def _presses_for_person(visit: Visit) -> None:
    await visit.ask()
    answer = await visit.answer()
    act = Act(deed=Deed.WISHED, person=visit.who, channel=visit.dm, thread=visit.thread)
    await visit.people.press(act, answer, "talk_to_person")
    await visit.card()


async def _talks_with_agent(visit: Visit) -> None:
    await visit.write(UNKNOWN, for_people=True)
    card = await visit.card()
    await visit.press_card(card, Deed.CLAIMED, "handoff_claim")
    await visit.is_told("is helping you with")
    await visit.reply(card, f"Have you tried the other blorp, {visit.who}?")
    await visit.is_told("the other blorp")
    await visit.write("I have, and it quuxes.", for_people=True)
    await visit.below_card(card, "it quuxes")
    await visit.resolve(card)
    await visit.is_told("as resolved")


async def _everybody_at_once(visit: Visit) -> None:
    """Has the employee and both agents do several things at once, all of which end in the same lanes."""
    first = asyncio.create_task(visit.ask())
    visit.thread = (await visit.people.sees(lambda: visit.people.slack.messages(visit.dm)))[0].ts
    await asyncio.gather(first, *(visit.ask() for _ in range(3)))
    answer = await visit.answer(4)
    await asyncio.gather(*(visit.rate(answer, "good") for _ in range(2)), visit.write(PERSON, for_people=True))
    card = await visit.card()
    await visit.press_card(card, Deed.CLAIMED, "handoff_claim")
    words = [f"{number} of 3 hints for {visit.who}" for number in range(1, 4)]
    await asyncio.gather(
        *(visit.reply(card, hint) for hint in words), *(visit.write(f"{hint}?", for_people=True) for hint in words)
    )
    for hint in words:
        await visit.is_told(hint)
        await visit.below_card(card, f"{hint}?")
    await visit.resolve(card)
    await visit.is_told("as resolved")


Story = Callable[[Visit], Awaitable[None]]
AT_ONCE: Story = _everybody_at_once
STORIES: tuple[Story, ...] = (
    _helped,
    _talks_with_agent,
    _follows_up,
    _wants_person,
    _changes_mind,
    _presses_for_person,
    _unsure,
    _not_helped,
)


async def live(
    people: People, chance: random.Random, conversations: int, seconds: float, stories: Sequence[Story] = STORIES
) -> None:
    """Runs so many conversations, all stories about equally often, started at random times within `seconds`."""
    told = list(itertools.islice(itertools.cycle(stories), conversations))
    chance.shuffle(told)
    plans = [(story, chance.uniform(0.0, seconds), _visit(people, chance)) for story in told]
    await asyncio.gather(*(_happen(*plan) for plan in plans))


def _visit(people: People, chance: random.Random) -> Visit:
    number = len(people.visits)
    who = f"U0EMP{number:04}"
    people.slack.add_user(who, f"employee{number}", email=f"e{number}@example.com")
    questions = itertools.cycle(chance.sample(CONFIDENT, len(CONFIDENT)))
    people.visits[who] = Visit(people, who, chance.choice((ADA, BEN)), questions)
    return people.visits[who]


async def _happen(story: Story, begins: float, visit: Visit) -> None:
    await asyncio.sleep(begins)
    try:
        await story(visit)
    except TimeoutError:
        said = [message.text[:60] for message in visit.said()]
        visit.people.disappointed.append(f"{story.__name__.strip('_')}, thread {visit.thread}: saw only {said}")
    await visit.people.over.wait()
    await visit.ask_again()
