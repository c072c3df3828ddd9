"""Traps of single vendors, each observed or documented."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.errors import BadRequestError, RateLimitedError
from bot.helpdesk.model.handoff import TicketStatus
from bot.helpdesk.redaction import redact
from tests.tickets.contract import KEY, METADATA, adapter, draft
from tests.tickets.standins.base import TicketRecord
from tests.tickets.standins.github import StandInGitHub
from tests.tickets.standins.rt import StandInRt


@pytest.fixture
async def rt() -> AsyncIterator[StandInRt]:
    async with StandInRt() as backend:
        yield backend


@pytest.fixture
async def github() -> AsyncIterator[StandInGitHub]:
    async with StandInGitHub() as backend:
        yield backend


async def test_of_two_tickets_that_hold_one_key_in_rt_the_older_one_stays(rt: StandInRt) -> None:
    for id in ("9", "10"):
        rt.tickets[id] = TicketRecord(id=id, key=KEY, fields={"ExternalKey": KEY})

    async with adapter(rt) as tickets:
        found = await tickets.find(KEY)

    assert found is not None
    assert found.id == "9"
    assert rt.tickets["10"].gone


async def test_a_field_that_rt_does_not_keep_is_noticed_when_a_ticket_is_created(rt: StandInRt) -> None:
    async with adapter(rt, {"RT_KEY_FIELD": "NoSuchField"}) as tickets:
        with pytest.raises(BadRequestError) as caught:
            await tickets.create(draft(), KEY)

    assert "NoSuchField" in str(caught.value)


async def test_a_lifecycle_with_other_words_is_spoken_both_ways(rt: StandInRt) -> None:
    async with adapter(rt, {"RT_STATUSES": "solved=rejected, closed=resolved"}) as tickets:
        ref = await tickets.create(draft(), KEY)
        await tickets.set_status(ref, TicketStatus.SOLVED)

        assert await tickets.status(ref) is TicketStatus.SOLVED
    assert rt.tickets[ref.id].status is TicketStatus.CLOSED


async def test_what_people_wrote_in_an_issue_stays_when_identifiers_are_added(github: StandInGitHub) -> None:
    async with adapter(github) as tickets:
        ref = await tickets.create(draft(), KEY)
        issue = github.tickets[ref.id]
        issue.text = f"Edited by Cara. {issue.text}"
        for request_id in ("req-1", "req-2"):
            await tickets.amend(ref, replace(METADATA, uppzy_request_id=request_id))

    assert issue.text.startswith("Edited by Cara. `Question:`")
    assert issue.text.count("handoff_id: hof_1") == 1
    assert "req-2" in issue.text
    assert "req-1" not in issue.text


async def test_a_note_is_found_on_any_page_of_comments(github: StandInGitHub) -> None:
    async with adapter(github) as tickets:
        ref = await tickets.create(draft(), KEY)
        for number in range(150):
            await github.comment(ref.id, f"talk {number}", public=True)
        await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
        for number in range(80):
            await github.comment(ref.id, f"more talk {number}", public=True)

        await tickets.note(ref, redact("Claimed in Slack."), public=False, key="eff_1")
        assert len((await tickets.changes(ref, 0.0)).comments) == 230

    assert sum(comment.ours for comment in github.tickets[ref.id].comments) == 1


async def test_githubs_403_for_too_many_requests_is_a_rate_limit(github: StandInGitHub) -> None:
    github.fail(lambda call: call.writes, status=403, headers={"Retry-After": "60"})

    async with adapter(github) as tickets:
        with pytest.raises(RateLimitedError) as caught:
            await tickets.create(draft(), KEY)

    assert caught.value.retry_after == 60.0
