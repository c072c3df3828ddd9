"""Card: what the root of a handoff's thread shows."""

from __future__ import annotations

from dataclasses import dataclass

from bot.helpdesk.model.handoff import Claim, Grounds, HandoffState, Resolution, Reveal, TicketRef
from bot.helpdesk.redaction import SafeText

LONGEST_ON_CARD = 2_500
"""Characters of a question or an answer on a card. A longer text is posted in full in the card's thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAnswer:
    """The assistant's answer on a card. Each verdict is `role:rating:person`."""

    id: str
    text: SafeText
    shown_to_employee: bool
    confidence: str
    request_id: str
    verdicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CardTicket:
    """The ticket on a card, as in `HandoffTicket`. `given_up`: it is not created, and creating it is not retried."""

    wanted: bool
    ref: TicketRef | None = None
    trouble: str | None = None
    given_up: bool = False
    status: SafeText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The content of a handoff's card.

    `answer_awaited`: the question has no answer yet. `revealable`: there is a question, whose words before redaction
    an agent may see. `late`: it is unclaimed past `answer_by`, its reply target. `replaces_deleted`: the card before
    it was deleted.
    """

    handoff_id: str
    name: str
    revision: int
    state: HandoffState
    priority: str
    employee: str
    session_id: str
    question: SafeText
    revealable: bool = False
    answer: CardAnswer | None
    answer_awaited: bool = True
    grounds: Grounds
    ticket: CardTicket
    claim: Claim | None
    resolution: Resolution
    resolution_text: SafeText | None = None
    reveal: Reveal | None = None
    answer_by: float | None = None
    late: bool = False
    replaces_deleted: bool = False
