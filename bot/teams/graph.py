"""Microsoft Graph, for what the connector does not tell: the messages of channels that the bot may read.

Sources: learn.microsoft.com/graph/api/channel-list-messages, …/chatmessage-list-replies
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from bot.errors import BadRequestError, CredentialError, NotFoundError, PlanError
from bot.http_client import HttpTimeouts, JsonClient
from bot.json_reading import dicts, mapping, string
from bot.teams.errors import REFUSALS, SYSTEM
from bot.teams.tokens import AccessTokens

_TIMEOUTS = HttpTimeouts(read=10.0, total=10.0)
# Graph shows no more on one page.
_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphPage:
    """One page of messages, as Graph writes them. `next` is the address of the next page, None if there is none."""

    messages: tuple[Mapping[str, Any], ...]
    next: str | None = None


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
        try:
            await self._get(self._messages(group, channel), {"$top": 1})
        except (PlanError, NotFoundError):
            return False
        return True

    async def messages(self, group: str, channel: str, thread: str | None, page: str | None) -> GraphPage:
        """Returns a page of the replies in a thread, or of the first messages of all threads, the latest first.

        Raises OutsideError: PlanError without the permission.
        """
        if page is not None:
            # The token must not be sent to any address that an answer names.
            if not page.startswith(f"{self._url}/"):
                raise BadRequestError("The next page is not Graph's.", system=SYSTEM, code="next_page")
            return _page(await self._get(page))
        path = self._messages(group, channel)
        if thread is not None:
            path = f"{path}/{quote(thread, safe='')}/replies"
        return _page(await self._get(path, {"$top": _PAGE}))

    def _messages(self, group: str, channel: str) -> str:
        return f"{self._url}/teams/{quote(group, safe='')}/channels/{quote(channel, safe='')}/messages"

    async def _get(self, address: str, params: dict[str, str | int] | None = None) -> Any:
        token = await self._tokens.get()
        try:
            return await self._http.request("GET", address, params=params, headers={"Authorization": f"Bearer {token}"})
        except CredentialError:
            # It may have been withdrawn before its end; the next call asks for another one.
            self._tokens.forget(token)
            raise


def _page(answer: Any) -> GraphPage:
    found = mapping(answer)
    return GraphPage(messages=tuple(dicts(found.get("value"))), next=string(found.get("@odata.nextLink")) or None)
