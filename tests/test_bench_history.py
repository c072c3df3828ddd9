"""The benchmark's large database looks as if after that many real conversations."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.app import Outside
from bot.helpdesk.model.effects import BODIES
from sandbox.slack import LocalSlack
from sandbox.uppzy import LocalUppzy
from sandbox.world import LocalWorld, local_settings, populate
from storage.row_mapper import decode_json
from tests.bench.history import multiply
from tests.whole.scene import CONFIDENT, Scene

COPIES = 50


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
async def world(path: Path) -> AsyncIterator[LocalWorld]:
    """A local world whose bot has answered one question and was stopped; the database holds copies of it."""
    async with LocalSlack() as slack, LocalUppzy() as uppzy:
        populate(slack)
        world = LocalWorld(slack=slack, uppzy=uppzy, settings=local_settings(slack, uppzy, path), outside=Outside())
        async with world.bot() as bot:
            await Scene(world, bot).ask(CONFIDENT)
        multiply(path, COPIES)
        yield world


def read(path: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(statement).fetchall()


async def test_every_row_of_a_turn_has_as_many_copies(world: LocalWorld, path: Path) -> None:
    for table in ("conversations", "questions", "answers"):
        assert read(path, f"SELECT count(*) FROM {table}") == [(COPIES + 1,)]
    assert read(path, "SELECT count(*) FROM events") == [(COPIES + 1,)]
    kinds = read(path, "SELECT kind, count(*) FROM effects GROUP BY kind ORDER BY kind")
    assert kinds == [("Ask", COPIES + 1), ("PostMessage:AnswerPart", COPIES + 1)]


async def test_what_belongs_together_belongs_together_in_every_copy(world: LocalWorld, path: Path) -> None:
    linked = """
        SELECT count(DISTINCT c.session_id), count(DISTINCT a.request_id), count(DISTINCT a.posted), count(*)
        FROM conversations c JOIN questions q ON q.conversation_id = c.id AND q.thread = c.thread
        JOIN answers a ON a.question_id = q.id AND a.session_id = c.session_id
        JOIN effects asked ON asked.kind = 'Ask' AND asked.subject = q.id AND asked.outcome = a.request_id
        JOIN effects posted ON posted.kind = 'PostMessage:AnswerPart' AND posted.trace = asked.trace
        JOIN events i ON i.id = asked.trace AND instr(i.key, c.thread)
        WHERE instr(posted.body, a.id) AND instr(asked.body, c.session_id)"""

    assert read(path, linked) == [(COPIES + 1,) * 4]


async def test_the_indexes_are_those_of_the_bot(world: LocalWorld, path: Path, tmp_path: Path) -> None:
    settings = world.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'other.db'}"})
    async with LocalWorld(slack=world.slack, uppzy=world.uppzy, settings=settings, outside=Outside()).bot():
        pass

    named = "SELECT name, sql FROM sqlite_master WHERE type = 'index' ORDER BY name"
    assert read(path, named) == read(tmp_path / "other.db", named)


async def test_the_bodies_of_copied_effects_can_be_read(world: LocalWorld, path: Path) -> None:
    bodies = [decode_json(BODIES[kind], body) for kind, body in read(path, "SELECT kind, body FROM effects")]

    assert len(set(bodies)) == 2 * (COPIES + 1)


async def test_the_bot_answers_on_a_database_with_copies(world: LocalWorld) -> None:
    async with world.bot() as bot:
        scene = Scene(world, bot)
        root = await scene.ask("How do I connect to the VPN?")

        assert len(scene.replies(root)) == 1
        assert await scene.count("questions", "state = 'answered'") == COPIES + 2
