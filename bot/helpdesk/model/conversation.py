"""Conversations, questions, answers, verdicts and moved threads.

Addresses come from the chat surface and are opaque here: `channel` is where people talk, `thread` the root of a thread
in it, `message` one message. They are compared for equality only; what needs an order has a time. Times are Unix
seconds; `sent_at` is by the surface's clock, the others are by ours.
"""

from __future__ import annotations

import enum
import os
import struct
import threading
import time
from dataclasses import dataclass, replace

from bot.helpdesk.model.chat import Address, ThreadAddress


class Owner(enum.StrEnum):
    """The party that talks to the employee now."""

    BOT = "bot"
    WAITING = "waiting"
    HUMAN = "human"


class QuestionState(enum.StrEnum):
    """The states of a question. All but WAITING are final.

    NOT_ASKED: thanks and the like, which were answered without the assistant. KEPT: a rule keeps it from the assistant,
    so that people alone answer it.
    """

    WAITING = "waiting"
    ANSWERED = "answered"
    STOPPED = "stopped"
    NOT_ASKED = "not_asked"
    KEPT = "kept"
    FAILED = "failed"


class NoAnswer(enum.Enum):
    """The reasons why a question gets no answer.

    REFUSED: the assistant refuses this question. FAILED: it has tried several times. NOT_SET_UP: it refuses all
    questions. UNREACHABLE: all retries failed. SECRET: the policy keeps a question with a secret from the assistant.
    """

    REFUSED = enum.auto()
    FAILED = enum.auto()
    NOT_SET_UP = enum.auto()
    UNREACHABLE = enum.auto()
    SECRET = enum.auto()


class Rating(enum.StrEnum):
    """The two values a verdict can have, spelled as Uppzy's feedback endpoint wants them."""

    GOOD = "good"
    BAD = "bad"


class Role(enum.StrEnum):
    """The role in which a person acts on a conversation."""

    EMPLOYEE = "employee"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source that the assistant gives for an answer. `url` is an address of the web, where it has one."""

    title: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The assistant's answer to one question. A level or score of None was not given."""

    session_id: str
    request_id: str
    answer: str
    confidence_level: str | None = None
    confidence_score: float | None = None
    sources: tuple[Source, ...] = ()


class Unanswered(enum.Enum):
    """The assistant's status of a question that it has accepted and not answered yet."""

    PENDING = "pending"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The assistant's response to a verdict. `first` is False where it already had one for that answer."""

    first: bool
    submitted_at: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The questions, answers and human messages of one employee in one thread.

    `root_sent_at` is when the root of the thread was sent; None if the bot did not receive it as a message. `idle_at`
    is when to check whether it is idle; None while its session has not been used. `kept_by` has the names of the rules
    that keep it from the assistant. `hidden`: whatever is asked in it is hidden, as described at `Question`.
    """

    id: str
    workspace: str
    surface: str
    channel: str
    thread: str
    employee: str
    session_id: str
    generation: int = 1
    owner: Owner = Owner.BOT
    root_sent_at: float | None = None
    opened_at: float
    last_at: float
    idle_at: float | None = None
    kept_by: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def address(self) -> ThreadAddress:
        """The thread in which it began, or in which it continues now."""
        return ThreadAddress(surface=self.surface, channel=self.channel, thread=self.thread)

    def with_new_session(self) -> Conversation:
        """Returns the conversation with its next session: a closed session accepts no further messages."""
        generation = self.generation + 1
        return replace(self, generation=generation, session_id=session_name(self.id, generation), idle_at=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A message to be answered. `withheld`: the answer goes to the agents, not to the employee. `hidden`: the question
    and its answer are shown neither in a handoff channel nor on a ticket or a contact; *Reveal* opens the question.

    `handoff_id`: an agent asked it below that handoff's card. Then `employee` is the agent, and the employee of the
    conversation sees nothing of it.

    `decisions` are those of the policy on it, in the form of `bot.helpdesk.escalation.stages`; empty if there are none.
    """

    id: str
    conversation_id: str
    surface: str
    channel: str
    thread: str
    message: str
    employee: str
    text: str
    state: QuestionState = QuestionState.WAITING
    revision: int = 1
    withheld: bool = False
    hidden: bool = False
    unresolved: bool = False
    slow_told: bool = False
    handoff_id: str | None = None
    decisions: str = ""
    sent_at: float
    asked_at: float

    @property
    def address(self) -> Address:
        """The message that asks it."""
        return Address(surface=self.surface, channel=self.channel, thread=self.thread, message=self.message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The assistant's answer to a question. `posted` is the message with the buttons, once it is there.

    `sent_by` is the agent who sent it to the employee, where it was a draft; `sent_edited`: in other words than these.
    `wordless`: the assistant's had no words, and `text` says so.
    """

    id: str
    question_id: str
    conversation_id: str
    session_id: str
    request_id: str
    text: str
    confidence_level: str | None
    confidence_score: float | None
    sources: tuple[Source, ...] = ()
    posted: str | None = None
    sent_by: str | None = None
    sent_edited: bool = False
    wordless: bool = False
    answered_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A person's current opinion of an answer. `changes` counts how often it was changed.

    `pressed_at` is when the latest press was made, by the surface's clock.
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
    pressed_at: float


# Ids for which random bits are read at once.
_BLOCK = 1024


class _Ids:
    """Unguessable numbers that rise within a process, however quickly they are drawn.

    Random bits are read from the system in blocks, instead of with a system call or two for each number. A forked child
    reads its own.
    """

    def __init__(self) -> None:
        self._last = 0
        self._reset()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._reset)

    def _reset(self) -> None:
        # Another thread may have held the lock when the process was forked.
        self._lock = threading.Lock()
        self._random: list[int] = []

    def next(self) -> int:
        with self._lock:
            if not self._random:
                self._random = list(struct.unpack(f"={_BLOCK}Q", os.urandom(8 * _BLOCK)))
            bits = self._random.pop()
            drawn = (time.time_ns() // 1_000_000) << 40 | bits >> 24
            # Also within a millisecond, and after the clock was set back.
            self._last = max(drawn, self._last + 1 + (bits & 0xFFFF))
            return self._last


_ids = _Ids()


def new_id(prefix: str) -> str:
    """Returns an opaque id that sorts by time: indexes grow at their end, and rows read in the order of writing."""
    return f"{prefix}_{_ids.next():021x}"


def session_name(conversation_id: str, generation: int) -> str:
    """Returns the assistant's session id: opaque, one per conversation and generation, nothing personal in it."""
    return f"desk-{conversation_id.removeprefix('con_')}-{generation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedThread:
    """A thread whose first message was deleted. It continues in `moved_to`, None until that is posted.

    `owner` is the id of the handoff or the conversation to which the thread belonged, empty if neither is known.
    """

    id: str
    owner: str
    surface: str
    channel: str
    thread: str
    moved_to: str | None = None
    moved_at: float

    @classmethod
    def of(cls, gone: ThreadAddress, owner: str, now: float) -> MovedThread:
        """Returns a new record of a thread that is gone."""
        return cls(
            id=new_id("mov"),
            owner=owner,
            surface=gone.surface,
            channel=gone.channel,
            thread=gone.thread,
            moved_at=now,
        )
