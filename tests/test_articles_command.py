"""The command `articles`: the list, one article, and the three formats."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from bot.cli.commands import main
from bot.helpdesk.model.article import ArticleFigures, ArticleState, AssistantDocument, Signature
from bot.helpdesk.model.handoff import Grounds, Handoff, HandoffState, Outcome, Resolution
from bot.helpdesk.redaction import redact
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore
from tests.addresses import channel_at
from tests.articles import article

DRAFT = article(
    "art_1", question="=Where is the مفتاح? 🗝️", answer="| a | b |\n|---|---|\n| 1 | 2 |", at=1_700_000_000.0
)
READY = replace(
    article("art_2", question="How do I frobnicate?", answer="Twice."),
    state=ArticleState.READY,
    approved=Signature(by="U3", at=1_700_000_100.0),
    document=AssistantDocument(id="doc_1", begun=True, edition=1),
    activated_at=1_700_000_200.0,
    before=ArticleFigures(days=28.0, questions=12, low=10, bad=3, handoffs=4, troubled=10),
    after=ArticleFigures(days=28.0, questions=8, low=1, good=5, troubled=1),
)
HANDOFF = Handoff(
    id="hof_1",
    number=7,
    conversation_id="con_1",
    question_id="que_1",
    answer_id=None,
    state=HandoffState.RESOLVED,
    priority="high",
    grounds=Grounds(rules=(), reasons=(), fingerprint="f"),
    place=channel_at("C1"),
    opened_at=90.0,
    resolution=Resolution(by="U2", at=100.0, outcome=Outcome.SOLVED, text="Twice. My password is tulip-42"),
)


def _fill(tx: Transaction) -> None:
    tx.handoffs.add(HANDOFF)
    tx.articles.add(DRAFT)
    tx.articles.add(READY)


@pytest.fixture
async def database(migrated_sqlite: Path, tmp_path: Path) -> Path:
    """A database with a draft and an article in use."""
    path = Path(shutil.copy(migrated_sqlite, tmp_path))
    async with SqliteStore(path) as store:
        await store.run(_fill)
    return path


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, int]:
    with pytest.raises(SystemExit) as ended:
        main(["articles", *arguments])
    return capsys.readouterr().out, int(ended.value.code or 0)


def test_articles_are_listed(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, status = _run(capsys, "--database", str(database))

    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == ["Article", "art_1", "art_2"]
    assert "HD-7" in out
    assert "2023-11-14T22:16:40Z" in out


def test_programs_get_everything_as_json(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = _run(capsys, "--database", str(database), "--format", "json")

    draft, ready = json.loads(out)
    assert (draft["question"], draft["state"], draft["approved_by"]) == (DRAFT.words.question, "draft", None)
    assert (ready["state"], ready["approved_by"], ready["document_id"]) == ("ready", "U3", "doc_1")
    assert (ready["handoff"], ready["question_id"], ready["origin"]) == ("HD-7", "que_1", "resolution")
    assert ready["resolution"] == redact("Twice. My password is tulip-42")


def test_cells_are_no_formulas(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = _run(capsys, "--database", str(database), "--format", "csv")

    draft, ready = csv.DictReader(io.StringIO(out))
    assert draft["title"] == f"'{DRAFT.words.title}"
    assert ready["answer"] == "Twice."


def test_one_article_is_shown_with_its_sources(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, _ = _run(capsys, "show", "art_2", "--database", str(database))

    assert "state: ready" in out
    assert "handoff: HD-7" in out
    assert "answer:\nTwice." in out
    assert "tulip-42" not in out


def test_the_review_has_the_verdict_on_each_article(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["review", "--database", str(database), "--format", "json"])
    draft, ready = json.loads(capsys.readouterr().out)["articles"]
    with pytest.raises(SystemExit):
        main(["review", "--database", str(database)])
    table = capsys.readouterr().out

    assert draft == {
        "id": "art_1", "title": DRAFT.words.title, "state": "draft", "before": {}, "after": {}, "verdict": None,
    }  # fmt: skip
    assert (ready["verdict"], ready["before"]["per_week"], ready["after"]["questions"]) == ("helped", 3.0, 8)
    assert "How do I frobnicate?: It helped (28 days): in trouble 1 of 8 questions, before 10 of 12." in table


def test_an_unknown_article_is_exit_status_1(database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out, status = _run(capsys, "show", "art_9", "--database", str(database))

    assert (out, status) == ("", 1)
