"""Relay: a message written in the DM or in a handoff's thread, and the state of its copy in the other one."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.helpdesk.model.chat import SharedFile


class RelayState(enum.StrEnum):
    """The state of a message on its way to the other thread.

    NOTE: its author has marked it as a note. INTERNAL: not marked, but its author may not talk to the employee, or does
    not want to; of an employee: thanks, which are not relayed. KEPT: the assistant has it, but its files are for
    people, if a handoff is opened. ASKED: its author is asked whether to relay it, because the handoff was unclaimed or
    resolved, or because it may be a note. DELAYED: its delay is not over, so it
    can be deleted before the employee sees it. SENT: its copy is in the outbox. WITHDRAWN: its author has deleted it.
    """

    NOTE = "note"
    INTERNAL = "internal"
    KEPT = "kept"
    ASKED = "asked"
    DELAYED = "delayed"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


class DeliveryReceipt(enum.StrEnum):
    """The receipt on an agent's message: whether the employee has it.

    DELAYED: not yet; it can still be taken back. CONSULTATION: it is for the assistant.
    """

    CONSULTATION = "consultation"
    DELAYED = "delayed"
    INTERNAL = "internal"
    SENT = "sent"
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """A message that was received while people had the conversation. `message` is in `channel`.

    One with files that was received before that has no `handoff_id` until a handoff is opened, and no text.
    `question_id`: the question with which the assistant was asked it when its handoff was handed back. `text` is
    the current text, empty once none of it is to be relayed. `sending` counts the copies that were decided on: a
    message that became a note and then a message again is sent a second time. `revision` counts the edits. `sent_at` is
    when it was sent, by the surface's clock; None if nothing but its deletion was received.
    """

    id: str
    conversation_id: str
    handoff_id: str
    question_id: str | None = None
    surface: str
    channel: str
    message: str
    author: str
    to_employee: bool
    text: str
    files: tuple[SharedFile, ...] = ()
    state: RelayState
    receipt: DeliveryReceipt | None = None
    sending: int = 0
    revision: int = 1
    sent_at: float | None = None
    written_at: float

    @property
    def copy_key(self) -> str:
        """The key of the effect that posts the latest copy of its text."""
        return ":".join(("relay", str(self.sending), self.surface, self.channel, self.message))

    def share_key(self, number: int) -> str:
        """The key of the effect that shows the copy of one of its files, for the latest sending."""
        return ":".join(("share", self.id, str(self.sending), str(number)))

    def upload_key(self, number: int) -> str:
        """The key of the effect that copies one of its files, for the latest sending."""
        return ":".join(("upload", self.id, str(self.sending), str(number)))
