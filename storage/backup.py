"""Copies of a database: made beside a running desk, verified, and put back.

A copy is written under another name, readable for its owner alone from its creation, and takes its name when it is
verified. So a process that is killed leaves what was there before.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from sqlalchemy.engine import make_url

from bot.errors import DatabaseInUseError, StorageError
from storage import models
from storage.inspection import DatabaseLocation, display_name, inspect, open_read_only, reading
from storage.writing import without_desks

Environment = Mapping[str, str]
"""The environment variables of the programs of PostgreSQL; the password is added to them."""

Advance = Callable[[int, int], None]
"""Called with the number of pages that are copied, and that of all."""

NOTHING: Environment = MappingProxyType({})
_PRIVATE = 0o600
_PAGES = 1000
_BESIDE = ("-journal", "-wal", "-shm")
_HAS_CONVERSATIONS = "SELECT EXISTS (SELECT 1 FROM conversations)"
_OTHERS = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A finished copy: its size in bytes, and how many conversations it has."""

    size: int
    conversations: int


def back_up(
    location: DatabaseLocation, target: Path, *, replace: bool, advance: Advance, environment: Environment = NOTHING
) -> Copy:
    """Copies a database into the file `target`, also beside a running desk.

    Raises StorageError, also where there is such a file already and `replace` is False.
    """
    _refuse_no_desk(location)
    if not target.parent.is_dir():
        raise StorageError(f"There is no folder {target.parent}: make it, or name another file.")
    _refuse_existing(target, replace=replace)
    with _unfinished(target) as unfinished:
        if isinstance(location, Path):
            conversations = _copy_file(location, unfinished, advance)
        else:
            conversations = _dump(location, unfinished, environment)
        _persist(unfinished)
        _refuse_existing(target, replace=replace)
        unfinished.replace(target)
    _persist(target.parent)
    return Copy(size=target.stat().st_size, conversations=conversations)


def restore(
    location: DatabaseLocation, source: Path, *, replace: bool, advance: Advance, environment: Environment = NOTHING
) -> Path | None:
    """Puts a copy in the place of a database, which is made where there is none.

    With `replace` a database with conversations is replaced too. Returns the file in which it is kept, None where there
    was nothing to keep. Raises StorageError, also where a desk is running.
    """
    if not source.is_file():
        raise StorageError(f"There is no file {source}.")
    if isinstance(location, Path):
        return _restore_file(location, source, replace=replace, advance=advance)
    return _restore_server(location, source, environment, replace=replace)


# Files.


@contextlib.contextmanager
def _unfinished(target: Path) -> Iterator[Path]:
    """Makes an empty file beside `target`, for its owner alone, and deletes it unless it is renamed.

    What an interrupted run has left is used again. Raises StorageError while another one writes there.
    """
    path = target.with_name(f".{target.name}.unfinished")
    try:
        with _only_here(path) as descriptor:
            try:
                os.fchmod(descriptor, _PRIVATE)
                os.ftruncate(descriptor, 0)
                _delete_beside(path)
                yield path
            finally:
                _delete_own(path, descriptor)
    except BlockingIOError as error:
        raise StorageError(f"Another command is writing {target}: wait until it has ended.") from error
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror or error}.") from error


@contextlib.contextmanager
def _only_here(path: Path) -> Iterator[int]:
    """Opens a file that no other process has open in this way. Raises BlockingIOError if one has."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, _PRIVATE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if not _is_open_as(path, descriptor):  # Another command has just finished it, and given it its name.
            raise BlockingIOError
        yield descriptor
    finally:
        os.close(descriptor)


def _delete_own(path: Path, descriptor: int) -> None:
    """Deletes the unfinished file if it still is the one that is open here."""
    if _is_open_as(path, descriptor):
        _delete_beside(path)
        path.unlink()


def _is_open_as(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def _delete_beside(path: Path) -> None:
    for end in _BESIDE:
        Path(f"{path}{end}").unlink(missing_ok=True)


def _refuse_existing(target: Path, *, replace: bool) -> None:
    if target.exists() and not (replace and target.is_file()):
        raise StorageError(f"There is a {target} already: name another file, or replace it with --force.")


def _persist(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# SQLite.


def _copy_file(source: Path, unfinished: Path, advance: Advance) -> int:
    """Copies a database as it is now, and verifies the copy. Returns the number of conversations."""
    with _explained(source), contextlib.closing(open_read_only(source)) as original:
        # The snapshot of this transaction is copied. Without it every write of a desk would begin the copy anew.
        original.execute("BEGIN")
        expected = _counts(original)
        with contextlib.closing(sqlite3.connect(unfinished, isolation_level=None)) as copy:
            copy.execute("PRAGMA journal_mode=OFF")
            original.backup(
                copy, pages=_PAGES, progress=lambda status, left, total: advance(total - left, total), sleep=0.0
            )
            # One complete file, without a log beside it.
            copy.execute("PRAGMA journal_mode=DELETE")
        with contextlib.closing(open_read_only(unfinished)) as copy:
            _verify(copy, expected)
    return expected.get(models.conversations.name, 0)


def _verify(copy: sqlite3.Connection, expected: Mapping[str, int]) -> None:
    (found,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise StorageError(f"The copy is damaged, and so perhaps is the database: {found}.")
    if _counts(copy) != expected:
        raise StorageError("The copy has other rows than the database: check the disk, and try again.")


def _counts(connection: sqlite3.Connection) -> dict[str, int]:
    """Returns the number of rows of each table."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608 - names of tables
        for (name,) in names.fetchall()
    }


@contextlib.contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(f"{path} cannot be copied: {error}.") from error


