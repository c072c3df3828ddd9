"""A handoff: a conversation brought before people, with its ticket."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.helpdesk.model.conversation import Owner
from bot.helpdesk.redaction import SafeText


class HandoffState(enum.StrEnum):
    """The states of a handoff."""

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
    """The status of a ticket, in one vocabulary for every ticket system."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


class Outcome(enum.StrEnum):
    """Result of a handoff, according to the agent who resolved it."""

    SOLVED = "solved"
    NOT_SOLVABLE = "not_solvable"
    DUPLICATE = "duplicate"

    @property
    def spoken(self) -> str:
        """The outcome in words."""
        return self.value.replace("_", " ")


STATUS_AFTER: dict[Outcome, TicketStatus] = {
    Outcome.SOLVED: TicketStatus.SOLVED,
    Outcome.NOT_SOLVABLE: TicketStatus.CLOSED,
    Outcome.DUPLICATE: TicketStatus.CLOSED,
}
"""The outcome in the tickets' vocabulary, which has no word for why a ticket was closed; a note on it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRef:
    """A reference to a ticket: the system's own id, the number people use, and a link where there is one."""

    system: str
    id: str
    number: str
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketMetadata:
    """The identifiers that every ticket carries, so that one can get from it to everything else."""

    handoff_id: str
    uppzy_session_id: str
    uppzy_request_id: str | None
    confidence_level: str | None
    source: str = "uppzy_m2m"
    slack_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDraft:
    """A ticket to be created. It can only hold redacted text.

    `requester` is the employee's id on the chat surface; name and address are set where the surface could be asked.
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
    """A comment on a ticket: `author` is a display name, `at` is in Unix seconds."""

    id: str
    author: str
    text: str
    public: bool
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketChanges:
    """A ticket's status, with the vendor's own word for it in `raw`, and its comments, oldest first."""

    status: TicketStatus
    raw: str
    comments: tuple[TicketComment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A conversation before people. `thread` is the card's message in the handoff channel, once it is posted.

    `claimed_by` owns it; those who have `joined` talk to the employee as well. An open one with a `resolved_by` was
    resolved before the employee wrote again. `resolution` is the agent's text, `solved` the employee's answer to it,
    None until then. `withdrawn`: the employee needs no person. `notice` is the effect that posted the notice with the
    buttons the employee has now: that they need no person or, once it is resolved, whether that solved it.
    `agent_session` is the assistant's session for questions of agents, while there is one. `answer_by` is the reply
    target, where the policy has one for the priority.

    `ticket_status` is the last known status of the ticket, None until then, and `ticket_word` the ticket system's own
    word for it, where it gave one. `ticket_heard_at` is the time of the last reading, `ticket_comments` are the
    comments that were read then. `ticket_watch` counts the polls that were scheduled; only the latest is in force.
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
        """The name of the handoff: its ticket's number, or its own as long as there is none."""
        return self.ticket_number or f"HD-{self.number}"

    @property
    def spoken_state(self) -> str:
        """The state in words."""
        if self.withdrawn:
            return "withdrawn"
        return "handed back" if self.handed_back else self.state.value

    def is_worked_by(self, person: str) -> bool:
        """Returns whether this person has claimed or joined the handoff."""
        return self.state is HandoffState.CLAIMED and (person == self.claimed_by or person in self.joined)

    def is_late(self, now: float) -> bool:
        """Returns whether it is unclaimed past its reply target."""
        return self.state is HandoffState.OPEN and self.answer_by is not None and self.answer_by <= now

    @property
    def ticket(self) -> TicketRef | None:
        """Its ticket, once it is created."""
        if self.ticket_id is None or self.ticket_system is None:
            return None
        return TicketRef(system=self.ticket_system, id=self.ticket_id, number=self.name, url=self.ticket_url)
