"""Specifics of HubSpot: properties with unique values, stages, contacts, and webhooks of many events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import AmbiguousError, BadRequestError, ForgedError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.ports import SendsWebhooks
from bot.helpdesk.redaction import redact
from bot.tickets.hubspot import HubSpot, HubSpotSettings
from tests.tickets.contract import KEY, METADATA, draft
from tests.tickets.shapes import complaints
from tests.tickets.standins.base import Call
from tests.tickets.standins.hubspot import OWNER, StandInHubSpot

OWN_STAGES = {
    "HUBSPOT_PIPELINE": "Intern",
    "HUBSPOT_STAGES": "new=Neu, open=In Arbeit, pending=9003, solved=Fertig, closed=Fertig",
}


@pytest.fixture
async def crm() -> AsyncIterator[StandInHubSpot]:
    async with StandInHubSpot() as crm:
        yield crm
    assert complaints(StandInHubSpot, crm.calls) == []


def variables_without(crm: StandInHubSpot, *names: str) -> dict[str, str]:
    return {name: value for name, value in crm.variables().items() if name not in names}


@pytest.fixture
async def tickets(crm: StandInHubSpot) -> AsyncIterator[HubSpot]:
    tickets = HubSpot(HubSpotSettings.model_validate(crm.variables()))
    yield tickets
    await tickets.aclose()


@pytest.fixture
async def plain_tickets(crm: StandInHubSpot) -> AsyncIterator[HubSpot]:
    """An account whose notes have no property with unique values."""
    variables = variables_without(crm, "HUBSPOT_NOTE_KEY_PROPERTY", "HUBSPOT_PROPERTIES")
    tickets = HubSpot(HubSpotSettings.model_validate(variables))
    yield tickets
    await tickets.aclose()


def notes_on(crm: StandInHubSpot, kind: str, id: str) -> list[str]:
    return [crm.notes[note]["hs_note_body"] for note, to, other in sorted(crm.links) if (to, other) == (kind, id)]


async def test_whoever_asks_is_the_contact_of_the_ticket(crm: StandInHubSpot, tickets: HubSpot) -> None:
    await tickets.create(draft(), KEY)

    (ticket,) = await crm.made()
    assert ticket.requester == "mia@example.com"
    assert list(crm.contacts) == ["mia@example.com"]


async def test_a_ticket_whose_contact_cannot_be_linked_is_a_ticket(crm: StandInHubSpot, tickets: HubSpot) -> None:
    crm.fail(lambda call: "contacts" in call.path, status=403)

    ref = await tickets.create(draft(), KEY)

    assert await tickets.find(KEY) == ref
    assert "Asked by: Mia mia@example.com" in crm.tickets[ref.id].text


async def test_what_people_did_with_a_ticket_is_not_undone_by_creating_it_again(
    crm: StandInHubSpot, tickets: HubSpot
) -> None:
    ref = await tickets.create(draft(), KEY)
    await crm.move(ref.id, TicketStatus.SOLVED)

    await tickets.create(draft(), KEY)

    assert await tickets.status(ref) is TicketStatus.SOLVED


async def test_a_row_that_is_refused_in_an_answer_that_succeeds_is_a_refusal(
    crm: StandInHubSpot, tickets: HubSpot
) -> None:
    crm.refuses_rows = True

    with pytest.raises(BadRequestError):
        await tickets.create(draft(), KEY)


async def test_a_note_on_a_contact_is_written_once(crm: StandInHubSpot, tickets: HubSpot) -> None:
    crm.fail(lambda call: call.path.endswith("/notes/batch/upsert"), processed=True)

    with pytest.raises(AmbiguousError):
        await tickets.contact_note("mia@example.com", redact("Answered.\n<b>Helpful</b>"), "eff_1")
    await tickets.contact_note("mia@example.com", redact("Answered.\n<b>Helpful</b>"), "eff_1")
    await tickets.contact_note("ben@example.com", redact("Answered."), "eff_2")

    (note,) = notes_on(crm, "contacts", crm.contacts["mia@example.com"])
    assert note.startswith("Answered.<br>&lt;b&gt;Helpful&lt;/b&gt;<br>")
    assert len(crm.notes) == 2


async def test_notes_without_a_property_for_the_key_are_written_once_too(
    crm: StandInHubSpot, plain_tickets: HubSpot
) -> None:
    def creates_a_note(call: Call) -> bool:
        return call.method == "POST" and call.path == "/crm/v3/objects/notes"

    ref = await plain_tickets.create(draft(), KEY)
    await plain_tickets.contact_note("mia@example.com", redact("Answered."), "eff_0")
    crm.fail(creates_a_note, processed=True)
    with pytest.raises(AmbiguousError):
        await plain_tickets.note(ref, redact("Claimed."), public=False, key="eff_1")
    for _ in range(2):
        await plain_tickets.note(ref, redact("Claimed."), public=False, key="eff_1")
        await plain_tickets.contact_note("mia@example.com", redact("Answered."), "eff_0")

    assert len(notes_on(crm, "tickets", ref.id)) == 1
    assert len(notes_on(crm, "contacts", crm.contacts["mia@example.com"])) == 1


async def test_all_notes_of_a_ticket_are_read_with_who_wrote_them(crm: StandInHubSpot, tickets: HubSpot) -> None:
    ref = await tickets.create(draft(), KEY)
    for number in range(7):
        await crm.comment(ref.id, f"Note &lt;{number}&gt;", public=False)

    comments = (await tickets.changes(ref, 0.0)).comments

    assert [comment.text for comment in comments] == [f"Note <{number}>" for number in range(7)]
    assert {comment.author for comment in comments} == {f"{OWNER['firstName']} {OWNER['lastName']}"}


async def test_somebody_whose_name_may_not_be_known_is_somebody(crm: StandInHubSpot, tickets: HubSpot) -> None:
    ref = await tickets.create(draft(), KEY)
    await crm.comment(ref.id, "Try again.", public=False)
    crm.fail(lambda call: "/owners/" in call.path, status=403)

    (comment,) = (await tickets.changes(ref, 0.0)).comments

    assert comment.author == "somebody"


async def test_stages_of_another_pipeline_are_named_by_name_or_id(crm: StandInHubSpot) -> None:
    tickets = HubSpot(HubSpotSettings.model_validate({**crm.variables(), **OWN_STAGES}))
    assert "Intern" in await tickets.check()

    ref = await tickets.create(draft(), KEY)
    assert (await tickets.status(ref), (await tickets.changes(ref, 0.0)).raw) == (TicketStatus.NEW, "Neu")
    for status in (TicketStatus.PENDING, TicketStatus.OPEN, TicketStatus.SOLVED):
        await tickets.set_status(ref, status)
        assert await tickets.status(ref) is status
    await tickets.aclose()


async def test_a_ticket_that_people_moved_into_another_pipeline_is_still_read(
    crm: StandInHubSpot, tickets: HubSpot
) -> None:
    ref = await tickets.create(draft(), KEY)

    read = []
    for stage in ("9002", "9004", "gone"):
        crm.tickets[ref.id].fields["stage"] = stage
        changes = await tickets.changes(ref, 0.0)
        read.append((changes.status, changes.raw))

    assert read == [
        (TicketStatus.OPEN, "In Arbeit"),
        (TicketStatus.SOLVED, "Fertig"),
        (TicketStatus.OPEN, "gone"),
    ]


async def test_identifiers_stand_in_properties_and_below_the_text(crm: StandInHubSpot, tickets: HubSpot) -> None:
    ref = await tickets.create(draft(), KEY)
    await tickets.amend(ref, replace(METADATA, uppzy_session_id="desk-session-2", uppzy_request_id="req-late"))

    (ticket,) = await crm.made()
    assert ticket.fields == {"uppzy_session": "desk-session-2"}
    assert ticket.text.endswith("chat_url: https://acme.slack.test/archives/C1/p1")
    assert "uppzy_request_id: req-late" in ticket.text


# Webhooks.


async def test_a_delivery_about_other_things_names_the_ticket_among_them(crm: StandInHubSpot, tickets: HubSpot) -> None:
    assert isinstance(tickets, SendsWebhooks)
    contact = {"eventId": 1, "subscriptionType": "contact.propertyChange", "objectId": 500}
    ticket = {"eventId": 2, "subscriptionType": "object.propertyChange", "objectTypeId": "0-5", "objectId": 7}

    named = tickets.read_webhook(crm.signed_events([contact, ticket], crm.now()))
    none = tickets.read_webhook(crm.signed_events([contact], crm.now()))

    assert (named.ticket_id, none.ticket_id) == ("7", "")


async def test_each_ticket_in_a_delivery_is_a_notice_of_its_own(crm: StandInHubSpot, tickets: HubSpot) -> None:
    events = [
        {"eventId": number, "occurredAt": 5, "subscriptionType": "ticket.propertyChange", "objectId": ticket}
        for number, ticket in enumerate((7, 8, 7, 9))
    ]

    notice = tickets.read_webhook(crm.signed_events(events, crm.now()))

    assert [one.ticket_id for one in (notice, *notice.others)] == ["7", "8", "9"]
    assert len({one.delivery for one in (notice, *notice.others)}) == 3


async def test_a_delivery_that_is_sent_again_is_known(crm: StandInHubSpot, tickets: HubSpot) -> None:
    """Repeats have another signature: HubSpot signs every attempt with its own time."""
    event = {"eventId": 1, "occurredAt": 5, "subscriptionType": "ticket.propertyChange", "objectId": 7}
    first, again = ({**event, "attemptNumber": attempt} for attempt in range(2))

    deliveries = {
        tickets.read_webhook(crm.signed_events([one], crm.now() + at)).delivery for at, one in ((0, first), (60, again))
    }

    assert len(deliveries) == 1


async def test_without_a_public_address_the_one_that_was_called_is_signed(crm: StandInHubSpot) -> None:
    variables = variables_without(crm, "HUBSPOT_WEBHOOK_URL")
    tickets = HubSpot(HubSpotSettings.model_validate(variables))
    request = crm.signed("7", crm.now())

    with pytest.raises(ForgedError):
        tickets.read_webhook(request)
    assert tickets.read_webhook(replace(request, url=crm.variables()["HUBSPOT_WEBHOOK_URL"])).ticket_id == "7"
    await tickets.aclose()
