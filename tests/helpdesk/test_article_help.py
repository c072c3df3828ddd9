"""Did it help? The verdict on an article by the figures before it was in use and since."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.helpdesk.model.article import ArticleFigures
from bot.helpdesk.review.article_help import HelpVerdict, help_verdict


def _of(troubled: int, questions: int) -> ArticleFigures:
    return ArticleFigures(days=28.0, questions=questions, troubled=troubled)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ((0, 0), (0, 0), HelpVerdict.TOO_FEW),
        ((3, 3), (0, 3), HelpVerdict.TOO_FEW),
        ((50, 50), (0, 0), HelpVerdict.TOO_FEW),
        ((4, 4), (0, 4), HelpVerdict.HELPED),
        ((12, 14), (1, 9), HelpVerdict.HELPED),
        ((7, 10), (6, 10), HelpVerdict.NO_CHANGE),
        ((5, 10), (5, 10), HelpVerdict.NO_CHANGE),
        ((0, 20), (0, 20), HelpVerdict.NO_CHANGE),
        ((1, 12), (9, 12), HelpVerdict.WORSE),
    ],
)
def test_a_verdict_needs_more_than_chance(
    before: tuple[int, int], after: tuple[int, int], verdict: HelpVerdict
) -> None:
    assert help_verdict(_of(*before), _of(*after)) is verdict


counts = st.integers(0, 40).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@given(counts, counts)
def test_the_other_way_round_the_verdict_is_the_opposite(before: tuple[int, int], after: tuple[int, int]) -> None:
    opposite = {HelpVerdict.HELPED: HelpVerdict.WORSE, HelpVerdict.WORSE: HelpVerdict.HELPED}
    verdict = help_verdict(_of(*before), _of(*after))

    assert help_verdict(_of(*after), _of(*before)) is opposite.get(verdict, verdict)
