"""The commands `audit verify` and `audit list`."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from bot.cli.options import DatabaseFile, EnvFile, TableOrJson, database_location, review_zone
from bot.cli.terminal import report_console

audit_commands = typer.Typer(
    help="Read the audit trail, and verify that it is unchanged.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


@audit_commands.callback()
def _audit_commands() -> None:
    """Read the audit trail, and verify that it is unchanged."""


@audit_commands.command()
def verify(database: DatabaseFile = None, env_file: EnvFile = None) -> None:
    """Verify the audit trail, and name the first row that was changed, removed or inserted.

    Prints the number and the hash of the last row: keep them elsewhere, and compare them later. Exit status 1 if the
    trail is not whole. May be run while the desk runs.
    """
    from storage.audit import verify_audit

    verdict = verify_audit(database_location(database, env_file))
    if (wrong := verdict.problem) is not None:
        typer.echo(f"The audit trail is not whole: row {wrong.row} was {wrong.by}.", err=True)
        raise typer.Exit(1)
    head = verdict.head
    typer.echo(f"The audit trail is whole: {head.number - head.pruned_number:,} rows.")
    if head.pruned_number:
        typer.echo(f"Rows up to {head.pruned_number} were deleted after AUDIT_RETENTION_DAYS.")
    if head.number:
        typer.echo(f"Last row: {head.number}, hash {head.hash}.")


@audit_commands.command("list")
def list_rows(
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Only what happened since then: 7d, or a date such as 2026-11-01."),
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Only what this person did, or what was done to them: a chat id."),
    ] = None,
    format: Annotated[TableOrJson, typer.Option("--format", help="For people or for programs.")] = TableOrJson.TABLE,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """List the audit trail, oldest row first.

    People are shown by their chat ids, those who were forgotten by a pseudonym that leads to nobody. Exit status 1 if
    the trail knows no such person. May be run while the desk runs.
    """
    from bot.cli.audit_report import audit_as_json, audit_as_table
    from bot.helpdesk.review.period import read_period
    from storage.audit import read_audit

    begin = 0.0 if since is None else read_period(since, zone=review_zone(env_file), now=time.time()).since
    trail = read_audit(database_location(database, env_file), begin, person)
    if person is not None and not trail.knows(person):
        typer.echo(f"Nothing in the audit trail is about {person!r}.", err=True)
        raise typer.Exit(1)
    if format is TableOrJson.JSON:
        typer.echo(audit_as_json(trail.rows, trail.known))
        return
    report_console().print(audit_as_table(trail.rows, trail.known))
