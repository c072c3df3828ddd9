"""Reads Slack's histories: messages that were missed, and posts that were made under a key.

Calls: conversations.history, conversations.replies and conversations.list of docs.slack.dev/reference/methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import MessageGoneError, ThreadGoneError
from bot.helpdesk.inbox.reconciliation import DirectMessage, HistoryPage, MissedMessage, ThreadCursor
from bot.helpdesk.model.events import InboxEntry, LookupRequested, MessageReceived
from bot.helpdesk.model.target import Destination
from bot.helpdesk.ports import ReadMessage
from bot.slack.errors import SYSTEM, translated
from bot.slack.ids import key_of, matching_key
from bot.slack.inbound import Inbound
from bot.slack.rate_limiter import RateLimiter
from bot.slack.received import message_content

# Seconds. Slack repeats a delivery for up to six minutes, so an earlier message may be missing after a later one.
_REORDERED = 600.0
# Slack returns only 15 per page to some apps, whatever they ask for.
_PAGE = 100
# Slack accepts less than 1,000, and may return fewer.
_CONTACTS_PAGE = 500


class SlackHistory:
    """Reads missed messages as the inbox entries that their events would have become.

    Every message goes through `Inbound`, so that it gets the key of its event and is left out if its event would be.
    `workspace` and `bot_user` are our own.
    """

    def __init__(self, *, reader: AsyncWebClient, inbound: Inbound, workspace: str, bot_user: str) -> None:
        self._reader = reader
        self._inbound = inbound
        self._workspace = workspace
        self._bot_user = bot_user

    async def read(self, place: ThreadCursor, since: float, page: str | None) -> HistoryPage[MissedMessage]:
        """Reads a page of messages; see `bot.helpdesk.inbox.reconciliation.History`. Raises OutsideError."""
        oldest = max(since, place.after - _REORDERED if place.after is not None else 0.0)
        with translated():
            found = await _page(self._reader, place.channel, place.thread, oldest=f"{oldest:.6f}", cursor=page)
        read = [self._missed(place, message) for message in found.get("messages") or ()]
        return HistoryPage(found=tuple(one for one in read if one is not None), next=_next(found))

    async def contacts(self, page: str | None) -> HistoryPage[DirectMessage]:
        """Reads a page of direct messages; see `inbox.reconciliation.History`. Needs `im:read`. Raises OutsideError."""
        with translated():
            found: Any = await self._reader.conversations_list(types="im", cursor=page, limit=_CONTACTS_PAGE)
        people = [one for one in found.get("channels") or () if not one.get("is_user_deleted")]
        listed = (DirectMessage(channel=one["id"], since=float(one.get("created") or 0.0)) for one in people)
        return HistoryPage(found=tuple(listed), next=_next(found))

    def _missed(self, place: ThreadCursor, message: Mapping[str, Any]) -> MissedMessage | None:
        """Returns None for a message that asks nothing, and for the root of a thread, which is on every first page."""
        if place.thread is not None and message.get("ts") == place.thread:
            return None
        accepted = self._as_event(place, message)
        if accepted is None or not isinstance(accepted.event, MessageReceived | LookupRequested):
            return None
        return MissedMessage(
            accepted=accepted,
            message=accepted.event,
            edited=self._as_event(place, _change_of(message)) if message.get("edited") else None,
            listing=self._inbound.listing(self._payload(place, message)),
            has_replies=bool(message.get("reply_count")),
            replied=self._bot_user in (message.get("reply_users") or ()),
        )

    def _as_event(self, place: ThreadCursor, message: Mapping[str, Any]) -> InboxEntry | None:
        return next(iter(self._inbound.read(self._payload(place, message), 0.0)), None)

    def _payload(self, place: ThreadCursor, message: Mapping[str, Any]) -> dict[str, Any]:
        event = {**message, "channel": place.channel, "channel_type": "im" if place.direct else "channel"}
        # A history does not say whether another company is in the channel: the directory tells who is of it.
        return {"type": "event_callback", "team_id": self._workspace, "event": event}


async def _page(reader: AsyncWebClient, channel: str, thread: str | None, **options: Any) -> Any:
    """Reads a page of a channel or of a thread."""
    if thread is None:
        return await reader.conversations_history(channel=channel, limit=_PAGE, **options)
    return await reader.conversations_replies(channel=channel, ts=thread, limit=_PAGE, **options)


def _next(found: Any) -> str | None:
    return (found.get("response_metadata") or {}).get("next_cursor") or None


def _change_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Builds the event of the last edit of a message, without its previous text, which is not known any more."""
    ts = message["edited"].get("ts")
    return {"type": "message", "subtype": "message_changed", "ts": ts, "event_ts": ts, "message": message}


