"""Effects: what the desk does in outside systems. One class per type; the content is frozen when it is decided.

An effect is a row with a key, a state and a body, which is one of the classes below. The outbox sends them.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar, get_args, get_origin

from bot.helpdesk.model.chat import ENGLISH, Address, Identifier, SharedFile
from bot.helpdesk.model.content import Content, PersonalNotice, Updatable
from bot.helpdesk.model.conversation import Rating
from bot.helpdesk.model.handoff import TicketDraft, TicketMetadata, TicketStatus
from bot.helpdesk.model.home import Filter
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.helpdesk.model.review import ReviewCharts
from bot.helpdesk.model.target import EmployeeThread, FixedTarget, HandoffThread, SentMessage, Target
from bot.helpdesk.redaction import SafeText

C_co = TypeVar("C_co", bound=Content, covariant=True)
U_co = TypeVar("U_co", bound=Updatable, covariant=True)


class EffectState(enum.StrEnum):
    """The state of an effect. One that is SENDING is looked up in the outside system before it is sent again."""

    PENDING = "pending"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostMessage(Generic[C_co]):
    """Post a message."""

    content: C_co
    to: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateMessage(Generic[U_co]):
    """Replace the content of a posted message."""

    content: U_co
    to: Target


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractMessage:
    """Delete a message that was posted, or was about to be."""

    to: SentMessage | FixedTarget


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
class ShowReceipt:
    """React to an agent's message with its delivery state, replacing the reaction `instead_of`.

    `receipt` None: the message has none any more.
    """

    to: FixedTarget
    receipt: DeliveryReceipt | None
    instead_of: DeliveryReceipt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadFile:
    """Copy a file's content, visible to no one yet. `sending` and `number` identify it among the relay's files.

    `surface` keeps the file, and the copy.
    """

    surface: str
    relay_id: str
    sending: int
    number: int
    file: SharedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareFile:
    """Share the copy of a file with the id `copy`."""

    relay_id: str
    sending: int
    number: int
    to: EmployeeThread | HandoffThread
    author: str
    copy: str
    file: SharedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteFile:
    """Delete the copy of a file."""

    surface: str
    copy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateNote:
    """Send a note that only `person` sees: in the channel or, if they are not in it, in their direct messages."""

    content: PersonalNotice
    to: FixedTarget
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissPrompt:
    """Delete a private note whose question was answered. `prompt` is where the surface allows that for a short time."""

    surface: str
    prompt: str


class Form(enum.StrEnum):
    """The forms. `ASSIGNEE` lists members of the channel, `DRAFT` begins with the text of a draft, `SEARCH` is opened
    on the home. Three have nothing to fill in:

    `ORIGINAL` shows the words of a question as they were before redaction, `WHOLE_CARD` and `WHOLE_ARTICLE` what a
    card cuts short. `ARTICLE` begins with the words of an article.
    """

    REASON = "reason"
    RESOLUTION = "resolution"
    ORIGINAL = "original"
    WHOLE_CARD = "whole_card"
    ASSIGNEE = "assignee"
    DRAFT = "draft"
    SEARCH = "search"
    ARTICLE = "article"
    WHOLE_ARTICLE = "whole_article"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """Open a form for the person who pressed. The surface allows it only until `expires_at`.

    `subject` is returned with the submission; `to` has the message with the button. `words_required`: the text field
    must not be empty. If it is too late, a private note to `person` in `to` says so. `filter` is that of the home on
    which it is opened; `to` is then the direct messages of the person, whose id stands in place of the channel.
    """

    form: Form
    trigger: str
    subject: str
    to: FixedTarget
    person: str
    expires_at: float
    words_required: bool = False
    language: str = ENGLISH
    filter: Filter | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshCard:
    """Update a handoff's card to what is stored at the time of the update. At most one waits for a card.

    `revision` is the handoff's when the effect was decided, which distinguishes it from earlier ones.
    """

    handoff_id: str
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshArticle:
    """Update the card of an article to what is stored at the time of the update. At most one waits for a card.

    `revision` is the article's when the effect was decided.
    """

    article_id: str
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMarkedMessage:
    """Read the message that a person marked, to draft an article from it."""

    to: FixedTarget
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDocument:
    """Create the document of an article at the assistant.

    `look_first`: an earlier effect may have created it, perhaps with the words of an earlier edition.
    """

    article_id: str
    look_first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDocument:
    """Replace the words of an article's document by those of its current edition."""

    article_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDocumentStatus:
    """Have the assistant use the document of an article, or no longer use it."""

    article_id: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureArticle:
    """Count the questions about the matter of an article in a period before it was in use, or after that.

    `activated_at` is the time at which it came into use.
    """

    article_id: str
    activated_at: float
    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSearchReport:
    """Show what belongs to each of `identifiers` at the time it is shown: in the thread, or to `person` alone.

    `address` is that of the message with the request, or of the one that the request is about. `private`: the
    identifiers are those of that message and its thread, and only the first one that is known is shown.
    """

    address: Address
    person: str
    identifiers: tuple[Identifier, ...]
    private: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowHome:
    """Show a person their Home tab, read at that time."""

    surface: str
    person: str
    filter: Filter
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTicket:
    """Create the ticket of a handoff. `complete`: the draft names the requester and the address of the card.

    `surface` is that of the requester. `files` are the ids of the files that the draft names.
    """

    surface: str
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
class PollTicket:
    """Read a ticket because a poll of it is due. There is one such effect per handoff, which each poll repeats."""

    handoff_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyNote:
    """Copy an agent's note to the ticket as an internal note. `changed`: the agent edited it."""

    handoff_id: str
    author: str
    text: SafeText
    changed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteContactNote:
    """Write a note about a conversation on the employee's contact, else on the ticket of the handoff if it has one."""

    surface: str
    employee: str
    text: SafeText
    handoff_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteDigest:
    """Read the figures of a week from the database, for its digest. `week` is its Monday in ISO format."""

    digest_id: str
    week: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindGaps:
    """Read the gaps of the last 30 days, to post their queue after a digest."""

    digest_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshGapQueue:
    """Update the message of a queue of gaps to what is stored at the time of the update. At most one waits.

    `revision` is the queue's when the effect was decided.
    """

    queue_id: str
    revision: int
    to: FixedTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadCharts:
    """Draw the charts of a digest and upload the picture, visible to no one yet."""

    surface: str
    digest_id: str
    title: str
    charts: ReviewCharts


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCharts:
    """Share the picture with the id `copy` after its digest."""

    digest_id: str
    title: str
    copy: str
    to: FixedTarget


