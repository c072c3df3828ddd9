"""Characters that make a text look like another one: taken out wherever words, names and file names come in.

Bidirectional overrides turn a file name round, tag characters and other invisible ones hide words from whoever reads
(https://www.unicode.org/reports/tr36/, https://trojansource.codes). What a script or an emoji needs stays.
"""

from __future__ import annotations

import re
import unicodedata

# Breaks that are no line feed, control characters, and everything invisible that no language needs to be read.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_NEVER = re.compile(
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
    f"[\r{_NEVER.pattern[1:-1]}\x0b\x0c\u2028\u2029\u061c\u200c-\u200f\ufe00-\ufe0f\U000e0000-\U000e01ef]"
)
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
# Arabic, Syriac, the scripts of India and their kin.
_JOINING = re.compile(
    "[\u0600-\u109f\u1700-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff]"
)


def legible(text: str) -> str:
    """The text without what hides or turns round a part of it; visible characters all stay, and their order.

    Right-to-left words keep the marks they need, words of joining scripts and emoji their joiners. Doing it twice
    changes nothing.

    >>> legible("invoice\u202efdp.exe")
    'invoicefdp.exe'
    """
    if not _SUSPECT.search(text):
        return text
    text = _NEVER.sub("", _BREAKS.sub("\n", text))
    text = _TAG_RUN.sub(lambda match: match["flag"] or "", text)
    text = _SELECTORS.sub(_selector, text)
    text = _JOINERS.sub(_joiner, text)
    without = _DIRECTIONS.sub("", text)
    if any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in without if character > "\u0590"):
        return _DIRECTIONS.sub(lambda match: match[0][0], text)
    return without


def _selector(match: re.Match[str]) -> str:
    """One selector after a character that has several looks; a run of them is a hidden text."""
    before = match.string[match.start() - 1 : match.start()]
    has_looks = before != "" and not before.isspace() and (before in "#*0123456789" or not before.isascii())
    return match[0][0] if has_looks and unicodedata.category(before)[0] in "SLNP" else ""


def _joiner(match: re.Match[str]) -> str:
    """One joiner, after a letter of a script that needs them, or between the parts of one emoji."""
    before, after = match.string[match.start() - 1 : match.start()], match.string[match.end() : match.end() + 1]
    is_needed = _JOINING.match(before) or (_is_sign(before) and _is_sign(after))
    return match[0][0] if is_needed else ""


def _is_sign(character: str) -> bool:
    return character != "" and (character == "\ufe0f" or unicodedata.category(character) in {"So", "Sk"})
