"""Tickets in external ticket systems: their display in Slack and there, in normal operation and in outages."""

from __future__ import annotations

import functools
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.ports import HasContacts
from bot.tickets.registry import SYSTEMS
from sandbox.slack import Message
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL, MIA, LocalWorld, local_settings
from tests.bot_process import BotProcess
from tests.tickets.contract import STAND_INS
from tests.tickets.promises import Promise
from tests.tickets.standins.base import StandIn, TicketRecord
from tests.tickets.standins.github import StandInGitHub
from tests.tickets.standins.hubspot import StandInHubSpot
from tests.tickets.standins.rt import StandInRt
from tests.tickets.standins.webhook import StandInWebhook
from tests.whole.scene import PERSON, UNKNOWN, Clock, Scene

ALWAYS_NOTED = 'relay_delay_seconds = 0\n[note]\nwhen = "always"'
ASKERS = [f"U0ASK{number:04}" for number in range(5)]


@asynccontextmanager
async def at_work(world: LocalWorld, place: StandIn, policy: Path, database_url: str) -> AsyncIterator[Scene]:
    """Runs the bot with this ticket system."""
    more = {"POLICY_FILE": str(policy), "TICKETS": place.system, **place.variables()}
    world.settings = local_settings(world.slack, world.uppzy, database_url, more)
    world.outside = replace(
        world.outside, timeouts=replace(world.outside.timeouts, ticket_queue_poll=0.02, ticket_search_interval=0.02)
    )
    async with world.bot() as bot:
        yield Scene(world, bot)


@pytest.fixture
async def rt() -> AsyncIterator[StandInRt]:
    async with StandInRt() as place:
        yield place


@pytest.fixture
async def github() -> AsyncIterator[StandInGitHub]:
    async with StandInGitHub() as place:
        yield place


@pytest.fixture
async def in_rt(world: LocalWorld, rt: StandInRt, policy: Path, database_url: str) -> AsyncIterator[Scene]:
    async with at_work(world, rt, policy, database_url) as scene:
        yield scene


def there_are_cards(world: LocalWorld, number: int) -> bool:
    return len(world.cards) == number


def looked_up(github: StandInGitHub) -> int:
    """Returns the number of searches for an issue."""
    return sum("labels" in call.query for call in github.calls)


def shown(card: Message) -> str:
    return f"{card.text}{card.blocks}"


async def test_a_ticket_leads_to_the_card_and_the_card_to_the_ticket(in_rt: Scene, rt: StandInRt) -> None:
    root = await in_rt.ask(UNKNOWN)

    (ticket,) = await rt.made()
    card = in_rt.card
    link = f"/archives/{HANDOFF_CHANNEL}/p{card.ts.replace('.', '')}"
    assert ticket.requester == "mia@example.com"
    assert UNKNOWN in ticket.text
    assert link in f"{ticket.text}{[note.text for note in ticket.comments]}"
    assert f"{rt.url}/Ticket/Display.html?id={ticket.id}|#{ticket.id}" in shown(card)
    assert f"#{ticket.id}" in in_rt.texts(root)


async def test_what_is_done_in_slack_is_done_with_the_ticket(in_rt: Scene, rt: StandInRt) -> None:
    await in_rt.ask(UNKNOWN)
    (ticket,) = await rt.made()

    await in_rt.press_card("claim")
    claimed = ticket.status
    await in_rt.resolve("The blorp was unplugged.")

    assert (claimed, ticket.status) == (TicketStatus.OPEN, TicketStatus.SOLVED)
    assert not any(note.public for note in ticket.comments)
    assert "The blorp was unplugged." in ticket.comments[-1].text


@pytest.mark.parametrize("kind", STAND_INS, ids=lambda kind: kind.system)
async def test_every_ticket_system_follows_its_handoff(
    world: LocalWorld, kind: type[StandIn], policy: Path, database_url: str
) -> None:
    async with kind() as place, at_work(world, place, policy, database_url) as scene:
        await scene.ask(UNKNOWN)
        (ticket,) = await place.made()
        claimed = await _status_after(scene, ticket, scene.press_card("claim"))
        resolved = await _status_after(scene, ticket, scene.resolve("The blorp was unplugged."))

    assert UNKNOWN in ticket.text
    assert f"{ticket.id}>" in shown(scene.card)
    assert (claimed, resolved) == (place.statuses.get(TicketStatus.OPEN, TicketStatus.OPEN), TicketStatus.SOLVED)
    assert "The blorp was unplugged." in ticket.comments[-1].text
    assert Promise.PRIVATE in kind.lacks or not any(note.public for note in ticket.comments)


