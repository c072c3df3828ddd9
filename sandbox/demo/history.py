"""A month of history for the demo: what four other employees asked, what became of it, and the rows that say so.

The assistant's answers are those of the local Uppzy, so the gaps of the history are gaps of the demo.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta, tzinfo

from bot.helpdesk.escalation import MEMBER, Facts, Moment, Policy, decide, noted
from bot.helpdesk.model.chat import ENGLISH, ChannelAddress
from bot.helpdesk.model.conversation import Answer, Conversation, Question, QuestionState, Rating, Role, Verdict, new_id
from bot.helpdesk.model.handoff import Claim, Grounds, Handoff, HandoffState, Outcome, Resolution
from bot.helpdesk.model.history import DecisionRecord, TimelineEntry, TimelineEvent
from bot.helpdesk.ports import Transaction
from bot.slack.errors import SYSTEM
from sandbox.uppzy.answers import Answerer, ArticleAnswer, Ranking, bundled_articles
from sandbox.world import ADA, BEN, HANDOFF_CHANNEL

EMPLOYEES = {"U0NIK0000": "Nik", "U0EVA0000": "Eva", "U0JON0000": "Jon", "U0KIM0000": "Kim"}
"""The people who ask in the history, with their names."""

_CHANNEL = "D0HISTORY"
_UNSURE, _ASKS = "unsure answer", "asks for a person"
_DAYS = 30
_SATURDAY = 5
_SEED = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Topic:
    """A matter in several wordings. `weight` is how often it is asked, `resolution` what agents answer."""

    wordings: tuple[str, ...]
    weight: int = 2
    resolution: str = "Settled on the phone."


_TOPICS = (
    _Topic(
        wordings=("How do I get a locker?", "Can I have a locker?", "Is there a locker for me?"),
        weight=5,
        resolution="Lockers are at the reception: ask there for a key. It is yours until you move to another floor.",
    ),
    _Topic(
        wordings=("Can I bring my dog to the office?", "May I bring my dog?", "Is my dog allowed in the office?"),
        weight=3,
        resolution="Dogs are welcome on Fridays, on the third floor. Please tell the reception the day before.",
    ),
    _Topic(
        wordings=("I need an employment certificate for my landlord", "Employment certificate for the bank"),
        resolution="HR signs employment certificates. Write to hr@example.com, it takes two days.",
    ),
    _Topic(wordings=("How do I connect to the VPN?", "VPN on my new laptop"), weight=4),
    _Topic(wordings=("I forgot my password", "How do I reset my password?"), weight=4),
    _Topic(wordings=("How do I book a meeting room?", "Book a meeting room"), weight=3),
    _Topic(wordings=("How do I submit travel expenses?", "Submit expenses"), weight=3),
    _Topic(wordings=("How do I get guest wifi?", "Wi-Fi for guests")),
    _Topic(wordings=("How do I set an out-of-office reply?",)),
    _Topic(wordings=("My laptop is slow", "My computer is frozen")),
)


def is_written(tx: Transaction) -> bool:
    """Returns whether the database has the history."""
    return tx.conversations.latest_in(SYSTEM, _CHANNEL) is not None


def write_history(tx: Transaction, now: float, zone: tzinfo, workspace: str, policy: Policy) -> None:
    """Stores the month before the day of `now`, unless it is there already. Nothing in it is left to do.

    What `policy` would have decided is stored as well.
    """
    if is_written(tx):
        return
    chance = random.Random(_SEED)
    answerer = Answerer(Ranking(bundled_articles()))
    writer = _Writer(tx, workspace, policy, tx.handoffs.next_number())
    for at in _moments(chance, now, zone):
        (topic,) = chance.choices(_TOPICS, [topic.weight for topic in _TOPICS])
        text = chance.choice(topic.wordings)
        writer.write(chance, at, text, answerer.answer(text), topic.resolution)
    answerer.close()


def _moments(chance: random.Random, now: float, zone: tzinfo) -> Iterator[float]:
    """Yields when questions were asked: in the hours of work of the days before this one, oldest first."""
    today = datetime.fromtimestamp(now, zone).date()
    for back in range(_DAYS, 0, -1):
        day = today - timedelta(days=back)
        if day.weekday() < _SATURDAY:
            morning = datetime.combine(day, time(8), zone).timestamp()
            yield from sorted(morning + chance.randrange(8 * 3600) for _ in range(chance.randint(5, 8)))


@dataclass(slots=True)
class _Writer:
    """Stores questions with everything that followed. `number` is that of the next handoff."""

    tx: Transaction
    workspace: str
    policy: Policy
    number: int
    questions: int = 0

    def write(self, chance: random.Random, at: float, text: str, answered: ArticleAnswer, resolution: str) -> None:
        self.questions += 1
        question = self._add_question(chance.choice(list(EMPLOYEES)), at, text)
        answer = Answer(
            id=new_id("ans"),
            question_id=question.id,
            conversation_id=question.conversation_id,
            session_id=f"desk-history-{self.questions}",
            request_id=new_id("req"),
            text=answered.answer,
            confidence_level=answered.level,
            confidence_score=answered.score,
            answered_at=at + chance.randrange(3, 12),
        )
        self.tx.answers.add(answer)
        unsure = answered.level == "low"
        good, bad = (0.02, 0.25) if unsure else (0.4, 0.05)
        drawn = chance.random()
        rating = Rating.GOOD if drawn < good else Rating.BAD if drawn < good + bad else None
        if rating is not None:
            self._add_verdict(question, answer, rating)
        rule = (_UNSURE if unsure else _ASKS) if chance.random() < (0.6 if unsure else 0.05) else None
        if rule is not None:
            self._add_handoff(chance, question, answer, rule, resolution)
        self.tx.questions.save(self._decided(question, answer, rating, asked_for_person=rule == _ASKS))

    def _decided(
        self, question: Question, answer: Answer, rating: Rating | None, *, asked_for_person: bool
    ) -> Question:
        """Returns the question with the decisions on it, as the desk notes them."""
        asked = Facts(now=question.asked_at, text=question.text, kinds=(MEMBER,), language=ENGLISH)
        later = replace(asked, now=answer.answered_at, text="")
        seen = {
            Moment.ASKED: asked,
            Moment.ANSWERED: replace(
                later,
                answered=True,
                confidence_level=answer.confidence_level,
                confidence_score=answer.confidence_score,
            ),
        }
        if rating is not None:
            seen[Moment.RATED] = replace(later, rating=rating)
        if asked_for_person:
            seen[Moment.PRESSED] = replace(later, asked_for_person=True)
        decisions = ""
        for moment, facts in seen.items():
            decisions = noted(decisions, moment, facts, decide(self.policy, facts))
        return replace(question, decisions=decisions)

    def _add_question(self, employee: str, at: float, text: str) -> Question:
        thread = f"{at:.0f}.{self.questions:06d}"
        conversation = Conversation(
            id=new_id("con"),
            workspace=self.workspace,
            surface=SYSTEM,
            channel=_CHANNEL,
            thread=thread,
            employee=employee,
            session_id=f"desk-history-{self.questions}",
            opened_at=at,
            last_at=at,
        )
        question = Question(
            id=new_id("que"),
            conversation_id=conversation.id,
            surface=SYSTEM,
            channel=_CHANNEL,
            thread=thread,
            message=thread,
            employee=employee,
            text=text,
            state=QuestionState.ANSWERED,
            sent_at=at,
            asked_at=at,
        )
        self.tx.conversations.add(conversation)
        self.tx.questions.add(question)
        return question

    def _add_verdict(self, question: Question, answer: Answer, rating: Rating) -> None:
        at = answer.answered_at + 40
        self.tx.verdicts.add(
            Verdict(
                id=new_id("ver"),
                answer_id=answer.id,
                person=question.employee,
                role=Role.EMPLOYEE,
                rating=rating,
                receipt="taken",
                given_at=at,
                pressed_at=at,
            )
        )

    def _add_handoff(
        self, chance: random.Random, question: Question, answer: Answer, rule: str, resolution: str
    ) -> None:
        agent, opened = chance.choice((ADA, BEN)), answer.answered_at + chance.randrange(10, 120)
        claimed = opened + chance.randrange(60, 45 * 60)
        first_word = claimed + chance.randrange(30, 300)
        resolved = first_word + chance.randrange(120, 3600)
        said_solved = chance.random() < 0.5
        grounds = Grounds(rules=(rule,), reasons=(), fingerprint=self.policy.fingerprint)
        handoff = Handoff(
            id=new_id("hof"),
            number=self.number,
            conversation_id=question.conversation_id,
            question_id=question.id,
            answer_id=answer.id,
            state=HandoffState.RESOLVED,
            priority="normal",
            grounds=grounds,
            place=ChannelAddress(surface=SYSTEM, channel=HANDOFF_CHANNEL),
            claim=Claim(by=agent, at=claimed),
            resolution=Resolution(
                by=agent, at=resolved, outcome=Outcome.SOLVED, solved=True if said_solved else None, text=resolution
            ),
            opened_at=opened,
        )
        self.number += 1
        self.tx.handoffs.add(handoff)
        self.tx.decisions.add(
            DecisionRecord(
                id=new_id("dec"),
                conversation_id=question.conversation_id,
                question_id=question.id,
                handoff_id=handoff.id,
                rules=grounds.rules,
                reasons=grounds.reasons,
                fingerprint=grounds.fingerprint,
                decided_at=opened,
            )
        )
        self._log(handoff, TimelineEvent.OPENED, None, opened)
        self._log(handoff, TimelineEvent.CLAIMED, agent, claimed)
        self._log(handoff, TimelineEvent.RELAYED, agent, first_word)
        self._log(handoff, TimelineEvent.RESOLVED, agent, resolved)
        if said_solved:
            self._log(handoff, TimelineEvent.SAID_SOLVED, question.employee, resolved + 60)

    def _log(self, handoff: Handoff, event: TimelineEvent, person: str | None, at: float) -> None:
        self.tx.timeline.add(
            TimelineEntry(
                id=new_id("tml"),
                conversation_id=handoff.conversation_id,
                handoff_id=handoff.id,
                event=event,
                person=person,
                at=at,
            )
        )
