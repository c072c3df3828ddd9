"""Cuts long text into pieces: plain text and Markdown, each at the place a reader minds least."""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from markdown_it.token import Token

from bot.chat_markdown.parser import block_tokens

Cost = Callable[[str], int]
"""Returns how many characters one character takes in the output."""

# Useless when cut in two: an address, an entity, an emoji's name.
_WHOLE_IN_WORDS = (re.compile(r"https?://[^\s<>]+|&#?\w{1,10};|:[a-z0-9_+'-]{1,100}:", re.IGNORECASE),)
_LONGEST_WHOLE = 4000
_JOINER = "\u200d"
_TIED = re.compile("[\u200c\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u1160-\u11ff]")
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]+$")


def pieces(
    text: str, limit: int, *, cost: Cost | None = None, whole: Sequence[re.Pattern[str]] = _WHOLE_IN_WORDS
) -> tuple[str, ...]:
    """Cuts a text into pieces of at most `limit` characters, counted by `cost`, none of them blank.

    Joined again they are the text without the line break (or the blank lines) at each cut. Cuts between lines if
    possible, else between words, else between grapheme clusters, and never inside a match of `whole`: of its first
    pattern or, where that leaves no place to cut, of its next one.
    """
    found, start = [], 0
    while start < len(text):
        end = _reach(text, start, limit, cost)
        if end < len(text):
            end = _best_end(text, start, end, whole)
        found.append(text[start:end])
        start = end + text.startswith("\n", end)
    return tuple(piece for piece in found if piece.strip())


def chunks(text: str, limit: int) -> Iterator[str]:
    """Yields chunks of at most `limit` characters that make the text again when joined."""
    start = 0
    while start < len(text):
        end = _before_joined(text, start, min(len(text), start + limit))
        yield text[start:end]
        start = end


def shortened(text: str, limit: int, *, cost: Cost | None = None) -> str:
    """Returns the beginning of a text, at most `limit` characters, with an ellipsis if something is left out."""
    if _reach(text, 0, limit, cost) >= len(text):
        return text
    kept = pieces(text, limit - 1, cost=cost)
    return f"{kept[0].rstrip()}…" if kept else "…"


def _reach(text: str, start: int, limit: int, cost: Cost | None) -> int:
    """Returns the end of the longest span from `start` that costs at most `limit`; it has at least one character."""
    if cost is None:
        return min(len(text), start + max(1, limit))
    taken = 0
    for place in range(start, len(text)):
        taken += cost(text[place])
        if taken > limit:
            return max(place, start + 1)
    return len(text)


def _best_end(text: str, start: int, end: int, whole: Sequence[re.Pattern[str]]) -> int:
    middle = start + (end - start) // 2
    line = text.rfind("\n", middle, end + 1)
    space = text.rfind(" ", middle, end) + 1
    for pattern, place in product(whole, (line, space, end)):
        whole_end = _before_whole(text, start, place, pattern) if place > start else start
        if whole_end > start:
            return _before_joined(text, start, whole_end)
    return _before_joined(text, start, end)


def _before_whole(text: str, start: int, end: int, whole: re.Pattern[str]) -> int:
    """Returns the start of the match that a cut at `end` would split, or `end`."""
    for match in whole.finditer(text, max(start, end - _LONGEST_WHOLE), min(len(text), end + _LONGEST_WHOLE)):
        if match.start() >= end:
            break
        if match.end() > end:
            return match.start()
    return end


def _before_joined(text: str, start: int, end: int) -> int:
    """Returns the start of the grapheme cluster that a cut at `end` would split, or `end`."""
    for place in range(end, start, -1):
        if not _is_joined(text, place):
            return place
    return end


def _is_joined(text: str, place: int) -> bool:
    """Tells whether the code point at `place` belongs to the grapheme cluster before it."""
    if place >= len(text) or place == 0:
        return False
    before, character = text[place - 1], text[place]
    if before == _JOINER or _TIED.match(character) or unicodedata.category(character).startswith("M"):
        return True
    flags = _REGIONAL.search(text, max(0, place - 64), place)
    return bool(flags and _REGIONAL.match(character) and len(flags[0]) % 2)


# Markdown.

_OPENING = re.compile(
    r"(?P<lead>[\s>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+[\s>]*)*)(?P<fence>`{3,}|~{3,})(?P<info>.*)", re.DOTALL
)
_FULL_ENOUGH = 0.25
_WHOLE_IN_MARKDOWN = (
    re.compile(r"!?\[[^\[\]\n]*\]\([^()\s]*\)|`[^`\n]+`|&#?\w{1,10};|https?://\S+"),
    re.compile(r"&#?\w{1,10};"),
)


class _Cut(enum.IntEnum):
    """Ranks places to cut between two lines; lower is better."""

    BLOCK = 0
    INNER_BLOCK = 1
    LINE = 2
    SPLITTING = 3  # splits a table or code, which then gets its head again
    HEADLESS = 4  # leaves a fence or the head of a table with nothing in it


@dataclass(frozen=True, slots=True)
class _MarkedLine:
    """A line, the rank of a cut before it, and the lines that then end the part before and begin the part after."""

    text: str
    cut: _Cut = _Cut.LINE
    ending: tuple[str, ...] = ()
    beginning: tuple[str, ...] = ()


