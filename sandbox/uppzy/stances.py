"""How the local Uppzy behaves where Uppzy's documentation is silent or contradicts itself."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class RequestIds(enum.StrEnum):
    """The two shapes of request id that the documentation shows or names."""

    PREFIXED_HEX = "req_ and 32 hex digits"
    UUID = "dashed UUID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stances:
    """One switch for each gap in the documentation. The defaults are our guesses; clients must live with any value."""

    submit_status: int = 202
    """HTTP status of an accepted asynchronous question: 202 or 200."""

    unfinished: str = "queued"
    """What the status of an asynchronous question is called until it is `completed` or `failed`."""

    confidence: bool = True
    """Whether answers carry the two confidence fields at all."""

    closed_session_status: int | None = 409
    """What a question in a closed session gets: 400, 404 or 409; None: an answer, and the session is open again."""

    feedback_overwrites: bool = False
    """Whether a second rating of the same answer replaces the first. Either way it gets no timestamp."""

    unfinished_feedback_status: int = 400
    """What a rating gets before the answer is there: 400, 404 or 409."""

    foreign_scope_status: int = 404
    """What an unknown tenant or site gets: 404 or 403."""

    extra_field: bool = True
    """Whether every answer has a field that no documentation names."""

    request_ids: RequestIds = RequestIds.PREFIXED_HEX
