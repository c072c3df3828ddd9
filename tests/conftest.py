"""Fixtures of all tests: a clean environment, and databases of either engine."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings
from sqlalchemy import Connection, Dialect, Engine, event

from bot.settings import TICKET_VARIABLES, VARIABLES
from tests.deadlines import HUNG_OFF_LOOP, SteadyLoop
from tests.postgres import MigratedDatabases, Postgres, is_to_be_had

# No deadline: the time of one example depends on the load of the machine, and tests would fail at random.
# `make test DEEP=1` draws many more examples than a run on every change has the time for.
settings.register_profile("desk", deadline=None, max_examples=50)
settings.register_profile("deep", deadline=None, max_examples=500)
settings.load_profile("desk")


T = TypeVar("T")

_dialects: dict[tuple[str, object], Dialect] = {}
_compiled: dict[object, object] = {}


@event.listens_for(Engine, "engine_connect")
def _share_compiled_statements(connection: Connection) -> None:
    """Compiles a statement once in a process, not once for each of a thousand databases: a third of a test's time.

    SQLAlchemy keeps compiled statements by their dialect, and each engine makes its own. Those of one kind of database
    are alike, except that those of PostgreSQL hold the isolation level of their engine.
    """
    dialect = connection.dialect
    kind = dialect.name, getattr(dialect, "_on_connect_isolation_level", None)
    connection.dialect = _dialects.setdefault(kind, dialect)
    connection.execution_options(compiled_cache=_compiled)


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def skip_flushes(
    _connection: Connection, _cursor: object, statement: str, parameters: T, _context: object, _many: bool
) -> tuple[str, T]:
    """Lets SQLite not wait for the disk: only a power cut would show it, and a fifth of a test's time is such waits.

    Bots in processes of their own wait, as in production.
    """
    return statement.replace("PRAGMA synchronous=FULL", "PRAGMA synchronous=OFF"), parameters


def pytest_configure() -> None:
    """Collects no garbage while tests are collected: there is none, and looking for it takes two fifths of the time."""
    gc.disable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what takes minutes, unless the run is a deep one."""
    if config.getoption("--hypothesis-profile") == "deep":
        return
    left_out = [item for item in items if item.get_closest_marker("deep")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_collection_finish() -> None:
    """Collects garbage from now on as rarely as the bot does, and not among the tests themselves."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Runs tests on the event loop that the bot uses, with timers that outlast a pause of the machine."""
    return {"uvloop": SteadyLoop}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removes the developer's own settings and proxies, which could change results."""
    for name in list(os.environ):
        ours = name in (*VARIABLES, *TICKET_VARIABLES) or name.startswith(("SLACK_", "UPPZY_"))
        if ours or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A real PostgreSQL server, started for this run."""
    if not is_to_be_had():
        pytest.skip("no PostgreSQL for this platform in a wheel")
    with Postgres(tmp_path_factory.mktemp("pg")) as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """The URL of the PostgreSQL server."""
    return postgres.url


@pytest.fixture(scope="session")
def empty_postgres(postgres: Postgres) -> NewDatabase:
    """Returns a function that creates a database without tables and returns its URL."""
    return postgres.new_database


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Postgres) -> MigratedDatabases:
    """Migrated databases of the PostgreSQL server, to be lent to tests."""
    return MigratedDatabases(postgres)


@pytest.fixture
def new_postgres(migrated_postgres: MigratedDatabases) -> Iterator[NewDatabase]:
    """Returns a function that returns the URL of a migrated database without rows."""
    with migrated_postgres.lent() as take:
        yield take


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file. To copy it takes a tenth of the time of a migration."""
    # Not needed by most folders of tests, and slow to import.
    from storage.migrate import migrate
    from storage.sqlite.store import open_engine

    path = tmp_path_factory.mktemp("migrated") / "desk.db"
    with open_engine(path, HUNG_OFF_LOOP).connect() as connection:
        # The journal mode is kept in the file, and to change it takes longer than to copy.
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        migrate(connection)
    return path


@pytest.fixture
def new_sqlite(migrated_sqlite: Path, tmp_path: Path) -> NewDatabase:
    """Returns a function that copies the migrated file and returns the URL of the copy."""
    return lambda: f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path)}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database without rows, of each engine, in the form of `DATABASE_URL`."""
    make: NewDatabase = request.getfixturevalue("new_sqlite" if request.param == "sqlite" else "new_postgres")
    return make()
