"""Migrations build the tables of the models, once, and refuse databases they do not know (test_bad_databases.py)."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from storage import models
from storage.interfaces import Database
from storage.migrate import current_version
from storage.repositories import Transaction
from tests.conftest import NewDatabase
from tests.storage.conftest import store_at


@pytest.fixture
def new_postgres(empty_postgres: NewDatabase) -> NewDatabase:
    """Returns a function that creates a database without tables, which are what these tests are about."""
    return empty_postgres


async def test_the_migrations_make_what_the_models_say(store: Database) -> None:
    def differences(tx: Transaction) -> list[object]:
        context = MigrationContext.configure(tx.connection, opts={"compare_server_default": True})
        return [difference for difference in compare_metadata(context, models.metadata) if _is_ours(difference)]

    assert await store.run(differences) == []


def _is_ours(difference: tuple[object, ...]) -> bool:
    """Returns False for the tables that procrastinate creates on PostgreSQL."""
    return "procrastinate" not in repr(difference)


async def test_a_new_database_has_the_version_this_code_wants(store: Database) -> None:
    assert await store.run(lambda tx: current_version(tx.connection)) == models.VERSION


async def test_processes_that_start_together_migrate_once(new_postgres: NewDatabase) -> None:
    url = new_postgres()

    async def start() -> str | None:
        async with store_at(url) as store:
            return await store.run(lambda tx: current_version(tx.connection))

    assert await asyncio.gather(*(start() for _ in range(4))) == [models.VERSION] * 4


def test_a_start_that_finds_nothing_to_migrate_loads_no_alembic(tmp_path: Path) -> None:
    opens = (
        "import asyncio, os, sys; from pathlib import Path; from storage.sqlite.store import SqliteStore\n"
        "async def main():\n"
        "    async with SqliteStore(Path(sys.argv[1])): print('alembic' in sys.modules)\n"
        "for _ in range(2):\n"
        "    if (child := os.fork()) == 0: asyncio.run(main()); sys.stdout.flush(); os._exit(0)\n"
        "    os.waitpid(child, 0)"
    )
    start = [sys.executable, "-c", opens, str(tmp_path / "desk.db")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}

    said = subprocess.run(start, env=environment, capture_output=True, text=True, check=True).stdout

    assert said == "True\nFalse\n"
