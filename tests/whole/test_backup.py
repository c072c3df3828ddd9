"""The database is copied beside a running desk, and put back: `db backup` and `db restore`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.world import LocalWorld
from storage.engines import location_of
from tests.postgres import Postgres
from tests.whole.commands import Command, command
from tests.whole.scene import CONFIDENT, UNKNOWN, Scene


@pytest.fixture
def run(
    database_url: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """The command line, on the database of the test, with the client programs of its server."""
    if not isinstance(location_of(database_url), Path):
        server: Postgres = request.getfixturevalue("postgres")
        monkeypatch.setenv("PATH", f"{server.programs}{os.pathsep}{os.environ['PATH']}")
    return command(database_url, monkeypatch, capsys)


@pytest.mark.both_engines
async def test_what_was_copied_beside_a_desk_is_there_again_and_what_came_later_is_kept(
    world: LocalWorld, run: Command, tmp_path: Path
) -> None:
    copy = tmp_path / "copies" / "desk-copy"
    copy.parent.mkdir()
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask(UNKNOWN)
        assert (await run("db", "restore", str(copy)))[0] == 1
        status, said, _ = await run("db", "backup", str(copy))
        assert (status, said.split(",")[0]) == (0, f"{copy}: 1 conversations")
        assert (await run("db", "backup", str(copy)))[0] == 1
        assert (await run("db", "restore", str(copy), "--force"))[0] == 1
        await scene.ask(CONFIDENT)
        assert await scene.count("conversations") == 2

    assert (await run("db", "restore", str(copy)))[0] == 1
    status, said, refused = await run("db", "restore", str(copy), "--force")

    assert (status, refused) == (0, "")
    kept = said.splitlines()[0].removeprefix("What was there before is in ").removesuffix(".")
    assert [os.stat(file).st_mode & 0o777 for file in (copy, kept)] == [0o600, 0o600]  # noqa: PTH116
    async with world.bot() as bot:
        scene = Scene(world, bot)
        assert await scene.count("conversations") == 1
        await scene.press_card("claim")
        await scene.resolve("Done")
        assert "Done" in scene.texts(root)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_without_the_programs_of_postgresql_the_command_says_what_is_missing(
    run: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    status, _, refused = await run("db", "backup", str(tmp_path / "copy"))

    assert (status, refused.split(",")[0]) == (1, "A copy of a PostgreSQL database takes pg_dump")
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - of a path, Ruff would have it awaited
