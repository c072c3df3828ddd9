"""Threads whose first message was deleted, and the threads that replace them.

A handoff continues below a new card, a conversation below a new message in the employee's DM. Effects for the old
thread are sent to the new one, and messages that people still write in the old one are handled.
"""

from __future__ import annotations

from dataclasses import replace

from bot.helpdesk.model.chat import ThreadAddress
from bot.helpdesk.ports import Transaction

# Moves of one handoff or conversation within a period in seconds. More would not help: something else deletes them.
_MAX_MOVES = 3
_MOVES_PERIOD = 600.0


def current_thread(tx: Transaction, address: ThreadAddress) -> tuple[ThreadAddress, tuple[str, ...]]:
    """Returns the thread in which this one continues, itself if it still exists, and the deleted threads before it."""
    gone: list[str] = []
    while (moved := tx.moved_threads.of_thread(address)) is not None and moved.moved_to is not None:
        gone.append(address.thread)
        address = replace(address, thread=moved.moved_to)
    return address, tuple(gone)


def moves_too_often(tx: Transaction, owner: str, now: float) -> bool:
    """Returns whether this handoff or conversation has moved too often recently to move again."""
    recent = [moved for moved in tx.moved_threads.of_owner(owner) if now - moved.moved_at < _MOVES_PERIOD]
    return len(recent) >= _MAX_MOVES
