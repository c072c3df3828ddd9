"""Passwords in tables: a row of headings, one of which names a password, and rows below with as many cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.helpdesk.redaction.finding import Finding, Kind
from bot.helpdesk.redaction.names import Role, names
from bot.helpdesk.redaction.secret_words import is_ordinary, is_placeholder, looks_secret

_SEPARATORS = ("|", "\t", ";", ",")
_SPACED = re.compile(r"[ ]{2,}")
_LINE = re.compile(r"[^\n]*\n?")
_LONGEST_HEADING = 40
_MOST_CELLS = 60
_MOST_WORDS = 3
_DRESS = "\"'`*_ "

_Span = tuple[int, int]


def tables(text: str) -> Iterator[Finding]:
    """The cells below a heading such as "Password"."""
    if "\n" not in text:
        return
    head = _Head()
    for line in _LINE.finditer(text):
        span = line.start(), line.end() - line[0].endswith("\n")
        cells = _cells(text, span, head.separator) if head.columns else ()
        if head.columns and len(cells) == head.width:
            yield from _secrets(text, head, cells)
        else:
            head = _head(text, span)


@dataclass(frozen=True, slots=True)
class _Head:
    """A row of headings: the role of each column that holds secrets, what separates the cells, how many there are."""

    columns: Mapping[int, Role] = field(default_factory=dict)
    separator: str | None = None
    width: int = 0


def _head(text: str, line: _Span) -> _Head:
    for separator in (*_SEPARATORS, None):
        cells = _cells(text, line, separator)
        if 2 <= len(cells) <= _MOST_CELLS and all(end - start <= _LONGEST_HEADING for start, end in cells):
            columns = {place: role for place, (start, end) in enumerate(cells) if (role := _role(text[start:end]))}
            if columns and not any(looks_secret(text[start:end]) for start, end in cells):
                return _Head(columns, separator, len(cells))
    return _Head()


def _role(cell: str) -> Role | None:
    cell = cell.strip(_DRESS)
    found = names(cell)
    named = bool(found) and found[0].role in {Role.PASSWORD, Role.SECRET} and len(cell.split()) <= _MOST_WORDS
    return found[0].role if named and cell[-1:] not in ":=?" else None


def _cells(text: str, line: _Span, separator: str | None) -> Sequence[_Span]:
    start, end = line
    row = text[start:end]
    if separator == "|":
        lead = len(row) - len(row.lstrip("> \t|"))
        row, start = row[lead:].rstrip(" \t|"), start + lead
    spans: list[_Span] = []
    done = 0
    for mark in _between(row, separator):
        spans.append((start + done, start + mark.start))
        done = mark.stop
    return [*spans, (start + done, start + len(row))]


def _between(row: str, separator: str | None) -> Iterator[slice]:
    """What stands between the cells. Between quotes a separator is a part of a cell."""
    if separator is None:
        yield from (slice(*mark.span()) for mark in _SPACED.finditer(row))
        return
    quoted = False
    for place, sign in enumerate(row if separator in row else ""):
        quoted ^= sign == '"'
        if sign == separator and not quoted:
            yield slice(place, place + 1)


def _secrets(text: str, head: _Head, cells: Sequence[_Span]) -> Iterator[Finding]:
    for column, role in head.columns.items():
        start, end = cells[column]
        value = text[start:end].strip(_DRESS)
        if is_placeholder(value):
            continue
        # Documentation has tables about secrets; a password may be any word.
        if looks_secret(value) or (role is Role.PASSWORD and not any(map(is_ordinary, value.split()))):
            place = start + text[start:end].index(value)
            yield Finding(kind=Kind.PASSWORD, start=place, end=place + len(value))
