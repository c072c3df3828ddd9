"""A desk's database is copied from a SQLite file to a PostgreSQL server: whole, with its jobs, and only once."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Float, Table, create_engine, select
from sqlalchemy.pool import NullPool
from sqlalchemy.types import Integer

from bot.errors import DatabaseInUseError, StorageError
from bot.helpdesk.model.audit import AuditAct, AuditedPerson, AuditEntry
from bot.helpdesk.model.job import Job, JobKind
from storage import copying, models
from storage.audit import verify_audit
from storage.copying import DeskCopy, copy_desk
from storage.inspection import inspect, reading
from storage.postgres.presence import Presence
from storage.postgres.store import PostgresStore
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore
from tests.bot_process import rows

# What a format of tables in text would mistake for something else.
ODD = "\\N\t\n\r\\ 'quoted\" \U0001f600 é \x01 {n}"
NOW = 1_800_000_000.25
ROWS = 7
_OF_TRAIL = {models.audit, models.audit_head, models.audit_keys}
_COPIED = [table for table in models.metadata.sorted_tables if table is not models.jobs]


@pytest.fixture
def source(migrated_sqlite: Path, tmp_path: Path) -> Path:
    """A database with a few rows in every table, an audit trail, and jobs."""
    path = Path(shutil.copy(migrated_sqlite, tmp_path / "desk.db"))
    with create_engine(f"sqlite:///{path}", poolclass=NullPool).begin() as connection:
        for table in _COPIED:
            if table not in _OF_TRAIL:
                connection.execute(table.insert(), [_row(table, number) for number in range(ROWS)])
    asyncio.run(_work(path))
    return path


@pytest.fixture
def target(empty_postgres: Callable[[], str]) -> str:
    """The URL of a database without tables."""
    return empty_postgres()


def _row(table: Table, number: int) -> dict[str, Any]:
    return {column.name: _value(column, number) for column in table.c}


def _value(column: Column[Any], number: int) -> Any:
    if column.nullable and (number % 2 or column.name == "owner"):
        return None
    match column.type:
        case Boolean():
            return bool(number % 2)
        case Float():
            return NOW + number / 7
        case Integer():
            return number
    return f"{number}-{column.name}"[:40] if column.primary_key else ODD.format(n=number)


async def _work(path: Path) -> None:
    async with SqliteStore(path) as store:
        for number in range(3):
            await store.run(_note, number)
        await store.run(_add_jobs)


def _note(tx: Transaction, number: int) -> None:
    mia = AuditedPerson(surface="slack", id=f"U{number}")
    tx.audit.append(AuditEntry(act=AuditAct.PRESSED, by=mia, person=mia), NOW + number)


def _add_jobs(tx: Transaction) -> None:
    tx.jobs.enqueue(Job(kind=JobKind.EFFECT, ref="late", lane="one", urgency=0, run_at=NOW))
    tx.jobs.enqueue(Job(kind=JobKind.EFFECT, ref="urgent", lane="one", urgency=2, run_at=0.0))


def copied(source: Path, target: str, advance: copying.Advance = lambda done, total: None) -> DeskCopy:
    return copy_desk(source, target, now=lambda: NOW, advance=advance)


def killed(source: Path, target: str, *, after: int) -> None:
    """Copies in a process that is killed (SIGKILL) when it has gone on that many times, by three rows each."""
    code = (
        "import os, signal, sys; from pathlib import Path; from storage import copying\n"
        f"copying._BATCH, left = 3, iter(range({after}))\n"
        "def advance(done, total): next(left, None) is None and os.kill(os.getpid(), signal.SIGKILL)\n"
        "copying.copy_desk(Path(sys.argv[1]), sys.argv[2], now=lambda: 0.0, advance=advance)\n"
    )
    environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", code, str(source), target], env=environment)
    assert ended.returncode == -signal.SIGKILL


def contents(location: Path | str) -> dict[str, Counter[tuple[Any, ...]]]:
    with reading(location) as connection:
        return {table.name: Counter(tuple(row) for row in connection.execute(select(table))) for table in _COPIED}


def fingerprint(source: Path) -> list[str]:
    return [
        hashlib.sha256(Path(f"{source}{end}").read_bytes()).hexdigest()
        for end in ("", "-wal")
        if Path(f"{source}{end}").exists()
    ]


def queue(target: str) -> list[tuple[Any, ...]]:
    """Returns the references of the queued jobs, the most urgent first, with the time for which they wait."""
    return rows(
        target,
        "SELECT args ->> 'ref', lock, extract(epoch FROM scheduled_at)::float FROM procrastinate_jobs"
        " WHERE lock = 'one' ORDER BY priority DESC, id",
    )


def test_every_row_and_every_job_is_there_and_the_file_is_as_it_was(source: Path, target: str) -> None:
    before, shown = fingerprint(source), []

    copy = copied(source, target, lambda done, total: shown.append((done, total)))

    assert contents(target) == contents(source)
    assert {one.name: one.rows for one in copy.tables} == {
        **{table.name: sum(contents(source)[table.name].values()) for table in _COPIED},
        "jobs": 2 + sum(_begun(source)),
    }
    assert queue(target) == [("urgent", "one", None), ("late", "one", NOW)]
    assert (copy.audit_break, verify_audit(target).head.number) == (None, 3)
    assert fingerprint(source) == before
    assert shown[-1][0] == shown[-1][1]


def _begun(source: Path) -> Iterator[int]:
    """Yields how many events and effects are not done, and have no job."""
    for table, done in ((models.events, "handled_at"), (models.effects, "settled_at")):
        yield int(rows(f"sqlite:///{source}", f"SELECT count(*) FROM {table.name} WHERE {done} IS NULL")[0][0])


def test_what_had_begun_without_a_job_has_one(source: Path, target: str) -> None:
    copied(source, target)

    waiting = {ref for (ref,) in rows(target, "SELECT args ->> 'ref' FROM procrastinate_jobs")}
    unfinished = rows(
        target, "SELECT id FROM events WHERE handled_at IS NULL UNION SELECT id FROM effects WHERE settled_at IS NULL"
    )
    assert waiting == {id for (id,) in unfinished} | {"late", "urgent"}


@pytest.mark.parametrize("after", [0, 9, 60])
def test_a_copy_that_was_killed_is_continued_and_no_desk_starts_on_it_before(
    source: Path, target: str, after: int
) -> None:
    killed(source, target, after=after)
    with pytest.raises(StorageError, match="unfinished copy"):
        asyncio.run(_open(target))
    there = {name: sum(found.values()) for name, found in contents(target).items()}

    copy = copied(source, target)

    assert any(there.values())
    assert sum(there.values()) < sum(one.rows for one in copy.tables)
    assert contents(target) == contents(source)
    asyncio.run(_open(target))


async def _open(target: str) -> None:
    async with PostgresStore(target):
        pass


def test_what_changed_in_the_file_since_the_interruption_is_changed_in_the_copy(source: Path, target: str) -> None:
    killed(source, target, after=60)
    for statement in (
        "UPDATE articles SET title = 'new' RETURNING id",
        "DELETE FROM alarms RETURNING id",
        # As after the daily rebuild of the file: other numbers of the rows that are copied already.
        "UPDATE answers SET rowid = rowid + 1000 RETURNING id",
    ):
        assert rows(f"sqlite:///{source}", statement)

    copied(source, target)

    assert contents(target) == contents(source)


def test_a_second_run_changes_nothing(source: Path, target: str) -> None:
    first = copied(source, target)
    rows(target, "DELETE FROM procrastinate_jobs RETURNING id")
    rows(target, "UPDATE questions SET text = 'later' RETURNING id")
    before = contents(target)

    second = copied(source, target)

    assert (second.made_now, second.tables, second.finished_at) == (False, first.tables, first.finished_at)
    assert contents(target) == before
    assert queue(target) == []


async def test_a_running_desk_is_refused_on_either_side(source: Path, target: str) -> None:
    async with SqliteStore(source):
        with pytest.raises(DatabaseInUseError, match=f"A desk works on {source}"):
            copied(source, target)
    await _open(target)
    presence = Presence(target, heartbeat_seconds=1.0, certain_for=1.0)
    await presence.enter()
    try:
        with pytest.raises(DatabaseInUseError, match="A desk works on the PostgreSQL database"):
            await asyncio.to_thread(copied, source, target)
    finally:
        await presence.leave()


@pytest.mark.parametrize(
    ("table", "reason"), [("conversations", "has conversations of its own"), ("people", "rows of its own .people.")]
)
def test_a_target_with_rows_of_its_own_is_refused_and_left_alone(
    source: Path, target: str, table: str, reason: str
) -> None:
    asyncio.run(_open(target))
    with create_engine(target.replace("://", "+psycopg://"), poolclass=NullPool).begin() as connection:
        connection.execute(models.metadata.tables[table].insert(), [_row(models.metadata.tables[table], 0)])
    before = contents(target)

    with pytest.raises(StorageError, match=reason):
        copied(source, target)

    assert contents(target) == before
    assert inspect(target).version == models.VERSION


def test_the_copy_of_another_file_is_refused(source: Path, target: str) -> None:
    copied(source, target)

    with pytest.raises(StorageError, match="has conversations of its own"):
        copied(Path(shutil.copy(source, source.with_name("other.db"))), target)


def test_a_value_that_the_server_cannot_take_is_named_by_its_table(source: Path, target: str) -> None:
    rows(f"sqlite:///{source}", "UPDATE questions SET text = 'a' || char(0) || 'b' RETURNING id")

    with pytest.raises(StorageError, match="refuses a value of the table questions"):
        copied(source, target)


def test_an_audit_trail_that_is_broken_in_the_file_is_reported(source: Path, target: str) -> None:
    for statement in ("DROP TRIGGER audit_unchanged", "UPDATE audit SET act = 'other' WHERE number = 2"):
        with create_engine(f"sqlite:///{source}", poolclass=NullPool).begin() as connection:
            connection.exec_driver_sql(statement)

    broken = copied(source, target).audit_break

    assert broken is not None
    assert broken.row == 2


def test_no_table_that_is_copied_numbers_its_rows_by_a_sequence() -> None:
    # After a copy, a sequence would have to be set to the highest number.
    assert [table.name for table in _COPIED if table.autoincrement_column is not None] == []


def test_the_checksum_takes_the_rows_in_any_order_and_notices_each_change() -> None:
    some = [(1, "a", None), (2, "b", 0.1), (2, "b", 0.1)]

    assert copying.checksum(some) == copying.checksum(reversed(some))
    for other in (some[:2], [*some[:2], (2, "b", 0.2)], [*some[:2], (2, "b", None)], [some[0]] * 3):
        assert copying.checksum(other) != copying.checksum(some)
