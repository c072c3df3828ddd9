"""Gaps: matters about which questions got no good answer, and what people decided about them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from bot.helpdesk.model.chat import ChannelAddress
from bot.helpdesk.redaction import SafeText


class Trouble(enum.StrEnum):
    """The reasons for which a question counts as troubled. A question may have several.

    REPEATED: it was asked again, or stayed unresolved for another reason than the others.
    """

    LOW_CONFIDENCE = "low_confidence"
    ABSENT_CONFIDENCE = "absent_confidence"
    BAD_VERDICT = "bad_verdict"
    REPEATED = "repeated"
    HANDED_OVER = "handed_over"
    WITHOUT_WORDS = "answered_without_words"


class GapState(enum.StrEnum):
    """The states of a gap. SNOOZED: it is out of the queue until a time. DISMISSED: people say that it is none."""

    OPEN = "open"
    SNOOZED = "snoozed"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRecord:
    """A gap as it is known from one week to the next.

    `words` are the main words of its anchor, those that redaction keeps, in order and with spaces: questions near them
    belong to the gap. `changed_by` and `changed_at` belong to the state, None while nobody changed it.
    """

    id: str
    words: str
    state: GapState = GapState.OPEN
    snoozed_until: float | None = None
    changed_by: str | None = None
    changed_at: float | None = None
    found_at: float

    def is_queued(self, now: float) -> bool:
        """Returns True where people are to look at it now."""
        if self.state is GapState.SNOOZED:
            return self.snoozed_until is None or self.snoozed_until <= now
        return self.state is GapState.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentGap:
    """A gap in a period: `questions` troubled questions, the `share` of all questions of the period, from 0 to 1.

    `reasons` counts the questions that have each. `examples` are up to three different wordings, and `resolutions` up
    to three of agents, the best first; both are empty where retention has deleted the words. `article` is the id of the
    article that was written for it.
    """

    record: GapRecord
    questions: int
    share: float
    reasons: Mapping[Trouble, int]
    examples: tuple[SafeText, ...]
    resolutions: tuple[SafeText, ...]
    article: str | None = None

    @property
    def id(self) -> str:
        return self.record.id


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubleCount:
    """The number of a gap's questions that are troubled for one reason."""

    reason: Trouble
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedGap:
    """A gap as it was when its queue was made."""

    gap_id: str
    questions: int
    share: float
    reasons: tuple[TroubleCount, ...]
    examples: tuple[SafeText, ...]
    resolutions: tuple[SafeText, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapQueue:
    """The message that shows the gaps of a digest one by one. `position` is that of the gap shown, from 0.

    `message` is None until it is posted. `revision` counts the states of the message.
    """

    id: str
    place: ChannelAddress
    message: str | None = None
    entries: tuple[QueuedGap, ...]
    position: int = 0
    revision: int = 1
    made_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GapCard:
    """The content of the queue's message: one gap, with what people decided about it since.

    `revision` is that of the queue. `has_article`: an article was begun for it.
    """

    queue_id: str
    revision: int
    position: int
    total: int
    gap: QueuedGap
    state: GapState
    snoozed_until: float | None = None
    changed_by: str | None = None
    has_article: bool = False
