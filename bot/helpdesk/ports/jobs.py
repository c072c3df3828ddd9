"""The job queue."""

from __future__ import annotations

from typing import Protocol

from bot.helpdesk.model.job import Job


class Jobs(Protocol):
    """The queue, as seen by a transaction."""

    def enqueue(self, job: Job) -> None:
        """Runs `job` after this transaction is committed: at least once, and not before its time."""
