"""An operator's own sentences: files such as `de.ftl` in one folder, each with those that replace what ships."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.errors import SettingsError
from bot.helpdesk.messages.checking import problems_in

_NAME = re.compile(r"[a-z]{2,3}\.ftl")


def read_own_messages(folder: Path | None) -> Mapping[str, str]:
    """Returns the text of each file by its language. Raises SettingsError with the line of every mistake."""
    if folder is None:
        return {}
    files = sorted(folder.glob("*.ftl"))
    problems = [problem for file in files for problem in _problems_of(file)]
    if problems:
        raise SettingsError(problems)
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


def _problems_of(file: Path) -> Iterator[str]:
    if not _NAME.fullmatch(file.name):
        yield f"{file}: the name must be that of a language, as in de.ftl. Rename the file."
        return
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        yield f"{file}: it cannot be read. Make it a UTF-8 text file that this user may read."
        return
    yield from (f"{file}:{line}: {problem}" for line, problem in problems_in(text))
