"""Threads that are not there any more, and where what belonged to them goes on.

A thread is gone when the message it began with was deleted. A handoff goes on below a new card, a conversation below a
new message in the employee's DM. What was decided for the old thread is posted in the new one, and what people still
write in the old one is heard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.helpdesk.ports import Transaction

# So many times within so many seconds a matter moves; where that does not help, the thread is not what is wrong.
_MOST_MOVES = 3
_WITHIN = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedThread:
    """A thread that is gone. It goes on in `moved_to`, None until that is there.

    `owner` is the id of the handoff or the conversation, and empty where none is known that had its thread there.
    """

    id: str
    owner: str
    channel: str
    thread: str
    moved_to: str | None = None
    moved_at: float


def follow(tx: Transaction, channel: str, thread: str) -> tuple[str, tuple[str, ...]]:
    """The thread in which this one goes on, itself where it is still there; and the threads that are gone."""
    gone: list[str] = []
    while (moved := tx.moved_threads.of_thread(channel, thread)) is not None and moved.moved_to is not None:
        gone.append(thread)
        thread = moved.moved_to
    return thread, tuple(gone)


def moves_too_often(tx: Transaction, owner: str, now: float) -> bool:
    """Whether going on elsewhere has been tried again and again of late."""
    recent = [moved for moved in tx.moved_threads.of_owner(owner) if now - moved.moved_at < _WITHIN]
    return len(recent) >= _MOST_MOVES
