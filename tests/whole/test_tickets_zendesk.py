"""Tickets of the whole bot in Zendesk, whose idempotency keys are valid only for identical request bodies."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.helpdesk.model.handoff import TicketStatus
from sandbox.world import LocalWorld
from tests.tickets.standins.base import Call
from tests.tickets.standins.freshdesk import StandInFreshdesk
from tests.tickets.standins.zendesk import StandInZendesk
from tests.whole.scene import UNKNOWN
from tests.whole.test_tickets import at_work, shown


def creates(call: Call) -> bool:
    return call.method == "POST"


@pytest.mark.parametrize("status", [None, 503])
async def test_a_ticket_that_zendesk_does_not_show_yet_is_sent_again_byte_for_byte(
    world: LocalWorld, policy: Path, database_url: str, status: int | None
) -> None:
    async with StandInZendesk() as zendesk:
        zendesk.lag()
        for _ in range(2):
            zendesk.fail(creates, processed=True, status=status)
        async with at_work(world, zendesk, policy, database_url) as scene:
            await scene.ask(UNKNOWN)
            await world.slack.wait_for(lambda: any("#1" in shown(card) for card in world.cards))
            zendesk.settle()

            await scene.press_card("claim")
            await zendesk.wait_for(lambda: any("Claimed" in said.text for said in zendesk.tickets["1"].comments))

    sent = [(call.headers["idempotency-key"], call.body) for call in zendesk.writes if creates(call)]
    assert len(sent) == 3
    assert sent[0] == sent[1] == sent[2]
    (ticket,) = await zendesk.made()
    assert ticket.status is TicketStatus.OPEN
    assert not any(said.public for said in ticket.comments)


@pytest.mark.parametrize("kind", [StandInZendesk, StandInFreshdesk])
async def test_somebody_who_is_suspended_gets_a_ticket_and_nobody_an_alarm(
    world: LocalWorld, policy: Path, database_url: str, kind: type[StandInZendesk | StandInFreshdesk]
) -> None:
    async with kind() as place:
        if isinstance(place, StandInZendesk):
            place.suspended = {"mia@example.com"}
        else:
            place.blocked = {"mia@example.com": "requester_id"}
        async with at_work(world, place, policy, database_url) as scene:
            await scene.ask(UNKNOWN)
            await world.slack.wait_for(lambda: any("#1" in shown(card) for card in world.cards))
            await scene.settled()

            assert await scene.count("alarms") == 0
            assert await scene.count("effects", "state = 'failed'") == 0

    (ticket,) = await place.made()
    assert "Asked by: Mia" in ticket.text
    assert "mia@example.com" in ticket.text
