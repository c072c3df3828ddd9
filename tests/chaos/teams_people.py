"""Simulated employees and agents of a bad day on Teams, and a record of everything they do.

They are as patient as people are: what was not delivered they send again, and where nothing comes they ask again, for
on Teams words can be lost with a reason that only the agents are told.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import random
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from sandbox.impossible import ImpossibleError
from sandbox.teams import ActivityDelivery, LocalTeams, TeamsMessage
from sandbox.world import TEAMS_ADA, TEAMS_BEN, TEAMS_CHANNEL
from tests.chaos.people import CONFIDENT, Act, Deed, peace
from tests.whole.scene import PERSON, UNKNOWN

T = TypeVar("T")
Send = Callable[[], Awaitable[ActivityDelivery]]

_HANDOFF = re.compile(r"\b(hof_\w+)")
_AGAIN_AFTER = 0.3
_THUMBS = {"good": "like", "bad": "dislike"}
_PERSON_LABEL = "Talk to a person"


@dataclass(slots=True)
class TeamsPeople:
    """All simulated people. They ask again after `patience` and wait for at most `timeout` seconds.

    `disappointed` lists the waits that timed out. `over` is set while no fault is to come.
    """

    teams: LocalTeams
    timeout: float
    patience: float
    chance: random.Random
    acts: list[Act] = field(default_factory=list)
    visits: int = 0
    over: asyncio.Event = field(default_factory=peace)
    disappointed: list[str] = field(default_factory=list)

    async def do(self, act: Act, send: Send) -> None:
        """Does something, and does it again whenever Teams shows that it did not arrive."""
        self.acts.append(act)
        async with asyncio.timeout(self.timeout):
            delivery = await self._sent(act, send)
            while delivery is None:
                await asyncio.sleep(_AGAIN_AFTER)
                delivery = await self._sent(act, send)
        act.accepted = True
        act.ts = act.ts or delivery.message

    async def _sent(self, act: Act, send: Send) -> ActivityDelivery | None:
        try:
            delivery = await send()
        except ImpossibleError:
            # The button is not there yet; or an earlier press arrived although it was not acknowledged, and it is gone.
            return ActivityDelivery() if act.refused else None
        act.refused += delivery.attempts - delivery.ok
        return delivery if delivery.ok else None

    async def sees(self, look: Callable[[], T | None], again: Callable[[], Awaitable[None]] | None = None) -> T:
        """Waits until `look` returns something, and returns it; does `again` whenever patience ends."""
        async with asyncio.timeout(self.timeout):
            while True:
                try:
                    found = await self.teams.wait_for(look, timeout=self.patience)
                except TimeoutError:
                    if again is not None:
                        await again()
                    continue
                assert found is not None
                return found

    async def press_second_cards(self) -> None:
        """Has an agent press every card of a handoff of which two are left. The desk then knows of both."""
        for cards in _standing(self.teams).values():
            for card in cards if len(cards) > 1 else ():
                verb = next((verb for verb in ("claim", "resolve", "reopen") if f"'{verb}'" in str(card.card)), "")
                if verb:
                    act = Act(deed=Deed.PRESSED, person=TEAMS_ADA, channel=TEAMS_CHANNEL, about=card.id)
                    await self.do(act, functools.partial(_press, self.teams, TEAMS_ADA, card.id, verb))


def handoff_on(message: TeamsMessage) -> str:
    """Returns the id of the handoff that a card shows; empty for any other message."""
    found = _HANDOFF.search(str(message.card or ""))
    return found[1] if found else ""


def _standing(teams: LocalTeams) -> dict[str, list[TeamsMessage]]:
    """Returns the cards in the channel by handoff, oldest first."""
    cards: dict[str, list[TeamsMessage]] = {}
    for message in teams.messages(TEAMS_CHANNEL):
        if handoff := handoff_on(message):
            cards.setdefault(handoff, []).append(message)
    return cards


def _press(teams: LocalTeams, agent: str, card: str, verb: str) -> Awaitable[ActivityDelivery]:
    inputs = {"outcome": "solved", "words": "Use the other blorp."} if verb == "resolve" else {}
    return teams.execute(agent, TEAMS_CHANNEL, card, verb, inputs)


@dataclass(slots=True)
class TeamsVisit:
    """One employee's conversation with the bot, in their personal chat."""

    people: TeamsPeople
    who: str
    name: str
    agent: str
    questions: Iterator[str]

    @property
    def teams(self) -> LocalTeams:
        return self.people.teams

    @property
    def chat(self) -> str:
        return self.teams.chat_of(self.who)

    def told(self) -> list[TeamsMessage]:
        """Returns the messages of the bot in the chat."""
        return [one for one in self.teams.messages(self.chat) if not one.sender and not one.is_deleted]

    async def write(self, text: str, *, for_people: bool = False) -> None:
        """Writes a message to the bot."""
        act = Act(deed=Deed.WROTE, person=self.who, channel=self.chat, for_people=for_people)
        await self.people.do(act, lambda: self.teams.dm(self.who, text))

    async def ask(self) -> None:
        """Asks something the assistant knows."""
        await self.write(next(self.questions))

    async def answer(self, count: int = 1) -> list[TeamsMessage]:
        """Waits for so many different answers; returns the messages that show the last one."""
        answers = await self.people.sees(lambda: found if len(found := self._answers()) >= count else None, self.ask)
        return answers[-1]

    def _answers(self) -> list[list[TeamsMessage]]:
        """Returns the messages with thumbs; those that say the same together."""
        found: dict[str, list[TeamsMessage]] = {}
        for message in self.told():
            if message.has_thumbs:
                found.setdefault(message.text, []).append(message)
        return list(found.values())

    async def is_told(self, words: str, again: Callable[[], Awaitable[None]] | None = None) -> None:
        """Waits for a message with these words."""
        await self.people.sees(lambda: any(words in one.text + str(one.card or "") for one in self.told()), again)

    async def rate(self, answer: list[TeamsMessage], rating: str) -> None:
        """Presses a thumb under an answer; where it stands twice, under either."""
        shown = self.people.chance.choice(answer).id
        act = Act(deed=Deed.RATED, person=self.who, channel=self.chat, about=shown, rating=rating)
        await self.people.do(act, lambda: self.teams.thumbs(self.who, self.chat, shown, _THUMBS[rating]))

    async def handoff(self) -> str:
        """Waits until the handoff's card stands in the channel; returns the handoff's id."""
        return await self.people.sees(self._handoff, self._hurry)

    def _handoff(self) -> str | None:
        cards = _standing(self.teams)
        return next((id for id, shown in cards.items() if any(self.name in str(one.card) for one in shown)), None)

    async def _hurry(self) -> None:
        await self.write("Is anybody there?", for_people=True)

    def _card(self, handoff: str) -> str:
        """Returns a card of the handoff; of two either."""
        cards = _standing(self.teams).get(handoff)
        if not cards:
            raise ImpossibleError("the card is not there")
        return self.people.chance.choice(cards).id

    async def press_card(self, handoff: str, deed: Deed, verb: str) -> None:
        """Has the agent press a button of the card, with the form in it filled in."""
        act = Act(deed=deed, person=self.agent, channel=TEAMS_CHANNEL, about=handoff)

        def press() -> Awaitable[ActivityDelivery]:
            return _press(self.teams, self.agent, self._card(handoff), verb)

        await self.people.do(act, press)

    async def reply(self, handoff: str, text: str) -> None:
        """Has the agent write below the card."""
        act = Act(deed=Deed.REPLIED, person=self.agent, channel=TEAMS_CHANNEL, about=handoff)

        def say() -> Awaitable[ActivityDelivery]:
            return self.teams.say(self.agent, TEAMS_CHANNEL, text, self._card(handoff))

        await self.people.do(act, say)

    async def is_below_card(self, handoff: str, words: str, again: Callable[[], Awaitable[None]]) -> None:
        """Waits until these words are in the thread of a card of the handoff."""

        def look() -> bool:
            roots = [one.id for one in _standing(self.teams).get(handoff, [])]
            below = itertools.chain.from_iterable(self.teams.messages(TEAMS_CHANNEL, root)[1:] for root in roots)
            return any(words in one.text + str(one.card or "") for one in below if not one.sender)

        await self.people.sees(look, again)


