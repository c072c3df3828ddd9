"""The queue of questions: within the limits, in order for each person, fair between persons, nobody starves."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from bot.errors import RateLimitedError
from bot.helpdesk.answering.ask_queue import AskLimiter, FairQueue, QueueSlot
from bot.helpdesk.config import AskLimits
from tests.deadlines import HUNG

PERSONS = st.sampled_from("ABCD")


class Queue(RuleBasedStateMachine):
    """A state machine in which people join, are called, are answered and leave in any order."""

    limits = AskLimits(of_all=4, of_one=2)

    def __init__(self) -> None:
        super().__init__()
        self.line = FairQueue(self.limits)
        self.waiting: list[QueueSlot] = []
        self.served: list[QueueSlot] = []
        self.room = 4

    def _call(self) -> None:
        for place in self.line.call():
            earlier = [other for other in self.waiting if other.person == place.person]
            assert earlier[0] is place
            self.waiting.remove(place)
            self.served.append(place)

    @rule(person=PERSONS)
    def join(self, person: str) -> None:
        place = QueueSlot(person)
        self.waiting.append(place)
        self.line.join(place)
        self._call()

    @precondition(lambda self: self.served)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        place = data.draw(st.sampled_from(self.served))
        self.served.remove(place)
        self.line.loosen()
        self.room = min(4, self.room + 1)
        self.line.leave(place)
        self._call()

    @precondition(lambda self: self.waiting)
    @rule(data=st.data())
    def go_away(self, data: st.DataObject) -> None:
        place = data.draw(st.sampled_from(self.waiting))
        self.waiting.remove(place)
        self.line.leave(place)
        self._call()

    @rule()
    def be_refused(self) -> None:
        self.line.tighten()
        self.room = max(1, len(self.served) // 2)

    @invariant()
    def nobody_exceeds_the_caps(self) -> None:
        assert len(self.served) <= 4
        assert all(count <= 2 for count in Counter(place.person for place in self.served).values())

    @invariant()
    def nobody_waits_while_there_is_room_for_them(self) -> None:
        of = Counter(place.person for place in self.served)
        may = [place for place in self.waiting if of[place.person] < 2]
        assert not may or len(self.served) >= self.room

    def teardown(self) -> None:
        """Asserts that everybody is served in the end."""
        while self.served:
            self.finish_first()
        assert self.waiting == []

    def finish_first(self) -> None:
        place = self.served.pop(0)
        self.line.leave(place)
        self._call()


TestQueue = Queue.TestCase


def joined(line: FairQueue, persons: str) -> list[QueueSlot]:
    places = [QueueSlot(person) for person in persons]
    for place in places:
        line.join(place)
    return places


def test_persons_take_turns_however_much_one_of_them_asks() -> None:
    line = FairQueue(AskLimits(of_all=1, of_one=1))
    joined(line, "AAAABC")
    order = ""
    while called := line.call():
        order += called[0].person
        line.leave(called[0])

    assert order == "ABCAAA"


@given(st.lists(PERSONS, max_size=20).map("".join))
def test_a_place_says_how_many_come_before_it(persons: str) -> None:
    line = FairQueue(AskLimits(of_all=1, of_one=1000))
    places = joined(line, persons)
    told = {place: line.before(place) for place in places}
    order: list[QueueSlot] = []
    while called := line.call():
        order += called
        line.leave(called[0])

    assert [told[place] for place in order] == list(range(len(places)))


def test_without_a_cap_only_a_person_s_own_questions_wait() -> None:
    line = FairQueue(AskLimits())
    joined(line, "AAAAA" + "B" * 2)

    assert Counter(place.person for place in line.call()) == {"A": 3, "B": 2}


class World:
    """A limiter, and questions that stay with the assistant until `answer` is released."""

    def __init__(self, limits: AskLimits) -> None:
        self.now = 0.0
        self.turnstile = AskLimiter(limits, lambda: self.now)
        self.asked: list[str] = []
        self.answer = asyncio.Semaphore(0)

    async def ask(self, person: str, error: Exception | None = None) -> None:
        async with self.turnstile.waiting(person) as place:
            while not await self.turnstile.called(place, 0.01):
                pass
            with self.turnstile.within_rate_limit():
                self.asked.append(person)
                await self.answer.acquire()
                if error is not None:
                    raise error


async def _steps() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_is_cancelled_while_waiting_or_just_called_takes_nobodys_turn() -> None:
    world = World(AskLimits(of_all=1))
    tasks = [asyncio.create_task(world.ask(person)) for person in "ABCD"]
    await _steps()
    assert world.asked == ["A"]

    tasks[1].cancel()
    world.answer.release()
    await asyncio.wait({tasks[0]})
    tasks[2].cancel()  # called when A left, but its task has not run yet
    await asyncio.gather(tasks[1], tasks[2], return_exceptions=True)
    world.answer.release()

    await asyncio.wait_for(tasks[3], HUNG)


async def test_a_refusal_holds_for_everybody_until_its_time_has_passed() -> None:
    world = World(AskLimits())
    world.answer.release()
    with pytest.raises(RateLimitedError):
        await world.ask("A", RateLimitedError(retry_after=7.0))

    with pytest.raises(RateLimitedError) as caught:
        await world.ask("B")
    assert caught.value.retry_after == pytest.approx(7.0)
    assert world.asked == ["A"]

    world.now = 7.0
    world.answer.release()
    await world.ask("B")


async def test_after_a_refusal_half_as_many_ask_at_once_and_every_answer_makes_room_for_one_more() -> None:
    world = World(AskLimits())
    eight = [asyncio.create_task(world.ask(f"P{number}", RateLimitedError(retry_after=1.0))) for number in range(8)]
    await _steps()
    assert len(world.asked) == 8
    for _ in eight:
        world.answer.release()
    await asyncio.gather(*eight, return_exceptions=True)
    world.now, world.asked = 2.0, []

    more = [asyncio.create_task(world.ask(f"Q{number}")) for number in range(12)]
    await _steps()
    assert len(world.asked) == 4
    world.answer.release()
    await _steps()

    assert len(world.asked) == 4 + 2
    for _ in more:
        world.answer.release()
    await asyncio.gather(*more)
