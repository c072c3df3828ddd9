"""Problems of a policy file in sentences: the line, what is wrong, and how to fix it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.errors import PolicyMistake
from bot.helpdesk.escalation.policy import UnreadablePhraseError
from bot.policy_file.tables import (
    CONDITIONS,
    TABLES,
    AnyConditionTable,
    PolicyFileTable,
    PolicyTable,
    RuleTable,
)
from bot.policy_file.toml_lines import LineNumbers, Path
from bot.policy_file.values import LIST, LONGEST_NAME, TEXT, MistakeError, did_you_mean

_KINDS_OF_VALUES: Mapping[Any, str] = {
    str: TEXT,
    bool: "true or false, without quotes",
    int: "a whole number, without quotes",
    float: "a number of minutes, without quotes",
}


# A full stop or question mark that ends a sentence; what stands in quotes ends none.
_SENTENCE_END = re.compile(r"(?:“[^”]*”|[^“])*?[.?!](?= [A-Z“])")
_REQUIREMENT = " must be "


def mistakes_of(error: ValidationError, values: Mapping[str, Any], text: str, source: str) -> tuple[PolicyMistake, ...]:
    """Returns every mistake from the top of the file to its end, those about the file as a whole first.

    `values` is what `text` holds, `source` the file's name.
    """
    lines = LineNumbers(text)
    problems = [_Problem.of(details) for details in error.errors(include_url=False)]
    ordered = sorted(problems, key=lambda problem: lines.of(problem.path) or 0)
    return tuple(
        mistake_at(source, lines.of(problem.path), problem.sentence(), problem.label(values), problem.rule(values))
        for problem in ordered
    )


def mistake_at(
    source: str, line: int | None, sentence: str, label: str | None = None, rule: str | None = None
) -> PolicyMistake:
    """Returns a mistake the way editors and people find it: file, line where known, what is wrong, and the fix."""
    whole = f"{label}: {sentence}" if label else sentence
    text, fix = _parted(sentence[:1].upper() + sentence[1:])
    return PolicyMistake(
        sentence=f"{source}:{line}: {whole}" if line else f"{source}: {whole}", text=text, fix=fix, line=line, rule=rule
    )


def _parted(sentence: str) -> tuple[str, str]:
    """Returns what is wrong and how to fix it: the first sentence, and those that follow."""
    end = _SENTENCE_END.match(sentence)
    if end is not None:
        return end.group(), sentence[end.end() :].strip()
    requirement = sentence.partition(_REQUIREMENT)[2]
    return sentence, f"Make it {requirement}" if requirement else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """One of pydantic's errors and the table it is in. `inside` is the way from the table to the wrong value."""

    details: ErrorDetails
    model: type[PolicyFileTable]
    table: Path
    inside: Path

    @classmethod
    def of(cls, details: ErrorDetails) -> _Problem:
        location = tuple(part for part in details["loc"] if part != "[key]")
        if location[0] == "rule" and len(location) > 1:
            # The third part is the tag by which pydantic chose the model, and no key of the file.
            model = CONDITIONS.get(str(location[2]), AnyConditionTable)
            return cls(details=details, model=model, table=location[:2], inside=location[3:])
        depth = max(length for length in range(len(location)) if location[:length] in TABLES)
        table = location[:depth]
        return cls(details=details, model=TABLES[table], table=table, inside=location[depth:])

    @property
    def path(self) -> Path:
        """The way to the value that the problem is about."""
        error = self._raised
        if isinstance(error, MistakeError) and error.key is not None:
            return (*self.table, error.key) if error.key else self.table
        return self.table if self.details["type"] == "missing" else (*self.table, *self.inside)

    def label(self, values: Mapping[str, Any]) -> str:
        """The table as the lead knows it, such as: rule “payroll”."""
        if not issubclass(self.model, RuleTable):
            return self._header or "the policy"
        name = self.rule(values)
        return f"rule “{name}”" if name else f"rule number {int(self.table[1]) + 1}"

    def rule(self, values: Mapping[str, Any]) -> str | None:
        """The name of the rule that the problem is in; None where it is in none, or in one without a name."""
        if not issubclass(self.model, RuleTable):
            return None
        name = values["rule"][int(self.table[1])].get("name")
        return " ".join(name.split())[:LONGEST_NAME] or None if isinstance(name, str) else None

    def sentence(self) -> str:
        match self._raised:
            case MistakeError() as mistake:
                return str(mistake)
            case UnreadablePhraseError() as error:
                return f"the phrase “{self.details['input']}” in “{self._key}” {error}."
            case ValueError() as error:
                noun = "the topic " if len(self.inside) > 1 and self.inside[0] == "topics" else ""
                return f"{noun}“{self._key}” {error}."
        if self.details["type"] == "extra_forbidden":
            return self._unknown_key()
        if self.details["type"] == "missing":
            return f"“{self._key}” is missing. It must be {self._expected()}."
        return f"“{self._key}” must be {self._expected()}."

    @property
    def _header(self) -> str:
        """The table's line in the file; empty for the file as a whole."""
        return f"[{'.'.join(map(str, self.table))}]" if self.table else ""

    @property
    def _raised(self) -> object:
        return self.details.get("ctx", {}).get("error")

    @property
    def _key(self) -> str:
        return next((part for part in reversed(self.inside) if isinstance(part, str)), "")

    def _expected(self) -> str:
        if self.details["type"] == "list_type" or isinstance(self.inside[-1], int):
            return LIST
        field = self.model.model_fields[str(self.inside[0])]
        return field.description or _KINDS_OF_VALUES[field.annotation]

    def _unknown_key(self) -> str:
        known = sorted(self.model.model_fields)
        fix = did_you_mean(self._key, known) or f" {self._owner()} has: {', '.join(known)}."
        return f"the key “{self._key}” is not known here.{self._home()}{fix}"

    def _home(self) -> str:
        """The conditions that have the unknown key, where it is one of a rule."""
        about_rules = self.model is PolicyTable or issubclass(self.model, RuleTable)
        if not about_rules or self._key in RuleTable.model_fields:
            return ""
        homes = [f"“{kind}”" for kind, table in CONDITIONS.items() if self._key in table.model_fields]
        return f" It belongs to the condition {' or '.join(homes)}." if homes else ""

    def _owner(self) -> str:
        if not issubclass(self.model, RuleTable):
            return self._header or "A policy"
        kind = next((kind for kind, table in CONDITIONS.items() if table is self.model), None)
        return f"A rule with the condition “{kind}”" if kind else "A rule"