# The stories: each is one course of a conversation.


async def _helped(visit: TeamsVisit) -> None:
    await visit.ask()
    await visit.rate(await visit.answer(), "good")


async def _not_helped(visit: TeamsVisit) -> None:
    await visit.ask()
    await visit.rate(await visit.answer(), "bad")
    await visit.press_card(await visit.handoff(), Deed.CLAIMED, "claim")


async def _changes_mind(visit: TeamsVisit) -> None:
    await visit.ask()
    answer = await visit.answer()
    for rating in ("good", "bad", "good"):
        await visit.rate(answer, rating)


async def _follows_up(visit: TeamsVisit) -> None:
    # The second message is sent before the bot has replied to the first, and may overtake it.
    await asyncio.gather(visit.ask(), visit.ask())
    await visit.answer(2)
    await visit.ask()
    await visit.answer(3)


async def _unsure(visit: TeamsVisit) -> None:
    await visit.write(UNKNOWN, for_people=True)
    await visit.handoff()


async def _wants_person(visit: TeamsVisit) -> None:
    await visit.write(PERSON, for_people=True)
    await visit.press_card(await visit.handoff(), Deed.CLAIMED, "claim")


async def _presses_for_person(visit: TeamsVisit) -> None:
    await visit.ask()
    answer = await visit.answer()
    act = Act(deed=Deed.WISHED, person=visit.who, channel=visit.chat)
    await visit.people.do(act, lambda: _pressed_or_typed(visit, answer[-1]))
    await visit.handoff()


