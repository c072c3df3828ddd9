"""The output of `uppzy-desk db copy`: a table for people, JSON for programs."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

from bot.cli.terminal import iso_time

if TYPE_CHECKING:
    from rich.table import Table

    from storage.copying import DeskCopy


def copy_as_json(copy: DeskCopy) -> str:
    """Returns an object with the source, the time and every table. Its keys are an interface."""
    return json.dumps(
        {
            "source": copy.source,
            "finished_at": copy.finished_at,
            "made_now": copy.made_now,
            "audit_whole": copy.audit_break is None,
            "tables": [dataclasses.asdict(table) for table in copy.tables],
        },
        indent=2,
        ensure_ascii=False,
    )


def copy_as_table(copy: DeskCopy) -> Table:
    """Returns a row for every table, with the checksum that is the same on both sides."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("table")
    table.add_column("rows", justify="right")
    table.add_column("checksum")
    for one in copy.tables:
        table.add_row(one.name, f"{one.rows:,}", one.checksum)
    return table


def copy_in_words(copy: DeskCopy) -> str:
    """Returns what was done, and what to do next."""
    if not copy.made_now:
        return (
            f"{copy.source} was copied into the PostgreSQL database at {iso_time(copy.finished_at)}. Nothing was "
            "changed: to copy it anew, name an empty database."
        )
    return (
        f"{copy.source} is copied and compared, and unchanged. Name the PostgreSQL database in DATABASE_URL, check it "
        "with `uppzy-desk check`, and start the desk there; do not start it on the file again."
    )
