"""Card: what the root of a handoff's thread shows."""

from __future__ import annotations

from dataclasses import dataclass

from bot.helpdesk.model.handoff import HandoffState
from bot.helpdesk.redaction import SafeText

LONGEST_ON_CARD = 2_500
"""Characters of a question or an answer on a card. A longer text is posted in full in the card's thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The content of a handoff's card."""

    handoff_id: str
    name: str
    state: HandoffState
    priority: str
    employee: str
    question: SafeText
    answer: SafeText | None
    answer_id: str | None
    shown_to_employee: bool
    confidence: str | None
    reasons: tuple[str, ...]
    fingerprint: str
    session_id: str
    request_id: str | None
    ticket_number: str | None
    ticket_url: str | None
    ticket_trouble: str | None
    ticket_expected: bool
    claimed_by: str | None
    resolved_by: str | None
    handed_back: bool
    verdicts: tuple[str, ...]
    answer_by: float | None = None
    late: bool = False
    revision: int
    outcome: str | None = None
    resolution: SafeText | None = None
    solved: bool | None = None
    revealable: bool = False
    revealed_by: str | None = None
    revealed_at: float | None = None
    joined: tuple[str, ...] = ()
    ticket_given_up: bool = False
    answer_awaited: bool = True
    ticket_status: SafeText | None = None
    withdrawn: bool = False
    replaces_deleted: bool = False
