"""The mark that a note of ours ends with: by it a note is not written twice, and not read as somebody else's."""

from __future__ import annotations

MARK = "uppzy-desk"


def mark(key: str) -> str:
    """The mark of one note."""
    return f"[{MARK} {key}]"


def marked(text: str, key: str) -> str:
    """A note with its mark below it."""
    return f"{text}\n\n{mark(key)}"


def is_ours(text: str) -> bool:
    """Whether the desk wrote this."""
    return f"[{MARK} " in text
