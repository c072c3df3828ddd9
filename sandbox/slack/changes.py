"""Changes in the local Slack."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class ChangeKind(enum.StrEnum):
    """Kinds of change."""

    MESSAGE_POSTED = "message_posted"
    MESSAGE_CHANGED = "message_changed"
    MESSAGE_DELETED = "message_deleted"
    EPHEMERAL_POSTED = "ephemeral_posted"
    EPHEMERAL_DELETED = "ephemeral_deleted"
    REACTION_ADDED = "reaction_added"
    REACTION_REMOVED = "reaction_removed"
    VIEW_OPENED = "view_opened"
    VIEW_CHANGED = "view_changed"
    VIEW_CLOSED = "view_closed"
    HOME_PUBLISHED = "home_published"
    STATUS_SET = "status_set"
    SESSION_RENAMED = "session_renamed"
    PROMPTS_SET = "prompts_set"
    CALLED = "called"
    DELIVERED = "delivered"
    SOCKET_OPENED = "socket_opened"
    SOCKET_CLOSED = "socket_closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change. `ts` is the message or thread; `subject` is a view, an emoji, a method or the like."""

    kind: ChangeKind
    channel: str = ""
    ts: str = ""
    user: str = ""
    subject: str = ""
