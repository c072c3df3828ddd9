"""Passwords in tables: a header row, one cell of which names a password, and rows of as many cells below."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.names import NameRole, names
from bot.helpdesk.redaction.plausibility import is_ordinary, is_placeholder, looks_secret

_SEPARATORS = ("|", "\t", ";", ",")
_SPACED = re.compile(r"[ ]{2,}")
_LINE = re.compile(r"[^\n]*\n?")
_LONGEST_HEADING = 40
_MOST_CELLS = 60
_MOST_WORDS = 3
_QUOTES_AND_MARKUP = "\"'`*_ "

_Span = tuple[int, int]


def tables(text: str) -> Iterator[SecretFinding]:
    """Finds the cells below a heading such as "Password"."""
    if "\n" not in text:
        return
    header = _Header()
    for line in _LINE.finditer(text):
        span = line.start(), line.end() - line[0].endswith("\n")
        cells = _cells(text, span, header.separator) if header.columns else ()
        if header.columns and len(cells) == header.width:
            yield from _secrets(text, header, cells)
        else:
            header = _header(text, span)


@dataclass(frozen=True, slots=True)
class _Header:
    """A header row: the role of each column of secrets, the separator of the cells, and their number."""

    columns: Mapping[int, NameRole] = field(default_factory=dict)
    separator: str | None = None
    width: int = 0


def _header(text: str, line: _Span) -> _Header:
    for separator in (*_SEPARATORS, None):
        cells = _cells(text, line, separator)
        if 2 <= len(cells) <= _MOST_CELLS and all(end - start <= _LONGEST_HEADING for start, end in cells):
            columns = {number: role for number, (start, end) in enumerate(cells) if (role := _role(text[start:end]))}
            if columns and not any(looks_secret(text[start:end]) for start, end in cells):
                return _Header(columns, separator, len(cells))
    return _Header()


def _role(cell: str) -> NameRole | None:
    cell = cell.strip(_QUOTES_AND_MARKUP)
    found = names(cell)
    named = bool(found) and found[0].role in {NameRole.PASSWORD, NameRole.SECRET} and len(cell.split()) <= _MOST_WORDS
    return found[0].role if named and cell[-1:] not in ":=?" else None


def _cells(text: str, line: _Span, separator: str | None) -> Sequence[_Span]:
    start, end = line
    row = text[start:end]
    if separator == "|":
        lead = len(row) - len(row.lstrip("> \t|"))
        row, start = row[lead:].rstrip(" \t|"), start + lead
    spans: list[_Span] = []
    done = 0
    for mark in _separators(row, separator):
        spans.append((start + done, start + mark.start))
        done = mark.stop
    return [*spans, (start + done, start + len(row))]


def _separators(row: str, separator: str | None) -> Iterator[slice]:
    """Yields the separators between cells. Within quotes a separator is part of a cell."""
    if separator is None:
        yield from (slice(*mark.span()) for mark in _SPACED.finditer(row))
        return
    quoted = False
    for position, sign in enumerate(row if separator in row else ""):
        quoted ^= sign == '"'
        if sign == separator and not quoted:
            yield slice(position, position + 1)


def _secrets(text: str, header: _Header, cells: Sequence[_Span]) -> Iterator[SecretFinding]:
    for column, role in header.columns.items():
        start, end = cells[column]
        value = text[start:end].strip(_QUOTES_AND_MARKUP)
        if is_placeholder(value):
            continue
        # Documentation has tables about secrets, so only passwords may be plain words.
        if looks_secret(value) or (role is NameRole.PASSWORD and not any(map(is_ordinary, value.split()))):
            begin = start + text[start:end].index(value)
            yield SecretFinding(kind=Kind.PASSWORD, start=begin, end=begin + len(value))
