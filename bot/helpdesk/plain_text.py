"""Removal of characters that make a text look different from what it is, wherever text and file names come in.

Bidirectional overrides reverse a file name; tag characters and other invisible ones hide words from readers
(https://www.unicode.org/reports/tr36/, https://trojansource.codes). Characters that a script or an emoji needs stay.
"""

from __future__ import annotations

import re
import unicodedata

# Line breaks other than line feeds, control characters, and invisible characters that no language needs.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_INVISIBLE = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "]"
)
_TAGS = "\U000e0020-\U000e007e"
_TAG_RUN = re.compile(f"(?P<flag>\U0001f3f4[{_TAGS}]{{1,8}}\U000e007f)|[\U000e0000-\U000e007f]+")
_JOINERS = re.compile("[\u200c\u200d]+")
_DIRECTIONS = re.compile("[\u061c\u200e\u200f]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_SUSPECT = re.compile(
    f"[\r{_INVISIBLE.pattern[1:-1]}\x0b\x0c\u2028\u2029\u061c\u200c-\u200f\ufe00-\ufe0f\U000e0000-\U000e01ef]"
)
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
# Arabic, Syriac, the scripts of India and related ones.
_JOINING = re.compile(
    "[\u0600-\u109f\u1700-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff]"
)


def legible(text: str) -> str:
    """Removes the characters that hide or reverse a part of the text. Visible characters stay, in their order.

    Right-to-left words keep the marks they need, words of joining scripts and emoji their joiners. Idempotent.

    >>> legible("invoice\u202efdp.exe")
    'invoicefdp.exe'
    """
    if not _SUSPECT.search(text):
        return text
    text = _INVISIBLE.sub("", _BREAKS.sub("\n", text))
    text = _TAG_RUN.sub(lambda match: match["flag"] or "", text)
    text = _SELECTORS.sub(_selector, text)
    text = _JOINERS.sub(_joiner, text)
    without = _DIRECTIONS.sub("", text)
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in without if character > "\u0590"):
        return _DIRECTIONS.sub(lambda match: match[0][0], text)
    return without


def _selector(match: re.Match[str]) -> str:
    """Keeps one selector after a character that has variants; a run of selectors is a hidden text."""
    before = match.string[match.start() - 1 : match.start()]
    has_variants = before != "" and not before.isspace() and (before in "#*0123456789" or not before.isascii())
    return match[0][0] if has_variants and unicodedata.category(before)[0] in "SLNP" else ""


def _joiner(match: re.Match[str]) -> str:
    """Keeps one joiner after a letter of a script that needs them, or between the parts of an emoji."""
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    is_needed = _JOINING.match(before) or (_is_symbol(before) and _is_symbol(after))
    return match[0][0] if is_needed else ""


def _is_symbol(character: str) -> bool:
    return character != "" and (character == "\ufe0f" or unicodedata.category(character) in {"So", "Sk"})
