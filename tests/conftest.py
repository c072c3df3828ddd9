"""What holds for every test: nothing of the machine's environment reaches it. And a real PostgreSQL for some."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import uvloop
from hypothesis import settings

from bot.settings import TICKET_VARIABLES, VARIABLES
from tests.postgres import Postgres, is_to_be_had

# How long one example may take says more of the machine than of the code; on a busy one it would fail at random.
settings.register_profile("desk", deadline=None)
settings.load_profile("desk")


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run in the event loop that the bot runs in."""
    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings and proxies change no result."""
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
    """Its address."""
    return postgres.url


@pytest.fixture(scope="session")
def new_postgres(postgres: Postgres) -> NewDatabase:
    """Makes an empty database and returns its address."""
    return postgres.new_database


@pytest.fixture
def new_sqlite(tmp_path: Path) -> NewDatabase:
    """Returns the address of a file that is not there yet."""
    return lambda: f"sqlite:///{tmp_path / 'desk.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each engine, as `DATABASE_URL` names it."""
    make: NewDatabase = request.getfixturevalue("new_sqlite" if request.param == "sqlite" else "new_postgres")
    return make()
