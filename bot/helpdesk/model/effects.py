"""Effects: what the desk does in outside systems. One class per type; the content is frozen when it is decided.

An effect is a row with a key, a state and a body, which is one of the classes below. The outbox sends them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import get_args

from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.file import SharedFile
from bot.helpdesk.model.handoff import HandoffState, TicketDraft, TicketMetadata, TicketStatus, Transition
from bot.helpdesk.model.relay import DeliverySign
from bot.helpdesk.redaction import SafeText


class EffectState(enum.StrEnum):
    """The state of an effect. One that is SENDING is looked up in the outside system before it is sent again."""

    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask the assistant a question and wait for its answer. `revision` counts the edits of the question."""

    question_id: str
    revision: int
    session_id: str
    text: str
    employee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Submit:
    """Submit a question to the assistant, which answers later. `tries` counts submissions, including this one."""

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
    """Send the verdict on an answer to the assistant."""

    verdict_id: str
    session_id: str
    request_id: str
    rating: Rating


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession:
    """Close a session of the assistant."""

    session_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerView:
    """The content of one message of an answer. The last part has the buttons."""

    answer_id: str
    text: str
    part: int
    parts: int
    line: str | None = None
    ask_why: bool = False

    @property
    def last(self) -> bool:
        """Returns whether this part ends the answer."""
        return self.part == self.parts


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAnswer:
    """Post one part of an answer in the question's thread."""

    channel: str
    thread: str
    view: AnswerView


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkAnswer:
    """Show the verdict on a posted answer."""

    channel: str
    message: str
    view: AnswerView


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Post a notice of the bot in the employee's thread.

    `person` replaces `{person}` in the text, and an agent's `words` replace `{words}`, on a line of their own.

    Buttons: `offer` is the conversation for which the employee can request a person; `asks` the handoff of which they
    can say whether it is solved; `withdraws` the handoff that they can withdraw; `reopens` their message for which they
    can reopen the handoff. The notice is posted only while the question `while_waiting` has no answer.
    """

    channel: str
    thread: str
    text: str
    person: str | None = None
    words: str | None = None
    offer: str | None = None
    asks: str | None = None
    withdraws: str | None = None
    reopens: str | None = None
    while_waiting: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinueTalk:
    """Start a new thread with an employee, because the first message of the thread `gone` was deleted."""

    conversation_id: str
    channel: str
    gone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTold:
    """Replace a notice by `told`, without the buttons that no longer apply.

    The notice is `message` or, if it may not be posted yet, the message that the effect `notice` posts.
    """

    message: str
    told: Tell
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayToEmployee:
    """Relay words to the employee. `author` is the agent's id on the chat surface.

    The author of a ticket comment has no such id, only a `name` to show.
    """

    channel: str
    thread: str
    author: str
    text: str
    relay_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRelay:
    """Release an agent's message to the employee, once the time in which it can be retracted unseen is over."""

    relay_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRelay:
    """Update the employee's copy of an agent's message. `copy` is the effect that posted it."""

    relay_id: str
    revision: int
    copy: str
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateThreadPost:
    """Show in a handoff's thread that the employee changed a message, or deleted it (`text` is None)."""

    relay_id: str
    revision: int
    copy: str
    author: str
    text: SafeText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractRelay:
    """Delete the employee's copy of a message. `copy` is the effect that posted it, or was about to."""

    copy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReceipt:
    """React to an agent's message with its delivery state, replacing the reaction `instead_of`."""

    channel: str
    message: str
    sign: DeliverySign
    instead_of: DeliverySign | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFile:
    """Copy a file's content, visible to no one yet. `sending` and `number` identify it among the relay's files."""

    relay_id: str
    sending: int
    number: int
    file: SharedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFile:
    """Share the copy of a file with the id `copy`.

    `channel` and `thread` are those of the employee; None if it goes to the handoff's thread.
    """

    relay_id: str
    sending: int
    number: int
    handoff_id: str
    channel: str | None
    thread: str | None
    author: str
    copy: str
    file: SharedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFile:
    """Delete the copy of a file."""

    copy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateNote:
    """Send a note that only one person sees. `about` replaces `{person}` in the text.

    `relay_id` is a message that this person can relay to the employee or keep internal, with buttons. `claims`:
    relaying it claims its handoff.
    """

    channel: str
    thread: str | None
    person: str
    text: str
    about: str | None = None
    relay_id: str | None = None
    claims: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissPrompt:
    """Delete a private note whose question was answered, through its response address."""

    address: str


class Form(enum.StrEnum):
    """The forms. `ORIGINAL` shows the words of a question as they were before redaction; it has nothing to fill in."""

    REASON = "reason"
    RESOLUTION = "resolution"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """Open a form for the person who pressed. The surface allows it only until `expires_at`.

    `subject` is returned with the submission. `words_required`: the text field must not be empty. If it is too late, a
    private note in `thread`, or outside of threads, says so.
    """

    form: Form
    trigger: str
    subject: str
    channel: str
    thread: str | None
    person: str
    expires_at: float
    words_required: bool = False


