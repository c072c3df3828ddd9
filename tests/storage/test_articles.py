"""Counting the questions about the matter of an article."""

from __future__ import annotations

from pathlib import Path

from bot.helpdesk.model.article import ArticleFigures
from bot.helpdesk.model.conversation import Answer, Question, QuestionState, Rating, Role, Verdict
from bot.helpdesk.model.handoff import Grounds, Handoff
from storage.queries.articles import count_questions_about
from storage.repositories import Transaction
from storage.sqlite.store import SqliteStore
from tests.addresses import SURFACE, channel_at

VPN = "VPN does not connect"


def _ask(
    tx: Transaction,
    number: int,
    text: str,
    *,
    at: float = 50.0,
    level: str | None = "high",
    rating: Rating | None = None,
    handed_over: bool = False,
) -> None:
    """Adds a question with its answer, a verdict of the employee and a handoff."""
    question = Question(
        id=f"que_{number}", conversation_id=f"con_{number}", surface=SURFACE, channel="D1", thread="1.1",
        message=f"{number}", employee="U1", text=text, state=QuestionState.ANSWERED, sent_at=at, asked_at=at,
    )  # fmt: skip
    answer = Answer(
        id=f"ans_{number}", question_id=question.id, conversation_id=question.conversation_id, session_id="s",
        request_id=f"req_{number}", text="Try again.", confidence_level=level, confidence_score=None, answered_at=at,
    )  # fmt: skip
    tx.questions.add(question)
    tx.answers.add(answer)
    if rating is not None:
        for person, role, given in (("U1", Role.EMPLOYEE, rating), ("U2", Role.AGENT, Rating.BAD)):
            verdict = Verdict(
                id=f"ver_{number}_{person}", answer_id=answer.id, person=person, role=role, rating=given,
                given_at=at, pressed_at=at,
            )  # fmt: skip
            tx.verdicts.add(verdict)
    if handed_over:
        handoff = Handoff(
            id=f"hof_{number}", number=number, conversation_id=question.conversation_id, question_id=question.id,
            answer_id=answer.id, priority="high", grounds=Grounds(rules=(), reasons=(), fingerprint="f"),
            place=channel_at("C1"), opened_at=at,
        )  # fmt: skip
        tx.handoffs.add(handoff)


def _fill(tx: Transaction) -> None:
    _ask(tx, 1, "vpn does not connect")
    _ask(tx, 2, "cannot connect to VPN since yesterday", level="low", rating=Rating.BAD, handed_over=True)
    _ask(tx, 3, "My VPN doesn't connect any more", rating=Rating.GOOD)
    _ask(tx, 4, "VPN does not connect!", level=None)
    _ask(tx, 5, "The VPN is not connecting", handed_over=True)
    _ask(tx, 6, "Where is the canteen?", level="low", rating=Rating.BAD, handed_over=True)
    _ask(tx, 7, "vpn does not connect", at=0.0)
    _ask(tx, 8, "vpn does not connect", at=100.0)
    _ask(tx, 9, "", level="low")


async def test_questions_about_one_matter_are_counted_whatever_their_words(tmp_path: Path) -> None:
    async with SqliteStore(tmp_path / "desk.db") as store:
        await store.run(_fill)

        figures = await store.read(count_questions_about, VPN, 1.0, 100.0)
        nothing = await store.read(count_questions_about, "", 1.0, 100.0)

    assert figures == ArticleFigures(days=0.0, questions=5, low=2, good=1, bad=1, handoffs=2, troubled=3)
    assert nothing == ArticleFigures(days=0.0)


async def test_finding_the_questions_of_a_period_scans_no_table(tmp_path: Path) -> None:
    statement = "SELECT id FROM questions WHERE asked_at >= 1 AND asked_at < 2 AND questions.text != ''"

    def plan(tx: Transaction) -> str:
        return str(tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").one()[3])

    async with SqliteStore(tmp_path / "desk.db") as store:
        assert "ix_questions_to_forget" in await store.run(plan)
