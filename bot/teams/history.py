"""Reads back what was written in channels, with Microsoft Graph: the connector lists no messages.

It needs the permission `ChannelMessage.Read.Group` of the team. Personal chats cannot be read.
Source: learn.microsoft.com/graph/api/resources/chatmessage
"""

from __future__ import annotations

import contextlib
import html
import logging
from collections.abc import Mapping
from typing import Any

from bot.errors import OutsideError, PlanError
from bot.helpdesk.inbox.reconciliation import DirectMessage, HistoryPage, MissedMessage, ThreadCursor
from bot.helpdesk.model.events import InboxEntry, LookupRequested, MessageReceived
from bot.helpdesk.ports import Clock
from bot.json_reading import dicts, mapping, string
from bot.teams.address_book import AddressBook
from bot.teams.client import TeamsClient
from bot.teams.errors import SYSTEM
from bot.teams.graph import TeamsGraph
from bot.teams.ids import conversation_of
from bot.teams.inbound import Inbound
from bot.teams.received.activity import read_activity

log = logging.getLogger(__name__)

Json = Mapping[str, Any]

# Seconds. Teams gives no order of its deliveries, so an earlier message may be missing after a later one.
_REORDERED = 600.0
# Seconds for which a channel is left alone after Graph has refused to show it.
_REFUSED = 600.0


class TeamsHistory:
    """Reads missed messages as the inbox entries that their activities would have become.

    Every message goes through `Inbound`, so that it gets the key of its activity, and is left out if that would be.
    """

    def __init__(
        self, graph: TeamsGraph, client: TeamsClient, book: AddressBook, inbound: Inbound, clock: Clock, *, tenant: str
    ) -> None:
        self._graph = graph
        self._client = client
        self._book = book
        self._inbound = inbound
        self._clock = clock
        self._tenant = tenant
        # By channel: the id of its team's group, and when Graph refused to show it.
        self._groups: dict[str, str] = {}
        self._refused: dict[str, float] = {}

    async def read(self, place: ThreadCursor, since: float, page: str | None) -> HistoryPage[MissedMessage]:
        """Reads a page of messages; see `bot.helpdesk.inbox.reconciliation.History`. Raises OutsideError.

        A personal chat, and a channel that the bot may not read, has none.
        """
        if place.direct or self._clock() - self._refused.get(place.channel, -_REFUSED) < _REFUSED:
            return HistoryPage(found=())
        try:
            group = await self._group(place.channel)
            read = await self._graph.messages(group, place.channel, place.thread, page)
        except PlanError as error:
            self._note_refusal(place.channel, error)
            return HistoryPage(found=())
        self._refused.pop(place.channel, None)
        oldest = max(since, place.after - _REORDERED if place.after is not None else 0.0)
        found = [self._missed(place, message) for message in read.messages]
        new = tuple(one for one in found if one is not None and one.message.sent_at >= oldest)
        # The latest are first, so that nothing follows a page on which everything is too old.
        is_over = bool(read.messages) and not any(self._time_of(place, one) >= oldest for one in read.messages)
        return HistoryPage(found=new, next=None if is_over else read.next)

    async def contacts(self, page: str | None) -> HistoryPage[DirectMessage]:
        """Returns none: personal chats cannot be read."""
        return HistoryPage(found=())

    async def card_with(self, channel: str, thread: str | None, key: str) -> str | None:
        """Returns the latest card whose buttons have this key; None if it is not seen, for whatever reason."""
        with contextlib.suppress(OutsideError):
            read = await self._graph.messages(await self._group(channel), channel, thread, None)
            return next((string(one.get("id")) for one in read.messages if _has_key(one, key)), None)
        return None

    async def _group(self, channel: str) -> str:
        """Returns the id of the group of a channel's team. Raises OutsideError."""
        if (known := self._groups.get(channel)) is not None:
            return known
        place = await self._book.find_place(channel)
        group = place.group if place is not None else None
        if group is None:
            team = place.team if place is not None else None
            group = (await self._client.team(await self._book.service_url(channel), team or channel)).group
        if group is None:
            raise PlanError("Teams does not name the group of the team.", system=SYSTEM, code="no_group")
        self._groups[channel] = group
        return group

    def _note_refusal(self, channel: str, error: PlanError) -> None:
        """Says once that a channel cannot be read."""
        if channel not in self._refused:
            log.warning("channel_not_readable", extra={"channel": channel, "code": error.code})
        self._refused[channel] = self._clock()

    def _missed(self, place: ThreadCursor, message: Json) -> MissedMessage | None:
        """Returns None for a message that asks nothing: of the bot, of Teams itself, or deleted."""
        if message.get("deletedDateTime") or string(message.get("messageType")) != "message":
            return None
        accepted = self._as_event(_activity(place, message, self._tenant, "message"))
        if accepted is None or not isinstance(accepted.event, MessageReceived | LookupRequested):
            return None
        edited_at = string(message.get("lastEditedDateTime"))
        edit = {**_activity(place, message, self._tenant, "messageUpdate"), "timestamp": edited_at}
        return MissedMessage(
            accepted=accepted, message=accepted.event, edited=self._as_event(edit) if edited_at else None
        )

    def _as_event(self, activity: Json) -> InboxEntry | None:
        return next(iter(self._inbound.read(activity, 0.0).entries), None)

    def _time_of(self, place: ThreadCursor, message: Json) -> float:
        return read_activity(_activity(place, message, self._tenant, "message"), 0.0).at


def _activity(place: ThreadCursor, message: Json, tenant: str, kind: str) -> dict[str, Any]:
    """Builds the activity that announced a message, or would have."""
    id, author = string(message.get("id")), mapping(mapping(message.get("from")).get("user"))
    application = string(mapping(mapping(message.get("from")).get("application")).get("id"))
    conversation = conversation_of(place.channel, place.thread or id)
    person = {
        "id": string(author.get("id")),
        "aadObjectId": string(author.get("id")),
        "name": string(author.get("displayName")),
    }
    return {
        "type": kind,
        "id": id,
        "timestamp": string(message.get("createdDateTime")),
        "from": person if author else {"id": f"28:{application}"},
        "conversation": {"id": conversation, "conversationType": "channel", "isGroup": True, "tenantId": tenant},
        "channelData": {"tenant": {"id": tenant}},
        "attachments": [{"contentType": "text/html", "content": _html_of(message)}],
        "entities": [_mention(one) for one in dicts(message.get("mentions"))],
    }


def _has_key(message: Json, key: str) -> bool:
    """Returns whether a message of the bot has a card with the random key on its buttons."""
    is_ours = bool(mapping(mapping(message.get("from")).get("application")))
    return is_ours and any(f'"{key}"' in string(one.get("content")) for one in dicts(message.get("attachments")))


def _html_of(message: Json) -> str:
    body = mapping(message.get("body"))
    content = string(body.get("content"))
    return content if string(body.get("contentType")).lower() == "html" else html.escape(content, quote=False)


def _mention(mention: Json) -> dict[str, Any]:
    """Builds the entity of a mention, of which Graph tells the words and the account."""
    account = mapping(mention.get("mentioned"))
    bot, person = mapping(account.get("application")), mapping(account.get("user"))
    name = string(mention.get("mentionText"))
    id = f"28:{string(bot.get('id'))}" if bot else string(person.get("id"))
    return {"type": "mention", "mentioned": {"id": id, "name": name}, "text": f"<at>{html.escape(name)}</at>"}
