"""Send status: what an outside system knows about an attempt whose response was lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Sent(Generic[R_co]):
    """The attempt succeeded. `result` is what it would have returned."""

    result: R_co


@dataclass(frozen=True, slots=True)
class NotSent:
    """The attempt had no effect, as far as can be seen now."""


@dataclass(frozen=True, slots=True)
class CannotTell:
    """The outside system `system` keeps nothing by which the attempt could be recognised."""

    system: str


SendStatus = Sent[R_co] | NotSent | CannotTell
