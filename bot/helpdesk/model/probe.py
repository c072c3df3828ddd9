"""Probes: pinned answers that are asked for again, to see whether a change made them worse."""

from __future__ import annotations

from dataclasses import dataclass

from bot.helpdesk.model.conversation import Answer, Question
from bot.helpdesk.redaction import SafeText


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnableAnswer:
    """An answer with its question. `locale` is that of the person who asked, `follows`: others in the same session."""

    question: Question
    answer: Answer
    locale: str | None
    follows: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A pinned question with the answer that it had. `request_id` is the assistant's id of that answer.

    `worse` is the result of the latest check, None before the first.
    """

    id: str
    request_id: str
    question_id: str
    question: SafeText
    answer: SafeText
    confidence_level: str | None
    confidence_score: float | None
    language: str | None
    pinned_at: float
    checked_at: float | None = None
    worse: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """The result of asking a probe again. `answer` None: there was none. `reason` says why it is worse, if it is."""

    probe: Probe
    answer: SafeText | None
    reason: str | None

    @property
    def worse(self) -> bool:
        """Returns whether the answer got worse, or is missing."""
        return self.reason is not None
