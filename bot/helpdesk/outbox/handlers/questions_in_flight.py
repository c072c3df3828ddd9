"""Tracks the questions that are with the assistant, so that one that is no longer needed can be cancelled."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

from bot.helpdesk.outbox.handler import SupersededError


class QuestionsInFlight:
    """The questions of this process that are with the assistant, or in the queue for it."""

    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[Any]] = {}
        self._cancelled: set[str] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    def cancel(self, question_id: str) -> bool:
        """Stops waiting for the answer. Returns False if the question is not in flight here."""
        task = self._tasks.get(question_id)
        if task is None:
            return False
        self._cancelled.add(question_id)
        task.cancel()
        return True

    @contextlib.contextmanager
    def tracking(self, question_id: str) -> Iterator[None]:
        """Tracks a question while the current task runs the block. Raises SupersededError where it was cancelled."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks[question_id] = task
        try:
            yield
        except asyncio.CancelledError:
            if question_id not in self._cancelled:
                raise
            task.uncancel()
            raise SupersededError from None
        finally:
            self._tasks.pop(question_id, None)
            self._cancelled.discard(question_id)