Body = (
    PostMessage[Content]
    | UpdateMessage[Updatable]
    | RetractMessage
    | Ask
    | Submit
    | Collect
    | SendVerdict
    | CloseSession
    | ShowReceipt
    | UploadFile
    | ShareFile
    | DeleteFile
    | PrivateNote
    | DismissPrompt
    | OpenForm
    | RefreshCard
    | CreateTicket
    | AmendTicket
    | SetTicketStatus
    | ReadTicket
    | PollTicket
    | CopyNote
    | WriteContactNote
    | ShowSearchReport
    | ShowHome
    | RefreshArticle
    | ReadMarkedMessage
    | CreateDocument
    | ChangeDocument
    | SetDocumentStatus
    | MeasureArticle
    | WriteDigest
    | FindGaps
    | RefreshGapQueue
    | UploadCharts
    | ShareCharts
)

_TYPES: tuple[type[Body], ...] = tuple(get_origin(body) or body for body in get_args(Body))
_CONTENTS: dict[type[Body], tuple[Any, ...]] = {PostMessage: get_args(Content), UpdateMessage: get_args(Updatable)}


def kind_name(body: type[Any], content: type[Any] | None = None) -> str:
    """Returns the kind of an effect in rows, logs and metrics: its type, and for a message that of its content."""
    return body.__name__ if content is None else f"{body.__name__}:{content.__name__}"


def kind_of(body: Body) -> str:
    """Returns the kind of an effect with this body, such as `PostMessage:AnswerPart`."""
    return kind_name(type(body), type(body.content) if isinstance(body, PostMessage | UpdateMessage) else None)


BODIES: dict[str, type[Body]] = {
    kind_name(body, content): body for body in _TYPES for content in _CONTENTS.get(body, (None,))
}
"""The type of the body of every kind of effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One effect. `key` is its identity: deciding the same effect twice decides it once.

    `lane` and `urgency` order it among other jobs, `subject` is the id of the row it belongs to, and `trace` the id of
    the event from which it follows.
    """

    id: str
    key: str
    lane: str
    urgency: int = 0
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

    @property
    def kind(self) -> str:
        """The kind of the effect in rows, logs and metrics."""
        return kind_of(self.body)

    def claimed(self, now: float) -> Effect:
        """Returns the effect as it is while an attempt to send it is made."""
        return replace(
            self, state=EffectState.SENDING, attempts=self.attempts + 1, first_tried_at=self.first_tried_at or now
        )

    def released(self) -> Effect:
        """Returns the effect as it was before its last claim, after which nothing was tried."""
        return replace(
            self,
            state=EffectState.PENDING,
            attempts=self.attempts - 1,
            first_tried_at=self.first_tried_at if self.attempts > 1 else None,
        )


R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Sent(Generic[R_co]):
    """The attempt succeeded. `result` is what it would have returned."""

    result: R_co


@dataclass(frozen=True, slots=True)
class NotSent:
    """The attempt had no effect, as far as can be seen now."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The outside system `system` keeps nothing by which the attempt could be recognised."""

    system: str


SendStatus = Sent[R_co] | NotSent | CannotTell
