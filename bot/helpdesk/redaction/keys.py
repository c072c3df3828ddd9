"""Private keys, seed phrases, and tokens: recognised by their format alone, whatever the words around them."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Sequence

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.plausibility import looks_random
from bot.helpdesk.redaction.vendors import TOKEN_FORMATS, TokenFormat
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
# Keys without their first line: these are the first bytes of private keys, and of nothing else.
_BODY = re.compile(
    r"(?<![A-Za-z0-9+/])(?:b3BlbnNzaC1rZXktdjE|MII[A-Za-z0-9+/]{3}IBA[AD][A-Za-z0-9+/]|MIG[HT]AgE|MHcCAQEE"
    r"|MC4CAQAwBQYDK2V)"
    r"[A-Za-z0-9+/=]{16,}(?:(?:\\n|\s){1,4}[>| ]{0,3}[A-Za-z0-9+/=]{16,})*"
)
# Forms without a BEGIN, each with texts in lower case of which one is in it: a search for those is quick.
_FORMS: tuple[tuple[tuple[str, ...], re.Pattern[str]], ...] = (
    (("age-secret-key",), re.compile(r"AGE-SECRET-KEY-1[A-Z0-9]{8,}", re.IGNORECASE)),
    (
        ("$ansible_vault",),
        re.compile(
            r"\$ANSIBLE_VAULT;[\d.]{1,5};\w{1,10}(?:;[\w-]{1,40})?(?:\\n|\s){1,4}(?:[0-9a-f]{4,}(?:\\n|\s){0,20})*",
            re.IGNORECASE,
        ),
    ),
    (('"d"',), re.compile(r"(?<=\"d\")[ ]?:[ ]?\"(?P<secret>[A-Za-z0-9_-]{20,})\"", re.IGNORECASE)),  # JSON Web Key
    (
        ("<d>", "<p>", "<q>", "<dp>", "<dq>", "<inverseq>"),  # RSAKeyValue
        re.compile(r"<(?:D|P|Q|DP|DQ|InverseQ)>(?P<secret>[A-Za-z0-9+/=\s]{20,})</", re.IGNORECASE),
    ),
)
_BODY_BEGINNINGS = ("b3BlbnNzaC1rZXktdjE", "MII", "MIG", "MHcCAQEE", "MC4CAQAwBQYDK2V")
_EDGE_HINTS = ("---", "--begin", "-- begin", "--end", "-- end", "putty-user", "private-mac")

# Words in lower case in a row. Taken as a whole, because a search that begins anew at each word would take long.
_WORDS_IN_A_ROW = re.compile(r"(?<![^\s>])[a-z]{3,8}(?:[ ,]{1,2}[a-z]{3,8}){11,}+")
_ANOTHER_WORD = re.compile(r"[ ,]{0,2}\w")
_ONE_WORD = re.compile(r"(?<![^\s>])[a-z]{3,8}")
_FEWEST_WORDS, _MOST_WORDS = 12, 24
_OWN_WORDS = 9


def seed_phrases(text: str) -> Iterator[SecretFinding]:
    """Finds twelve words or more, hardly any of which is common in sentences."""
    for row in _WORDS_IN_A_ROW.finditer(text):
        start = None if _ANOTHER_WORD.match(text, row.end()) else _start_of_last_words(text, *row.span())
        if start is None:
            continue
        words = set(re.findall("[a-z]+", text[start : row.end()]))
        if len(words - COMMON_WORDS) >= _OWN_WORDS and len(words & COMMON_WORDS) * 4 < len(words):
            yield SecretFinding(kind=Kind.SECRET, start=start, end=row.end())


def _start_of_last_words(text: str, start: int, end: int) -> int | None:
    """Returns where the last words of a row begin: 24 or, where a comma stands before that, fewer; None for too few."""
    words = [word.start() for word in re.finditer("[a-z]{3,8}", text[start:end])]
    last = [start + word for word in words[-_MOST_WORDS:]]
    return next((word for word in last[: len(last) - _FEWEST_WORDS + 1] if _ONE_WORD.match(text, word)), None)


def private_keys(text: str) -> Iterator[SecretFinding]:
    """Finds blocks from BEGIN to END, and keys in other formats.

    A block without an END reaches to the next BEGIN or the end of the text, if key material follows. Words after a
    truncated key are included, because its end cannot be recognised.
    """
    lower = text.lower()
    for hints, form in _FORMS:
        for match in form.finditer(text) if any(hint in lower for hint in hints) else ():
            start, end = match.span("secret" if form.groups else 0)
            yield SecretFinding(kind=Kind.PRIVATE_KEY, start=start, end=end)
    for match in _BODY.finditer(text) if any(beginning in text for beginning in _BODY_BEGINNINGS) else ():
        yield SecretFinding(kind=Kind.PRIVATE_KEY, start=match.start(), end=match.end())
    if any(hint in lower for hint in _EDGE_HINTS):
        yield from _blocks(text)


def _blocks(text: str) -> Iterator[SecretFinding]:
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


# Searching long unbroken runs alone keeps the search fast: sentences have hardly any.
_RUN = re.compile(r"[A-Za-z0-9_.~+/=%$:!-]{16,}")

_AWS = re.compile(r"(?<![A-Za-z0-9])A(?:[KS]I|BI|CC|3T)[A-Z0-9][A-Z0-9]{12,}")
_AWS_SECRET = re.compile(r"[ \t,;:|/\"'\n]{1,5}(?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+])")
_JWT = re.compile(r"ey[JA-Z][A-Za-z0-9_-]{5,}+\.[A-Za-z0-9_-]{5,}+(?:\.[A-Za-z0-9_-]*)*|eyJrIjoi[A-Za-z0-9=]{40,}")
_PASETO = re.compile(r"(?<![A-Za-z0-9])v[1-4]\.(?:local|public)\.[A-Za-z0-9_-]{20,}")
_AWS_BEGINNINGS = ("AKI", "ASI", "ABI", "ACC", "A3T")
_AWS_SESSION = re.compile(r"(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=_%-]{20,}")
# Each with texts of which one is in every match.
_OTHERS = (
    (tuple(f"ey{letter}" for letter in string.ascii_uppercase), _JWT),
    ((".local.", ".public."), _PASETO),
    (("FwoGZXIvYXdz", "IQoJb3JpZ2lu"), _AWS_SESSION),
)

# A prefix of no vendor in the table: segments that end in a sign, then a run too long for a word.
_UNKNOWN = re.compile(
    r"(?<![A-Za-z0-9_.-])(?P<prefix>(?:[A-Za-z][A-Za-z0-9]{0,11}[_-]){1,4})(?P<rest>[A-Za-z0-9]{16,}(?:==?)?)"
)
_SECRET_SEGMENTS = frozenset(
    """
    sk rk key apikey api secret token tok pat live prod test auth priv private oauth refresh access pw pass sec
    """.split()
)
_IDENTIFIER_SEGMENTS = frozenset(
    """
    sha sha1 sha256 sha384 sha512 md5 etag commit image img file doc docs folder drive id ids ref req request res resp
    response msg message trace span run thread asst chatcmpl build job evt event order session build pk public pub cus
    price prod in sub ch pi acct org user usr proj project team channel page item task node host vm pod svc
    """.split()
)
_LONG = 30
_FILE = re.compile(r"\.[a-z0-9]{2,4}(?![A-Za-z0-9])")


def tokens(text: str) -> Iterator[SecretFinding]:
    """Finds keys and tokens by their format."""
    runs = [run.span() for run in _RUN.finditer(text)]
    has = _Contents("\n".join(text[start:end] for start, end in runs))
    formats = [one for one in TOKEN_FORMATS if has.one_of(one.needed)]
    others = [pattern for needed, pattern in _OTHERS if has.one_of(needed)]
    has_aws = has.one_of(_AWS_BEGINNINGS)
    for start, end in runs:
        yield from _known(text, start, end, formats)
        if has_aws:
            yield from _of_aws(text, start, end)
        for pattern in others:
            for match in pattern.finditer(text, start, end):
                yield SecretFinding(kind=Kind.TOKEN, start=match.start(), end=match.end())
        if text.find("_", start, end) >= 0 or text.find("-", start, end) >= 0:
            yield from _unknown(text, start, end)


class _Contents:
    """The contents of a text. Most of what is looked for has a character that is not in it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._characters = frozenset(text)

    def one_of(self, texts: Iterable[str]) -> bool:
        return any(self._characters.issuperset(one) and one in self._text for one in texts)


