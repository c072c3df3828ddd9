"""Cuts escaped mrkdwn into pieces at the places a reader minds least."""

from __future__ import annotations

import re

from bot.chat_markdown.splitting import pieces, shortened

_FENCE = "```"
# Where code has to be cut, a token or an entity in it stays whole.
_WHOLE_IN_MRKDWN = (
    re.compile(r"<[^<>\n]*>|&(?:amp|lt|gt);|```|`(?:[^`<\n]|<[^<>\n]*>)+`|:[a-z0-9_+'-]{1,100}:"),
    re.compile(r"<[^<>\n]*>|&(?:amp|lt|gt);|```"),
)
_LINK = re.compile(r"<(?P<address>[^<>|\n]+)(?:\|(?P<words>[^<>\n]*))?>")
_ESCAPED = {"&": 5, "<": 4, ">": 4}


def escaped_size(character: str) -> int:
    """Returns the size of a character after escaping for Slack's markup."""
    return _ESCAPED.get(character, 1)


def mrkdwn_pieces(written: str, limit: int) -> tuple[str, ...]:
    """Cuts escaped mrkdwn into pieces of at most `limit` characters: no token is cut, and code stays code."""
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
    """Returns a link of at most `limit` characters: with a shorter label, or as text if its address alone is longer."""
    if len(link[0]) <= limit:
        return link[0]
    address, words = link["address"], link["words"] or ""
    room = limit - len(f"<{address}|>")
    if room > 1 and words:
        return f"<{address}|{shortened(words, room)}>"
    return f"<{address}>" if len(f"<{address}>") <= limit else f"{words} {address}".strip()
