"""The figures of a review, computed from what the store has counted. `messages.review` has their definitions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.helpdesk.escalation import HandoffRules, Priority
from bot.helpdesk.model.conversation import Rating, Role
from bot.helpdesk.review.period import Period

LEVELS = ("high", "medium", "low")
ABSENT = "absent"
WEEKS_SHOWN = 12
"""Weeks in the chart of questions and handoffs."""


class QuestionTally(NamedTuple):
    """Questions of employees that have all of this in common.

    `answered`: the assistant gave an answer, with this confidence `level`. `withheld`: it went to agents as a draft.
    `escalated`: the question opened a handoff or joined one. `rating` is the employee's.
    """

    number: int
    answered: bool
    level: str | None
    withheld: bool
    escalated: bool
    rating: Rating | None


class VerdictTally(NamedTuple):
    """Verdicts of people in one role."""

    number: int
    role: Role
    rating: Rating


class HandoffTimes(NamedTuple):
    """A handoff: its rules, and when what happened first. `resolved_at`: an agent resolved it, and it still is.

    `reopened_at` is the last reopening, `said_solved_at` when the employee first said that it was solved.
    """

    priority: str
    rules: tuple[str, ...]
    opened_at: float
    first_word_at: float | None
    claimed_at: float | None
    resolved_at: float | None
    reopened_at: float | None
    said_solved_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The counts of a period, as the store has them."""

    questions: Iterable[QuestionTally]
    verdicts: Iterable[VerdictTally]
    handoffs: Iterable[HandoffTimes]


@dataclass(slots=True)
class Ratings:
    """Good and bad verdicts."""

    good: int = 0
    bad: int = 0


@dataclass(slots=True)
class LevelFigures:
    """Answers of one confidence level, with the employees' verdicts on them and how many were handed over."""

    answers: int = 0
    good: int = 0
    bad: int = 0
    escalated: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeFigures:
    """Times from the opening of handoffs, in seconds: the nearest-rank quantiles of `of` handoffs.

    `within_target` of them were claimed within their target; None if none of them has one.
    """

    p50: float | None
    p90: float | None
    within_target: int | None
    of: int
    seconds: Sequence[float] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFigures:
    """All figures of one period."""

    period: Period
    questions: int
    answered_without_person: int
    handoffs: int
    by_rule: Mapping[str, int]
    verdicts: Mapping[Role, Ratings]
    confidence: Mapping[str, LevelFigures]
    first_word: TimeFigures
    claim: TimeFigures
    resolution: TimeFigures
    reopened: int
    came_back: int


def compute(period: Period, counts: Counts, rules: HandoffRules) -> ReviewFigures:
    """Computes the figures. `rules` have the targets for claiming."""
    questions = answered_without_person = 0
    confidence = {level: LevelFigures() for level in (*LEVELS, ABSENT)}
    for tally in counts.questions:
        questions += tally.number
        if tally.answered:
            _add_answer(confidence.setdefault(tally.level or ABSENT, LevelFigures()), tally)
            if not tally.withheld and not tally.escalated:
                answered_without_person += tally.number
    verdicts = {role: Ratings() for role in Role}
    for number, role, rating in counts.verdicts:
        _add(verdicts[role], rating, number)
    handoffs = tuple(counts.handoffs)
    return ReviewFigures(
        period=period,
        questions=questions,
        answered_without_person=answered_without_person,
        handoffs=len(handoffs),
        by_rule=dict(Counter(rule for handoff in handoffs for rule in handoff.rules).most_common()),
        verdicts=verdicts,
        confidence=confidence,
        first_word=_times(handoffs, [handoff.first_word_at for handoff in handoffs], rules),
        claim=_times(handoffs, [handoff.claimed_at for handoff in handoffs], rules),
        resolution=_times(handoffs, [handoff.resolved_at for handoff in handoffs], rules),
        reopened=sum(handoff.reopened_at is not None for handoff in handoffs),
        came_back=sum(_came_back(handoff) for handoff in handoffs),
    )


def _add_answer(level: LevelFigures, tally: QuestionTally) -> None:
    level.answers += tally.number
    level.escalated += tally.number * tally.escalated
    if tally.rating is not None:
        _add(level, tally.rating, tally.number)


def _add(figures: Ratings | LevelFigures, rating: Rating, number: int) -> None:
    if rating is Rating.GOOD:
        figures.good += number
    else:
        figures.bad += number


def _came_back(handoff: HandoffTimes) -> bool:
    solved, reopened = handoff.said_solved_at, handoff.reopened_at
    return solved is not None and reopened is not None and reopened > solved


def _times(handoffs: Sequence[HandoffTimes], moments: Sequence[float | None], rules: HandoffRules) -> TimeFigures:
    happened = [(handoff, at) for handoff, at in zip(handoffs, moments, strict=True) if at is not None]
    in_time = [_claimed_in_time(handoff, rules) for handoff, _ in happened]
    seconds = sorted(max(0.0, at - handoff.opened_at) for handoff, at in happened)
    return TimeFigures(
        p50=quantile(seconds, 0.5),
        p90=quantile(seconds, 0.9),
        within_target=None if all(one is None for one in in_time) else sum(one is True for one in in_time),
        of=len(seconds),
        seconds=seconds,
    )


def _claimed_in_time(handoff: HandoffTimes, rules: HandoffRules) -> bool | None:
    """Returns whether it was claimed within its target; None if the policy has none for its priority."""
    target = rules.reply_within.get(Priority(handoff.priority))
    if target is None:
        return None
    return handoff.claimed_at is not None and handoff.claimed_at <= rules.hours.after(handoff.opened_at, target)


def quantile(values: Sequence[float], part: float) -> float | None:
    """Returns the nearest-rank quantile of sorted values: the smallest that `part` of them do not exceed."""
    return values[max(0, math.ceil(part * len(values)) - 1)] if values else None
