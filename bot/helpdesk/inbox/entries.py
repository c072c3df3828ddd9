"""Inbox entries of what was received on a chat surface: texts and ids that can be stored, and the lane."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, get_type_hints

from bot.helpdesk.lanes import Lane
from bot.helpdesk.model.events import (
    KINDS,
    AppInstalled,
    ArticleWritten,
    CalledInGroup,
    FileDeleted,
    FromPeople,
    HomeOpened,
    InboxEntry,
    LookupRequested,
    MessageMarked,
    ReasonGiven,
    ResolutionGiven,
    SearchOpened,
    StopPressed,
    TopicStarted,
)
from bot.helpdesk.text import legible

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""NUL, which PostgreSQL cannot store, and lone surrogates, which UTF-8 cannot encode."""

_TEXTS = {kind: [name for name, hint in get_type_hints(kind).items() if hint is str] for kind in KINDS.values()}
# The fields in which people write; all others are ids.
_WORDS = frozenset({"text", "title", "question", "category"})
# Bytes; ids have some dozens. An index entry of PostgreSQL holds about 2,700, and some have two ids.
_LONGEST_ID = 1000


def inbox_entry(key: str, event: FromPeople, *, dedup_key: str | None = None, channel: str = "") -> InboxEntry:
    """Returns an entry that can be stored. Raises TypeError or ValueError for values that no surface sends.

    Events keep their order within `channel`, by default within the place that they name.
    """
    texts = _TEXTS[type(event)]
    kept: dict[str, Any] = {
        name: (storable_text if name in _WORDS else storable_id)(getattr(event, name)) for name in texts
    }
    event = replace(event, **kept)
    return InboxEntry(
        key=storable_id(key),
        dedup_key=None if dedup_key is None else storable_id(dedup_key),
        lane=Lane.INBOX.of(channel or _channel_of(event)),
        event=event,
    )


def storable_text(value: Any) -> str:
    """Returns a text that a database can store and people can read. Raises TypeError for anything else."""
    if not isinstance(value, str):
        raise TypeError
    return legible(UNSTORABLE.sub("", value))


def storable_id(value: Any) -> str:
    """Returns an id that a database can store and index. Raises TypeError or ValueError for anything else."""
    id = storable_text(value)
    if len(id.encode()) > _LONGEST_ID:
        raise ValueError
    return id


def _channel_of(event: FromPeople) -> str:
    match event:
        case ReasonGiven() | ResolutionGiven() | ArticleWritten():
            # Of two agents who resolve one handoff, or edit one article, one is first.
            return event.subject
        case HomeOpened() | SearchOpened():
            return event.person
        case FileDeleted():
            return event.file
        case StopPressed():
            return event.thread.channel
        case AppInstalled():
            return event.place.channel
        case TopicStarted():
            return event.address.channel
    # A DM is one employee's, so its events keep their order whatever thread they stand in. A handoff channel is shared
    # by all agents: there each thread keeps its own order.
    channel, thread = event.address.channel, event.address.thread
    direct = not isinstance(event, LookupRequested | MessageMarked | CalledInGroup) and event.direct
    return channel if direct or not thread else f"{channel}:{thread}"
