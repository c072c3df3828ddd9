"""Did an article help? Questions about its matter before it was in use and since, and what became of them.

A question is in trouble if the assistant was not sure of its answer, if the employee rated that as bad, or if people
took over. The shares of these before and since are compared by Fisher's exact test, which is right for small counts.
"""

from __future__ import annotations

import enum

from bot.helpdesk.model.article import DAY, ArticleFigures
from bot.helpdesk.review.exact_tests import fisher_exact

BEFORE = 28 * DAY
"""Seconds before an article was in use that are compared with the time since then."""

MEASURED_AFTER = (14 * DAY, 28 * DAY)
"""Seconds after an article is in use at which it is measured; the last measurement stays."""

SIGNIFICANT = 0.05
"""A difference counts if it would come by chance less than once in twenty times."""


class HelpVerdict(enum.StrEnum):
    """The verdict on an article. TOO_FEW: however they went, so few questions would prove nothing."""

    HELPED = "helped"
    NO_CHANGE = "no change"
    WORSE = "got worse"
    TOO_FEW = "too few to say"


def help_verdict(before: ArticleFigures, after: ArticleFigures) -> HelpVerdict:
    """Returns whether fewer of the questions are in trouble than before, by more than chance."""
    if fisher_exact(before.questions, before.questions, 0, after.questions) >= SIGNIFICANT:
        return HelpVerdict.TOO_FEW
    p = fisher_exact(before.troubled, before.questions, after.troubled, after.questions)
    if p >= SIGNIFICANT:
        return HelpVerdict.NO_CHANGE
    fell = after.troubled * before.questions < before.troubled * after.questions
    return HelpVerdict.HELPED if fell else HelpVerdict.WORSE
