"""A text as a reader sees it, so that invisible and look-alike characters hide nothing from the detectors."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.helpdesk.redaction.finding import Kind

GAP = "\x1e"
"""Stands for a mark that is already in the text. It counts as whitespace, so no secret reaches across it."""

# Digits as Slack writes their emoji, and characters as HTML and Slack escape them.
_WRITTEN = {
    f":{name}:": str(digit) for digit, name in enumerate("zero one two three four five six seven eight nine".split())
} | {"&gt;": ">", "&lt;": "<", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&nbsp;": " "}
_MARKS = frozenset(kind.mark for kind in Kind)
_PIECE = re.compile("|".join(map(re.escape, (*_MARKS, *_WRITTEN))))
_UNUSUAL = re.compile(rf"[^\t\n -~]|{_PIECE.pattern}")


@dataclass(frozen=True, slots=True)
class View:
    """The text to search, and for each of its characters where its original starts and ends."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original."""
        return self.starts[start], self.ends[end - 1]


def view(text: str) -> View:
    """Drop what is invisible, give digits, dashes, spaces and full-width forms their plain shape, set marks apart."""
    if not _UNUSUAL.search(text):
        return View(text, range(len(text)), range(1, len(text) + 1))
    seen = list(_shown(text))
    return View("".join(shown for shown, _, _ in seen), [start for _, start, _ in seen], [end for _, _, end in seen])


def _shown(text: str) -> Iterator[tuple[str, int, int]]:
    done = 0
    for piece in _PIECE.finditer(text):
        yield from _plain_from(text, done, piece.start())
        yield _WRITTEN.get(piece[0], GAP), piece.start(), piece.end()
        done = piece.end()
    yield from _plain_from(text, done, len(text))


def _plain_from(text: str, start: int, end: int) -> Iterator[tuple[str, int, int]]:
    for place in range(start, end):
        if shown := _plain(text[place]):
            yield shown, place, place + 1


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
