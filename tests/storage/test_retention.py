"""Retention deletes what people wrote; identifiers stay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.helpdesk.model.alarm import AlarmRecord
from bot.helpdesk.model.article import AssistantDocument, Signature
from bot.helpdesk.model.content import EmployeeNotice
from bot.helpdesk.model.conversation import Answer, Question, QuestionState, Rating, Role, Verdict
from bot.helpdesk.model.effects import Effect, EffectState, PostMessage
from bot.helpdesk.model.handoff import Grounds, Handoff, HandoffState, Outcome, Resolution
from bot.helpdesk.model.job import JobKind, ScheduledJob
from bot.helpdesk.model.target import EmployeeThread
from bot.helpdesk.redaction import redact
from storage.repositories import Transaction
from storage.retention import DAY, Retention, delete_old_text
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, channel_at, thread_at
from tests.articles import article


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with SqliteStore(tmp_path / "desk.db") as store:
        yield store


def _fill(tx: Transaction, number: int, at: float) -> None:
    question = Question(
        id=f"que_{number}", conversation_id="con_1", surface=SURFACE, channel="D1", thread="1.1",
        message=f"{number}", employee="U1",
        text="my secret life", state=QuestionState.ANSWERED, sent_at=at, asked_at=at,
    )  # fmt: skip
    answer = Answer(
        id=f"ans_{number}", question_id=question.id, conversation_id="con_1", session_id="s",
        request_id=f"req_{number}", text="is nobody's business", confidence_level="high", confidence_score=0.9,
        answered_at=at,
    )  # fmt: skip
    verdict = Verdict(
        id=f"ver_{number}", answer_id=answer.id, person="U1", role=Role.EMPLOYEE, rating=Rating.BAD, reason="why",
        given_at=at, pressed_at=at,
    )  # fmt: skip
    effect = Effect(
        id=f"eff_{number}", key=f"{number}", lane="talk", subject=answer.id,
        body=PostMessage(content=EmployeeNotice(text="x"), to=EmployeeThread(thread_at("D", "1"))),
        state=EffectState.DONE,
        decided_at=at, settled_at=at,
    )  # fmt: skip
    tx.questions.add(question)
    tx.answers.add(answer)
    tx.verdicts.add(verdict)
    tx.effects.add(effect)


async def test_old_text_is_deleted_and_identifiers_stay(store: SqliteStore) -> None:
    await store.run(_fill, 1, 100.0)

    assert await delete_old_text(store, before=200.0) == 4

    question = await store.run(lambda tx: tx.questions.get("que_1"))
    answer = await store.run(lambda tx: tx.answers.get("ans_1"))
    verdict = await store.run(lambda tx: tx.verdicts.get("ver_1"))
    assert question is not None
    assert answer is not None
    assert verdict is not None
    assert (question.text, answer.text, verdict.reason) == ("", "", None)
    assert (question.message, answer.request_id, verdict.rating) == ("1", "req_1", Rating.BAD)


async def test_resolutions_and_articles_that_nobody_approved_are_deleted(store: SqliteStore) -> None:
    handoff = Handoff(
        id="hof_1", number=1, conversation_id="con_1", question_id="que_1", answer_id=None, state=HandoffState.RESOLVED,
        priority="high", grounds=Grounds(rules=(), reasons=(), fingerprint="f"),
        place=channel_at("C1"), opened_at=90.0,
        resolution=Resolution(by="U2", at=100.0, outcome=Outcome.SOLVED, text="a secret cure"),
    )  # fmt: skip
    draft = article("art_1", question="my life", answer="a cure", at=100.0)
    approved = replace(draft, id="art_2", approved=Signature(by="U3", at=101.0))
    edited = replace(draft, id="art_3", document=AssistantDocument(id="doc_1", begun=True, edition=1), edition=2)
    await store.run(lambda tx: tx.handoffs.add(handoff))

    def add_articles(tx: Transaction) -> None:
        for each in (draft, approved, edited):
            tx.articles.add(each)

    await store.run(add_articles)

    assert await delete_old_text(store, before=200.0) == 2

    forgotten = replace(handoff, resolution=replace(handoff.resolution, text=None))
    assert await store.run(lambda tx: tx.handoffs.get("hof_1")) == forgotten
    left = await store.run(lambda tx: [tx.articles.get(f"art_{number}") for number in (1, 2, 3)])
    none = redact("")
    words = replace(draft.words, title=none, question=none, answer=none)
    assert left == [replace(draft, words=words), approved, edited]
    assert await delete_old_text(store, before=200.0) == 0


async def test_what_was_deleted_is_overwritten_at_most_once_a_day_beside_work_that_waits(
    store: SqliteStore, tmp_path: Path
) -> None:
    now = 200 * DAY
    retention = Retention(store, lambda: now, 90, 90)
    left = []
    for hours in (0, 1, 24):
        now = 200 * DAY + hours * 3600.0
        if hours < 24:
            await store.run(_fill, hours, 100.0)
        done = await asyncio.gather(retention.keep(), *(store.run(_count_questions) for _ in range(9)))
        assert len(done) == 10
        left.append(_is_in_files(tmp_path))

    assert left == [False, True, False]


def _is_in_files(folder: Path) -> bool:
    return any(b"my secret life" in file.read_bytes() for file in folder.iterdir())


def _count_questions(tx: Transaction) -> object:
    return tx.connection.exec_driver_sql("SELECT count(*) FROM questions").scalar()


async def test_younger_text_stays(store: SqliteStore) -> None:
    await store.run(_fill, 1, 300.0)

    assert await delete_old_text(store, before=200.0) == 0


async def test_an_unsettled_effect_stays_at_any_age(store: SqliteStore) -> None:
    effect = Effect(
        id="eff_1",
        key="1",
        lane="talk",
        subject="x",
        body=PostMessage(content=EmployeeNotice(text="x"), to=EmployeeThread(thread_at("D", "1"))),
        decided_at=1.0,
    )
    await store.run(lambda tx: tx.effects.add(effect))

    await delete_old_text(store, before=200.0)

    assert await store.run(lambda tx: tx.effects.get("eff_1")) == effect


async def test_waiting_jobs_and_standing_alarms_stay_at_any_age(store: SqliteStore) -> None:
    def fill(tx: Transaction) -> None:
        for number, done_at in enumerate((None, 100.0, 300.0)):
            tx.scheduled_jobs.add(replace(_job(number), done_at=done_at))
        for number, over_at in enumerate((None, 100.0, 300.0)):
            tx.alarms.add(
                AlarmRecord(
                    id=f"alm_{number}", cause="ticket", text=redact("Fix it"), count=1, since=1.0, last_at=1.0,
                    surface=SURFACE, channel="C1", over_at=over_at,
                )
            )  # fmt: skip

    await store.run(fill)

    assert await delete_old_text(store, before=200.0) == 2

    kept = await store.run(lambda tx: [tx.alarms.get(f"alm_{number}") is not None for number in range(3)])
    assert kept == [True, False, True]
    known = await store.run(lambda tx: [tx.scheduled_jobs.add(_job(number)) is None for number in range(3)])
    assert known == [True, False, True]


def _job(number: int) -> ScheduledJob:
    return ScheduledJob(
        id=f"job_{number}", key=str(number), kind=JobKind.CLOSE_IDLE, subject="con_1", lane="a", scheduled_at=1.0
    )


async def test_many_rows_are_deleted_in_batches(store: SqliteStore) -> None:
    def fill(tx: Transaction) -> None:
        for number in range(450):
            _fill(tx, number, 100.0)

    await store.run(fill)

    assert await delete_old_text(store, before=200.0) == 4 * 450
    assert await delete_old_text(store, before=200.0) == 0


async def test_finding_old_text_scans_no_table(store: SqliteStore) -> None:
    def plans(tx: Transaction) -> list[str]:
        statements = (
            "SELECT id FROM questions WHERE asked_at < 1 AND text != '' LIMIT 200",
            "SELECT id FROM answers WHERE answered_at < 1 AND text != '' LIMIT 200",
            "SELECT id FROM verdicts WHERE given_at < 1 AND reason IS NOT NULL LIMIT 200",
            "SELECT id FROM handoffs WHERE resolution_at < 1 AND resolution_text IS NOT NULL LIMIT 200",
            "SELECT id FROM articles WHERE written_at < 1 AND answer != '' AND approved_at IS NULL"
            " AND document_edition IS NULL LIMIT 200",
            "SELECT id FROM effects WHERE settled_at < 1 LIMIT 200",
            "SELECT id FROM events WHERE handled_at < 1 LIMIT 200",
        )
        return [tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each}").one()[3] for each in statements]

    assert all("USING" in plan and "INDEX" in plan for plan in await store.run(plans))
