"""Sentences with their values."""

from __future__ import annotations

from typing import LiteralString

from bot.helpdesk.markdown import Markdown, literal
from bot.helpdesk.redaction import SafeText, redact

_KEPT = {"person": "{person}", "words": "{words}"}


def fill(template: LiteralString, **values: str) -> str:
    """Fills a sentence. Values are literal text unless they are `Markdown`; the surface's placeholders stay."""
    written = {name: value if isinstance(value, Markdown) else literal(value) for name, value in values.items()}
    return template.format_map({**_KEPT, **written})


def fill_safely(template: LiteralString, **values: str) -> SafeText:
    """Fills a sentence and removes secrets: from each value, and again from the whole, which may make up another."""
    safe = {name: value if isinstance(value, Markdown) else redact(value) for name, value in values.items()}
    return redact(fill(template, **safe))


def plural(count: int, one: LiteralString, other: LiteralString) -> LiteralString:
    """Returns the form of a sentence for a number."""
    return one if count == 1 else other
