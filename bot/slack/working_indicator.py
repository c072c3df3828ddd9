"""The typing indicator, by the best means that the workspace allows."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.call_rates import CallPriority
from bot.errors import OutsideError
from bot.slack.errors import UNKNOWN_METHOD
from bot.slack.rate_limiter import RateLimiter


class WorkingIndicator:
    """Shows that the assistant works on a question. Raises nothing.

    It tries the status of an agent session, then that of an assistant thread, then a reaction, and remembers which of
    them the workspace does not have.
    """

    def __init__(self, writer: AsyncWebClient, rate_limiter: RateLimiter) -> None:
        self._writer = writer
        self._limiter = rate_limiter
        self._means: list[Callable[[str, str, str, bool], Awaitable[None]]] = [
            self._session_status,
            self._assistant_status,
            self._reaction,
        ]

    async def set(self, channel: str, thread: str, message: str, busy: bool) -> None:
        """Shows or clears it. Beyond the rate limits it is not shown; clearing it may wait a little."""
        while self._means:
            show = self._means[0]
            try:
                await show(channel, thread, message, busy)
                return
            except OutsideError as error:
                if error.code not in UNKNOWN_METHOD:
                    return
                # Not available in this workspace: use the next one from now on.
                with contextlib.suppress(ValueError):
                    self._means.remove(show)
            except OSError:
                return

    async def _session_status(self, channel: str, thread: str, message: str, busy: bool) -> None:
        status = "processing" if busy else "active"
        async with self._limiter.calling("agents.sessions.setStatus", _priority(busy)):
            await self._writer.agents_sessions_setStatus(channel_id=channel, thread_ts=thread, status=status)

    async def _assistant_status(self, channel: str, thread: str, message: str, busy: bool) -> None:
        # Slack clears it by itself when the answer is posted.
        if busy:
            async with self._limiter.calling("assistant.threads.setStatus", _priority(busy)):
                await self._writer.assistant_threads_setStatus(
                    channel_id=channel, thread_ts=thread, status="is working on an answer…"
                )

    async def _reaction(self, channel: str, thread: str, message: str, busy: bool) -> None:
        call = self._writer.reactions_add if busy else self._writer.reactions_remove
        async with self._limiter.calling("reactions.add" if busy else "reactions.remove", _priority(busy)):
            await call(channel=channel, timestamp=message, name="eyes")


def _priority(busy: bool) -> CallPriority:
    return CallPriority.INDICATOR if busy else CallPriority.UPDATE
