"""Alarms and their causes."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.helpdesk.redaction import SafeText


class AlarmCause(enum.StrEnum):
    """The kinds of causes. A cause is a kind, or a kind with its subject, such as `channel:C0123`."""

    OVERDUE = "overdue"
    TICKET = "ticket"
    CREDENTIALS = "credentials"
    QUESTIONS = "questions"
    CHANNEL = "channel"
    REFUSED = "refused"
    REVIEW = "review"
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRecord:
    """An alarm and its state. `message` is the message that shows it; `unposted`: it could not be posted.

    `count` is the number of occurrences, or of the handoffs or questions concerned. `expires`: it is over an hour after
    the last occurrence.
    """

    id: str
    cause: str
    text: SafeText
    count: int
    since: float
    last_at: float
    surface: str
    channel: str
    message: str | None = None
    unposted: bool = False
    expires: bool = False
    over_at: float | None = None
    revision: int = 1


CHANNEL_SHARED = "is_ext_shared"
"""The error code for a channel that is shared with another company."""
