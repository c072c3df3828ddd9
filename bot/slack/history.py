"""Reads missed messages from Slack's histories as the inbox entries that their events would have become.

Calls: conversations.history, conversations.replies and conversations.list of docs.slack.dev/reference/methods.
Every message goes through `Inbound`, so that it gets the key of its event and is left out if its event would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.helpdesk.inbox.reconciliation import DirectMessage, HistoryPage, MissedMessage, ThreadCursor
from bot.helpdesk.model.events import InboxEntry, LookupRequested, MessageReceived
from bot.slack.errors import translated
from bot.slack.inbound import Inbound

# Seconds. Slack repeats a delivery for up to six minutes, so an earlier message may be missing after a later one.
_REORDERED = 600.0
# Slack returns only 15 per page to some apps, whatever they ask for.
_PAGE = 100
# Slack accepts less than 1,000, and may return fewer.
_CONTACTS_PAGE = 500


class SlackHistory:
    """Reads histories with the `reader` client. `workspace` and `bot_user` are our own."""

    def __init__(self, *, reader: AsyncWebClient, inbound: Inbound, workspace: str, bot_user: str) -> None:
        self._reader = reader
        self._inbound = inbound
        self._workspace = workspace
        self._bot_user = bot_user

    async def read(self, place: ThreadCursor, since: float, page: str | None) -> HistoryPage[MissedMessage]:
        """Reads a page of messages; see `bot.helpdesk.inbox.reconciliation.History`. Raises OutsideError."""
        oldest = max(since, place.after - _REORDERED if place.after is not None else 0.0)
        with translated():
            found = await self._fetch(place, f"{oldest:.6f}", page)
        read = [self._missed(place, message) for message in found.get("messages") or ()]
        return HistoryPage(found=tuple(one for one in read if one is not None), next=_next(found))

    async def contacts(self, page: str | None) -> HistoryPage[DirectMessage]:
        """Reads a page of direct messages; see `inbox.reconciliation.History`. Needs `im:read`. Raises OutsideError."""
        with translated():
            found: Any = await self._reader.conversations_list(types="im", cursor=page, limit=_CONTACTS_PAGE)
        people = [one for one in found.get("channels") or () if not one.get("is_user_deleted")]
        listed = (DirectMessage(channel=one["id"], since=float(one.get("created") or 0.0)) for one in people)
        return HistoryPage(found=tuple(listed), next=_next(found))

    async def _fetch(self, place: ThreadCursor, oldest: str, cursor: str | None) -> Any:
        if place.thread is None:
            return await self._reader.conversations_history(
                channel=place.channel, oldest=oldest, cursor=cursor, limit=_PAGE
            )
        return await self._reader.conversations_replies(
            channel=place.channel, ts=place.thread, oldest=oldest, cursor=cursor, limit=_PAGE
        )

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
        # A history does not say whether another company is in the channel. Its people count as external in any case.
        envelope = {"type": "event_callback", "team_id": self._workspace, "is_ext_shared_channel": True}
        return {**envelope, "event": event}


def _next(found: Any) -> str | None:
    return (found.get("response_metadata") or {}).get("next_cursor") or None


def _change_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """Builds the event of the last edit of a message, without its previous text, which is not known any more."""
    ts = message["edited"].get("ts")
    return {"type": "message", "subtype": "message_changed", "ts": ts, "event_ts": ts, "message": message}
