"""A handoff: a conversation brought before people, with its ticket."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.redaction import SafeText


class HandoffState(enum.StrEnum):
    """Where a handoff stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"


class Transition(enum.StrEnum):
    """A move from one state to another; `transition_table` has a row for each.

    COME_BACK: the employee says that it is not solved. WRITE_AGAIN: they simply write. WITHDRAW: they need no person.
    """

    CLAIM = "claim"
    JOIN = "join"
    RESOLVE = "resolve"
    HAND_BACK = "hand_back"
    REOPEN = "reopen"
    ASSIGN = "assign"
    WITHDRAW = "withdraw"
    COME_BACK = "come_back"
    WRITE_AGAIN = "write_again"


OWNER_IN: dict[HandoffState, Owner] = {
    HandoffState.OPEN: Owner.WAITING,
    HandoffState.CLAIMED: Owner.HUMAN,
    HandoffState.RESOLVED: Owner.BOT,
}


class TicketStatus(enum.StrEnum):
    """One vocabulary for every ticket system."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


class Outcome(enum.StrEnum):
    """How a handoff ended, as the agent who resolved it says."""

    SOLVED = "solved"
    NOT_SOLVABLE = "not_solvable"
    DUPLICATE = "duplicate"

    @property
    def spoken(self) -> str:
        """As people say it."""
        return self.value.replace("_", " ")


STATUS_AFTER: dict[Outcome, TicketStatus] = {
    Outcome.SOLVED: TicketStatus.SOLVED,
    Outcome.NOT_SOLVABLE: TicketStatus.CLOSED,
    Outcome.DUPLICATE: TicketStatus.CLOSED,
}
"""The outcome in the tickets' vocabulary, which has no word for why a ticket was closed; a note on it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRef:
    """Where a ticket is: the system's own id, the number people say, and a link where there is one."""

    system: str
    id: str
    number: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMetadata:
    """What every ticket carries, so that one can go from it to everything else (design section 9)."""

    handoff_id: str
    uppzy_session_id: str
    uppzy_request_id: str | None
    confidence_level: str | None
    source: str = "uppzy_m2m"
    slack_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDraft:
    """A ticket to be created. Only redacted text can stand in it.

    `requester` is the employee's id on the chat surface; their name and address are known where it could be asked.
    """

    subject: SafeText
    body: SafeText
    priority: str
    requester: str
    metadata: TicketMetadata
    requester_name: str | None = None
    requester_email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketComment:
    """What a person wrote on a ticket: `author` is a name to show, `at` in Unix seconds."""

    id: str
    author: str
    text: str
    public: bool
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanges:
    """Where a ticket stands, `raw` being the vendor's own word, and what people wrote on it, oldest first."""

    status: TicketStatus
    raw: str
    comments: tuple[TicketComment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A conversation before people. `thread` is the card's message in the handoff channel, once it is posted.

    `claimed_by` owns it; those who have `joined` speak to the employee as well. One that is open and has a
    `resolved_by` was resolved before the employee wrote again. `resolution` is how it ended in the agent's words.
    `solved` is what the employee said to that, None until then. `withdrawn`: the employee needs no person.
    `notice` is the effect that posted the notice on which they can press something about it now: that they need no
    person or, once it is resolved, whether that solved it. `agent_session` is the assistant's session for what agents
    ask, while there is one. `answer_by` is when somebody is to have taken it up, where the policy has a target for its
    priority.

    `ticket_status` is what we last knew, None until then, and `ticket_word` the ticket system's own word for it, where
    it said one. `ticket_heard_at` is when that was, `ticket_comments` what was heard then: it is not heard again.
    `ticket_watch` counts the watches that were set: the latest counts.
    """

    id: str
    number: int
    conversation_id: str
    question_id: str | None
    answer_id: str | None
    state: HandoffState = HandoffState.OPEN
    priority: str
    reasons: tuple[str, ...]
    rules: tuple[str, ...]
    fingerprint: str
    channel: str
    thread: str | None = None
    tell: str | None = None
    with_ticket: bool = True
    ticket_system: str | None = None
    ticket_id: str | None = None
    ticket_number: str | None = None
    ticket_url: str | None = None
    ticket_trouble: str | None = None
    ticket_status: TicketStatus | None = None
    ticket_word: str | None = None
    ticket_heard_at: float | None = None
    ticket_comments: tuple[str, ...] = ()
    ticket_watch: int = 0
    employee_told: bool = False
    relay_told: bool = False
    claimed_by: str | None = None
    joined: tuple[str, ...] = ()
    resolved_by: str | None = None
    handed_back: bool = False
    withdrawn: bool = False
    outcome: Outcome | None = None
    resolution: str | None = None
    solved: bool | None = None
    notice: str | None = None
    agent_session: str | None = None
    revealed_by: str | None = None
    revealed_at: float | None = None
    revision: int = 1
    opened_at: float
    answer_by: float | None = None
    claimed_at: float | None = None
    resolved_at: float | None = None

    @property
    def name(self) -> str:
        """What people call it until, and if, the ticket system gives it a number of its own."""
        return self.ticket_number or f"HD-{self.number}"

    @property
    def spoken_state(self) -> str:
        """Where it stands, as people say it."""
        if self.withdrawn:
            return "withdrawn"
        return "handed back" if self.handed_back else self.state.value

    def is_worked_by(self, person: str) -> bool:
        """Whether this person has claimed it, or joined whoever has."""
        return self.state is HandoffState.CLAIMED and (person == self.claimed_by or person in self.joined)

    def is_late(self, now: float) -> bool:
        """Whether nobody has taken it up in time."""
        return self.state is HandoffState.OPEN and self.answer_by is not None and self.answer_by <= now

    @property
    def ticket(self) -> TicketRef | None:
        """Its ticket, once it is created."""
        if self.ticket_id is None or self.ticket_system is None:
            return None
        return TicketRef(system=self.ticket_system, id=self.ticket_id, number=self.name, url=self.ticket_url)
