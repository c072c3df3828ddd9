"""The words of the review: its figures with their definitions, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.helpdesk.messages.text import Message, Text, in_a_row, message, variant
from bot.helpdesk.model.gap import Trouble

NO_TIMES = message("review-no-times")
QUANTILES = message("review-quantiles")
CHANGES = message("review-changes")
NO_CHANGES = message("review-no-changes")
NOISE = message("review-noise")
GAPS = message("review-gaps")
NO_GAPS = message("review-no-gaps")
GAPS_DEFINITION = message("review-gaps-definition")
WORDS_GONE = message("review-words-gone")

WEEKS_TITLE = message("review-weeks-title")
WEEKS_IN_WORDS = message("review-weeks-in-words")
LEVELS_TITLE = message("review-levels-title")
LEVELS_IN_WORDS = message("review-levels-in-words")
HELPFUL = message("review-helpful")
NOT_HELPFUL = message("review-not-helpful")
NOT_RATED = message("review-not-rated")

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0


def title(first: date, last: date) -> Message:
    """The heading of a review of any period."""
    return message("review-title", first=first.isoformat(), last=last.isoformat())


def weekly_title(first: date, last: date) -> Message:
    """The heading of a digest."""
    return message("review-weekly-title", first=first.isoformat(), last=last.isoformat())


def label(figure: str) -> Message:
    """The name of a figure."""
    return message("review-label", figure=variant(figure))


def definition(figure: str) -> Message:
    """The definition of a figure, which is printed under it."""
    return message("review-definition", figure=variant(figure))


def count(number: int, of: int | None = None) -> Message:
    """A number, and the share that it is of another."""
    if of:
        return message("review-count-and-share", count=number, percent=_percent(number / of))
    return message("review-count", count=number)


def total(number: int) -> Message:
    """A number that the lines after it divide."""
    return message("review-total", count=number)


def rule(name: str, number: int) -> Message:
    """The number of handoffs that a rule has brought up."""
    return message("review-rule", rule=name, count=number)


def other_rules(number: int) -> Message:
    """The number of handoffs under the rules that are not named."""
    return message("review-other-rules", count=number)


def employees_verdicts(good: int, bad: int) -> Message:
    """The verdicts of employees."""
    return message("review-employees-verdicts", good=good, bad=bad)


def agents_verdicts(good: int, bad: int) -> Message:
    """The verdicts of agents."""
    return message("review-agents-verdicts", good=good, bad=bad)


def article(title: str, figures: Message) -> Message:
    """An article with its verdict and figures."""
    return message("review-article", title=title, figures=figures)


def level(name: str, *, answers: int, good: int, bad: int, escalated: int) -> Message:
    """The answers of one level of confidence."""
    return message("review-level", level=level_name(name), answers=answers, good=good, bad=bad, escalated=escalated)


def level_name(name: str) -> Message:
    """The name of a level of confidence: a known one, or the assistant's own word."""
    return message("review-level-name", level=name, name=name)


def times(p50: float, p90: float, of: int) -> Message:
    """The quantiles of times of so many handoffs."""
    return message("review-times", p50=span(p50), p90=span(p90), of=of)


def within_target(number: int, of: int) -> Message:
    """The number of handoffs that were claimed in time."""
    return message("review-within-target", count=number, of=of)


def span(seconds: float) -> Message:
    """A time span in the unit in which it is short to say: "45 s", "12 min", "3.5 h", "2 d"."""
    if seconds < 2 * _MINUTE:
        return message("review-span", unit="second", amount=round(seconds))
    if seconds < 2 * _HOUR:
        return message("review-span", unit="minute", amount=round(seconds / _MINUTE))
    if seconds < 2 * _DAY:
        return message("review-span", unit="hour", amount=round(seconds / _HOUR, 1))
    return message("review-span", unit="day", amount=round(seconds / _DAY, 1))


def percent(share: float) -> Message:
    """A share as a percentage."""
    return message("review-percent", percent=_percent(share))


def _percent(share: float) -> float:
    return round(100 * share, 1) if share < 0.1 else round(100 * share)


def change(figure: str, *, rose: bool, before: Text, after: Text) -> Message:
    """A figure that has changed since the period before."""
    return message(
        "review-change", figure=variant(figure), direction="up" if rose else "down", before=before, after=after
    )


def gap(
    number: int,
    *,
    examples: Text | str,
    questions: int,
    share: float,
    reasons: Sequence[Message],
    resolution: str | None,
) -> Text:
    """A gap: its examples, how many questions it has, why they are troubled, and the best resolution."""
    line = message(
        "review-gap",
        number=number,
        examples=examples,
        questions=questions,
        percent=_percent(share),
        reasons=in_a_row(*reasons, separator=", "),
    )
    return line if resolution is None else in_a_row(line, message("review-gap-resolution", resolution=resolution))


def trouble(reason: Trouble, number: int) -> Message:
    """The number of a gap's questions that are troubled for one reason."""
    return message("review-trouble", reason=variant(reason), count=number)


def week_in_words(begins: str, *, questions: int, handoffs: int) -> Message:
    """The bars of a week, for those who do not see them."""
    return message("review-week-in-words", begins=begins, questions=questions, handoffs=handoffs)


def level_in_words(name: str, *, good: int, bad: int, unrated: int) -> Message:
    """The bar of a level, for those who do not see it."""
    return message("review-level-in-words", level=level_name(name), good=good, bad=bad, unrated=unrated)