def _restore_file(path: Path, source: Path, *, replace: bool, advance: Advance) -> Path | None:
    if path.exists() and path.samefile(source):
        raise StorageError(f"{source} is the database itself: name the copy.")
    _refuse_no_desk(source)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with without_desks(path):
            keeps = _holds_something(path)
            if keeps and not replace:
                raise StorageError(f"{path} has conversations: replace it with --force, which keeps it beside.")
            with _unfinished(path) as unfinished:
                _copy_file(source, unfinished, advance)
                _persist(unfinished)
                kept = _put_aside(path, keeps=keeps)
                unfinished.replace(path)
            _persist(path.parent)
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {error.strerror or error}.") from error
    return kept


def _holds_something(path: Path) -> bool:
    """Returns True for a database with conversations, and for a file that is no database of a desk."""
    if not path.exists() or not path.stat().st_size:
        return False
    try:
        with contextlib.closing(open_read_only(path)) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if models.conversations.name not in names:
                return bool(names)
            return bool(connection.execute(_HAS_CONVERSATIONS).fetchone()[0])
    except sqlite3.Error:
        return True


def _put_aside(path: Path, *, keeps: bool) -> Path | None:
    """Gives the database a second name if it is to be kept. Until it is replaced, it has its first one, too."""
    if not path.exists():
        return None
    # What its log holds belongs into it; the log of one database must not stay beside another.
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = path.with_name(f"{path.name}.{_now()}") if keeps else None
    if kept is not None:
        path.chmod(_PRIVATE)
        _name_too(path, kept)
    for end in _BESIDE:
        left = Path(f"{path}{end}")
        if left.exists() and kept is not None:
            left.rename(f"{kept}{end}")
        left.unlink(missing_ok=True)
    return kept


def _name_too(path: Path, name: Path) -> None:
    try:
        name.hardlink_to(path)
    except OSError:  # Not every file system has second names.
        shutil.copy2(path, name)


def _now() -> str:
    return f"before-{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}"


def _refuse_no_desk(location: DatabaseLocation) -> None:
    """Raises StorageError for what is no database of a desk, or one of a version that is not known."""
    if isinstance(location, Path) and not location.is_file():
        raise StorageError(f"There is no database {location}.")
    state = inspect(location)
    if state.version is None:
        raise StorageError(f"{display_name(location)} is no database of a desk.")
    if not state.known:
        raise StorageError(
            f"It is of version {state.version}, which this Uppzy Desk does not know: install a newer one."
        )


# PostgreSQL.


def _dump(address: str, unfinished: Path, environment: Environment) -> int:
    """Has pg_dump copy a database, and pg_restore read the copy. Returns the number of conversations."""
    with reading(address) as connection:
        conversations = int(connection.exec_driver_sql("SELECT count(*) FROM conversations").scalar() or 0)
    _run(
        address,
        environment,
        "pg_dump",
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        f"--file={unfinished}",
        _DATABASE,
    )
    missing = set(models.metadata.tables) - _tables_of(address, unfinished, environment)
    if missing:
        raise StorageError(f"The copy lacks tables: {', '.join(sorted(missing))}.")
    return conversations


def _tables_of(address: str, copy: Path, environment: Environment) -> set[str]:
    lines = _run(address, environment, "pg_restore", "--list", str(copy)).splitlines()
    return {words[6] for line in lines if (words := line.split())[3:5] == ["TABLE", "DATA"]}


def _restore_server(address: str, source: Path, environment: Environment, *, replace: bool) -> Path | None:
    if missing := {models.conversations.name, "alembic_version"} - _tables_of(address, source, environment):
        raise StorageError(f"{source} is no copy of a desk's database: it lacks {', '.join(sorted(missing))}.")
    with reading(address) as connection:
        if connection.exec_driver_sql(_OTHERS).scalar():
            raise DatabaseInUseError("Others are connected to the database: stop all desks first.")
        is_there = connection.exec_driver_sql("SELECT to_regclass('conversations')").scalar() is not None
        keeps = is_there and bool(connection.exec_driver_sql(_HAS_CONVERSATIONS).scalar())
    if keeps and not replace:
        raise StorageError("The database has conversations: replace them with --force, which keeps a copy.")
    kept = source.with_name(f"{source.name}.{_now()}") if keeps else None
    if kept is not None:
        back_up(address, kept, replace=False, advance=lambda done, total: None, environment=environment)
    # In one transaction: whoever kills it leaves what was there before.
    _run(
        address,
        environment,
        "pg_restore",
        "--single-transaction",
        "--clean",
        "--if-exists",
        "--no-owner",
        "--no-privileges",
        _DATABASE,
        str(source),
    )
    return kept


_DATABASE = "--dbname="
"""Completed with the address, without its password, which other users of the machine could read."""


def _run(address: str, environment: Environment, program: str, *arguments: str) -> str:
    """Runs a program of PostgreSQL, and returns its output."""
    found = shutil.which(program, path=environment.get("PATH"))
    if found is None:
        raise StorageError(
            f"A copy of a PostgreSQL database takes {program}, which is not installed here: install PostgreSQL's client"
            " programs, of the server's version or newer."
        )
    url = make_url(address).set(drivername="postgresql")
    public = url.set(password=None).render_as_string(hide_password=False)
    ended = subprocess.run(  # noqa: S603 - a program by its full path, and no shell
        [found, *_completed(arguments, public)],
        env={**environment, **({"PGPASSWORD": url.password} if url.password else {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        reason = (ended.stderr.strip().splitlines() or ["without a reason"])[-1]
        raise StorageError(f"{program} failed: {reason}")
    return ended.stdout


def _completed(arguments: Sequence[str], address: str) -> list[str]:
    return [f"{argument}{address}" if argument == _DATABASE else argument for argument in arguments]
