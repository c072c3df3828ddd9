"""Line numbers of the keys and values of a TOML text. The standard parser reports them for syntax errors only."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]
"""The way to a value: keys, and positions (from 0) in lists."""

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*|[\[\]{}\n]|[^\"'\#\[\]{}\n]+|.",
    re.DOTALL,
)


class LineNumbers:
    """The lines (from 1) of everything in a valid TOML text."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._tables_seen: Counter[Path] = Counter()
        table: Path = ()
        for statement in _statements(text):
            table = self._record(statement, table)

    def of(self, path: Path) -> int | None:
        """Returns the line of `path`, or of the nearest table or list around it that has one."""
        enclosing = (path[:length] for length in range(len(path), 0, -1))
        return next((self._lines[known] for known in enclosing if known in self._lines), None)

    def _record(self, statement: _Statement, table: Path) -> Path:
        """Records the lines of a statement in `table`; returns the table that the next statement is in."""
        try:
            values = tomllib.loads(statement.text)
        except (ValueError, RecursionError):
            return table
        if statement.text.lstrip().startswith("["):
            return self._record_header(values, statement.line)
        self._record_values(values, statement, table)
        return table

    def _record_header(self, header: Mapping[str, Any], line: int) -> Path:
        path: Path = ()
        inner: Any = header
        while isinstance(inner, dict) and inner:
            key, inner = next(iter(inner.items()))
            self._lines.setdefault((*path, key), line)
            path = self._newest((*path, key), starts_another=isinstance(inner, list))
        self._lines.setdefault(path, line)
        return path

    def _newest(self, path: Path, *, starts_another: bool) -> Path:
        """Returns the path of the newest table in a list of tables; `path` itself where it is no list."""
        self._tables_seen[path] += starts_another
        seen = self._tables_seen[path]
        return (*path, seen - 1) if seen else path

    def _record_values(self, values: Mapping[str, Any], statement: _Statement, table: Path) -> None:
        for path, _ in _walk(values, table):
            self._lines.setdefault(path, statement.line)
        strings = [path for path, value in _walk(values, table) if isinstance(value, str)]
        if len(strings) == len(statement.lines_of_strings):
            self._lines.update(zip(strings, statement.lines_of_strings, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    text: str
    line: int
    lines_of_strings: tuple[int, ...]


def _statements(text: str) -> Iterator[_Statement]:
    """Cuts the text at the line ends that end a statement: those outside of strings and brackets."""
    depth, begin, line, first_line = 0, 0, 1, 1
    strings: list[int] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        depth += (token in ("[", "{")) - (token in ("]", "}"))
        if token.startswith(('"', "'")):
            strings.append(line)
        line += token.count("\n")
        if token == "\n" and depth == 0:
            yield _Statement(text=text[begin : match.end()], line=first_line, lines_of_strings=tuple(strings))
            begin, first_line, strings = match.end(), line, []
    yield _Statement(text=text[begin:], line=first_line, lines_of_strings=tuple(strings))


def _walk(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Yields every value inside `value` with its path, in the order of the text."""
    inner: Iterator[tuple[str | int, Any]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    if isinstance(value, list):
        inner = iter(enumerate(value))
    for key, item in inner:
        yield (*path, key), item
        yield from _walk(item, (*path, key))
