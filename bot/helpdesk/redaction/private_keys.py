"""Private keys: PEM, OpenSSH, SSH2, PGP and PuTTY blocks, whole or cut off, and age identities."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.vocabulary import COMMON_WORDS

_DASHES = r"[-–—]{2,5}"  # editors turn runs of hyphens into typographic dashes
_EDGE = re.compile(
    rf"(?P<begin>{_DASHES} ?BEGIN [A-Z0-9 ]{{0,40}}(?:PRIVATE KEY(?: BLOCK)?|STATIC KEY V\d) ?{_DASHES}"
    rf"|PuTTY-User-Key-File-\d)"
    rf"|{_DASHES} ?END [A-Z0-9 ]{{0,40}}(?:PRIVATE KEY(?: BLOCK)?|STATIC KEY V\d) ?{_DASHES}"
    r"|Private-MAC: ?[0-9a-f]+",
    re.IGNORECASE,
)
_MATERIAL = re.compile(r"(?=[A-Za-z+/]{0,40}[0-9])(?=[a-z0-9+/]{0,40}[A-Z])[A-Za-z0-9+/]{8}|[A-Za-z0-9+/=_-]{16}")
_FORMS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"AGE-SECRET-KEY-1[A-Z0-9]{8,}",
        r"\$ANSIBLE_VAULT;[\d.]{1,5};\w{1,10}(?:;[\w-]{1,40})?(?:\\n|\s){1,4}(?:[0-9a-f]{4,}(?:\\n|\s){0,20})*",
        r"(?<=\"d\")[ ]?:[ ]?\"(?P<secret>[A-Za-z0-9_-]{20,})\"",  # JSON Web Key
        r"<(?:D|P|Q|DP|DQ|InverseQ)>(?P<secret>[A-Za-z0-9+/=\s]{20,})</",  # RSAKeyValue
    )
)
# Keys without their first line: these are the first bytes of private keys, and of nothing else.
_BODY = re.compile(
    r"(?<![A-Za-z0-9+/])(?:b3BlbnNzaC1rZXktdjE|MII[A-Za-z0-9+/]{3}IBA[AD][A-Za-z0-9+/]|MIG[HT]AgE|MHcCAQEE"
    r"|MC4CAQAwBQYDK2V)"
    r"[A-Za-z0-9+/=]{16,}(?:(?:\\n|\s){1,4}[>| ]{0,3}[A-Za-z0-9+/=]{16,})*"
)


_WORDS_LINE = re.compile(r"(?<![^\s>])[a-z]{3,8}(?:[ ,]{1,2}[a-z]{3,8}){11,23}(?![ ,]{0,2}\w)")
_OWN_WORDS = 9


def seed_phrases(text: str) -> Iterator[SecretFinding]:
    """Finds twelve words or more, hardly any of which is common in sentences."""
    for match in _WORDS_LINE.finditer(text):
        words = set(re.findall("[a-z]+", match[0]))
        if len(words - COMMON_WORDS) >= _OWN_WORDS and len(words & COMMON_WORDS) * 4 < len(words):
            yield SecretFinding(kind=Kind.SECRET, start=match.start(), end=match.end())


def private_keys(text: str) -> Iterator[SecretFinding]:
    """Finds blocks from BEGIN to END, and keys in other formats.

    A block without an END reaches to the next BEGIN or the end of the text, if key material follows. Words after a
    truncated key are included, because its end cannot be recognised.
    """
    for form in (*_FORMS, _BODY):
        for match in form.finditer(text):
            start, end = match.span("secret" if form.groups else 0)
            yield SecretFinding(kind=Kind.PRIVATE_KEY, start=start, end=end)
    begin: re.Match[str] | None = None
    for edge in _EDGE.finditer(text):
        if begin:
            yield from _block(text, begin, edge.start() if edge["begin"] else edge.end(), closed=not edge["begin"])
        begin = edge if edge["begin"] else None
    if begin:
        yield from _block(text, begin, len(text), closed=False)


def _block(text: str, begin: re.Match[str], end: int, *, closed: bool) -> Iterator[SecretFinding]:
    if closed or _MATERIAL.search(text, begin.end(), end):
        yield SecretFinding(kind=Kind.PRIVATE_KEY, start=begin.start(), end=end)
