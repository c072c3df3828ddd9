"""Random sequences of acts by employees, agents and time: the invariants of handoffs hold after every step."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import strategies as st

from bot.call_rates import Rate
from bot.helpdesk.handoffs.transition_table import after
from bot.helpdesk.model.handoff import Handoff, HandoffState, SolvedQuestion, Transition
from bot.slack import ids
from bot.slack.rate_limiter import SlackLimits
from sandbox.slack import Delivery, ImpossibleError, Message
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, LocalWorld
from tests.addresses import message_at, thread_at
from tests.whole.day import MINUTE
from tests.whole.fuzzing import bounded, for_each
from tests.whole.scene import UNKNOWN, Clock, Scene

RULES = """
ask_solved = "{question}"
relay_delay_seconds = 0
reopen_within_minutes = 60
idle_minutes = 300
remind_before_minutes = 10
on_call = "S0ONCALL"
on_call_after_minutes = 15
waiting_remind_minutes = 20
waiting_close_minutes = 300

[handoff.minutes_to_reply]
normal = 60
high = 60
"""
MOST = 16
FEW = bounded(10, deep=100)


@pytest.fixture(params=[SolvedQuestion.YES_OR_NO, SolvedQuestion.SCORE])
def question(request: pytest.FixtureRequest) -> SolvedQuestion:
    """The question to the employee after a resolution."""
    asked: SolvedQuestion = request.param
    return asked


@pytest.fixture
def handoff_rules(question: SolvedQuestion) -> str:
    return RULES.format(question=question)


@pytest.fixture
async def scene(world: LocalWorld, clock: Clock) -> AsyncIterator[Scene]:
    """A running bot with a movable clock and practically without rate limits."""
    without_limits = SlackLimits(channel=Rate(burst=1000, per_second=1000.0), methods={})
    world.outside = replace(world.outside, clock=clock, slack_limits=without_limits)
    async with world.bot() as bot:
        yield Scene(world, bot)


@dataclass(slots=True)
class Written:
    """The current state of a message. `crosses`: it is to be relayed. `mark`: the prefix that makes it a note.

    Of an employee: `handoff_id` is the handoff to which it was relayed, `replies` are the later messages of agents that
    the employee has got there, and `asked` are the words with which the assistant was asked.
    """

    who: str
    ts: str
    words: str
    crosses: bool
    mark: str = ""
    handoff_id: str = ""
    replies: set[str] = field(default_factory=set)
    asked: str = ""


@dataclass(slots=True)
class Case:
    """One conversation, and the messages written in it.

    `gone` holds texts that were edited or deleted, which must not be shown any more.
    """

    scene: Scene
    clock: Clock
    root: str
    card: Message
    said: int = 0
    by_agents: list[Written] = field(default_factory=list)
    by_employee: list[Written] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    async def handoff(self) -> Handoff:
        found = await self.scene.look(lambda tx: tx.handoffs.of_thread(thread_at(HANDOFF_CHANNEL, self.card.ts)))
        assert found is not None
        return found

    def words(self, of: str) -> str:
        """Returns a text that was not used before."""
        self.said += 1
        return f"{of} {self.root} {self.said:03}."

    async def press(self, action: str, who: str, value: str | None = None) -> None:
        """Presses a button of the card; does nothing if the card does not have it any more."""
        try:
            await self.scene.press(self.card, f"handoff_{action}", who=who, value=value)
        except ImpossibleError:
            return

    async def hand_back(self, who: str) -> None:
        """Hands the conversation back: the assistant is asked what nobody has answered."""
        before = await self.handoff()
        await self.press(Transition.HAND_BACK.value, who)
        if (await self.handoff()).revision == before.revision:
            return
        for written in await self.relayed():
            written.asked = "" if written.replies else written.words

    async def resolve(self, who: str) -> None:
        views = self.scene.world.slack.views
        known = set(views)
        await self.press("resolve", who)
        for id, view in list(views.items()):
            if id not in known and view.is_open and view.user == who:
                await self.scene.send_form(view)
                await self._reply_with("a resolution")

    async def write(self, who: str, words: str, *, crosses: bool, mark: str = "") -> None:
        """Writes in the handoff's thread as an agent."""
        delivery = await self.scene.world.slack.say(who, HANDOFF_CHANNEL, f"{mark}{words}", self.card.ts)
        await self.arrived(delivery)
        self.by_agents.append(Written(who, delivery.ts, words, crosses, mark))
        if crosses:
            await self._reply_with(delivery.ts)

    async def _reply_with(self, reply: str) -> None:
        for written in await self.relayed():
            written.replies.add(reply)

    async def ask(self, words: str) -> None:
        """Writes as the employee: relayed to the agents, or a question to the assistant."""
        ts = await self.scene.ask(words, thread=self.root)
        relay = await self.scene.look(lambda tx: tx.relays.of_message(message_at(self.dm, ts)))
        if relay is None:
            self.by_employee.append(Written(MIA, ts, words, crosses=False, asked=words))
        else:
            self.by_employee.append(Written(MIA, ts, words, crosses=True, handoff_id=relay.handoff_id))

    async def relayed(self) -> list[Written]:
        """Returns the employee's messages that were relayed to the handoff and not asked since."""
        handoff = await self.handoff()
        return [one for one in self.by_employee if one.handoff_id == handoff.id and not one.asked]

    @property
    def dm(self) -> str:
        return self.scene.world.slack.dm_of(MIA)

    async def change(self, channel: str, written: Written, words: str) -> None:
        """Edits a message as its author."""
        edited = await self.scene.world.slack.edit(written.who, channel, written.ts, f"{written.mark}{words}")
        await self.arrived(edited)
        self.gone.append(written.words)
        written.words = words

    def last_of(self, who: str) -> Written:
        """Returns the last message of an agent."""
        return [written for written in self.by_agents if written.who == who][-1]

    def last_relayed(self) -> Written:
        """Returns the last relayed message of the employee that is not deleted."""
        return [written for written in self.by_employee if written.crosses][-1]

    async def delete(self, channel: str, written: Written) -> None:
        """Deletes a message as its author."""
        await self.arrived(await self.scene.world.slack.delete(written.who, channel, written.ts))
        self.gone.append(written.words)
        for one in self.by_employee:
            one.replies.discard(written.ts)

    async def arrived(self, delivery: Delivery) -> None:
        assert delivery.ok
        await self.scene.settled()


