"""What the two engines have in common: the store and the runner as the composition root sees them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Concatenate, ParamSpec, Protocol, Self, TypeVar

from storage.repositories import Transaction

T = TypeVar("T")
P = ParamSpec("P")

Handler = Callable[[str], Awaitable[float | None]]
"""Does the job that `ref` names; returns None when it is finished, or the seconds after which it wants to run again."""


class Database(Protocol):
    """A store that is opened and closed. Opening brings the database to the version this code works with.

    Raises StorageError where it cannot be used, with the mend.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in a transaction; return its result once that is durable."""


class Runner(Protocol):
    """Runs the jobs of a database: at least once, in lane order, until it is stopped."""

    @property
    def unfinished(self) -> int:
        """How many jobs this process knows of that wait or run."""

    async def start(self) -> None:
        """Resume what is unfinished and take what comes."""

    async def stop(self, timeouts: float) -> None:
        """Take no further job; give running ones `patience` seconds to end, then release them."""

    async def idle(self) -> None:
        """Wait until nothing runs and nothing is due."""
