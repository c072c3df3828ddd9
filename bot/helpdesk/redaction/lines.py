"""Searches that skip lines in which nothing can be found: a pattern takes far longer than to look for a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

Spans = Sequence[tuple[int, int]]


def lines_with(lower: str, words: Iterable[str]) -> Spans:
    """Returns the start and end of each line that has one of the words, in order. Text and words are in lower case."""
    lines: set[tuple[int, int]] = set()
    for word in words:
        place = lower.find(word)
        while place >= 0:
            end = lower.find("\n", place)
            end = len(lower) if end < 0 else end
            lines.add((lower.rfind("\n", 0, place) + 1, end))
            place = lower.find(word, end)
    return sorted(lines)


_SPACE = re.compile(r"[ \t\n]")


def pieces_with(text: str, sign: str) -> Spans:
    """Returns the start and end of each piece without spaces that has the sign, in order."""
    pieces = []
    place = text.find(sign)
    while place >= 0:
        space = _SPACE.search(text, place)
        end = space.start() if space else len(text)
        pieces.append((max(text.rfind(blank, 0, place) for blank in " \t\n") + 1, end))
        place = text.find(sign, end)
    return pieces


def matches_in(pattern: re.Pattern[str], text: str, lines: Spans) -> Iterator[re.Match[str]]:
    """Yields the matches of a pattern that never spans two of the lines, or pieces."""
    for start, end in lines:
        yield from pattern.finditer(text, start, end)
