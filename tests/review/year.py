"""A generated year of life with known truth: what employees asked, what became of it, and the rows that say so.

The truth is in `Asked`; tests compute from it what they expect. `write` stores the rows as the desk would have.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.engine import Connection

from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState, Rating, Role, Verdict, new_id
from bot.helpdesk.model.handoff import Claim, Grounds, Handoff, HandoffState, Outcome, Resolution
from bot.helpdesk.model.history import DecisionRecord, TimelineEntry, TimelineEvent
from storage.repositories import Answers, Conversations, Decisions, Handoffs, Questions, Timeline, Transaction, Verdicts

BEGIN = datetime(2025, 12, 1, tzinfo=UTC).timestamp()
DAY = 86_400.0
HOUR = 3600.0

TOPICS = (
    ("How do I connect to the VPN?", "The VPN does not connect since yesterday", "cannot connect to VPN"),
    ("My printer is out of toner", "Where do I get new toner for the printer?", "printer toner empty"),
    ("How many days of vacation do I have left?", "Show me my remaining vacation days"),
    ("Reset my password, please", "I forgot my password, how can I reset it?"),
    ("The projector in room 4 shows nothing", "No picture on the projector in room 4"),
    ("Wie bekomme ich einen neuen Monitor?", "Ich brauche einen zweiten Monitor"),
    ("Comment installer Teams sur mon téléphone ?", "Installer Teams sur le téléphone"),
    ("¿Dónde veo mi nómina?", "No encuentro mi nómina de este mes"),
)
RULES = ("unsure answer", "not helpful", "asks for a person", "going in circles")
LEVELS = ("high", "high", "high", "medium", "low", None)


@dataclass(kw_only=True)
class HandedOver:
    """The truth about a handoff. Times are moments; None: it never happened."""

    rules: tuple[str, ...]
    opened_at: float
    priority: str = "normal"
    first_word_at: float | None = None
    claimed_at: float | None = None
    resolved_at: float | None = None
    said_solved_at: float | None = None
    reopened_at: float | None = None
    handed_back: bool = False
    resolution: str | None = None
    joined_by_another_question: bool = False


@dataclass(kw_only=True)
class Asked:
    """The truth about a question."""

    at: float
    text: str
    topic: int = 0
    level: str | None = None
    answered: bool = True
    withheld: bool = False
    small_talk: bool = False
    by_agent: bool = False
    employee_says: Rating | None = None
    agent_says: Rating | None = None
    handoff: HandedOver | None = None
    employee: str = "U0MIA"


@dataclass
class Year:
    """A year of questions. `seed` decides everything that happens in it."""

    seed: int = 1
    questions: int = 2000
    days: int = 364
    begin: float = BEGIN
    asked: list[Asked] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        for _ in range(self.questions):
            self.asked.append(_question(chance, self.begin + chance.random() * self.days * DAY))
        self.asked.sort(key=lambda asked: asked.at)


def _question(chance: random.Random, at: float) -> Asked:
    topic = chance.randrange(len(TOPICS))
    asked = Asked(
        at=at,
        text=chance.choice(TOPICS[topic]),
        topic=topic,
        level=chance.choice(LEVELS),
        answered=chance.random() < 0.95,
        small_talk=chance.random() < 0.05,
        by_agent=chance.random() < 0.05,
        employee=f"U0EMP{chance.randrange(50)}",
    )
    if asked.small_talk:
        asked.answered = False
    elif asked.answered:
        asked.employee_says = chance.choice((Rating.GOOD, Rating.GOOD, Rating.BAD, None, None, None))
        asked.agent_says = chance.choice((Rating.GOOD, Rating.BAD, None, None, None, None))
    if not asked.small_talk and not asked.by_agent and chance.random() < 0.25:
        asked.handoff = _handoff(chance, at)
        asked.withheld = "asks for a person" in asked.handoff.rules
    return asked


def _handoff(chance: random.Random, asked_at: float) -> HandedOver:
    handoff = HandedOver(
        rules=tuple(chance.sample(RULES, chance.choice((1, 1, 2)))),
        opened_at=asked_at + chance.randrange(2, 60),
        priority=chance.choice(("low", "normal", "high", "urgent")),
        joined_by_another_question=chance.random() < 0.1,
    )
    if chance.random() < 0.9:
        handoff.claimed_at = handoff.opened_at + chance.randrange(30, 30_000)
        if chance.random() < 0.9:
            handoff.first_word_at = handoff.claimed_at + chance.randrange(10, 600)
        if chance.random() < 0.8:
            handoff.resolved_at = handoff.claimed_at + chance.randrange(600, 90_000)
            handoff.resolution = chance.choice((None, "Restart the client, then sign in again."))
            handoff.handed_back = chance.random() < 0.1
            if chance.random() < 0.4:
                handoff.said_solved_at = handoff.resolved_at + 60
            if chance.random() < 0.15:
                handoff.reopened_at = handoff.resolved_at + 3600
                handoff.resolved_at = handoff.reopened_at + 7200 if chance.random() < 0.7 else None
    return handoff


def write(connection: Connection, lives: Iterable[Asked], channel: str = "C0HANDOFF") -> None:
    """Stores the rows of all of it."""
    writer = _Writer(channel)
    for number, asked in enumerate(lives, start=1):
        writer.add(asked, number)
        if number % 2000 == 0:
            writer.flush(connection)
    writer.flush(connection)


def write_in(tx: Transaction, lives: Iterable[Asked], channel: str = "C0HANDOFF") -> None:
    """Does the same in a transaction of the store."""
    write(tx.connection, lives, channel)


class _Writer:
    """Rows by repository, which are stored together."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._rows: dict[Any, list[Any]] = {}

    def flush(self, connection: Connection) -> None:
        for repository, rows in self._rows.items():
            connection.execute(insert(repository.mapper.table), [repository.mapper.encode(row) for row in rows])
        self._rows.clear()

    def _add(self, repository: Any, row: Any) -> None:
        self._rows.setdefault(repository, []).append(row)

    def add(self, asked: Asked, number: int) -> None:
        conversation = Conversation(
            id=new_id("con"),
            workspace="T0TEST",
            surface="Slack",
            channel=f"D0{asked.employee}",
            thread=f"{number}.0001",
            employee=asked.employee,
            session_id=f"desk-{number}-1",
            opened_at=asked.at,
            last_at=asked.at,
        )
        self._add(Conversations, conversation)
        question = _row_of_question(asked, conversation, number)
        self._add(Questions, question)
        answer = self._add_answer(asked, question)
        if asked.handoff is not None:
            self._add_handoff(asked.handoff, question, answer, number)

    def _add_answer(self, asked: Asked, question: Question) -> Answer | None:
        if not asked.answered:
            return None
        answer = Answer(
            id=new_id("ans"),
            question_id=question.id,
            conversation_id=question.conversation_id,
            session_id="desk-1",
            request_id=new_id("req"),
            text="Do this, then that.",
            confidence_level=asked.level,
            confidence_score=None,
            answered_at=asked.at + 2,
        )
        self._add(Answers, answer)
        says = ((Role.EMPLOYEE, asked.employee, asked.employee_says), (Role.AGENT, "U0BEN", asked.agent_says))
        for role, person, rating in says:
            if rating is not None:
                self._add(Verdicts, _verdict(answer, role, person, rating, asked.at + 30))
        return answer

    def _add_handoff(self, truth: HandedOver, question: Question, answer: Answer | None, number: int) -> None:
        resolved = truth.resolved_at is not None
        reopened_open = truth.reopened_at is not None and not resolved
        handoff = Handoff(
            id=new_id("hof"),
            number=number,
            conversation_id=question.conversation_id,
            question_id=None if truth.joined_by_another_question else question.id,
            answer_id=answer.id if answer else None,
            state=_state(truth),
            priority=truth.priority,
            grounds=Grounds(rules=truth.rules, reasons=truth.rules, fingerprint="f"),
            place=ChannelAddress(surface="Slack", channel=self._channel),
            claim=None if truth.claimed_at is None else Claim(by="U0BEN", at=truth.reopened_at or truth.claimed_at),
            resolution=Resolution(
                by="U0BEN" if resolved and not reopened_open else None,
                at=truth.resolved_at,
                outcome=Outcome.SOLVED if resolved and not truth.handed_back else None,
                handed_back=truth.handed_back and resolved,
                solved=True if truth.said_solved_at else None,
                text=truth.resolution if resolved else None,
            ),
            opened_at=truth.opened_at,
        )
        self._add(Handoffs, handoff)
        self._add(Decisions, _decision(handoff, question))
        for event, at in _events(truth):
            self._add(
                Timeline,
                TimelineEntry(
                    id=new_id("tml"),
                    conversation_id=handoff.conversation_id,
                    handoff_id=handoff.id,
                    event=event,
                    at=at,
                ),
            )


