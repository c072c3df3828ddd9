"""The limits of the connector: requests for each conversation and thread, and of the bot in all.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sandbox.teams.wire import ConnectorRefusedError


@dataclass(frozen=True, slots=True)
class RequestLimit:
    """So many requests in any span of so many seconds."""

    requests: int
    seconds: float


SEND = (RequestLimit(7, 1), RequestLimit(8, 2), RequestLimit(60, 30), RequestLimit(1_800, 3_600))
READ_MEMBERS = (RequestLimit(14, 1), RequestLimit(16, 2), RequestLimit(120, 30), RequestLimit(3_600, 3_600))
REACT = (RequestLimit(2, 1),)
ALL = (RequestLimit(50, 1),)
_LIMITS = {"send": SEND, "create": SEND, "members": READ_MEMBERS, "react": REACT}


class ConnectorThrottle:
    """Counts requests and refuses those over a limit. `now` is a clock that never goes back."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.is_on = True
        self._windows: dict[tuple[str, str], _Windows] = {}

    def count(self, kind: str, subject: str = "") -> None:
        """Counts a request. `kind` is send, create, members, react or other; `subject` the thread or the channel.

        Raises ConnectorRefusedError if there were too many; such a request is not counted.
        """
        if not self.is_on:
            return
        counted = [self._of("all", "", ALL)]
        if kind in _LIMITS:
            counted.append(self._of(kind, "" if kind == "react" else subject, _LIMITS[kind]))
        now = self.now()
        wait = max(window.wait(now) for window in counted)
        if wait > 0:
            raise ConnectorRefusedError(429, "Throttled", "Too many requests.", retry_after=max(1, math.ceil(wait)))
        for window in counted:
            window.add(now)

    def clear(self) -> None:
        """Forgets what was counted."""
        self._windows.clear()

    def _of(self, kind: str, subject: str, limits: Sequence[RequestLimit]) -> _Windows:
        return self._windows.setdefault((kind, subject), _Windows(limits))


class _Windows:
    """Requests of one kind about one subject, counted against several limits."""

    def __init__(self, limits: Sequence[RequestLimit]) -> None:
        self._limits = limits
        self._times: deque[float] = deque(maxlen=max(limit.requests for limit in limits))

    def wait(self, now: float) -> float:
        """Returns the seconds until a further request is allowed."""
        return max(self._wait_for(limit, now) for limit in self._limits)

    def _wait_for(self, limit: RequestLimit, now: float) -> float:
        if len(self._times) < limit.requests:
            return 0.0
        return max(0.0, self._times[-limit.requests] + limit.seconds - now)

    def add(self, now: float) -> None:
        self._times.append(now)
