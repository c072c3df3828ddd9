"""The content of the Home tab: a person's own requests and, for agents, the queue and today's figures."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.helpdesk.escalation.policy import Priority
from bot.helpdesk.model.chat import ENGLISH, PersonKind
from bot.helpdesk.model.conversation import Conversation, Owner, QuestionState
from bot.helpdesk.model.handoff import Handoff, HandoffState, Outcome
from bot.helpdesk.redaction import SafeText

MOST_REQUESTS = 10
"""The most requests of one person that are shown, of the open ones and of the others."""

MOST_QUEUED = 40
"""The most handoffs of the queue that are shown: the Home tab takes 100 blocks in all, two of them for each request."""

MOST_READ = 1_000
"""The most handoffs that are read: the oldest to be sorted into the queue, the latest to be searched."""

LONGEST_SEARCH = 100
"""Characters that a search is made for."""


LONGEST_QUESTION = 80
"""Characters of a question that are shown in the queue."""


class Group(enum.StrEnum):
    """The groups of the queue, in the order in which an agent sees them."""

    MINE = "Yours"
    OVERDUE = "Overdue"
    UNCLAIMED = "Unclaimed"
    OTHERS = "With others"


class Show(enum.StrEnum):
    """The parts of the queue that an agent can see alone. MINE: what they have claimed or joined."""

    MINE = "mine"
    UNCLAIMED = "unclaimed"
    OVERDUE = "overdue"


class RequestState(enum.Enum):
    """The states of a request, as its employee sees them.

    WITH_SUPPORT: an agent has claimed it. REPLY_NEEDED: that agent waits for the employee. UNANSWERED: the assistant
    gave no answer, or none that the employee has. NOT_ASKED: there was nothing to ask, as with a file without words.
    CLOSED: by people, without a solution. CLOSED_BY_YOU: by the employee.
    """

    WAITING = enum.auto()
    WITH_SUPPORT = enum.auto()
    REPLY_NEEDED = enum.auto()
    ANSWERING = enum.auto()
    ANSWERED = enum.auto()
    STOPPED = enum.auto()
    UNANSWERED = enum.auto()
    NOT_ASKED = enum.auto()
    RESOLVED = enum.auto()
    CLOSED = enum.auto()
    CLOSED_BY_YOU = enum.auto()


_OF_QUESTION = {
    None: RequestState.NOT_ASKED,
    QuestionState.WAITING: RequestState.ANSWERING,
    QuestionState.ANSWERED: RequestState.ANSWERED,
    QuestionState.STOPPED: RequestState.STOPPED,
    QuestionState.FAILED: RequestState.UNANSWERED,
    QuestionState.NOT_ASKED: RequestState.NOT_ASKED,
    QuestionState.KEPT: RequestState.UNANSWERED,
}
_OPEN_STATES = frozenset({RequestState.WAITING, RequestState.WITH_SUPPORT, RequestState.ANSWERING})


@dataclass(frozen=True, slots=True, kw_only=True)
class LatestQuestion:
    """The latest question of a conversation that was put to the assistant. `seen`: its answer is not withheld."""

    state: QuestionState
    asked_at: float
    seen: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class EmployeeRequest:
    """A conversation as its employee sees it.

    `words` are those of the question `question_id` that it is listed under, empty once they are deleted, None if there
    is no question; `thread` is its thread. `agent` is the name of the agent who has claimed it, None if it is unknown.
    """

    conversation: Conversation
    thread: str
    question_id: str | None
    words: str | None
    latest: LatestQuestion | None
    handoff: Handoff | None
    agent: str | None = None

    @property
    def state(self) -> RequestState:
        """The state of the request. What people have settled counts until the employee asks again."""
        if self.handoff is not None and self.handoff.state is HandoffState.PENDING:
            return RequestState.REPLY_NEEDED
        if self.conversation.owner is not Owner.BOT:
            return RequestState.WAITING if self.conversation.owner is Owner.WAITING else RequestState.WITH_SUPPORT
        if (settled := self._settled) is not None:
            return settled
        if self.latest and self.latest.state is QuestionState.ANSWERED and not self.latest.seen:
            return RequestState.UNANSWERED
        return _OF_QUESTION[self.latest.state if self.latest else None]

    @property
    def _settled(self) -> RequestState | None:
        resolution = self.handoff.resolution if self.handoff else None
        if resolution is None or resolution.at is None or resolution.handed_back:
            return None
        if self.latest is not None and self.latest.asked_at > resolution.at:
            return None
        if resolution.closed_by_employee:
            return RequestState.CLOSED_BY_YOU
        return RequestState.RESOLVED if resolution.outcome is Outcome.SOLVED else RequestState.CLOSED

    @property
    def open(self) -> bool:
        """True while the employee waits for an answer or for the resolution of a handoff."""
        return self.closable is not None or self.state in _OPEN_STATES

    @property
    def closable(self) -> Handoff | None:
        """The handoff that the employee can close; None if there is none."""
        return self.handoff if self.handoff and self.handoff.state is not HandoffState.RESOLVED else None

    @property
    def repeatable(self) -> str | None:
        """The id of the question that the employee can ask again; None while it is open, or if its words are gone."""
        return None if self.open or self.state is RequestState.NOT_ASKED or not self.words else self.question_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A handoff with its employee. `question` None: there is none to be shown."""

    handoff: Handoff
    employee: str
    question: SafeText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Today's figures: handoffs opened, resolved and still unclaimed, and questions answered."""

    opened: int
    resolved: int
    waiting: int
    answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter of the queue, or a search in its place. An empty field filters nothing.

    `show` is the value of a `Show`. `words` are a number or words of a question, and `employee` is the person who
    asked: if there are any of them, handoffs are searched for, also resolved ones.
    """

    show: str = ""
    rule: str = ""
    priority: str = ""
    words: str = ""
    employee: str = ""

    @property
    def searches(self) -> bool:
        """True if this is a search."""
        return bool(self.words or self.employee)

    def without_search(self) -> Filter:
        """Returns the filter that is in force again after the search."""
        return replace(self, words="", employee="")

    def takes(self, handoff: Handoff, person: str, now: float) -> bool:
        """Returns whether the handoff passes the filter of this agent."""
        if self.rule not in ("", *handoff.grounds.rules) or self.priority not in ("", handoff.priority):
            return False
        match self.show:
            case Show.MINE:
                return handoff.is_worked_by(person)
            case Show.UNCLAIMED:
                return handoff.state is HandoffState.OPEN
            case Show.OVERDUE:
                return handoff.is_late(now)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The queue as one agent sees it. `left_out` handoffs had no room; `rules` are the choices of the filter.

    `found` are the results of a search, which are shown in place of the queue; None: there is none.
    """

    groups: tuple[tuple[Group, tuple[Queued, ...]], ...]
    left_out: int
    figures: Figures
    rules: tuple[str, ...]
    chosen: Filter
    found: tuple[Queued, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The content of one person's Home tab, in their language. `queue` None: they are not an agent.

    `refused`: because they are of this kind of people, they see a single polite sentence.
    """

    now: float
    language: str = ENGLISH
    refused: PersonKind | None = None
    requests: tuple[EmployeeRequest, ...] = ()
    queue: Queue | None = None


def arrange(
    queued: Iterable[Queued], person: str, chosen: Filter, now: float
) -> tuple[tuple[tuple[Group, tuple[Queued, ...]], ...], int]:
    """Filters and groups the queue for an agent. Returns the groups, and the number of handoffs that are left out.

    In a group, what is due first comes first, then what has a higher priority, then what is older.
    """
    taken = sorted((entry for entry in queued if chosen.takes(entry.handoff, person, now)), key=_rank)
    grouped: dict[Group, list[Queued]] = {group: [] for group in Group}
    for entry in taken:
        grouped[_group(entry.handoff, person, now)].append(entry)
    room = MOST_QUEUED
    shown: list[tuple[Group, tuple[Queued, ...]]] = []
    for group, members in grouped.items():
        if members[:room]:
            shown.append((group, tuple(members[:room])))
        room -= len(members[:room])
    return tuple(shown), len(taken) - (MOST_QUEUED - room)


def _rank(entry: Queued) -> tuple[float, int, float]:
    handoff = entry.handoff
    due = math.inf if handoff.due is None else handoff.due
    return due, -Priority(handoff.priority).rank, handoff.opened_at


def _group(handoff: Handoff, person: str, now: float) -> Group:
    if handoff.has_agent:
        return Group.MINE if handoff.is_worked_by(person) else Group.OTHERS
    return Group.OVERDUE if handoff.is_late(now) else Group.UNCLAIMED


def begin_of_day(now: float, utc_offset: int) -> float:
    """Returns the last midnight, in Unix seconds, where clocks are `utc_offset` seconds ahead of UTC."""
    return now - (now + utc_offset) % 86_400
