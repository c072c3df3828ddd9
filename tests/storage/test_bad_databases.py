"""Databases that cannot be used: one sentence with the fix, exit status 2, and nothing in them changes."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.pool import NullPool

from bot.cli.commands import main
from bot.errors import StorageError
from storage.postgres.store import PostgresStore
from storage.sqlite.store import SqliteStore
from tests.bot_process import fork
from tests.conftest import NewDatabase
from tests.deadlines import HUNG_OFF_LOOP

SETTINGS = {
    "SLACK_BOT_TOKEN": "xoxb-1-not-a-token",
    "SLACK_APP_TOKEN": "xapp-1-not-a-token",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "HANDOFF_CHANNEL": "C0000000001",
    "UPPZY_BASE_URL": "http://127.0.0.1:9",
    "UPPZY_API_KEY": "no-key",
    "UPPZY_TENANT_ID": "tenant",
    "UPPZY_SITE_ID": "site",
}


@pytest.fixture
def new_postgres(empty_postgres: NewDatabase) -> NewDatabase:
    """Returns a function that creates a database without tables, which are what these tests are about."""
    return empty_postgres


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(params=["run", "migrate"])
def command(request: pytest.FixtureRequest) -> str:
    return str(request.param)


Refused = Callable[[str], str]


@pytest.fixture
def refused(command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Refused]:
    """Returns a function that runs the command on a database that it must refuse, and returns its error."""

    def attempt(url: str) -> str:
        for name, value in {**SETTINGS, "DATABASE_URL": url}.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main([command])
        captured = capsys.readouterr()
        assert ended.value.code == 2, captured.err
        assert captured.out == ""
        return one_sentence(captured.err)

    root, handlers, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    yield attempt
    root.handlers[:] = handlers
    root.setLevel(level)


def one_sentence(err: str) -> str:
    assert re.fullmatch(r"uppzy-desk: [^\n]+[.?]\n", err), err
    assert "Traceback" not in err
    return err


# SQLite.


def contents(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def make_file(path: Path, *statements: str) -> str:
    async with SqliteStore(path):
        pass
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)
    return contents(path)


NEWER = "UPDATE alembic_version SET version_num = '9999'"
NO_VERSION = "DROP TABLE alembic_version"


@pytest.mark.parametrize(("statement", "fix"), [(NEWER, "Install a newer one"), (NO_VERSION, "put back the copy")])
async def test_a_file_of_an_unknown_version_is_not_changed(folder: Path, statement: str, fix: str) -> None:
    before = await make_file(folder / "desk.db", statement, "PRAGMA journal_mode=DELETE")

    with pytest.raises(StorageError, match=fix):
        async with SqliteStore(folder / "desk.db"):
            pass

    assert contents(folder / "desk.db") == before


@pytest.mark.parametrize(("statement", "fix"), [(NEWER, "Install a newer one"), (NO_VERSION, "put back the copy")])
def test_a_file_of_an_unknown_version_is_refused_in_one_sentence(
    refused: Refused, folder: Path, statement: str, fix: str
) -> None:
    asyncio.run(make_file(folder / "desk.db", statement))

    assert fix in refused("sqlite:///desk.db")


def test_a_folder_in_place_of_the_file_is_refused(refused: Refused, folder: Path) -> None:
    (folder / "desk.db").mkdir()

    assert "it must be a file" in refused("sqlite:///desk.db")
    assert list((folder / "desk.db").iterdir()) == []


def test_a_file_in_place_of_the_folder_is_refused(refused: Refused, folder: Path) -> None:
    (folder / "data").write_text("no folder", encoding="utf-8")

    assert "fix that or DATABASE_URL" in refused("sqlite:///data/desk.db")
    assert (folder / "data").read_text(encoding="utf-8") == "no folder"


def test_a_file_that_is_no_database_is_refused(refused: Refused, folder: Path) -> None:
    (folder / "desk.db").write_text("These are no rows. " * 500, encoding="utf-8")
    before = contents(folder / "desk.db")

    assert "name another file" in refused("sqlite:///desk.db")
    assert contents(folder / "desk.db") == before


@pytest.mark.skipif(
    os.geteuid() == 0 and not sys.platform.startswith("linux"),
    reason="NOT TESTED: root here cannot give up its right to write read-only files",
)
@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_read_only_file_or_folder_is_refused(folder: Path, command: str, what: str) -> None:
    place = folder / "data"
    place.mkdir()
    before = asyncio.run(make_file(place / "desk.db"))
    read_only, mode = (place / "desk.db", 0o444) if what == "file" else (place, 0o555)
    read_only.chmod(mode)

    ended = fork(
        ("bot", command),
        folder,
        {**SETTINGS, "DATABASE_URL": "sqlite:///data/desk.db"},
        folder / "output",
        as_ordinary_user=True,
    )
    ended.join(HUNG_OFF_LOOP)

    read_only.chmod(0o755)
    said = (folder / "output").read_text(encoding="utf-8")
    assert ended.exitcode == 2, said
    assert re.search("read-only: let this user|it must be a file that this user can", one_sentence(said))
    assert contents(place / "desk.db") == before


# PostgreSQL.


def execute(url: str, *statements: str) -> list[Any]:
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        results = [connection.exec_driver_sql(statement) for statement in statements]
        return list(results[-1].scalars()) if results[-1].returns_rows else []


def tables(url: str) -> list[Any]:
    return execute(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")


def changed(url: str, **parts: Any) -> str:
    return make_url(url).set(**parts).render_as_string(hide_password=False)


async def make_on_server(url: str) -> None:
    async with PostgresStore(url):
        pass


@pytest.mark.parametrize(("statement", "fix"), [(NEWER, "Install a newer one"), (NO_VERSION, "put back the copy")])
def test_a_postgresql_database_of_an_unknown_version_is_not_changed(
    refused: Refused, new_postgres: NewDatabase, statement: str, fix: str
) -> None:
    url = new_postgres()
    asyncio.run(make_on_server(url))
    execute(url, statement)
    before = tables(url)

    assert fix in refused(url)
    assert tables(url) == before


def test_a_user_without_the_right_to_create_tables_is_refused(refused: Refused, new_postgres: NewDatabase) -> None:
    url = new_postgres()
    role = f"weak_{make_url(url).database}"
    execute(url, f"CREATE ROLE {role} LOGIN", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")

    assert "grant it CREATE on the schema" in refused(changed(url, username=role))
    assert tables(url) == []


def test_a_user_without_rights_to_the_tables_is_refused(refused: Refused, new_postgres: NewDatabase) -> None:
    url = new_postgres()
    role = f"blind_{make_url(url).database}"
    asyncio.run(make_on_server(url))
    execute(url, f"CREATE ROLE {role} LOGIN")

    assert "grant it SELECT" in refused(changed(url, username=role))


def test_a_user_that_does_not_exist_is_refused(refused: Refused, postgres_url: str) -> None:
    assert "fix DATABASE_URL" in refused(changed(postgres_url, username="nobody_here"))


def test_a_wrong_password_is_refused_and_not_repeated(
    refused: Refused, new_postgres: NewDatabase, guarded: str
) -> None:
    said = refused(changed(new_postgres(), username=guarded, password="Tulip-Garden-42"))

    assert "refuses the user or the password" in said
    assert "Tulip" not in said


@pytest.fixture
def guarded(postgres_url: str) -> Iterator[str]:
    """A user who needs a password; the server trusts all others."""
    execute(postgres_url, "DROP ROLE IF EXISTS guarded", "CREATE ROLE guarded LOGIN PASSWORD 'right'")
    file = Path(execute(postgres_url, "SHOW hba_file")[0])
    before = file.read_text(encoding="utf-8")
    replace_rules(postgres_url, file, "local all guarded scram-sha-256\nhost all guarded all scram-sha-256\n" + before)
    yield "guarded"
    replace_rules(postgres_url, file, before)


def replace_rules(url: str, file: Path, text: str) -> None:
    """Replaces the access rules of the server and waits until it has reloaded them."""
    loaded = execute(url, "SELECT pg_conf_load_time()")
    file.write_text(text, encoding="utf-8")
    execute(url, "SELECT pg_reload_conf()")
    hung_at = time.monotonic() + HUNG_OFF_LOOP
    while execute(url, "SELECT pg_conf_load_time()") == loaded:
        assert time.monotonic() < hung_at, "the server did not reload its rules"
        time.sleep(0.02)


def test_a_database_that_does_not_exist_is_refused(refused: Refused, postgres_url: str) -> None:
    assert "create it" in refused(changed(postgres_url, database="no_such_desk"))
    assert execute(postgres_url, "SELECT datname FROM pg_database WHERE datname = 'no_such_desk'") == []


def test_a_server_that_cannot_be_reached_is_named_without_its_address(refused: Refused) -> None:
    said = refused("postgresql://desk:Tulip-Garden-42@127.0.0.1:9/desk")

    assert "cannot be reached" in said
    assert "Tulip" not in said
