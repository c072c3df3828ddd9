"""A review as it is read: its figures with their definitions, and what changed; rendered by who shows it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from bot.helpdesk.messages import Message, Text, Translator, articles, review
from bot.helpdesk.model.article import Article
from bot.helpdesk.model.content import DigestFigure, ReviewDigest
from bot.helpdesk.model.conversation import Role
from bot.helpdesk.model.gap import ContentGap
from bot.helpdesk.model.review import LevelBar, ReviewCharts, WeekBar
from bot.helpdesk.redaction import shorten
from bot.helpdesk.review.article_help import help_verdict
from bot.helpdesk.review.changes import FigureChange, FigureUnit
from bot.helpdesk.review.figures import ABSENT, LEVELS, ReviewFigures, TimeFigures
from bot.helpdesk.review.weeks import first_day, last_day

MOST_RULES = 10
MOST_LEVELS = 8
MOST_ARTICLES = 10
MOST_GAPS = 5

# Characters in a line.
_LONGEST_EXAMPLE = 80
_LONGEST_RESOLUTION = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A review: the figures of a period, what changed since the one before, the weeks up to its end, and its gaps.

    `articles` are all that there are now, oldest first. Its days begin at midnight in `zone`.
    """

    figures: ReviewFigures
    changes: tuple[FigureChange, ...]
    weeks: tuple[WeekBar, ...]
    gaps: tuple[ContentGap, ...]
    zone: tzinfo
    articles: tuple[Article, ...] = ()

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return first_day(self.figures.period, self.zone)

    @property
    def last_day(self) -> date:
        """The last day of the period."""
        return last_day(self.figures.period, self.zone)

    @property
    def charts(self) -> ReviewCharts:
        """The bars of its charts: the known levels of confidence, and the weeks."""
        known = ((name, self.figures.confidence[name]) for name in (*LEVELS, ABSENT))
        levels = (
            LevelBar(level=name, good=one.good, bad=one.bad, unrated=max(0, one.answers - one.good - one.bad))
            for name, one in known
        )
        return ReviewCharts(weeks=self.weeks, levels=tuple(levels))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigure:
    """A figure to read: its label, its lines, and its definition."""

    label: Message
    lines: tuple[Text, ...]
    definition: Message


def figures_of(found: Review) -> Iterator[ReportFigure]:
    """Yields every figure of a review, in the order in which they are read."""
    figures = found.figures
    yield _figure("questions", review.count(figures.questions))
    yield _figure("answered", review.count(figures.answered_without_person, figures.questions))
    yield _figure("handoffs", *_handoffs(figures))
    employees, agents = figures.verdicts[Role.EMPLOYEE], figures.verdicts[Role.AGENT]
    yield _figure(
        "verdicts",
        review.employees_verdicts(employees.good, employees.bad),
        review.agents_verdicts(agents.good, agents.bad),
    )
    yield _figure("confidence", *_levels(figures))
    yield _figure("first_word", *_times(figures.first_word))
    yield _figure("claim", *_times(figures.claim), *_within_target(figures.claim))
    yield _figure("resolution", *_times(figures.resolution))
    yield _figure("reopened", review.count(figures.reopened))
    yield _figure("came_back", review.count(figures.came_back))
    if helped := tuple(_helped(found.articles)):
        yield _figure("articles", *helped)


def _helped(found: Sequence[Article]) -> Iterator[Message]:
    """Yields a line for each article that is in use long enough to say whether it helped, the latest ones."""
    measured = [(one, one.before, one.after) for one in found if one.activated_at is not None]
    for article, before, after in measured[-MOST_ARTICLES:]:
        if before is not None and after is not None:
            figures = articles.figures(help_verdict(before, after), before, after)
            yield review.article(article.words.title, figures)


def _figure(name: str, *lines: Text) -> ReportFigure:
    return ReportFigure(label=review.label(name), lines=lines, definition=review.definition(name))


