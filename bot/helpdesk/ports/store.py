"""The database.

Work on it is a plain function of a `Transaction`: it cannot await, so no network call can be made inside a transaction,
and the store may run it again or together with others.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from bot.helpdesk.model.alarm import AlarmRecord
from bot.helpdesk.model.article import Article, ArticleFigures
from bot.helpdesk.model.audit import AuditEntry
from bot.helpdesk.model.chat import Address, Identifier, ThreadAddress
from bot.helpdesk.model.content import Content
from bot.helpdesk.model.conversation import Answer, Conversation, MovedThread, Question, Verdict
from bot.helpdesk.model.effects import Body, Effect
from bot.helpdesk.model.events import Event, InboxEntry
from bot.helpdesk.model.gap import GapQueue, GapRecord
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import DecisionRecord, TimelineEntry
from bot.helpdesk.model.home import EmployeeRequest, Figures, Queued
from bot.helpdesk.model.job import Job, ScheduledJob
from bot.helpdesk.model.relay import Relay
from bot.helpdesk.model.review import DigestRecord
from bot.helpdesk.model.search_result import Found
from bot.helpdesk.model.ticket_system import LocalTicket
from bot.helpdesk.redaction import SafeText

T = TypeVar("T")
P = ParamSpec("P")
Row = TypeVar("Row")


class Repository(Protocol[Row]):
    """Rows of one kind, by their id."""

    def get(self, id: str | None) -> Row | None:
        """Returns the row as this transaction sees it; None if there is none, or for a reference that is None."""

    def add(self, row: Row) -> None: ...

    def save(self, row: Row) -> None:
        """Writes what changed in a row that exists.

        Conflicts with a concurrent change of the row, also if nothing changed in this one.
        """


class Inbox(Protocol):
    """The inbox: events, stored until they are handled."""

    def add(self, accepted: InboxEntry, now: float) -> str | None:
        """Stores an event and returns its id; None if one of its keys is known already."""

    def begin(self, accepted: InboxEntry, now: float, *, alone: bool) -> str | None:
        """Stores an event that is handled right after this transaction, without a job, and returns its id.

        Returns None if one of its keys is known already, or if its lane is not known to be free. `alone`: as for
        `add_handled`.
        """

    def add_handled(self, accepted: InboxEntry, now: float, *, alone: bool) -> str | None:
        """Stores an event that is handled in this transaction, without its content, and returns its id.

        Returns None if one of its keys is known already, or if its lane is not known to be free: then it has to be
        handled by a job. `alone`: not even an event that another process accepts at the same moment may be handled
        meanwhile.
        """

    def to_handle(self, id: str) -> tuple[Event | None, bool]:
        """Returns the event, None once it is handled, and whether it is next: no other of its lane has begun."""

    def open(self, id: str) -> Event | None:
        """Returns the event, or None once it is handled."""

    def close(self, id: str, now: float) -> None:
        """Marks the event as handled and deletes its content."""


class Jobs(Protocol):
    """The queue, as seen by a transaction."""

    def enqueue(self, job: Job, *, first: bool = False) -> None:
        """Runs `job` after this transaction is committed: at least once, and not before its time.

        `first`: before all jobs of its lane that are as urgent.
        """

    def has_more_urgent(self, job: Job) -> bool:
        """Returns whether this transaction enqueued a more urgent job in the lane of `job`."""


class ScheduledJobs(Protocol):
    """The jobs that are scheduled for later, and the keys of those that have run."""

    def add(self, job: ScheduledJob, *, repeat: bool = False) -> str | None:
        """Stores a job and returns its id; None if its key is known already.

        `repeat`: a job with this key that has run is replaced. One that still waits never is.
        """

    def is_known_to_wait(self, key: str) -> bool:
        """Returns True if the job with this key waits; False if it does not, or if that had to be looked up."""

    def waiting(self, id: str) -> ScheduledJob | None:
        """Returns the job, or None once it has run."""

    def close(self, id: str, now: float) -> None:
        """Marks the job as run."""


class Conversations(Repository[Conversation], Protocol):
    """Conversations."""

    def of_thread(self, address: ThreadAddress) -> Conversation | None:
        """Returns the conversation of a thread, also of one that is gone or that replaced it."""

    def latest_in(self, surface: str, channel: str) -> Conversation | None: ...

    def has_any_before(self, at: float) -> bool:
        """Returns whether one was opened before that time."""

    def idle(self, now: float, most: int) -> list[Conversation]:
        """Returns those whose `idle_at` has passed, the longest idle first, at most `most`."""


class Questions(Repository[Question], Protocol):
    """Questions."""

    def of_message(self, address: Address) -> Question | None: ...

    def waiting_in(self, conversation_id: str) -> list[Question]:
        """Returns the employee's that wait for an answer, oldest first."""

    def recent_in(self, conversation_id: str, since: float) -> list[Question]:
        """Returns those that the employee has asked since then, oldest first."""

    def waiting_since(self, before: float) -> list[float]:
        """Returns the times of questions that were asked before that time and have no answer yet, oldest first."""


