"""The mark that a note of ours ends with: by it a note is not written twice, and not read as somebody else's."""

from __future__ import annotations

import re

from bot.helpdesk.truncation import clipped

MARK = "uppzy-desk"

_LONGEST_KEY = 100


def mark(key: str) -> str:
    """The mark of one note. Some keys are the assistant's, so that only what may stand in an identifier is kept."""
    return f"[{MARK} {re.sub(r'[^A-Za-z0-9_.:-]+', '_', key)[:_LONGEST_KEY]}]"


def below(key: str) -> str:
    """The mark as the end of a note."""
    return f"\n\n{mark(key)}"


def marked(text: str, key: str, most: int | None = None) -> str:
    """A note with its mark below it; together they have at most so many characters."""
    end = below(key)
    return f"{text if most is None else clipped(text, most - len(end))}{end}"


def is_ours(text: str) -> bool:
    """Whether the desk wrote this."""
    return f"[{MARK} " in text
