"""The commands `forget` and `export-person`."""

from __future__ import annotations

import getpass
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bot.cli.export_commands import replacement_of
from bot.cli.options import DatabaseFile, EnvFile, database_location
from bot.cli.terminal import counted_progress, write_utf8
from bot.errors import SettingsError

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from storage.inspection import DatabaseLocation
    from storage.persons.found import FoundPerson, Survey

User = Annotated[str, typer.Argument(metavar="USER", help="The person's chat id or mail address.")]


def forget(
    user: User,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Withdraw open handoffs of the person.")] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Delete everything about a person, for good.

    Shows first what would go, what stays and why, and what must be deleted at Uppzy and in the ticket system, with its
    ids. An interrupted run is finished by the next one, or by the next start of the desk. Exit status 1 if nothing is
    known of the person, if they have an open handoff, or if you do not agree. May be run while the desk runs.
    """
    from bot.cli.person_report import elsewhere_lines, survey_lines
    from storage.inspection import refuse_unreadable
    from storage.persons.forget import finish_forgettings, forget_person

    location = database_location(database, env_file)
    refuse_unreadable(location)
    person = _find(location, user)
    if person.who in finish_forgettings(location, time.time):
        typer.echo(f"{user} is forgotten: an interrupted run was finished.")
        return
    survey = _survey(location, person)
    for line in (*survey_lines(survey), *elsewhere_lines(survey)):
        typer.echo(line)
    if survey.open_handoffs and not force:
        numbers = ", ".join(f"HD-{number}" for number in survey.open_handoffs)
        _refuse(f"Open handoffs: {numbers}. Resolve them first, or withdraw them with --force.")
    if not yes and not typer.confirm("Delete this for good?"):
        _refuse("Nothing was deleted.")
    with counted_progress("Forgetting") as advance:
        forget_person(location, person.who, _operator(), time.time, advance)
    typer.echo(f"{user} is forgotten.")


def export_person(
    user: User,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write into this file, and a summary beside it as .html."),
    ] = None,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Export what a person wrote and was told, as JSON.

    Without private notes, and without words of others but those written to the person. Times are Unix seconds; the
    summary is for reading. Both files are readable for their user alone. Exit status 1 if nothing is known of the
    person. May be run while the desk runs.
    """
    from storage.inspection import refuse_unreadable
    from storage.persons.export import account_for_export, read_export

    location = database_location(database, env_file)
    refuse_unreadable(location)
    person = _find(location, user)
    found = read_export(location, person)
    account_for_export(location, person, _operator(), time.time)
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    if out is None:
        write_utf8()
        sys.stdout.write(text)
        return
    _write_both(out, text, found)


def _write_both(out: Path, text: str, found: dict[str, Any]) -> None:
    from bot.cli.person_page import summary_page

    page = out.with_suffix(".html")
    if page == out:
        raise SettingsError([f"--out {out} is the name of the summary: give the data another one, such as .json."])
    try:
        for path, words in ((out, text), (page, summary_page(found))):
            with replacement_of(path, "utf-8") as stream:
                stream.write(words)
    except OSError as error:
        raise SettingsError([f"--out {out} can't be written: {error.strerror or error}."]) from error
    typer.echo(f"The data is in {out}, a summary in {page}.", err=True)


def _find(location: DatabaseLocation, user: str) -> FoundPerson:
    from storage.inspection import reading
    from storage.persons.found import find_person

    with reading(location) as connection:
        person = find_person(connection, user)
    if person is None:
        _refuse(f"Nothing is known of {user!r}. Give the chat id, such as U012AB3CD, or the mail address.")
    return person


def _survey(location: DatabaseLocation, person: FoundPerson) -> Survey:
    from storage.inspection import reading
    from storage.persons.found import survey

    with reading(location) as connection:
        return survey(connection, person)


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A container may run under a user without a name.
        return "unknown"


def _refuse(problem: str) -> NoReturn:
    typer.echo(problem, err=True)
    raise typer.Exit(1)
