"""Escalation decisions as they are stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRecord:
    """A decision to escalate: its rules and reasons, the policy's fingerprint, and the time in Unix seconds."""

    id: str
    conversation_id: str
    question_id: str | None
    handoff_id: str | None
    rules: tuple[str, ...]
    reasons: tuple[str, ...]
    fingerprint: str
    decided_at: float
