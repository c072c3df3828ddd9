"""The table of docs/tickets.md, generated from the tests: the promises of each ticket system and their proof.

`python -m tests.tickets.table` writes it there.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

from tests.tickets.contract import BACKENDS, STAND_INS, TESTS
from tests.tickets.promises import Promise
from tests.tickets.standins.base import Backend

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "tickets.md"
TABLE = re.compile(r"(?<=<!-- made by tests/tickets/table.py -->\n\n).*?(?=\n\n)", re.DOTALL)


def table() -> str:
    """Returns the table as it should be in the document."""
    importlib.import_module("tests.tickets.test_contract")
    head = ["`TICKETS=`", "ticket system", *Promise]
    lines = [head, ["---"] * len(head), *map(_row, STAND_INS)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _row(kind: type[Backend]) -> list[str]:
    return [f"`{kind.system}`", kind.title, *_cells(kind)]


def _cells(kind: type[Backend]) -> Iterator[str]:
    seen = ", ".join(backend.how for backend in BACKENDS if backend.system == kind.system)
    for promise in Promise:
        yield kind.lacks.get(promise, seen if TESTS.get(promise) else "no test")


def written() -> str:
    """Returns the table as it is in the document."""
    found = TABLE.search(DOCUMENT.read_text(encoding="utf-8"))
    assert found is not None
    return found[0]


if __name__ == "__main__":
    DOCUMENT.write_text(TABLE.sub(lambda _: table(), DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
