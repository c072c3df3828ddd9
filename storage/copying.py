"""Copies the database of a desk from a SQLite file to a PostgreSQL server.

The file is only read, in one snapshot, and its lock is held, so that no desk works on it meanwhile. Every batch of rows
is committed together with its position; an interrupted copy goes on there. Each table is then compared with the file by
a checksum over all of its rows, also one that an earlier run has copied. One that differs is copied anew, once. The
last transaction gives the jobs to the queue of the server, and its version to the copy: no desk starts on it before.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import psycopg
from psycopg import sql
from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    MetaData,
    Select,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    inspect,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from bot.errors import DatabaseInUseError, StorageError
from bot.helpdesk.model.audit import AuditBreak
from storage import models
from storage.audit import verify_chain
from storage.errors import explain_postgres_error
from storage.inspection import reading, refuse_unreadable, server_engine
from storage.migrate import UNFINISHED_COPY, current_version, set_version
from storage.postgres.presence import LIVENESS_LOCK
from storage.postgres.queue import defer_all, undone_jobs
from storage.postgres.store import prepare
from storage.sqlite.queue import every_job
from storage.writing import transaction, without_desks

Advance = Callable[[int, int], None]
"""Called with the number of rows that are copied or compared, and that of all."""

_BATCH = 5_000
_DIGEST_BYTES = 16
# The key of the lock that a copy holds on its target. The server may take a killed copy for alive for a moment.
_COPY_LOCK = 0x7570707B
_TAKE_COPY_LOCK = f"SET lock_timeout = '10s'; SELECT pg_advisory_lock({_COPY_LOCK}); SET lock_timeout = 0"
_DESKS = (
    f"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {LIVENESS_LOCK}"  # noqa: S608 - a number
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_POSITION = "copied_rowid"
_BEFORE_ALL = -(2**63)
_TABLES = [table for table in models.metadata.sorted_tables if table is not models.jobs]

# What the target knows of the copy: its one row, and how far each table is.
_notes = MetaData()
_copies = Table(
    "desk_copies",
    _notes,
    Column("source", Text, primary_key=True),
    Column("finished_at", Float(53), nullable=True),
)
_positions = Table(
    "desk_copy_tables",
    _notes,
    Column("name", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=True),
    Column("checksum", Text, nullable=True),
)
_add_position = postgresql_insert(_positions)
_note_position = _add_position.on_conflict_do_update(
    index_elements=["name"], set_={"position": _add_position.excluded.position}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedTable:
    """A table whose rows are the same on both sides."""

    name: str
    rows: int
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCopy:
    """A finished copy. `made_now` is False where an earlier run had finished it, and this one changed nothing.

    `audit_break` is where the chain of the audit trail is broken, on both sides alike.
    """

    source: str
    finished_at: float
    tables: tuple[CopiedTable, ...]
    made_now: bool
    audit_break: AuditBreak | None = None


def copy_desk(source: Path, address: str, *, now: Callable[[], float], advance: Advance) -> DeskCopy:
    """Copies the database in the file `source` into the one at `address`, which is empty or an unfinished copy.

    Raises StorageError, also where a desk works on either, or the target has rows of its own.
    """
    if not source.is_file():
        raise StorageError(f"There is no database {source}.")
    with without_desks(source):
        refuse_unreadable(source)
        with reading(source) as original, _writing(address) as copy:
            if (finished := _finished(copy, source)) is not None:
                return finished
            _begin(copy, source)
            return _Transfer(original, copy, advance).run(str(source.resolve()), now)


@contextlib.contextmanager
def _writing(address: str) -> Iterator[Connection]:
    """Opens a connection to the server, whose errors are raised as a StorageError that says how to fix them."""
    try:
        with server_engine(address).connect() as connection:
            yield connection
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.Error):
            _explain(error, error.orig)
        raise
    except psycopg.Error as error:
        _explain(error, error)


def _explain(error: Exception, cause: psycopg.Error) -> NoReturn:
    if isinstance(cause, psycopg.errors.LockNotAvailable):
        raise DatabaseInUseError("Another command copies into the database: wait until it has ended.") from error
    raise StorageError(explain_postgres_error(error)) from error


# The target.


def _finished(copy: Connection, source: Path) -> DeskCopy | None:
    """Returns the copy of this file that an earlier run has finished."""
    if current_version(copy) == UNFINISHED_COPY or not inspect(copy).has_table(_copies.name):
        return None
    found = copy.execute(select(_copies).where(_copies.c.source == str(source.resolve()))).first()
    if found is None or found.finished_at is None:
        return None
    rows = copy.execute(select(_positions.c.name, _positions.c.rows, _positions.c.checksum))
    by_name = {name: CopiedTable(name=name, rows=count, checksum=checksum) for name, count, checksum in rows}
    tables = tuple(by_name[table.name] for table in [*_TABLES, models.jobs] if table.name in by_name)
    return DeskCopy(source=found.source, finished_at=found.finished_at, tables=tables, made_now=False)


def _begin(copy: Connection, source: Path) -> None:
    """Makes the target an unfinished copy, unless it is one. Raises StorageError where it has rows of its own."""
    copy.exec_driver_sql(_TAKE_COPY_LOCK)
    if current_version(copy) == UNFINISHED_COPY:
        return
    _refuse_desks(copy)
    _refuse_rows(copy)
    prepare(copy)
    with transaction(copy):
        _refuse_rows(copy)
        _notes.create_all(copy)
        copy.execute(delete(_copies))
        copy.execute(insert(_copies).values(source=str(source.resolve())))
        set_version(copy, UNFINISHED_COPY)
    _refuse_desks(copy)


def _refuse_desks(copy: Connection) -> None:
    if copy.exec_driver_sql(_DESKS).scalar():
        raise DatabaseInUseError("A desk works on the PostgreSQL database: stop it first.")


def _refuse_rows(copy: Connection) -> None:
    present = set(inspect(copy).get_table_names())
    filled = [
        table.name
        for table in models.metadata.sorted_tables
        if table.name in present
        and copy.execute(select(literal_column("1")).select_from(table).limit(1)).first() is not None
    ]
    if models.conversations.name in filled:
        raise StorageError("The PostgreSQL database has conversations of its own: name an empty one.")
    if filled:
        raise StorageError(f"The PostgreSQL database has rows of its own ({', '.join(filled)}): name an empty one.")


# The rows.


class _Transfer:
    """Copies every table, and then the jobs."""

    def __init__(self, original: Connection, copy: Connection, advance: Advance) -> None:
        self._original = original
        self._copy = copy
        self._advance = advance
        self._total = 2 * sum(_count(original, table) for table in _TABLES)
        self._done = 0

    def run(self, source: str, now: Callable[[], float]) -> DeskCopy:
        """Copies what is missing, compares everything, and ends the copy."""
        begun = {row.name: row.position for row in self._copy.execute(select(_positions))}
        tables = [self._table(table, begun.get(table.name)) for table in _TABLES]
        with transaction(self._copy):
            tables.append(self._jobs())
            self._note_tables(tables)
            problem = verify_chain(self._copy).problem
            finished_at = now()
            self._copy.execute(update(_copies).values(source=source, finished_at=finished_at))
            set_version(self._copy, models.VERSION)
        self._plan_anew()
        return DeskCopy(
            source=source, finished_at=finished_at, tables=tuple(tables), made_now=True, audit_break=problem
        )

    def _table(self, table: Table, position: int | None) -> CopiedTable:
        """Copies a table from this position on. Where an earlier run has left other rows, all of it again."""
        if position is not None:
            self._progress(_count(self._copy, table))
            with contextlib.suppress(psycopg.IntegrityError):
                self._fill(table, position)
                if (same := self._compared(table)) is not None:
                    return same
            self._empty(table)
        self._fill(table, _BEFORE_ALL)
        if (same := self._compared(table)) is None:
            raise StorageError(f"The table {table.name} has other rows than the file: run the command again.")
        return same

    def _fill(self, table: Table, position: int) -> None:
        query = _after(table)
        while rows := self._original.execute(query, {"position": position}).all():
            position = rows[-1][0]
            with transaction(self._copy):
                _write(_driver(self._copy), table, [row[1:] for row in rows])
                self._copy.execute(_note_position, {"name": table.name, "position": position})
            self._progress(len(rows))

    def _empty(self, table: Table) -> None:
        # Not by DELETE, which the triggers of the audit trail refuse.
        with transaction(self._copy):
            self._copy.exec_driver_sql(f'TRUNCATE "{table.name}"')
            self._copy.execute(delete(_positions).where(_positions.c.name == table.name))

    def _compared(self, table: Table) -> CopiedTable | None:
        """Returns the table with its checksum; None where it is another one in the file."""
        with transaction(self._copy):
            there = checksum(self._watched(_stream(self._copy, table)))
        here = checksum(_stream(self._original, table))
        return CopiedTable(name=table.name, rows=here[0], checksum=here[1]) if here == there else None

    def _jobs(self) -> CopiedTable:
        """Gives every job to the queue of the server, with the open transaction."""
        jobs = every_job(self._original)
        defer_all(self._copy, _driver(self._copy), jobs)
        here = checksum((job.kind.value, job.ref, job.lane) for job, _ in jobs)
        if checksum(undone_jobs(self._copy)) != here:
            raise StorageError("The queue of the PostgreSQL database has other jobs than the file: name an empty one.")
        return CopiedTable(name=models.jobs.name, rows=here[0], checksum=here[1])

    def _note_tables(self, tables: Iterable[CopiedTable]) -> None:
        self._copy.execute(delete(_positions))
        for one in tables:
            values = {"name": one.name, "position": 0, "rows": one.rows, "checksum": one.checksum}
            self._copy.execute(insert(_positions).values(values))

    def _plan_anew(self) -> None:
        """Has the server count rows now: otherwise it plans for empty tables until it does so by itself."""
        for table in _TABLES:
            self._copy.exec_driver_sql(f'ANALYZE "{table.name}"')

    def _watched(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        number = 0
        for number, row in enumerate(rows, 1):
            yield row
            if number % _BATCH == 0:
                self._progress(_BATCH)
        self._progress(number % _BATCH)

    def _progress(self, rows: int) -> None:
        self._done = min(self._done + rows, self._total)
        self._advance(self._done, self._total)


def checksum(rows: Iterable[Sequence[Any]]) -> tuple[int, str]:
    """Returns the number of rows and a checksum of them in any order: the engines sort texts differently."""
    count = total = 0
    for row in rows:
        digest = hashlib.blake2b(repr(tuple(row)).encode(), digest_size=_DIGEST_BYTES).digest()
        total += int.from_bytes(digest, "big")
        count += 1
    return count, f"{total % 256**_DIGEST_BYTES:0{2 * _DIGEST_BYTES}x}"


def _count(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def _after(table: Table) -> Select[Any]:
    """Returns the query for the next batch of a table of SQLite, in the order in which its rows were added."""
    position = literal_column("rowid", BigInteger)
    columns = [position.label(_POSITION), *table.c]
    return select(*columns).where(position > bindparam("position")).order_by(position).limit(_BATCH)


def _stream(connection: Connection, table: Table) -> Iterator[Sequence[Any]]:
    yield from connection.execute(select(table), execution_options={"yield_per": _BATCH})


def _write(driver: psycopg.Connection[Any], table: Table, rows: Iterable[Sequence[Any]]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.c)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), names)
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(tuple(row))
    except psycopg.DataError as error:
        raise StorageError(f"PostgreSQL refuses a value of the table {table.name}: {type(error).__name__}.") from error


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
