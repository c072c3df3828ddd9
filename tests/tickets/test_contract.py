"""What every ticket system is held to, tried against a stand-in of each."""

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
from bot.helpdesk.ports import HearsOfTickets
from bot.helpdesk.redaction import redact
from bot.tickets.registry import SYSTEMS, TicketSystem
from tests.tickets.contract import METADATA, STAND_INS, adapter, draft, keeps
from tests.tickets.promises import Promise
from tests.tickets.realserver import RealRt
from tests.tickets.shapes import complaints
from tests.tickets.standins.base import Call, Made, Place, StandIn

LONG_AGO = 0.0


@pytest.fixture
async def place(kind: type[StandIn], request: pytest.FixtureRequest) -> AsyncIterator[StandIn]:
    async with RealRt(request.getfixturevalue("rt_server")) if kind is RealRt else kind() as place:
        yield place
    assert complaints(kind, place.calls) == []


@pytest.fixture
async def tickets(place: StandIn) -> AsyncIterator[TicketSystem]:
    async with adapter(place) as tickets:
        yield tickets


def creates(call: Call) -> bool:
    """The request that creates: the first that writes."""
    return call.writes


async def only(place: Place) -> Made:
    (ticket,) = await place.made()
    return ticket


def test_every_ticket_system_has_a_stand_in() -> None:
    assert [kind.system for kind in STAND_INS] == list(SYSTEMS)


# Creating.


@keeps(Promise.CREATE)
async def test_a_ticket_says_what_is_wanted_and_where_it_comes_from(place: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), place.key)

    made = await only(place)
    assert (ref.system, ref.id) == (place.system, made.id)
    assert ref.number
    assert ref.url is not None
    assert made.subject == "VPN 'down' \\ again"
    assert "Ich möchte Über-Zugang 🙂" in made.text
    written = f"{made.text} {made.fields}"
    for value in ("hof_1", "desk-session-1", "low", "uppzy_m2m", "https://acme.slack.test/archives/C1/p1"):
        assert value in written
    assert "mia@example.com" in (made.requester or "") or "Mia" in made.text


@keeps(Promise.CREATE)
async def test_a_draft_without_an_address_becomes_a_ticket_too(place: StandIn, tickets: TicketSystem) -> None:
    await tickets.create(replace(draft(), requester_email=None, requester_name=None), place.key)

    assert len(await place.made()) == 1


@keeps(Promise.CREATE)
async def test_identifiers_that_come_later_are_added(place: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), place.key)
    await tickets.amend(ref, replace(METADATA, uppzy_request_id="req-late"))

    made = await only(place)
    assert "req-late" in f"{made.text} {made.fields} {[note.text for note in made.said]}"
    assert "Ich möchte Über-Zugang 🙂" in made.text


@keeps(Promise.CREATE)
async def test_what_is_clearly_refused_is_refused_for_good(place: StandIn, tickets: TicketSystem) -> None:
    place.fail(creates, status=400)

    with pytest.raises(PermanentError):
        await tickets.create(draft(), place.key)


@keeps(Promise.CREATE)
async def test_a_system_that_is_not_there_has_surely_created_nothing(place: StandIn, tickets: TicketSystem) -> None:
    await place.go_down()

    with pytest.raises(TemporaryError) as caught:
        await tickets.create(draft(), place.key)

    assert not isinstance(caught.value, AmbiguousError)


@keeps(Promise.CREATE)
async def test_a_system_that_asks_us_to_wait_is_heard(place: StandIn, tickets: TicketSystem) -> None:
    place.fail(creates, status=429, headers={"Retry-After": "7"})

    with pytest.raises(RateLimitedError) as caught:
        await tickets.create(draft(), place.key)

    assert caught.value.retry_after == 7.0


@keeps(Promise.CREATE)
async def test_no_error_repeats_what_was_sent(place: StandIn, tickets: TicketSystem) -> None:
    place.fail(creates, status=422)

    with pytest.raises(OutsideError) as caught:
        await tickets.create(draft(), place.key)

    assert "Über-Zugang" not in str(caught.value)
    assert not any(secret in str(caught.value) for secret in place.variables().values())


# Once each.


@keeps(Promise.ONCE)
async def test_what_is_created_twice_is_there_once(place: StandIn, tickets: TicketSystem) -> None:
    first = await tickets.create(draft(), place.key)
    second = await tickets.create(draft(), place.key)

    assert second == first
    assert len(await place.made()) == 1


