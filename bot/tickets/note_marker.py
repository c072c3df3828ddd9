"""The marker at the end of each note by the desk: it keeps a note from being written twice or read as foreign."""

from __future__ import annotations

import re

from bot.helpdesk.text import truncated

MARK = "uppzy-desk"

_LONGEST_KEY = 100


def marker(key: str) -> str:
    """Returns the marker of one note. Characters that no identifier has are replaced: some keys are the assistant's."""
    return f"[{MARK} {re.sub(r'[^A-Za-z0-9_.:-]+', '_', key)[:_LONGEST_KEY]}]"


def marker_suffix(key: str) -> str:
    """Returns the marker as the end of a note."""
    return f"\n\n{marker(key)}"


def with_marker(text: str, key: str, most: int | None = None) -> str:
    """Returns a note with its marker below it, together at most `most` characters."""
    end = marker_suffix(key)
    return f"{text if most is None else truncated(text, most - len(end))}{end}"


def has_marker(text: str) -> bool:
    """Returns True if the desk wrote this note."""
    return f"[{MARK} " in text
