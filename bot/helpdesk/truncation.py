"""Truncation of text to a number of characters, never within a character as people see it."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_ELLIPSIS = "…"


def truncated(text: str, most: int) -> str:
    """Returns the text in at most `most` characters, with an ellipsis where it was cut.

    Characters are counted as UTF-16 code units: no system counts more, so a text that fits here fits everywhere.
    """
    if _units(text) <= most:
        return text
    end = _index(text, most - 1)
    return f"{text[: _boundary(text, end)].rstrip()}{_ELLIPSIS}"


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _index(text: str, units: int) -> int:
    """Returns the number of characters of the text that fit into `units`."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > units:
            return index
    return len(text)


def _boundary(text: str, end: int) -> int:
    """Returns the last position up to `end` between two visible characters; `end` itself where there is none."""
    return next((at for at in range(end, 0, -1) if not _belongs_together(text, at)), end)


def _belongs_together(text: str, at: int) -> bool:
    """Returns True where the code points before and after this position are seen as one character."""
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or _continues(after):
        return True
    if _is_flag_letter(before) and _is_flag_letter(after):
        return _flag_letters_before(text, at) % 2 == 1
    return "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff"


def _continues(character: str) -> bool:
    """Returns True for accents, variation selectors, skin tones and the tags of flags."""
    if unicodedata.category(character) in ("Mn", "Me", "Mc"):
        return True
    return "\U0001f3fb" <= character <= "\U0001f3ff" or "\U000e0020" <= character <= "\U000e007f"


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_flag_letter(text[start - 1]):
        start -= 1
    return at - start
