"""Text that may have no more than so many characters, cut where no character is seen in halves."""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"
_SIGN = "…"


def clipped(text: str, most: int) -> str:
    """The text, or as much of it as `most` characters hold, with a sign that there was more.

    Characters are counted as UTF-16 units: no system counts more strictly, so a text that fits here fits everywhere.
    """
    if _units(text) <= most:
        return text
    end = _index(text, most - 1)
    return f"{text[: _seam(text, end)].rstrip()}{_SIGN}"


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _index(text: str, units: int) -> int:
    """How many characters of the text so many units hold."""
    used = 0
    for index, character in enumerate(text):
        used += 2 if character > "\uffff" else 1
        if used > units:
            return index
    return len(text)


def _seam(text: str, end: int) -> int:
    """The last place up to `end` between two characters as people see them; `end` itself where there is none."""
    return next((at for at in range(end, 0, -1) if not _belongs_together(text, at)), end)


def _belongs_together(text: str, at: int) -> bool:
    """Whether what stands before and after this place is seen as one character."""
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or _continues(after):
        return True
    if _is_flag_letter(before) and _is_flag_letter(after):
        return _flag_letters_before(text, at) % 2 == 1
    return "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff"


def _continues(character: str) -> bool:
    """Accents, variation selectors, skin tones and the tags of flags."""
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
