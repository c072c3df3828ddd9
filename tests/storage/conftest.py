"""A store of each engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.interfaces import Database
from storage.postgres.store import PostgresStore
from storage.sqlite.store import SqliteStore


def store_at(url: str) -> Database:
    """The store for a `DATABASE_URL`, not opened yet."""
    return SqliteStore(Path(url.removeprefix("sqlite:///"))) if url.startswith("sqlite") else PostgresStore(url)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Database]:
    """An open store on an empty database, of each engine in turn."""
    async with store_at(database_url) as store:
        yield store
