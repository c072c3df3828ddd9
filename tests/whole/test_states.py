"""Whatever employees, agents and time do, in whatever order: what the handoff desk promises holds after every step."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from bot.helpdesk.handing.card import read_card
from bot.helpdesk.handoff import Handoff, HandoffState
from bot.sandbox.house import ADA, BEN, HANDOFF_CHANNEL, House
from bot.sandbox.slack import Delivery, ImpossibleError, Message
from bot.slack.views.handoff import card_message
from tests.whole.day import MINUTE
from tests.whole.fuzzing import BOUNDED, for_each
from tests.whole.scene import UNKNOWN, Clock, Scene

RULES = """
relay_delay_seconds = 0
reopen_within_minutes = 60
idle_minutes = 300
remind_before_minutes = 10
on_call = "S0ONCALL"
on_call_after_minutes = 15

[handoff.minutes_to_reply]
normal = 60
high = 60
"""
FEW = settings(BOUNDED, max_examples=14)


@pytest.fixture
def handoff_rules() -> str:
    return RULES


@pytest.fixture
async def scene(house: House, clock: Clock) -> AsyncIterator[Scene]:
    """The house with its bot at work, whose clock can be moved."""
    house.outside = replace(house.outside, clock=clock)
    async with house.bot() as bot:
        yield Scene(house, bot)


@dataclass(slots=True)
class Case:
    """One conversation that people have, and what was said in it: what the employee is to read and what never."""

    scene: Scene
    clock: Clock
    root: str
    card: Message
    said: int = 0
    for_employee: list[str] = field(default_factory=list)
    internal: list[str] = field(default_factory=list)
    from_employee: list[str] = field(default_factory=list)

    async def handoff(self) -> Handoff:
        found = await self.scene.look(lambda tx: tx.handoffs.of_thread(HANDOFF_CHANNEL, self.card.ts))
        assert found is not None
        return found

    def words(self, of: str) -> str:
        """Words that nobody has said before."""
        self.said += 1
        return f"{of} {self.root} {self.said:03}."

    async def press(self, action: str, who: str) -> None:
        """Press a button of the card, where it is there; an agent who comes too late finds none."""
        try:
            await self.scene.press(self.card, f"handoff_{action}", who=who)
        except ImpossibleError:
            return

    async def resolve(self, who: str) -> None:
        views = self.scene.house.slack.views
        known = set(views)
        await self.press("resolve", who)
        for id, view in list(views.items()):
            if id not in known and view.is_open and view.user == who:
                await self.scene.send_form(view)

    async def write(self, who: str, text: str) -> None:
        delivery = await self.scene.house.slack.say(who, HANDOFF_CHANNEL, text, self.card.ts)
        await self._arrived(delivery)

    async def _arrived(self, delivery: Delivery) -> None:
        assert delivery.ok
        await self.scene.settled()


Step = Callable[[Case], Awaitable[None]]


async def employee_writes(case: Case) -> None:
    text = case.words("the employee asks")
    case.from_employee.append(text)
    await case.scene.ask(text, thread=case.root)


async def time_passes(case: Case) -> None:
    await case.scene.pass_time(case.clock, 25 * MINUTE)


async def long_time_passes(case: Case) -> None:
    await case.scene.pass_time(case.clock, 6 * 60 * MINUTE)


def replies(who: str) -> Step:
    async def reply(case: Case) -> None:
        text = case.words(f"{who} replies")
        speaks = (await case.handoff()).is_worked_by(who)
        (case.for_employee if speaks else case.internal).append(text)
        await case.write(who, text)

    return reply


def notes(mark: str) -> Step:
    async def note(case: Case) -> None:
        text = case.words("remark")
        case.internal.append(text)
        await case.write(ADA, f"{mark} {text}")

    return note


def presses(action: str, who: str) -> Step:
    async def press(case: Case) -> None:
        await case.press(action, who)

    return press


def resolves(who: str) -> Step:
    async def resolve(case: Case) -> None:
        await case.resolve(who)

    return resolve


STEPS: dict[str, Step] = {
    "the employee writes": employee_writes,
    "Ada claims": presses("claim", ADA),
    "Ben claims": presses("claim", BEN),
    "Ben joins": presses("join", BEN),
    "Ada replies": replies(ADA),
    "Ben replies": replies(BEN),
    "Ada notes": notes("note:"),
    "Ada remarks": notes("//"),
    "Ada resolves": resolves(ADA),
    "Ben resolves": resolves(BEN),
    "Ben hands back": presses("hand_back", BEN),
    "Ada reopens": presses("reopen", ADA),
    "time passes": time_passes,
    "a long time passes": long_time_passes,
}


async def test_whatever_happens_to_a_handoff_what_is_promised_holds(scene: Scene, clock: Clock) -> None:
    async def lived(names: list[str]) -> None:
        case = await _begun(scene, clock)
        for name in names:
            await STEPS[name](case)
            await _holds(case, names)

    await for_each(st.lists(st.sampled_from(sorted(STEPS)), min_size=4, max_size=12), lived, FEW, seconds=60.0)


async def _begun(scene: Scene, clock: Clock) -> Case:
    before = {card.ts for card in scene.house.cards}
    root = await scene.ask(UNKNOWN)
    (card,) = (card for card in scene.house.cards if card.ts not in before)
    return Case(scene, clock, root, card)


async def _holds(case: Case, names: list[str]) -> None:
    read = case.scene.texts(case.root)
    assert [text for text in case.internal if text in read] == [], names
    assert [text for text in case.for_employee if read.count(text) != 1] == [], names
    await _nothing_of_the_employee_is_lost(case, names)
    await _the_stored_state_is_sound(case, names)


async def _nothing_of_the_employee_is_lost(case: Case, names: list[str]) -> None:
    """What they wrote is before people, or it is a question that was answered or is before people as such."""
    threads = [case.scene.house.thread(HANDOFF_CHANNEL, card.ts) for card in case.scene.house.cards]
    shown = "\n".join(message.text for thread in threads for message in thread)
    for text in case.from_employee:
        questions = await case.scene.count("questions", f"text LIKE '%{text}%' AND state = 'answered'")
        assert (questions == 1) != (text in shown), (text, names)


async def _the_stored_state_is_sound(case: Case, names: list[str]) -> None:
    handoff = await case.handoff()
    open_ones = f"conversation_id = '{handoff.conversation_id}' AND state != 'resolved'"
    assert await case.scene.count("handoffs", open_ones) <= 1, names
    assert (handoff.state is HandoffState.CLAIMED) <= (handoff.claimed_by in {ADA, BEN}), names
    assert handoff.claimed_by not in handoff.joined, names
    card = await case.scene.look(lambda tx: read_card(tx, handoff.id, case.clock()))
    assert card is not None
    (shown,) = (one for one in case.scene.house.cards if one.ts == case.card.ts)
    assert _content(shown.blocks) == _content(card_message(card).blocks), names


def _content(blocks: list[dict[str, Any]]) -> str:
    """What blocks say, without the ids that Slack gives them."""
    return json.dumps([{key: value for key, value in block.items() if key != "block_id"} for block in blocks])
