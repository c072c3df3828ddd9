"""Concurrent acts of employee, agents and assistant: nothing is lost, and the card shows the stored state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import strategies as st

from bot.call_rates import Rate
from bot.helpdesk.model.conversation import QuestionState
from bot.helpdesk.model.handoff import Handoff, HandoffState
from bot.helpdesk.model.history import TimelineEvent
from bot.helpdesk.ports import Transaction
from bot.slack.rate_limiter import SlackLimits
from sandbox.slack import ImpossibleError, Message
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, LocalWorld
from tests.addresses import message_at, thread_at
from tests.whole.fuzzing import bounded, for_each
from tests.whole.scene import PERSON, Scene

pytestmark = pytest.mark.both_engines

FEW = bounded(8, deep=80)
MOST = 6


@pytest.fixture
async def scene(world: LocalWorld) -> AsyncIterator[Scene]:
    """A running bot, practically without rate limits."""
    world.outside = replace(
        world.outside, slack_limits=SlackLimits(channel=Rate(burst=1000, per_second=1000.0), methods={})
    )
    async with world.bot() as bot:
        yield Scene(world, bot)


@dataclass(slots=True)
class Case:
    """A handoff with its card, while the assistant has not answered yet. `by_employee` has the ts of each text."""

    scene: Scene
    root: str
    card: Message
    by_employee: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)

    def words(self, among: list[str], of: str) -> str:
        """Returns a text not used before and appends it to `among`."""
        among.append(f"{of} {self.root} {len(among)}.")
        return among[-1]

    async def employee_adds(self) -> None:
        words = f"the employee adds {self.root} {len(self.by_employee)}."
        self.by_employee[words] = ""
        self.by_employee[words] = (await self.scene.world.slack.dm(MIA, words, self.root)).ts

    @property
    def dm(self) -> str:
        return self.scene.world.slack.dm_of(MIA)

    async def handoffs(self) -> list[Handoff]:
        found = await self.scene.look(lambda tx: tx.handoffs.of_thread(thread_at(HANDOFF_CHANNEL, self.card.ts)))
        assert found is not None
        return await self.scene.look(lambda tx: tx.handoffs.all_in(found.conversation_id))


async def employee_writes(case: Case) -> None:
    await case.employee_adds()


async def employee_changes_the_question(case: Case) -> None:
    await case.scene.world.slack.edit(MIA, case.dm, case.root, f"{PERSON} about {case.root}")


async def employee_stops(case: Case) -> None:
    await case.scene.world.slack.stop_session(MIA, case.dm, case.root)


async def the_answer_comes(case: Case) -> None:
    case.scene.world.uppzy.release()


def says(who: str, *, mark: str = "") -> Callable[[Case], Awaitable[None]]:
    async def say(case: Case) -> None:
        words = case.words(case.remarks if mark else case.replies, f"{who} says")
        await case.scene.world.slack.say(who, HANDOFF_CHANNEL, f"{mark}{words}", case.card.ts)

    return say


def presses(who: str, action: str) -> Callable[[Case], Awaitable[None]]:
    async def press(case: Case) -> None:
        try:
            await case.scene.world.slack.press(who, HANDOFF_CHANNEL, case.card.ts, f"handoff_{action}")
        except ImpossibleError:
            return  # Someone else was quicker, and the button is gone.

    return press


ACTS: dict[str, Callable[[Case], Awaitable[None]]] = {
    "the employee writes": employee_writes,
    "the employee changes the question": employee_changes_the_question,
    "the employee stops": employee_stops,
    "the answer comes": the_answer_comes,
    "Ada claims": presses(ADA, "claim"),
    "Ben claims": presses(BEN, "claim"),
    "Ada replies": says(ADA),
    "Ben remarks": says(BEN, mark="// "),
    "Ada hands back": presses(ADA, "hand_back"),
}


async def test_whatever_is_done_at_the_same_moment_what_is_promised_holds(scene: Scene) -> None:
    async def lived(names: list[str]) -> None:
        case = await _begun(scene)
        await asyncio.gather(*(ACTS[name](case) for name in names))
        scene.world.uppzy.release()
        await scene.settled()
        try:
            await _holds(case)
        except AssertionError as error:
            error.add_note(f"at the same moment: {', '.join(names)}")
            raise

    await for_each(st.lists(st.sampled_from(list(ACTS)), min_size=2, max_size=MOST), lived, FEW)


async def _begun(scene: Scene) -> Case:
    slack, before = scene.world.slack, {card.ts for card in scene.world.cards}
    scene.world.uppzy.hold()
    root = (await slack.dm(MIA, PERSON)).ts
    card = await slack.wait_for(lambda: next((one for one in scene.world.cards if one.ts not in before), None))
    assert card is not None
    return Case(scene, root, card)


async def _holds(case: Case) -> None:
    handoffs = await case.handoffs()
    for handoff in handoffs:
        await case.scene.check_card(handoff, 0.0)
    await _the_answer_is_there(case, max(handoffs, key=lambda one: one.number))
    assert len([one for one in handoffs if one.state is not HandoffState.RESOLVED]) <= 1
    read = case.scene.texts(case.root)
    assert [words for words in case.remarks if words in read] == []
    assert [words for words in case.replies if read.count(words) > 1] == []
    for words, ts in case.by_employee.items():
        await _is_before_somebody(case, handoffs[0].conversation_id, words, ts)


async def _the_answer_is_there(case: Case, handoff: Handoff) -> None:
    """Asserts that the answer is on the card and, if the employee was to get it, in their thread."""
    question = await case.scene.look(lambda tx: tx.questions.get(handoff.question_id or ""))
    assert question is not None
    answered = question.state is QuestionState.ANSWERED
    assert (handoff.answer_id is not None) == answered
    rated = [one for one in case.scene.replies(case.root) if "feedback_buttons" in str(one.blocks)]
    assert bool(rated) >= (answered and not question.withheld)


async def _is_before_somebody(case: Case, conversation_id: str, words: str, ts: str) -> None:
    """Asserts that a message of the employee was relayed to the agents or asked as a question, each at most once.

    It is both if it was relayed to a handoff that was handed back before an agent replied.
    """
    threads = [case.scene.world.thread(HANDOFF_CHANNEL, card.ts) for card in case.scene.world.cards]
    shown = sum(message.text.count(words) for thread in threads for message in thread)
    questions = await case.scene.look(lambda tx: tx.questions.recent_in(conversation_id, 0.0))
    asked = sum(one.text.count(words) for one in questions if one.state is not QuestionState.WAITING)

    def was_handed_back(tx: Transaction) -> bool:
        relay = tx.relays.of_message(message_at(case.dm, ts))
        events = [entry.event for entry in tx.timeline.of_handoff(relay.handoff_id)] if relay else []
        return TimelineEvent.HANDED_BACK in events

    if not await case.scene.look(was_handed_back):
        assert (shown, asked) in ((1, 0), (0, 1)), words
    elif case.replies:
        assert (shown, asked) in ((1, 0), (1, 1)), words
    else:
        assert (shown, asked) == (1, 1), words
