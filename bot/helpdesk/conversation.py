"""What passes between an employee and the desk: conversations, questions, answers, verdicts."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Owner(enum.StrEnum):
    """Who speaks to the employee now."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"


class QuestionState(enum.StrEnum):
    """Where a question stands. Everything but WAITING is final."""

    WAITING = "waiting"
    ANSWERED = "answered"
    STOPPED = "stopped"
    FAILED = "failed"


class Rating(enum.StrEnum):
    """The two values a verdict can have, spelled as Uppzy's feedback endpoint wants them."""

    GOOD = "good"
    BAD = "bad"


class Role(enum.StrEnum):
    """In which role somebody gave a verdict."""

    EMPLOYEE = "employee"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the assistant returned for one question. A level or score of None means: not given."""

    session_id: str
    request_id: str
    answer: str
    confidence_level: str | None = None
    confidence_score: float | None = None
