"""The weekly review: a paragraph for each figure, with its definition in small print below it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.helpdesk.model.content import DigestFigure, ReviewDigest
from bot.teams.markdown import render_sentence
from bot.teams.views.activity import Activity
from bot.teams.views.cards import Json, adaptive_card, fits, small_print, text_block, title


def digest_activity(digest: ReviewDigest) -> Activity:
    """Renders the digest. Without its definitions, if it would be too large for Teams."""
    figures = (*digest.figures, digest.changes, digest.gaps)
    body = [block for figure in figures for block in _figure(figure)]
    card = adaptive_card([title(digest.title), *body], wide=True)
    if not fits(card):
        brief = [block for block in body if not block.get("isSubtle")]
        card = adaptive_card([title(digest.title), *brief], wide=True)
    return Activity(card=card, summary=digest.title)


def _figure(figure: DigestFigure) -> Iterator[Json]:
    label = f"**{render_sentence(figure.label, {})}**"
    lines = [render_sentence(line, {}) for line in figure.lines]
    if len(lines) == 1:
        yield text_block(f"{label}: {lines[0]}", spacing="Medium")
    else:
        yield text_block(label, spacing="Medium")
        yield from (text_block(f"• {line}", spacing="None") for line in lines)
    yield small_print(render_sentence(figure.definition, {}))