class Answers(Repository[Answer], Protocol):
    """Answers."""

    def of_question(self, question_id: str) -> Answer | None: ...

    def of_post(self, address: Address) -> Answer | None:
        """Returns the answer that was posted to the employee as this message."""

    def mark_posted(self, id: str, message: str) -> None:
        """Records the message of a posted answer."""


class Verdicts(Repository[Verdict], Protocol):
    """Verdicts."""

    def of(self, answer_id: str, person: str) -> Verdict | None: ...

    def on(self, answer_id: str) -> list[Verdict]:
        """Returns all verdicts on one answer, oldest first."""


class Handoffs(Repository[Handoff], Protocol):
    """Handoffs."""

    def next_number(self) -> int: ...

    def open_in(self, conversation_id: str) -> Handoff | None:
        """Returns the one that is not resolved; there is at most one."""

    def current_in(self, conversation_id: str) -> Handoff | None:
        """Returns the one that is not resolved, else the latest."""

    def all_in(self, conversation_id: str) -> list[Handoff]:
        """Returns all of a conversation, the latest first."""

    def of_thread(self, address: ThreadAddress) -> Handoff | None:
        """Returns the handoff of a thread, also of one that is gone; its `thread` is the one that exists."""

    def of_ticket(self, system: str, id: str) -> Handoff | None: ...

    def open_of(self, surface: str, employee: str, since: float) -> list[Handoff]:
        """Returns those of an employee that were opened since then and are not resolved, oldest first."""

    def unposted(self, channel: str) -> list[Handoff]:
        """Returns open and claimed ones of the channel whose card could not be posted, oldest first."""

    def past_target(self, now: float) -> list[Handoff]:
        """Returns those that nobody claimed within their target, the longest overdue first."""


class MovedThreads(Repository[MovedThread], Protocol):
    """Threads that no longer exist, and their replacements."""

    def of_thread(self, address: ThreadAddress) -> MovedThread | None: ...

    def of_owner(self, owner: str) -> list[MovedThread]:
        """Returns those of a handoff or a conversation, oldest first."""


class Alarms(Repository[AlarmRecord], Protocol):
    """Alarms."""

    def may_stand(self, cause: str) -> bool:
        """Returns False if no alarm for `cause` stood when that was last looked up, seconds ago at most."""

    def standing(self, cause: str) -> AlarmRecord | None:
        """Returns the active alarm for a cause; there is at most one."""

    def unposted(self) -> list[AlarmRecord]:
        """Returns active alarms that could not be posted, oldest first."""


class Relays(Repository[Relay], Protocol):
    """Relays: messages between the employee and the agents of a handoff."""

    def of_message(self, address: Address) -> Relay | None: ...

    def of_file(self, surface: str, file: str) -> list[Relay]:
        """Returns those whose messages list this file, or listed it earlier, oldest first."""

    def delayed_in(self, handoff_id: str) -> list[Relay]:
        """Returns the delayed ones, which can still be deleted unseen, oldest first."""

    def of_employee_in(self, handoff_id: str) -> list[Relay]:
        """Returns those sent to the agents of this handoff and not withdrawn, oldest first."""

    def asked_of_employee_in(self, handoff_id: str) -> list[Relay]:
        """Returns those that the employee wrote after the resolution and was asked about, oldest first."""

    def kept_in(self, conversation_id: str) -> list[Relay]:
        """Returns those with files that no agent has received yet, oldest first."""


class Effects(Repository[Effect], Protocol):
    """The outbox. In each lane one effect at a time has begun; a final state ends it."""

    def begin(self, job: Job, effect: Effect) -> bool:
        """Adds a claimed effect and takes its lane for this process, if nothing waits or runs there.

        It is then performed as soon as the transaction is committed, without being fetched from the queue. Returns
        False where the effect has to be added unclaimed, with its job.
        """

    def to_claim(self, id: str) -> tuple[Effect | None, bool]:
        """Returns an effect whose job runs, and whether it is next: no other of its lane has begun or comes first."""

    def claim(self, effect: Effect) -> None:
        """Saves a claimed effect, which begins with that."""

    def release(self, effect: Effect) -> None:
        """Saves an effect that had begun, and whose job this transaction enqueues."""

    def of_key(self, key: str) -> Effect | None: ...

    def waiting(self, body: type[Body], subject: str) -> Effect | None:
        """Returns the latest of this type for `subject` that no process has claimed, nor can before the commit."""

    def latest(self, body: type[Body], subject: str) -> Effect | None:
        """Returns the latest of this type for `subject`, in any state."""

    def is_unsettled(self, body: type[Body], subject: str, content: type[Content] | None = None) -> bool:
        """Returns whether one of this type for `subject`, and with such a content, waits or is claimed."""

    def errors_before(self, effect: Effect) -> list[str]:
        """Returns the errors of unsettled effects of the same kind that were decided before it."""

    def end(self, effect: Effect, *, claim: int | None) -> bool:
        """Writes the final state and returns True; False if it was final already, or claimed again since `claim`."""

    def renew(self, id: str, now: float, trace: str | None) -> bool:
        """Makes a settled effect pending again, as if it were decided now. Returns False if it is not settled."""

    def complete(self, effect: Effect) -> None:
        """Writes the body, completed with what had to be looked up. Only before the first attempt."""


