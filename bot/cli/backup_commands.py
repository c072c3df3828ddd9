"""The commands `db backup` and `db restore`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import DatabaseFile, EnvFile, database_location, own_environment
from bot.cli.terminal import progress_bar
from bot.errors import StorageError

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
    with _refusals(), _progress("Copying") as advance:
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
    with _refusals(), _progress("Restoring") as advance:
        kept = restore(location, file, replace=force, advance=advance, environment=own_environment())
    if kept is not None:
        typer.echo(f"What was there before is in {kept}.")
    typer.echo(
        f"{display_name(location)} is restored from {file}. Check it with `uppzy-desk check`, and start the desk."
    )


@contextmanager
def _refusals() -> Iterator[None]:
    """Ends the command with status 1 and the reason, if the database or the file cannot be used."""
    try:
        yield
    except StorageError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@contextmanager
def _progress(doing: str) -> Iterator[Callable[[int, int], None]]:
    with progress_bar(doing) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
