"""The ticket systems that `TICKETS` can name, one line each. `local` needs no settings and is always there."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import httpx

from bot.helpdesk.ports import HasContacts, Tickets
from bot.settings_base import Variables
from bot.tickets.freshdesk import Freshdesk, Freshservice
from bot.tickets.github import GitHubIssues
from bot.tickets.hubspot import HubSpot
from bot.tickets.jsm import JiraServiceManagement
from bot.tickets.rt import RequestTracker
from bot.tickets.servicenow import ServiceNow
from bot.tickets.webhook import SignedWebhook
from bot.tickets.zendesk import Zendesk


class TicketSystem(Tickets, Protocol):
    """An adapter to choose and build. `variables` is the class of its settings; the constructor touches no network."""

    variables: ClassVar[type[Variables]]

    def __init__(self, settings: Any, transport: httpx.AsyncBaseTransport | None = None) -> None: ...

    async def aclose(self) -> None: ...


SYSTEMS: Mapping[str, type[TicketSystem]] = MappingProxyType(
    {
        "rt": RequestTracker,
        "zendesk": Zendesk,
        "freshdesk": Freshdesk,
        "freshservice": Freshservice,
        "github": GitHubIssues,
        "jsm": JiraServiceManagement,
        "servicenow": ServiceNow,
        "hubspot": HubSpot,
        "webhook": SignedWebhook,
    }
)


def systems_with_contacts() -> tuple[str, ...]:
    """Returns the names of the systems with contact records, on which notes can be written."""
    return tuple(name for name, system in SYSTEMS.items() if issubclass(system, HasContacts))
