"""The command `export`."""

from __future__ import annotations

import contextlib
import enum
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from bot.cli.options import DatabaseFile, EnvFile, database_location, review_zone
from bot.cli.terminal import progress_bar, write_utf8
from bot.errors import SettingsError

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from storage.inspection import DatabaseLocation
    from storage.queries.export import QuestionHistory


class ExportFormat(enum.StrEnum):
    """The formats of an export."""

    CSV = "csv"
    JSONL = "jsonl"


def export(
    questions: Annotated[bool, typer.Option("--questions", help="Export questions, with what became of them.")] = False,
    since: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help="Only what was asked since then: 7d, or a date such as 2026-11-01."),
    ] = None,
    format: Annotated[ExportFormat, typer.Option("--format", help="A table, or an object a line.")] = ExportFormat.CSV,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write into this file, which is replaced.")
    ] = None,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """Export questions with what became of them.

    That is: answers, verdicts, rules and handoffs, without secrets and without names. docs/operating.md explains the
    columns. Cells that a spreadsheet would take for a formula begin with an apostrophe. May be run while the desk runs.
    """
    from bot.helpdesk.review.period import read_period
    from storage.queries.export import count_questions

    if not questions:
        raise SettingsError(["Say what to export: --questions."])
    begin = 0.0 if since is None else read_period(since, zone=review_zone(env_file), now=time.time()).since
    location = database_location(database, env_file)
    total = count_questions(location, begin)
    with _output(out, format) as stream:
        _write(location, begin, total, format, stream)
    if out is not None:
        typer.echo(f"{total:,} questions are in {out}.", err=True)


def _write(location: DatabaseLocation, since: float, total: int, format: ExportFormat, stream: TextIO) -> None:
    from bot.cli.export_report import write_csv, write_jsonl
    from storage.queries.export import read_histories

    write = write_csv if format is ExportFormat.CSV else write_jsonl
    rows = read_histories(location, since)
    # A bar between rows on the same terminal could not be read.
    write(rows if stream.isatty() else _with_progress(rows, total), stream)


def _with_progress(rows: Iterable[QuestionHistory], total: int) -> Iterator[QuestionHistory]:
    """Yields the rows, with a progress bar on standard error if that is a terminal."""
    with progress_bar("Exporting") as progress:
        yield from progress.track(rows, total=total)


@contextlib.contextmanager
def _output(path: Path | None, format: ExportFormat) -> Iterator[TextIO]:
    """Opens the standard output, or a file that appears under its name once it is complete."""
    if path is None:
        write_utf8(newline="")
        yield sys.stdout
        return
    # Excel takes a file without a byte order mark for one in the encoding of its country.
    encoding = "utf-8-sig" if format is ExportFormat.CSV else "utf-8"
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding=encoding, newline="") as stream:
                yield stream
            return
        with replacement_of(path, encoding) as stream:
            yield stream
    except OSError as error:
        raise SettingsError([f"--out {path} can't be written: {error.strerror or error}."]) from error


@contextlib.contextmanager
def replacement_of(path: Path, encoding: str) -> Iterator[TextIO]:
    """Opens a file, for its user alone, that takes the place of `path` if the block ends without an error."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding=encoding, newline="") as stream:
            yield stream
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink()
        raise
