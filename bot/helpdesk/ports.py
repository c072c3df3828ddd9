"""What the desk needs of the outside, named in its own words; adapters live elsewhere and point here.

Work on the store is a plain function of a `Transaction`: it cannot await, so no network call can stand inside a
transaction, and the store may run it again or together with others.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar, runtime_checkable

from bot.errors import OutsideError
from bot.helpdesk.model.alarm import AlarmRecord
from bot.helpdesk.model.conversation import (
    Answer,
    Conversation,
    Question,
    Rating,
    Receipt,
    Reply,
    Unanswered,
    Verdict,
)
from bot.helpdesk.model.effects import (
    Alarm,
    Body,
    Card,
    ContinueTalk,
    DeleteFile,
    Destination,
    DismissPrompt,
    Effect,
    EffectState,
    MarkAnswer,
    MarkDraft,
    MarkTold,
    OpenForm,
    OpenThread,
    PostAnswer,
    PostToThread,
    PrivateNote,
    RefreshAlarm,
    RelayToEmployee,
    SendDraft,
    ShareFile,
    ShowReceipt,
    Tell,
    UpdateRelay,
    UpdateThreadPost,
    UploadFile,
)
from bot.helpdesk.model.events import InboxEntry, Input
from bot.helpdesk.model.handoff import Handoff, TicketChanges, TicketDraft, TicketMetadata, TicketRef, TicketStatus
from bot.helpdesk.model.reference import ReferenceDraft
from bot.helpdesk.model.relay import Relay
from bot.helpdesk.model.timeline import TimelineEntry
from bot.helpdesk.moved_threads import MovedThread
from bot.helpdesk.redaction import SafeText

if TYPE_CHECKING:
    # What is read for people is made of the rows below.
    from bot.helpdesk.lookup.home import Figures, Home, Queued, Request
    from bot.helpdesk.lookup.search_result import Found, SearchReport

T = TypeVar("T")
P = ParamSpec("P")
Row = TypeVar("Row")

Clock = Callable[[], float]
"""The time in Unix seconds."""


class JobKind(enum.StrEnum):
    """What a job does: take in an input, or perform an effect. `ref` on the job names which."""

    INPUT = "input"
    EFFECT = "effect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing to be done later. Jobs of one lane run one at a time, the more urgent first, then the older.

    `run_at` is in Unix seconds; 0 is at once, whatever the clocks of several machines say. `after`, where it is not 0,
    goes before it: so many seconds from now, also where the clock is set meanwhile.
    """

    kind: JobKind
    ref: str
    lane: str
    urgency: int = 0
    run_at: float = 0.0
    after: float = 0.0


class Jobs(Protocol):
    """The queue as a transaction sees it."""

    def enqueue(self, job: Job) -> None:
        """Have `job` run after this transaction is committed, at least once, not before its time."""


class Table(Protocol[Row]):
    """Rows of one kind, by their id."""

    def get(self, id: str) -> Row | None: ...

    def add(self, row: Row) -> None: ...

    def save(self, row: Row) -> None:
        """Write every field of a row that exists."""


class Inputs(Protocol):
    """What came in, kept until it is taken in."""

    def add(self, accepted: InboxEntry, now: float) -> str | None:
        """Keep it and return its id; None where its key or its gesture is known already."""

    def add_again(self, accepted: InboxEntry, now: float) -> str | None:
        """Keep an input anew whose key is known and that was taken in, and return its id; None where it still waits."""

    def open(self, id: str) -> Input | None:
        """The input, or None once it is taken in."""

    def close(self, id: str, now: float) -> None:
        """Mark it taken in and forget what it said."""


class Conversations(Table[Conversation], Protocol):
    """Conversations, and how to find the one that something belongs to."""

    def of_thread(self, channel: str, thread: str) -> Conversation | None:
        """Also by a thread that is gone, and by the one in which it goes on."""

    def latest_in(self, channel: str) -> Conversation | None: ...

    def idle(self, now: float, most: int) -> list[Conversation]:
        """Those of which it is time to look whether they are over, the longest idle first."""


class Questions(Table[Question], Protocol):
    """Questions, and how to find them."""

    def of_message(self, channel: str, message: str) -> Question | None: ...

    def waiting_in(self, conversation_id: str) -> list[Question]: ...

    def recent_in(self, conversation_id: str, since: float) -> list[Question]:
        """Those asked since then, oldest first."""

    def waiting_since(self, before: float) -> list[float]:
        """When those were asked that have waited for an answer since before that time, oldest first."""


class Answers(Table[Answer], Protocol):
    """Answers, and how to find them."""

    def of_question(self, question_id: str) -> Answer | None: ...

    def mark_posted(self, id: str, message: str) -> None:
        """Write which message it was posted as."""


