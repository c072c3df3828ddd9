"""Odd answers of ticket systems raise the desk's own errors and no others."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine
from typing import Any

import httpx
import pytest

from bot.errors import OutsideError
from bot.helpdesk.model.handoff import TicketRef, TicketStatus
from bot.helpdesk.redaction import redact
from bot.tickets.registry import SYSTEMS, TicketSystem
from tests.deadlines import HUNG
from tests.tickets.contract import KEY, METADATA, STAND_INS, draft
from tests.tickets.standins.base import StandIn

# Names of lists in the answers of one vendor or another.
LISTS = ("items", "issues", "result", "results", "values", "tickets", "comments", "transitions", "history", "events")
ODD: tuple[Any, ...] = (None, True, 7, 1e300, "", "ä\ud800", [], {}, [[]], [None, 7, "x"], [{}, {"id": []}])
HALF = {
    "id": "not a number",
    "key": KEY,
    "number": "x",
    "sys_id": "x",
    "toObjectId": "x",
    "issueId": "x",
    "correlation_id": KEY,
    "external_id": KEY,
    "fields": {"labels": [KEY], "status": 7},
    "properties": {"hs_pipeline_stage": [], "hs_createdate": "yesterday"},
    "name": None,
}
ANSWERS = [*ODD, HALF, [HALF], *(dict.fromkeys(LISTS, odd) for odd in (*ODD, HALF, [HALF], [HALF, HALF]))]


def everything(tickets: TicketSystem, system: str) -> list[Callable[[], Coroutine[Any, Any, Any]]]:
    """Returns all calls that the desk makes to a ticket system."""
    ref = TicketRef(system=system, id="7", number="#7")
    return [
        lambda: tickets.create(draft(), KEY),
        lambda: tickets.find(KEY),
        lambda: tickets.note(ref, redact("Claimed."), public=False, key="eff_1"),
        lambda: tickets.amend(ref, METADATA),
        lambda: tickets.status(ref),
        lambda: tickets.set_status(ref, TicketStatus.SOLVED),
        lambda: tickets.changes(ref, 0.0),
        lambda: tickets.check(),
    ]


@pytest.mark.parametrize("answer", ANSWERS, ids=range(len(ANSWERS)))
@pytest.mark.parametrize("kind", STAND_INS, ids=lambda kind: kind.system)
async def test_no_answer_raises_a_foreign_error(kind: type[StandIn], answer: Any) -> None:
    content = json.dumps(answer).encode()
    system = SYSTEMS[kind.system]
    settings = system.variables.model_validate(kind().variables())
    tickets = system(settings, httpx.MockTransport(lambda request: httpx.Response(200, content=content)))

    for ask in everything(tickets, kind.system):
        with contextlib.suppress(OutsideError):
            async with asyncio.timeout(HUNG):
                await ask()
    await tickets.aclose()
