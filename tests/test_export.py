"""The export of questions: what it writes, and what it leaves out."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import pty
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cli.commands import main
from bot.cli.export_report import COLUMNS, defused
from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.conversation import Answer, Question, QuestionState, Rating, Role, Verdict
from bot.helpdesk.model.handoff import (
    Claim,
    Grounds,
    Handoff,
    HandoffState,
    HandoffTicket,
    Outcome,
    Resolution,
    Score,
    TicketRef,
)
from bot.helpdesk.model.history import DecisionRecord
from storage.engines import location_of
from storage.queries.export import read_histories
from storage.repositories import Transaction
from tests.addresses import SURFACE
from tests.storage.conftest import store_at

SECRET = "Tulip-Garden-42"
ASKED = 1795438800.0  # 2026-11-23T13:00:00Z
DAY = 86_400.0


def question(number: int, text: str, **changed: Any) -> Question:
    asked = {
        "id": f"qst_{number:09}", "conversation_id": f"con_{number}", "surface": SURFACE, "channel": "D1",
        "thread": f"{number}.1", "message": f"{number}.1", "employee": "U0MIA", "text": text,
        "state": QuestionState.ANSWERED, "sent_at": ASKED + number, "asked_at": ASKED + number, **changed,
    }  # fmt: skip
    return Question(**asked)


def answer(number: int, text: str) -> Answer:
    return Answer(
        id=f"ans_{number:09}", question_id=f"qst_{number:09}", conversation_id=f"con_{number}",
        session_id=f"desk-{number}-1", request_id=f"req_{number}", text=text, confidence_level="low",
        confidence_score=0.25, answered_at=ASKED + number + 4,
    )  # fmt: skip


def verdict(number: int, person: str, role: Role, rating: Rating, reason: str | None = None) -> Verdict:
    return Verdict(
        id=f"ver_{number}_{person}", answer_id=f"ans_{number:09}", person=person, role=role, rating=rating,
        reason=reason, given_at=ASKED + 60, pressed_at=ASKED + 60,
    )  # fmt: skip


HANDOFF = Handoff(
    id="hnd_1", number=7, conversation_id="con_1", question_id="qst_000000001", answer_id="ans_000000001",
    state=HandoffState.RESOLVED, priority="normal",
    grounds=Grounds(rules=("Low confidence",), reasons=(), fingerprint="abc"),
    place=ChannelAddress(surface=SURFACE, channel="C1"),
    ticket=HandoffTicket(wanted=True, ref=TicketRef(system="rt", id="12", number="12", url=None)),
    claim=Claim(by="U0BEN", at=ASKED + 120),
    resolution=Resolution(
        by="U0BEN", at=ASKED + 600, outcome=Outcome.SOLVED, solved=True, score=Score.FOUR, scored_at=ASKED + 660,
        text=f"-reset; the password is {SECRET}",
    ),
    opened_at=ASKED + 5,
)  # fmt: skip


def fill(tx: Transaction) -> None:
    tx.questions.add(question(1, f"=SUM(A1) my password is {SECRET}"))
    tx.answers.add(answer(1, "+ Open “Settings”,\r\nthen press Müller's “Reset”."))
    tx.verdicts.add(verdict(1, "U0MIA", Role.EMPLOYEE, Rating.BAD, f"@all no, password: {SECRET}"))
    tx.verdicts.add(verdict(1, "U0BEN", Role.AGENT, Rating.GOOD))
    tx.verdicts.add(verdict(1, "U0EVE", Role.AGENT, Rating.GOOD))
    for number, rule in enumerate(("Low confidence", "Bad verdict")):
        tx.decisions.add(
            DecisionRecord(
                id=f"dec_{number}", conversation_id="con_1", question_id="qst_000000001", handoff_id="hnd_1",
                rules=(rule,), reasons=(), fingerprint="abc", decided_at=ASKED,
            )
        )  # fmt: skip
    tx.handoffs.add(HANDOFF)
    tx.questions.add(question(2, "I was harassed", hidden=True, withheld=True))
    tx.answers.add(answer(2, "Please talk to the office of trust."))
    tx.questions.add(question(3, "What may I say?", employee="U0BEN", handoff_id="hnd_1", state=QuestionState.FAILED))


def put(url: str, work: Callable[[Transaction], None]) -> None:
    async def run() -> None:
        async with store_at(url) as store:
            await store.run(work)

    asyncio.run(run())


@pytest.fixture
def filled(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of a database with some questions, in a folder where DATABASE_URL is all that is set."""
    put(database_url, fill)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    return database_url


