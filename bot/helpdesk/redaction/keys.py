"""Private keys: PEM, OpenSSH, SSH2, PGP and PuTTY blocks, whole or cut off, and age identities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Finding, Kind

_DASHES = r"[-–—]{2,5}"  # editors turn runs of hyphens into typographic dashes
_EDGE = re.compile(
    rf"(?P<begin>{_DASHES} ?BEGIN [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)? ?{_DASHES}|PuTTY-User-Key-File-\d)"
    rf"|{_DASHES} ?END [A-Z0-9 ]{{0,40}}PRIVATE KEY(?: BLOCK)? ?{_DASHES}"
    r"|Private-MAC: ?[0-9a-f]+"
)
_MATERIAL = re.compile(r"(?=[A-Za-z+/]{0,40}[0-9])(?=[a-z0-9+/]{0,40}[A-Z])[A-Za-z0-9+/]{8}|[A-Za-z0-9+/=_-]{16}")
_AGE = re.compile(r"AGE-SECRET-KEY-1[A-Z0-9]{8,}", re.IGNORECASE)


def private_keys(text: str) -> Iterator[Finding]:
    """A block reaches from BEGIN to END.

    Without an END it reaches to the next BEGIN or the end of the text, if key material follows. That takes words after
    a cut-off key with it: nothing tells where the key stops.
    """
    for match in _AGE.finditer(text):
        yield Finding(kind=Kind.PRIVATE_KEY, start=match.start(), end=match.end())
    begin: re.Match[str] | None = None
    for edge in _EDGE.finditer(text):
        if begin:
            yield from _block(text, begin, edge.start() if edge["begin"] else edge.end(), closed=not edge["begin"])
        begin = edge if edge["begin"] else None
    if begin:
        yield from _block(text, begin, len(text), closed=False)


def _block(text: str, begin: re.Match[str], end: int, *, closed: bool) -> Iterator[Finding]:
    if closed or _MATERIAL.search(text, begin.end(), end):
        yield Finding(kind=Kind.PRIVATE_KEY, start=begin.start(), end=end)
