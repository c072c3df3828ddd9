"""The record of a thread that is gone, and of the one in which it continues."""

from __future__ import annotations

from dataclasses import dataclass

from bot.helpdesk.model.address import ThreadAddress
from bot.helpdesk.model.conversation import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedThread:
    """A thread whose first message was deleted. It continues in `moved_to`, None until that is posted.

    `owner` is the id of the handoff or the conversation to which the thread belonged, empty if neither is known.
    """

    id: str
    owner: str
    surface: str
    channel: str
    thread: str
    moved_to: str | None = None
    moved_at: float

    @classmethod
    def of(cls, gone: ThreadAddress, owner: str, now: float) -> MovedThread:
        """Returns a new record of a thread that is gone."""
        return cls(
            id=new_id("mov"),
            owner=owner,
            surface=gone.surface,
            channel=gone.channel,
            thread=gone.thread,
            moved_at=now,
        )
