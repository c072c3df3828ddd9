"""The result of a search for an identifier: the conversations it belongs to, with all their rows."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

from bot.helpdesk.model.conversation import Answer, Conversation, Question, Verdict
from bot.helpdesk.model.effects import EffectState
from bot.helpdesk.model.handoff import Handoff
from bot.helpdesk.model.history import DecisionRecord, TimelineEntry
from bot.helpdesk.model.job import ScheduledJob
from bot.helpdesk.model.ticket_system import LocalTicket


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEffect:
    """One effect and its outcome, without its content."""

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
    """A question with its answer and the verdicts on it."""

    question: Question
    answer: Answer | None
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundHandoff:
    """A handoff with its timeline, and its ticket if that is a local one."""

    handoff: Handoff
    timeline: tuple[TimelineEntry, ...]
    local_ticket: LocalTicket | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundConversation:
    """A conversation and all that belongs to it, the oldest first. `scheduled` are the jobs that have not run yet."""

    conversation: Conversation
    questions: tuple[FoundQuestion, ...]
    decisions: tuple[DecisionRecord, ...]
    handoffs: tuple[FoundHandoff, ...]
    effects: tuple[FoundEffect, ...]
    scheduled: tuple[ScheduledJob, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The result of a search. `understood_as` names the kinds of the id, which may be several.

    `conversations` has the latest first. `effects` and `scheduled` belong to no conversation: alarms, for example.
    """

    understood_as: tuple[str, ...]
    conversations: tuple[FoundConversation, ...]
    effects: tuple[FoundEffect, ...]
    scheduled: tuple[ScheduledJob, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """The answer to a lookup: each identifier as it was written, with its result; None if nothing belongs to it."""

    looked_up: tuple[tuple[str, Found | None], ...]


def visible_in(found: Found | None, channels: Set[str]) -> Found | None:
    """Returns the part of a result that members of these handoff channels may see, None if there is none."""
    if found is None:
        return None
    visible = [_visible_in(conversation, channels) for conversation in found.conversations]
    conversations = tuple(conversation for conversation in visible if conversation is not None)
    if found.conversations and not conversations:
        return None
    return replace(found, conversations=conversations)


def _visible_in(found: FoundConversation, channels: Set[str]) -> FoundConversation | None:
    handoffs = tuple(one for one in found.handoffs if one.handoff.channel in channels)
    if len(handoffs) == len(found.handoffs):
        return found
    # Other handoffs of the conversation belong to other channels: their decisions, effects and jobs are hidden too.
    shown = {one.handoff.id for one in handoffs}
    hidden = {one.handoff.id for one in found.handoffs} - shown
    if not shown:
        return None
    return replace(
        found,
        handoffs=handoffs,
        decisions=tuple(one for one in found.decisions if one.handoff_id in shown),
        effects=tuple(one for one in found.effects if one.subject not in hidden),
        scheduled=tuple(one for one in found.scheduled if one.subject not in hidden),
    )
