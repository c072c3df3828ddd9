"""Changes in the local Teams."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class TeamsChangeKind(enum.StrEnum):
    """Kinds of change."""

    MESSAGE_POSTED = "message_posted"
    MESSAGE_CHANGED = "message_changed"
    MESSAGE_DELETED = "message_deleted"
    REACTION_CHANGED = "reaction_changed"
    SHOWN_TO_ONE = "shown_to_one"
    TYPING = "typing"
    PLACE_CHANGED = "place_changed"
    CALLED = "called"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsChange:
    """A change. `conversation` is a personal chat or a channel; `subject` is a person, an operation or the like."""

    kind: TeamsChangeKind
    conversation: str = ""
    message: str = ""
    subject: str = ""
