"""The output of `uppzy-desk articles`: a table for people, JSON and CSV for programs. All texts are redacted."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TextIO

from bot.cli.export_report import defused
from bot.helpdesk.model.article import Article, ArticleFigures, Signature
from bot.helpdesk.redaction import redact
from bot.helpdesk.review.article_help import help_verdict
from storage.queries.articles import ArticleHistory

# Imported inside the functions: a table is not always wanted.
if TYPE_CHECKING:
    from rich.table import Table

Value = str | int | None


def values_of(history: ArticleHistory) -> dict[str, Value]:
    """Returns the values of an article by their names, which are an interface. Times are ISO 8601 in UTC."""
    article, handoff, source = history.article, history.handoff, history.article.source
    resolution = handoff.resolution.text if handoff is not None and not handoff.hidden else None
    return {
        "id": article.id,
        "title": article.words.title,
        "state": article.state.value,
        "question": article.words.question,
        "answer": article.words.answer,
        "category": article.words.category,
        "edition": article.edition,
        "origin": source.origin.value,
        "gap_id": source.gap_id,
        "question_id": source.question_id,
        "conversation_id": source.conversation_id,
        "handoff": handoff.name if handoff is not None else None,
        "resolution": redact(resolution) if resolution else None,
        "drafted_at": _time(article.drafted_at),
        **_signed("written", article.written),
        **_signed("approved", article.approved),
        "document_id": article.document.id,
        "document_edition": article.document.edition,
        "activated_at": _time(article.activated_at),
        "trouble": article.trouble,
        "verdict": _verdict(article),
    }


def _figures(figures: ArticleFigures | None) -> dict[str, float]:
    """Returns the figures of a period; none where it was not measured yet."""
    if figures is None:
        return {}
    return {
        "questions": figures.questions,
        "per_week": round(figures.per_week, 2),
        "low": figures.low,
        "good": figures.good,
        "bad": figures.bad,
        "handoffs": figures.handoffs,
        "troubled": figures.troubled,
        "days": figures.days,
    }


def _signed(what: str, signature: Signature | None) -> dict[str, Value]:
    by, at = (signature.by, signature.at) if signature is not None else (None, None)
    return {f"{what}_by": by, f"{what}_at": _time(at)}


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def articles_as_json(histories: Iterable[ArticleHistory]) -> str:
    """Returns an array with an object for each article."""
    return json.dumps([object_of(history) for history in histories], ensure_ascii=False, indent=2)


def object_of(history: ArticleHistory) -> dict[str, Value | dict[str, float]]:
    """Returns the values of an article, with its figures before it was in use and since."""
    return values_of(history) | help_values(history.article)


def help_values(article: Article) -> dict[str, Value | dict[str, float]]:
    """Returns what says whether an article helped: its figures before it was in use and since, and the verdict."""
    return {
        "id": article.id,
        "title": article.words.title,
        "state": article.state.value,
        "before": _figures(article.before),
        "after": _figures(article.after),
        "verdict": _verdict(article),
    }


def _verdict(article: Article) -> str | None:
    return help_verdict(article.before, article.after).value if article.before and article.after else None


def write_articles_as_csv(histories: Iterable[ArticleHistory], out: TextIO) -> None:
    """Writes a header and a line for each article. `out` must not translate line ends."""
    writer = csv.writer(out)
    for number, values in enumerate(map(values_of, histories)):
        if number == 0:
            writer.writerow(values)
        writer.writerow(["" if value is None else defused(str(value)) for value in values.values()])


_COLUMNS: Mapping[str, str] = {
    "id": "Article",
    "state": "State",
    "title": "Title",
    "handoff": "From",
    "written_by": "Written by",
    "approved_by": "Approved by",
    "activated_at": "In use since",
    "verdict": "Did it help?",
}


def articles_as_table(histories: Iterable[ArticleHistory]) -> Table:
    """Returns a table with a line for each article."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(*_COLUMNS.values(), box=None, pad_edge=False)
    for values in map(values_of, histories):
        table.add_row(*(escape(str(values[name] or "")) for name in _COLUMNS))
    return table


def article_as_lines(history: ArticleHistory) -> list[str]:
    """Returns a line for each value that the article has, and its texts below them."""
    values = values_of(history)
    texts = ("question", "answer", "resolution")
    facts = [f"{name}: {value}" for name, value in values.items() if name not in texts and value not in (None, "")]
    return [*facts, *(f"\n{name}:\n{values[name]}" for name in texts if values[name])]
