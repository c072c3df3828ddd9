"""Where in a TOML text something stands. The standard parser says so for syntax errors only."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
"""The way to a value: keys, and positions (from 0) in lists."""

_PIECE = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*|[\[\]{}\n]|[^\"'\#\[\]{}\n]+|.",
    re.DOTALL,
)


class Lines:
    """The lines (from 1) of everything in a valid TOML text."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._tables_seen: Counter[Path] = Counter()
        table: Path = ()
        for statement in _statements(text):
            table = self._note(statement, table)

    def of(self, path: Path) -> int | None:
        """The line of `path`, or of the nearest thing around it; None where not even that is known."""
        around = (path[:length] for length in range(len(path), 0, -1))
        return next((self._lines[known] for known in around if known in self._lines), None)

    def _note(self, statement: _Statement, table: Path) -> Path:
        """Notes what the statement says, in `table`; returns the table that the next statement is in."""
        try:
            said = tomllib.loads(statement.text)
        except (ValueError, RecursionError):
            return table
        if statement.text.lstrip().startswith("["):
            return self._note_header(said, statement.line)
        self._note_values(said, statement, table)
        return table

    def _note_header(self, said: Mapping[str, Any], line: int) -> Path:
        path: Path = ()
        inner: Any = said
        while isinstance(inner, dict) and inner:
            key, inner = next(iter(inner.items()))
            self._lines.setdefault((*path, key), line)
            path = self._inside((*path, key), starts_another=isinstance(inner, list))
        self._lines.setdefault(path, line)
        return path

    def _inside(self, path: Path, *, starts_another: bool) -> Path:
        """The path into the newest table of a list of tables; `path` itself where it is no list."""
        self._tables_seen[path] += starts_another
        seen = self._tables_seen[path]
        return (*path, seen - 1) if seen else path

    def _note_values(self, said: Mapping[str, Any], statement: _Statement, table: Path) -> None:
        for path, _ in _walk(said, table):
            self._lines.setdefault(path, statement.line)
        strings = [path for path, value in _walk(said, table) if isinstance(value, str)]
        if len(strings) == len(statement.lines_of_strings):
            self._lines.update(zip(strings, statement.lines_of_strings, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    text: str
    line: int
    lines_of_strings: tuple[int, ...]


def _statements(text: str) -> Iterator[_Statement]:
    """The text cut at the line ends that end a statement: those outside of strings and brackets."""
    depth, begin, line, first_line = 0, 0, 1, 1
    strings: list[int] = []
    for match in _PIECE.finditer(text):
        piece = match.group()
        depth += (piece in ("[", "{")) - (piece in ("]", "}"))
        if piece.startswith(('"', "'")):
            strings.append(line)
        line += piece.count("\n")
        if piece == "\n" and depth == 0:
            yield _Statement(text=text[begin : match.end()], line=first_line, lines_of_strings=tuple(strings))
            begin, first_line, strings = match.end(), line, []
    yield _Statement(text=text[begin:], line=first_line, lines_of_strings=tuple(strings))


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every value inside `value`, in the order of the text."""
    inner: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    if isinstance(value, list):
        inner = iter(enumerate(value))
    for key, item in inner:
        yield (*path, key), item
        yield from _walk(item, (*path, key))
