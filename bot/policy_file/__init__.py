"""The escalation policy's file: TOML text to `Policy`.

`tables` says what may be written, `problems` turns what is wrong into sentences for the lead who wrote it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bot.errors import PolicyError
from bot.helpdesk.escalation import Policy
from bot.policy_file.problems import located, problems_of
from bot.policy_file.tables import PolicyTable, ReadingContext
from bot.policy_file.values import ChatIds

__all__ = ["ChatIds", "load_policy", "read_policy"]

_POSITION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_policy(path: Path, ids: ChatIds) -> Policy:
    """Returns the policy in the file, whose ids are those of the chat surface. Raises PolicyError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([f"{path} cannot be read: make it a UTF-8 text file that this user may read."]) from error
    return load_policy(text, str(path), ids=ids)


def load_policy(text: str, source: str = "config/escalation.toml", *, ids: ChatIds) -> Policy:
    """Returns the policy that `text` describes. `source` names the file in problems.

    Raises PolicyError, and nothing else, with every problem found; where the text is no TOML, with the first.
    """
    text = text.removeprefix("\ufeff")
    values = _parse(text, source)
    try:
        policy = PolicyTable.model_validate(values, context=ReadingContext(ids)).build()
    except ValidationError as error:
        raise PolicyError(problems_of(error, values, text, source)) from error
    return replace(policy, text=text)


def _parse(text: str, source: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise PolicyError([located(source, None, "The brackets are nested too deeply. Close each one.")]) from None
    except ValueError as error:
        raise PolicyError([_syntax_problem(text, source, str(error))]) from error


def _syntax_problem(text: str, source: str, message: str) -> str:
    position = _POSITION.search(message)
    last_line = len(text.splitlines()) or 1
    line = int(position.group(1) or last_line) if position else None
    fix = "Texts stand in quotes, lists in [ ] with commas, and every bracket and quote is closed"
    return located(source, line, f"This is no valid TOML: {_POSITION.sub('', message)}. {fix}.")
