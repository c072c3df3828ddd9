"""Copies of a SQLite database: whole, private, and never in the way of what was there before."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import DatabaseInUseError, StorageError
from storage.backup import back_up, restore
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore

PAIR = (
    "INSERT INTO conversations (id, workspace, surface, channel, thread, employee, session_id, generation, owner,"
    " opened_at, last_at, kept_by, hidden)"
    " VALUES ('{id}', 'T', 's', 'D', '{id}', 'U', 's', 1, 'assistant', 1, 1, '', 0)"
)


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.fixture
def database(migrated_sqlite: Path, tmp_path: Path) -> Path:
    """A database without rows."""
    return Path(shutil.copy(migrated_sqlite, tmp_path / "desk.db"))


def silent(done: int, total: int) -> None:
    """Shows no progress."""


def converse(database: Path, *ids: str) -> None:
    """Adds conversations with these ids."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        for id in ids:
            connection.execute(PAIR.format(id=id))
        connection.commit()


def conversations(database: Path) -> list[str]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return [id for (id,) in connection.execute("SELECT id FROM conversations ORDER BY id")]


def modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


def killed(work: str, *paths: Path) -> None:
    """Runs `work(location, file, replace, advance)` in a process that is killed (SIGKILL) as soon as it has copied."""
    code = (
        "import os, signal, sys; from pathlib import Path; from storage import backup\n"
        "def advance(done, total): os.kill(os.getpid(), signal.SIGKILL)\n"
        f"backup.{work}(*map(Path, sys.argv[1:]), replace=True, advance=advance)\n"
    )
    environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", code, *map(str, paths)], env=environment)
    assert ended.returncode == -signal.SIGKILL


