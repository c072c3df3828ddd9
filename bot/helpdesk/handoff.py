"""A handoff: a conversation brought before people, and the moves it allows.

open ──claim──▶ claimed ──resolve──▶ resolved
  │                ▲                    │
  ├────────────────┼──────resolve───────┤
  │                └──────reopen────────┘
  └──hand back──▶ resolved ◀──hand back── claimed
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.helpdesk.conversation import Owner
from bot.helpdesk.redaction import SafeText


class HandoffState(enum.StrEnum):
    """Where a handoff stands."""

    OPEN = "open"
    CLAIMED = "claimed"
    RESOLVED = "resolved"


class Move(enum.StrEnum):
    """What an agent can do with a handoff."""

    CLAIM = "claim"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    HAND_BACK = "hand_back"


MOVES: dict[tuple[HandoffState, Move], HandoffState] = {
    (HandoffState.OPEN, Move.CLAIM): HandoffState.CLAIMED,
    (HandoffState.OPEN, Move.RESOLVE): HandoffState.RESOLVED,
    (HandoffState.OPEN, Move.HAND_BACK): HandoffState.RESOLVED,
    (HandoffState.CLAIMED, Move.RESOLVE): HandoffState.RESOLVED,
    (HandoffState.CLAIMED, Move.HAND_BACK): HandoffState.RESOLVED,
    (HandoffState.RESOLVED, Move.REOPEN): HandoffState.CLAIMED,
}

OWNER_IN: dict[HandoffState, Owner] = {
    HandoffState.OPEN: Owner.WAITING,
    HandoffState.CLAIMED: Owner.HUMAN,
    HandoffState.RESOLVED: Owner.BOT,
}


def after(state: HandoffState, move: Move) -> HandoffState | None:
    """The state that `move` leads to, or None where it is not allowed."""
    return MOVES.get((state, move))


def moves_from(state: HandoffState) -> tuple[Move, ...]:
    """What can be done in `state`, in the order the buttons stand."""
    return tuple(move for (origin, move) in MOVES if origin is state)


class TicketStatus(enum.StrEnum):
    """One vocabulary for every ticket system."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    SOLVED = "solved"
    CLOSED = "closed"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDraft:
    """A ticket to be created. Only redacted text can stand in it."""

    subject: SafeText
    body: SafeText
    priority: str
    requester: str
    metadata: TicketMetadata


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """A conversation before people. `thread` is the card's message in the handoff channel, once it is posted.

    `answer_by` is when somebody is to have taken it up, where the policy has a target for its priority.
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
    employee_told: bool = False
    relay_told: bool = False
    claimed_by: str | None = None
    resolved_by: str | None = None
    handed_back: bool = False
    revision: int = 1
    opened_at: float
    answer_by: float | None = None
    claimed_at: float | None = None
    resolved_at: float | None = None

    @property
    def name(self) -> str:
        """What people call it until, and if, the ticket system gives it a number of its own."""
        return self.ticket_number or f"HD-{self.number}"

    def is_late(self, now: float) -> bool:
        """Whether nobody has taken it up in time."""
        return self.state is HandoffState.OPEN and self.answer_by is not None and self.answer_by <= now

    @property
    def ticket(self) -> TicketRef | None:
        """Its ticket, once it is created."""
        if self.ticket_id is None or self.ticket_system is None:
            return None
        return TicketRef(system=self.ticket_system, id=self.ticket_id, number=self.name, url=self.ticket_url)