@dataclass(frozen=True, slots=True)
class Act:
    """An act of a person. `when`: true if it can have an effect in the current state."""

    do: Callable[[Case], Awaitable[None]]
    when: Callable[[Case, Handoff], bool] = lambda case, handoff: True


async def employee_writes(case: Case) -> None:
    await case.ask(case.words("the employee asks"))


async def employee_changes(case: Case) -> None:
    await case.change(case.dm, case.last_relayed(), case.words("the employee means"))


async def employee_deletes(case: Case) -> None:
    written = case.last_relayed()
    await case.delete(case.dm, written)
    case.by_employee.remove(written)


def _has_relayed(case: Case, handoff: Handoff) -> bool:
    """True if the employee has a relayed message, because an edit of an answered question has no effect."""
    return any(written.crosses for written in case.by_employee)


def employee_says(action: str) -> Act:
    """Returns the act of pressing a button of the question whether the problem is solved."""

    def asked(case: Case) -> list[Message]:
        return [reply for reply in case.scene.replies(case.root) if action in str(reply.blocks)]

    async def say(case: Case) -> None:
        await case.scene.press(asked(case)[-1], action)

    return Act(say, lambda case, handoff: bool(asked(case)))


async def employee_closes(case: Case) -> None:
    """Closes the request on the Home tab."""
    slack, handoff = case.scene.world.slack, await case.handoff()
    assert (await slack.open_home(MIA, "home")).ok
    await case.scene.settled()
    home = slack.home(MIA)
    assert home is not None
    value = ids.assignment(handoff.id, case.dm, case.root)
    await case.arrived(await slack.press_in_view(MIA, home.id, "home_close", value))