def export(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["export", *arguments])
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


def test_questions_are_exported_with_what_became_of_them(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = export(capsys, "--questions", "--format", "jsonl")

    first, second, third = map(json.loads, out.splitlines())
    assert (status, err) == (0, "")
    assert first == {
        "question_id": "qst_000000001",
        "conversation_id": "con_1",
        "asked_at": "2026-11-23T13:00:01Z",
        "asked_by": "employee",
        "surface": SURFACE,
        "state": "answered",
        "hidden": False,
        "withheld": False,
        "unresolved": False,
        "question": "=SUM(A1) my password is [redacted: password]",
        "answered_at": "2026-11-23T13:00:05Z",
        "answer": "+ Open “Settings”,\nthen press Müller's “Reset”.",
        "confidence_level": "low",
        "confidence_score": 0.25,
        "uppzy_session_id": "desk-1-1",
        "uppzy_request_id": "req_1",
        "employee_verdict": "bad",
        "agents_good": 2,
        "agents_bad": 0,
        "verdict_reasons": ["@all no, password: [redacted: password]"],
        "rules": ["Low confidence", "Bad verdict"],
        "handoff": "HD-7",
        "ticket": "12",
        "handoff_state": "resolved",
        "handoff_opened_at": "2026-11-23T13:00:05Z",
        "handoff_claimed_at": "2026-11-23T13:02:00Z",
        "handoff_resolved_at": "2026-11-23T13:10:00Z",
        "handoff_outcome": "solved",
        "resolution": "-reset; the password is [redacted: password]",
        "solved": True,
        "solved_score": 4,
    }
    assert (second["hidden"], second["question"], second["answer"]) == (True, None, None)
    assert (third["asked_by"], third["state"], third["answer"], third["handoff"]) == ("agent", "failed", None, None)


def test_a_table_is_safe_in_a_spreadsheet_and_can_be_read_back(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, as_json, _ = export(capsys, "--questions", "--format", "jsonl")
    _, table, _ = export(capsys, "--questions")

    first, *_ = csv.DictReader(io.StringIO(table, newline=""))
    told = json.loads(as_json.splitlines()[0])
    assert list(first) == list(COLUMNS) == list(told)
    assert first["question"].startswith("'=SUM")
    assert first["answer"].startswith("'+ Open")
    assert first["resolution"].startswith("'-reset")
    assert first["verdict_reasons"].startswith("'@all")
    assert (first["hidden"], first["confidence_score"], first["rules"]) == (
        "false",
        "0.25",
        "Low confidence; Bad verdict",
    )
    for column in ("question", "answer", "resolution"):
        assert first[column].removeprefix("'") == told[column]
    assert SECRET not in table + as_json
    assert "U0" not in table + as_json


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1",
        "+49 30 1",
        "-1",
        "@SUM(1)",
        " =1",
        "\t=1",
        "\r=1",
        "\n@a",
        "\xa0=1",
        "＝1",
        "＋1",
        "－1",
        "＠1",
        "'=1",
        "'",
        "''a",
    ],
)
def test_what_could_be_a_formula_is_text_and_comes_back(cell: str) -> None:
    assert defused(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "1+1", "a=b", "l'eau", "2026-11-01T00:00:00Z", "[redacted: password]", " 'a"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert defused(cell) == cell


def test_every_column_is_explained_in_order() -> None:
    text = Path(__file__).parent.parent.joinpath("docs/operating.md").read_text(encoding="utf-8")
    lines = text.partition("## Exporting questions")[2].partition("\n## ")[0].splitlines()
    explained = [
        name for line in lines if line.startswith("| `") for name in line.split("|")[1].replace("`", "").split(",")
    ]

    assert [name.strip() for name in explained] == list(COLUMNS)


def test_only_questions_since_a_time_are_exported(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 1795438800.0
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setattr("time.time", lambda: now)
    # Ids and times need not agree: a message that was read back is older than its row.
    ages = {1: 30.0, 2: 6.9, 3: 7.1, 4: 0.0}

    def add(tx: Transaction) -> None:
        for number, days in ages.items():
            tx.questions.add(question(number, "Hi", asked_at=now - days * DAY))

    put(database_url, add)

    def exported(*arguments: str) -> list[str]:
        _, out, _ = export(capsys, "--questions", "--format", "jsonl", *arguments)
        return [json.loads(line)["question_id"][-1] for line in out.splitlines()]

    assert exported() == ["1", "2", "3", "4"]
    assert exported("--since", "7d") == ["2", "4"]
    assert exported("--since", "2026-11-16") == ["2", "3", "4"]


def test_a_file_appears_once_it_is_complete_and_for_its_user_alone(
    filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "out" / "questions.csv"
    file.parent.mkdir()
    file.write_text("of last week", encoding="utf-8")

    status, out, err = export(capsys, "--questions", "--out", "out/questions.csv")

    assert (status, out, err) == (0, "", "3 questions are in out/questions.csv.\n")
    assert list(file.parent.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_bytes().startswith(b"\xef\xbb\xbfquestion_id,")
    monkeypatch.setattr("bot.cli.export_report._cell", lambda value: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        main(["export", "--questions", "--out", "out/questions.csv"])
    assert file.read_text(encoding="utf-8-sig").count("qst_") == 3
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Say what to export: --questions."),
        (["--questions", "--since", "last week"], "--since must be a number of days such as 7d"),
        (["--questions", "--since", "2126-01-01"], "is in the future"),
        (["--questions", "--format", "xlsx"], "'csv', 'jsonl'"),
        (
            ["--questions", "--out", "nowhere/questions.csv"],
            "--out nowhere/questions.csv can't be written: No such file",
        ),
        (["--questions", "--out", "."], "--out . can't be written: Is a directory"),
        (["--questions", "--database", "none.db"], "There is no database none.db"),
    ],
)
def test_bad_input_is_refused_with_the_fix(
    new_sqlite: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str,
) -> None:  # fmt: skip
    monkeypatch.setenv("DATABASE_URL", new_sqlite())
    monkeypatch.chdir(tmp_path)

    status, out, err = export(capsys, *arguments)

    assert (status, out) == (2, "")
    assert says in " ".join(err.replace("│", " ").split())


def test_a_wrong_database_url_is_the_only_setting_that_matters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "mysql://localhost/desk")

    status, _, err = export(capsys, "--questions")

    assert status == 2
    assert err.startswith("uppzy-desk: DATABASE_URL must look like sqlite:///desk.db")


def test_a_terminal_shows_progress_beside_the_rows(filled: str) -> None:
    seen, terminal = pty.openpty()
    command = [sys.executable, "-m", "bot", "export", "--questions", "--format", "jsonl"]
    root = Path(__file__).parent.parent

    ended = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=terminal, env={**os.environ, "PYTHONPATH": str(root)}
    )

    os.close(terminal)
    assert len(ended.stdout.splitlines()) == 3
    shown = os.read(seen, 100_000).decode()
    os.close(seen)
    assert "Exporting" in shown
    assert "3/3" in shown


def test_memory_does_not_grow_with_the_number_of_questions(database_url: str) -> None:
    def add(count: int) -> Callable[[Transaction], None]:
        first = question(0, "How do I print? " * 150)

        def work(tx: Transaction) -> None:
            for number in range(added[0], count):
                tx.questions.add(
                    replace(first, id=f"qst_{number:09}", conversation_id=f"con_{number}", message=f"{number}.1")
                )
            added[0] = count

        return work

    def peak() -> tuple[int, int]:
        tracemalloc.start()
        count = sum(1 for _ in read_histories(location_of(database_url), 0.0))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return count, most

    added = [0]
    put(database_url, add(1_500))
    peak()
    few, little = peak()
    put(database_url, add(6_000))
    many, much = peak()

    assert (few, many) == (1_500, 6_000)
    # Bytes; the 4,500 texts alone are more than 10 MB, and what a garbage collection leaves for the next is less.
    assert much < little + 3e6