class Verdicts(Table[Verdict], Protocol):
    """Verdicts, and how to find them."""

    def of(self, answer_id: str, person: str) -> Verdict | None: ...

    def on(self, answer_id: str) -> list[Verdict]:
        """All on one answer, oldest first."""


class Handoffs(Table[Handoff], Protocol):
    """Handoffs, and how to find them."""

    def next_number(self) -> int: ...

    def open_in(self, conversation_id: str) -> Handoff | None:
        """The one that is not resolved; there is never a second."""

    def current_in(self, conversation_id: str) -> Handoff | None:
        """The one that is not resolved, else the latest."""

    def all_in(self, conversation_id: str) -> list[Handoff]:
        """The latest first."""

    def of_thread(self, channel: str, thread: str) -> Handoff | None:
        """Also by a thread that is gone: `thread` of what is returned is the one that is there."""

    def of_ticket(self, system: str, id: str) -> Handoff | None: ...

    def unposted(self, channel: str) -> list[Handoff]:
        """Those of the channel, not resolved, whose card could not be posted, oldest first."""

    def past_target(self, now: float) -> list[Handoff]:
        """Those that nobody has taken up in time, the one that is late for longest first."""


class MovedThreads(Table[MovedThread], Protocol):
    """Threads that are not there any more."""

    def of_thread(self, channel: str, thread: str) -> MovedThread | None: ...

    def of_owner(self, owner: str) -> list[MovedThread]:
        """Those that a handoff or a conversation had, oldest first."""


class Alarms(Table[AlarmRecord], Protocol):
    """Alarms, and how to find those that are not over."""

    def standing(self, cause: str) -> AlarmRecord | None:
        """The one that is not over; there is never a second for a cause."""

    def unsaid(self) -> list[AlarmRecord]:
        """Those that are not over and could not be said, oldest first."""


class Relays(Table[Relay], Protocol):
    """What was written while people had a conversation, and how to find it."""

    def of_message(self, channel: str, message: str) -> Relay | None: ...

    def of_file(self, file: str) -> list[Relay]:
        """Those whose messages list this file, or did, oldest first."""

    def leaving_in(self, handoff_id: str) -> list[Relay]:
        """Those that can still be taken back unseen, oldest first."""

    def of_employee_in(self, handoff_id: str) -> list[Relay]:
        """Those that went to the agents of this handoff and were not taken back, oldest first."""

    def asked_of_employee_in(self, handoff_id: str) -> list[Relay]:
        """What the employee wrote after the resolution and is asked about, oldest first."""

    def kept_in(self, conversation_id: str) -> list[Relay]:
        """Those with files that no people had yet, oldest first."""


class Effects(Table[Effect], Protocol):
    """Effects, by id and by key."""

    def of_key(self, key: str) -> Effect | None: ...

    def waiting(self, kind: type[Body], subject: str) -> Effect | None:
        """The latest of this kind for `subject` that is not under way yet, nor will be before the transaction ends."""

    def latest(self, kind: type[Body], subject: str) -> Effect | None:
        """The latest of this kind for `subject`, whatever has become of it."""

    def is_unsettled(self, kind: type[Body], subject: str) -> bool:
        """Whether one of this kind for `subject` waits or is under way."""

    def errors_before(self, effect: Effect) -> list[str]:
        """What keeps those of the same kind that were decided before it from coming to an end."""

    def end(self, effect: Effect, *, claim: int | None) -> bool:
        """Write that it is over, and say so; not where it was over already, or claimed anew since that claim."""

    def complete(self, effect: Effect) -> None:
        """Write the body anew: what had to be asked outside stands in it now. Only before the first attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A decision that fired, kept for the lead: when, on what, by which rules and why, under which policy."""

    id: str
    conversation_id: str
    question_id: str | None
    handoff_id: str | None
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    fingerprint: str
    decided_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTicket:
    """A ticket kept in our own database. `notes` is what was added to it, oldest first, each under its key."""

    id: str
    number: str
    key: str
    subject: SafeText
    body: SafeText
    priority: str
    requester: str
    status: TicketStatus
    metadata: TicketMetadata
    notes: tuple[SafeText, ...] = ()
    note_keys: tuple[str, ...] = ()
    opened_at: float
    changed_at: float


class Timeline(Table[TimelineEntry], Protocol):
    """What happened to handoffs."""

    def of_handoff(self, handoff_id: str) -> list[TimelineEntry]:
        """Everything that happened to one, oldest first."""


class LocalTickets(Table[LocalTicket], Protocol):
    """Local tickets, by id and by key."""

    def of_key(self, key: str) -> LocalTicket | None: ...


