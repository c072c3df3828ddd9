"""The command `articles`: lists articles, or shows one with its sources."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.options import DatabaseFile, EnvFile, ListFormat, database_location
from bot.cli.terminal import report_console, write_utf8

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from storage.queries.articles import ArticleHistory

Format = Annotated[ListFormat, typer.Option("--format", help="How it is written.")]

articles_commands = typer.Typer(
    invoke_without_command=True, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False
)


@articles_commands.callback()
def articles(
    context: typer.Context,
    format: Format = ListFormat.TABLE,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """List articles that people write for Uppzy, oldest first.

    With JSON and CSV all of each: its words, state and sources, who wrote it, who approved it, and when. May be run
    while the desk runs.
    """
    if context.invoked_subcommand is None:
        _write(_read(None, database, env_file), format)


@articles_commands.command()
def show(
    id: Annotated[str, typer.Argument(metavar="ID", help="The article's id, as in the list.")],
    format: Format = ListFormat.TABLE,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Show one article with its sources: question, handoff and resolution.

    Exit status 1 when there is no such article.
    """
    from bot.cli.articles_report import article_as_lines

    found = _read(id, database, env_file)
    if not found:
        typer.echo(f"There is no article {id!r}: `uppzy-desk articles` lists them.", err=True)
        raise typer.Exit(1)
    if format is not ListFormat.TABLE:
        _write(found, format)
        return
    for line in article_as_lines(found[0]):
        typer.echo(line)


def _read(id: str | None, database: Path | None, env_file: Path | None) -> list[ArticleHistory]:
    from storage.queries.articles import read_articles

    return list(read_articles(database_location(database, env_file), id))


def _write(histories: Sequence[ArticleHistory], format: ListFormat) -> None:
    from bot.cli.articles_report import articles_as_json, articles_as_table, write_articles_as_csv

    write_utf8()
    match format:
        case ListFormat.JSON:
            typer.echo(articles_as_json(histories))
        case ListFormat.CSV:
            write_utf8(newline="")
            write_articles_as_csv(histories, sys.stdout)
        case ListFormat.TABLE:
            report_console().print(articles_as_table(histories))
