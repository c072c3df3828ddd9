"""Lanes: the jobs of one lane run one at a time and in order; lanes never wait for each other.

One per place and outside system, so that an outage of one never delays another.
"""

from __future__ import annotations

import enum

LANE_TAKEN_SECONDS = 0.3
"""Until a job tries again whose lane another process has taken."""


class Lane(enum.StrEnum):
    """The kinds of lanes. A lane is a kind with an id, such as `talk:con_1`."""

    INBOX = "in"
    """Events from one source, such as a direct message or a ticket."""

    ASK = "ask"
    """Questions of a conversation, or of agents about a handoff, one after the other."""

    TALK = "talk"
    """Messages to the employee of a conversation."""

    THREAD = "thread"
    """Messages in a handoff's thread."""

    CARD = "card"
    """Updates of a handoff's card, and everything about an article's."""

    RELAY = "relay"
    """Relays of a handoff that agents can still withdraw, in the order in which they were written."""

    RECEIPT = "receipt"
    """Delivery receipts on one relay; the latest is shown last."""

    FILE = "file"
    """Copies of a handoff's files. They may take long, so no message waits for them."""

    TICKET = "ticket"
    """Changes of a handoff's ticket."""

    NOTE = "note"
    """Notes about the conversations of one employee on their contact in the ticket system."""

    ARTICLE = "article"
    """The document of one article at the assistant."""

    ALARM = "alarm"
    """The message of one alarm."""

    VERDICT = "verdict"
    """Verdicts on one answer, in the order in which they were given."""

    PRIVATE = "private"
    """Notes that only this person sees."""

    FORM = "form"
    """The one form that a press opens."""

    HOME = "home"
    """Updates of a person's home."""

    LOOKUP = "lookup"
    """The answer to one lookup."""

    REVIEW = "review"
    """The digest of a week, and what follows it in the channel of the review."""

    SCHEDULED = "scheduled"
    """One scheduled job, with nothing behind it, or the polls of one ticket, each of which waits for the last one.

    They wait for a time of the wall clock, and do not count as unfinished work.
    """

    def of(self, id: str) -> str:
        """Returns the lane of this kind for an id."""
        return f"{self.value}:{id}"

    def contains(self, lane: str) -> bool:
        """Returns whether the lane is of this kind."""
        return lane.startswith(f"{self.value}:")
