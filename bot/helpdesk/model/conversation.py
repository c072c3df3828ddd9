"""What passes between an employee and the desk: conversations, questions, answers, verdicts.

Addresses are the chat surface's own words and opaque here: `channel` is where people talk, `thread` the root of a
thread in it, `message` one message. Times are Unix seconds.
"""

from __future__ import annotations

import enum
import secrets
import threading
import time
from dataclasses import dataclass, replace


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


class Unanswered(enum.Enum):
    """What the assistant says of a question it has taken, while there is no reply."""

    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the assistant said to a verdict. `first` is False where it already had one for that answer."""

    first: bool
    submitted_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The questions, answers and human messages of one employee in one thread.

    `idle_at`: when it is to be looked whether it is over; None while its session has not been used.
    """

    id: str
    workspace: str
    channel: str
    thread: str
    employee: str
    session_id: str
    generation: int = 1
    owner: Owner = Owner.BOT
    opened_at: float
    last_at: float
    idle_at: float | None = None

    def with_new_session(self) -> Conversation:
        """The same conversation with the next session: a closed one takes no further messages."""
        generation = self.generation + 1
        return replace(self, generation=generation, session_id=session_name(self.id, generation), idle_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One message, to be answered. `withheld`: the answer goes to the agents, not to the employee.

    `handoff_id`: an agent asked it below that handoff's card. Then `employee` is the agent, and the employee of the
    conversation hears nothing of it.
    """

    id: str
    conversation_id: str
    channel: str
    thread: str
    message: str
    employee: str
    text: str
    state: QuestionState = QuestionState.WAITING
    revision: int = 1
    withheld: bool = False
    unresolved: bool = False
    slow_told: bool = False
    handoff_id: str | None = None
    asked_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the assistant returned for a question. `posted` is the message with the buttons, once it is there.

    `sent_by` is the agent who sent it to the employee, where it was a draft.
    """

    id: str
    question_id: str
    conversation_id: str
    session_id: str
    request_id: str
    text: str
    confidence_level: str | None
    confidence_score: float | None
    posted: str | None = None
    sent_by: str | None = None
    answered_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's current opinion of an answer. `changes` counts how often it was given or changed.

    `made` is the surface's time of the last press that gave it, None where it was given before that was kept.
    """

    id: str
    answer_id: str
    person: str
    role: Role
    rating: Rating
    changes: int = 1
    reason: str | None = None
    receipt: str | None = None
    given_at: float
    made: str | None = None


class _Ids:
    """Numbers that nobody guesses and that rise within a process, however quickly they are drawn."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        drawn = (time.time_ns() // 1_000_000) << 40 | secrets.randbits(40)
        with self._lock:
            # Also within a millisecond, and after the clock was set back.
            self._last = max(drawn, self._last + 1 + secrets.randbits(16))
            return self._last


_ids = _Ids()


def new_id(prefix: str) -> str:
    """An opaque id that sorts by time: indexes grow at their end, and what is written together reads in its order."""
    return f"{prefix}_{_ids.next():021x}"


def session_name(conversation_id: str, generation: int) -> str:
    """The assistant's session id: opaque, one per conversation and generation, nothing personal in it."""
    return f"desk-{conversation_id.removeprefix('con_')}-{generation}"
