"""What can come in, in the desk's words: from a chat surface, from a ticket system, and when a time has come."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import get_args

from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.file import SharedFile
from bot.helpdesk.model.handoff import Outcome, Transition


class Button(enum.StrEnum):
    """A button that is neither a transition of a handoff nor a verdict."""

    PERSON = "person"
    WHY = "why"
    SOLVED = "solved"
    NOT_SOLVED = "not_solved"
    REOPEN_MINE = "reopen_mine"
    ALL_GOOD = "all_good"
    SEND_DRAFT = "send_draft"
    REVEAL = "reveal"
    CLAIM_AND_SEND = "claim_and_send"
    SEND = "send"
    KEEP_INTERNAL = "keep_internal"
    RETRY_TICKET = "retry_ticket"


Control = Button | Transition | Rating
"""Everything that can be pressed. A rating is about the answer; who presses decides whose verdict it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageReceived:
    """Somebody wrote. `direct`: to the bot alone; otherwise in a thread of a channel the bot is in.

    `wordless`: nothing in `text` could be read as a question (emoji alone, say), though a person may understand it.
    `after_resolution`: it was written below a handoff that was over, and stays there though that may be open by now.
    `unverified`: the author may be a bot, which only the directory can tell.
    """

    workspace: str
    channel: str
    thread: str
    message: str
    author: str
    text: str
    attached: tuple[SharedFile, ...] = ()
    wordless: bool = False
    direct: bool
    external: bool = False
    after_resolution: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageEdited:
    """Somebody changed a message of theirs; `text` is what it says now, `attached` are the files it lists now.

    `only_files`: the words are as they were. `was_wordless`: before, nothing in it could be read as a question.
    `unverified`: as for a message.
    """

    workspace: str
    channel: str
    thread: str
    message: str
    author: str
    text: str
    attached: tuple[SharedFile, ...] = ()
    direct: bool
    external: bool = False
    only_files: bool = False
    was_wordless: bool = False
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDeleted:
    """A file is gone wherever it was shown. `file` is its id on the surface."""

    workspace: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDeleted:
    """Somebody took a message of theirs back. `thread` is empty where it is not known.

    `ours`: it was a message of our own, which somebody else has deleted.
    """

    workspace: str
    channel: str
    thread: str = ""
    message: str
    direct: bool
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Somebody pressed a button. `subject` is the opaque id it carries; `trigger` allows one form for a short time.

    `made` is when, by the surface's clock, as a text that sorts: of two presses it says which came first, however late
    one of them arrives. `chosen` is the person picked where the press was a choice of one. `private`: nobody else sees
    what they pressed on, and this is where it can be asked to be taken away, for a short time.
    """

    workspace: str
    channel: str
    thread: str
    message: str
    person: str
    button: Control
    subject: str
    trigger: str
    at: float
    direct: bool
    external: bool = False
    made: str = ""
    chosen: str | None = None
    private: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonGiven:
    """The form that asks what was wrong with an answer was sent. `subject` is the answer's id."""

    workspace: str
    person: str
    subject: str
    text: str
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolutionGiven:
    """The form that asks how a handoff ended was sent. `subject` is the handoff's id; the words may be none."""

    workspace: str
    person: str
    subject: str
    text: str
    outcome: Outcome
    as_reference: bool
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPressed:
    """The employee pressed the surface's own Stop sign while the assistant was working."""

    workspace: str
    channel: str
    thread: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRequested:
    """Somebody wants to know what belongs to an id.

    `public`: they mentioned us, and the ids stand in `text`. Otherwise they ask for themselves, and about `message`.
    `unverified`: as for a message.
    """

    workspace: str
    channel: str
    thread: str
    message: str
    person: str
    text: str = ""
    public: bool
    unverified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeOpened:
    """Somebody opened our home, or narrowed what it shows to a rule or a priority; an empty one is all."""

    workspace: str
    person: str
    rule: str = ""
    priority: str = ""


class Timer(enum.StrEnum):
    """What the desk looks at again when a time has come."""

    IDLE = "idle"
    REPLY_SOON = "reply_soon"
    REPLY_DUE = "reply_due"
    ON_CALL = "on_call"
    QUESTIONS = "questions"
    ALARM_FADES = "alarm_fades"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired:
    """The time `at` that was set has come. `subject` is the id of what is to be looked at.

    Nobody cancels one: whether there is anything left to do is decided from the state it finds. `target` is the target
    of the handoff when the timer was set, which tells whether it belongs to the target in force; None where it was set
    before that was kept, or concerns no target.
    """

    timer: Timer
    subject: str
    at: float
    target: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanged:
    """The ticket system says that something happened to a ticket. What it was is read there, and nowhere else."""

    system: str
    ticket: str


FromPeople = (
    MessageReceived
    | MessageEdited
    | MessageDeleted
    | FileDeleted
    | Pressed
    | ReasonGiven
    | ResolutionGiven
    | StopPressed
    | LookupRequested
    | HomeOpened
)
Input = FromPeople | TimerFired | TicketChanged

KINDS: dict[str, type[Input]] = {kind.__name__: kind for kind in get_args(Input)}


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxEntry:
    """An input on its way into the store.

    `key` is the input's identity; `gesture`, where the surface gives one, is that of the person's single act, which may
    arrive under two keys. `lane` orders inputs of one place.
    """

    key: str
    gesture: str | None = None
    lane: str
    given: Input
