"""A relay: what somebody wrote in the DM or in a handoff's thread, and what became of its copy on the other side."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.helpdesk.model.file import SharedFile


class RelayState(enum.StrEnum):
    """Where a message stands on its way to the other side.

    NOTE: marked as a note by whoever wrote it. INTERNAL: not marked, but its author may not speak to the employee, or
    does not want to; of an employee: thanks, which are not passed on. KEPT: the assistant has it, but its files are for
    people, should any come in. ASKED: its author is asked whether it is to go to the other side, because nobody had
    claimed the handoff, because it may be a note or, of an employee, because the handoff was resolved. LEAVING: it can
    still be taken back unseen. SENT: its copy is decided on. WITHDRAWN: its author has deleted it.
    """

    NOTE = "note"
    INTERNAL = "internal"
    KEPT = "kept"
    ASKED = "asked"
    LEAVING = "leaving"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


class DeliverySign(enum.StrEnum):
    """What is shown on an agent's message: whether the employee has it."""

    INTERNAL = "internal"
    SENT = "sent"
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A message that was heard while people had the conversation. `message` stands in `channel`.

    One with files that was heard before has no `handoff_id` until a handoff is opened, and never has any words.
    `text` is what it says now, and empty once nothing of it is to be carried. `sending` counts how often a copy was
    decided on: a message that was made a note and then a message again is sent a second time. `revision` counts the
    changes of what it says.
    """

    id: str
    conversation_id: str
    handoff_id: str
    channel: str
    message: str
    author: str
    to_employee: bool
    text: str
    files: tuple[SharedFile, ...] = ()
    state: RelayState
    sign: DeliverySign | None = None
    sending: int = 0
    revision: int = 1
    written_at: float

    @property
    def copy_key(self) -> str:
        """The key of the effect that posts the latest copy of its words."""
        return ":".join(("relay", str(self.sending), self.channel, self.message))

    def share_key(self, number: int) -> str:
        """The key of the effect that shows the copy of one of its files, for the latest sending."""
        return ":".join(("share", self.id, str(self.sending), str(number)))

    def upload_key(self, number: int) -> str:
        """The key of the effect that copies one of its files, for the latest sending."""
        return ":".join(("upload", self.id, str(self.sending), str(number)))