@pytest.mark.parametrize("known", [True, False], ids=["known there", "unknown there"])
@pytest.mark.parametrize("kind", [one for one in STAND_INS if one not in (StandInHubSpot, StandInWebhook)])
@pytest.mark.parametrize("handoff_rules", [ALWAYS_NOTED])
async def test_after_a_conversation_its_note_is_on_the_person_or_else_on_the_ticket(
    world: LocalWorld, kind: type[StandIn], known: bool, policy: Path, database_url: str
) -> None:
    keeps_people = issubclass(SYSTEMS[kind.system], HasContacts)
    async with kind() as place:
        if known:
            await place.know("mia@example.com", "Likes tea.")
        async with at_work(world, place, policy, database_url) as scene:
            await scene.ask(UNKNOWN)
            await scene.resolve("The blorp was unplugged.")
            await scene.settled()
        (ticket,) = await place.made()
        about = await place.about("mia@example.com") if known else ""

    on_ticket = [note for note in ticket.comments if "source: uppzy_m2m" in note.text]
    assert about.count("source: uppzy_m2m") == (known and keeps_people)
    assert len(on_ticket) == (not (known and keeps_people))
    assert about.startswith("Likes tea." if known else "")
    assert "resolved by people as solved" in f"{about}{on_ticket}"
    assert UNKNOWN not in f"{about}{on_ticket}"
    assert Promise.PRIVATE in kind.lacks or not any(note.public for note in on_ticket)


@pytest.mark.parametrize("handoff_rules", [ALWAYS_NOTED])
async def test_a_local_ticket_takes_the_note_too(world: LocalWorld, policy: Path, database_url: str) -> None:
    world.settings = local_settings(world.slack, world.uppzy, database_url, {"POLICY_FILE": str(policy)})
    async with world.bot() as bot:
        scene = Scene(world, bot)
        await scene.ask(UNKNOWN)
        await scene.resolve("The blorp was unplugged.")

        assert await scene.count("local_tickets", "notes LIKE '%source: uppzy_m2m%'") == 1


async def _status_after(scene: Scene, ticket: TicketRecord, move: Awaitable[object]) -> TicketStatus:
    await move
    await scene.settled()
    return ticket.status


async def test_of_several_tickets_in_one_delivery_each_is_seen(
    world: LocalWorld, policy: Path, database_url: str
) -> None:
    async with StandInHubSpot() as hubspot, at_work(world, hubspot, policy, database_url) as scene:
        for who in (MIA, BEN):
            await scene.ask(UNKNOWN, who=who)
        tickets = await hubspot.made()
        for ticket in tickets:
            await hubspot.move(ticket.id, TicketStatus.PENDING)
        kind = {"occurredAt": 5, "subscriptionType": "ticket.propertyChange"}
        events = [{**kind, "eventId": number, "objectId": int(one.id)} for number, one in enumerate(tickets)]
        delivery = hubspot.signed_events(events, time.time())
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"{scene.bot.url}/webhooks/tickets/hubspot"
            answer = await client.post(url, content=delivery.body, headers=dict(delivery.headers))
        await scene.settled()

        assert answer.json() == {"status": "accepted"}
        assert ["pending" in shown(card) for card in world.cards] == [True, True]


async def test_secrets_reach_no_ticket_system(in_rt: Scene, rt: StandInRt) -> None:
    await in_rt.ask(f"{PERSON}, my password is hunter2secret")
    await in_rt.resolve("Set the password: hunter3secret")

    assert "hunter2secret" not in str(rt.calls)
    assert "hunter3secret" not in str(rt.calls)


async def test_a_ticket_names_the_card_from_the_start(
    world: LocalWorld, github: StandInGitHub, policy: Path, database_url: str
) -> None:
    world.outside = replace(world.outside, timeouts=replace(world.outside.timeouts, card_wait=3600.0))
    async with at_work(world, github, policy, database_url) as scene:
        await scene.ask(UNKNOWN)
        link = f"/archives/{HANDOFF_CHANNEL}/p{scene.card.ts.replace('.', '')}"

    (created,) = github.writes
    assert link in created.body["body"]


