"""Knowledge of stored rows that saves reading them: scheduled jobs that wait, and alarms that do not stand."""

from __future__ import annotations

import time
from collections.abc import Callable

# Seconds for which an alarm of another process may stay unnoticed. The next success after them resolves it.
_QUIET_FOR = 5.0


class Known:
    """Facts about rows that this process knows. They are noted by transactions and forgotten by those that change them.

    Forget all of it when a transaction is rolled back: what was seen in it may never have been stored.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting_jobs: set[str] = set()
        self._quiet_causes: dict[str, float] = {}

    def note_waiting_job(self, key: str) -> None:
        """Notes that the scheduled job with this key waits."""
        self._waiting_jobs.add(key)

    def is_waiting(self, key: str) -> bool:
        """Returns True if the scheduled job with this key is known to wait."""
        return key in self._waiting_jobs

    def forget_jobs(self) -> None:
        """Forgets all scheduled jobs, after one has run."""
        self._waiting_jobs.clear()

    def note_quiet(self, cause: str) -> None:
        """Notes that no alarm for this cause stands."""
        self._quiet_causes[cause] = self._clock()

    def is_quiet(self, cause: str) -> bool:
        """Returns True if no alarm for this cause is known to stand, or stood a moment ago."""
        seen = self._quiet_causes.get(cause)
        return seen is not None and self._clock() - seen < _QUIET_FOR

    def forget_alarm(self, cause: str) -> None:
        """Forgets an alarm that was added or changed."""
        self._quiet_causes.pop(cause, None)

    def clear(self) -> None:
        """Forgets everything."""
        self._waiting_jobs.clear()
        self._quiet_causes.clear()
