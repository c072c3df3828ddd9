"""The commands `db backup`, `db restore` and `db copy`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import DatabaseFile, EnvFile, database_location, own_environment
from bot.cli.terminal import counted_progress, report_console
from bot.errors import SettingsError, StorageError

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from storage.copying import DeskCopy

_MEGABYTE = 1_000_000
BackupFile = Annotated[Path, typer.Argument(metavar="FILE", help="The copy.")]


def back_up_database(
    file: BackupFile,
    force: Annotated[bool, typer.Option("--force", help="Replace FILE if it is there.")] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Copy the database into a file, while the desk runs.

    The copy is of one moment, verified after it was written, and readable for you alone: it holds what people wrote. On
    PostgreSQL it is made by pg_dump. Exit status 1 if there is no copy; FILE is then as it was.
    """
    from storage.backup import back_up

    location = database_location(database, env_file)
    with _refusals(), counted_progress("Copying") as advance:
        copy = back_up(location, file, replace=force, advance=advance, environment=own_environment())
    typer.echo(f"{file}: {copy.conversations:,} conversations, {copy.size / _MEGABYTE:,.1f} MB, verified.")


def restore_database(
    file: BackupFile,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a database with conversations; it is kept beside.")
    ] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Put a copy in the place of the database, which is made if there is none.

    Stop the desk first. The copy is verified before it replaces anything; whatever ends this command early leaves the
    database as it was. Exit status 1 if nothing was restored: a desk is running, there are conversations, or FILE is no
    copy of a desk's database.
    """
    from storage.backup import restore
    from storage.inspection import display_name

    location = database_location(database, env_file)
    with _refusals(), counted_progress("Restoring") as advance:
        kept = restore(location, file, replace=force, advance=advance, environment=own_environment())
    if kept is not None:
        typer.echo(f"What was there before is in {kept}.")
    typer.echo(
        f"{display_name(location)} is restored from {file}. Check it with `uppzy-desk check`, and start the desk."
    )


def copy_database(
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="URL", help="The empty database: postgresql://user@host/name, the password in PGPASSWORD."
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs; times are Unix seconds.")] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Copy a SQLite database to a PostgreSQL server, with the work that is not done.

    Stop the desk first. The file is only read. Every table is compared by a checksum; unfinished events, messages and
    jobs go on where the copy is started. Run an interrupted copy again: it goes on, and no desk starts on what is not
    complete. Running a finished one again changes nothing. Exit status 1 if nothing was copied: a desk is running, or
    the PostgreSQL database has rows of its own; also if the audit trail is not whole, in the file as in the copy.
    """
    from bot.cli.copy_report import copy_as_json, copy_as_table, copy_in_words

    source = _sqlite_file(database, env_file)
    if not to.startswith("postgresql://"):
        raise SettingsError(["--to names no PostgreSQL database: write postgresql://user@host/name."])
    copy_desk = _copier()
    with _refusals(), counted_progress("Copying") as advance:
        copy = copy_desk(source, to, now=time.time, advance=advance)
    if as_json:
        typer.echo(copy_as_json(copy))
    else:
        report_console().print(copy_as_table(copy))
        typer.echo(copy_in_words(copy))
    if (wrong := copy.audit_break) is not None:
        typer.echo(f"The audit trail is not whole, neither here nor there: row {wrong.row} was {wrong.by}.", err=True)
        raise typer.Exit(1)


def _sqlite_file(database: Path | None, env_file: Path | None) -> Path:
    location = database_location(database, env_file)
    if isinstance(location, Path):
        return location
    raise SettingsError(["DATABASE_URL names PostgreSQL, and only a SQLite file is copied: name it with --database."])


def _copier() -> Callable[..., DeskCopy]:
    """Returns the function that copies. Raises SettingsError where the drivers for PostgreSQL are not installed."""
    try:
        from storage.copying import copy_desk
    except ImportError as error:
        problem = "--to names PostgreSQL: install the drivers with pip install -r requirements/postgres.txt."
        raise SettingsError([problem]) from error
    return copy_desk


@contextmanager
def _refusals() -> Iterator[None]:
    """Ends the command with status 1 and the reason, if the database or the file cannot be used."""
    try:
        yield
    except StorageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