def _row_of_question(asked: Asked, conversation: Conversation, number: int) -> Question:
    state = QuestionState.NOT_ASKED if asked.small_talk else QuestionState.FAILED
    return Question(
        id=new_id("que"),
        conversation_id=conversation.id,
        surface="Slack",
        channel=conversation.channel,
        thread=conversation.thread,
        message=f"{number}.0001",
        employee=asked.employee,
        text=asked.text,
        state=QuestionState.ANSWERED if asked.answered else state,
        withheld=asked.withheld,
        handoff_id="hof_of_an_agent" if asked.by_agent else None,
        sent_at=asked.at,
        asked_at=asked.at,
    )


def _verdict(answer: Answer, role: Role, person: str, rating: Rating, at: float) -> Verdict:
    return Verdict(
        id=new_id("ver"), answer_id=answer.id, person=person, role=role, rating=rating, given_at=at, pressed_at=at
    )


def _decision(handoff: Handoff, question: Question) -> DecisionRecord:
    return DecisionRecord(
        id=new_id("dec"),
        conversation_id=handoff.conversation_id,
        question_id=question.id,
        handoff_id=handoff.id,
        rules=handoff.grounds.rules,
        reasons=handoff.grounds.reasons,
        fingerprint="f",
        decided_at=handoff.opened_at,
    )


def _state(truth: HandedOver) -> HandoffState:
    if truth.resolved_at is not None:
        return HandoffState.RESOLVED
    return HandoffState.OPEN if truth.claimed_at is None else HandoffState.CLAIMED


def _events(truth: HandedOver) -> Iterator[tuple[TimelineEvent, float]]:
    """Yields what happened, and more of the same later: only the first counts."""
    yield TimelineEvent.OPENED, truth.opened_at
    if truth.claimed_at is not None:
        yield TimelineEvent.CLAIMED, truth.claimed_at
        yield TimelineEvent.ASSIGNED, truth.claimed_at + 9000
    if truth.first_word_at is not None:
        yield TimelineEvent.RELAYED, truth.first_word_at
        yield TimelineEvent.DRAFT_SENT, truth.first_word_at + 100
    if truth.said_solved_at is not None:
        yield TimelineEvent.SAID_SOLVED, truth.said_solved_at
    if truth.reopened_at is not None:
        yield TimelineEvent.WRITTEN_AGAIN, truth.reopened_at


def of_period(lives: Sequence[Asked], since: float, until: float) -> list[Asked]:
    """Returns the questions of employees in a period."""
    return [one for one in lives if since <= one.at < until and not one.small_talk and not one.by_agent]
