"""A long text in pieces, cut where a reader minds least."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from itertools import product

Cost = Callable[[str], int]
"""The characters that one character takes where it is to stand."""

_FENCE = "```"
# A word that is cut in two is no use to anybody: an address, an entity, an emoji's name.
_WHOLE_IN_WORDS = (re.compile(r"https?://[^\s<>]+|&#?\w{1,10};|:[a-z0-9_+'-]{1,100}:", re.IGNORECASE),)
# Code is cut where it must be, a token or an entity in it is not.
_WHOLE_IN_MRKDWN = (
    re.compile(r"<[^<>\n]*>|&(?:amp|lt|gt);|```|`(?:[^`<\n]|<[^<>\n]*>)+`|:[a-z0-9_+'-]{1,100}:"),
    re.compile(r"<[^<>\n]*>|&(?:amp|lt|gt);|```"),
)
_LINK = re.compile(r"<(?P<address>[^<>|\n]+)(?:\|(?P<words>[^<>\n]*))?>")
_LONGEST_WHOLE = 4000
_JOINER = "\u200d"
_TIED = re.compile("[\u200c\u200d\ufe0e\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\u1160-\u11ff]")
_REGIONAL = re.compile("[\U0001f1e6-\U0001f1ff]+$")
_ESCAPED = {"&": 5, "<": 4, ">": 4}


def escaped_size(character: str) -> int:
    """What a character takes once it is escaped for Slack's markup."""
    return _ESCAPED.get(character, 1)


def pieces(
    text: str, limit: int, *, cost: Cost | None = None, whole: Sequence[re.Pattern[str]] = _WHOLE_IN_WORDS
) -> tuple[str, ...]:
    """Cut a text into pieces of at most `limit` characters, counted by `cost`, of which each says something.

    Put together again they are the text, but for the line break (or the blank lines) at a cut. Cuts between lines where
    it can, else between words, else between characters as a reader sees them, and inside nothing that matches `whole`:
    its first pattern or, where that cannot be, its next.
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
    """Cut a text into chunks of at most `limit` characters that are the text, put together again."""
    start = 0
    while start < len(text):
        end = _before_joined(text, start, min(len(text), start + limit))
        yield text[start:end]
        start = end


def mrkdwn_pieces(written: str, limit: int) -> tuple[str, ...]:
    """Cut escaped mrkdwn into pieces of at most `limit` characters: no token is cut, and code stays code."""
    if len(written) <= limit:
        return (written,) if written.strip() else ()
    found, is_code = [], False
    room = limit - 2 * len(f"{_FENCE}\n")
    for piece in pieces(_LINK.sub(lambda link: _fitted(link, room), written), room, whole=_WHOLE_IN_MRKDWN):
        beginning = f"{_FENCE}\n" if is_code else ""
        is_code ^= bool(piece.count(_FENCE) % 2)
        found.append(f"{beginning}{piece}\n{_FENCE}" if is_code else f"{beginning}{piece}")
    return tuple(found)


def _fitted(link: re.Match[str], limit: int) -> str:
    """A link of at most `limit` characters: with fewer of its words, or as words where its address alone is longer."""
    if len(link[0]) <= limit:
        return link[0]
    address, words = link["address"], link["words"] or ""
    room = limit - len(f"<{address}|>")
    if room > 1 and words:
        return f"<{address}|{shortened(words, room)}>"
    return f"<{address}>" if len(f"<{address}>") <= limit else f"{words} {address}".strip()


def shortened(text: str, limit: int, *, cost: Cost | None = None) -> str:
    """The beginning of a text with an ellipsis where something is left out; at most `limit` characters."""
    if _reach(text, 0, limit, cost) >= len(text):
        return text
    kept = pieces(text, limit - 1, cost=cost)
    return f"{kept[0].rstrip()}…" if kept else "…"


def _reach(text: str, start: int, limit: int, cost: Cost | None) -> int:
    """How far so many characters go; at least one is taken."""
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
    """The place before what would be cut at `end`."""
    for match in whole.finditer(text, max(start, end - _LONGEST_WHOLE), min(len(text), end + _LONGEST_WHOLE)):
        if match.start() >= end:
            break
        if match.end() > end:
            return match.start()
    return end


def _before_joined(text: str, start: int, end: int) -> int:
    """The place before a character that is made of several, of which some would be cut off."""
    for place in range(end, start, -1):
        if not _is_joined(text, place):
            return place
    return end


def _is_joined(text: str, place: int) -> bool:
    """Whether the character there is one with the character before it."""
    if place >= len(text) or place == 0:
        return False
    before, character = text[place - 1], text[place]
    if before == _JOINER or _TIED.match(character) or unicodedata.category(character).startswith("M"):
        return True
    flags = _REGIONAL.search(text, max(0, place - 64), place)
    return bool(flags and _REGIONAL.match(character) and len(flags[0]) % 2)
