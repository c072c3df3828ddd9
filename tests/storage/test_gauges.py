"""What waits is read for the metrics, also from a database of the first version."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command

from bot.helpdesk.conversation import Question, QuestionState
from storage import migrate as migrations
from storage.gauges import read_gauges
from storage.repositories import Effects
from storage.sqlite import SqliteStore, open_engine


def _question(id: str, state: QuestionState, asked_at: float) -> Question:
    return Question(
        id=id,
        conversation_id="con_1",
        channel="D1",
        thread="1.0",
        message=id,
        employee="U1",
        text="?",
        state=state,
        asked_at=asked_at,
    )


@pytest.mark.parametrize(("now", "waits"), [(100.0, 70.0), (20.0, 0.0)])
async def test_the_oldest_waiting_question_counts_and_no_settled_one(tmp_path: Path, now: float, waits: float) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        assert (await store.run(read_gauges, now)).oldest_unanswered == 0

        await store.run(lambda tx: tx.questions.add(_question("que_1", QuestionState.ANSWERED, 10.0)))
        await store.run(lambda tx: tx.questions.add(_question("que_2", QuestionState.WAITING, 30.0)))
        await store.run(lambda tx: tx.questions.add(_question("que_3", QuestionState.WAITING, 90.0)))

        assert (await store.run(read_gauges, now)).oldest_unanswered == waits


def test_a_database_of_the_first_version_keeps_its_effects_without_a_trace(tmp_path: Path) -> None:
    with open_engine(tmp_path / "desk.db").connect() as connection:
        config = migrations._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.exec_driver_sql(
            "INSERT INTO effects (id, key, kind, lane, subject, body, state, attempts, decided_at)"
            " VALUES ('eff_1', 'close', 'CloseSession', 'ask:con_1', 'con_1', '{\"session_id\": \"s\"}', 'done', 1, 1)"
        )

        migrations.migrate(connection)

        effect = Effects(connection).get("eff_1")
    assert effect is not None
    assert effect.trace is None
