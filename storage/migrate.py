"""Applies migrations: brings a database to the version that this code works with.

Alembic is imported only where there is something to migrate: it takes 9 MB, and most starts find nothing to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from bot.errors import StorageError
from storage.models import VERSION, metadata

if TYPE_CHECKING:
    from alembic.config import Config

# In both engines DDL is part of the transaction, so a migration that fails leaves nothing behind.
_BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}
_VERSION_TABLE = "alembic_version"
UNFINISHED_COPY = "unfinished copy"
"""The version of a database while a desk is copied into it: no desk starts on it."""


def migrate(connection: Connection) -> None:
    """Applies every missing migration in one transaction.

    Raises StorageError where `refuse_unknown` does.
    """
    refuse_unknown(connection)
    if current_version(connection) != VERSION:
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    connection.exec_driver_sql(_BEGIN[connection.dialect.name])
    try:
        command.upgrade(config, "head")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def refuse_unknown(connection: Connection) -> None:
    """Raises StorageError where no migration leads from the database's version to this code's. Changes nothing.

    That is the case for a newer version, and for tables of ours without a version: an incomplete restore, or another
    program's tables.
    """
    present = current_version(connection)
    refuse_unfinished(present)
    if present is None:
        if found := sorted(set(inspect(connection).get_table_names()) & set(metadata.tables)):
            raise StorageError(
                f"The database has tables ({', '.join(found[:3])}{', ...' if found[3:] else ''}) but no version, so a "
                "migration of it broke off or it is another program's: put back the copy made before, or name an "
                "empty database in DATABASE_URL."
            )
    elif not is_known(present):
        raise StorageError(
            f"The database is of version {present}, which this Uppzy Desk does not know. Install a newer one."
        )


def refuse_unfinished(version: str | None) -> None:
    """Raises StorageError for the version of a database into which a desk is being copied."""
    if version == UNFINISHED_COPY:
        raise StorageError(
            "The database is an unfinished copy of another one: run the same `uppzy-desk db copy` again until it ends."
        )


def is_known(version: str) -> bool:
    """Returns whether a database of this version can be migrated to this code's."""
    return version == VERSION or version in _known_versions()


def _known_versions() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def current_version(connection: Connection) -> str | None:
    """Returns the version of a database, or None for an empty one."""
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    found: str | None = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608 - ours
    return found


def set_version(connection: Connection, version: str) -> None:
    """Notes another version of a migrated database."""
    connection.execute(text(f"UPDATE {_VERSION_TABLE} SET version_num = :version"), {"version": version})  # noqa: S608


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
