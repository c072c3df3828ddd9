"""The output of `audit list`: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict

from rich.table import Table
from rich.text import Text

from bot.cli.terminal import iso_time
from bot.helpdesk.model.audit import AuditedPerson, AuditRow


def audit_as_json(rows: Iterable[AuditRow], known: Mapping[str, AuditedPerson]) -> str:
    """Returns an object for each row. `by_id` and `person_id` are null where nobody is known behind a pseudonym."""
    found = [
        asdict(row) | {"at": iso_time(row.at), "by_id": _id(row.by, known), "person_id": _id(row.person, known)}
        for row in rows
    ]
    return json.dumps(found, indent=2, ensure_ascii=False)


def audit_as_table(rows: Iterable[AuditRow], known: Mapping[str, AuditedPerson]) -> Table:
    """Returns a line for each row. People are shown by their ids, or by a pseudonym once they are forgotten."""
    table = Table("row", "when (UTC)", "what", "by", "person", "about", "detail", box=None, header_style="bold")
    for row in rows:
        by = _id(row.by, known) or row.by or row.operator or "the desk"
        person = _id(row.person, known) or row.person or ""
        texts = str(row.number), iso_time(row.at), row.act, by, person, row.subject or "", row.detail or ""
        table.add_row(*map(Text, texts))
    return table


def _id(name: str | None, known: Mapping[str, AuditedPerson]) -> str | None:
    found = known.get(name or "")
    return None if found is None else found.id
