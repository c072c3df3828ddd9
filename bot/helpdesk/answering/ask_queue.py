"""Queue in front of the assistant: a limit for all, a limit for each person, and fair turns between persons.

`FairQueue` is the queue itself, without waiting; `AskLimiter` lets tasks wait in it. Both belong to one process:
several processes have the whole limit each.
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
_PAUSE = 1.0


@dataclass(slots=True, eq=False)
class QueueSlot:
    """A slot in the queue. `called` once it is its turn; `waiter` exists while a task waits for that."""

    person: str
    called: bool = False
    waiter: asyncio.Future[None] | None = None

    def call(self) -> None:
        """Wakes the task that waits for the turn."""
        self.called = True
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


class FairQueue:
    """A queue with fair turns: each person's questions keep their order, and persons take turns, one question each.

    A person who has reached their own limit is passed over.
    """

    def __init__(self, limits: AskLimits) -> None:
        self._limits = limits
        self._room = math.inf if limits.of_all is None else float(limits.of_all)
        self._waiting: dict[str, deque[QueueSlot]] = {}
        self._turns: deque[str] = deque()
        self._served: set[QueueSlot] = set()
        self._of: Counter[str] = Counter()

    @property
    def room(self) -> float:
        """The number of questions that may be with the assistant now; infinite without a limit."""
        return self._room

    @property
    def served(self) -> int:
        """The number of questions that are with the assistant."""
        return len(self._served)

    def join(self, slot: QueueSlot) -> None:
        """Adds a slot at the end."""
        queue = self._waiting.setdefault(slot.person, deque())
        queue.append(slot)
        if len(queue) == 1 and self._may(slot.person):
            self._turns.append(slot.person)

    def call(self) -> list[QueueSlot]:
        """Returns the slots whose turn it is now. They count as being with the assistant until they leave."""
        called = []
        while self._turns and len(self._served) < self._room:
            called.append(self._call_next())
        return called

    def _call_next(self) -> QueueSlot:
        person = self._turns.popleft()
        slot = self._waiting[person].popleft()
        self._served.add(slot)
        self._of[person] += 1
        if not self._waiting[person]:
            del self._waiting[person]
        elif self._may(person):
            self._turns.append(person)
        return slot

    def leave(self, slot: QueueSlot) -> None:
        """Removes a slot from wherever it is."""
        if slot in self._served:
            self._leave_assistant(slot)
        else:
            self._leave_queue(slot)

    def _leave_assistant(self, slot: QueueSlot) -> None:
        person = slot.person
        self._served.remove(slot)
        was_full = not self._may(person)
        self._of[person] -= 1
        if not self._of[person]:
            del self._of[person]
        if was_full and person in self._waiting:
            self._turns.append(person)

    def _leave_queue(self, slot: QueueSlot) -> None:
        queue = self._waiting[slot.person]
        queue.remove(slot)
        if not queue:
            del self._waiting[slot.person]
            if slot.person in self._turns:
                self._turns.remove(slot.person)

    def before(self, slot: QueueSlot) -> int:
        """Returns how many slots are called before this one, if nobody else joins."""
        own = self._waiting[slot.person].index(slot)
        in_turn = list(self._turns)
        at = in_turn.index(slot.person) if slot.person in in_turn else len(in_turn)
        earlier, later = in_turn[:at], in_turn[at + 1 :]
        return (
            own
            + sum(min(len(self._waiting[other]), own + 1) for other in earlier)
            + sum(min(len(self._waiting[other]), own) for other in later)
        )

    def _may(self, person: str) -> bool:
        return self._of[person] < self._limits.of_one

    def tighten(self) -> None:
        """Halves the number of concurrent questions after a 429."""
        self._room = max(1.0, float(len(self._served) // 2))

    def loosen(self) -> None:
        """Allows one more concurrent question after an answer, up to the limit."""
        cap = math.inf if self._limits.of_all is None else float(self._limits.of_all)
        self._room = min(cap, self._room + 1.0)


class AskLimiter:
    """Lets questions through to the assistant in the order of the queue.

    A waiting question costs a small object and no connection, and may be cancelled at any time. After a 429 none is let
    through until its pause is over, then half as many at once; every answer makes room for one more.
    """

    def __init__(self, limits: AskLimits, now: Callable[[], float] = time.monotonic) -> None:
        self._queue = FairQueue(limits)
        self._now = now
        self._closed_until = -math.inf

    @asynccontextmanager
    async def waiting(self, person: str) -> AsyncIterator[QueueSlot]:
        """A slot in the queue, and then with the assistant, for as long as the block lasts."""
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
        """Waits up to so many seconds for the slot's turn. Returns whether it has come."""
        if not slot.called:
            # Created only when needed: most do not wait, and an event for each would take half a kilobyte.
            slot.waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait({slot.waiter}, timeout=seconds)
        return slot.called

    def before(self, slot: QueueSlot) -> int:
        """Returns how many questions are asked before this one."""
        return self._queue.before(slot)

    @contextlib.contextmanager
    def within_rate_limit(self) -> Iterator[None]:
        """Surrounds a call of the assistant. Raises RateLimitedError without a call during a pause after a 429."""
        left = self._closed_until - self._now()
        if left > 0:
            raise RateLimitedError("The assistant asked for a pause.", system="uppzy", code="429", retry_after=left)
        try:
            yield
        except RateLimitedError as error:
            self._close(_PAUSE if error.retry_after is None else error.retry_after)
            raise

    def _close(self, seconds: float) -> None:
        # Calls that were under way together are refused together, which counts once.
        if self._closed_until <= self._now():
            self._queue.tighten()
        self._closed_until = max(self._closed_until, self._now() + seconds)

    def _call(self) -> None:
        for slot in self._queue.call():
            slot.call()
