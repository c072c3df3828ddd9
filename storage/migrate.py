"""Bringing a database to the version this code wants."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

from bot.errors import StorageError

# In both engines changes of tables are part of the transaction, so a migration that breaks off leaves nothing behind.
_BEGIN = {"sqlite": "BEGIN IMMEDIATE", "postgresql": "BEGIN"}


def migrate(connection: Connection) -> None:
    """Apply every migration the database has not had; each runs whole or not at all.

    Raises StorageError where the database is of a newer version than this code.
    """
    config = _config()
    scripts = ScriptDirectory.from_config(config)
    present, wanted = current_version(connection), scripts.get_current_head()
    if present == wanted:
        return
    if present is not None and present not in {script.revision for script in scripts.walk_revisions()}:
        raise StorageError(
            f"The database is of version {present}, which this Uppzy Desk does not know. Install a newer one."
        )
    config.attributes["connection"] = connection
    connection.exec_driver_sql(_BEGIN[connection.dialect.name])
    try:
        command.upgrade(config, "head")
    except BaseException:
        connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")


def current_version(connection: Connection) -> str | None:
    """The version a database is at, or None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
