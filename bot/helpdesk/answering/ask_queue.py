"""Queue of questions to the assistant, with a limit for all, a limit for each person, and a fair order of persons.

`FairQueue` is the queue itself, without waiting; `AskLimiter` lets tasks wait in it. Limits apply per process.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.errors import RateLimitedError
from bot.helpdesk.config import AskLimits

# Seconds to pause after a 429 without a Retry-After.
_DEFAULT_PAUSE = 1.0


@dataclass(slots=True, eq=False)
class QueueSlot:
    """A slot in the queue. `called` is True from its turn on; `waiter` exists while a task waits for that."""

    person: str
    called: bool = False
    waiter: asyncio.Future[None] | None = None

    def call(self) -> None:
        """Wakes the task that waits for the turn."""
        self.called = True
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


class FairQueue:
    """Queue with round robin between persons. The questions of one person keep their order.

    A person who has reached their own limit is skipped.
    """

    def __init__(self, limits: AskLimits) -> None:
        self._limits = limits
        self._capacity = math.inf if limits.of_all is None else float(limits.of_all)
        self._waiting: dict[str, deque[QueueSlot]] = {}
        self._turns: deque[str] = deque()
        self._served: set[QueueSlot] = set()
        self._served_of: Counter[str] = Counter()

    def join(self, slot: QueueSlot) -> None:
        """Adds a slot at the end."""
        queue = self._waiting.setdefault(slot.person, deque())
        queue.append(slot)
        if len(queue) == 1 and self._is_below_limit(slot.person):
            self._turns.append(slot.person)

    def call(self) -> list[QueueSlot]:
        """Returns the slots whose turn it is now. They count as being with the assistant until they leave."""
        called = []
        while self._turns and len(self._served) < self._capacity:
            person = self._turns.popleft()
            slot = self._waiting[person].popleft()
            called.append(slot)
            self._served.add(slot)
            self._served_of[person] += 1
            if not self._waiting[person]:
                del self._waiting[person]
            elif self._is_below_limit(person):
                self._turns.append(person)
        return called

    def leave(self, slot: QueueSlot) -> None:
        """Removes a slot, whether it waits or is with the assistant."""
        person = slot.person
        if slot in self._served:
            self._served.remove(slot)
            was_full = not self._is_below_limit(person)
            self._served_of[person] -= 1
            if not self._served_of[person]:
                del self._served_of[person]
            if was_full and person in self._waiting:
                self._turns.append(person)
            return
        self._waiting[person].remove(slot)
        if not self._waiting[person]:
            del self._waiting[person]
            if person in self._turns:
                self._turns.remove(person)

    def before(self, slot: QueueSlot) -> int:
        """Returns the number of slots that are called before this one if no other joins."""
        own = self._waiting[slot.person].index(slot)
        in_turn = list(self._turns)
        at = in_turn.index(slot.person) if slot.person in in_turn else len(in_turn)
        earlier, later = in_turn[:at], in_turn[at + 1 :]
        return (
            own
            + sum(min(len(self._waiting[other]), own + 1) for other in earlier)
            + sum(min(len(self._waiting[other]), own) for other in later)
        )

    def _is_below_limit(self, person: str) -> bool:
        return self._served_of[person] < self._limits.of_one

    def tighten(self) -> None:
        """Halves the number of concurrent questions after a 429."""
        self._capacity = max(1.0, float(len(self._served) // 2))

    def loosen(self) -> None:
        """Allows one more concurrent question after an answer, up to the limit."""
        cap = math.inf if self._limits.of_all is None else float(self._limits.of_all)
        self._capacity = min(cap, self._capacity + 1.0)


class AskLimiter:
    """Lets questions through to the assistant in the order of the queue.

    A waiting question costs a small object and no connection, and may be cancelled at any time. After a 429 no question
    is let through until the pause is over, then half as many at once; every answer raises that limit by one.
    """

    def __init__(self, limits: AskLimits, now: Callable[[], float] = time.monotonic) -> None:
        self._queue = FairQueue(limits)
        self._now = now
        self._paused_until = -math.inf

    @asynccontextmanager
    async def waiting(self, person: str) -> AsyncIterator[QueueSlot]:
        """Holds a slot, first in the queue and then with the assistant, until the block is left."""
        slot = QueueSlot(person)
        self._queue.join(slot)
        self._call()
        try:
            yield slot
            self._queue.loosen()
        finally:
            self._queue.leave(slot)
            self._call()

    async def called(self, slot: QueueSlot, seconds: float) -> bool:
        """Waits up to `seconds` for the slot's turn. Returns whether it has come."""
        if not slot.called:
            # Created only when needed: most slots do not wait, and an event for each would take half a kilobyte.
            slot.waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait({slot.waiter}, timeout=seconds)
        return slot.called

    def before(self, slot: QueueSlot) -> int:
        """Returns the number of questions that are asked before this one."""
        return self._queue.before(slot)

    @contextlib.contextmanager
    def within_rate_limit(self) -> Iterator[None]:
        """Wraps a call of the assistant. During a pause after a 429 it raises RateLimitedError before the call."""
        left = self._paused_until - self._now()
        if left > 0:
            raise RateLimitedError("The assistant asked for a pause.", system="uppzy", code="429", retry_after=left)
        try:
            yield
        except RateLimitedError as error:
            self._pause(_DEFAULT_PAUSE if error.retry_after is None else error.retry_after)
            raise

    def _pause(self, seconds: float) -> None:
        # Concurrent calls that are refused together count as one refusal.
        if self._paused_until <= self._now():
            self._queue.tighten()
        self._paused_until = max(self._paused_until, self._now() + seconds)

    def _call(self) -> None:
        for slot in self._queue.call():
            slot.call()
