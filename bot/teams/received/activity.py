"""Reads what most activities have in common: who acts, where and when, and how to reach them again."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bot.helpdesk.inbox.entries import inbox_entry, storable_id
from bot.helpdesk.model.chat import Address
from bot.helpdesk.model.events import FromPeople, InboxEntry
from bot.json_reading import dicts, mapping, string
from bot.teams.errors import SYSTEM
from bot.teams.ids import split_conversation
from bot.teams.received.contact import Contact, PlaceKind
from bot.teams.received.content import is_person, person_id

Json = Mapping[str, Any]

# datetime reads six decimals of a second, and Teams writes seven.
_FRACTION = re.compile(r"(\.\d{1,6})\d*")
_LONGEST_NAME = 200
_MOST_OFFSET = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedActivity:
    """An activity. `body` is its JSON; `at` is its time by Teams' clock, `now` that at which it was received.

    `thread` is None outside of threads, and in a personal chat, which has none. `by_person` False: nobody is named, or
    a bot. `external`: the author says to belong to another company.
    """

    body: Json
    kind: PlaceKind
    tenant: str
    channel: str
    thread: str | None
    person: str
    by_person: bool
    external: bool
    at: float
    now: float

    @property
    def direct(self) -> bool:
        """Returns whether it happened in a personal chat."""
        return self.kind is PlaceKind.PERSONAL

    @property
    def id(self) -> str:
        """The id of the activity: of the message, where it is one. Raises KeyError if there is none."""
        return storable_id(self.body["id"])

    @property
    def address(self) -> Address:
        """The address of its own message."""
        return self.address_of(self.id)

    @property
    def pressed_on(self) -> Address:
        """The address of the message that it answers; without a message where Teams does not tell."""
        return self.address_of(storable_id(self.body.get("replyToId") or ""))

    def address_of(self, message: str) -> Address:
        """Returns the address of a message. In a personal chat, which has no threads, each is the root of its own."""
        return Address(surface=SYSTEM, channel=self.channel, thread=self.thread or message, message=message)

    def entry(self, event: FromPeople, *, part: str = "") -> InboxEntry:
        """Returns the entry of an event. An activity that Teams sends again has the same key.

        `part` distinguishes the events of one activity, or the activities about one message.
        """
        conversation = string(mapping(self.body.get("conversation")).get("id"))
        kinds = (string(self.body.get("type")), string(self.body.get("name")), part)
        key = ":".join((conversation, self.id, *filter(None, kinds)))
        # All that a person does in their own chat keeps its order; a channel has an order for each thread.
        return inbox_entry(key, event, channel=self.channel if self.direct else "")


def read_activity(body: Json, now: float) -> ReceivedActivity:
    """Reads an activity. Raises TypeError or ValueError if it names no conversation."""
    conversation, author = mapping(body.get("conversation")), mapping(body.get("from"))
    channel, thread = split_conversation(storable_id(conversation["id"]))
    kind = _kind_of(conversation, channel)
    tenant = tenant_of(body)
    home = string(author.get("tenantId"))
    return ReceivedActivity(
        body=body,
        kind=kind,
        tenant=storable_id(tenant),
        channel=channel,
        thread=thread,
        person=storable_id(person_id(author)),
        by_person=is_person(author, mapping(body.get("recipient"))),
        external=bool(home) and home != tenant,
        at=_time_in(body.get("timestamp"), now),
        now=now,
    )


def tenant_of(body: Json) -> str:
    """Returns the tenant in which an activity happened; empty if it names none."""
    of_conversation = string(mapping(body.get("conversation")).get("tenantId"))
    return of_conversation or string(mapping(mapping(body.get("channelData")).get("tenant")).get("id"))


def _kind_of(conversation: Json, channel: str) -> PlaceKind:
    stated = string(conversation.get("conversationType"))
    if stated in set(PlaceKind):
        return PlaceKind(stated)
    if not channel:
        raise ValueError
    return PlaceKind.PERSONAL if channel.startswith("a:") else PlaceKind.CHANNEL


def _time_in(timestamp: object, now: float) -> float:
    """Returns the time in a timestamp; `now` for anything else."""
    read = _moment_in(timestamp)
    return now if read is None else read.timestamp()


def _moment_in(timestamp: object) -> datetime | None:
    try:
        read = datetime.fromisoformat(_FRACTION.sub(r"\1", string(timestamp), count=1))
        read = read if read.tzinfo else read.replace(tzinfo=UTC)
        return read if math.isfinite(read.timestamp()) else None
    except (ValueError, OverflowError):
        return None


def contact_in(it: ReceivedActivity) -> Contact | None:
    """Returns what an activity tells of how to reach its author and its place; None without a service address."""
    service = _stored(it.body.get("serviceUrl"))
    if not service:
        return None
    author, team = mapping(it.body.get("from")), mapping(mapping(it.body.get("channelData")).get("team"))
    return Contact(
        kind=it.kind,
        conversation=it.channel,
        service_url=service,
        tenant=it.tenant,
        person=it.person if it.by_person and it.person else None,
        mri=(_stored(author.get("id")) or None) if it.by_person else None,
        name=(_stored(author.get("name"))[:_LONGEST_NAME] or None) if it.by_person else None,
        locale=_locale_in(it.body),
        utc_offset=_offset_in(it.body),
        team=_stored(team.get("id")) or None,
        group=_stored(team.get("aadGroupId")) or None,
        shared=_is_shared(it.body),
        reachable=not _is_removal(it.body),
    )


def _stored(value: object) -> str:
    """Returns an id that can be stored; empty for anything else."""
    try:
        return storable_id(value)
    except (TypeError, ValueError):
        return ""


def _locale_in(body: Json) -> str | None:
    infos = (one for one in dicts(body.get("entities")) if one.get("type") == "clientInfo")
    told = (string(one.get("locale")) for one in (body, *infos))
    return next((_stored(locale)[:20] for locale in told if locale), None)


def _offset_in(body: Json) -> int | None:
    """Returns the offset of the author's clock in seconds, which only their local time tells."""
    local = _moment_in(body.get("localTimestamp"))
    offset = local.utcoffset() if local is not None else None
    return None if offset is None or abs(offset.total_seconds()) > _MOST_OFFSET else int(offset.total_seconds())


def _is_shared(body: Json) -> bool | None:
    """Returns whether other companies are in the channel; None if that is not told."""
    kind = string(mapping(mapping(body.get("channelData")).get("channel")).get("type"))
    return kind.casefold() == "shared" if kind else None


def _is_removal(body: Json) -> bool:
    """Returns whether the app was removed from the conversation."""
    return (
        body.get("type") == "installationUpdate"
        and string(body.get("action")).startswith("remove")
        and (body.get("action") != "remove-upgrade")
    )
