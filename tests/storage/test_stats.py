"""Statistics of a database, and their report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.cli.commands import main
from bot.cli.stats_report import stats_as_lines
from bot.errors import StorageError
from bot.helpdesk.model.content import EmployeeNotice
from bot.helpdesk.model.conversation import Question
from bot.helpdesk.model.effects import Effect, EffectState, PostMessage
from bot.helpdesk.model.job import Job, JobKind
from bot.helpdesk.model.target import EmployeeThread
from storage.engines import location_of
from storage.queries.stats import EffectCount, Stats, read_stats
from storage.repositories import Transaction
from storage.retention import DAY
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, thread_at
from tests.storage.conftest import store_at

ASKED = 1795400000.5


def add(tx: Transaction) -> None:
    tx.questions.add(
        Question(
            id="qst_1", conversation_id="con_1", surface=SURFACE, channel="D1", thread="1.1", message="1.1",
            employee="U1",
            text="How do I print?", sent_at=ASKED, asked_at=ASKED,
        )
    )  # fmt: skip
    tx.effects.add(
        Effect(
            id="eff_1", key="k1", lane="talk:con_1", subject="con_1",
            body=PostMessage(content=EmployeeNotice(text="Wait."), to=EmployeeThread(thread_at("D1", "1.1"))),
            state=EffectState.PENDING, decided_at=ASKED,
        )
    )  # fmt: skip
    tx.jobs.enqueue(Job(kind=JobKind.EFFECT, ref="eff_1", lane="con_1"))
    for ref in ("evt_1", "evt_2"):
        tx.jobs.enqueue(Job(kind=JobKind.EVENT, ref=ref, lane=f"scheduled:{ref}", run_at=2 * ASKED))


async def test_rows_and_unfinished_work_are_counted_beside_a_running_desk(database_url: str) -> None:
    location = location_of(database_url)
    async with store_at(database_url) as store:
        await store.run(add)

        stats = read_stats(location)

    assert stats.engine.startswith("SQLite " if isinstance(location, Path) else "PostgreSQL ")
    assert (stats.rows["questions"], stats.rows["effects"], stats.rows["answers"]) == (1, 1, 0)
    assert stats.unsettled == (EffectCount(state="pending", kind="PostMessage:EmployeeNotice", count=1),)
    assert (stats.jobs, stats.scheduled) == (1, 2)
    assert stats.oldest_unanswered == stats.oldest_text == ASKED
    assert stats.size > 10_000


async def test_an_empty_database_has_no_unfinished_work(database_url: str) -> None:
    async with store_at(database_url):
        stats = read_stats(location_of(database_url))

    assert (stats.oldest_unanswered, stats.oldest_text, stats.unsettled, stats.jobs) == (None, None, (), 0)


def test_reading_statistics_creates_no_database(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no database"):
        read_stats(tmp_path / "desk.db")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("days", "told"), [(90.5, False), (92, True)])
def test_text_past_its_retention_is_reported(days: float, told: bool) -> None:
    stats = Stats(
        engine="SQLite 3", version="1", size=1, rows={}, oldest_unanswered=None, unsettled=(), jobs=0,
        scheduled=0, oldest_text=ASKED,
    )  # fmt: skip

    said = "\n".join(stats_as_lines(stats, now=ASKED + days * DAY, retention_days=90))

    assert ("should be gone" in said) is told


async def test_statistics_are_printed_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETENTION_DAYS", "30")
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(add)
        with pytest.raises(SystemExit) as ended:
            main(["db", "stats", "--json", "--database", "desk.db"])

    found = json.loads(capsys.readouterr().out)
    assert not ended.value.code
    assert (found["jobs"], found["retention_days"], found["rows"]["questions"]) == (1, 30, 1)