def _handoffs(figures: ReviewFigures) -> Iterator[Message]:
    if not figures.by_rule:
        yield review.count(figures.handoffs)
    else:
        yield review.total(figures.handoffs)
        yield from _rules(figures)


def _rules(figures: ReviewFigures) -> Iterator[Message]:
    rules = list(figures.by_rule.items())
    yield from itertools.starmap(review.rule, rules[:MOST_RULES])
    if others := sum(count for _, count in rules[MOST_RULES:]):
        yield review.other_rules(others)


def _levels(figures: ReviewFigures) -> Iterator[Message]:
    """Yields the known levels, and at most a few words of the assistant's own."""
    own = [level for level in figures.confidence if level not in (*LEVELS, ABSENT)]
    for name in (*LEVELS, ABSENT, *own[:MOST_LEVELS]):
        level = figures.confidence[name]
        yield review.level(name, answers=level.answers, good=level.good, bad=level.bad, escalated=level.escalated)


def _times(times: TimeFigures) -> Iterator[Message]:
    if times.p50 is None or times.p90 is None:
        yield review.NO_TIMES
    else:
        yield review.times(times.p50, times.p90, times.of)


def _within_target(times: TimeFigures) -> Iterator[Message]:
    if times.within_target is not None:
        yield review.within_target(times.within_target, times.of)


def gaps_of(gaps: Sequence[ContentGap]) -> ReportFigure:
    """Returns the largest gaps, one a line, with their examples, reasons and the best resolution."""
    lines = tuple(itertools.starmap(_gap, enumerate(gaps[:MOST_GAPS], start=1)))
    return ReportFigure(label=review.GAPS, lines=lines or (review.NO_GAPS,), definition=review.GAPS_DEFINITION)


def _gap(number: int, gap: ContentGap) -> Text:
    examples = " / ".join(shorten(example, _LONGEST_EXAMPLE) for example in gap.examples)
    return review.gap(
        number,
        examples=examples or review.WORDS_GONE,
        questions=gap.questions,
        share=gap.share,
        reasons=tuple(itertools.starmap(review.trouble, gap.reasons.items())),
        resolution=shorten(gap.resolutions[0], _LONGEST_RESOLUTION) if gap.resolutions else None,
    )


def changes_figure(changes: Sequence[FigureChange]) -> ReportFigure:
    """Returns what changed, one a line; a line that says so where nothing has."""
    lines = tuple(_changes(changes)) or (review.NO_CHANGES,)
    return ReportFigure(label=review.CHANGES, lines=lines, definition=review.NOISE)


def _changes(changes: Sequence[FigureChange]) -> Iterator[Message]:
    for change in changes:
        yield review.change(
            change.figure, rose=change.rose, before=_value(change, change.before), after=_value(change, change.after)
        )


def _value(change: FigureChange, value: float) -> Message:
    match change.unit:
        case FigureUnit.COUNT:
            return review.count(round(value))
        case FigureUnit.SHARE:
            return review.percent(value)
        case FigureUnit.SECONDS:
            return review.span(value)


def digest_of(found: Review, digest_id: str, t: Translator, *, with_charts: bool) -> ReviewDigest:
    """Returns the message of a review for the chat, in the language of its readers."""
    return ReviewDigest(
        digest_id=digest_id,
        title=t.safe(review.weekly_title(found.first_day, found.last_day)),
        figures=tuple(_rendered(t, figure) for figure in figures_of(found)),
        gaps=_rendered(t, gaps_of(found.gaps)),
        changes=_rendered(t, changes_figure(found.changes)),
        charts=found.charts if with_charts else None,
    )


def _rendered(t: Translator, figure: ReportFigure) -> DigestFigure:
    return DigestFigure(
        label=t.safe_sentence(figure.label),
        lines=tuple(map(t.safe_sentence, figure.lines)),
        definition=t.safe_sentence(figure.definition),
    )
