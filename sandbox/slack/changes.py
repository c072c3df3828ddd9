"""Feed of every change in the local Slack."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class ChangeKind(enum.StrEnum):
    """Kinds of change."""

    MESSAGE_POSTED = "message_posted"
    MESSAGE_CHANGED = "message_changed"
    MESSAGE_DELETED = "message_deleted"
    EPHEMERAL_POSTED = "ephemeral_posted"
    EPHEMERAL_DELETED = "ephemeral_deleted"
    REACTION_ADDED = "reaction_added"
    REACTION_REMOVED = "reaction_removed"
    VIEW_OPENED = "view_opened"
    VIEW_CHANGED = "view_changed"
    VIEW_CLOSED = "view_closed"
    HOME_PUBLISHED = "home_published"
    STATUS_SET = "status_set"
    SESSION_RENAMED = "session_renamed"
    PROMPTS_SET = "prompts_set"
    CALLED = "called"
    DELIVERED = "delivered"
    SOCKET_OPENED = "socket_opened"
    SOCKET_CLOSED = "socket_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change. `ts` is the message or thread; `subject` is a view, an emoji, a method or the like."""

    kind: ChangeKind
    channel: str = ""
    ts: str = ""
    user: str = ""
    subject: str = ""


class ChangeFeed:
    """Publishes each change to waiting tasks and followers."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []
        self._followers: list[asyncio.Queue[Change]] = []

    def publish(self, change: Change) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
        for follower in self._followers:
            follower.put_nowait(change)

    async def wait_for(self, predicate: Callable[[], T], seconds: float) -> T:
        """Returns the first true value of `predicate`, evaluated now and after every change.

        Raises TimeoutError after `seconds`.
        """
        async with asyncio.timeout(seconds):
            while not (found := predicate()):
                await self._next()
        return found

    async def _next(self) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        await future

    async def follow(self) -> AsyncIterator[Change]:
        """Yields every change from now on, until the caller stops iterating."""
        queue: asyncio.Queue[Change] = asyncio.Queue()
        self._followers.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._followers.remove(queue)
