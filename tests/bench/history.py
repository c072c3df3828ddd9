"""A database with a long history: copies of the rows of one real conversation, spread over weeks.

SQLite makes them itself with one INSERT ... SELECT per table. Every copy has its own identifiers and times, also within
bodies, so that keys, bodies and indexes are the same size and order as after that many real conversations.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage import models

_DAY = 86_400.0
# Newer than the retention of 90 days and older than the week of catch-up at a start, so that neither job disturbs the
# measurement.
_NEWEST, _OLDEST = 8 * _DAY, 80 * _DAY
# Conversations per person. They are consecutive, so that the keys of all tables are inserted in ascending order.
_EACH = 100
_TABLES = ("events", "conversations", "questions", "answers", "effects")


@dataclass(frozen=True, slots=True)
class _Turn:
    """The rows of one conversation with one question, by table."""

    rows: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def conversation(self) -> Mapping[str, Any]:
        return self.rows["conversations"][0]


def multiply(path: Path, conversations: int) -> None:
    """Adds that many copies of the first conversation to the file, which no process may have open."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.row_factory = sqlite3.Row
        uow = _first_turn(database)
        # Only for this connection: the bot sets its own pragmas when it opens the file.
        database.executescript("PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; PRAGMA cache_size=-1500000; BEGIN;")
        with _without_indexes(database):
            for table in _TABLES:
                for row in uow.rows[table]:
                    _multiply(database, uow, table, row, conversations)
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode=WAL")


@contextmanager
def _without_indexes(database: sqlite3.Connection) -> Iterator[None]:
    """Drops the indexes and recreates them at the end, which is far quicker than updating them row by row."""
    named = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = database.execute(named).fetchall()
    for index in indexes:
        database.execute(f"DROP INDEX {index['name']}")
    yield
    for index in indexes:
        database.execute(index["sql"])


def _first_turn(database: sqlite3.Connection) -> _Turn:
    conversation = dict(database.execute("SELECT * FROM conversations ORDER BY id LIMIT 1").fetchone())
    question = _rows(database, "questions", "conversation_id", conversation["id"])
    effects = [
        effect for one in question for effect in _rows(database, "effects", "trace", _trace(database, one["id"]))
    ]
    return _Turn(
        {
            "conversations": [conversation],
            "questions": question,
            "answers": _rows(database, "answers", "conversation_id", conversation["id"]),
            "effects": effects,
            "events": _rows(database, "events", "id", effects[0]["trace"]),
        }
    )


def _trace(database: sqlite3.Connection, question: str) -> str:
    row = database.execute("SELECT trace FROM effects WHERE instr(body, ?)", [question]).fetchone()
    return str(row["trace"])


def _rows(database: sqlite3.Connection, table: str, column: str, value: str) -> list[dict[str, Any]]:
    return [dict(row) for row in database.execute(f"SELECT * FROM {table} WHERE {column} = ?", [value])]


def _multiply(database: sqlite3.Connection, uow: _Turn, table: str, row: Mapping[str, Any], conversations: int) -> None:
    names = [column.name for column in models.metadata.tables[table].columns]
    opened = uow.conversation["opened_at"]
    step = (_OLDEST - _NEWEST) / conversations
    identifiers = _identifiers(uow)
    values = ", ".join(_value(row[name], identifiers, opened) for name in names)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)"
    times = f"SELECT i, :opened - {_OLDEST} + i * :step AS t FROM n"
    statement = f"{numbers} INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM ({times})"
    database.execute(statement, {"count": conversations, "opened": opened, "step": step})


def _identifiers(uow: _Turn) -> dict[str, str]:
    """Maps each identifier to the SQL expression of its copies, from the copy's number `i` and time `t`.

    Our ids and Slack's timestamps ascend with time, as real ones do.
    """
    conversation, answer = uow.conversation, uow.rows["answers"][0]
    found = {}
    for rows in uow.rows.values():
        for nth, row in enumerate(rows):
            found[row["id"].partition("_")[2]] = _own_id(nth)
    found[conversation["channel"]] = f"printf('D%09d', i / {_EACH})"
    found[conversation["employee"]] = f"printf('U%09d', i / {_EACH})"
    found[conversation["thread"]] = "printf('%.6f', t)"
    found[answer["request_id"]] = "printf('req-%032x', i)"
    if answer["posted"]:
        found[answer["posted"].rpartition(":")[2]] = "printf('%.6f', t + 1)"
    for given in uow.rows["events"]:
        if given["dedup_key"]:
            found[given["dedup_key"].rpartition(":")[2]] = "printf('dedup-%030x', i)"
    return found


def _own_id(nth: int) -> str:
    """Returns the expression of an id as `new_id` makes it, without prefix: 11 digits of milliseconds, 10 others."""
    return f"printf('%011x%01x%09x', CAST(t * 1000 AS INTEGER), {nth}, i)"


def _value(value: Any, identifiers: Mapping[str, str], opened: float) -> str:
    """Returns the SQL expression for one column of a copy."""
    match value:
        case None:
            return "NULL"
        case float():
            # A time keeps its distance from the start of the conversation. Other numbers, as a confidence, are copied.
            return f"t + {value - opened!r}" if abs(value - opened) < _DAY else repr(value)
        case int():
            return str(value)
        case _:
            return _text(str(value), identifiers)


def _text(text: str, identifiers: Mapping[str, str]) -> str:
    pattern = "|".join(re.escape(one) for one in sorted(identifiers, key=len, reverse=True))
    parts = re.split(f"({pattern})", text)
    quoted = (identifiers.get(part) or f"""'{part.replace("'", "''")}'""" for part in parts if part)
    return " || ".join(quoted) or "''"
