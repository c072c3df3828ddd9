"""Records of what happened: the timeline of a handoff, and decisions to escalate.

The timeline says who did what, and when. It holds no text of messages; that is stored with the messages.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class TimelineEvent(enum.StrEnum):
    """The kinds of entries."""

    OPENED = "opened"
    CLAIMED = "claimed"
    RESOLVED = "resolved"
    HANDED_BACK = "handed back"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    JOINED = "joined"
    ASSIGNED = "assigned"
    RELEASED = "released"
    PENDING = "waiting for the employee"
    EMPLOYEE_REMINDED = "employee reminded to reply"
    RESUMED = "resumed"
    REPLIED = "employee replied"
    TIMED_OUT = "closed without a reply"
    WRITTEN_AGAIN = "reopened by the employee"
    RELAYED = "passed a message on to the employee"
    UNSENT = "took a message to the employee back"
    SAID_SOLVED = "said to be solved"
    SAID_NOT_SOLVED = "said not to be solved"
    SAID_PARTLY_SOLVED = "said to be partly solved"
    KEPT_AS_REFERENCE = "kept as a reference draft"
    ASSISTANT_ASKED = "assistant asked by an agent"
    DRAFT_SENT = "draft sent to the employee"
    MOVED = "moved out of a shared channel"
    CARD_REPLACED = "card posted anew after it was deleted"
    REVEALED = "question revealed"
    TICKET_RETRIED = "ticket tried again"
    REMINDED = "reminded"
    OVERDUE = "overdue"
    ON_CALL = "on-call people asked"
    TICKET_MOVED = "moved in the ticket system"
    TICKET_COMMENT = "comment in the ticket system"


REPLIES = frozenset({TimelineEvent.RELAYED, TimelineEvent.DRAFT_SENT})
"""The events by which an agent's words reach the employee."""

REOPENINGS = frozenset({TimelineEvent.REOPENED, TimelineEvent.WRITTEN_AGAIN})
"""The events by which a resolved handoff is open again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """An entry. `person` None: the desk did it by itself.

    `detail` is an id or a name of ours, never the text of a message.
    """

    id: str
    conversation_id: str
    handoff_id: str
    event: TimelineEvent
    person: str | None = None
    detail: str | None = None
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A decision to escalate: its rules and reasons, the policy's fingerprint, and the time in Unix seconds."""

    id: str
    conversation_id: str
    question_id: str | None
    handoff_id: str | None
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    fingerprint: str
    decided_at: float