def _known(text: str, start: int, end: int, formats: Sequence[TokenFormat]) -> Iterator[SecretFinding]:
    for token_format in formats:
        if all(text.find(needed, start, end) < 0 for needed in token_format.needed):
            continue
        for match in token_format.pattern.finditer(text, start, end):
            if token_format.random and (_in_path(text, match) or not looks_random(match["rest"])):
                continue
            yield SecretFinding(kind=token_format.kind, start=match.start(), end=match.end())


def _of_aws(text: str, start: int, end: int) -> Iterator[SecretFinding]:
    for match in _AWS.finditer(text, start, end):
        secret = _AWS_SECRET.match(text, match.end())
        yield SecretFinding(kind=Kind.API_KEY, start=match.start(), end=secret.end() if secret else match.end())


def _unknown(text: str, start: int, end: int) -> Iterator[SecretFinding]:
    for match in _UNKNOWN.finditer(text, start, end):
        segments = set(re.split("[_-]", match["prefix"].lower()))
        identifiers = segments & _IDENTIFIER_SEGMENTS
        names_secret = segments & _SECRET_SEGMENTS and not (identifiers - _SECRET_SEGMENTS)
        long = len(match["rest"]) >= _LONG and not identifiers and not match["rest"].isalnum() * _is_hex(match["rest"])
        if (names_secret or long) and looks_random(match["rest"]) and not _in_path(text, match):
            yield SecretFinding(kind=Kind.TOKEN, start=match.start(), end=match.end())


def _is_hex(rest: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in rest)


def _in_path(text: str, match: re.Match[str]) -> bool:
    """Returns True for a part of a path or a file name. After `//` it may be the user in a web address."""
    before = text[max(0, match.start() - 2) : match.start()]
    return (before.endswith("/") and before != "//") or bool(_FILE.match(text, match.end()))
