"""Search for the messages that were posted under a key."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import ThreadGoneError
from bot.helpdesk.model.target import Destination
from bot.slack.delivery_ids import key_of, matching_key
from bot.slack.rate_limiter import RateLimiter

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
            page = await self._page(channel, ts, "0", None)
        posted: dict[str, Any] = next((one for one in page.get("messages") or () if one.get("ts") == ts), {})
        key, thread = key_of(posted), posted.get("thread_ts")
        if key is None or thread is None:
            return None
        return key, (await self._search(channel, thread, key, begin_of_parts(ts))).found

    async def _search(self, channel: str, thread: str | None, key: str, since: float) -> _SearchResult:
        oldest = f"{max(0.0, since - _CLOCK_SKEW):.6f}"
        found: Parts = {}
        has_root = False
        cursor: str | None = None
        method = "conversations.history" if thread is None else "conversations.replies"
        while True:
            try:
                async with self._limiter.calling(method):
                    page = await self._page(channel, thread, oldest, cursor)
            except ThreadGoneError:
                return _SearchResult(found=found)
            for one in page.get("messages") or ():
                has_root |= one.get("ts") == thread and one.get("subtype") != "tombstone"
                if part := matching_key(one, key):
                    found[part] = str(one["ts"])
            after = (page.get("response_metadata") or {}).get("next_cursor")
            # A cursor that leads to the same page again would never end.
            if key in found or not after or after == cursor:
                return _SearchResult(found=found, has_root=has_root)
            cursor = after

    async def _page(self, channel: str, thread: str | None, oldest: str, cursor: str | None) -> Any:
        if thread is None:
            return await self._reader.conversations_history(
                channel=channel, oldest=oldest, cursor=cursor, limit=100, include_all_metadata=True
            )
        return await self._reader.conversations_replies(
            channel=channel, ts=thread, oldest=oldest, cursor=cursor, limit=100, include_all_metadata=True
        )
