"""Searches that skip what cannot match: a pattern takes far longer on a text than to look for a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

Spans = Sequence[tuple[int, int]]

_SPACE = re.compile(r"[ \t\n]")


def places_of(text: str, words: Iterable[str]) -> Sequence[int]:
    """Returns where one of the words begins, in order."""
    places: set[int] = set()
    for word in words:
        place = text.find(word)
        while place >= 0:
            places.add(place)
            place = text.find(word, place + 1)
    return sorted(places)


def pieces_with(text: str, words: Iterable[str]) -> Spans:
    """Returns the start and end of each piece without spaces that has one of the words, in order."""
    pieces: set[tuple[int, int]] = set()
    for word in words:
        place = text.find(word)
        while place >= 0:
            space = _SPACE.search(text, place)
            end = space.start() if space else len(text)
            pieces.add((max(text.rfind(blank, 0, place) for blank in " \t\n") + 1, end))
            place = text.find(word, end)
    return sorted(pieces)


def around(text: str, words: Iterable[str], before: int, after: int) -> Spans:
    """Returns the parts of a text from `before` characters before each of the words to `after` characters behind."""
    parts: list[tuple[int, int]] = []
    for place in places_of(text, words):
        start, end = max(0, place - before), min(len(text), place + after)
        if parts and start <= parts[-1][1]:
            start = parts.pop()[0]
        parts.append((start, end))
    return parts


def matches_in(pattern: re.Pattern[str], text: str, parts: Spans) -> Iterator[re.Match[str]]:
    """Yields the matches of a pattern that never goes beyond one of the parts."""
    for start, end in parts:
        yield from pattern.finditer(text, start, end)


def matches_at(pattern: re.Pattern[str], text: str, places: Iterable[int]) -> Iterator[re.Match[str]]:
    """Yields the matches of a pattern that begin at one of the places, and not within another match."""
    end = 0
    for place in places:
        if place >= end and (match := pattern.match(text, place)):
            yield match
            end = match.end()