class Decisions(Repository[DecisionRecord], Protocol):
    """Decisions in which a rule fired."""

    def without_handoff_in(self, conversation_id: str) -> list[DecisionRecord]:
        """Returns those about which the employee was asked first, oldest first."""


class Timeline(Repository[TimelineEntry], Protocol):
    """The history of handoffs."""

    def of_handoff(self, handoff_id: str) -> list[TimelineEntry]:
        """Returns the entries of one handoff, oldest first."""


class Articles(Repository[Article], Protocol):
    """Articles."""

    def of_gap(self, gap_id: str) -> Article | None:
        """Returns the latest that was written for this gap."""

    def without_card(self, channel: str) -> list[Article]:
        """Returns those that belong into the channel and have no card there, oldest first."""


class Digests(Repository[DigestRecord], Protocol):
    """The digests of the review, one for each week."""

    def of_week(self, week: str) -> DigestRecord | None: ...


class Gaps(Repository[GapRecord], Protocol):
    """Gaps that are known from one week to the next."""


class GapQueues(Repository[GapQueue], Protocol):
    """The messages that show gaps one by one."""


class LocalTickets(Repository[LocalTicket], Protocol):
    """Tickets kept in the database."""

    def of_key(self, key: str) -> LocalTicket | None: ...


class AuditTrail(Protocol):
    """The trail of what must be accounted for, which only grows."""

    def append(self, entry: AuditEntry, now: float) -> None:
        """Adds a row behind the last one."""


class Transaction(Protocol):
    """The tables and the job queue, inside one transaction."""

    @property
    def inbox(self) -> Inbox: ...
    @property
    def scheduled_jobs(self) -> ScheduledJobs: ...
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
    def decisions(self) -> Decisions: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def articles(self) -> Articles: ...
    @property
    def digests(self) -> Digests: ...
    @property
    def gaps(self) -> Gaps: ...
    @property
    def gap_queues(self) -> GapQueues: ...
    @property
    def local_tickets(self) -> LocalTickets: ...
    @property
    def audit(self) -> AuditTrail: ...
    @property
    def jobs(self) -> Jobs: ...


class WorkPriority(enum.IntEnum):
    """The order in which work waits for the database; lower values go first.

    Accepting an event is waited for by whoever sent it. Then comes the work that is nearest to its end: if all jobs
    advanced in step, no employee would have an answer until all of them have.
    """

    ACCEPTING = 0
    CLOSING = 1
    CONTINUING = 2
    OPENING = 3


class Store(Protocol):
    """The database."""

    def with_priority(self, priority: WorkPriority) -> Store:
        """Returns the same store for work of another priority. The priority of a store is CONTINUING."""

    async def run(self, work: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work` in one transaction and returns its result once it is durable.

        An exception in `work` rolls the transaction back. Raises StorageError if the database cannot be used.
        """


class Records(Protocol):
    """Read-only queries for lookups. Their cost does not grow with the database. Raises StorageError."""

    async def find(self, identifier: Identifier) -> Found | None:
        """Returns everything that belongs to what it identifies, or None."""

    async def requests_of(self, surface: str, employee: str, most: int) -> tuple[EmployeeRequest, ...]:
        """Returns an employee's requests, newest first: at most `most` open ones and `most` others."""

    async def queue(self, channels: Set[str], most: int) -> tuple[Queued, ...]:
        """Returns unresolved handoffs of these channels, oldest first, at most `most`."""

    async def search(
        self, channels: Set[str], surface: str, words: str, employee: str, *, among: int, most: int
    ) -> tuple[Queued, ...]:
        """Searches the latest handoffs of these channels, `among` so many, and any by its number.

        Returns those with the number, then the latest of the others, at most `most`. `words` are a number, or words
        that are all in the question as agents see it; `employee` is a person on the surface. Either may be empty. A
        hidden question is not searched.
        """

    async def beginnings_of(self, questions: Sequence[str]) -> Mapping[str, SafeText]:
        """Returns the beginnings of the questions with these ids, on one line, empty where they are deleted."""

    async def questions_about(self, question: str, since: float, until: float) -> ArticleFigures:
        """Counts the employees' questions of a period that are about the same matter, whatever their words."""

    async def figures(self, channels: Set[str], since: float) -> Figures:
        """Returns the figures of these channels since then; questions are counted in all channels."""
