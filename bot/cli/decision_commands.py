"""The commands about stored decisions: `uppzy-desk rules explain`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import DatabaseFile, EnvFile, database_location

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from bot.cli.explain_report import PolicyOf
    from bot.helpdesk.escalation import Policy
    from storage.policies import PolicyText


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
    from bot.cli.explain_report import explained_as_json, explained_as_lines, explanation_of, question_about
    from bot.slack.ids import read_identifier
    from storage.policies import stored_policies
    from storage.queries.search import find

    location, identifier = database_location(database, env_file), read_identifier(id)
    found = find(location, identifier)
    about = question_about(found, identifier) if found is not None else None
    if about is None:
        what = f"Nothing is known of {id!r}." if found is None else f"No question belongs to {id!r}."
        typer.echo(what, err=True)
        raise typer.Exit(1)
    it = explanation_of(*about, policy_of(stored_policies(location)))
    if as_json:
        if it.note:
            typer.echo(it.note, err=True)
        typer.echo(explained_as_json(it))
        return
    for line in explained_as_lines(it):
        typer.echo(line)


def policy_of(texts: Mapping[str, PolicyText]) -> PolicyOf:
    """Returns the look-up of a policy by its fingerprint. Each text is read once."""
    from bot.errors import PolicyError
    from bot.policy_file import load_policy
    from bot.slack.ids import SlackIds

    @functools.cache
    def of(fingerprint: str) -> Policy | None:
        stored = texts.get(fingerprint)
        try:
            return load_policy(stored.text, ids=SlackIds()) if stored else None
        except PolicyError:
            return None

    return of
