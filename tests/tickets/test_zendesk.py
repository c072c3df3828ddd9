"""Traps of Zendesk: keys kept for two hours with their bytes, public comments by default, permanent closing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import AmbiguousError, BadRequestError, ForgedError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.redaction import redact
from bot.tickets.registry import TicketSystem
from bot.tickets.zendesk import Zendesk
from tests.tickets.contract import KEY, METADATA, adapter, draft
from tests.tickets.standins.base import Call
from tests.tickets.standins.zendesk import StandInZendesk


@pytest.fixture
async def zendesk() -> AsyncIterator[StandInZendesk]:
    async with StandInZendesk() as zendesk:
        yield zendesk


@pytest.fixture
async def tickets(zendesk: StandInZendesk) -> AsyncIterator[TicketSystem]:
    async with adapter(zendesk) as tickets:
        yield tickets


def creates(call: Call) -> bool:
    return call.method == "POST"


async def test_a_lost_create_is_sent_again_with_the_same_key_and_bytes(
    zendesk: StandInZendesk, tickets: TicketSystem
) -> None:
    zendesk.lag()
    zendesk.fail(creates, processed=True)

    with pytest.raises(AmbiguousError):
        await tickets.create(draft(), KEY)
    async with adapter(zendesk) as after_a_restart:
        ref = await after_a_restart.create(draft(), KEY)

    first, second = zendesk.writes
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"] == KEY
    assert [ticket.id for ticket in await zendesk.made()] == [ref.id]


async def test_a_key_that_came_with_other_words_is_looked_up_and_no_clear_no(
    zendesk: StandInZendesk, tickets: TicketSystem
) -> None:
    zendesk.lag()
    first = await tickets.create(draft(), KEY)

    with pytest.raises(AmbiguousError):
        await tickets.create(draft("said otherwise"), KEY)
    zendesk.settle()

    assert await tickets.create(draft("said otherwise"), KEY) == first
    assert len(await zendesk.made()) == 1


async def test_twins_made_after_the_key_was_forgotten_are_merged_in_private(
    zendesk: StandInZendesk, tickets: TicketSystem
) -> None:
    zendesk.lag()
    first = await tickets.create(draft(), KEY)
    zendesk.forget_keys()
    await tickets.create(draft(), KEY)
    zendesk.settle()

    assert await tickets.find(KEY) == first
    writes = len(zendesk.writes)
    assert await tickets.find(KEY) == first

    assert len(zendesk.writes) == writes
    (ticket,) = await zendesk.made()
    assert [note.public for note in ticket.comments] == [False]
    assert (await tickets.changes(first, 0.0)).comments == ()


async def test_the_ticket_itself_is_private_and_tagged(zendesk: StandInZendesk, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), KEY)
    zendesk.tags[ref.id].append("vip")
    await tickets.amend(ref, replace(METADATA, confidence_level="Very High"))

    assert zendesk.private == {ref.id}
    assert zendesk.tags[ref.id] == ["uppzy_m2m", "uppzy_confidence_low", "vip", "uppzy_confidence_very_high"]


async def test_an_identifier_without_a_field_is_said_once_in_private(zendesk: StandInZendesk) -> None:
    later = replace(METADATA, uppzy_request_id="req-late")
    async with adapter(zendesk, {"ZENDESK_FIELDS": "handoff_id=Desk handoff"}) as tickets:
        ref = await tickets.create(draft(), KEY)
        await tickets.amend(ref, later)
        await tickets.amend(ref, later)

    (ticket,) = await zendesk.made()
    assert [("req-late" in note.text, note.public) for note in ticket.comments] == [(True, False)]
    assert ticket.fields == {"Desk handoff": "hof_1"}


async def test_a_closed_ticket_stays_closed(zendesk: StandInZendesk, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), KEY)
    await zendesk.move(ref.id, TicketStatus.CLOSED)

    await tickets.set_status(ref, TicketStatus.SOLVED)
    with pytest.raises(BadRequestError) as caught:
        await tickets.set_status(ref, TicketStatus.OPEN)
    with pytest.raises(BadRequestError):
        await tickets.note(ref, redact("Too late."), public=False, key="eff_1")

    assert caught.value.code == "refused"
    assert await tickets.status(ref) is TicketStatus.CLOSED


async def test_who_has_a_ticket_keeps_it_when_it_is_solved_and_the_desk_takes_what_nobody_has(
    zendesk: StandInZendesk, tickets: TicketSystem
) -> None:
    theirs, nobodys = await tickets.create(draft(), KEY), await tickets.create(draft(), f"{KEY[:-1]}0")
    zendesk.assigned[theirs.id] = 77
    for ref in (theirs, nobodys):
        await tickets.set_status(ref, TicketStatus.OPEN)
        assert (ref.id in zendesk.assigned) == (ref == theirs)
        await tickets.set_status(ref, TicketStatus.SOLVED)

    assert zendesk.assigned == {theirs.id: 77, nobodys.id: 1}


async def test_nobody_but_an_employee_with_an_address_becomes_a_requester(
    zendesk: StandInZendesk, tickets: TicketSystem
) -> None:
    await tickets.create(replace(draft(), requester_name=None), KEY)
    await tickets.create(replace(draft(), requester_email=None), f"{KEY[:-1]}0")

    named, unnamed = (call.body["ticket"] for call in zendesk.writes)
    assert named["requester"] == {"name": "mia@example.com", "email": "mia@example.com"}
    assert "requester" not in unnamed


async def test_a_stand_still_or_nonsense_for_a_time_is_no_proof(zendesk: StandInZendesk) -> None:
    async with adapter(zendesk) as tickets:
        assert isinstance(tickets, Zendesk)
        request = zendesk.signed("7", zendesk.now())
        for at in (request.at - 301, request.at + 301):
            with pytest.raises(ForgedError):
                tickets.read_webhook(replace(request, at=at))
        assert tickets.read_webhook(replace(request, at=request.at + 299)).ticket_id == "7"
