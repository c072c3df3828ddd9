"""Bringing a database to the version this code wants."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from bot.errors import StorageError
from storage.models import metadata

# In both engines changes of tables are part of the transaction, so a migration that breaks off leaves nothing behind.
_BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}


def migrate(connection: Connection) -> None:
    """Apply every migration the database has not had; each runs whole or not at all.

    Raises StorageError where the database is one that `refuse_unknown` refuses.
    """
    refuse_unknown(connection)
    config = _config()
    if current_version(connection) == ScriptDirectory.from_config(config).get_current_head():
        return
    config.attributes["connection"] = connection
    connection.exec_driver_sql(_BEGIN[connection.dialect.name])
    try:
        command.upgrade(config, "head")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def refuse_unknown(connection: Connection) -> None:
    """Raise StorageError where no migration leads from what is there to this code. Changes nothing.

    That is a newer version, and tables of ours of no version: half a restored copy, or another program's.
    """
    present = current_version(connection)
    if present is None:
        if found := sorted(set(inspect(connection).get_table_names()) & set(metadata.tables)):
            raise StorageError(
                f"The database has tables ({', '.join(found[:3])}{', ...' if found[3:] else ''}) but no version, so a "
                "migration of it broke off or it is another program's: put back the copy made before, or name an "
                "empty database in DATABASE_URL."
            )
    elif present not in {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}:
        raise StorageError(
            f"The database is of version {present}, which this Uppzy Desk does not know. Install a newer one."
        )


def current_version(connection: Connection) -> str | None:
    """The version a database is at, or None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
