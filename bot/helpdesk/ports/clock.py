"""The clock."""

from __future__ import annotations

from collections.abc import Callable

Clock = Callable[[], float]
"""Returns the current time in Unix seconds."""
