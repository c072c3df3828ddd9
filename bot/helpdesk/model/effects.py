"""The outside effects the desk decides on: one class per kind, its content frozen when it is decided.

An effect is a row with a key and a state; what it does is its body, one of the classes below. `delivery` performs them.
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

    `person` is shown where the text says `{person}`, and the `words` of an agent where it says `{words}`, in a line of
    its own. `offer` is the conversation for which a person can be asked, `asks` the handoff of which the employee can
    say whether it is solved, `withdraws` the one for which they can say that they need no person, and `reopens` the
    message of theirs for which they can have it opened again. It is said only while the question `while_waiting` has
    no answer.
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
    """Begin a new thread in an employee's DM, and say why: the message that the thread `gone` began with is deleted."""

    conversation_id: str
    channel: str
    gone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkTold:
    """Show on a notice that nothing is to be pressed there any more: it now says what `told` does.

    It stands in `message` or, where that may not be posted yet, wherever the effect `notice` has posted it by then.
    """

    message: str
    told: Tell
    notice: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayToEmployee:
    """Carry somebody's words to the employee. `author` is the agent's id on the surface.

    Who wrote in the ticket system has no such id, only a `name` to show.
    """

    channel: str
    thread: str
    author: str
    text: str
    relay_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRelay:
    """Send an agent's message on its way, once the time in which it can be taken back unseen is over."""

    relay_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRelay:
    """Bring the employee's copy of an agent's message up to date. `copy` is the effect that posted it."""

    relay_id: str
    revision: int
    copy: str
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateThreadPost:
    """Show in a handoff's thread that the employee has changed a message, or deleted it (`text` is None)."""

    relay_id: str
    revision: int
    copy: str
    author: str
    text: SafeText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractRelay:
    """Take a copy back from the employee. `copy` is the effect that posted it, or was about to."""

    copy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowReceipt:
    """Show on an agent's message whether the employee has it, `instead_of` what was shown before."""

    channel: str
    message: str
    sign: DeliverySign
    instead_of: DeliverySign | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFile:
    """Copy a file's content, for nobody to see yet. `sending` and `number` say which of the relay's files it is."""

    relay_id: str
    sending: int
    number: int
    file: SharedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFile:
    """Show the copy of a file on the other side. `copy` is its id there.

    `channel` and `thread` are None where it goes to the handoff's thread, which is looked up when it is needed.
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
    """Take the copy of a file back."""

    copy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateNote:
    """Say something that only one person sees. `about` is shown where the text says `{person}`.

    `relay_id` is the message that this person may have sent after all, or keep among the agents. `claims`: sending it
    claims its handoff.
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
    """Take away a question that only one person sees, now that it is answered. `address`: where that can be asked."""

    address: str


class Form(enum.StrEnum):
    """What can be opened for the one who pressed: to be filled in, or (`ORIGINAL`) to be read."""

    REASON = "reason"
    RESOLUTION = "resolution"
    ORIGINAL = "original"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """Open a form for the one who pressed; the surface allows it only until `expires_at`.

    `subject` comes back with what is filled in. `words_required`: it is not taken without any. That it came too late is
    said in `thread`, or outside of threads.
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
"""Characters of a question, or of an answer, that a card shows. What is longer stands whole in the card's thread."""


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
class ShowSearchReport:
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
    ANSWER = "answer"
    RELAY = "relay"
    EVENT = "event"


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftFoot:
    """What stands below a draft: whose it is, how sure the assistant was, what people say of it, who has sent it."""

    answer_id: str
    confidence: str
    verdicts: tuple[str, ...] = ()
    sent_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostToThread:
    """Put something before the agents: a draft, an answer the employee has, the employee's words, or what happened.

    `author` wrote it or, of a draft, asked for it. The last part of a draft has a `foot`. `person` is shown where the
    text says `{person}`, and called by it; somebody's `words` are shown where it says `{words}`. `on_call` is a group
    of people, by the policy's id of it, who are called to look. `offers` is what can be done about it with a button,
    should it still be allowed then.
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
    """Show on a posted draft what people made of it."""

    message: str
    draft: PostToThread


@dataclass(frozen=True, slots=True, kw_only=True)
class SendDraft:
    """Give the employee one part of a draft, under the name of the agent who sent it."""

    channel: str
    thread: str
    author: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """What an alarm's message shows. `over_at` is when the trouble was gone."""

    text: SafeText
    count: int
    since: float
    over_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Tell the handoff channel what people must mend."""

    alarm_id: str
    channel: str
    view: AlarmView


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshAlarm:
    """Bring an alarm's message up to date, or take it back."""

    alarm_id: str
    view: AlarmView
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTicket:
    """Create the ticket that belongs to a handoff. `complete`: who asks and where the card is stand in the draft.

    `files` are the ids of those that the draft names.
    """

    handoff_id: str
    draft: TicketDraft
    complete: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendTicket:
    """Bring the identifiers on a ticket up to date. `note` None: what became known is where the card is."""

    handoff_id: str
    metadata: TicketMetadata
    note: SafeText | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTicketStatus:
    """Move a ticket as its handoff moved."""

    handoff_id: str
    status: TicketStatus
    note: SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTicket:
    """See what happened to a ticket in the ticket system, which says that something did."""

    handoff_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchTicket:
    """See from time to time whether something happened to a ticket, until it has: then a new watch is set.

    `number` tells a handoff's watches apart. Only the latest counts.
    """

    handoff_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyNote:
    """Put a note of an agent onto the ticket, where only those who work there read it. `changed`: not the first."""

    handoff_id: str
    author: str
    text: SafeText
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteContactNote:
    """Note on the employee's contact how a conversation went."""

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
    """Where a message goes. `message` is set where an existing one is changed.

    `gone` are threads that are not there any more, in which an earlier attempt may have posted it. `closed`: so is
    `thread`, and what is not there yet is not to be posted there.
    """

    channel: str
    thread: str | None
    message: str | None = None
    gone: tuple[str, ...] = ()
    closed: bool = False
