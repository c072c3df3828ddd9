"""`SafeText`, and the functions that make it."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import LiteralString, Self

from bot.helpdesk.redaction.codes import codes
from bot.helpdesk.redaction.finding import PRECEDENCE, Detector, Kind, SecretFinding
from bot.helpdesk.redaction.keys import private_keys, seed_phrases, tokens
from bot.helpdesk.redaction.layouts import logins, tables, unspaced_scripts
from bot.helpdesk.redaction.names import MOST, Name, names
from bot.helpdesk.redaction.passwords import passwords
from bot.helpdesk.redaction.payment_numbers import cards, ibans
from bot.helpdesk.redaction.protocols import commands, headers, urls

_DETECTORS: tuple[Detector, ...] = (
    private_keys,
    seed_phrases,
    cards,
    ibans,
    tokens,
    urls,
    headers,
    commands,
    unspaced_scripts,
    logins,
)
# These start from the names of secrets in the text, which are searched for once.
_NAME_DETECTORS: tuple[Callable[[str, Sequence[Name]], Iterator[SecretFinding]], ...] = (tables, passwords, codes)
_PASSES = 6
# More than what any detector looks at beyond the end of a name.
_LONGEST_SECRET = 1000


class _Seal:
    """Proof that a text was redacted. Only this module has one."""


_SEAL = _Seal()


class SafeText(str):
    """A text in which redaction finds no secret. Only `redact`, `compose`, `safe_join` and `shorten` make one.

    Every operation of `str` returns an ordinary `str` again, f-strings and `+` included.
    """

    __slots__ = ()

    def __new__(cls, text: str, seal: _Seal) -> Self:
        if seal is not _SEAL:
            raise TypeError("SafeText is made by redact()")
        return super().__new__(cls, text)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Self:
        return self

    def __reduce__(self) -> tuple[Callable[[str], SafeText], tuple[str]]:
        # A pickle proves nothing: the text is redacted again.
        return redact, (str(self),)


def redact(text: str) -> SafeText:
    """Replaces every secret by a mark such as `[redacted: password]`.

    Never raises for a string; redacting again changes nothing. A text in which marks keep revealing further secrets was
    built for that, and is replaced as a whole.
    """
    if isinstance(text, SafeText):
        return text
    for _ in range(_PASSES):
        found = findings(text)
        if not found:
            return SafeText(text, _SEAL)
        text = _marked(text, found)
    return SafeText(Kind.SECRET.mark, _SEAL)


def compose(template: LiteralString, /, **parts: SafeText) -> SafeText:
    """Fills a constant template (`str.format` fields) with safe parts.

    The result is redacted again, because two harmless parts can form a secret together.
    """
    return redact(template.format_map(parts))


def safe_join(separator: LiteralString, parts: Iterable[SafeText]) -> SafeText:
    """Joins safe parts and, like `compose`, redacts the result again."""
    return redact(separator.join(parts))


def shorten(text: SafeText, limit: int, ending: str = "…") -> SafeText:
    """Cuts a redacted text to `limit` characters. Cutting before redaction could leave half a secret unrecognised."""
    return text if len(text) <= limit else redact(text[: limit - len(ending)].rstrip() + ending)


def findings(text: str) -> tuple[SecretFinding, ...]:
    """Returns the secrets in a text, in order and without overlaps. Existing marks are no findings."""
    visible = visible_text_of(text)
    found = []
    for finding in _detected(visible.text):
        start, end = visible.original(finding.start, finding.end)
        found.append(SecretFinding(kind=finding.kind, start=start, end=end))
    return _merged(sorted(found, key=lambda finding: (finding.start, finding.end)))


def _detected(text: str) -> Iterator[SecretFinding]:
    found_names = names(text)
    if len(found_names) > MOST:
        # The text was made to take time: its rest is replaced as a whole, so only what reaches into it is searched.
        rest = found_names[MOST].start
        yield SecretFinding(kind=Kind.SECRET, start=rest, end=len(text))
        text = text[: rest + _LONGEST_SECRET]
        found_names = names(text)
    for detector in _DETECTORS:
        yield from detector(text)
    for name_detector in _NAME_DETECTORS:
        yield from name_detector(text, found_names)


def _merged(found: Iterable[SecretFinding]) -> tuple[SecretFinding, ...]:
    merged: list[SecretFinding] = []
    for finding in found:
        if merged and finding.start < merged[-1].end:
            last = merged.pop()
            kind = min(last.kind, finding.kind, key=PRECEDENCE.__getitem__)
            finding = SecretFinding(kind=kind, start=last.start, end=max(last.end, finding.end))
        merged.append(finding)
    return tuple(merged)


def _marked(text: str, found: Iterable[SecretFinding]) -> str:
    pieces, done = [], 0
    for finding in found:
        pieces += [text[done : finding.start], finding.kind.mark]
        done = finding.end
    return "".join([*pieces, text[done:]])


GAP = "\x1e"
"""Replaces a mark that is already in the text. It counts as whitespace, so that no secret spans it."""

# The emoji codes of digits, and characters that are escaped in HTML.
_ENCODED = {
    f":{name}:": str(digit) for digit, name in enumerate("zero one two three four five six seven eight nine".split())
} | {"&gt;": ">", "&lt;": "<", "&amp;": "&", "&quot;": '"', "&#39;": "'", "&apos;": "'", "&nbsp;": " "}
_MARKS = frozenset(kind.mark for kind in Kind)
_ENCODED_OR_MARK = re.compile("|".join(map(re.escape, (*_MARKS, *_ENCODED))))
_CODES = (*_MARKS, *_ENCODED)


@dataclass(frozen=True, slots=True)
class VisibleText:
    """The text to search, and the start and end of each of its characters in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Returns the position of `text[start:end]` in the original."""
        return self.starts[start], self.ends[end - 1]


def visible_text_of(text: str) -> VisibleText:
    """Drops invisible characters, and makes digits, dashes, spaces and full-width forms plain."""
    changed = {character: plain for character in set(text) if (plain := _plain(character)) != character}
    has_codes = any(code in text for code in _CODES)
    if not changed and not has_codes:
        return VisibleText(text, range(len(text)), range(1, len(text) + 1))
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    plain_from = _Plain(changed)
    done = 0
    for match in _ENCODED_OR_MARK.finditer(text) if has_codes else ():
        plain_from.add(text, done, match.start(), pieces, starts, ends)
        pieces.append(_ENCODED.get(match[0], GAP))
        starts.append(match.start())
        ends.append(match.end())
        done = match.end()
    plain_from.add(text, done, len(text), pieces, starts, ends)
    return VisibleText("".join(pieces), starts, ends)


class _Plain:
    """Makes parts of a text plain. `changed` has what stands in place of each character that is not."""

    def __init__(self, changed: Mapping[str, str]) -> None:
        self._table = {ord(character): plain for character, plain in changed.items()}
        self._dropped = frozenset(character for character, plain in changed.items() if not plain)

    def add(self, text: str, start: int, end: int, pieces: list[str], starts: list[int], ends: list[int]) -> None:
        """Adds the plain form of `text[start:end]` and the places of its characters."""
        part = text[start:end]
        pieces.append(part.translate(self._table) if self._table else part)
        if self._dropped.isdisjoint(part):
            starts += range(start, end)
            ends += range(start + 1, end + 1)
            return
        kept = [place for place, character in enumerate(part, start) if character not in self._dropped]
        starts += kept
        ends += [place + 1 for place in kept]


@functools.lru_cache(maxsize=4096)
def _plain(character: str) -> str:
    if character.isspace():
        return character if character in " \t\n" else "\n" if len(f"a{character}b".splitlines()) > 1 else " "
    category = unicodedata.category(character)
    if category in {"Cf", "Cc", "Mn", "Me"} and unicodedata.combining(character) == 0:
        return ""
    if category == "Pd" or character == "−":
        return "-"
    if category == "Nd":
        return str(unicodedata.digit(character))
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character
