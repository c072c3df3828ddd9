"""Gaps of a period: its troubled questions, grouped by their main words, the largest group first.

A gap that is known keeps its id while questions are near its anchor. The id of a new one is made from its main words,
so that a command that only reads finds the same.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.helpdesk.language.main_words import MainWords, group, read_main_words
from bot.helpdesk.model.gap import ContentGap, GapRecord, Trouble
from bot.helpdesk.redaction import SafeText, redact, shorten
from bot.helpdesk.text import legible

MOST_EXAMPLES = 3
MOST_RESOLUTIONS = 3
MOST_GAPS = 1000
"""Gaps of a period. Nobody reads more, and the words of each take time to redact."""

WORDS_GONE = "gap-gone"
"""Id of the gap of all questions whose words retention has deleted, and of those without words."""

_LONGEST_COMPARED = 600
"""Characters of a question that are compared: who writes more has said the matter by then."""

_LONGEST_EXAMPLE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResolution:
    """Words with which an agent resolved a question. `solved`: the employee said that it was solved."""

    text: str
    solved: bool
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubledQuestion:
    """A question that got no good answer. `text` is empty where retention has deleted it."""

    id: str
    text: str
    asked_at: float
    reasons: tuple[Trouble, ...]
    resolutions: tuple[AgentResolution, ...] = ()


def find_gaps(
    questions: Iterable[TroubledQuestion],
    *,
    total: int,
    known: Sequence[GapRecord],
    articles: Mapping[str, str],
    now: float,
) -> list[ContentGap]:
    """Returns the gaps of a period with `total` questions, the largest first, at most `MOST_GAPS`.

    `known` are gaps found before, the oldest first, and `articles` the ids of articles by that of their gap.
    """
    asked = list(questions)
    anchors = [frozenset(record.words.split()) for record in known]
    wordings = read_main_words((legible(one.text[:_LONGEST_COMPARED]) for one in asked), known=anchors)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for index, number in enumerate(group(wordings, anchors)):
        members[number].append(index)
    gaps = []
    for number, indexes in sorted(members.items(), key=lambda member: -len(member[1]))[:MOST_GAPS]:
        found = [asked[index] for index in indexes]
        if number < 0:
            record = GapRecord(id=WORDS_GONE, words="", found_at=now)
        elif number < len(known):
            record = known[number]
        else:
            record = _new_record([wordings[index] for index in indexes], found, now)
        gaps.append(_gap(record, found, total, articles.get(record.id)))
    return sorted(gaps, key=lambda gap: (-gap.questions, gap.id))


def _new_record(wordings: Sequence[MainWords], questions: Sequence[TroubledQuestion], now: float) -> GapRecord:
    """Anchors a gap at its most frequent wording. What redaction takes out of that is no part of the anchor."""
    counts = Counter(wordings)
    anchor = min(counts, key=lambda words: (-counts[words], len(words), sorted(words)))
    texts = (question.text for question, words in zip(questions, wordings, strict=True) if words == anchor)
    [kept] = read_main_words([redact(legible(min(texts)[:_LONGEST_COMPARED]))], known=[anchor])
    digest = hashlib.sha256(" ".join(sorted(anchor)).encode()).hexdigest()
    return GapRecord(id=f"gap-{digest[:12]}", words=" ".join(sorted(anchor & kept)), found_at=now)


def _gap(record: GapRecord, questions: Sequence[TroubledQuestion], total: int, article: str | None) -> ContentGap:
    reasons = Counter(reason for question in questions for reason in question.reasons)
    return ContentGap(
        record=record,
        questions=len(questions),
        share=len(questions) / max(total, 1),
        reasons={reason: reasons[reason] for reason in Trouble if reasons[reason]},
        examples=_examples(questions),
        resolutions=_resolutions(questions),
        article=article,
    )


def _examples(questions: Sequence[TroubledQuestion]) -> tuple[SafeText, ...]:
    """Returns the latest of each wording, the most frequent first."""
    latest: dict[str, TroubledQuestion] = {}
    counts: Counter[str] = Counter()
    for question in sorted(questions, key=lambda question: (-question.asked_at, question.id)):
        if wording := " ".join(question.text.casefold().split()):
            latest.setdefault(wording, question)
            counts[wording] += 1
    return tuple(_shown(latest[wording].text) for wording, _ in counts.most_common(MOST_EXAMPLES))


def _resolutions(questions: Sequence[TroubledQuestion]) -> tuple[SafeText, ...]:
    """Returns different resolutions: first those that solved the matter, then the latest."""
    given = [resolution for question in questions for resolution in question.resolutions if resolution.text.strip()]
    ranked = sorted(given, key=lambda resolution: (not resolution.solved, -resolution.at, resolution.text))
    different = dict.fromkeys(resolution.text.strip() for resolution in ranked)
    return tuple(redact(legible(text)) for text, _ in zip(different, range(MOST_RESOLUTIONS), strict=False))


def _shown(text: str) -> SafeText:
    return shorten(redact(legible(text).strip()), _LONGEST_EXAMPLE)


def queued(gaps: Sequence[ContentGap], now: float) -> list[ContentGap]:
    """Returns the gaps that people are to look at: without an article, neither snoozed nor dismissed, with words."""
    return [gap for gap in gaps if gap.article is None and gap.id != WORDS_GONE and gap.record.is_queued(now)]