async def test_a_copy_beside_a_desk_that_writes_is_of_one_moment(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"

    def add(tx: Transaction, id: str) -> None:
        for half in ("a", "b"):
            tx.connection.exec_driver_sql(PAIR.format(id=f"{id}{half}"))

    async with SqliteStore(database) as store:
        await store.run(add, "first")
        copying = asyncio.create_task(asyncio.to_thread(back_up, database, copy, replace=False, advance=silent))
        await asyncio.gather(*(store.run(add, f"{number:03}") for number in range(200)))
        made = await copying

    found = conversations(copy)
    assert made.conversations == len(found)
    assert {"firsta", "firstb"} <= set(found)
    assert [one[:-1] for one in found[::2]] == [one[:-1] for one in found[1::2]]
    assert modes(tmp_path)["copy.db"] == 0o600
    assert [name for name in modes(tmp_path) if "copy" in name] == ["copy.db"]


def test_a_copy_is_private_from_its_first_byte(database: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copies"
    folder.mkdir()
    seen: list[dict[str, int]] = []

    back_up(database, folder / "copy.db", replace=False, advance=lambda done, total: seen.append(modes(folder)))

    assert seen
    assert {mode for one in seen for mode in one.values()} == {0o600}
    assert modes(folder) == {"copy.db": 0o600}


def test_a_file_is_replaced_only_on_request(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("mine")

    with pytest.raises(StorageError, match="--force"):
        back_up(database, copy, replace=False, advance=silent)
    assert copy.read_text() == "mine"

    back_up(database, copy, replace=True, advance=silent)
    assert conversations(copy) == []


@pytest.mark.parametrize("missing", ["database", "folder"])
def test_what_is_not_there_is_refused_with_a_sentence(database: Path, tmp_path: Path, missing: str) -> None:
    source = tmp_path / "none.db" if missing == "database" else database
    folder = tmp_path / "none" if missing == "folder" else tmp_path

    with pytest.raises(StorageError, match="There is no"):
        back_up(source, folder / "copy.db", replace=False, advance=silent)

    assert [name for name in modes(tmp_path) if "copy" in name] == []


def test_a_copy_that_was_killed_leaves_the_earlier_one_and_the_next_one_is_made(database: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(database, copy, replace=False, advance=silent)
    converse(database, "1")

    killed("back_up", database, copy)
    assert conversations(copy) == []

    assert back_up(database, copy, replace=True, advance=silent).conversations == 1
    assert conversations(copy) == ["1"]
    assert [name for name in modes(tmp_path) if "copy" in name] == ["copy.db"]


def test_two_copies_into_one_file_at_once_are_refused(database: Path, tmp_path: Path) -> None:
    refused: list[str] = []

    def another(done: int, total: int) -> None:
        with pytest.raises(StorageError) as caught:
            back_up(database, tmp_path / "copy.db", replace=True, advance=silent)
        refused.append(str(caught.value))

    back_up(database, tmp_path / "copy.db", replace=False, advance=another)

    assert refused
    assert all("Another command" in one for one in refused)
    assert conversations(tmp_path / "copy.db") == []


def test_a_copy_is_put_back_into_a_new_folder(database: Path, tmp_path: Path) -> None:
    converse(database, "1")
    back_up(database, tmp_path / "copy.db", replace=False, advance=silent)
    folder = tmp_path / "elsewhere"

    assert restore(folder / "desk.db", tmp_path / "copy.db", replace=False, advance=silent) is None

    assert conversations(folder / "desk.db") == ["1"]
    assert modes(folder) == {"desk.db": 0o600, "desk.db.lock": 0o600}


async def test_the_desk_runs_on_what_was_restored_and_the_log_of_the_old_file_is_no_part_of_it(
    database: Path, tmp_path: Path
) -> None:
    converse(database, "1")
    back_up(database, tmp_path / "copy.db", replace=False, advance=silent)
    converse(database, "2")
    connection = sqlite3.connect(database)
    connection.execute(PAIR.format(id="3"))
    connection.commit()  # It stands in the log, which is left behind as by a desk that was killed.
    for end in ("", "-wal", "-shm"):
        shutil.copy(f"{database}{end}", f"{tmp_path}/kept{end}")
    connection.close()
    for end in ("", "-wal", "-shm"):
        shutil.move(f"{tmp_path}/kept{end}", f"{database}{end}")

    kept = restore(database, tmp_path / "copy.db", replace=True, advance=silent)

    assert kept is not None
    assert conversations(kept) == ["1", "2", "3"]
    assert conversations(database) == ["1"]
    async with SqliteStore(database) as store:
        await store.run(lambda tx: tx.connection.exec_driver_sql(PAIR.format(id="4")))
    assert conversations(database) == ["1", "4"]
    assert set(modes(tmp_path).values()) == {0o600}


def test_a_database_with_conversations_is_replaced_only_on_request(database: Path, tmp_path: Path) -> None:
    back_up(database, tmp_path / "copy.db", replace=False, advance=silent)
    converse(database, "1")

    with pytest.raises(StorageError, match="has conversations"):
        restore(database, tmp_path / "copy.db", replace=False, advance=silent)

    assert conversations(database) == ["1"]


async def test_a_running_desk_is_refused(database: Path, tmp_path: Path) -> None:
    back_up(database, tmp_path / "copy.db", replace=False, advance=silent)
    async with SqliteStore(database):
        with pytest.raises(DatabaseInUseError, match="stop it first"):
            restore(database, tmp_path / "copy.db", replace=True, advance=silent)


@pytest.mark.parametrize("damage", ["cut", "garbled", "text", "foreign"])
def test_a_damaged_copy_replaces_nothing(database: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "copy.db"
    converse(database, *map(str, range(300)))
    back_up(database, copy, replace=False, advance=silent)
    content = copy.read_bytes()
    if damage == "foreign":
        copy.unlink()
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            connection.execute("CREATE TABLE mine (id)")
    else:
        half = len(content) // 2
        copy.write_bytes(
            {"cut": content[:half], "garbled": content[:8192] + b"\xff" * 8192 + content[16384:], "text": b"hello"}[
                damage
            ]
        )

    with pytest.raises(StorageError):
        restore(database, copy, replace=True, advance=silent)

    assert len(conversations(database)) == 300
    assert [name for name in modes(tmp_path) if "unfinished" in name or "before" in name] == []


def test_a_restoration_that_was_killed_leaves_the_database_and_the_next_one_ends_well(
    database: Path, tmp_path: Path
) -> None:
    back_up(database, tmp_path / "copy.db", replace=False, advance=silent)
    converse(database, "1")

    killed("restore", database, tmp_path / "copy.db")
    assert conversations(database) == ["1"]

    kept = restore(database, tmp_path / "copy.db", replace=True, advance=silent)
    assert kept is not None
    assert (conversations(kept), conversations(database)) == (["1"], [])
