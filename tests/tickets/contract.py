"""The systems under the contract, and the collection of its tests. A stand-in takes one line here."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, TypeVar

import pytest

from bot.helpdesk.model.handoff import TicketDraft, TicketMetadata
from bot.helpdesk.redaction import redact
from bot.tickets.registry import SYSTEMS, TicketSystem
from tests.tickets.promises import Promise
from tests.tickets.realserver import RealRt
from tests.tickets.standins.base import Backend, StandIn
from tests.tickets.standins.freshdesk import StandInFreshdesk, StandInFreshservice
from tests.tickets.standins.github import StandInGitHub
from tests.tickets.standins.hubspot import StandInHubSpot
from tests.tickets.standins.jsm import StandInJsm
from tests.tickets.standins.rt import StandInRt
from tests.tickets.standins.servicenow import StandInServiceNow
from tests.tickets.standins.webhook import StandInWebhook
from tests.tickets.standins.zendesk import StandInZendesk

STAND_INS: tuple[type[StandIn], ...] = (
    StandInRt,
    StandInZendesk,
    StandInFreshdesk,
    StandInFreshservice,
    StandInGitHub,
    StandInJsm,
    StandInServiceNow,
    StandInHubSpot,
    StandInWebhook,
)

BACKENDS: tuple[type[StandIn], ...] = (RealRt, *STAND_INS)
"""Everything that the contract is tested against, with the real server where it is installed."""

Test = TypeVar("Test", bound=Callable[..., Any])

TESTS: dict[Promise, list[str]] = {}
"""The tests of each promise, filled as they are collected."""


def covers(promise: Promise) -> Callable[[Test], Test]:
    """Marks a test of a promise: it runs against every ticket system that makes the promise."""

    def mark(test: Test) -> Test:
        TESTS.setdefault(promise, []).append(test.__name__)
        backends = [_against(kind) for kind in BACKENDS if promise not in kind.lacks]
        held: Test = pytest.mark.parametrize("kind", backends)(test)
        return held

    return mark


def _against(kind: type[StandIn]) -> Any:
    marks = (pytest.mark.realserver,) if kind is RealRt else ()
    return pytest.param(kind, id=f"{kind.system} {kind.how}", marks=marks)


@contextlib.asynccontextmanager
async def adapter(backend: Backend, changed: Mapping[str, str] | None = None) -> AsyncIterator[TicketSystem]:
    """Returns the adapter for a backend as the bot builds it, with some of its variables changed."""
    system = SYSTEMS[backend.system]
    built = system(system.variables.model_validate({**backend.variables(), **(changed or {})}))
    try:
        yield built
    finally:
        await built.aclose()


KEY = "sb-0123456789abcdef0123456789abcdef"
"""The key for tests with a stand-in of their own. The contract has `backend.key`: a real server keeps its tickets."""

METADATA = TicketMetadata(
    handoff_id="hof_1",
    uppzy_session_id="desk-session-1",
    uppzy_request_id=None,
    confidence_level="low",
    chat_url="https://acme.slack.test/archives/C1/p1",
)


def draft(words: str = "Ich möchte Über-Zugang 🙂") -> TicketDraft:
    """Returns a ticket as the desk drafts it before the assistant has answered."""
    return TicketDraft(
        subject=redact("VPN 'down' \\ again"),
        body=redact(f"Question:\n{words}"),
        priority="high",
        requester="U0MIA0000",
        requester_name="Mia",
        requester_email="mia@example.com",
        metadata=METADATA,
    )
