"""The audit trail on both engines: what it keeps, what the database refuses, and what a verification finds."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot.cli.commands import main
from bot.errors import StorageError
from bot.helpdesk.model.audit import AuditAct, AuditedPerson, AuditEntry
from storage.audit import verify_audit
from storage.engines import location_of
from storage.interfaces import Database
from storage.repositories import Transaction
from storage.retention import prune_old_audit
from storage.writing import writing
from tests.addresses import SURFACE
from tests.conftest import NewDatabase
from tests.storage.conftest import store_at

MIA = AuditedPerson(surface=SURFACE, id="U0MIA")
ADA = AuditedPerson(surface=SURFACE, id="U0ADA")


def _append(tx: Transaction, number: int, by: AuditedPerson = ADA) -> None:
    entry = AuditEntry(act=AuditAct.PRESSED, by=by, person=MIA, subject=f"hof_{number}", detail="claim")
    tx.audit.append(entry, 100.0 * number)


async def _fill(url: str, rows: int = 5) -> None:
    async with store_at(url) as store:
        for number in range(1, rows + 1):
            await store.run(_append, number)


def _tamper(url: str, *statements: str) -> None:
    """Changes the database as its owner can, who may remove the triggers first."""
    with writing(location_of(url)) as connection:
        _without_triggers(connection)
        for statement in statements:
            connection.exec_driver_sql(statement)


def _without_triggers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        return
    for name in ("audit_unchanged", "audit_kept", "audit_head_forward", "audit_head_kept"):
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


def _problem(url: str) -> str:
    found = verify_audit(location_of(url)).problem
    return "" if found is None else f"Row {found.row} was {found.by}"


async def test_a_trail_that_nobody_touched_is_whole(database_url: str) -> None:
    await _fill(database_url)

    verdict = verify_audit(location_of(database_url))

    assert verdict.problem is None
    assert verdict.head.number == 5


_COPY = (
    'INSERT INTO audit (number, at, act, "by", operator, person, subject, detail, hash) '
    'SELECT {}, at, act, "by", operator, person, subject, detail, hash FROM audit WHERE number = 2'
)


@pytest.mark.parametrize(
    ("statements", "problem"),
    [
        (["UPDATE audit SET detail = 'release' WHERE number = 3"], "Row 3 was changed"),
        (["UPDATE audit SET at = at + 1 WHERE number = 1"], "Row 1 was changed"),
        (["DELETE FROM audit WHERE number = 2"], "Row 2 was removed"),
        (["DELETE FROM audit WHERE number = 1"], "Row 1 was removed"),
        (["DELETE FROM audit WHERE number > 3"], "Row 4 was removed"),
        (["DELETE FROM audit"], "Row 1 was removed"),
        (["DELETE FROM audit_head"], "Row 1 was inserted"),
        ([_COPY.format(6)], "Row 6 was inserted"),
        ([_COPY.format(0)], "Row 0 was inserted"),
        (["UPDATE audit SET number = number + 1 WHERE number = 5", _COPY.format(5)], "Row 5 was changed"),
        (["UPDATE audit_head SET hash = 'f'"], "Row 5 was changed"),
    ],
)
async def test_the_first_row_that_was_touched_is_named(database_url: str, statements: list[str], problem: str) -> None:
    await _fill(database_url)

    _tamper(database_url, *statements)

    assert _problem(database_url) == problem


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET detail = 'release' WHERE number = 3",
        "DELETE FROM audit WHERE number = 3",
        "DELETE FROM audit",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET number = 3",
    ],
)
async def test_the_database_refuses_to_change_the_trail(database_url: str, statement: str) -> None:
    await _fill(database_url)

    refused = pytest.raises((StorageError, DBAPIError))
    with refused, writing(location_of(database_url)) as connection:
        connection.exec_driver_sql(statement)

    assert verify_audit(location_of(database_url)).problem is None


async def test_old_rows_are_pruned_and_the_rest_stays_verifiable(store: Database, database_url: str) -> None:
    for number in range(1, 6):
        await store.run(_append, number)

    assert await prune_old_audit(store, before=350.0) == 3
    await store.run(_append, 6)

    verdict = verify_audit(location_of(database_url))
    assert verdict.problem is None
    assert (verdict.head.pruned_number, verdict.head.number) == (3, 6)
    _tamper(database_url, "DELETE FROM audit WHERE number = 4")
    assert _problem(database_url) == "Row 4 was removed"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_several_processes_append_to_one_chain(database_url: str) -> None:
    async with store_at(database_url) as one, store_at(database_url) as other:
        await asyncio.gather(*(store.run(_append, number) for number in range(1, 16) for store in (one, other)))

    verdict = verify_audit(location_of(database_url))
    assert verdict.problem is None
    assert verdict.head.number == 30


async def test_a_person_without_a_key_is_known_no_more(store: Database, database_url: str) -> None:
    await store.run(_append, 1)
    await store.run(lambda tx: tx.audit.destroy_key(MIA))
    await store.run(_append, 2)

    def names(tx: Transaction) -> list[str]:
        return [str(row[0]) for row in tx.connection.exec_driver_sql("SELECT person FROM audit ORDER BY number")]

    before, after = await store.read(names)
    assert before != after
    assert re.fullmatch("per_[0-9a-f]{24}", before)
    assert verify_audit(location_of(database_url)).problem is None


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def _filled_file(new_sqlite: NewDatabase, rows: int = 3) -> Path:
    url = new_sqlite()
    asyncio.run(_fill(url, rows))
    return Path(url.removeprefix("sqlite:///"))


def test_the_commands_verify_and_list(new_sqlite: NewDatabase, capsys: pytest.CaptureFixture[str]) -> None:
    file = str(_filled_file(new_sqlite))

    assert _run("audit", "verify", "--database", file) == 0
    assert "The audit trail is whole: 3 rows." in capsys.readouterr().out
    assert _run("audit", "list", "--person", "U0ADA", "--format", "json", "--database", file) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["number"], row["by_id"], row["person_id"], row["detail"]) for row in rows] == [
        (number, "U0ADA", "U0MIA", "claim") for number in (1, 2, 3)
    ]
    assert rows[0]["at"] == "1970-01-01T00:01:40+00:00"
    assert _run("audit", "list", "--database", file) == 0
    assert "U0MIA" in capsys.readouterr().out
    assert _run("audit", "list", "--person", "U0NOBODY", "--database", file) == 1
    assert "'U0NOBODY'" in capsys.readouterr().err


def test_the_command_names_the_row_that_was_removed(
    new_sqlite: NewDatabase, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _filled_file(new_sqlite)
    _tamper(f"sqlite:///{file}", "DELETE FROM audit WHERE number = 3")

    assert _run("audit", "verify", "--database", str(file)) == 1

    assert capsys.readouterr().err == "The audit trail is not whole: row 3 was removed.\n"
