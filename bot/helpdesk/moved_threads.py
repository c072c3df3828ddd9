"""Threads that are gone because their first message was deleted, and the threads in which they continue.

A handoff continues below a new card, a conversation below a new message in the employee's direct message. Effects that
were decided for the old thread are sent to the new one, and messages that people still write in the old one are read.
"""

from __future__ import annotations

from bot.helpdesk.ports import Transaction

# The most moves of one handoff or conversation within so many seconds. More would not help: the cause lies elsewhere.
_MOST_MOVES = 3
_WITHIN = 600.0


def current_thread(tx: Transaction, channel: str, thread: str) -> tuple[str, tuple[str, ...]]:
    """Return the thread in which this one continues, itself if it still exists, and the threads that are gone."""
    gone: list[str] = []
    while (moved := tx.moved_threads.of_thread(channel, thread)) is not None and moved.moved_to is not None:
        gone.append(thread)
        thread = moved.moved_to
    return thread, tuple(gone)


def moves_too_often(tx: Transaction, owner: str, now: float) -> bool:
    """Return whether this handoff or conversation has moved so often lately that it should not move again."""
    recent = [moved for moved in tx.moved_threads.of_owner(owner) if now - moved.moved_at < _WITHIN]
    return len(recent) >= _MOST_MOVES
