"""A long Markdown text in parts that each fit into one message."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from bot.slack.markdown.cutting import pieces
from bot.slack.markdown.reading import tokens

_OPENING = re.compile(
    r"(?P<lead>[\s>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+[\s>]*)*)(?P<fence>`{3,}|~{3,})(?P<info>.*)", re.DOTALL
)
_FULL_ENOUGH = 0.25
_WHOLE = (
    re.compile(r"!?\[[^\[\]\n]*\]\([^()\s]*\)|`[^`\n]+`|&#?\w{1,10};|https?://\S+"),
    re.compile(r"&#?\w{1,10};"),
)


class _Cut(enum.IntEnum):
    """How good a place between two lines is to cut at. Less is better."""

    BLOCK = 0
    INNER_BLOCK = 1
    LINE = 2
    SPLITTING = 3  # splits a table or code, which then gets its head again
    HEADLESS = 4  # leaves a fence or the head of a table with nothing in it


@dataclass(frozen=True, slots=True)
class _Line:
    """A line, how good it is to cut before it, and what then ends the part before and begins the one after."""

    text: str
    cut: _Cut = _Cut.LINE
    ending: tuple[str, ...] = ()
    beginning: tuple[str, ...] = ()


def split(markdown: str, limit: int = 10_000) -> tuple[str, ...]:
    """Cut a Markdown text into parts of at most `limit` characters, none of them empty.

    Cuts between blocks where it can, else between lines, words or characters, in this order. A table that fits stays
    whole, another one gets its head again; code is closed and opened again. `limit` should be 100 or more.

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


def _marked_lines(markdown: str, limit: int) -> list[_Line]:
    """The lines of a text with what its blocks say about cutting between them."""
    source = markdown.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [_Line(text) for text in source]
    for token in tokens(markdown):
        if token.map and token.nesting >= 0 and token.type != "inline":
            first, last = token.map[0], min(token.map[1], len(lines))
            _mark_start(lines, first, token)
            if token.type == "fence":
                _mark_fence(lines, first, last, token, limit)
            elif token.type == "table_open":
                _mark_table(lines, first, last, limit)
    return lines


def _mark_start(lines: list[_Line], first: int, token: Token) -> None:
    cut = _Cut.BLOCK if token.level == 0 else _Cut.INNER_BLOCK
    if lines[first].cut is _Cut.LINE:
        lines[first] = replace(lines[first], cut=cut)


def _mark_fence(lines: list[_Line], first: int, last: int, token: Token, limit: int) -> None:
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
        lines[place] = _Line(lines[place].text, cut, (lead + token.markup,), (again,))


def _mark_table(lines: list[_Line], first: int, last: int, limit: int) -> None:
    head = tuple(line.text for line in lines[first : first + 2])
    again = head if sum(map(len, head)) < limit // 4 else ()
    splitting = _splitting(lines[first:last], limit)
    for place in range(first + 1, last):
        cut = _Cut.HEADLESS if place < first + 3 else splitting
        lines[place] = _Line(lines[place].text, cut, (), again if place > first + 1 else ())


def _splitting(block: Sequence[_Line], limit: int) -> _Cut:
    """A block that fits into a part should stay whole; in any other, one line is as good as the next."""
    return _Cut.SPLITTING if _size([line.text for line in block]) - 1 <= limit else _Cut.LINE


def _narrow(lines: Sequence[_Line], limit: int) -> Iterator[_Line]:
    """Break lines that would not fit into a part of their own."""
    for place, line in enumerate(lines):
        following = lines[place + 1].ending if place + 1 < len(lines) else ()
        room = limit - _size(line.beginning) - max(_size(line.ending), _size(following))
        for number, piece in enumerate(_pieces(line.text, room)):
            yield replace(line, text=piece, cut=line.cut if number == 0 else max(line.cut, _Cut.LINE))


def _pieces(text: str, room: int) -> Iterator[str]:
    """A line in pieces that fit: between words where it can be, and inside no link, code or character."""
    if len(text) <= room:
        yield text
        return
    for number, piece in enumerate(pieces(text, room, whole=_WHOLE)):
        yield (piece.lstrip(" ") if number else piece).rstrip()


def _size(lines: Sequence[str]) -> int:
    """The characters these lines take together with their line breaks."""
    return sum(len(line) + 1 for line in lines)


def _end_of_part(lines: Sequence[_Line], start: int, limit: int) -> int:
    """The best line to cut before among those that keep the part within the limit."""
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


def _part(lines: Sequence[_Line], start: int, end: int) -> str:
    ending = lines[end].ending if end < len(lines) else ()
    whole = [*lines[start].beginning, *(line.text for line in lines[start:end]), *ending]
    return "\n".join(_moved_left(whole)).strip("\n").rstrip()


def _moved_left(lines: Sequence[str]) -> Iterator[str]:
    """Lines without the indentation of the first: what was inside a list must not become code without it."""
    filled = next((line for line in lines if line.strip()), "")
    width = len(filled) - len(filled.lstrip(" "))
    for line in lines:
        indentation = len(line) - len(line.lstrip(" "))
        if line.strip():
            width = min(width, indentation)
        yield line[min(width, indentation) :]
