"""Texts that may leave the house."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import LiteralString, Self

from bot.helpdesk.redaction.addresses import addresses
from bot.helpdesk.redaction.codes import codes
from bot.helpdesk.redaction.commands import commands
from bot.helpdesk.redaction.east import east
from bot.helpdesk.redaction.finding import PRECEDENCE, Detector, Finding, Kind
from bot.helpdesk.redaction.headers import headers
from bot.helpdesk.redaction.keys import private_keys, seed_phrases
from bot.helpdesk.redaction.names import Name, names
from bot.helpdesk.redaction.numbers import cards, ibans
from bot.helpdesk.redaction.passwords import passwords
from bot.helpdesk.redaction.reversed_passwords import logins
from bot.helpdesk.redaction.tables import tables
from bot.helpdesk.redaction.tokens import tokens
from bot.helpdesk.redaction.view import view

_DETECTORS: tuple[Detector, ...] = (
    private_keys,
    seed_phrases,
    cards,
    ibans,
    tokens,
    addresses,
    headers,
    commands,
    tables,
    east,
    logins,
)
# These start from the names of secrets in the text, which are looked for once.
_BESIDE_NAMES: tuple[Callable[[str, Sequence[Name]], Iterator[Finding]], ...] = (passwords, codes)
_PASSES = 6


class _Seal:
    """Held by this module alone: who has it has redacted the text."""


_SEAL = _Seal()


class SafeText(str):
    """A text in which redaction finds nothing secret. Made by `redact`, `compose` and `safe_join` only.

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


def redact(text: str) -> SafeText:
    """Put a mark such as `[redacted: password]` in the place of everything secret.

    Never raises for a string; redacting again changes nothing. A text that keeps showing secrets as marks are put in
    is made to do that, and goes altogether.
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
    """Fill a template of ours (`str.format` fields) with safe parts.

    The whole is redacted again, because two harmless parts can make a secret together.
    """
    return redact(template.format_map(parts))


def safe_join(separator: LiteralString, parts: Iterable[SafeText]) -> SafeText:
    """Join safe parts; like `compose` it looks at the whole again."""
    return redact(separator.join(parts))


def shorten(text: SafeText, limit: int, ending: LiteralString = "…") -> SafeText:
    """Cut a text that was redacted as a whole: of a text that is cut first, half a secret may stay and pass for"
    " none."""
    return text if len(text) <= limit else redact(text[: limit - len(ending)].rstrip() + ending)


def findings(text: str) -> tuple[Finding, ...]:
    """Everything secret in a text, in order and without overlaps. Marks that are already there are no findings."""
    seen = view(text)
    found = []
    for finding in _detected(seen.text):
        start, end = seen.original(finding.start, finding.end)
        found.append(Finding(kind=finding.kind, start=start, end=end))
    return _merged(sorted(found, key=lambda finding: (finding.start, finding.end)))


def _detected(text: str) -> Iterator[Finding]:
    for detector in _DETECTORS:
        yield from detector(text)
    named = names(text)
    for beside in _BESIDE_NAMES:
        yield from beside(text, named)


def _merged(found: Iterable[Finding]) -> tuple[Finding, ...]:
    merged: list[Finding] = []
    for finding in found:
        if merged and finding.start < merged[-1].end:
            last = merged.pop()
            kind = min(last.kind, finding.kind, key=PRECEDENCE.__getitem__)
            finding = Finding(kind=kind, start=last.start, end=max(last.end, finding.end))
        merged.append(finding)
    return tuple(merged)


def _marked(text: str, found: Iterable[Finding]) -> str:
    pieces, done = [], 0
    for finding in found:
        pieces += [text[done : finding.start], finding.kind.mark]
        done = finding.end
    return "".join([*pieces, text[done:]])
