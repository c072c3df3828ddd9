"""Traps of Freshdesk and Freshservice: lists that end early, HTML, numbers for statuses, unsigned notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import ValidationError

from bot.errors import ForgedError, NotFoundError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.ports import SendsWebhooks
from bot.helpdesk.redaction import redact
from bot.tickets.freshdesk import FreshdeskSettings
from bot.tickets.registry import TicketSystem
from tests.tickets.contract import KEY, METADATA, adapter, draft
from tests.tickets.standins.base import TicketRecord
from tests.tickets.standins.freshdesk import EMAIL, StandInFreshdesk, StandInFreshservice


@pytest.fixture(params=[StandInFreshdesk, StandInFreshservice], ids=lambda kind: kind.system)
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[StandInFreshdesk]:
    async with request.param() as backend:
        yield backend


@pytest.fixture
async def tickets(backend: StandInFreshdesk) -> AsyncIterator[TicketSystem]:
    async with adapter(backend) as tickets:
        yield tickets


def crowd(backend: StandInFreshdesk, most: int, requester: str) -> None:
    """Adds that many tickets, newer than all existing ones."""
    for _ in range(most):
        backend.add(TicketRecord(id=backend.next_id(), key="", requester=requester, status=TicketStatus.OPEN))


async def test_a_ticket_is_found_among_many_newer_ones_of_others(
    backend: StandInFreshdesk, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft(), KEY)
    crowd(backend, 250, "others@example.com")

    assert await tickets.find(KEY) == ref


async def test_before_a_ticket_is_created_all_of_its_requester_are_looked_through(
    backend: StandInFreshdesk, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft(), KEY)
    backend.old.add(ref.id)
    crowd(backend, 150, "mia@example.com")
    crowd(backend, 400, "others@example.com")

    assert await tickets.find(KEY) is None
    assert await tickets.create(draft(), KEY) == ref


async def test_somebody_who_is_not_known_there_gets_a_ticket_all_the_same(
    backend: StandInFreshdesk, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft(), KEY)

    refused = next(call for call in backend.calls if "email" in call.query)
    assert refused.query["email"] == "mia@example.com"
    assert backend.tickets[ref.id].requester == "mia@example.com"


async def test_without_an_address_the_desk_itself_asks(backend: StandInFreshdesk, tickets: TicketSystem) -> None:
    ref = await tickets.create(replace(draft(), requester_email=None), KEY)
    crowd(backend, 400, "others@example.com")

    assert await tickets.create(replace(draft(), requester_email=None), KEY) == ref
    assert backend.tickets[ref.id].requester == EMAIL


async def test_a_twin_is_told_why_and_closed_once(backend: StandInFreshdesk, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), KEY)
    twin = TicketRecord(id="2", key=KEY, fields={backend.key_field: KEY}, status=TicketStatus.OPEN)
    backend.add(twin)

    assert await tickets.find(KEY) == ref
    writes = len(backend.writes)
    assert await tickets.find(KEY) == ref

    assert len(backend.writes) == writes
    assert twin.status is TicketStatus.CLOSED
    assert twin.gone
    assert [(note.public, "#1" in note.text) for note in twin.comments] == [(False, True)]


async def test_what_employees_write_is_shown_and_not_taken_for_html(
    backend: StandInFreshdesk, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft("<b>bold</b> & <script>alert(1)</script>"), KEY)
    await tickets.note(ref, redact("if a < b:\n  <i>c</i>"), public=False, key="eff_1")

    created, noted = (call.body for call in backend.writes)
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; &lt;script&gt;" in created["description"]
    assert noted["body"].startswith("if a &lt; b:<br>")
    assert noted["private"] is True


async def test_an_identifier_without_a_field_is_said_once_in_private(backend: StandInFreshdesk) -> None:
    later = replace(METADATA, uppzy_request_id="req-late")
    async with adapter(backend, {f"{backend.system.upper()}_FIELDS": ""}) as tickets:
        ref = await tickets.create(draft(), KEY)
        await tickets.amend(ref, later)
        await tickets.amend(ref, later)

    (note,) = backend.tickets[ref.id].comments
    assert (note.public, "req-late" in note.text) == (False, True)


async def test_statuses_of_the_account_are_named_by_their_numbers(backend: StandInFreshdesk) -> None:
    async with adapter(backend, {f"{backend.system.upper()}_STATUSES": "closed=5, pending=4, solved=3"}) as tickets:
        ref = await tickets.create(draft(), KEY)
        await tickets.set_status(ref, TicketStatus.SOLVED)
        assert backend.tickets[ref.id].status is TicketStatus.PENDING
        assert await tickets.status(ref) is TicketStatus.SOLVED
        await tickets.set_status(ref, TicketStatus.CLOSED)
        assert backend.tickets[ref.id].status is TicketStatus.CLOSED


def test_a_status_that_is_no_number_is_refused_at_the_start() -> None:
    required = {"FRESHDESK_URL": "https://acme.freshdesk.com", "FRESHDESK_API_KEY": "key", "FRESHDESK_EMAIL": EMAIL}

    with pytest.raises(ValidationError) as caught:
        FreshdeskSettings.model_validate({**required, "FRESHDESK_STATUSES": "pending=Waiting"})

    assert "by their numbers" in str(caught.value)


async def test_a_ticket_that_people_closed_is_not_opened_to_be_solved(
    backend: StandInFreshdesk, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft(), KEY)
    await backend.move(ref.id, TicketStatus.CLOSED)

    await tickets.set_status(ref, TicketStatus.SOLVED)

    assert backend.tickets[ref.id].status is TicketStatus.CLOSED


async def test_a_ticket_in_the_trash_is_not_there(backend: StandInFreshdesk, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), KEY)
    backend.deleted.add(ref.id)

    with pytest.raises(NotFoundError):
        await tickets.status(ref)


async def test_authors_are_named_as_far_as_they_may_be_read(backend: StandInFreshdesk, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), KEY)
    await backend.comment(ref.id, "Hello", public=True)
    backend.fail(lambda call: "/agents/" in call.path, status=403)
    unnamed = (await tickets.changes(ref, 0.0)).comments
    named = (await tickets.changes(ref, 0.0)).comments

    assert [one.author for one in (*unnamed, *named)] == ["an agent", "Cara"]


async def test_a_note_is_found_on_any_page(backend: StandInFreshdesk, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), KEY)
    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
    for number in range(150):
        await backend.comment(ref.id, f"talk {number}", public=True)

    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")

    assert len((await tickets.changes(ref, 0.0)).comments) == 150
    assert sum(comment.ours for comment in backend.tickets[ref.id].comments) == 1


async def test_a_notice_is_accepted_for_its_secret_alone(backend: StandInFreshdesk, tickets: TicketSystem) -> None:
    assert isinstance(tickets, SendsWebhooks)
    request = backend.signed("7", backend.now())

    first, second = (tickets.read_webhook(replace(request, at=request.at + late)) for late in (0, 1))
    assert (first.ticket_id, second.ticket_id) == ("7", "7")
    assert first.delivery != second.delivery
    for headers in ({}, {"x-desk-secret": ""}, {"x-desk-secret": "wrong"}, {"x-desk-secret": "ä"}):
        with pytest.raises(ForgedError):
            tickets.read_webhook(replace(request, headers=headers))


async def test_without_a_secret_no_notice_is_accepted(backend: StandInFreshdesk) -> None:
    variables = {name: value for name, value in backend.variables().items() if not name.endswith("SECRET")}
    async with adapter(backend) as configured:
        unset = type(configured)(configured.variables.model_validate(variables))
    assert isinstance(unset, SendsWebhooks)

    with pytest.raises(ForgedError):
        unset.read_webhook(backend.signed("7", backend.now()))
    await unset.aclose()
