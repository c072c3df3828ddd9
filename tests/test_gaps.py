"""Gaps: which questions are troubled and why, how they are grouped and listed, and that a gap keeps its identity."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.cli.commands import main
from bot.cli.gap_report import WORDS_GONE as SAID_GONE
from bot.cli.gap_report import gap_object
from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.conversation import Answer, Question, QuestionState, Rating, Role, Verdict
from bot.helpdesk.model.gap import ContentGap, GapRecord, GapState, Trouble
from bot.helpdesk.model.handoff import Grounds, Handoff, HandoffState, Outcome, Resolution
from bot.helpdesk.review.gaps import WORDS_GONE, AgentResolution, TroubledQuestion, find_gaps, queued
from bot.helpdesk.review.period import Period
from storage.engines import location_of
from storage.queries.gaps import read_gaps_of
from storage.repositories import Transaction
from tests.addresses import SURFACE
from tests.storage.conftest import store_at

ASKED = 1795438800.0  # 2026-11-23T13:00:00Z
NOW = ASKED + 7 * 86_400
SECRET = "Tulip-Garden-42"


def question(number: int, text: str, **changed: Any) -> Question:
    asked = {
        "id": f"qst_{number:09}", "conversation_id": f"con_{number}", "surface": SURFACE, "channel": "D1",
        "thread": f"{number}.1", "message": f"{number}.1", "employee": "U0MIA", "text": text,
        "state": QuestionState.ANSWERED, "sent_at": ASKED + number, "asked_at": ASKED + number, **changed,
    }  # fmt: skip
    return Question(**asked)


def answer(number: int, level: str | None = "high", **changed: Any) -> Answer:
    given = {
        "id": f"ans_{number:09}", "question_id": f"qst_{number:09}", "conversation_id": f"con_{number}",
        "session_id": f"desk-{number}-1", "request_id": f"req_{number}", "text": "An answer.",
        "confidence_level": level, "confidence_score": None, "answered_at": ASKED + number + 4, **changed,
    }  # fmt: skip
    return Answer(**given)


def verdict(number: int, role: Role, rating: Rating) -> Verdict:
    return Verdict(
        id=f"ver_{number}", answer_id=f"ans_{number:09}", person="U0MIA", role=role, rating=rating,
        given_at=ASKED + 60, pressed_at=ASKED + 60,
    )  # fmt: skip


def handoff(number: int, text: str | None, *, solved: bool | None = None, hidden: bool = False) -> Handoff:
    return Handoff(
        id=f"hnd_{number}", number=number, conversation_id=f"con_{number}", question_id=f"qst_{number:09}",
        answer_id=None,
        state=HandoffState.RESOLVED, priority="normal",
        grounds=Grounds(rules=("asks for a person",), reasons=(), fingerprint="abc", hidden=hidden),
        place=ChannelAddress(surface=SURFACE, channel="C1"), opened_at=ASKED + number,
        resolution=Resolution(
            by="U0BEN", at=ASKED + 600 + number, outcome=Outcome.SOLVED, text=text, solved=solved
        ),
    )  # fmt: skip


def fill(tx: Transaction) -> None:
    questions = [
        question(1, "vpn does not connect"),
        question(2, "cannot connect to VPN since yesterday"),
        question(3, "Hi, my vpn conection fails!", unresolved=True),
        question(4, f"printer has no toner, my password is {SECRET}"),
        question(5, "how many vacation days do I have left"),
        question(6, "", unresolved=True),
        question(7, "my boss harasses me", hidden=True),
        question(8, "thanks!", state=QuestionState.NOT_ASKED),
        question(9, "what does the runbook say", handoff_id="hnd_2", employee="U0BEN"),
        question(10, "where is the canteen"),
        question(11, "vpn does not connect", asked_at=ASKED - 90 * 86_400),
    ]
    for one in questions:
        tx.questions.add(one)
    for number, level in {1: "low", 2: None, 3: "high", 4: " LOW ", 5: "high", 7: "low", 9: "low", 11: "low"}.items():
        tx.answers.add(answer(number, level))
    tx.answers.add(answer(6, "high"))
    tx.answers.add(answer(10, "high", wordless=True))
    tx.verdicts.add(verdict(1, Role.EMPLOYEE, Rating.BAD))
    tx.verdicts.add(verdict(4, Role.AGENT, Rating.BAD))
    tx.verdicts.add(verdict(5, Role.EMPLOYEE, Rating.GOOD))
    tx.handoffs.add(handoff(1, "Install the new client."))
    tx.handoffs.add(handoff(2, f"Sign in again, password: {SECRET}", solved=True))
    tx.handoffs.add(handoff(7, "Spoke to her.", hidden=True))


def put(url: str, work: Callable[[Transaction], None]) -> None:
    async def run() -> None:
        async with store_at(url) as store:
            await store.run(work)

    asyncio.run(run())


@pytest.fixture
def filled(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    put(database_url, fill)
    return database_url


def gaps_in(url: str) -> list[ContentGap]:
    return read_gaps_of(location_of(url), Period(since=ASKED - 86_400, until=NOW))


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as exit:
        main(["gaps", "--since", "2026-11-22", *arguments])
    assert exit.value.code in (0, None)
    return capsys.readouterr().out


@pytest.mark.both_engines
def test_troubled_questions_are_grouped_with_their_reasons_and_resolutions(filled: str) -> None:
    vpn, *rest = gaps_in(filled)

    assert vpn.questions == 3
    assert vpn.share == pytest.approx(3 / 8)
    assert vpn.reasons == {
        Trouble.LOW_CONFIDENCE: 1,
        Trouble.ABSENT_CONFIDENCE: 1,
        Trouble.BAD_VERDICT: 1,
        Trouble.REPEATED: 1,
        Trouble.HANDED_OVER: 2,
    }
    assert len(vpn.examples) == 3
    assert vpn.resolutions[0].startswith("Sign in again")
    assert vpn.resolutions[1] == "Install the new client."
    assert sorted(gap.examples for gap in rest if gap.examples) == [
        ("printer has no toner, my password is [redacted: password]",),
        ("where is the canteen",),
    ]
    assert SECRET not in str([vpn, *rest])
    assert "harasses" not in str([vpn, *rest])


def test_numbers_stay_right_where_the_words_are_gone(filled: str) -> None:
    [gone] = [gap for gap in gaps_in(filled) if gap.id == WORDS_GONE]

    assert (gone.questions, gone.reasons) == (1, {Trouble.REPEATED: 1})
    assert gap_object(gone)["examples"] == [SAID_GONE]
    assert gone not in queued(gaps_in(filled), NOW)


def test_a_gap_keeps_its_id_and_its_state_while_its_questions_are_near(filled: str) -> None:
    vpn = gaps_in(filled)[0]
    put(filled, lambda tx: tx.gaps.add(replace(vpn.record, state=GapState.DISMISSED)))

    def ask_otherwise(tx: Transaction) -> None:
        for number in range(20, 30):
            tx.questions.add(question(number, "VPN connection keeps failing at home"))
            tx.answers.add(answer(number, "low"))

    put(filled, ask_otherwise)
    found = gaps_in(filled)

    assert (found[0].id, found[0].questions, found[0].record.state) == (vpn.id, 13, GapState.DISMISSED)
    assert vpn.id not in [gap.id for gap in queued(found, NOW)]


def test_a_snoozed_gap_comes_back_when_its_time_is_over() -> None:
    record = GapRecord(id="gap-1", words="vpn", state=GapState.SNOOZED, snoozed_until=NOW + 60, found_at=ASKED)

    assert not record.is_queued(NOW)
    assert record.is_queued(NOW + 60)


def test_a_secret_is_no_part_of_an_anchor() -> None:
    asked = TroubledQuestion(id="q", text=f"password: {SECRET}", asked_at=ASKED, reasons=(Trouble.HANDED_OVER,))
    [gap] = find_gaps([asked], total=1, known=[], articles={}, now=NOW)

    assert "tulip" not in gap.record.words
    assert "tulip" not in gap.id


def test_the_best_resolution_is_one_that_solved_the_matter() -> None:
    tried = AgentResolution(text="Restart it.", solved=False, at=ASKED + 9)
    solved = AgentResolution(text="Install the client.", solved=True, at=ASKED)
    asked = TroubledQuestion(
        id="q", text="vpn fails", asked_at=ASKED, reasons=(Trouble.HANDED_OVER,), resolutions=(tried, tried, solved)
    )
    [gap] = find_gaps([asked], total=4, known=[], articles={}, now=NOW)

    assert gap.resolutions == ("Install the client.", "Restart it.")
    assert gap.share == 0.25


def test_the_list_has_the_keys_of_the_review(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(listed(capsys, "--format", "json", "--all"))

    assert [one["id"] for one in found] == [gap.id for gap in gaps_in(filled)]
    assert set(found[0]) == {"id", "questions", "share", "reasons", "examples", "resolutions", "article", "state"}
    assert found[0]["reasons"]["handed_over"] == 2


def test_the_table_says_in_words_why_questions_are_troubled(filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = listed(capsys).splitlines()

    assert lines[0].endswith(": 3 questions, 37.5% of all")
    assert "handed over: 2" in lines[1]
    assert "  = Install the new client." in lines
    assert SAID_GONE not in "\n".join(lines)


def test_the_csv_is_safe_in_a_spreadsheet(database_url: str, filled: str, capsys: pytest.CaptureFixture[str]) -> None:
    def add(tx: Transaction) -> None:
        tx.questions.add(question(40, "=cmd|' /C calc'!A0 formula"))
        tx.answers.add(answer(40, "low"))

    put(database_url, add)
    rows = list(csv.DictReader(io.StringIO(listed(capsys, "--format", "csv"))))

    assert len(rows) == 4
    assert [row["examples"][0] for row in rows if "formula" in row["examples"]] == ["'"]


def test_an_empty_desk_has_no_gaps(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database_url)
    put(database_url, lambda tx: None)

    assert listed(capsys) == "No gaps.\n"
    assert json.loads(listed(capsys, "--format", "json")) == []


@pytest.mark.parametrize("since", ["2999-01-01", "yesterday", "-1"])
def test_a_wrong_time_is_refused(filled: str, since: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main(["gaps", f"--since={since}"])

    assert exit.value.code == 2
    assert "--since" in capsys.readouterr().err