@keeps(Promise.ONCE)
@pytest.mark.parametrize("status", [None, 500, 502])
async def test_a_ticket_whose_answer_was_lost_is_found_and_not_created_again(
    place: StandIn, tickets: TicketSystem, status: int | None
) -> None:
    place.fail(creates, processed=True, status=status)

    with pytest.raises(AmbiguousError):
        await tickets.create(draft(), place.key)
    found = await tickets.find(place.key)

    assert found is not None
    assert found == await tickets.create(draft(), place.key)
    assert [ticket.id for ticket in await place.made()] == [found.id]


@keeps(Promise.ONCE)
async def test_of_five_created_at_once_one_stays(place: StandIn, tickets: TicketSystem) -> None:
    await asyncio.gather(*(tickets.create(draft(), place.key) for _ in range(5)))
    found = await tickets.find(place.key)

    assert found is not None
    assert [ticket.id for ticket in await place.made()] == [found.id]


@keeps(Promise.ONCE)
async def test_twins_made_while_the_index_lagged_become_one(place: StandIn, tickets: TicketSystem) -> None:
    place.lag()
    await tickets.create(draft(), place.key)
    await tickets.create(draft(), place.key)
    place.settle()

    found = await tickets.find(place.key)

    assert found is not None
    assert [ticket.id for ticket in await place.made()] == [found.id]


@keeps(Promise.FIND)
async def test_a_ticket_is_found_by_its_key_and_by_no_other(place: StandIn, tickets: TicketSystem) -> None:
    other = f"{place.key[:-2]}xx"
    await tickets.create(draft(), other)
    ref = await tickets.create(draft(), place.key)

    assert await tickets.find(place.key) == ref
    assert await tickets.find(f"{place.key[:-2]}yy") is None
    assert await tickets.find("'\"\\") is None


# Notes.


@keeps(Promise.PRIVATE)
async def test_a_private_note_is_for_agents_and_a_public_one_for_all(place: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), place.key)
    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
    await tickets.note(ref, redact("We are on it."), public=True, key="eff_2")

    said = [(note.text.splitlines()[0], note.public) for note in (await only(place)).said]
    assert ("Claimed in Slack.", False) in said
    assert ("We are on it.", True) in said


@keeps(Promise.CREATE)
async def test_a_note_is_written_once(place: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), place.key)
    place.fail(lambda call: call.writes, processed=True)

    with pytest.raises(AmbiguousError):
        await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_2")

    assert sum("Claimed in Slack." in note.text for note in (await only(place)).said) == 2


# Where it stands.


@keeps(Promise.STATUS)
@pytest.mark.parametrize("status", [TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.SOLVED, TicketStatus.CLOSED])
async def test_a_status_that_is_set_is_read_again(place: StandIn, tickets: TicketSystem, status: TicketStatus) -> None:
    ref = await tickets.create(draft(), place.key)

    await tickets.set_status(ref, status)
    await tickets.set_status(ref, status)

    expected = place.statuses.get(status, status)
    assert await tickets.status(ref) is expected
    assert (await tickets.news(ref, LONG_AGO)).status is expected


@keeps(Promise.STATUS)
async def test_what_was_solved_can_be_opened_again(place: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), place.key)
    await tickets.set_status(ref, TicketStatus.SOLVED)

    await tickets.set_status(ref, TicketStatus.OPEN)

    assert await tickets.status(ref) is TicketStatus.OPEN


@keeps(Promise.STATUS)
async def test_what_people_do_with_a_ticket_is_seen(place: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), place.key)

    await place.move(ref.id, TicketStatus.SOLVED)

    news = await tickets.news(ref, LONG_AGO)
    assert (news.status, await tickets.status(ref)) == (TicketStatus.SOLVED, TicketStatus.SOLVED)
    assert news.raw


@keeps(Promise.STATUS)
async def test_a_move_that_is_refused_is_noticed(place: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), place.key)

    async with adapter(place, place.refuse_moves()) as refused:
        with pytest.raises(BadRequestError) as caught:
            await refused.set_status(ref, TicketStatus.SOLVED)

    assert caught.value.code == "refused"


@keeps(Promise.STATUS)
async def test_a_ticket_that_was_deleted_is_not_there(place: StandIn, tickets: TicketSystem) -> None:
    gone = TicketRef(system=place.system, id="999999", number="999999")

    with pytest.raises(PermanentError):
        await tickets.status(gone)


