"""Reading back what people wrote, as the inputs that Slack's events would have been.

Calls: conversations.history, conversations.replies and conversations.list of docs.slack.dev/reference/methods.
Every message goes through `Inbound`, so that it has the key of its event, and is left out where its event would be.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.helpdesk.inbox.reconciliation import DirectMessage, MissedMessage, Page, ThreadCursor
from bot.helpdesk.model.events import InboxEntry, LookupRequested, MessageReceived
from bot.slack.errors import translated
from bot.slack.inbound import Inbound

# Slack repeats a delivery for up to six minutes, so an earlier message may have been lost after a later one was heard.
_REORDERED = 600.0
# Slack gives some apps no more than 15 at a time, whatever they ask for; the rest comes on the next page.
_PAGE = 100
# Slack takes less than 1,000, and may give fewer than it was asked for.
_LIST = 500


class SlackHistory:
    """Histories by the `reader` client. `workspace` and `bot_user` are our own, as read at the start."""

    def __init__(self, *, reader: AsyncWebClient, inbound: Inbound, workspace: str, bot_user: str) -> None:
        self._reader = reader
        self._inbound = inbound
        self._workspace = workspace
        self._bot_user = bot_user

    async def read(self, place: ThreadCursor, since: float, page: str | None) -> Page[MissedMessage]:
        """A page of what people wrote; see `bot.helpdesk.inbox.reconciliation.History`. Raises OutsideError."""
        oldest = max(since, float(place.after) - _REORDERED if place.after else 0.0)
        with translated():
            found = await self._fetch(place, f"{oldest:.6f}", page)
        read = [self._past(place, message) for message in found.get("messages") or ()]
        return Page(found=tuple(one for one in read if one is not None), next=_next(found))

    async def contacts(self, page: str | None) -> Page[DirectMessage]:
        """A page of our direct messages; see `inbox.reconciliation.History`. Needs `im:read`. Raises OutsideError."""
        with translated():
            found: Any = await self._reader.conversations_list(types="im", cursor=page, limit=_LIST)
        people = [one for one in found.get("channels") or () if not one.get("is_user_deleted")]
        listed = (DirectMessage(channel=one["id"], since=float(one.get("created") or 0.0)) for one in people)
        return Page(found=tuple(listed), next=_next(found))

    async def _fetch(self, place: ThreadCursor, oldest: str, cursor: str | None) -> Any:
        if place.thread is None:
            return await self._reader.conversations_history(
                channel=place.channel, oldest=oldest, cursor=cursor, limit=_PAGE
            )
        return await self._reader.conversations_replies(
            channel=place.channel, ts=place.thread, oldest=oldest, cursor=cursor, limit=_PAGE
        )

    def _past(self, place: ThreadCursor, message: Mapping[str, Any]) -> MissedMessage | None:
        """None for what asks nothing of us. The root of a thread stands on its first page, however old it is."""
        if place.thread is not None and message.get("ts") == place.thread:
            return None
        accepted = self._as_event(place, message)
        if accepted is None or not isinstance(accepted.given, MessageReceived | LookupRequested):
            return None
        return MissedMessage(
            accepted=accepted,
            message=accepted.given,
            edited=self._as_event(place, _change_of(message)) if message.get("edited") else None,
            listing=self._inbound.listing(self._payload(place, message)),
            has_replies=bool(message.get("reply_count")),
            replied=self._bot_user in (message.get("reply_users") or ()),
        )

    def _as_event(self, place: ThreadCursor, message: Mapping[str, Any]) -> InboxEntry | None:
        return self._inbound.read(self._payload(place, message), 0.0)

    def _payload(self, place: ThreadCursor, message: Mapping[str, Any]) -> dict[str, Any]:
        event = {**message, "channel": place.channel, "channel_type": "im" if place.direct else "channel"}
        # A history does not say whether the channel is shared with another company. Who is of another one is treated as
        # an outsider in any case.
        envelope = {"type": "event_callback", "team_id": self._workspace, "is_ext_shared_channel": True}
        return {**envelope, "event": event}


def _next(found: Any) -> str | None:
    return (found.get("response_metadata") or {}).get("next_cursor") or None


def _change_of(message: Mapping[str, Any]) -> dict[str, Any]:
    """The event of the message's last change. What it said before is not known any more."""
    ts = message["edited"].get("ts")
    return {"type": "message", "subtype": "message_changed", "ts": ts, "event_ts": ts, "message": message}
