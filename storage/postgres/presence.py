"""Presence of a process in the database, as the owner of the effects that it has begun.

The process has a row among procrastinate's workers for as long as its runner works, whatever becomes of the workers
that fetch jobs. A heartbeat keeps the row, and writes it again where another process has removed it; an advisory lock
on the same connection shows at once when the process has died.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from typing import Any

from psycopg import AsyncConnection
from psycopg import Error as PostgresError

from bot.errors import StorageError
from storage.postgres.options import KEEP_ALIVE

log = logging.getLogger(__name__)

# First half of the key of the advisory locks of live workers; the second half is the worker's id.
LIVENESS_LOCK = 0x75707079
_RECONNECT_SECONDS = 0.5
# Not waited for: after a lost connection, the server may take the lock's old session for alive for a while.
_LOCK = "SELECT pg_try_advisory_lock(%s, %s)"
_REGISTER = "INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id"
_BEAT = (
    "INSERT INTO procrastinate_workers (id) OVERRIDING SYSTEM VALUE VALUES (%s)"
    " ON CONFLICT (id) DO UPDATE SET last_heartbeat = now()"
)
_NEVER = (-math.inf, -math.inf)


class Presence:
    """The row of this process. `certain_for` is how many seconds after a heartbeat no other may take it for gone."""

    def __init__(self, address: str, *, heartbeat_seconds: float, certain_for: float) -> None:
        self._address = address
        self._heartbeat_seconds = heartbeat_seconds
        self._certain_for = certain_for
        self._seen = _NEVER
        self._keeping: asyncio.Task[None] | None = None
        self.id = 0

    @property
    def is_certain(self) -> bool:
        """True if a heartbeat was written so recently that no other process may take this one for gone.

        Two clocks, because the monotonic one may stop while the machine sleeps.
        """
        monotonic, wall = self._seen
        return time.monotonic() - monotonic < self._certain_for and time.time() - wall < self._certain_for

    async def enter(self) -> None:
        """Registers the process, and keeps it registered until `leave`. Raises StorageError."""
        try:
            connection = await self._connect()
            try:
                registered = await connection.execute(_REGISTER)
                (self.id,) = await registered.fetchone() or (0,)
                await self._beat(connection)
            except BaseException:
                await connection.close()
                raise
        except PostgresError as error:
            raise StorageError(f"The database cannot be reached: {type(error).__name__}.") from error
        self._keeping = asyncio.create_task(self._keep(connection))

    async def leave(self) -> None:
        """Ends the heartbeats and gives the lock up. The row stays."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        self._seen = _NEVER

    async def _connect(self) -> AsyncConnection[Any]:
        return await AsyncConnection.connect(self._address, autocommit=True, **KEEP_ALIVE)

    async def _keep(self, connection: AsyncConnection[Any] | None) -> None:
        while True:
            with contextlib.suppress(PostgresError):
                async with connection or await self._connect() as connected:
                    await self._keep_on(connected)
            connection = None
            log.debug("worker_lock_lost", extra={"worker": self.id})
            await asyncio.sleep(_RECONNECT_SECONDS)

    async def _keep_on(self, connection: AsyncConnection[Any]) -> None:
        is_locked = False
        while True:
            await self._beat(connection)
            if not is_locked:
                locked = await connection.execute(_LOCK, (LIVENESS_LOCK, self.id))
                (is_locked,) = await locked.fetchone() or (False,)
            await asyncio.sleep(self._heartbeat_seconds)

    async def _beat(self, connection: AsyncConnection[Any]) -> None:
        # Read before, so that the server sees the heartbeat later than this process does.
        now = (time.monotonic(), time.time())
        await connection.execute(_BEAT, (self.id,))
        self._seen = now
