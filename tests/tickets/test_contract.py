"""The contract of every ticket system, tested against a stand-in of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import ValidationError

from bot.errors import (
    AmbiguousError,
    BadRequestError,
    ForgedError,
    OutsideError,
    PermanentError,
    RateLimitedError,
    TemporaryError,
)
from bot.helpdesk.model.handoff import TicketRef, TicketStatus
from bot.helpdesk.ports import SendsWebhooks
from bot.helpdesk.redaction import redact
from bot.tickets.registry import SYSTEMS, TicketSystem
from tests.tickets.contract import METADATA, STAND_INS, adapter, covers, draft
from tests.tickets.promises import Promise
from tests.tickets.realserver import RealRt
from tests.tickets.shapes import complaints
from tests.tickets.standins.base import Backend, Call, StandIn, TicketRecord

LONG_AGO = 0.0


@pytest.fixture
async def backend(kind: type[StandIn], request: pytest.FixtureRequest) -> AsyncIterator[StandIn]:
    async with RealRt(request.getfixturevalue("rt_server")) if kind is RealRt else kind() as backend:
        yield backend
    assert complaints(kind, backend.calls) == []


@pytest.fixture
async def tickets(backend: StandIn) -> AsyncIterator[TicketSystem]:
    async with adapter(backend) as tickets:
        yield tickets


def creates(call: Call) -> bool:
    """Picks the request that creates: the first that writes."""
    return call.writes


async def only(backend: Backend) -> TicketRecord:
    (ticket,) = await backend.made()
    return ticket


def test_every_ticket_system_has_a_stand_in() -> None:
    assert [kind.system for kind in STAND_INS] == list(SYSTEMS)


# Creating.


@covers(Promise.CREATE)
async def test_a_ticket_contains_the_request_and_its_identifiers(backend: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), backend.key)

    made = await only(backend)
    assert (ref.system, ref.id) == (backend.system, made.id)
    assert ref.number
    assert ref.url is not None
    assert made.subject == "VPN 'down' \\ again"
    assert "Ich möchte Über-Zugang 🙂" in made.text
    written = f"{made.text} {made.fields}"
    for value in ("hof_1", "desk-session-1", "low", "uppzy_m2m", "https://acme.slack.test/archives/C1/p1"):
        assert value in written
    assert "mia@example.com" in (made.requester or "") or "Mia" in made.text


@covers(Promise.CREATE)
async def test_a_draft_without_an_address_becomes_a_ticket_too(backend: StandIn, tickets: TicketSystem) -> None:
    await tickets.create(replace(draft(), requester_email=None, requester_name=None), backend.key)

    assert len(await backend.made()) == 1


@covers(Promise.CREATE)
async def test_identifiers_that_come_later_are_added(backend: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), backend.key)
    await tickets.amend(ref, replace(METADATA, uppzy_request_id="req-late"))

    made = await only(backend)
    assert "req-late" in f"{made.text} {made.fields} {[note.text for note in made.comments]}"
    assert "Ich möchte Über-Zugang 🙂" in made.text


@covers(Promise.CREATE)
async def test_a_clear_refusal_is_permanent(backend: StandIn, tickets: TicketSystem) -> None:
    backend.fail(creates, status=400)

    with pytest.raises(PermanentError):
        await tickets.create(draft(), backend.key)


@covers(Promise.CREATE)
async def test_an_unreachable_system_has_certainly_created_nothing(backend: StandIn, tickets: TicketSystem) -> None:
    await backend.go_down()

    with pytest.raises(TemporaryError) as caught:
        await tickets.create(draft(), backend.key)

    assert not isinstance(caught.value, AmbiguousError)


@covers(Promise.CREATE)
async def test_a_request_to_wait_is_a_rate_limit(backend: StandIn, tickets: TicketSystem) -> None:
    backend.fail(creates, status=429, headers={"Retry-After": "7"})

    with pytest.raises(RateLimitedError) as caught:
        await tickets.create(draft(), backend.key)

    assert caught.value.retry_after == 7.0


@covers(Promise.CREATE)
async def test_no_error_repeats_what_was_sent(backend: StandIn, tickets: TicketSystem) -> None:
    backend.fail(creates, status=422)

    with pytest.raises(OutsideError) as caught:
        await tickets.create(draft(), backend.key)

    assert "Über-Zugang" not in str(caught.value)
    assert not any(secret in str(caught.value) for secret in backend.variables().values())


# Once each.


@covers(Promise.ONCE)
async def test_a_ticket_created_twice_exists_once(backend: StandIn, tickets: TicketSystem) -> None:
    first = await tickets.create(draft(), backend.key)
    second = await tickets.create(draft(), backend.key)

    assert second == first
    assert len(await backend.made()) == 1


@covers(Promise.ONCE)
@pytest.mark.parametrize("status", [None, 500, 502])
async def test_a_ticket_whose_answer_was_lost_is_found_and_not_created_again(
    backend: StandIn, tickets: TicketSystem, status: int | None
) -> None:
    backend.fail(creates, processed=True, status=status)

    with pytest.raises(AmbiguousError):
        await tickets.create(draft(), backend.key)
    found = await tickets.find(backend.key)

    assert found is not None
    assert found == await tickets.create(draft(), backend.key)
    assert [ticket.id for ticket in await backend.made()] == [found.id]


@covers(Promise.ONCE)
async def test_of_five_created_at_once_one_stays(backend: StandIn, tickets: TicketSystem) -> None:
    await asyncio.gather(*(tickets.create(draft(), backend.key) for _ in range(5)))
    found = await tickets.find(backend.key)

    assert found is not None
    assert [ticket.id for ticket in await backend.made()] == [found.id]


@covers(Promise.ONCE)
async def test_twins_made_while_the_index_lagged_become_one(backend: StandIn, tickets: TicketSystem) -> None:
    backend.lag()
    await tickets.create(draft(), backend.key)
    await tickets.create(draft(), backend.key)
    backend.settle()

    found = await tickets.find(backend.key)

    assert found is not None
    assert [ticket.id for ticket in await backend.made()] == [found.id]


@covers(Promise.FIND)
async def test_a_ticket_is_found_by_its_key_and_by_no_other(backend: StandIn, tickets: TicketSystem) -> None:
    other = f"{backend.key[:-2]}xx"
    await tickets.create(draft(), other)
    ref = await tickets.create(draft(), backend.key)

    assert await tickets.find(backend.key) == ref
    assert await tickets.find(f"{backend.key[:-2]}yy") is None
    assert await tickets.find("'\"\\") is None


# Notes.


@covers(Promise.PRIVATE)
async def test_a_private_note_is_for_agents_and_a_public_one_for_all(backend: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), backend.key)
    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
    await tickets.note(ref, redact("We are on it."), public=True, key="eff_2")

    said = [(note.text.splitlines()[0], note.public) for note in (await only(backend)).comments]
    assert ("Claimed in Slack.", False) in said
    assert ("We are on it.", True) in said


@covers(Promise.CREATE)
async def test_a_note_is_written_once(backend: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), backend.key)
    backend.fail(lambda call: call.writes, processed=True)

    with pytest.raises(AmbiguousError):
        await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_2")

    assert sum("Claimed in Slack." in note.text for note in (await only(backend)).comments) == 2


# Statuses.


@covers(Promise.STATUS)
@pytest.mark.parametrize("status", [TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.SOLVED, TicketStatus.CLOSED])
async def test_a_status_that_is_set_is_read_again(
    backend: StandIn, tickets: TicketSystem, status: TicketStatus
) -> None:
    ref = await tickets.create(draft(), backend.key)

    await tickets.set_status(ref, status)
    await tickets.set_status(ref, status)

    expected = backend.statuses.get(status, status)
    assert await tickets.status(ref) is expected
    assert (await tickets.changes(ref, LONG_AGO)).status is expected


@covers(Promise.STATUS)
async def test_what_was_solved_can_be_opened_again(backend: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), backend.key)
    await tickets.set_status(ref, TicketStatus.SOLVED)

    await tickets.set_status(ref, TicketStatus.OPEN)

    assert await tickets.status(ref) is TicketStatus.OPEN


@covers(Promise.STATUS)
async def test_a_status_set_by_people_is_read(backend: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), backend.key)

    await backend.move(ref.id, TicketStatus.SOLVED)

    changes = await tickets.changes(ref, LONG_AGO)
    assert (changes.status, await tickets.status(ref)) == (TicketStatus.SOLVED, TicketStatus.SOLVED)
    assert changes.raw


@covers(Promise.STATUS)
async def test_a_refused_status_change_is_noticed(backend: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), backend.key)

    async with adapter(backend, backend.refuse_moves()) as refused:
        with pytest.raises(BadRequestError) as caught:
            await refused.set_status(ref, TicketStatus.SOLVED)

    assert caught.value.code == "refused"


@covers(Promise.STATUS)
async def test_a_ticket_that_was_deleted_is_not_there(backend: StandIn, tickets: TicketSystem) -> None:
    gone = TicketRef(system=backend.system, id="999999", number="999999")

    with pytest.raises(PermanentError):
        await tickets.status(gone)


# What people wrote.


@covers(Promise.COMMENTS)
async def test_what_people_wrote_is_read_and_what_we_wrote_is_not(backend: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), backend.key)
    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
    await backend.comment(ref.id, "Have you tried the other port?", public=True)
    await backend.comment(ref.id, "Looks like the firewall.", public=False)

    comments = (await tickets.changes(ref, LONG_AGO)).comments

    assert [comment.text.strip() for comment in comments] == [
        "Have you tried the other port?",
        "Looks like the firewall.",
    ]
    assert len({comment.id for comment in comments}) == 2
    assert all(comment.author for comment in comments)
    told = Promise.PRIVATE not in backend.lacks
    assert [comment.public for comment in comments] == [told, False]


@covers(Promise.COMMENTS)
async def test_what_was_read_before_is_not_read_again(backend: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), backend.key)
    await backend.comment(ref.id, "Old", public=True)
    since = backend.now() + 1.0
    await backend.pass_time()
    await backend.comment(ref.id, "New", public=True)

    comments = (await tickets.changes(ref, since)).comments

    assert [comment.text.strip() for comment in comments] == ["New"]
    assert int(since) <= comments[0].at <= backend.now() + 1.0


# Webhooks.


@covers(Promise.WEBHOOK)
async def test_a_signed_notice_names_its_ticket(backend: StandIn, tickets: TicketSystem) -> None:
    assert isinstance(tickets, SendsWebhooks)
    now = backend.now()

    notice, again = (tickets.read_webhook(backend.signed("7", now)) for _ in range(2))
    later = tickets.read_webhook(backend.signed("8", now + 60))

    assert notice.ticket_id == "7"
    assert notice.delivery == again.delivery != later.delivery


@covers(Promise.WEBHOOK)
async def test_a_forged_notice_is_refused(backend: StandIn, tickets: TicketSystem) -> None:
    assert isinstance(tickets, SendsWebhooks)
    request = backend.signed("7", backend.now())
    forgeries = [
        replace(request, body=request.body.replace(b"7", b"8")),
        replace(request, headers={}),
        replace(request, headers={name: f"{value}x" for name, value in request.headers.items()}),
        replace(request, headers=dict.fromkeys(request.headers, "ä")),
    ]

    for forgery in forgeries:
        with pytest.raises(ForgedError):
            tickets.read_webhook(forgery)


@covers(Promise.WEBHOOK)
async def test_without_a_secret_no_notice_is_accepted(backend: StandIn) -> None:
    secrets = {name: "" for name in backend.variables() if name.endswith("WEBHOOK_SECRET")}
    variables = {name: value for name, value in backend.variables().items() if name not in secrets}
    system = SYSTEMS[backend.system]
    if any(system.variables.model_fields[name.lower()].is_required() for name in secrets):
        with pytest.raises(ValidationError):
            system.variables.model_validate(variables)
        return
    tickets = system(system.variables.model_validate(variables))
    assert isinstance(tickets, SendsWebhooks)

    with pytest.raises(ForgedError):
        tickets.read_webhook(backend.signed("7", backend.now()))
    await tickets.aclose()


@covers(Promise.AGE)
async def test_an_old_notice_is_refused(backend: StandIn, tickets: TicketSystem) -> None:
    assert isinstance(tickets, SendsWebhooks)
    request = backend.signed("7", backend.now())

    with pytest.raises(ForgedError):
        tickets.read_webhook(replace(request, at=request.at + 600))


# The check.


@covers(Promise.CHECK)
async def test_a_check_says_that_all_is_well_and_creates_nothing(backend: StandIn, tickets: TicketSystem) -> None:
    sentence = await tickets.check()

    assert sentence.endswith(".")
    assert backend.calls
    assert await backend.made() == []
    assert not any(
        secret in sentence for name, secret in backend.variables().items() if "TOKEN" in name or "KEY" in name
    )


@covers(Promise.CHECK)
async def test_a_check_names_the_problem_and_its_fix(backend: StandIn) -> None:
    bad_settings = list(backend.bad_settings)
    assert len(bad_settings) > 2

    for wrong in bad_settings:
        async with adapter(backend, wrong.variables) as tickets:
            with pytest.raises(wrong.error) as caught:
                await tickets.check()
        assert wrong.names in str(caught.value)
        assert str(caught.value).endswith(".")
    assert await backend.made() == []