async def _pressed_or_typed(visit: TeamsVisit, answer: TeamsMessage) -> ActivityDelivery:
    """Presses the suggestion, which vanishes; types its words if that did not arrive."""
    if answer.suggestions:
        return await visit.teams.press_suggestion(visit.who, answer.id, _PERSON_LABEL)
    return await visit.teams.dm(visit.who, _PERSON_LABEL)


async def _talks_with_agent(visit: TeamsVisit) -> None:
    await visit.write(UNKNOWN, for_people=True)
    handoff = await visit.handoff()
    await visit.press_card(handoff, Deed.CLAIMED, "claim")

    async def reply() -> None:
        await visit.reply(handoff, f"Have you tried the other blorp, {visit.name}?")

    async def write() -> None:
        await visit.write("I have, and it quuxes.", for_people=True)

    await reply()
    await visit.is_told("the other blorp", reply)
    await write()
    await visit.is_below_card(handoff, "it quuxes", write)
    await visit.press_card(handoff, Deed.RESOLVED, "resolve")


Story = Callable[[TeamsVisit], Awaitable[None]]
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


async def live_on_teams(people: TeamsPeople, chance: random.Random, conversations: int, seconds: float) -> None:
    """Runs so many conversations, all stories about equally often, started at random times within `seconds`."""
    told = list(itertools.islice(itertools.cycle(STORIES), conversations))
    chance.shuffle(told)
    plans = [(story, chance.uniform(0.0, seconds), _visit(people, chance)) for story in told]
    await asyncio.gather(*(_happen(*plan) for plan in plans))


def _visit(people: TeamsPeople, chance: random.Random) -> TeamsVisit:
    number = people.visits = people.visits + 1
    who, name = f"00000000-e000-4000-8000-{number:012}", f"Employee{number:03}"
    people.teams.add_user(who, name, f"e{number}@example.com")
    questions = itertools.cycle(chance.sample(CONFIDENT, len(CONFIDENT)))
    return TeamsVisit(people, who, name, chance.choice((TEAMS_ADA, TEAMS_BEN)), questions)


async def _happen(story: Story, begins: float, visit: TeamsVisit) -> None:
    await asyncio.sleep(begins)
    try:
        await story(visit)
    except TimeoutError:
        said = [(message.text or str(message.card))[:60] for message in visit.told()]
        visit.people.disappointed.append(f"{story.__name__.strip('_')}, {visit.name}: saw only {said}")
    await visit.people.over.wait()
