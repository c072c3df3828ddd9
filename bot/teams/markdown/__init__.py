"""Markdown as Teams shows it. Pure functions."""

from __future__ import annotations

from bot.teams.markdown.writer import (
    LONGEST_TEXT,
    escape_markdown,
    excerpt,
    plain_excerpt,
    plain_text,
    quoted,
    render_sentence,
    split_answer,
    teams_markdown,
    words_of_person,
)

__all__ = [
    "LONGEST_TEXT",
    "escape_markdown",
    "excerpt",
    "plain_excerpt",
    "plain_text",
    "quoted",
    "render_sentence",
    "split_answer",
    "teams_markdown",
    "words_of_person",
]
