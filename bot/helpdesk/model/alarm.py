"""What can be wrong so that people must mend it, and the alarm that tells them."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.helpdesk.redaction import SafeText


class AlarmCause(enum.StrEnum):
    """The kinds of causes. A cause is one of them, or one with what it concerns: `channel:C0123`."""

    OVERDUE = "overdue"
    TICKET = "ticket"
    CREDENTIALS = "credentials"
    QUESTIONS = "questions"
    CHANNEL = "channel"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRecord:
    """An alarm and where it stands. `message` is where it was said, `unsaid` that it could not be.

    `count` is how often the cause occurred or how many it concerns, as the cause has it; `fades`: it is over when it
    has not occurred for an hour.
    """

    id: str
    cause: str
    text: SafeText
    count: int
    since: float
    last_at: float
    channel: str
    message: str | None = None
    unsaid: bool = False
    fades: bool = False
    over_at: float | None = None
    revision: int = 1

    @property
    def trouble(self) -> AlarmCause:
        """Of which kind its cause is."""
        return AlarmCause(self.cause.partition(":")[0])


CHANNEL_SHARED = "is_ext_shared"
"""The code of the trouble that a channel is shared with another company."""


def channel_cause(channel: str) -> str:
    """The cause of the alarm about a channel that cannot be posted to."""
    return f"{AlarmCause.CHANNEL}:{channel}"
