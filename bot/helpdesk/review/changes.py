"""Changes since the period before, where they are more than noise.

Counts are compared by the exact binomial test, shares by Fisher's exact test, and times by Mood's median test, which is
Fisher's test of how many lie above the median of both periods. A change counts if it would come by chance less than
once in a hundred times.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.helpdesk.model.conversation import Role
from bot.helpdesk.review.exact_tests import binomial_test, fisher_exact
from bot.helpdesk.review.figures import ABSENT, ReviewFigures, TimeFigures

THRESHOLD = 0.01


class FigureUnit(enum.StrEnum):
    """The unit of a figure: a count, a share from 0 to 1, or seconds."""

    COUNT = "count"
    SHARE = "share"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureChange:
    """A figure that changed. `p` is the probability of such a change by chance."""

    figure: str
    unit: FigureUnit
    before: float
    after: float
    p: float

    @property
    def rose(self) -> bool:
        """Returns whether it is higher than before."""
        return self.after > self.before


def changes_between(before: ReviewFigures, after: ReviewFigures) -> tuple[FigureChange, ...]:
    """Returns what changed by more than noise; nothing before the first day of the calendar."""
    if before.period.since >= before.period.until:
        return ()
    return tuple(change for change in _compare(before, after) if change.p < THRESHOLD and change.after != change.before)


def _compare(before: ReviewFigures, after: ReviewFigures) -> Iterator[FigureChange]:
    yield _counts("questions", before, after, before.questions, after.questions)
    yield from _shares("answered_without_person", _answered(before), _answered(after))
    yield _counts("handoffs", before, after, before.handoffs, after.handoffs)
    yield from _shares("employee_bad", _bad(before), _bad(after))
    yield from _shares("unsure", _unsure(before), _unsure(after))
    yield from _medians("first_word", before.first_word, after.first_word)
    yield from _medians("claim", before.claim, after.claim)
    yield from _medians("resolution", before.resolution, after.resolution)
    yield from _shares("reopened", (before.reopened, before.handoffs), (after.reopened, after.handoffs))


def _counts(name: str, before: ReviewFigures, after: ReviewFigures, earlier: int, later: int) -> FigureChange:
    length, length_before = after.period.until - after.period.since, before.period.until - before.period.since
    p = binomial_test(later, earlier + later, length / (length + length_before))
    return FigureChange(figure=name, unit=FigureUnit.COUNT, before=earlier, after=later, p=p)


def _shares(name: str, before: tuple[int, int], after: tuple[int, int]) -> Iterator[FigureChange]:
    (hits, total), (later_hits, later_total) = before, after
    if total and later_total:
        p = fisher_exact(hits, total, later_hits, later_total)
        yield FigureChange(figure=name, unit=FigureUnit.SHARE, before=hits / total, after=later_hits / later_total, p=p)


def _medians(name: str, before: TimeFigures, after: TimeFigures) -> Iterator[FigureChange]:
    if before.p50 is not None and after.p50 is not None:
        p = _median_test(before.seconds, after.seconds)
        yield FigureChange(figure=name, unit=FigureUnit.SECONDS, before=before.p50, after=after.p50, p=p)


def _median_test(before: Sequence[float], after: Sequence[float]) -> float:
    both = sorted((*before, *after))
    middle = both[(len(both) - 1) // 2]
    above = [sum(one > middle for one in seconds) for seconds in (before, after)]
    return fisher_exact(above[0], len(before), above[1], len(after))


def _answered(figures: ReviewFigures) -> tuple[int, int]:
    return figures.answered_without_person, figures.questions


def _bad(figures: ReviewFigures) -> tuple[int, int]:
    ratings = figures.verdicts[Role.EMPLOYEE]
    return ratings.bad, ratings.good + ratings.bad


def _unsure(figures: ReviewFigures) -> tuple[int, int]:
    unsure = figures.confidence["low"].answers + figures.confidence[ABSENT].answers
    return unsure, sum(level.answers for level in figures.confidence.values())
