"""The choice between SQLite and PostgreSQL."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path

from bot.errors import SettingsError
from bot.helpdesk.model.job import JobKind
from bot.helpdesk.ports import Clock
from storage.inspection import DatabaseLocation
from storage.interfaces import Database, Handler, JobRunner, NewEffects
from storage.sqlite.jobs import EmbeddedRunner
from storage.sqlite.store import SqliteStore

NewRunner = Callable[[Mapping[JobKind, Handler], Clock, NewEffects], JobRunner]
"""Builds the job runner of a database."""


def location_of(database_url: str) -> DatabaseLocation:
    """Returns the path of the SQLite file, or the address of the PostgreSQL database."""
    scheme, _, rest = database_url.partition(":///")
    return Path(rest) if scheme == "sqlite" else database_url


def choose_engine(location: DatabaseLocation) -> tuple[Database, NewRunner]:
    """Returns the database, not opened yet, and the constructor of its job runner.

    Raises SettingsError where the drivers for PostgreSQL are not installed.
    """
    if isinstance(location, Path):
        embedded = SqliteStore(location)
        return embedded, functools.partial(EmbeddedRunner, embedded)
    # Imported only here: the drivers are an optional extra.
    try:
        from storage.postgres.jobs import ProcrastinateRunner
        from storage.postgres.store import PostgresStore
    except ImportError as error:
        problem = "DATABASE_URL names PostgreSQL: install the drivers with pip install -r requirements/postgres.txt."
        raise SettingsError([problem]) from error
    shared = PostgresStore(location)
    return shared, functools.partial(ProcrastinateRunner, shared)
