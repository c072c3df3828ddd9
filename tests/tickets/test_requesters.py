"""A person whom the ticket system refuses still gets a ticket, which says who asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import AmbiguousError, BadRequestError, RequesterRefusedError
from bot.helpdesk.ports import HasContacts
from bot.helpdesk.redaction import redact
from tests.tickets.contract import KEY, STAND_INS, adapter, draft
from tests.tickets.standins.base import Call, StandIn
from tests.tickets.standins.freshdesk import EMAIL, StandInFreshdesk, StandInFreshservice
from tests.tickets.standins.hubspot import StandInHubSpot
from tests.tickets.standins.jsm import StandInJsm
from tests.tickets.standins.servicenow import StandInServiceNow
from tests.tickets.standins.zendesk import EMAIL as ZENDESK_EMAIL
from tests.tickets.standins.zendesk import FIELDS, StandInZendesk

MIA = "mia@example.com"


def suspended_in_zendesk(backend: StandInZendesk) -> None:
    backend.suspended = {MIA}


def suspended_in_zendesk_without_a_word(backend: StandInZendesk) -> None:
    backend.suspended, backend.names_errors = {MIA}, False


def blocked_as(field: str) -> Callable[[StandInFreshdesk], None]:
    def block(backend: StandInFreshdesk) -> None:
        backend.blocked = {MIA: field}

    return block


def no_customer_in_jira(backend: StandInJsm) -> None:
    backend.accounts = {MIA: "5b11"}


def inactive_in_servicenow(backend: StandInServiceNow) -> None:
    backend.users.append({"sys_id": "u2", "user_name": "mia", "name": "Mia", "email": MIA})
    backend.refuses_callers = True


def gone_in_hubspot(backend: StandInHubSpot) -> None:
    backend.refused_emails = {MIA}


SHUT_OUT: list[Any] = [
    pytest.param(StandInZendesk, suspended_in_zendesk, id="zendesk suspended"),
    pytest.param(StandInZendesk, suspended_in_zendesk_without_a_word, id="zendesk suspended, without a word for it"),
    pytest.param(StandInFreshdesk, blocked_as("requester_id"), id="freshdesk blocked"),
    pytest.param(StandInFreshdesk, blocked_as("email"), id="freshdesk blocked by address"),
    pytest.param(StandInFreshdesk, blocked_as("base"), id="freshdesk blocked without a field"),
    pytest.param(StandInFreshservice, blocked_as("requester_id"), id="freshservice deactivated"),
    pytest.param(StandInJsm, no_customer_in_jira, id="jira no customer"),
    pytest.param(StandInServiceNow, inactive_in_servicenow, id="servicenow inactive"),
    pytest.param(StandInHubSpot, gone_in_hubspot, id="hubspot contact refused"),
]


@pytest.mark.parametrize(("kind", "shut_out"), SHUT_OUT)
async def test_somebody_who_is_shut_out_gets_a_ticket_that_says_who_asked(
    kind: type[StandIn], shut_out: Callable[[StandIn], None]
) -> None:
    async with kind() as backend, adapter(backend) as tickets:
        shut_out(backend)

        ref = await tickets.create(draft(), KEY)
        again = await tickets.create(draft(), KEY)

        (made,) = await backend.made()
    assert ref == again
    assert made.requester in (None, EMAIL, ZENDESK_EMAIL)
    assert "Asked by: Mia mia@example.com" in made.text
    assert "Ich möchte Über-Zugang 🙂" in made.text


@pytest.mark.parametrize(("kind", "shut_out"), SHUT_OUT)
@pytest.mark.parametrize("lost", [1, 2])
async def test_an_answer_that_is_lost_makes_no_second_ticket(
    kind: type[StandIn], shut_out: Callable[[StandIn], None], lost: int
) -> None:
    """The first or the second write has its effect, but its answer is lost."""
    async with kind() as backend, adapter(backend) as tickets:
        shut_out(backend)
        before = [0]

        def nth(call: Call) -> bool:
            before[0] += call.writes
            return call.writes and before[0] == lost

        backend.fail(nth, processed=True)
        try:
            await tickets.create(draft(), KEY)
        except AmbiguousError:
            await tickets.create(draft(), KEY)

        assert len(await backend.made()) == 1


@pytest.mark.parametrize("kind", STAND_INS, ids=lambda kind: kind.system)
@pytest.mark.parametrize(
    ("name", "email"),
    [
        pytest.param("Mia", None, id="no address"),
        pytest.param(None, None, id="nothing known"),
        pytest.param("Mia", "mia at example", id="no address at all"),
        pytest.param("Mia", "mia@example.com, eve@example.com", id="two addresses"),
        pytest.param("Mia", "mia@example.com\r\nCc: eve@example.com", id="a header"),
        pytest.param("Mia", "mia@x^ORactive=true", id="a query"),
        pytest.param("Mia", f"{'m' * 260}@example.com", id="too long"),
    ],
)
async def test_somebody_without_a_sound_address_is_named_on_the_ticket(
    kind: type[StandIn], name: str | None, email: str | None
) -> None:
    async with kind() as backend, adapter(backend) as tickets:
        await tickets.create(replace(draft(), requester_name=name, requester_email=email), KEY)

        (made,) = await backend.made()
    assert made.requester in (None, EMAIL, ZENDESK_EMAIL)
    assert f"Asked by: {name or 'U0MIA0000'}" in made.text


async def test_a_refusal_that_is_not_about_the_requester_stays_one() -> None:
    async with StandInZendesk() as backend, adapter(backend) as tickets:
        backend.refused_fields = set(FIELDS)
        with pytest.raises(BadRequestError) as caught:
            await tickets.create(draft(), KEY)

        assert not isinstance(caught.value, RequesterRefusedError)
        assert len(backend.writes) == 1


async def test_a_refusal_of_requester_and_fields_stays_one() -> None:
    async with StandInZendesk() as backend, adapter(backend) as tickets:
        backend.suspended, backend.refused_fields = {MIA}, set(FIELDS)
        with pytest.raises(BadRequestError) as caught:
            await tickets.create(draft(), KEY)

        assert not isinstance(caught.value, RequesterRefusedError)


@pytest.mark.parametrize("kind", [StandInFreshdesk, StandInFreshservice])
async def test_a_field_that_freshworks_refuses_stays_a_refusal(kind: type[StandInFreshdesk]) -> None:
    async with kind() as backend:
        prefix = backend.system.upper()
        async with adapter(backend, {f"{prefix}_FIELDS": "handoff_id=cf_gone"}) as tickets:
            with pytest.raises(BadRequestError) as caught:
                await tickets.create(draft(), KEY)

        assert not isinstance(caught.value, RequesterRefusedError)
        assert len(backend.writes) == 1


async def test_the_second_ticket_that_zendesk_is_asked_for_has_a_key_of_its_own() -> None:
    """Zendesk may remember the first key with the bytes that it refused."""
    async with StandInZendesk() as backend, adapter(backend) as tickets:
        backend.suspended = {MIA}
        await tickets.create(draft(), KEY)

        keys = [call.headers["idempotency-key"] for call in backend.writes]
    assert len(keys) == len(set(keys)) == 2


async def test_a_note_on_somebody_whom_hubspot_refuses_says_that_it_is_about_them() -> None:
    async with StandInHubSpot() as backend, adapter(backend) as tickets:
        backend.refused_emails = {MIA}
        assert isinstance(tickets, HasContacts)

        with pytest.raises(RequesterRefusedError):
            await tickets.contact_note(MIA, redact("Answered."), "eff_1")
