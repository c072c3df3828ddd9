"""The review as an HTML page of its own: no other host, light and dark, on paper too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from bot import charts
from bot.helpdesk.messages import Text, Translator, english, review
from bot.helpdesk.review.report import ReportFigure, Review, changes_figure, figures_of, gaps_of

_STYLE = """
:root { color-scheme: light dark; --back: #fff; --ink: #1b1c1f; --soft: #5b5f66; --line: #d8dade }
@media (prefers-color-scheme: dark) { :root { --back: #17181b; --ink: #ececee; --soft: #a5a9b0; --line: #3a3d43 } }
body { margin: 0; background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }
h1 { font-size: 1.5rem; line-height: 1.25 }
h2 { font-size: 1.05rem; margin: 1.75rem 0 .25rem }
ul { margin: .25rem 0; padding-left: 1.25rem }
.definition, .note { color: var(--soft); font-size: .875rem; margin: .25rem 0 }
section p { margin: .25rem 0 }
.number { font-size: 1.6rem; font-weight: 600; margin: 0 }
figure { margin: 1.5rem 0 0 }
figure svg { width: 100%; height: auto }
figcaption { font-weight: 600 }
@media print {
  :root { --back: #fff; --ink: #000; --soft: #333; --line: #bbb }
  main { max-width: none; padding: 0 }
  section, figure { break-inside: avoid }
}
"""

_LONGEST_NUMBER = 20
"""Characters of a figure in large letters."""


def page_of(found: Review) -> str:
    """Returns the page. Without the extra `charts` it has a line in the place of the charts."""
    t = english()
    title = escape(t(review.title(found.first_day, found.last_day)))
    body = "\n".join(_body(t, found))
    return (
        f'<!doctype html>\n<html lang="{t.language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{title}</h1>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _body(t: Translator, found: Review) -> Iterator[str]:
    yield from _figures(t, figures_of(found))
    yield _small("note", t, review.QUANTILES)
    yield from _charts(t, found)
    yield from _figures(t, (gaps_of(found.gaps), changes_figure(found.changes)))


def _figures(t: Translator, figures: Iterable[ReportFigure]) -> Iterator[str]:
    for figure in figures:
        lines = [escape(t(line)) for line in figure.lines]
        kind = ' class="number"' if len(lines[0]) <= _LONGEST_NUMBER else ""
        shown = f"<p{kind}>{lines[0]}</p>" if len(lines) == 1 else _list(lines)
        yield f"<section>\n<h2>{escape(t(figure.label))}</h2>\n{shown}\n{_small('definition', t, figure.definition)}"
        yield "</section>"


def _list(lines: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"


def _small(kind: str, t: Translator, text: Text) -> str:
    return f'<p class="{kind}">{escape(t(text))}</p>'


def _charts(t: Translator, found: Review) -> Iterator[str]:
    if not charts.can_draw():
        yield '<p class="note">The charts need the extra “charts”: pip install -r requirements/charts.txt.</p>'
        return
    for drawing in charts.drawings(t, found.charts):
        yield (
            f"<figure>\n<figcaption>{escape(drawing.title)}</figcaption>\n"
            f'<div role="img" aria-label="{escape(drawing.words)}">{drawing.svg}</div>\n</figure>'
        )
