"""Texts as they would leave, for `uppzy-desk redact`: the whole input, or each of its lines for itself."""

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
    """The text of a file, or of the standard input for `-`: UTF-8, whatever the locale says."""
    name = "The standard input" if file == STANDARD_INPUT else f"The file {file}"
    try:
        return (sys.stdin.buffer.read() if file == STANDARD_INPUT else Path(file).read_bytes()).decode()
    except OSError as error:
        raise SettingsError([f"{name} can't be read: {error.strerror or error}."]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{name} isn't UTF-8 text (byte {error.start + 1}). Save it as UTF-8."]) from error


def results(text: str, *, lines: bool, as_json: bool) -> Iterator[str]:
    """What to print: the redacted text, or a line for each line of it."""
    if not lines:
        yield as_line(text) + "\n" if as_json else redact(text)
        return
    for line in _lines(text):
        given = _ESCAPED.sub(lambda sign: "\n" if sign[1] == "n" else "\\", line)
        yield (as_line(given) if as_json else _escaped(redact(given))) + "\n"


def as_line(text: str) -> str:
    """The redacted text and what was found where, as one line of JSON. Places count characters of the given text."""
    found = [{"kind": finding.kind.value, "start": finding.start, "end": finding.end} for finding in findings(text)]
    return json.dumps({"text": redact(text), "found": found}, ensure_ascii=False)


def _lines(text: str) -> Iterator[str]:
    """The lines, without their ends. Only a line feed, with or without a carriage return, ends one."""
    lines = text.split("\n")
    for line in lines if lines[-1] else lines[:-1]:
        yield line.removesuffix("\r")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")
