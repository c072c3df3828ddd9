"""Draft of a reference article: a question and its resolution, for an editor of the reference."""

from __future__ import annotations

from dataclasses import dataclass

from bot.helpdesk.redaction import SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceDraft:
    """A question and its answer as an agent resolved them, both redacted. `author` is that agent."""

    id: str
    handoff_id: str
    conversation_id: str
    question: SafeText
    answer: SafeText
    author: str
    drafted_at: float
