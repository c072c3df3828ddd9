"""The outside effects the desk decides on: one class per kind, its content frozen when it is decided.

An effect is a row with a key and a state; what it does is its body, one of the classes below. `delivery` performs them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import get_args

from bot.helpdesk.conversation import Rating
from bot.helpdesk.handoff import HandoffState, TicketDraft, TicketMetadata, TicketStatus
from bot.helpdesk.redaction import SafeText


class EffectState(enum.StrEnum):
    """Where an effect stands. A job that finds SENDING looks in the outside system before it does anything."""

    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Put a question to the assistant. `revision` tells an edited question from what it said before."""

    question_id: str
    revision: int
    session_id: str
    text: str
    employee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Leave a question with the assistant, which answers later. `tries` counts those, this one included."""

    question_id: str
    revision: int
    session_id: str
    text: str
    employee: str
    tries: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Fetch the answer to a submitted question, under the id the assistant gave it."""

    question_id: str
    revision: int
    session_id: str
    request_id: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SendVerdict:
    """Tell the assistant how an answer was rated."""

    verdict_id: str
    session_id: str
    request_id: str
    rating: Rating


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession:
    """Tell the assistant that a session is over."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """What an answer's message shows. The last of its parts carries the buttons."""

    answer_id: str
    text: str
    part: int
    parts: int
    line: str | None = None
    ask_why: bool = False

    @property
    def last(self) -> bool:
        """Whether this part ends the answer."""
        return self.part == self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAnswer:
    """Post one part of an answer in the question's thread."""

    channel: str
    thread: str
    view: AnswerView


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAnswer:
    """Show on a posted answer that its verdict was taken."""

    channel: str
    message: str
    view: AnswerView


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Say something to the employee in the bot's own words.

    `person` is shown where the text says `{person}`. `offer` is the conversation for which a person can be asked.
    """

    channel: str
    thread: str
    text: str
    person: str | None = None
    offer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayToEmployee:
    """Carry an agent's words to the employee. `author` is the agent's id on the surface."""

    channel: str
    thread: str
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Whisper:
    """Say something that only one person sees. `about` is shown where the text says `{person}`."""

    channel: str
    thread: str | None
    person: str
    text: str
    about: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenReasonForm:
    """Open the form that asks what was wrong; the surface allows it only until `expires_at`."""

    trigger: str
    answer_id: str
    channel: str
    thread: str
    person: str
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything a handoff's card shows."""

    handoff_id: str
    name: str
    state: HandoffState
    priority: str
    employee: str
    question: SafeText
    answer: SafeText | None
    answer_id: str | None
    shown_to_employee: bool
    confidence: str | None
    reasons: tuple[str, ...]
    fingerprint: str
    session_id: str
    request_id: str | None
    ticket_number: str | None
    ticket_url: str | None
    ticket_trouble: str | None
    ticket_expected: bool
    claimed_by: str | None
    resolved_by: str | None
    handed_back: bool
    verdicts: tuple[str, ...]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThread:
    """Post a handoff's card, which is the root of its thread."""

    handoff_id: str
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshCard:
    """Bring a handoff's card up to date: it shows what is stored when it is changed. At most one waits for a card.

    `revision` is the handoff's when it was decided, and tells it from those before.
    """

    handoff_id: str
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowTrail:
    """Say what belongs to each of `ids`, as things are when it is said: in the thread, or to `person` alone.

    `message` is where they asked, or what they asked about. `private`: the ids are those of that message and its
    thread, and the first that leads anywhere counts.
    """

    channel: str
    thread: str
    message: str
    person: str
    ids: tuple[str, ...]
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowHome:
    """Show somebody their home, as things are when it is shown. `rule` and `priority` narrow an agent's queue."""

    person: str
    rule: str
    priority: str
    expires_at: float


class ThreadPost(enum.StrEnum):
    """What a message in the handoff thread is."""

    DRAFT = "draft"
    RELAY = "relay"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostToThread:
    """Put something before the agents: a draft answer, the employee's words, or what happened."""

    handoff_id: str
    kind: ThreadPost
    text: SafeText
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Tell the handoff channel what people must mend."""

    channel: str
    text: SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTicket:
    """Create the ticket that belongs to a handoff."""

    handoff_id: str
    draft: TicketDraft


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendTicket:
    """Bring the identifiers on a ticket up to date."""

    handoff_id: str
    metadata: TicketMetadata
    note: SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTicketStatus:
    """Move a ticket as its handoff moved."""

    handoff_id: str
    status: TicketStatus
    note: SafeText


Body = (
    Ask
    | Submit
    | Collect
    | SendVerdict
    | CloseSession
    | PostAnswer
    | MarkAnswer
    | Tell
    | RelayToEmployee
    | Whisper
    | OpenReasonForm
    | OpenThread
    | RefreshCard
    | PostToThread
    | Alarm
    | CreateTicket
    | AmendTicket
    | SetTicketStatus
    | ShowTrail
    | ShowHome
)

BODIES: dict[str, type[Body]] = {kind.__name__: kind for kind in get_args(Body)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One outside effect. `key` is its identity: deciding the same one twice decides it once.

    `trace` is the id of the input it followed from, None where it was decided before traces were kept.
    """

    id: str
    key: str
    lane: str
    subject: str
    body: Body
    state: EffectState = EffectState.PENDING
    attempts: int = 0
    outcome: str | None = None
    error: str | None = None
    decided_at: float
    first_tried_at: float | None = None
    settled_at: float | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a message goes. `message` is set where an existing one is changed."""

    channel: str
    thread: str | None
    message: str | None = None
