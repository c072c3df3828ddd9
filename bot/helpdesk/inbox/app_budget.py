"""The budget of apps where the policy answers them: it ends a loop in which two bots answer each other."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable

from bot.helpdesk.escalation import APPS_PER_HOUR

_HOUR = 3600.0


class AppBudget:
    """Counts the messages of each app in the last hour, in the memory of this process."""

    def __init__(self) -> None:
        self._taken: dict[Hashable, deque[float]] = {}

    def take(self, app: Hashable, now: float) -> bool:
        """Counts a message of the app, unless it has used up its budget. Returns whether it was counted."""
        taken = self._taken.setdefault(app, deque())
        # Those of the future are from before the clock was set back.
        while taken and not 0 <= now - taken[0] < _HOUR:
            taken.popleft()
        if len(taken) >= APPS_PER_HOUR:
            return False
        taken.append(now)
        return True
