"""People as the directory describes them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person in the directory. Names are for display only; no decision depends on them.

    `external`: a member of another company. `utc_offset` is in seconds. `is_bot`: an app or a workflow.
    """

    id: str
    name: str
    email: str | None = None
    locale: str | None = None
    external: bool = False
    utc_offset: int = 0
    is_bot: bool = False
