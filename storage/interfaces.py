"""Interfaces that both engines implement: the store and the job runner as the composition root sees them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Protocol, Self, TypeVar

from bot.helpdesk.model.effects import Effect
from bot.helpdesk.model.job import Job
from bot.helpdesk.ports import WorkPriority
from storage.repositories import Transaction

T = TypeVar("T")
P = ParamSpec("P")

Handler = Callable[[str], Awaitable[float | None]]
"""Runs the job that `ref` names. Returns None when it is finished, else the seconds after which to run it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEffects:
    """Functions for effects that begin with the transaction that decides them.

    `claim` completes the claim at the end of the transaction. It returns what `perform` needs, or None where it has
    enqueued the effect's job after all. `perform` is called after the commit, and returns like a `Handler`.
    """

    claim: Callable[[Transaction, Effect, Job], Any]
    perform: Callable[[Any], Awaitable[float | None]]


class Transactions(Protocol):
    """Runs work in transactions, with one priority."""

    def with_priority(self, priority: WorkPriority) -> Transactions:
        """Returns the same store for work of another priority."""

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work` in a transaction; returns its result once that is durable."""


class Database(Transactions, Protocol):
    """A store that is opened and closed. Opening it applies the migrations that are missing.

    Opening raises StorageError where the database cannot be used; its message says how to fix that.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    async def read(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work`, which only reads, on one snapshot of what is committed.

        It has a connection of its own: it neither waits for work that writes nor delays it. Raises StorageError.
        """

    async def overwrite_deleted(self) -> None:
        """Removes what was deleted from the files of the database, too. Other work waits meanwhile.

        Raises StorageError.
        """


class JobRunner(Protocol):
    """Runs the jobs of a database, at least once and in lane order, until it is stopped."""

    @property
    def unfinished(self) -> int:
        """Returns how many jobs this process knows of that wait or run."""

    async def start(self) -> None:
        """Resumes unfinished jobs and begins to take new ones."""

    async def stop(self, grace_seconds: float) -> None:
        """Takes no further job. Running ones have `grace_seconds` to end; then they are released."""

    async def idle(self) -> None:
        """Waits until nothing runs and nothing is due."""
