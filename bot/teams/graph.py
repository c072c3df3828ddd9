"""Microsoft Graph, for the little that the connector does not tell: whether the bot may read a channel.

Source: learn.microsoft.com/graph/api/channel-list-messages
"""

from __future__ import annotations

from urllib.parse import quote

import httpx

from bot.errors import NotFoundError, PlanError
from bot.http_client import HttpTimeouts, JsonClient
from bot.teams.errors import REFUSALS, SYSTEM
from bot.teams.tokens import AccessTokens

_TIMEOUTS = HttpTimeouts(read=10.0, total=10.0)


class TeamsGraph:
    """A client of Graph. `tokens` are those for its scope. Holds connections open until `aclose`."""

    def __init__(self, tokens: AccessTokens, *, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Touches no network."""
        self._tokens = tokens
        self._url = url.rstrip("/")
        self._http = JsonClient(
            system=SYSTEM,
            name="Microsoft Graph",
            base_url=url,
            headers={},
            timeouts=_TIMEOUTS,
            refusals=REFUSALS,
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def can_read(self, group: str, channel: str) -> bool:
        """Returns whether the team has given the bot the permission to read its messages. Raises OutsideError."""
        path = f"{self._url}/teams/{quote(group, safe='')}/channels/{quote(channel, safe='')}/messages"
        headers = {"Authorization": f"Bearer {await self._tokens.get()}"}
        try:
            await self._http.request("GET", path, params={"$top": 1}, headers=headers)
        except (PlanError, NotFoundError):
            return False
        return True