LONGEST_ON_CARD = 2_500
"""Characters of a question or an answer on a card. A longer text is posted in full in the card's thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The content of a handoff's card."""

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
    answer_by: float | None = None
    late: bool = False
    revision: int
    outcome: str | None = None
    resolution: SafeText | None = None
    solved: bool | None = None
    revealable: bool = False
    revealed_by: str | None = None
    revealed_at: float | None = None
    joined: tuple[str, ...] = ()
    ticket_given_up: bool = False
    answer_awaited: bool = True
    ticket_status: SafeText | None = None
    withdrawn: bool = False
    replaces_deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThread:
    """Post a handoff's card, the root of its thread."""

    handoff_id: str
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshCard:
    """Update a handoff's card to what is stored at the time of the update. At most one waits for a card.

    `revision` is the handoff's when the effect was decided, which distinguishes it from earlier ones.
    """

    handoff_id: str
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSearchReport:
    """Show what belongs to each of `ids` at the time it is shown: in the thread, or to `person` alone.

    `message` is the message with the request, or the one that the request is about. `private`: the ids are those of
    that message and its thread, and only the first one that is known is shown.
    """

    channel: str
    thread: str
    message: str
    person: str
    ids: tuple[str, ...]
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowHome:
    """Show a person their Home tab, read at that time. `rule` and `priority` filter an agent's queue."""

    person: str
    rule: str
    priority: str
    expires_at: float


class ThreadPost(enum.StrEnum):
    """The kinds of messages in a handoff's thread."""

    DRAFT = "draft"
    ANSWER = "answer"
    RELAY = "relay"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFoot:
    """The lines below a draft: its answer, the assistant's confidence, the verdicts, and who sent it."""

    answer_id: str
    confidence: str
    verdicts: tuple[str, ...] = ()
    sent_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostToThread:
    """Post in a handoff's thread: a draft, an answer that the employee has, the employee's words, or an event.

    `author` wrote it or, for a draft, asked for it. The last part of a draft has a `foot`. `person` replaces
    `{person}` in the text and is notified; `words` replace `{words}`. `on_call` is the policy's id of a group that is
    notified. `offers` is the transition that a button offers, if it is still allowed when pressed.
    """

    handoff_id: str
    kind: ThreadPost
    text: SafeText
    author: str | None = None
    person: str | None = None
    words: SafeText | None = None
    on_call: str | None = None
    foot: DraftFoot | None = None
    offers: Transition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkDraft:
    """Show on a posted draft who rated it and who sent it."""

    message: str
    draft: PostToThread


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDraft:
    """Post one part of a draft in the employee's thread, under the name of the agent who sent it."""

    channel: str
    thread: str
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """The content of an alarm's message. `over_at` is when its cause was gone."""

    text: SafeText
    count: int
    since: float
    over_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Post an alarm in the handoff channel, with what people must fix."""

    alarm_id: str
    channel: str
    view: AlarmView


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshAlarm:
    """Update an alarm's message, or mark it as over."""

    alarm_id: str
    view: AlarmView
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTicket:
    """Create the ticket of a handoff. `complete`: the draft names the requester and the address of the card.

    `files` are the ids of the files that the draft names.
    """

    handoff_id: str
    draft: TicketDraft
    complete: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendTicket:
    """Update the identifiers on a ticket. `note` None: the news is the address of the card."""

    handoff_id: str
    metadata: TicketMetadata
    note: SafeText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTicketStatus:
    """Set a ticket's status after a transition of its handoff."""

    handoff_id: str
    status: TicketStatus
    note: SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTicket:
    """Read a ticket after a webhook said that it changed."""

    handoff_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTicket:
    """Poll a ticket until it changes. Then a new watch is decided.

    `number` counts the watches of a handoff; only the latest one polls.
    """

    handoff_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyNote:
    """Copy an agent's note to the ticket as an internal note. `changed`: the agent edited it."""

    handoff_id: str
    author: str
    text: SafeText
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteContactNote:
    """Write a note about a conversation on the employee's contact."""

    employee: str
    text: SafeText


Body = (
    Ask
    | Submit
    | Collect
    | SendVerdict
    | CloseSession
    | PostAnswer
    | MarkAnswer
    | Tell
    | ContinueTalk
    | MarkTold
    | RelayToEmployee
    | ReleaseRelay
    | UpdateRelay
    | UpdateThreadPost
    | RetractRelay
    | ShowReceipt
    | UploadFile
    | ShareFile
    | DeleteFile
    | PrivateNote
    | DismissPrompt
    | OpenForm
    | OpenThread
    | RefreshCard
    | PostToThread
    | MarkDraft
    | SendDraft
    | Alarm
    | RefreshAlarm
    | CreateTicket
    | AmendTicket
    | SetTicketStatus
    | ReadTicket
    | WatchTicket
    | CopyNote
    | WriteContactNote
    | ShowSearchReport
    | ShowHome
)

BODIES: dict[str, type[Body]] = {kind.__name__: kind for kind in get_args(Body)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect. `key` is its identity: deciding the same effect twice decides it once.

    `lane` orders it among other jobs, `subject` is the id of the row it belongs to, and `trace` the id of the event
    from which it follows.
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
    """A resolved target. `thread` None: outside of threads. `message` is set if an existing message is changed.

    `gone` are threads that no longer exist, in which an earlier attempt may have posted it. `closed`: `thread` is gone
    too, so it is searched but nothing is posted there.
    """

    channel: str
    thread: str | None
    message: str | None = None
    gone: tuple[str, ...] = ()
    closed: bool = False
