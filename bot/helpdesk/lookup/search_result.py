"""What an identifier leads to: conversations with everything that belongs to them."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from bot.helpdesk.model.conversation import Answer, Conversation, Question, Verdict
from bot.helpdesk.model.decision_record import DecisionRecord
from bot.helpdesk.model.effects import EffectState
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.local_ticket import LocalTicket
from bot.helpdesk.model.timeline import TimelineEntry

UNDERSTOOD = (
    "a Slack message (its ts, channel:ts, or its link), a DM channel, an employee's Slack id, an Uppzy session or "
    "request id, a ticket's id or number (HD-12), and the desk's own ids (con_, que_, ans_, ver_, hof_, dec_, eff_, "
    "inp_, rel_, ref_, tic_)"
)
"""What can be looked up, as it is said to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEffect:
    """One outside effect and what became of it, without its content."""

    id: str
    kind: str
    key: str
    subject: str
    state: EffectState
    attempts: int
    outcome: str | None
    error: str | None
    decided_at: float
    first_tried_at: float | None
    settled_at: float | None
    trace: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundQuestion:
    """A question with its answer and the verdicts on that."""

    question: Question
    answer: Answer | None
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHandoff:
    """A handoff and what happened to it, with its ticket where that is kept in our own database."""

    handoff: Handoff
    timeline: tuple[TimelineEntry, ...]
    local_ticket: LocalTicket | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundConversation:
    """A conversation and everything that belongs to it, each kind oldest first."""

    conversation: Conversation
    questions: tuple[FoundQuestion, ...]
    decisions: tuple[DecisionRecord, ...]
    handoffs: tuple[FoundHandoff, ...]
    effects: tuple[FoundEffect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an identifier leads to. `understood_as` says what it is; it may be several things at once.

    `conversations` are the latest first. `effects` are those that belong to no conversation, such as alarms.
    """

    understood_as: tuple[str, ...]
    conversations: tuple[FoundConversation, ...]
    effects: tuple[FoundEffect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """What somebody asked for: each id with what it leads to, None where it leads nowhere."""

    looked_up: tuple[tuple[str, Found | None], ...]


def within(found: Found | None, channels: Set[str]) -> Found | None:
    """What of it members of these handoff channels may see: a matter of other channels is none of theirs."""
    if found is None:
        return None
    seen = [_within(one, channels) for one in found.conversations]
    conversations = tuple(one for one in seen if one is not None)
    if found.conversations and not conversations:
        return None
    return replace(found, conversations=conversations)


def _within(found: FoundConversation, channels: Set[str]) -> FoundConversation | None:
    handoffs = tuple(one for one in found.handoffs if one.handoff.channel in channels)
    if len(handoffs) == len(found.handoffs):
        return found
    # It is a matter of other people too; what their rules said, and what was done for them, stays with them.
    shown = {one.handoff.id for one in handoffs}
    hidden = {one.handoff.id for one in found.handoffs} - shown
    if not shown:
        return None
    return replace(
        found,
        handoffs=handoffs,
        decisions=tuple(one for one in found.decisions if one.handoff_id in shown),
        effects=tuple(one for one in found.effects if one.subject not in hidden),
    )