class Transaction(Protocol):
    """Everything the desk keeps, inside one transaction."""

    @property
    def inputs(self) -> Inputs: ...
    @property
    def conversations(self) -> Conversations: ...
    @property
    def questions(self) -> Questions: ...
    @property
    def answers(self) -> Answers: ...
    @property
    def verdicts(self) -> Verdicts: ...
    @property
    def handoffs(self) -> Handoffs: ...
    @property
    def moved_threads(self) -> MovedThreads: ...
    @property
    def relays(self) -> Relays: ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def effects(self) -> Effects: ...
    @property
    def decisions(self) -> Table[DecisionRecord]: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def reference_drafts(self) -> Table[ReferenceDraft]: ...
    @property
    def local_tickets(self) -> LocalTickets: ...
    @property
    def jobs(self) -> Jobs: ...


class Store(Protocol):
    """The database."""

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work` in one transaction and return what it returned once that is durable.

        An exception of `work` undoes everything it did. Raises StorageError where the database cannot be used.
        """


class Records(Protocol):
    """The database, read for people who look something up. Never slower for how much is stored. Raises StorageError."""

    async def find(self, id: str) -> Found | None:
        """Everything that belongs to an id, or None where nothing does."""

    async def requests_of(self, employee: str, most: int) -> tuple[Request, ...]:
        """What an employee asked: all that is open and the latest of the rest, newest first, `most` of each."""

    async def queue(self, channels: Set[str], most: int) -> tuple[Queued, ...]:
        """What is not resolved in these channels, oldest first."""

    async def figures(self, channels: Set[str], since: float) -> Figures:
        """What happened since then in these channels; questions are counted wherever they were asked."""


class Assistant(Protocol):
    """The assistant that answers. Raises OutsideError."""

    async def ask(self, *, session_id: str, message: str, email: str | None, language: str | None) -> Reply:
        """Ask, and wait for the answer."""

    async def submit(self, *, session_id: str, message: str, email: str | None, language: str | None) -> str:
        """Ask, and return at once the request id under which the answer can be collected."""

    async def collect(self, *, session_id: str, request_id: str) -> Reply | Unanswered:
        """The answer to a submitted question, or why there is none; looking costs nothing and can be repeated."""

    async def rate(self, *, session_id: str, request_id: str, rating: Rating) -> Receipt: ...

    async def close_session(self, session_id: str) -> None:
        """End a session; ending it twice is fine."""


Post = PostAnswer | Tell | RelayToEmployee | SendDraft | ContinueTalk | OpenThread | PostToThread | Alarm
Update = MarkAnswer | MarkTold | MarkDraft | Card | UpdateRelay | UpdateThreadPost | RefreshAlarm


class Surface(Protocol):
    """The chat surface as the desk sees it. Raises OutsideError."""

    def link(self, channel: str, message: str) -> str:
        """The address of a message."""

    def split(self, answer: str) -> tuple[str, ...]:
        """`answer` in parts of which each fits into one message; `NO_WORDS_IN_ANSWER` where nothing of it shows."""

    async def post(self, body: Post | SearchReport, to: Destination, key: str) -> str:
        """Post a message and return its id. Never repeats an attempt whose outcome is not known.

        Raises ThreadGoneError where the thread is not there any more; then nothing of it stands anywhere.
        """

    async def find(self, to: Destination, key: str, since: float) -> str | None:
        """The message that was posted under `key` since then, in any of its threads, or None where there is none.

        One that came to stand outside of threads because its thread is gone is taken away.
        """

    async def update(self, body: Update, to: Destination) -> None:
        """Change a message; doing it twice is harmless. Raises MessageGoneError where it is not there any more."""

    async def delete(self, to: Destination, key: str) -> None:
        """Take away what was posted under this key; what is gone already is fine. `to` names the message if known."""

    async def show_sign(self, body: ShowReceipt) -> None:
        """Show a sign on somebody's message, and take the one before it away. Decoration: raises no PermanentError."""

    async def whisper(self, body: PrivateNote) -> None: ...

    async def take_question_away(self, body: DismissPrompt) -> None:
        """Best effort: raises nothing, and where it is too late the question stays."""

    async def show_trail(self, trail: SearchReport, to: Destination, person: str) -> None:
        """Show what an id leads to so that only one person sees it."""

    async def show_home(self, home: Home, person: str) -> None:
        """Put a home in the place of what that person's showed before; doing it twice is harmless."""

    async def open_form(self, body: OpenForm, words: str) -> None:
        """Open a form; `words` is what one to be read says."""

    async def working(self, channel: str, thread: str, message: str, busy: bool) -> None:
        """Show, or take away, the sign that an answer is being worked on. Best effort: raises nothing."""


class Files(Protocol):
    """Files on the chat surface: copied first, for nobody to see, and then shown. Raises OutsideError."""

    async def upload(self, body: UploadFile) -> str:
        """Copy a file's content and return the copy's id. Doing it twice leaves nothing that anybody sees."""

    async def share(self, body: ShareFile, to: Destination) -> str:
        """Show the copy and return its id. Never repeats an attempt whose outcome is not known."""

    async def find(self, body: ShareFile, to: Destination) -> str | None:
        """The copy's id where it is shown already, None where it is not."""

    async def delete(self, body: DeleteFile) -> None:
        """Delete the copy wherever it is shown; one that is gone already is fine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What the directory knows of somebody. Names are for showing only, never for deciding.

    `external`: they are of another company. `utc_offset`: seconds by which their clocks are ahead of UTC. `is_bot`: it
    is an app or a workflow, and no person.
    """

    id: str
    name: str
    email: str | None = None
    locale: str | None = None
    external: bool = False
    utc_offset: int = 0
    is_bot: bool = False


class Directory(Protocol):
    """Who people are. Answers may be some minutes old. Raises OutsideError."""

    async def person(self, id: str) -> Person: ...

    async def is_active(self, id: str, max_age: float = 0.0) -> bool:
        """Whether their account is active, asked of the server unless it said so within the last `max_age` seconds."""

    async def is_member(self, id: str, channel: str) -> bool:
        """Whether this person is a member of the channel: asked of the server, never taken from a payload."""

    async def is_shared(self, channel: str) -> bool:
        """Whether people of another company read the channel, or are invited to; at most a minute old."""

    async def readable(self, text: str) -> str:
        """`text` with the people mentioned in it named, as far as that can be had quickly. Raises nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """A request that says it comes from the ticket system. Names of headers are in lower case.

    `url` is the address as the sender knows it, `at` when it arrived, in Unix seconds.
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookNotice:
    """Which ticket changed; `delivery` tells one notice from another, and a repeated one from a new one.

    `others` came in the same request.
    """

    ticket_id: str
    delivery: str
    others: tuple[WebhookNotice, ...] = ()


class Tickets(Protocol):
    """A ticket system. Every text it takes has passed redaction. Raises OutsideError.

    `settle_seconds`: how long a ticket that was just created may not be found by its key.
    """

    @property
    def settle_seconds(self) -> float: ...

    async def create(self, draft: TicketDraft, key: str) -> TicketRef:
        """Create the ticket, or return the one that carries `key` already.

        After an AmbiguousError it may be there. Never repeats an attempt whose outcome is not known.
        """

    async def find(self, key: str) -> TicketRef | None:
        """The ticket that carries `key`. Where it sees several, one stays, and the others are merged or closed."""

    async def note(self, ref: TicketRef, text: SafeText, *, public: bool, key: str) -> None:
        """Add a note, once per `key`. One that is not `public` is shown to agents only, where the system has that."""

    async def amend(self, ref: TicketRef, metadata: TicketMetadata) -> None:
        """Write identifiers that were not known when the ticket was created."""

    async def status(self, ref: TicketRef) -> TicketStatus: ...

    async def set_status(self, ref: TicketRef, status: TicketStatus) -> None:
        """Move the ticket, and see that it has moved. Raises BadRequestError "refused" where it has not."""

    async def news(self, ref: TicketRef, since: float) -> TicketChanges:
        """Where the ticket stands, and what people wrote on it since then (Unix seconds). Nothing of our own."""

    async def check(self) -> str:
        """Read what proves that tickets can be created as configured, and say so in one sentence. Creates nothing.

        The message of what it raises names what is wrong, with the mend.
        """


@runtime_checkable
class HearsOfTickets(Protocol):
    """A ticket system that sends webhooks. Those without are read from time to time."""

    def read_webhook(self, request: WebhookRequest) -> WebhookNotice:
        """Which ticket a request is about; an empty id where it is about none. Raises ForgedError.

        What changed is read from the ticket system afterwards: a notice may be late, or not the last one.
        """


@runtime_checkable
class KeepsContacts(Protocol):
    """A ticket system that keeps the people who ask as well, and takes notes on them. Raises OutsideError."""

    async def conversation_note(self, requester_email: str, text: SafeText, key: str) -> None:
        """Write a note on the person with this address, once per `key`."""


class Hearing(enum.StrEnum):
    """What became of a notice from the ticket system."""

    ACCEPTED = "accepted"
    KNOWN = "known"
    UNKNOWN_TICKET = "unknown_ticket"


class Observer(Protocol):
    """Counts what the desk does. It is told kinds, durations in seconds and errors, never ids or words.

    Called in the event loop, after the transaction is durable. Quick; raises nothing.
    """

    def accepted(self, kind: str, *, known: bool) -> None:
        """An input was kept, or had been `known` already."""

    def settled(self, kind: str, state: EffectState, *, found: bool = False) -> None:
        """An effect came to its end. `found`: it turned out that an earlier attempt had done it."""

    def delayed(self, kind: str, error: OutsideError) -> None:
        """An effect will be tried again."""

    def asked(self, seconds: float, error: OutsideError | None) -> None:
        """The assistant answered, or failed to."""
