"""Passwords in tables: a row of headings, one of which names a password, and rows below with as many cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.helpdesk.redaction.finding import Finding, Kind
from bot.helpdesk.redaction.names import Role, names
from bot.helpdesk.redaction.words import is_placeholder

_SEPARATORS = ("|", "\t", ";", ",")
_SPACED = re.compile(r"[ ]{2,}")
_LINE = re.compile(r"[^\n]+")
_LONGEST_HEADING = 40
_MOST_CELLS = 60
_DRESS = "\"'`*_ "

_Span = tuple[int, int]


def tables(text: str) -> Iterator[Finding]:
    """The cells below a heading such as "Password"."""
    if "\n" not in text:
        return
    columns: Sequence[int] = ()
    separator: str | None = None
    width = 0
    for line in _LINE.finditer(text):
        cells = _cells(text, line.span(), separator) if columns else ()
        if columns and len(cells) == width:
            yield from _secrets(text, [cells[column] for column in columns])
            continue
        columns, separator, width = _headings(text, line.span())


def _headings(text: str, line: _Span) -> tuple[Sequence[int], str | None, int]:
    """Which columns hold passwords, if this is a row of headings, what separates its cells, and how many there are."""
    for separator in (*_SEPARATORS, None):
        cells = _cells(text, line, separator)
        if 2 <= len(cells) <= _MOST_CELLS and all(end - start <= _LONGEST_HEADING for start, end in cells):
            columns = [place for place, (start, end) in enumerate(cells) if _is_heading(text[start:end])]
            if columns:
                return columns, separator, len(cells)
    return (), None, 0


def _is_heading(cell: str) -> bool:
    cell = cell.strip(_DRESS)
    found = names(cell)
    named = bool(found) and found[0].role in {Role.PASSWORD, Role.SECRET} and len(cell.split()) <= 3
    return named and cell[-1:] not in ":=?"


def _cells(text: str, line: _Span, separator: str | None) -> Sequence[_Span]:
    start, end = line
    row = text[start:end]
    if separator == "|":
        lead = len(row) - len(row.lstrip("> \t|"))
        row, start = row[lead:].rstrip(" \t|"), start + lead
    spans: list[_Span] = []
    done = 0
    for mark in re.finditer(re.escape(separator), row) if separator else _SPACED.finditer(row):
        spans.append((start + done, start + mark.start()))
        done = mark.end()
    return [*spans, (start + done, start + len(row))]


def _secrets(text: str, cells: Sequence[_Span]) -> Iterator[Finding]:
    for start, end in cells:
        value = text[start:end].strip(_DRESS)
        if value and not is_placeholder(value):
            place = start + text[start:end].index(value)
            yield Finding(kind=Kind.PASSWORD, start=place, end=place + len(value))
