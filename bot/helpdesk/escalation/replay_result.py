"""Result of a replay over many questions: counts, and every question with which something else would have been done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.helpdesk.escalation.replay import Replay, Replayed
from bot.helpdesk.escalation.stages import read_stages
from bot.helpdesk.redaction import redact, shorten

_LONGEST_EXAMPLE = 160

KINDS: Mapping[str, str] = {
    "added": "Handed over in addition",
    "removed": "No longer handed over",
    "changed": "Handed over differently",
}
"""The kinds of differences, with their titles."""


@dataclass(frozen=True, slots=True)
class DecidedQuestion:
    """A question as far as a replay needs it. `decisions` are as they are stored."""

    id: str
    asked_at: float
    text: str
    hidden: bool
    decisions: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A question with which something else would have been done. `kind` is one of KINDS."""

    kind: str
    question: DecidedQuestion
    before: Replayed
    after: Replayed

    @property
    def example(self) -> str:
        """The beginning of the question without secrets; of a hidden one nothing."""
        return "" if self.question.hidden else str(shorten(redact(self.question.text), _LONGEST_EXAMPLE))


@dataclass(slots=True)
class ReplayResult:
    """The counts of a replay, over those questions that could be judged, and every difference."""

    questions: int = 0
    judged: int = 0
    before: Counter[str] = field(default_factory=Counter)
    after: Counter[str] = field(default_factory=Counter)
    handoffs_before: int = 0
    handoffs_after: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def rules(self) -> list[str]:
        """The names of the rules that fired before or after."""
        return list(dict.fromkeys((*self.before, *self.after)))

    def add(self, other: ReplayResult) -> None:
        """Adds the result over further questions."""
        self.questions += other.questions
        self.judged += other.judged
        self.before.update(other.before)
        self.after.update(other.after)
        self.handoffs_before += other.handoffs_before
        self.handoffs_after += other.handoffs_after
        self.differences += other.differences

    def of_kind(self, kind: str) -> list[Difference]:
        """Returns the differences of one kind."""
        return [one for one in self.differences if one.kind == kind]


def replayed(replay: Replay, questions: Iterable[DecidedQuestion]) -> ReplayResult:
    """Returns what the policy of `replay` would have done with these questions."""
    result = ReplayResult()
    for question in questions:
        result.questions += 1
        judged = replay.judge(read_stages(question.decisions), question.text)
        if judged is not None:
            _count(result, question, *judged)
    return result


def _count(result: ReplayResult, question: DecidedQuestion, before: Replayed, after: Replayed) -> None:
    result.judged += 1
    result.before.update(before.rules)
    result.after.update(after.rules)
    result.handoffs_before += before.escalates
    result.handoffs_after += after.escalates
    if after.differs_from(before):
        kind = "changed" if before.escalates and after.escalates else "added" if after.escalates else "removed"
        result.differences.append(Difference(kind=kind, question=question, before=before, after=after))
