"""Specifics of Jira: fields that a request type lacks, a search that lags, workflows that differ."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import BadRequestError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.ports import SendsWebhooks
from bot.helpdesk.redaction import redact
from bot.tickets.jsm import JiraServiceManagement, JsmSettings
from bot.tickets.registry import TicketSystem
from tests.tickets.contract import KEY, METADATA, adapter, draft
from tests.tickets.shapes import complaints
from tests.tickets.standins.jsm import StandInJsm

OPTIONAL = ("JSM_KEY_FIELD", "JSM_STATUSES")


@pytest.fixture
async def jira() -> AsyncIterator[StandInJsm]:
    async with StandInJsm() as jira:
        yield jira
    assert complaints(StandInJsm, jira.calls) == []


@pytest.fixture
async def tickets(jira: StandInJsm) -> AsyncIterator[TicketSystem]:
    async with adapter(jira) as tickets:
        yield tickets


@pytest.fixture
async def plain_tickets(jira: StandInJsm) -> AsyncIterator[JiraServiceManagement]:
    """An adapter with only the required settings."""
    required = {name: value for name, value in jira.variables().items() if name not in OPTIONAL}
    tickets = JiraServiceManagement(JsmSettings.model_validate(required))
    yield tickets
    await tickets.aclose()


async def test_identifiers_stand_on_the_issue_and_link_back_to_the_thread(
    jira: StandInJsm, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft(), KEY)
    await tickets.amend(ref, replace(METADATA, uppzy_request_id="req-late"))

    (ticket,) = await jira.made()
    assert ticket.fields == {
        "handoff_id": "hof_1",
        "uppzy_session_id": "desk-session-1",
        "uppzy_request_id": "req-late",
        "confidence_level": "low",
        "source": "uppzy_m2m",
        "chat_url": METADATA.chat_url,
    }
    assert jira.labels[ref.id] == {KEY}
    assert jira.links[ref.id] == {"uppzy-desk=hof_1": METADATA.chat_url}


async def test_what_cannot_be_added_afterwards_does_not_undo_a_ticket(jira: StandInJsm, tickets: TicketSystem) -> None:
    jira.fail(lambda call: call.method == "PUT", status=403)

    ref = await tickets.create(draft(), KEY)

    assert await tickets.find(KEY) == ref


async def test_a_request_type_without_a_field_for_the_key_has_it_in_the_text(
    jira: StandInJsm, plain_tickets: TicketSystem
) -> None:
    jira.fail(lambda call: call.method == "PUT")
    ref = await plain_tickets.create(draft(), KEY)
    other = await plain_tickets.create(draft(), f"{KEY[:-1]}0")

    assert KEY in jira.tickets[ref.id].text
    assert jira.tickets[ref.id].key == ""
    assert await plain_tickets.find(KEY) == ref != other


async def test_what_is_too_long_for_jira_is_cut_before_the_identifiers(
    jira: StandInJsm, plain_tickets: TicketSystem
) -> None:
    ref = await plain_tickets.create(draft("word " * 8000), KEY)
    await plain_tickets.note(ref, redact("word " * 8000), public=False, key="eff_1")
    await plain_tickets.note(ref, redact("word " * 8000), public=False, key="eff_1")

    ticket = jira.tickets[ref.id]
    assert "…\n\nhandoff_id: hof_1" in ticket.text
    assert ticket.text.endswith(f"key: {KEY}")
    (comment,) = ticket.comments
    assert comment.text.endswith("…\n\n[uppzy-desk eff_1]")


async def test_who_asks_is_the_reporter_where_jira_knows_them(jira: StandInJsm, tickets: TicketSystem) -> None:
    jira.accounts = {"mia@example.com": "5b11", "mia@example.com.tr": "5b12"}
    jira.customers = {"5b11"}

    await tickets.create(draft(), KEY)

    (ticket,) = await jira.made()
    assert ticket.requester == "mia@example.com"


async def test_somebody_who_is_no_customer_gets_a_ticket_all_the_same(jira: StandInJsm, tickets: TicketSystem) -> None:
    jira.accounts = {"mia@example.com": "5b11"}

    await tickets.create(draft(), KEY)

    (ticket,) = await jira.made()
    assert ticket.requester is None
    assert "Asked by: Mia mia@example.com" in ticket.text


async def test_a_twin_says_to_agents_of_what_it_is_a_duplicate(jira: StandInJsm, tickets: TicketSystem) -> None:
    jira.lag()
    first, twin = await tickets.create(draft(), KEY), await tickets.create(draft(), KEY)
    jira.settle()

    await tickets.find(KEY)

    assert jira.tickets[twin.id].status is TicketStatus.CLOSED
    assert [(comment.text.splitlines()[0], comment.public) for comment in jira.tickets[twin.id].comments] == [
        (f"Duplicate of {first.number}", False)
    ]


async def test_a_twin_that_cannot_be_closed_is_marked_and_looked_at_once(
    jira: StandInJsm, tickets: TicketSystem
) -> None:
    jira.lag()
    first, _ = await tickets.create(draft(), KEY), await tickets.create(draft(), KEY)
    jira.settle()
    jira.ways = set()

    assert await tickets.find(KEY) == first
    changes = len(jira.writes)
    assert await tickets.find(KEY) == first
    assert len(jira.writes) == changes


@pytest.mark.parametrize(
    ("asked", "read", "raw"),
    [
        (TicketStatus.OPEN, TicketStatus.OPEN, "In Progress"),
        (TicketStatus.PENDING, TicketStatus.OPEN, "In Progress"),
        (TicketStatus.SOLVED, TicketStatus.SOLVED, "Resolved"),
        (TicketStatus.CLOSED, TicketStatus.SOLVED, "Resolved"),
    ],
)
async def test_a_status_without_a_name_goes_by_its_category(
    jira: StandInJsm, plain_tickets: TicketSystem, asked: TicketStatus, read: TicketStatus, raw: str
) -> None:
    ref = await plain_tickets.create(draft(), KEY)

    await plain_tickets.set_status(ref, asked)

    changes = await plain_tickets.changes(ref, 0.0)
    assert (changes.status, changes.raw) == (read, raw)


async def test_a_screen_without_a_resolution_is_sent_none(jira: StandInJsm, tickets: TicketSystem) -> None:
    jira.asks_for_resolution = False
    ref = await tickets.create(draft(), KEY)

    await tickets.set_status(ref, TicketStatus.SOLVED)

    assert await tickets.status(ref) is TicketStatus.SOLVED


async def test_a_workflow_without_a_way_there_is_a_refusal(jira: StandInJsm, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), KEY)
    jira.ways = {TicketStatus.OPEN}

    with pytest.raises(BadRequestError) as caught:
        await tickets.set_status(ref, TicketStatus.SOLVED)

    assert caught.value.code == "refused"


async def test_more_comments_than_fit_on_a_page_are_all_read(jira: StandInJsm, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), KEY)
    for number in range(101):
        await jira.comment(ref.id, f"Comment {number}", public=False)

    assert len((await tickets.changes(ref, 0.0)).comments) == 101


async def test_a_notice_that_is_sent_again_is_known_by_its_identifier(jira: StandInJsm, tickets: TicketSystem) -> None:
    assert isinstance(tickets, SendsWebhooks)
    request = jira.signed("7", jira.now())

    assert tickets.read_webhook(request).delivery == request.headers["x-atlassian-webhook-identifier"]


async def test_a_request_ends_with_a_document_for_its_text(jira: StandInJsm, tickets: TicketSystem) -> None:
    await tickets.create(draft(r"see https://ok.test/a_b?c=1. and \\srv01\_x"), KEY)

    ((described,),) = [[call.body["fields"]["description"] for call in jira.writes if "fields" in call.body]]
    link = {"type": "link", "attrs": {"href": "https://ok.test/a_b?c=1"}}
    assert described["content"][0]["content"] == [
        {"type": "text", "text": "Question:"},
        {"type": "hardBreak"},
        {"type": "text", "text": "see "},
        {"type": "text", "text": "https://ok.test/a_b?c=1", "marks": [link]},
        {"type": "text", "text": r". and \\srv01\_x"},
    ]


async def test_a_request_that_people_have_changed_is_not_described_again(
    jira: StandInJsm, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft(), KEY)
    jira.tickets[ref.id].text = "Changed by Cara"

    assert await tickets.create(draft(), KEY) == ref
    assert jira.tickets[ref.id].text == "Changed by Cara"


async def test_a_request_whose_document_is_refused_keeps_its_block(jira: StandInJsm, tickets: TicketSystem) -> None:
    jira.fail(lambda call: call.writes and "fields" in (call.body or {}), status=400)

    ref = await tickets.create(draft(), KEY)

    assert "Ich möchte Über-Zugang 🙂" in jira.tickets[ref.id].text
    assert jira.labels[ref.id] == {KEY}