# Posts made under a key.

# Seconds. Our clock may differ from Slack's, by an hour if it has the wrong daylight saving time. A search for a post
# begins this long before it was made; otherwise it could miss the post, which would then be made again.
_CLOCK_SKEW = 2 * 3600.0
# Seconds. Parts of a message are posted one after the other, some of them perhaps only after an outage.
_PARTS_APART = 12 * 3600.0

Parts = dict[str, str]
"""The ts of each posted part of a message, by the key of the part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SearchResult:
    """Result of one search. `has_root`: the first message of the thread still exists."""

    found: Parts = field(default_factory=dict)
    has_root: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPosts:
    """The posted parts of a message. `strays` are the ts of those that Slack posted outside of their thread."""

    parts: Parts
    strays: tuple[str, ...] = ()


def begin_of_parts(ts: str) -> float:
    """Returns the time since when other parts of the message with this ts may have been posted."""
    return max(0.0, float(ts) - _PARTS_APART)


class PostSearch:
    """Finds posts by their key in the history of a channel or a thread. Raises OutsideError."""

    def __init__(self, reader: AsyncWebClient, rate_limiter: RateLimiter) -> None:
        self._reader = reader
        self._limiter = rate_limiter

    async def find(self, to: Destination, key: str, since: float) -> FoundPosts:
        """Returns the parts posted since then, in the thread or in an earlier one that is gone."""
        if to.thread is None:
            return FoundPosts(parts=(await self._search(to.channel, None, key, since)).found)
        results = [await self._search(to.channel, thread, key, since) for thread in (to.thread, *to.gone)]
        parts = {part: ts for result in reversed(results) for part, ts in result.found.items()}
        if all(result.has_root for result in results):
            return FoundPosts(parts=parts)
        # Slack may have posted it outside of the thread, because the first message of the thread is gone.
        strays = (await self._search(to.channel, None, key, since)).found.values()
        return FoundPosts(parts=parts, strays=tuple(strays))

    async def parts_with(self, channel: str, ts: str) -> tuple[str, Parts] | None:
        """Returns the key of a posted message with all its parts; None outside of threads, or if it has no key."""
        async with self._limiter.calling("conversations.replies"):
            page = await _page(self._reader, channel, ts, oldest="0", include_all_metadata=True)
        posted: dict[str, Any] = next((one for one in page.get("messages") or () if one.get("ts") == ts), {})
        key, thread = key_of(posted), posted.get("thread_ts")
        if key is None or thread is None:
            return None
        return key, (await self._search(channel, thread, key, begin_of_parts(ts))).found

    async def read(self, channel: str, ts: str) -> ReadMessage:
        """Returns a message of a channel with its thread. Raises MessageGoneError."""
        try:
            async with self._limiter.calling("conversations.replies"):
                page = await _page(self._reader, channel, ts)
        except ThreadGoneError as error:
            raise MessageGoneError(str(error), system=SYSTEM, code=error.code) from error
        message = next((one for one in page.get("messages") or () if one.get("ts") == ts), None)
        if message is None:
            raise MessageGoneError("The message is not there.", system=SYSTEM, code="message_not_found")
        words = None if message.get("bot_id") else message_content(message, linked=True).words
        return ReadMessage(thread=str(message.get("thread_ts") or ts), words=words)

    async def _search(self, channel: str, thread: str | None, key: str, since: float) -> _SearchResult:
        oldest = f"{max(0.0, since - _CLOCK_SKEW):.6f}"
        found: Parts = {}
        has_root = False
        cursor: str | None = None
        method = "conversations.history" if thread is None else "conversations.replies"
        while True:
            try:
                async with self._limiter.calling(method):
                    page = await _page(
                        self._reader, channel, thread, oldest=oldest, cursor=cursor, include_all_metadata=True
                    )
            except ThreadGoneError:
                return _SearchResult(found=found)
            for one in page.get("messages") or ():
                has_root |= one.get("ts") == thread and one.get("subtype") != "tombstone"
                if part := matching_key(one, key):
                    found[part] = str(one["ts"])
            after = _next(page)
            # A cursor that leads to the same page again would never end.
            if key in found or after is None or after == cursor:
                return _SearchResult(found=found, has_root=has_root)
            cursor = after
