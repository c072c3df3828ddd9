"""Time and metrics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bot.errors import OutsideError
from bot.helpdesk.model.effects import EffectState

Clock = Callable[[], float]
"""Returns the current time in Unix seconds."""


class Observer(Protocol):
    """Counts events and effects. It receives kinds, durations in seconds and errors, never ids or words.

    Called in the event loop once the transaction is durable. Must be fast; raises nothing.
    """

    def accepted(self, kind: str, *, known: bool) -> None:
        """An event was stored, or was `known` already."""

    def settled(self, kind: str, state: EffectState, *, found: bool = False) -> None:
        """An effect reached a final state. `found`: an earlier attempt turned out to have performed it."""

    def delayed(self, kind: str, error: OutsideError) -> None:
        """An effect will be tried again."""

    def asked(self, seconds: float, error: OutsideError | None) -> None:
        """A call of the assistant returned, or failed."""
