"""Who may put a question to the assistant next: a cap for all, a cap for each person, and turns between persons.

`Line` is the queue as pure arithmetic; `Turnstile` lets tasks wait in it. Both are one process's own: several processes
each have the whole cap.
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

# Seconds; for an assistant that asks us to slow down without saying for how long.
_PAUSE = 1.0


@dataclass(slots=True, eq=False)
class QueueSlot:
    """Somebody's place in the line. `called` once it is their turn; `waiter` is there while somebody waits for that."""

    person: str
    called: bool = False
    waiter: asyncio.Future[None] | None = None

    def call(self) -> None:
        """It is their turn."""
        self.called = True
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


class FairQueue:
    """The queue. Each person's questions keep their order; between persons it goes round, one question each.

    A person who has as many questions with the assistant as one may have is passed over.
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
        """How many may be with the assistant now; infinite without a cap."""
        return self._room

    @property
    def served(self) -> int:
        """How many are with the assistant."""
        return len(self._served)

    def join(self, place: QueueSlot) -> None:
        """Stand at the end."""
        queue = self._waiting.setdefault(place.person, deque())
        queue.append(place)
        if len(queue) == 1 and self._may(place.person):
            self._turns.append(place.person)

    def call(self) -> list[QueueSlot]:
        """Those whose turn it is now; they count as being with the assistant until they leave."""
        called = []
        while self._turns and len(self._served) < self._room:
            called.append(self._call_next())
        return called

    def _call_next(self) -> QueueSlot:
        person = self._turns.popleft()
        place = self._waiting[person].popleft()
        self._served.add(place)
        self._of[person] += 1
        if not self._waiting[person]:
            del self._waiting[person]
        elif self._may(person):
            self._turns.append(person)
        return place

    def leave(self, place: QueueSlot) -> None:
        """Be done, or go away from anywhere in the line."""
        if place in self._served:
            self._leave_assistant(place)
        else:
            self._leave_queue(place)

    def _leave_assistant(self, place: QueueSlot) -> None:
        person = place.person
        self._served.remove(place)
        was_full = not self._may(person)
        self._of[person] -= 1
        if not self._of[person]:
            del self._of[person]
        if was_full and person in self._waiting:
            self._turns.append(person)

    def _leave_queue(self, place: QueueSlot) -> None:
        queue = self._waiting[place.person]
        queue.remove(place)
        if not queue:
            del self._waiting[place.person]
            if place.person in self._turns:
                self._turns.remove(place.person)

    def before(self, place: QueueSlot) -> int:
        """How many are called before this one, if nobody else comes."""
        own = self._waiting[place.person].index(place)
        in_turn = list(self._turns)
        at = in_turn.index(place.person) if place.person in in_turn else len(in_turn)
        earlier, later = in_turn[:at], in_turn[at + 1 :]
        return (
            own
            + sum(min(len(self._waiting[other]), own + 1) for other in earlier)
            + sum(min(len(self._waiting[other]), own) for other in later)
        )

    def _may(self, person: str) -> bool:
        return self._of[person] < self._limits.of_one

    def tighten(self) -> None:
        """The assistant asked us to slow down: half as many at once from now on."""
        self._room = max(1.0, float(len(self._served) // 2))

    def loosen(self) -> None:
        """The assistant answered: one more at once, up to the cap."""
        cap = math.inf if self._limits.of_all is None else float(self._limits.of_all)
        self._room = min(cap, self._room + 1.0)


class AskLimiter:
    """Lets questions through to the assistant in the order of a line.

    Who waits costs a small object and no connection, and may go away at any time. After a 429 nobody is let through
    until its time has passed, and then half as many at once; every answer makes room for one more.
    """

    def __init__(self, limits: AskLimits, now: Callable[[], float] = time.monotonic) -> None:
        self._line = FairQueue(limits)
        self._now = now
        self._closed_until = -math.inf

    @asynccontextmanager
    async def waiting(self, person: str) -> AsyncIterator[QueueSlot]:
        """A place in the line, and then with the assistant, for as long as the block lasts."""
        place = QueueSlot(person)
        self._line.join(place)
        self._call()
        try:
            yield place
            self._line.loosen()
        finally:
            self._line.leave(place)
            self._call()

    async def called(self, place: QueueSlot, seconds: float) -> bool:
        """Wait for one's turn for so many seconds; whether it has come."""
        if not place.called:
            # Most need not wait, and an event for each would be half a kilobyte.
            place.waiter = asyncio.get_running_loop().create_future()
            await asyncio.wait({place.waiter}, timeout=seconds)
        return place.called

    def before(self, place: QueueSlot) -> int:
        """How many come before one who waits."""
        return self._line.before(place)

    @contextlib.contextmanager
    def heeding(self) -> Iterator[None]:
        """Around one call of the assistant. Raises RateLimitedError without a call while a 429 holds for everybody."""
        left = self._closed_until - self._now()
        if left > 0:
            raise RateLimitedError("The assistant asked for a pause.", system="uppzy", code="429", retry_after=left)
        try:
            yield
        except RateLimitedError as error:
            self._close(_PAUSE if error.retry_after is None else error.retry_after)
            raise

    def _close(self, seconds: float) -> None:
        # What was under way together is refused together, and counts once.
        if self._closed_until <= self._now():
            self._line.tighten()
        self._closed_until = max(self._closed_until, self._now() + seconds)

    def _call(self) -> None:
        for place in self._line.call():
            place.call()