async def test_the_address_of_the_card_is_added_where_the_ticket_was_quicker(
    world: LocalWorld, github: StandInGitHub, policy: Path, database_url: str
) -> None:
    card = world.slack.faults.held("chat.postMessage", when=lambda args: args.get("channel") == HANDOFF_CHANNEL)
    async with at_work(world, github, policy, database_url) as scene:
        root = (await world.slack.dm(MIA, UNKNOWN)).ts
        await world.slack.wait_for(lambda: "They'll reply here." in scene.texts(root))
        card.release()
        await scene.settled()
        link = f"/archives/{HANDOFF_CHANNEL}/p{scene.card.ts.replace('.', '')}"

    (ticket,) = await github.made()
    created = next(call for call in github.writes if call.method == "POST")
    assert "chat_url" not in created.body["body"]
    assert link in ticket.text
    assert UNKNOWN in ticket.text
    assert "uppzy_session_id: desk-" in ticket.text


# An outage.


async def test_after_an_outage_of_hours_tickets_appear_in_order_and_once_each(
    world: LocalWorld, rt: StandInRt, policy: Path, database_url: str, clock: Clock
) -> None:
    world.outside = replace(world.outside, clock=clock)
    for number, who in enumerate(ASKERS):
        world.slack.add_user(who, f"asker{number}", email=f"asker{number}@example.com")
    async with at_work(world, rt, policy, database_url) as scene:
        await rt.go_down()
        for number, who in enumerate(ASKERS):
            await world.slack.dm(who, f"{PERSON} about matter {number}")
            await world.slack.wait_for(functools.partial(there_are_cards, world, number + 1))
            clock.advance(3 * 3600.0)
        await world.slack.wait_for(lambda: all("Ticket pending" in shown(card) for card in world.cards))
        await world.slack.press(ADA, HANDOFF_CHANNEL, world.cards[0].ts, "handoff_claim")

        await rt.come_back()
        await world.slack.wait_for(lambda: all("#" in shown(card) for card in world.cards))
        await scene.settled()

    tickets = await rt.made()
    assert [ticket.text.count(f"about matter {number}") for number, ticket in enumerate(tickets)] == [1] * len(ASKERS)
    assert tickets[0].status is TicketStatus.OPEN
    assert not any("Ticket pending" in shown(card) for card in world.cards)


async def test_an_employee_is_told_the_number_of_a_ticket_that_came_late_once(in_rt: Scene, rt: StandInRt) -> None:
    slack = in_rt.world.slack
    await rt.go_down()
    root = (await slack.dm(MIA, UNKNOWN)).ts
    await slack.wait_for(lambda: "They'll reply here." in in_rt.texts(root))
    assert "number" not in in_rt.texts(root)

    await rt.come_back()
    await slack.wait_for(lambda: "#1" in in_rt.texts(root))
    await in_rt.press_card("claim")

    assert in_rt.texts(root).count("Your ticket number is *#1*.") == 1


async def test_one_ticket_that_always_fails_holds_up_no_other(in_rt: Scene, rt: StandInRt) -> None:
    slack = in_rt.world.slack
    slack.add_user(ASKERS[0], "unlucky", email="unlucky@example.com")
    for _ in range(200):
        rt.fail(lambda call: call.writes and "unlucky" in str(call.body), status=500)
    await slack.dm(ASKERS[0], UNKNOWN)
    await slack.wait_for(lambda: any("Ticket pending" in shown(card) for card in in_rt.world.cards))

    root = (await slack.dm(MIA, UNKNOWN)).ts
    await slack.wait_for(lambda: "#1" in in_rt.texts(root))

    assert [ticket.requester for ticket in await rt.made()] == ["mia@example.com"]


# Lost responses.


async def test_a_ticket_that_the_index_does_not_show_yet_is_waited_for(
    world: LocalWorld, github: StandInGitHub, policy: Path, database_url: str, clock: Clock
) -> None:
    world.outside = replace(world.outside, clock=clock)
    github.lag()
    github.fail(lambda call: call.method == "POST", processed=True)
    async with at_work(world, github, policy, database_url) as scene:
        await world.slack.dm(MIA, UNKNOWN)
        await github.wait_for(lambda: looked_up(github) == 7)
        assert len(github.tickets) == 1

        github.settle()
        await world.slack.wait_for(lambda: "#1" in shown(scene.card))

    assert len(github.tickets) == 1


