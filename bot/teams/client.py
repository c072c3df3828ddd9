"""Client of Teams' connector: one method for each call, typed results, every failure as an error of the desk's tree.

Each call goes to the service address of its conversation, which Teams names in each activity. What posts or changes
something is never repeated by itself, except after a 401 with a new token: then nothing was done. The caller keeps the
limits (`bot.teams.rate_limiter`).

Source: learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from bot.errors import AmbiguousError, BadRequestError, CredentialError, MessageGoneError, NotFoundError
from bot.http_client import HttpTimeouts, JsonClient
from bot.json_reading import mapping, string
from bot.teams.errors import REFUSALS, SYSTEM
from bot.teams.ids import split_conversation
from bot.teams.service_hosts import ServiceHosts
from bot.teams.tokens import AccessTokens, AppCredentials

Payload = Mapping[str, Any]
"""An activity as it is sent."""

# A call that takes longer has most likely been lost on the way.
_TIMEOUTS = HttpTimeouts(read=15.0, total=15.0)
_PAGE = 500
_MOST_PAGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterMember:
    """A member of a conversation. `id` is the person's in the directory, `mri` the one that this bot knows them by.

    `id` is the `mri` where Teams gives no other. `tenant` is None where it is not given.
    """

    id: str
    mri: str
    name: str
    email: str | None = None
    tenant: str | None = None
    is_guest: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team. `group` is the id of its group in the directory, which links and Graph need."""

    id: str
    name: str
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChannel:
    """A channel of a team. The first one has no name of its own. `kind` is standard, private, shared, or empty."""

    id: str
    name: str | None = None
    kind: str = ""


