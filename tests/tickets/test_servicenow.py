"""Specifics of ServiceNow: dropped fields, queries that find everything, states with required fields."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import BadRequestError, PlanError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.ports import SendsWebhooks
from bot.tickets.registry import TicketSystem
from tests.tickets.contract import KEY, METADATA, adapter, draft
from tests.tickets.standins.servicenow import StandInServiceNow


@pytest.fixture
async def instance() -> AsyncIterator[StandInServiceNow]:
    async with StandInServiceNow() as instance:
        yield instance


@pytest.fixture
async def tickets(instance: StandInServiceNow) -> AsyncIterator[TicketSystem]:
    async with adapter(instance) as tickets:
        yield tickets


async def test_a_query_that_finds_everything_finds_no_ticket(
    instance: StandInServiceNow, tickets: TicketSystem
) -> None:
    await tickets.create(draft(), f"{KEY[:-1]}0")
    instance.lacking = {"correlation_id"}

    assert await tickets.find(KEY) is None


async def test_a_table_that_drops_the_key_is_noticed_at_once(
    instance: StandInServiceNow, tickets: TicketSystem
) -> None:
    instance.lacking = {"correlation_id"}

    with pytest.raises(BadRequestError) as caught:
        await tickets.create(draft(), KEY)

    assert caught.value.code == "no_key_field"


async def test_an_identifier_that_is_dropped_is_named_in_a_work_note(
    instance: StandInServiceNow, tickets: TicketSystem
) -> None:
    instance.lacking = {"u_session"}

    await tickets.create(draft(), KEY)

    (ticket,) = await instance.made()
    assert [(comment.text.splitlines()[0], comment.public) for comment in ticket.comments] == [
        ("Not kept: u_session", False)
    ]
    assert "desk-session-1" in ticket.text


async def test_what_is_too_long_for_a_description_is_in_the_work_notes_as_a_whole(
    instance: StandInServiceNow, tickets: TicketSystem
) -> None:
    long = draft("word " * 1000)
    ref = await tickets.create(long, KEY)

    ticket = instance.tickets[ref.id]
    assert "…\n\nhandoff_id: hof_1" in ticket.text
    assert ticket.text.endswith("chat_url: https://acme.slack.test/archives/C1/p1")
    assert [(str(long.body) in comment.text, comment.public) for comment in ticket.comments] == [(True, False)]
    assert (await tickets.changes(ref, 0.0)).comments == ()


async def test_whoever_asks_is_the_caller_where_servicenow_knows_them(
    instance: StandInServiceNow, tickets: TicketSystem
) -> None:
    instance.users.append({"sys_id": "u2", "user_name": "mia", "name": "Mia", "email": "Mia@Example.com"})
    instance.users.append({"sys_id": "u3", "user_name": "m", "name": "M", "email": "mia@example.com.tr"})

    await tickets.create(replace(draft(), requester_email="Mia@Example.com"), KEY)
    await tickets.create(replace(draft(), requester_email="nobody@example.com"), f"{KEY[:-1]}0")

    assert [ticket.requester for ticket in await instance.made()] == ["Mia@Example.com", None]


async def test_identifiers_below_the_text_are_written_anew_where_no_fields_are_named(
    instance: StandInServiceNow,
) -> None:
    async with adapter(instance, {"SERVICENOW_FIELDS": ""}) as tickets:
        ref = await tickets.create(draft(), KEY)
        await tickets.amend(ref, replace(METADATA, uppzy_request_id="req-late"))
        await tickets.amend(ref, replace(METADATA, uppzy_request_id="req-later"))

    (ticket,) = await instance.made()
    assert ticket.text.count("handoff_id: hof_1") == 1
    assert "req-later" in ticket.text
    assert "Ich möchte Über-Zugang 🙂" in ticket.text


async def test_a_text_that_people_have_changed_is_left_as_it_is(instance: StandInServiceNow) -> None:
    async with adapter(instance, {"SERVICENOW_FIELDS": ""}) as tickets:
        ref = await tickets.create(draft(), KEY)
        instance.tickets[ref.id].text = "The VPN is down in Ankara."
        await tickets.amend(ref, replace(METADATA, uppzy_request_id="req-late"))

    assert instance.tickets[ref.id].text == "The VPN is down in Ankara."


async def test_a_business_rule_that_forbids_a_move_is_a_refusal(
    instance: StandInServiceNow, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft(), KEY)
    instance.forbids_moves = True

    with pytest.raises(BadRequestError) as caught:
        await tickets.set_status(ref, TicketStatus.OPEN)

    assert caught.value.code == "refused"


async def test_a_close_code_that_the_instance_does_not_know_is_noticed(instance: StandInServiceNow) -> None:
    async with adapter(instance, {"SERVICENOW_CLOSE_CODES": "solved=Done"}) as tickets:
        ref = await tickets.create(draft(), KEY)
        with pytest.raises(BadRequestError) as caught:
            await tickets.set_status(ref, TicketStatus.SOLVED)

    assert caught.value.code == "refused"


async def test_states_are_called_what_the_instance_calls_them(
    instance: StandInServiceNow, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft(), KEY)
    instance.tickets[ref.id].fields["state"] = "7"

    changes = await tickets.changes(ref, 0.0)

    assert (changes.status, changes.raw) == (TicketStatus.CLOSED, "Closed")


async def test_a_twin_that_may_not_be_closed_is_no_longer_found(
    instance: StandInServiceNow, tickets: TicketSystem
) -> None:
    ref = await tickets.create(draft(), KEY)
    twin = await tickets.create(draft(), f"{KEY[:-1]}0")
    instance.tickets[twin.id].key = KEY
    instance.forbids_moves = True

    assert await tickets.find(KEY) == ref
    assert [ticket.id for ticket in await instance.made()] == [ref.id]
    assert instance.tickets[twin.id].comments[0].text.startswith(f"Duplicate of {ref.number}")


async def test_a_journal_that_may_not_be_read_is_named_by_the_check(
    instance: StandInServiceNow, tickets: TicketSystem
) -> None:
    instance.forbidden = {"sys_journal_field"}

    with pytest.raises(PlanError, match="sys_journal_field"):
        await tickets.check()


async def test_servicenow_is_read_from_time_to_time(tickets: TicketSystem) -> None:
    assert not isinstance(tickets, SendsWebhooks)


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ("Try [code]<b>the other</b> port<br>now[/code]", "Try the other port\nnow"),
        ('[CODE]<a href="https://ok.test/x">here</a>[/CODE] [code]<i>and</i>[/code]', "here (https://ok.test/x) and"),
        ("[code] alone", "[code] alone"),
    ],
)
async def test_what_agents_format_is_read_as_its_reader_sees_it(
    instance: StandInServiceNow, tickets: TicketSystem, entry: str, text: str
) -> None:
    ref = await tickets.create(draft(), KEY)
    await instance.comment(ref.id, entry, public=True)

    (comment,) = (await tickets.changes(ref, 0.0)).comments
    assert comment.text == text
