"""The weekly review as Block Kit: a section for each figure, with its definition in small print below it."""

from __future__ import annotations

from collections.abc import Iterator

from bot.helpdesk.model.content import DigestFigure, ReviewDigest
from bot.slack.markdown import render_sentence
from bot.slack.views.blocks import Block, MessagePayload, context, header, section


def digest_message(digest: ReviewDigest) -> MessagePayload:
    """Renders the digest."""
    blocks = [header(digest.title)]
    for figure in (*digest.figures, digest.changes, digest.gaps):
        blocks += _figure(figure)
    return MessagePayload(text=digest.title, blocks=blocks)


def _figure(figure: DigestFigure) -> Iterator[Block]:
    label, lines = f"*{render_sentence(figure.label)}*", list(map(render_sentence, figure.lines))
    if len(lines) == 1:
        yield section(f"{label}: {lines[0]}")
    else:
        yield section("\n".join((label, *(f"• {line}" for line in lines))))
    yield context(render_sentence(figure.definition))