def split(markdown: str, limit: int = 10_000) -> tuple[str, ...]:
    """Cuts a Markdown text into parts of at most `limit` characters, none of them empty.

    Cuts between blocks if possible, else between lines, words or characters, in this order. A table that fits stays
    whole, a longer one repeats its head; code is closed and opened again. `limit` should be 100 or more.

    Slack takes 12,000 characters in all `markdown` blocks of a message together, and about 13,200 as it renders them
    (https://github.com/slackapi/bolt-js/issues/2509), so that one part makes one message.
    """
    if len(markdown) <= limit:
        return (markdown,) if markdown.strip() else ()
    lines = list(_narrow(_marked_lines(markdown, limit), limit))
    parts = []
    start = 0
    while start < len(lines):
        end = _end_of_part(lines, start, limit)
        parts.append(_part(lines, start, end))
        start = end
    return tuple(part for part in parts if part.strip())


def _marked_lines(markdown: str, limit: int) -> list[_MarkedLine]:
    """Returns the lines of a text, each with the rank of a cut before it."""
    source = markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [_MarkedLine(text) for text in source]
    for token in block_tokens(markdown):
        if token.map and token.nesting >= 0 and token.type != "inline":
            first, last = token.map[0], min(token.map[1], len(lines))
            _mark_start(lines, first, token)
            if token.type == "fence":
                _mark_fence(lines, first, last, token, limit)
            elif token.type == "table_open":
                _mark_table(lines, first, last, limit)
    return lines


def _mark_start(lines: list[_MarkedLine], first: int, token: Token) -> None:
    cut = _Cut.BLOCK if token.level == 0 else _Cut.INNER_BLOCK
    if lines[first].cut is _Cut.LINE:
        lines[first] = replace(lines[first], cut=cut)


def _mark_fence(lines: list[_MarkedLine], first: int, last: int, token: Token, limit: int) -> None:
    opening = _OPENING.match(lines[first].text)
    lead = re.sub(r"[^\s>]", " ", opening["lead"]) if opening else ""
    info = opening["info"] if opening else ""
    if len(lead) + len(token.markup) > limit // 8:
        return
    again = lead + token.markup + (info if len(info) < limit // 8 else "")
    splitting = _splitting(lines[first:last], limit)
    closed = last - first > 1 and lines[last - 1].text.strip(" \t>").startswith(token.markup)
    for place in range(first + 1, last):
        headless = place == first + 1 or (closed and place == last - 1)
        cut = _Cut.HEADLESS if headless else splitting
        lines[place] = _MarkedLine(lines[place].text, cut, (lead + token.markup,), (again,))


def _mark_table(lines: list[_MarkedLine], first: int, last: int, limit: int) -> None:
    head = tuple(line.text for line in lines[first : first + 2])
    again = head if sum(map(len, head)) < limit // 4 else ()
    splitting = _splitting(lines[first:last], limit)
    for place in range(first + 1, last):
        cut = _Cut.HEADLESS if place < first + 3 else splitting
        lines[place] = _MarkedLine(lines[place].text, cut, (), again if place > first + 1 else ())


def _splitting(block: Sequence[_MarkedLine], limit: int) -> _Cut:
    """Returns the rank of a cut inside a block: a block that fits into one part should stay whole."""
    return _Cut.SPLITTING if _size([line.text for line in block]) - 1 <= limit else _Cut.LINE


def _narrow(lines: Sequence[_MarkedLine], limit: int) -> Iterator[_MarkedLine]:
    """Breaks lines that would not fit into a part of their own."""
    for place, line in enumerate(lines):
        following = lines[place + 1].ending if place + 1 < len(lines) else ()
        room = limit - _size(line.beginning) - max(_size(line.ending), _size(following))
        for number, piece in enumerate(_pieces(line.text, room)):
            yield replace(line, text=piece, cut=line.cut if number == 0 else max(line.cut, _Cut.LINE))


def _pieces(text: str, room: int) -> Iterator[str]:
    """Cuts a line into pieces that fit: between words if possible, and inside no link, code or character."""
    if len(text) <= room:
        yield text
        return
    for number, piece in enumerate(pieces(text, room, whole=_WHOLE_IN_MARKDOWN)):
        yield (piece.lstrip(" ") if number else piece).rstrip()


def _size(lines: Sequence[str]) -> int:
    """Counts the characters of these lines with their line breaks."""
    return sum(len(line) + 1 for line in lines)


def _end_of_part(lines: Sequence[_MarkedLine], start: int, limit: int) -> int:
    """Returns the best line to cut before among those that keep the part within the limit."""
    best, best_rank = start + 1, (True, True, len(_Cut))
    size = _size(lines[start].beginning)
    for end in range(start + 1, len(lines) + 1):
        size += len(lines[end - 1].text) + 1
        if size - 1 > limit:
            return best
        if end == len(lines):
            return end
        following = lines[end]
        rank = (following.cut >= _Cut.SPLITTING, size < limit * _FULL_ENOUGH, int(following.cut))
        if size + _size(following.ending) - 1 <= limit and rank <= best_rank:
            best, best_rank = end, rank
    return best


def _part(lines: Sequence[_MarkedLine], start: int, end: int) -> str:
    ending = lines[end].ending if end < len(lines) else ()
    whole = [*lines[start].beginning, *(line.text for line in lines[start:end]), *ending]
    return "\n".join(_moved_left(whole)).strip("\n").rstrip()


def _moved_left(lines: Sequence[str]) -> Iterator[str]:
    """Yields lines without the indentation of the first one: text cut out of a list must not become a code block."""
    filled = next((line for line in lines if line.strip()), "")
    width = len(filled) - len(filled.lstrip(" "))
    for line in lines:
        indentation = len(line) - len(line.lstrip(" "))
        if line.strip():
            width = min(width, indentation)
        yield line[min(width, indentation) :]
