"""The escalation policy's file: TOML text to `Policy`.

`tables` says what may be written, `problems` turns what is wrong into sentences for the lead who wrote it.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.errors import PolicyError, PolicyMistake
from bot.helpdesk.escalation import Policy, PolicyOf
from bot.helpdesk.escalation.policy import MOST_READINGS, number_of_readings
from bot.policy_file.problems import mistake_at, mistakes_of
from bot.policy_file.tables import PolicyTable, ReadingContext
from bot.policy_file.toml_lines import LineNumbers, first_too_deep, statements, texts_of
from bot.policy_file.values import ChatIds

__all__ = ["MOST_BYTES", "ChatIds", "load_policy", "policy_text", "read_policy", "read_policy_text", "stored_policies"]

MOST_BYTES = 500_000
"""The size of the largest file that is read: thirty times the shipped one, and read in seconds."""

MOST_WORDINGS = 50_000
"""The most wordings that all phrases of a policy stand for."""

_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_policy(path: Path, ids: ChatIds) -> Policy:
    """Returns the policy in the file, whose ids are those of the chat surface. Raises PolicyError."""
    return load_policy(read_policy_text(path), str(path), ids=ids)


def read_policy_text(path: Path) -> str:
    """Returns the text of the file, with line feeds alone as line ends. Raises PolicyError."""
    try:
        with path.open("rb") as file:
            return policy_text(file.read(MOST_BYTES + 1), path)
    except OSError as error:
        raise PolicyError([_unreadable(path)]) from error


def policy_text(content: bytes, path: Path) -> str:
    """Returns what `read_policy_text` would, were this the content of the file. Raises PolicyError."""
    if len(content) > MOST_BYTES:
        sentence = f"The file is larger than {MOST_BYTES:,} bytes. Remove what is no rule and no setting."
        raise PolicyError([mistake_at(str(path), None, sentence)])
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError([_unreadable(path, line=content.count(b"\n", 0, error.start) + 1)]) from error
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _unreadable(path: Path, line: int | None = None) -> PolicyMistake:
    """Returns the mistake of a file that is no text, in its first such line, or that cannot be opened."""
    fix = "make it a UTF-8 text file that this user may read."
    return PolicyMistake(
        sentence=f"{path} cannot be read: {fix}", text="The file cannot be read.", fix=fix.capitalize(), line=line
    )


def load_policy(text: str, source: str = "config/escalation.toml", *, ids: ChatIds) -> Policy:
    """Returns the policy that `text` describes. `source` names the file in problems.

    Raises PolicyError, and nothing else, with every problem found; where the text is no TOML, with those of its syntax.
    """
    text = text.removeprefix("\ufeff")
    values = _parse(text, source)
    if (explosion := _explosion(values, text, source)) is not None:
        raise PolicyError([explosion])
    try:
        policy = PolicyTable.model_validate(values, context=ReadingContext(ids)).build()
    except ValidationError as error:
        raise PolicyError(mistakes_of(error, values, text, source)) from error
    return replace(policy, text=text)


def stored_policies(texts: Mapping[str, str], ids: ChatIds) -> PolicyOf:
    """Returns the look-up of a policy by its fingerprint, which reads each text once."""

    @functools.cache
    def of(fingerprint: str) -> Policy | None:
        text = texts.get(fingerprint)
        try:
            return None if text is None else load_policy(text, ids=ids)
        except PolicyError:
            return None

    return of


def _parse(text: str, source: str) -> Mapping[str, Any]:
    if (line := first_too_deep(text)) is not None:
        raise PolicyError([mistake_at(source, line, "A key with so many dots leads nowhere. Remove it.")])
    try:
        return tomllib.loads(text)
    except RecursionError:
        nested = mistake_at(source, None, "The brackets are nested too deeply. Close each one.")
        raise PolicyError([nested]) from None
    except ValueError as error:
        raise PolicyError(list(_syntax_mistakes(text, source, str(error)))) from error


def _explosion(values: Mapping[str, Any], text: str, source: str) -> PolicyMistake | None:
    """Returns the mistake of the phrase with which all phrases together stand for too many wordings, if one does."""
    rules, wordings = values.get("rule"), 0
    for path, phrase in texts_of(rules if isinstance(rules, list) else [], ("rule",)):
        number = number_of_readings(phrase)
        wordings += number if number <= MOST_READINGS else 0
        if wordings > MOST_WORDINGS:
            sentence = (
                f"The phrases up to here stand for more than {MOST_WORDINGS:,} wordings. Use fewer slashes in them."
            )
            return mistake_at(source, LineNumbers(text).of(path), sentence)
    return None


def _syntax_mistakes(text: str, source: str, message: str) -> Iterator[PolicyMistake]:
    """Yields the mistake at which the parser stopped, and those of the statements below it."""
    first = _syntax_mistake(text, source, message)
    yield first
    for statement in statements(text):
        if first.line is not None and statement.line > first.line:
            try:
                tomllib.loads(statement.text)
            except (ValueError, RecursionError) as error:
                yield _syntax_mistake(statement.text, source, str(error), lines_above=statement.line - 1)


def _syntax_mistake(text: str, source: str, message: str, *, lines_above: int = 0) -> PolicyMistake:
    position = _POSITION.search(message)
    last_line = len(text.splitlines()) or 1
    line = int(position.group(1) or last_line) + lines_above if position else None
    fix = "Texts stand in quotes, lists in [ ] with commas, and every bracket and quote is closed"
    return mistake_at(source, line, f"This is no valid TOML: {_POSITION.sub('', message)}. {fix}.")
