"""A text as a reader sees it: invisible and look-alike characters hide no secret from the detectors."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.helpdesk.redaction.finding import Kind

GAP = "\x1e"
"""Replaces a mark that is already in the text. It counts as whitespace, so that no secret spans it."""

# The emoji codes of digits, and characters that are escaped in HTML.
_ENCODED = {
    f":{name}:": str(digit) for digit, name in enumerate("zero one two three four five six seven eight nine".split())
} | {"&gt;": ">", "&lt;": "<", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&nbsp;": " "}
_MARKS = frozenset(kind.mark for kind in Kind)
_ENCODED_OR_MARK = re.compile("|".join(map(re.escape, (*_MARKS, *_ENCODED))))
_UNUSUAL = re.compile(rf"[^\t\n -~]|{_ENCODED_OR_MARK.pattern}")


@dataclass(frozen=True, slots=True)
class VisibleText:
    """The text to search, and the start and end of each of its characters in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Returns the position of `text[start:end]` in the original."""
        return self.starts[start], self.ends[end - 1]


def visible_text_of(text: str) -> VisibleText:
    """Drops invisible characters, and makes digits, dashes, spaces and full-width forms plain."""
    if not _UNUSUAL.search(text):
        return VisibleText(text, range(len(text)), range(1, len(text) + 1))
    visible = list(_visible(text))
    starts, ends = [start for _, start, _ in visible], [end for _, _, end in visible]
    return VisibleText("".join(character for character, _, _ in visible), starts, ends)


def _visible(text: str) -> Iterator[tuple[str, int, int]]:
    done = 0
    for match in _ENCODED_OR_MARK.finditer(text):
        yield from _plain_from(text, done, match.start())
        yield _ENCODED.get(match[0], GAP), match.start(), match.end()
        done = match.end()
    yield from _plain_from(text, done, len(text))


def _plain_from(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for position in range(start, end):
        if plain := _plain(text[position]):
            yield plain, position, position + 1


@functools.lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character.isspace():
        return character if character in " \t\n" else "\n" if len(f"a{character}b".splitlines()) > 1 else " "
    category = unicodedata.category(character)
    if category in {"Cf", "Cc", "Mn", "Me"} and unicodedata.combining(character) == 0:
        return ""
    if category == "Pd" or character == "−":
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(character))
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character
