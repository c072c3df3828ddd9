"""Reads on a connection of their own, so that a look-up neither waits for work that writes nor delays it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.errors import StorageError
from bot.helpdesk.model.effects import Effect
from bot.helpdesk.model.job import Job
from storage.repositories import Transaction

T = TypeVar("T")

_BEGIN = {"sqlite": "BEGIN", "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"}


class Reader:
    """One connection for reads, made when it is first used and again when it was lost."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="reader")
        self._connection: Connection | None = None

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` on one snapshot of what is committed. Raises StorageError."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._read, work)
        except DBAPIError as error:
            raise StorageError(f"The database cannot be read: {type(error.orig).__name__}.") from error

    async def close(self) -> None:
        """Closes the connection once the last read has ended."""
        await asyncio.to_thread(self._thread.shutdown)
        self._disconnect()

    def _read(self, work: Callable[[Transaction], T]) -> T:
        try:
            return self._read_once(work)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return self._read_once(work)

    def _read_once(self, work: Callable[[Transaction], T]) -> T:
        if self._connection is None:
            self._connection = self._engine.connect()
        connection = self._connection
        try:
            connection.exec_driver_sql(_BEGIN[connection.dialect.name])
            try:
                return work(Transaction(connection, _NoJobs()))
            finally:
                connection.exec_driver_sql("ROLLBACK")
        except DBAPIError:
            if connection.invalidated:
                self._disconnect()
            raise

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _NoJobs:
    owner = None

    def enqueue(self, job: Job, *, first: bool = False) -> None:
        raise AssertionError("Work that only reads enqueues no jobs.")

    def has_more_urgent(self, job: Job) -> bool:
        return False

    def may_be_free(self, lane: str, *, alone: bool = False) -> bool:
        return False

    def note_begun(self, job: Job, effect: Effect) -> None:
        raise AssertionError("Nothing begins with work that only reads.")

    def note_accepted(self, job: Job) -> None:
        raise AssertionError("Nothing begins with work that only reads.")
