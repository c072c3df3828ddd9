"""Fixtures: an open store of each engine."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.engines import choose_engine, location_of
from storage.interfaces import Database


def store_at(url: str) -> Database:
    """Returns the store for a `DATABASE_URL`, not opened yet."""
    return choose_engine(location_of(url))[0]


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Database]:
    """An open store on an empty database, of each engine in turn."""
    async with store_at(database_url) as store:
        yield store
