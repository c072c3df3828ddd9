"""The command `gaps`."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from bot.cli.options import DatabaseFile, EnvFile, ListFormat, database_location, review_zone
from bot.cli.terminal import write_utf8


def gaps(
    since: Annotated[
        str, typer.Option(metavar="WHEN", help="Only what was asked since then: 7d, or a date such as 2026-11-01.")
    ] = "30d",
    format: Annotated[ListFormat, typer.Option("--format", help="For people or for programs.")] = ListFormat.TABLE,
    every: Annotated[
        bool, typer.Option("--all", help="Those with an article, snoozed ones, and those that are none, too.")
    ] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """List gaps: matters whose questions got no good answer.

    Those are listed that the queue in the review channel shows, the largest first. docs/review-data.md explains them.
    May be run while the desk runs; changes nothing.
    """
    # Imported here, so that `--help` is fast.
    from bot.cli.gap_report import gaps_as_csv, gaps_as_json, gaps_as_lines
    from bot.helpdesk.review.gaps import queued
    from bot.helpdesk.review.period import read_period
    from storage.queries.gaps import read_gaps_of

    now = time.time()
    period = read_period(since, zone=review_zone(env_file), now=now)
    found = read_gaps_of(database_location(database, env_file), period)
    shown = found if every else queued(found, now)
    write_utf8()
    if format is ListFormat.JSON:
        typer.echo(gaps_as_json(shown))
    elif format is ListFormat.CSV:
        typer.echo(gaps_as_csv(shown), nl=False)
    else:
        for line in gaps_as_lines(shown):
            typer.echo(line)
