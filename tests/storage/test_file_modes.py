"""The files of a SQLite database are readable for their owner alone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.sqlite.store import SqliteStore


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def _modes(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


async def test_a_new_database_is_readable_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    async with SqliteStore(folder / "desk.db"):
        found = _modes(folder)

    assert found == dict.fromkeys(("desk.db", "desk.db-wal", "desk.db-shm", "desk.db.lock"), 0o600)


async def test_the_files_of_an_earlier_version_are_made_so(tmp_path: Path, migrated_sqlite: Path) -> None:
    path = Path(shutil.copy(migrated_sqlite, tmp_path))
    for file in (path, Path(f"{path}.lock"), Path(f"{path}.forget.lock")):
        file.touch()
        file.chmod(0o644)

    async with SqliteStore(path):
        found = _modes(tmp_path)

    assert set(found.values()) == {0o600}
