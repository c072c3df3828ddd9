"""Gauges: waiting questions, overdue handoffs and active alarms."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.helpdesk.model.alarm import AlarmRecord
from bot.helpdesk.model.conversation import Question, QuestionState
from bot.helpdesk.model.handoff import Grounds, Handoff
from bot.helpdesk.redaction import redact
from storage.queries.stats import read_gauges
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, channel_at


def _question(id: str, state: QuestionState, asked_at: float) -> Question:
    return Question(
        id=id,
        conversation_id="con_1",
        surface=SURFACE,
        channel="D1",
        thread="1.0",
        message=id,
        employee="U1",
        text="?",
        state=state,
        sent_at=asked_at,
        asked_at=asked_at,
    )


@pytest.mark.parametrize(("now", "waits"), [(100.0, 70.0), (20.0, 0.0)])
async def test_the_oldest_waiting_question_counts(tmp_path: Path, now: float, waits: float) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        assert (await store.run(read_gauges, now)).oldest_unanswered == 0

        await store.run(lambda tx: tx.questions.add(_question("que_1", QuestionState.ANSWERED, 10.0)))
        await store.run(lambda tx: tx.questions.add(_question("que_2", QuestionState.WAITING, 30.0)))
        await store.run(lambda tx: tx.questions.add(_question("que_3", QuestionState.WAITING, 90.0)))

        assert (await store.run(read_gauges, now)).oldest_unanswered == waits


async def test_standing_alarms_and_overdue_handoffs_are_counted(tmp_path: Path) -> None:
    def fill(tx: Transaction) -> None:
        for number, (cause, over_at) in enumerate(
            [("channel:C1", None), ("channel:C2", None), ("ticket", None), ("overdue", 2.0)]
        ):
            tx.alarms.add(
                AlarmRecord(
                    id=f"alm_{number}", cause=cause, text=redact("Fix it"), count=1, since=1.0, last_at=1.0,
                    surface=SURFACE, channel="C1", over_at=over_at,
                )
            )  # fmt: skip
        for number, answer_by in enumerate((10.0, 30.0, None)):
            tx.handoffs.add(
                Handoff(
                    id=f"hof_{number}", number=number, conversation_id=f"con_{number}", question_id=None,
                    answer_id=None, priority="normal", opened_at=1.0, place=channel_at("C1"),
                    grounds=Grounds(rules=(), reasons=(), fingerprint="f"), answer_by=answer_by,
                )
            )  # fmt: skip

    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(fill)
        gauges = await store.run(read_gauges, 20.0)

    assert gauges.alarms == {"channel": 2, "ticket": 1}
    assert gauges.late == 1
