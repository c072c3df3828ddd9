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


MOST_DOTS = 100
"""The most dots in a key that is no text: the parser takes minutes for one with thousands."""


def first_too_deep(text: str) -> int | None:
    """Returns the line of the first statement whose key leads through too many tables; None if there is none."""
    return next((statement.line for statement in statements(text) if statement.dots > MOST_DOTS), None)


class LineNumbers:
    """The lines (from 1) of everything in a valid TOML text."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._tables_seen: Counter[Path] = Counter()
        table: Path = ()
        for statement in statements(text):
            table = self._record(statement, table)

    def of(self, path: Path) -> int | None:
        """Returns the line of `path`, or of the nearest table or list around it that has one."""
        enclosing = (path[:length] for length in range(len(path), 0, -1))
        return next((self._lines[known] for known in enclosing if known in self._lines), None)

    def _record(self, statement: Statement, table: Path) -> Path:
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

    def _record_values(self, values: Mapping[str, Any], statement: Statement, table: Path) -> None:
        for path, _ in _walk(values, table):
            self._lines.setdefault(path, statement.line)
        strings = [path for path, value in _walk(values, table) if isinstance(value, str)]
        if len(strings) == len(statement.lines_of_strings):
            self._lines.update(zip(strings, statement.lines_of_strings, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A table's header, or a key with its value: the text of the lines it takes, from `line` on."""

    text: str
    line: int
    lines_of_strings: tuple[int, ...]
    dots: int


def statements(text: str) -> Iterator[Statement]:
    """Cuts the text at the line ends that end a statement: those outside of strings and brackets."""
    depth, begin, line, first_line, dots = 0, 0, 1, 1, 0
    strings: list[int] = []

    def statement(end: int) -> Statement:
        return Statement(text=text[begin:end], line=first_line, lines_of_strings=tuple(strings), dots=dots)

    for match in _TOKEN.finditer(text):
        token = match.group()
        depth += (token in ("[", "{")) - (token in ("]", "}"))
        if token.startswith(('"', "'")):
            strings.append(line)
        elif not token.startswith("#"):
            dots += token.count(".")
        line += token.count("\n")
        if token == "\n" and depth == 0:
            yield statement(match.end())
            begin, first_line, strings, dots = match.end(), line, [], 0
    yield statement(len(text))


def texts_of(value: Any, path: Path) -> Iterator[tuple[Path, str]]:
    """Yields every text inside `value` with its path, in the order of the file."""
    return ((path, inner) for path, inner in _walk(value, path) if isinstance(inner, str))


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