# What people wrote.


@keeps(Promise.NEWS)
async def test_what_people_wrote_is_read_and_what_we_wrote_is_not(place: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), place.key)
    await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
    await place.comment(ref.id, "Have you tried the other port?", public=True)
    await place.comment(ref.id, "Looks like the firewall.", public=False)

    comments = (await tickets.news(ref, LONG_AGO)).comments

    assert [comment.text.strip() for comment in comments] == [
        "Have you tried the other port?",
        "Looks like the firewall.",
    ]
    assert len({comment.id for comment in comments}) == 2
    assert all(comment.author for comment in comments)
    told = Promise.PRIVATE not in place.lacks
    assert [comment.public for comment in comments] == [told, False]


@keeps(Promise.NEWS)
async def test_what_was_read_before_is_not_read_again(place: StandIn, tickets: TicketSystem) -> None:
    ref = await tickets.create(draft(), place.key)
    await place.comment(ref.id, "Old", public=True)
    since = place.now() + 1.0
    await place.a_while()
    await place.comment(ref.id, "New", public=True)

    comments = (await tickets.news(ref, since)).comments

    assert [comment.text.strip() for comment in comments] == ["New"]
    assert int(since) <= comments[0].at <= place.now() + 1.0


# Webhooks.


@keeps(Promise.WEBHOOK)
async def test_a_signed_notice_names_its_ticket(place: StandIn, tickets: TicketSystem) -> None:
    assert isinstance(tickets, HearsOfTickets)
    now = place.now()

    notice, again = (tickets.read_webhook(place.signed("7", now)) for _ in range(2))
    later = tickets.read_webhook(place.signed("8", now + 60))

    assert notice.ticket_id == "7"
    assert notice.delivery == again.delivery != later.delivery


@keeps(Promise.WEBHOOK)
async def test_a_forged_notice_is_refused(place: StandIn, tickets: TicketSystem) -> None:
    assert isinstance(tickets, HearsOfTickets)
    request = place.signed("7", place.now())
    forgeries = [
        replace(request, body=request.body.replace(b"7", b"8")),
        replace(request, headers={}),
        replace(request, headers={name: f"{value}x" for name, value in request.headers.items()}),
        replace(request, headers=dict.fromkeys(request.headers, "ä")),
    ]

    for forgery in forgeries:
        with pytest.raises(ForgedError):
            tickets.read_webhook(forgery)


@keeps(Promise.WEBHOOK)
async def test_without_a_secret_no_notice_is_believed(place: StandIn) -> None:
    secrets = {name: "" for name in place.variables() if name.endswith("WEBHOOK_SECRET")}
    variables = {name: value for name, value in place.variables().items() if name not in secrets}
    system = SYSTEMS[place.system]
    if any(system.variables.model_fields[name.lower()].is_required() for name in secrets):
        with pytest.raises(ValidationError):
            system.variables.model_validate(variables)
        return
    tickets = system(system.variables.model_validate(variables))
    assert isinstance(tickets, HearsOfTickets)

    with pytest.raises(ForgedError):
        tickets.read_webhook(place.signed("7", place.now()))
    await tickets.aclose()


@keeps(Promise.AGE)
async def test_an_old_notice_is_refused(place: StandIn, tickets: TicketSystem) -> None:
    assert isinstance(tickets, HearsOfTickets)
    request = place.signed("7", place.now())

    with pytest.raises(ForgedError):
        tickets.read_webhook(replace(request, at=request.at + 600))


# The check.


@keeps(Promise.CHECK)
async def test_a_check_says_that_all_is_well_and_creates_nothing(place: StandIn, tickets: TicketSystem) -> None:
    sentence = await tickets.check()

    assert sentence.endswith(".")
    assert place.calls
    assert await place.made() == []
    assert not any(secret in sentence for name, secret in place.variables().items() if "TOKEN" in name or "KEY" in name)


@keeps(Promise.CHECK)
async def test_a_check_names_what_is_wrong_with_its_mend(place: StandIn) -> None:
    wrongs = list(place.wrongs)
    assert len(wrongs) > 2

    for wrong in wrongs:
        async with adapter(place, wrong.variables) as tickets:
            with pytest.raises(wrong.error) as caught:
                await tickets.check()
        assert wrong.names in str(caught.value)
        assert str(caught.value).endswith(".")
    assert await place.made() == []