async def time_passes(case: Case) -> None:
    await case.scene.pass_time(case.clock, 25 * MINUTE)


async def long_time_passes(case: Case) -> None:
    await case.scene.pass_time(case.clock, 6 * 60 * MINUTE)


def replies(who: str) -> Act:
    async def reply(case: Case) -> None:
        text = case.words(f"{who} replies")
        await case.write(who, text, crosses=(await case.handoff()).is_worked_by(who))

    return Act(reply)


def hands_back(who: str) -> Act:
    async def hand_back(case: Case) -> None:
        await case.hand_back(who)

    return Act(hand_back, _allows(Transition.HAND_BACK))


def changes(who: str) -> Act:
    async def change(case: Case) -> None:
        await case.change(HANDOFF_CHANNEL, case.last_of(who), case.words(f"{who} means"))

    return Act(change, _has_written(who))


def deletes(who: str) -> Act:
    async def delete(case: Case) -> None:
        written = case.last_of(who)
        await case.delete(HANDOFF_CHANNEL, written)
        case.by_agents.remove(written)

    return Act(delete, _has_written(who))


def _has_written(who: str) -> Callable[[Case, Handoff], bool]:
    return lambda case, handoff: any(written.who == who for written in case.by_agents)


def notes(mark: str) -> Act:
    async def note(case: Case) -> None:
        await case.write(ADA, case.words("remark"), crosses=False, mark=f"{mark} ")

    return Act(note)


def makes(move: Transition, who: str, value: str | None = None) -> Act:
    async def press(case: Case) -> None:
        await case.press(move.value, who, value)

    return Act(press, _allows(move))


def assigns(who: str, to: str) -> Act:
    async def assign(case: Case) -> None:
        await case.press(Transition.ASSIGN.value, who)
        slack = case.scene.world.slack
        form = next(view for view in reversed(slack.views.values()) if view.user == who and view.is_open)
        await case.scene.send_form(form, assignee_choice=to)

    return Act(assign, _allows(Transition.ASSIGN))


def resolves(who: str) -> Act:
    async def resolve(case: Case) -> None:
        await case.resolve(who)

    return Act(resolve, _allows(Transition.RESOLVE))


def _allows(move: Transition) -> Callable[[Case, Handoff], bool]:
    return lambda case, handoff: after(handoff.state, move) is not None


ACTS: dict[str, Act] = {
    "the employee writes": Act(employee_writes),
    "the employee changes": Act(employee_changes, _has_relayed),
    "the employee deletes": Act(employee_deletes, _has_relayed),
    "the employee closes": Act(employee_closes, _allows(Transition.CLOSE_REQUEST)),
    "Ada claims": makes(Transition.CLAIM, ADA),
    "Ben claims": makes(Transition.CLAIM, BEN),
    "Ada joins": makes(Transition.JOIN, ADA),
    "Ben joins": makes(Transition.JOIN, BEN),
    "Ada assigns to Ben": assigns(ADA, BEN),
    "Ada waits for the employee": makes(Transition.WAIT, ADA),
    "Ben resumes": makes(Transition.RESUME, BEN),
    "Ben releases": makes(Transition.RELEASE, BEN),
    "Ada replies": replies(ADA),
    "Ben replies": replies(BEN),
    "Ada changes": changes(ADA),
    "Ben changes": changes(BEN),
    "Ada deletes": deletes(ADA),
    "Ben deletes": deletes(BEN),
    "Ada notes": notes("note:"),
    "Ada remarks": notes("//"),
    "Ada resolves": resolves(ADA),
    "Ben resolves": resolves(BEN),
    "Ben hands back": hands_back(BEN),
    "Ada reopens": makes(Transition.REOPEN, ADA),
    "time passes": Act(time_passes),
    "a long time passes": Act(long_time_passes),
}

