"""The command `rules history`: every policy that came into force, and what changed with it."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import DatabaseFile, EnvFile, ListFormat, database_location
from bot.cli.terminal import iso_time, write_utf8

# Imported inside the functions, so that `--help` is fast.
if TYPE_CHECKING:
    from storage.policies import PolicyChange

_COLUMNS = ("number", "at", "fingerprint", "digest", "diff")


def rules_history(
    format: Annotated[ListFormat, typer.Option("--format", help="How it is written.")] = ListFormat.TABLE,
    database: DatabaseFile = None,
    env_file: EnvFile = None,
) -> None:
    """List every policy that came into force, with its fingerprint and what changed.

    The first one first, with a unified diff of the texts; the diff of the first is empty. May be run while the desk
    runs. The fingerprint is that of the rules: a change of other settings or of comments keeps it.
    """
    from storage.policies import read_changes

    changes = _described(read_changes(database_location(database, env_file)))
    write_utf8(newline="")
    sys.stdout.write(_WRITERS[format](changes))


def _described(changes: Iterable[PolicyChange]) -> list[Mapping[str, Any]]:
    """Returns each change as an object, with the diff from the one before it."""
    from storage.policies import diff_between

    before: PolicyChange | None = None
    described: list[Mapping[str, Any]] = []
    for change in changes:
        values = (
            change.number,
            iso_time(change.at),
            change.fingerprint,
            change.digest,
            diff_between(before, change) if before else "",
        )
        described.append(dict(zip(_COLUMNS, values, strict=True)))
        before = change
    return described


def _as_table(changes: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(_paragraphs(changes)) or "No policy was in force yet.\n"


def _paragraphs(changes: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for change in changes:
        yield f"{change['number']}. {change['at']}  fingerprint {change['fingerprint']}\n{_harmless(change['diff'])}"


def _harmless(diff: str) -> str:
    """Replaces characters that would steer the terminal."""
    return "".join(char if char.isprintable() or char in "\n\t" else "\ufffd" for char in diff)


def _as_csv(changes: Iterable[Mapping[str, Any]]) -> str:
    from bot.cli.export_report import defused

    written = io.StringIO(newline="")
    table = csv.DictWriter(written, _COLUMNS)
    table.writeheader()
    table.writerows({name: defused(str(value)) for name, value in change.items()} for change in changes)
    return written.getvalue()


def _as_json(changes: Iterable[Mapping[str, Any]]) -> str:
    return json.dumps(list(changes), ensure_ascii=False, indent=2) + "\n"


_WRITERS = {ListFormat.TABLE: _as_table, ListFormat.CSV: _as_csv, ListFormat.JSON: _as_json}
