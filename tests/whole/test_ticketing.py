"""Tickets refused by the ticket system: people are told, the handoff goes on, and an agent can retry."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.errors import BadRequestError
from bot.helpdesk.model.handoff import TicketDraft, TicketRef, TicketStatus
from bot.helpdesk.ports import Clock, Store
from bot.slack.markdown import render_sentence
from bot.tickets.local import DatabaseTickets
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, TOM, LocalWorld
from tests.addresses import thread_at
from tests.english import messages
from tests.whole.day import Day
from tests.whole.scene import NOT_AN_AGENT, UNKNOWN, Scene

RETRY = "handoff_retry_ticket"


class Counter:
    """An external ticket system that refuses new tickets while `closed`, and answers once it is `free`."""

    closed = True
    asked = 0

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.free.set()

    def tickets(self, store: Store, clock: Clock) -> DatabaseTickets:
        return Guarded(self, store, clock)


class Guarded(DatabaseTickets):
    def __init__(self, counter: Counter, store: Store, clock: Clock) -> None:
        super().__init__(store, clock)
        self._counter = counter

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        self._counter.asked += 1
        await self._counter.free.wait()
        if self._counter.closed:
            raise BadRequestError("The priority field is required.", system="tickets", code="400")
        return await super().create(draft, key)


@pytest.fixture
def counter(world: LocalWorld) -> Counter:
    counter = Counter()
    world.outside = replace(world.outside, tickets=counter.tickets)
    return counter


async def test_a_refused_ticket_is_on_the_card_the_employee_gets_no_number_and_the_handoff_goes_on(
    counter: Counter, day: Day
) -> None:
    root = await day.scene.ask(UNKNOWN)
    await day.pass_time(0.0)

    assert "The ticket could not be created (400)." in str(day.scene.card.blocks)
    assert "They'll reply here." in day.scene.texts(root)
    assert "HD-1" not in day.scene.texts(root)
    (alarm,) = day.alarms("a ticket wasn't created")
    assert alarm.text.startswith("🚨")
    assert counter.asked == 1
    await day.scene.press_card("claim")
    await day.scene.resolve("Switch it off and on.")

    assert f"Resolved by <@{ADA}>" in str(day.scene.card.blocks)
    assert "Switch it off and on." in day.scene.texts(root)
    assert len(day.alarms()) == 1
    assert (counter.asked, await day.scene.count("local_tickets")) == (1, 0)


@pytest.mark.both_engines
async def test_a_refused_ticket_is_created_once_when_an_agent_tries_again(counter: Counter, scene: Scene) -> None:
    await scene.ask(UNKNOWN)
    await scene.press(scene.card, RETRY, who=BEN)
    assert counter.asked == 2
    assert "could not be created (400)" in str(scene.card.blocks)
    await scene.press_card("claim")
    card = scene.card
    counter.closed = False

    await scene.press(card, RETRY, who=BEN)

    (ticket,) = await _tickets(scene)
    assert ticket == ("HD-1", TicketStatus.OPEN)
    assert "could not be created" not in str(scene.card.blocks)
    assert RETRY not in str(scene.card.blocks)
    assert [m.text[0] for m in scene.world.slack.messages(card.channel) if "a ticket wasn't created" in m.text] == [
        "✅"
    ]
    await scene.forge(card, RETRY, await _handoff_id(scene), who=ADA)
    assert scene.private_notes(ADA)[-1] == render_sentence(messages.agents.NO_TICKET_TO_RETRY)
    assert counter.asked == 3


async def test_a_ticket_that_comes_while_the_employee_is_waited_for_is_pending(counter: Counter, scene: Scene) -> None:
    await scene.ask(UNKNOWN)
    await scene.press_card("claim")
    await scene.press_card("wait")
    counter.closed = False

    await scene.press(scene.card, RETRY, who=ADA)

    assert [status for _, status in await _tickets(scene)] == [TicketStatus.PENDING]


async def test_a_ticket_that_comes_after_the_resolution_is_solved_and_has_the_answer_that_came_late(
    counter: Counter, scene: Scene
) -> None:
    await scene.ask(f"{UNKNOWN}. I want to talk to a person")
    await scene.resolve("Switch it off and on.")
    counter.closed = False

    await scene.press(scene.card, RETRY, who=ADA)

    assert [status for _, status in await _tickets(scene)] == [TicketStatus.SOLVED]
    (request,) = [asked.request_id for asked in scene.world.uppzy.asked]
    assert await scene.count("local_tickets", f"metadata LIKE '%{request}%'") == 1
    assert await scene.count("local_tickets", "notes LIKE '%Switch it off and on.%'") == 1


@pytest.mark.both_engines
async def test_an_employee_who_got_no_number_gets_it_once_when_the_ticket_is_there_after_all(
    counter: Counter, scene: Scene
) -> None:
    root = await scene.ask(UNKNOWN)
    before = len(scene.replies(root))
    counter.closed = False

    await scene.press(scene.card, RETRY, who=BEN)

    (told,) = scene.replies(root)[before:]
    assert told.text == "Your ticket number is *HD-1*."
    await scene.resolve("Switch it off and on.")
    assert scene.texts(root).count("Your ticket number") == 1


async def test_after_the_resolution_nobody_is_told_a_number_and_what_opens_it_again_names_the_ticket(
    counter: Counter, scene: Scene
) -> None:
    root = await scene.ask(UNKNOWN)
    await scene.resolve("Switch it off and on.")
    before = scene.texts(root)
    counter.closed = False

    await scene.press(scene.card, RETRY, who=ADA)

    assert len(await _tickets(scene)) == 1
    assert scene.texts(root) == before
    await scene.press_card("reopen")
    assert "has reopened *HD-1*" in scene.texts(root)
    assert "Your ticket number" not in scene.texts(root)


@pytest.mark.parametrize("closed", [False, True], ids=["created", "refused"])
async def test_nobody_is_told_to_wait_for_a_person_because_a_ticket_is_slower_than_the_people(
    counter: Counter, scene: Scene, closed: bool
) -> None:
    counter.closed = closed
    counter.free.clear()
    slack = scene.world.slack
    root = (await slack.dm(MIA, UNKNOWN)).ts
    await slack.wait_for(lambda: scene.world.cards)
    await slack.press(ADA, HANDOFF_CHANNEL, scene.card.ts, "handoff_hand_back")
    await slack.wait_for(lambda: "back to me, the assistant" in scene.texts(root))

    counter.free.set()
    await scene.settled()

    assert "They'll reply here." not in scene.texts(root)
    assert len(await _tickets(scene)) == (0 if closed else 1)


async def test_who_is_no_agent_tries_nothing_again(counter: Counter, scene: Scene) -> None:
    await scene.ask(UNKNOWN)

    await scene.forge(scene.card, RETRY, await _handoff_id(scene), who=TOM)

    assert scene.private_notes(TOM)[-1] == NOT_AN_AGENT
    assert counter.asked == 1


async def _handoff_id(scene: Scene) -> str:
    handoff = await scene.look(lambda tx: tx.handoffs.of_thread(thread_at(scene.card.channel, scene.card.ts)))
    assert handoff is not None
    return handoff.id


async def _tickets(scene: Scene) -> list[tuple[str, TicketStatus]]:
    """Returns number and status of the only card's ticket; empty if there is none."""
    handoff = await scene.look(lambda tx: tx.handoffs.of_thread(thread_at(scene.card.channel, scene.card.ts)))
    assert handoff is not None
    if handoff.ticket.ref is None:
        return []
    id = handoff.ticket.ref.id
    ticket = await scene.look(lambda tx: tx.local_tickets.get(id))
    return [] if ticket is None else [(ticket.number, ticket.status)]
