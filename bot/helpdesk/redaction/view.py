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

_MARK = re.compile("|".join(re.escape(kind.mark) for kind in Kind))
_UNUSUAL = re.compile(r"[^\t\n -~]|\[redacted: ")


@dataclass(frozen=True, slots=True)
class View:
    """The text to search, and for each of its characters the place in the original text (and the original's end)."""

    text: str
    places: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` stands in the original."""
        return self.places[start], self.places[end - 1] + 1


def view(text: str) -> View:
    """Drop invisible characters, turn full-width and other compatibility forms into plain ones, and set marks apart."""
    if not _UNUSUAL.search(text):
        return View(text, range(len(text) + 1))
    seen = [(shown, place) for place, shown in _shown(text) if shown]
    return View("".join(shown for shown, _ in seen), [*(place for _, place in seen), len(text)])


def _shown(text: str) -> Iterator[tuple[int, str]]:
    done = 0
    for mark in _MARK.finditer(text):
        yield from enumerate(map(_plain, text[done : mark.start()]), start=done)
        yield mark.end() - 1, GAP
        done = mark.end()
    yield from enumerate(map(_plain, text[done:]), start=done)


@functools.lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character.isspace():
        return character if character in " \t\n" else "\n" if len(f"a{character}b".splitlines()) > 1 else " "
    if unicodedata.category(character) in {"Cf", "Cc", "Mn"} and unicodedata.combining(character) == 0:
        return ""
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character