ANSWERS: dict[SolvedQuestion, dict[str, Act]] = {
    SolvedQuestion.YES_OR_NO: {
        "the employee says no": employee_says("handoff_not_solved"),
        "the employee says yes": employee_says("handoff_solved"),
    },
    SolvedQuestion.SCORE: {
        "the employee says 1": employee_says("handoff_score_1"),
        "the employee says 3": employee_says("handoff_score_3"),
        "the employee says 5": employee_says("handoff_score_5"),
    },
}


async def test_whatever_happens_to_a_handoff_what_is_promised_holds(
    scene: Scene, clock: Clock, question: SolvedQuestion
) -> None:
    done, acts = set[str](), ACTS | ANSWERS[question]

    async def lived(wishes: list[str]) -> None:
        case, names = await _begun(scene, clock), list[str]()
        for wish in wishes:
            names.append(_possible(acts, case, await case.handoff(), wish, done.union(names)))
            await acts[names[-1]].do(case)
            try:
                await _holds(case)
            except AssertionError as error:
                error.add_note(f"one after the other: {', '.join(names)}")
                raise
        done.update(names)

    await for_each(st.permutations(list(acts)).map(lambda wishes: wishes[:MOST]), lived, FEW)
    assert done == set(acts)


def _possible(acts: Mapping[str, Act], case: Case, handoff: Handoff, wish: str, done: set[str]) -> str:
    """Returns an act that can have an effect now: rather one never done, else the wished one, else the next."""
    names = list(acts)
    wished = names.index(wish)
    possible = [name for name in names[wished:] + names[:wished] if acts[name].when(case, handoff)]
    return next((name for name in possible if name not in done), possible[0])


async def _begun(scene: Scene, clock: Clock) -> Case:
    before = {card.ts for card in scene.world.cards}
    root = await scene.ask(UNKNOWN)
    (card,) = (card for card in scene.world.cards if card.ts not in before)
    return Case(scene, clock, root, card)


async def _holds(case: Case) -> None:
    read = case.scene.texts(case.root)
    assert [one.words for one in case.by_agents if read.count(one.words) != one.crosses] == []
    assert [words for words in case.gone if words in read] == []
    await _nothing_of_the_employee_is_lost(case)
    await _the_stored_state_is_sound(case)


async def _nothing_of_the_employee_is_lost(case: Case) -> None:
    """Asserts that each message of the employee was relayed in its current form or asked, and each only once.

    It is both only if it was relayed and then handed back before an agent replied.
    """
    threads = [case.scene.world.thread(HANDOFF_CHANNEL, card.ts) for card in case.scene.world.cards]
    texts = [message.text for thread in threads for message in thread]
    # Another handoff, whose card shows it as a question, is told of an edit.
    shown = "\n".join(text for text in texts if not text.startswith("The employee has changed a message."))
    for one in case.by_employee:
        asked = await case.scene.count("questions", f"text LIKE '%{one.asked or one.words}%' AND state = 'answered'")
        assert (shown.count(one.words), asked) == (one.crosses, bool(one.asked)), one.words
    bots = "\n".join(message.text for thread in threads for message in thread if message.bot_id)
    assert [words for words in case.gone if words in bots] == []


async def _the_stored_state_is_sound(case: Case) -> None:
    handoff = await case.handoff()
    open_ones = f"conversation_id = '{handoff.conversation_id}' AND state != 'resolved'"
    assert await case.scene.count("handoffs", open_ones) <= 1
    assert handoff.has_agent <= (handoff.claimed_by in {ADA, BEN})
    assert handoff.claim is None or handoff.claim.by not in handoff.claim.joined
    ending = handoff.resolution
    assert ending.question is None or handoff.state is HandoffState.RESOLVED
    assert ending.score is None or ending.solved is ending.score.solved
    posts = (str(reply.blocks) for reply in case.scene.replies(case.root))
    asking = [blocks for blocks in posts if "handoff_score_1" in blocks and handoff.id in blocks]
    assert len(asking) == (ending.question is SolvedQuestion.SCORE)
    await case.scene.check_card(handoff, case.clock())