async def test_a_ticket_that_never_arrived_is_created_once_the_index_has_settled(
    world: LocalWorld, github: StandInGitHub, policy: Path, database_url: str, clock: Clock
) -> None:
    world.outside = replace(world.outside, clock=clock)
    github.fail(lambda call: call.method == "POST")
    async with at_work(world, github, policy, database_url) as scene:
        await world.slack.dm(MIA, UNKNOWN)
        await github.wait_for(lambda: looked_up(github) == 7)
        assert await github.made() == []

        clock.advance(10.0)
        await github.wait_for(lambda: looked_up(github) == 11)
        assert await github.made() == []
        clock.advance(6.0)
        await world.slack.wait_for(lambda: "#1" in shown(scene.card))

    assert [call.method for call in github.writes][:2] == ["POST", "POST"]
    assert len(await github.made()) == 1


async def test_a_twin_that_shows_up_late_is_closed_and_the_card_leads_to_the_other(
    world: LocalWorld, github: StandInGitHub, policy: Path, database_url: str, clock: Clock
) -> None:
    world.outside = replace(world.outside, clock=clock)
    github.lag()
    github.fail(lambda call: call.method == "POST", processed=True)
    async with at_work(world, github, policy, database_url) as scene:
        await world.slack.dm(MIA, UNKNOWN)
        await github.wait_for(lambda: looked_up(github) == 7)
        clock.advance(16.0)
        await world.slack.wait_for(lambda: "#2" in shown(scene.card))

        github.settle()
        await scene.press_card("claim")
        await world.slack.wait_for(lambda: "#1" in shown(scene.card))

    assert [ticket.id for ticket in await github.made()] == ["1"]
    assert "Claimed in Slack." in github.tickets["1"].comments[-1].text


async def test_every_attempt_says_the_same_whatever_changes_meanwhile(
    world: LocalWorld, rt: StandInRt, policy: Path, database_url: str
) -> None:
    rt.fail(lambda call: call.writes, status=500)
    rt.fail(lambda call: call.writes and renamed(), status=500)

    def renamed() -> bool:
        world.slack.add_user(MIA, "Maria", email="maria@example.com")
        return True

    async with at_work(world, rt, policy, database_url) as scene:
        await scene.ask(UNKNOWN)
        await world.slack.wait_for(lambda: any("#1" in shown(card) for card in world.cards))

    bodies = [call.body for call in rt.writes if "Subject" in (call.body or {})]
    assert len(bodies) == 3
    assert bodies[0] == bodies[1] == bodies[2]


async def test_killed_between_creating_and_keeping_it_the_desk_finds_its_ticket(
    world: LocalWorld, rt: StandInRt, tmp_path: Path, database_url: str
) -> None:
    process = BotProcess(world.slack, world.uppzy, tmp_path, database_url, more={"TICKETS": "rt", **rt.variables()})
    world.slack.events_url = process.events_url
    await process.start()
    try:
        rt.fail(lambda call: call.writes, processed=True, hang=True)
        await world.slack.dm(MIA, UNKNOWN)
        await rt.wait_for(lambda: bool(rt.tickets))
        await process.kill()
        await process.start()
        await world.slack.wait_for(lambda: any("#1" in shown(card) for card in world.cards))
    finally:
        await process.kill()

    assert len(rt.tickets) == 1


# Problems that people must fix.


async def test_wrong_credentials_leave_the_handoff_alone_and_raise_one_alarm(
    world: LocalWorld, rt: StandInRt, policy: Path, database_url: str
) -> None:
    place = rt
    good = place.variables()
    place.variables = lambda: {**good, "RT_TOKEN": "1-2-wrong"}  # type: ignore[method-assign]
    async with at_work(world, place, policy, database_url) as scene:
        for who in (MIA, BEN):
            await world.slack.dm(who, PERSON)
        await scene.settled()

        assert len(world.cards) == 2
        assert all("could not be created (401)" in shown(card) for card in world.cards)
        alarms = [one for one in world.slack.messages(HANDOFF_CHANNEL) if "rejected" in one.text]
    assert len(alarms) == 1
    assert "uppzy-desk check" in shown(alarms[0])


async def test_a_move_that_the_ticket_system_refuses_is_an_alarm(in_rt: Scene, rt: StandInRt) -> None:
    await in_rt.ask(UNKNOWN)
    rt.refuses_moves = True

    await in_rt.press_card("claim")

    said = [one.text for one in in_rt.world.slack.messages(HANDOFF_CHANNEL)]
    assert any("refused" in text and "the status of a ticket wasn't changed" in text for text in said)
