"""Report of `uppzy-desk redact`: the redacted input as a whole, or line by line."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.errors import SettingsError
from bot.helpdesk.redaction import findings, redact

STANDARD_INPUT = "-"

_ESCAPED = re.compile(r"\\([\\n])")


def read_text(file: str) -> str:
    """Returns the text of a file, or of the standard input for `-`: UTF-8, whatever the locale says."""
    name = "The standard input" if file == STANDARD_INPUT else f"The file {file}"
    try:
        return (sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()).decode()
    except OSError as error:
        raise SettingsError([f"{name} can't be read: {error.strerror or error}."]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{name} isn't UTF-8 text (byte {error.start + 1}). Save it as UTF-8."]) from error


def redacted_lines(text: str, *, lines: bool, as_json: bool) -> Iterator[str]:
    """Yields the output: the redacted text, or one line for each of its lines."""
    if not lines:
        yield as_line(text) + "\n" if as_json else redact(text)
        return
    for line in _lines(text):
        unescaped = _ESCAPED.sub(lambda match: "\n" if match[1] == "n" else "\\", line)
        yield (as_line(unescaped) if as_json else _escaped(redact(unescaped))) + "\n"


def as_line(text: str) -> str:
    """Returns the redacted text and the findings as one line of JSON. Positions count characters of the given text."""
    found = [{"kind": finding.kind.value, "start": finding.start, "end": finding.end} for finding in findings(text)]
    return json.dumps({"text": redact(text), "found": found}, ensure_ascii=False)


def _lines(text: str) -> Iterator[str]:
    """Yields the lines without their ends. Only a line feed, with or without a carriage return, ends a line."""
    lines = text.split("\n")
    for line in lines if lines[-1] else lines[:-1]:
        yield line.removesuffix("\r")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