class TeamsClient:
    """Calls the connector. Holds connections open until `aclose`.

    All methods raise OutsideError. After an AmbiguousError a message may have been posted, after any other it has not.
    """

    def __init__(
        self,
        credentials: AppCredentials,
        *,
        tokens: AccessTokens,
        hosts: ServiceHosts,
        service_url: str = "https://smba.trafficmanager.net/teams/",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Touches no network. The proxy of the environment is the one for `service_url`."""
        self._bot = {"id": f"28:{credentials.app_id}"}
        self._tenant = credentials.tenant
        self._tokens = tokens
        self._hosts = hosts
        self._http = JsonClient(
            system=SYSTEM,
            name="Teams",
            base_url=service_url,
            headers={},
            timeouts=_TIMEOUTS,
            refusals=REFUSALS,
            transport=transport,
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    # Messages.

    async def post_activity(self, service_url: str, conversation: str, activity: Payload) -> str:
        """Posts a message and returns its id. Raises MessageGoneError if the root of the thread was deleted."""
        return _id_in(await self._call("POST", self._in(service_url, conversation, "activities"), activity))

    async def update_activity(self, service_url: str, conversation: str, message: str, activity: Payload) -> None:
        """Replaces a message. Safe to repeat. Raises MessageGoneError if it no longer exists."""
        address = self._in(service_url, conversation, f"activities/{_quoted(message)}")
        try:
            await self._call("PUT", address, {**activity, "id": message})
        except NotFoundError as error:
            raise MessageGoneError(str(error), system=SYSTEM, code=error.code) from error

    async def delete_activity(self, service_url: str, conversation: str, message: str) -> None:
        """Deletes a message, if it exists."""
        with contextlib.suppress(NotFoundError):
            await self._call("DELETE", self._in(service_url, conversation, f"activities/{_quoted(message)}"))

    async def typing(self, service_url: str, conversation: str) -> None:
        """Shows for some seconds that the bot is typing."""
        await self._call("POST", self._in(service_url, conversation, "activities"), {"type": "typing"})

    async def react(self, service_url: str, conversation: str, message: str, reaction: str) -> None:
        """Adds a reaction of the bot to a message. Safe to repeat."""
        await self._call("PUT", self._reaction(service_url, conversation, message, reaction))

    async def unreact(self, service_url: str, conversation: str, message: str, reaction: str) -> None:
        """Removes a reaction of the bot from a message. Safe to repeat."""
        await self._call("DELETE", self._reaction(service_url, conversation, message, reaction))

    def _reaction(self, service_url: str, conversation: str, message: str, reaction: str) -> str:
        path = f"activities/{_quoted(message)}/reactions/{_quoted(reaction)}"
        return self._in(service_url, conversation, path)

    # Conversations.

    async def create_thread(self, service_url: str, channel: str, activity: Payload) -> tuple[str, str]:
        """Posts a message in a channel, as the root of a new thread. Returns its conversation and its id."""
        body = {
            "isGroup": True,
            "channelData": {"channel": {"id": channel}},
            "activity": activity,
            "bot": self._bot,
            "tenantId": self._tenant,
        }
        answer = await self._call("POST", self._address(service_url, "conversations"), body)
        conversation = _id_in(answer)
        message = _text(answer, "activityId") or split_conversation(conversation)[1]
        if not message:
            raise AmbiguousError("Teams' answer names no message.", system=SYSTEM, code="incomplete")
        return conversation, message

    async def open_chat(self, service_url: str, mri: str) -> str:
        """Returns the conversation of a person's chat with the bot, the same one each time. Safe to repeat.

        The person needs the app, or a team in which it is installed.
        """
        body = {
            "isGroup": False,
            "members": [{"id": mri}],
            "bot": self._bot,
            "tenantId": self._tenant,
            "channelData": {"tenant": {"id": self._tenant}},
        }
        return _id_in(await self._call("POST", self._address(service_url, "conversations"), body))

    # People and places. What only reads is repeated once.

    async def member(self, service_url: str, conversation: str, id: str) -> RosterMember | None:
        """Returns a member of a conversation, None for somebody who is none. `id` is either one of the person's."""
        try:
            return _member(await self._read(self._in(service_url, conversation, f"members/{_quoted(id)}")))
        except NotFoundError:
            return None

    async def members(self, service_url: str, conversation: str) -> tuple[RosterMember, ...]:
        """Returns all members of a conversation; for a channel, those of its team."""
        found: list[RosterMember] = []
        token = ""
        for _ in range(_MOST_PAGES):
            query = urlencode({"pageSize": _PAGE, **({"continuationToken": token} if token else {})})
            page = await self._read(self._in(service_url, conversation, f"pagedMembers?{query}"))
            found += map(_member, _objects(page, "members"))
            token = _text(page, "continuationToken")
            if not token:
                return tuple(found)
        raise AmbiguousError("Teams' list of members has no end.", system=SYSTEM, code="incomplete")

    async def team(self, service_url: str, team: str) -> Team:
        """Returns a team in which the bot is installed."""
        found = await self._read(self._address(service_url, f"teams/{_quoted(team)}"))
        return Team(id=_id_in(found), name=_text(found, "name"), group=_text(found, "aadGroupId") or None)

    async def channels(self, service_url: str, team: str) -> tuple[TeamChannel, ...]:
        """Returns the channels of a team in which the bot is installed."""
        found = await self._read(self._address(service_url, f"teams/{_quoted(team)}/conversations"))
        return tuple(
            TeamChannel(id=_id_in(one), name=_text(one, "name") or None, kind=_text(one, "type"))
            for one in _objects(found, "conversations")
        )

    # Requests.

    async def _read(self, address: str) -> Any:
        try:
            return await self._call("GET", address)
        except AmbiguousError:
            return await self._call("GET", address)

    async def _call(self, method: str, address: str, body: Payload | None = None) -> Any:
        token = await self._tokens.get()
        try:
            return await self._http.request(method, address, body=body, headers=_bearer(token))
        except CredentialError:
            # It may have been withdrawn before its end.
            self._tokens.forget(token)
        token = await self._tokens.get()
        return await self._http.request(method, address, body=body, headers=_bearer(token))

    def _in(self, service_url: str, conversation: str, path: str) -> str:
        return self._address(service_url, f"conversations/{_quoted(conversation)}/{path}")

    def _address(self, service_url: str, path: str) -> str:
        if not self._hosts.allow(service_url):
            raise BadRequestError("The service address is not Teams'.", system=SYSTEM, code="service_host")
        return f"{service_url.rstrip('/')}/v3/{path}"


def _quoted(id: str) -> str:
    return quote(id, safe="")


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _text(answer: Any, name: str) -> str:
    return string(mapping(answer).get(name))


def _id_in(answer: Any) -> str:
    """Returns the id in an answer. Without one, whatever was asked for has happened, but cannot be named."""
    id = _text(answer, "id")
    if not id:
        raise AmbiguousError("Teams' answer has no id.", system=SYSTEM, code="incomplete")
    return id


def _objects(answer: Any, name: str) -> list[dict[str, Any]]:
    found = answer.get(name) if isinstance(answer, dict) else None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise AmbiguousError("Teams' answer has no list.", system=SYSTEM, code="incomplete")
    return found


def _member(found: Any) -> RosterMember:
    mri = _id_in(found)
    given_and_family = " ".join(filter(None, (_text(found, "givenName"), _text(found, "surname"))))
    return RosterMember(
        id=_text(found, "aadObjectId") or _text(found, "objectId") or mri,
        mri=mri,
        name=_text(found, "name") or given_and_family,
        email=_text(found, "email") or _text(found, "userPrincipalName") or None,
        tenant=_text(found, "tenantId") or None,
        is_guest=_text(found, "userRole").lower() in _GUESTS,
    )


_GUESTS = frozenset({"guest", "anonymous"})
