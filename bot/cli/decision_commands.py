"""The commands about stored decisions: `uppzy-desk rules explain` and `rules replay`."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import DatabaseFile, EnvFile, ListFormat, database_location, review_zone
from bot.cli.terminal import progress_bar, report_console

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from bot.helpdesk.escalation import ReplayResult
    from storage.inspection import DatabaseLocation


def explain_question(
    id: Annotated[str, typer.Argument(metavar="ID", help="Any identifier that `find` knows.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs; times are ISO 8601.")] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Show why a question was handed over, or why not.

    That is: each rule of the policy of then, whether it fired and by which fact, and what was done. An id of several
    questions stands for the latest. May be run while the desk runs. Exit status 1 when nothing is known of the id.
    """
    from bot.chat_ids import AnyIds, read_any_identifier
    from bot.cli.explain_report import explained_as_json, explained_as_lines, explanation_of, question_about
    from bot.policy_file import stored_policies
    from storage.policies import policy_texts
    from storage.queries.search import find

    location, identifier = database_location(database, env_file), read_any_identifier(id)
    found = find(location, identifier)
    about = question_about(found, identifier) if found is not None else None
    if about is None:
        what = f"Nothing is known of {id!r}." if found is None else f"No question belongs to {id!r}."
        typer.echo(what, err=True)
        raise typer.Exit(1)
    it = explanation_of(*about, stored_policies(policy_texts(location), AnyIds()))
    if as_json:
        if it.note:
            typer.echo(it.note, err=True)
        typer.echo(explained_as_json(it))
        return
    for line in explained_as_lines(it):
        typer.echo(line)


def replay_rules(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The changed policy.")],
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Only what was asked since then: 30d, or a date such as 2026-11-01."),
    ] = None,
    format: Annotated[ListFormat, typer.Option("--format", help="How it is written.")] = ListFormat.TABLE,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Show what a changed policy would have done with the questions that were asked.

    That is: what would have been handed over in addition, no longer, or differently (at once or as an offer, priority,
    channel, answer shown), and how often each rule fires. Handoffs include offers. A question whose words are deleted
    cannot be judged. May be run while the desk runs; changes nothing.
    """
    from bot.chat_ids import AnyIds
    from bot.helpdesk.review.period import read_period
    from bot.policy_file import read_policy

    if not file.is_file():
        typer.echo(f"There is no file {file}.", err=True)
        raise typer.Exit(1)
    policy = read_policy(file, AnyIds())
    begin = 0.0 if since is None else read_period(since, zone=review_zone(env_file), now=time.time()).since
    _print_replay(_replayed(policy.text, database_location(database, env_file), begin), format)


def _replayed(policy: str, location: DatabaseLocation, since: float) -> ReplayResult:
    """Replays with a progress bar on standard error if that is a terminal."""
    from bot.cli.replaying import replaying
    from bot.helpdesk.escalation import ReplayResult
    from storage.queries.decided import count_decided

    result, total = ReplayResult(), count_decided(location, since)
    with replaying(policy, location, since) as parts, progress_bar("Replaying") as progress:
        task = progress.add_task("", total=total)
        for part in parts:
            result.add(part)
            progress.advance(task, part.questions)
    return result


def _print_replay(result: ReplayResult, format: ListFormat) -> None:
    from bot.cli.replay_report import replayed_as_json, replayed_as_renderables, write_replayed_csv

    if format is ListFormat.JSON:
        typer.echo(replayed_as_json(result))
    elif format is ListFormat.CSV:
        write_replayed_csv(result, sys.stdout)
    else:
        console = report_console(markup=False)
        for part in replayed_as_renderables(result):
            console.print(part)
