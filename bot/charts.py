"""Charts of a review: one picture for the chat, and drawings for its page. Needs the extra `charts`.

matplotlib is imported when something is drawn: it takes a second and 40 MB. Drawing takes another second, so the desk
does it in a thread.
"""

from __future__ import annotations

import importlib.util
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.helpdesk.messages import Message, Translator, review
from bot.helpdesk.model.review import Picture, ReviewCharts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

EXTRA = "charts"

# Told apart by people who do not see colours as most do, and on light and dark alike.
_QUESTIONS = _GOOD = "#3b82f6"
_HANDOFFS = _BAD = "#d97706"
_UNRATED = "#8b8f98"
# Stand for the colours of the page, which depend on the reader's light or dark.
_INK, _GRID = "#010203", "#030201"
_OF_THE_PAGE = {_INK: "currentColor", _GRID: "var(--line)"}

# Inches and points: 1,080 pixels of width, in which the letters are legible on a telephone.
_PICTURE, _DRAWING, _DOTS = (6.0, 7.6), (7.2, 3.6), 180
_TITLE, _LETTERS, _SMALL = 15, 13, 11
_ROOM = 1.2
"""Times of the longest bar, for the numbers beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A chart as SVG, and what it shows in words."""

    title: str
    words: str
    svg: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chart:
    title: Message
    words: Message
    rows: Callable[[Translator, ReviewCharts], list[str]]
    draw: Callable[[Axes, Translator, ReviewCharts, str], None]
    counts_along: Literal["x", "y"]


def can_draw() -> bool:
    """Returns whether the extra is installed."""
    return importlib.util.find_spec("matplotlib") is not None


class MatplotlibCharts:
    """Implements the port `Charts`."""

    def picture(self, t: Translator, shown: ReviewCharts) -> Picture:
        return Picture(content=_png(t, shown), words=" ".join(_words(t, shown, chart) for chart in _CHARTS))


def _png(t: Translator, shown: ReviewCharts) -> bytes:
    """Draws both charts below each other, on white."""
    figure = _new_figure(_PICTURE)
    for axes, chart in zip(figure.subplots(len(_CHARTS), 1), _CHARTS, strict=True):
        _draw(axes, t, shown, chart, ink="#1d1c1d", grid="#d0d0d4")
        # Above the legend.
        axes.set_title(t(chart.title), loc="left", fontsize=_TITLE, fontweight="bold", color="#1d1c1d", pad=32)
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=_DOTS, facecolor="white")
    return written.getvalue()


def drawings(t: Translator, shown: ReviewCharts) -> tuple[Drawing, ...]:
    """Draws each chart as SVG, in the colours of the page around it."""
    return tuple(_drawing(t, shown, chart, number) for number, chart in enumerate(_CHARTS, start=1))


def _words(t: Translator, shown: ReviewCharts, chart: _Chart) -> str:
    return f"{t(chart.words)} {'; '.join(chart.rows(t, shown))}."


def _drawing(t: Translator, shown: ReviewCharts, chart: _Chart, number: int) -> Drawing:
    import matplotlib as mpl

    figure = _new_figure(_DRAWING)
    _draw(figure.subplots(), t, shown, chart, ink=_INK, grid=_GRID)
    written = io.StringIO()
    # Text stays text; ids differ between the drawings of one page, and are the same each time.
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": f"review-{number}", "svg.id": f"chart-{number}"}):
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return Drawing(title=t(chart.title), words=_words(t, shown, chart), svg=_inline(written.getvalue()))


def _inline(svg: str) -> str:
    """Returns the drawing as an element of a page: without its prologue, and in the colours of the page."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r'\1 aria-hidden="true" focusable="false"', svg, count=1)
    for sentinel, colour in _OF_THE_PAGE.items():
        svg = svg.replace(sentinel, colour)
    return svg


def _new_figure(size: tuple[float, float]) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def _draw(axes: Axes, t: Translator, shown: ReviewCharts, chart: _Chart, *, ink: str, grid: str) -> None:
    chart.draw(axes, t, shown, ink)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(grid)
    axes.tick_params(colors=ink, labelsize=_SMALL, length=0)
    axes.set_axisbelow(True)
    axes.grid(axis=chart.counts_along, color=grid, linewidth=0.8)


def _legend(axes: Axes, ink: str, columns: int) -> None:
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        frameon=False,
        fontsize=_LETTERS,
        labelcolor=ink,
        handlelength=1,
        columnspacing=1.2,
        borderaxespad=0,
    )


def _draw_weeks(axes: Axes, t: Translator, shown: ReviewCharts, ink: str) -> None:
    """Draws a pair of bars for each week."""
    for offset, label, colour, counts in (
        (-0.2, t(review.label("questions")), _QUESTIONS, [week.questions for week in shown.weeks]),
        (0.2, t(review.label("handoffs")), _HANDOFFS, [week.handoffs for week in shown.weeks]),
    ):
        axes.bar([number + offset for number in range(len(counts))], counts, width=0.4, color=colour, label=label)
    # Every third week from the last one: more days have no room on a telephone.
    ticks = range(len(shown.weeks) - 1, -1, -3)
    axes.set_xticks(list(ticks), [shown.weeks[number].begins[5:] for number in ticks])
    axes.yaxis.set_major_locator(_whole_numbers())
    axes.set_ylim(0, max(1.0, _ROOM * max(max(week.questions, week.handoffs) for week in shown.weeks)))
    _legend(axes, ink, 2)


def _whole_numbers() -> Locator:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(nbins=5, integer=True)


def _draw_levels(axes: Axes, t: Translator, shown: ReviewCharts, ink: str) -> None:
    """Draws a bar for each level: answers that were rated good, rated bad, and not rated."""
    names = [t(review.level_name(one.level)) for one in shown.levels]
    left = [0] * len(names)
    for label, colour, counts in (
        (t(review.HELPFUL), _GOOD, [one.good for one in shown.levels]),
        (t(review.NOT_HELPFUL), _BAD, [one.bad for one in shown.levels]),
        (t(review.NOT_RATED), _UNRATED, [one.unrated for one in shown.levels]),
    ):
        axes.barh(names, counts, left=left, height=0.6, color=colour, label=label)
        left = [before + count for before, count in zip(left, counts, strict=True)]
    for place, one in enumerate(shown.levels):
        axes.annotate(
            f"{one.good} : {one.bad}",
            (left[place], place),
            va="center",
            fontsize=_SMALL,
            color=ink,
            xytext=(5, 0),
            textcoords="offset points",
        )
    axes.invert_yaxis()
    axes.set_xlim(0, max(1.0, max(left) * _ROOM))
    axes.xaxis.set_major_locator(_whole_numbers())
    _legend(axes, ink, 3)


def _week_words(t: Translator, shown: ReviewCharts) -> list[str]:
    return [
        t(review.week_in_words(week.begins, questions=week.questions, handoffs=week.handoffs)) for week in shown.weeks
    ]


def _level_words(t: Translator, shown: ReviewCharts) -> list[str]:
    return [
        t(review.level_in_words(one.level, good=one.good, bad=one.bad, unrated=one.unrated)) for one in shown.levels
    ]


_CHARTS = (
    _Chart(
        title=review.WEEKS_TITLE,
        words=review.WEEKS_IN_WORDS,
        rows=_week_words,
        draw=_draw_weeks,
        counts_along="y",
    ),
    _Chart(
        title=review.LEVELS_TITLE,
        words=review.LEVELS_IN_WORDS,
        rows=_level_words,
        draw=_draw_levels,
        counts_along="x",
    ),
)
