"""The command `rules check`: the mistakes of a policy file, and what in it may not be meant so."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import PROGRAM, DatabaseFile, EnvFile, database_location
from bot.errors import DeskError, PolicyError, PolicyMistake

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from bot.helpdesk.escalation import FiredRules


def check_rules(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The policy file.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for editors and pipelines.")] = False,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Check a policy file: print every mistake with its line and the fix, and warn of doubtful rules.

    Warned of is a rule that can never fire, that another one always covers, or that fired for more than a third of the
    questions of the last 30 days; the latter where the database can be read. With --json:
    {"mistakes": [{"line", "rule", "text", "fix"}], "warnings": [...]}. Needs no settings and may be run while the desk
    runs. Exit status: 0 without mistakes, 1 if there is no such file, 2 with mistakes.
    """
    from bot.chat_ids import AnyIds
    from bot.cli.rules_check_report import checked_as_json, checked_as_lines
    from bot.policy_file import read_policy
    from bot.policy_file.doubts import doubts_about

    if not file.exists():
        typer.echo(f"{PROGRAM}: There is no file {file}.", err=True)
        raise typer.Exit(1)
    mistakes: tuple[PolicyMistake, ...] = ()
    warnings: tuple[PolicyMistake, ...] = ()
    try:
        policy = read_policy(file, AnyIds())
    except PolicyError as error:
        mistakes = error.mistakes
    else:
        warnings = tuple(doubts_about(policy, str(file), _fired(database, env_file)))
    if as_json:
        typer.echo(checked_as_json(mistakes, warnings))
    else:
        for line in checked_as_lines(str(file), mistakes, warnings):
            typer.echo(line)
    raise typer.Exit(2 if mistakes else 0)


def _fired(database: Path | None, env_file: Path | None) -> FiredRules | None:
    """Counts the rules that fired in the last days; None where no database can be read."""
    from bot.helpdesk.review.period import DAY, Period
    from bot.policy_file.doubts import DAYS
    from storage.queries.rules import count_fired

    now = time.time()
    try:
        location = database_location(database, env_file)
        if isinstance(location, Path) and not location.exists() and database is None:
            return None
        return count_fired(location, Period(since=now - DAYS * DAY, until=now))
    except DeskError as error:
        typer.echo(f"{PROGRAM}: How often the rules fired is not known. {error}", err=True)
        return None
