"""Reading the tables of a policy file, and collecting everything that is wrong with them."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

from bot.helpdesk.escalation.toml_lines import Lines, Path

LONGEST_NAME = 80
"""Characters of whatever people call something."""


class Problems:
    """What is wrong with the file called `source`, each problem with its line and the mend."""

    def __init__(self, source: str, lines: Lines) -> None:
        self._source = source
        self._lines = lines
        self._found: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._found)

    def add(self, path: Path, what: str) -> None:
        """Notes a problem with what stands at `path`; `what` says what is wrong and how to mend it."""
        self._found.append((self._lines.of(path) or 0, what))

    def in_order(self) -> tuple[str, ...]:
        """The problems from the top of the file to its end, those about the file as a whole first."""
        ordered = sorted(self._found, key=lambda problem: problem[0])
        return tuple(located(self._source, line or None, what) for line, what in ordered)


def located(source: str, line: int | None, what: str) -> str:
    """A problem the way editors and people find it: file, line where known, what."""
    return f"{source}:{line}: {what}" if line else f"{source}: {what}"


def did_you_mean(word: str, known: Collection[str]) -> str:
    """A question after the known word that `word` was perhaps meant to be; empty where none is near."""
    near = difflib.get_close_matches(word.casefold(), sorted(known), n=1)
    return f" Did you mean “{near[0]}”?" if near else ""


class Table:
    """One table of the file. Every wrong value is noted as a problem and read as its default.

    `label` is how problems call the table, such as 'rule “payroll”'.
    """

    def __init__(self, values: Mapping[str, Any], *, path: Path, label: str, problems: Problems) -> None:
        self.path = path
        self.label = label
        self._values = values
        self._problems = problems

    def problem(self, what: str, *inside: str | int) -> None:
        """Notes a problem with the table, or with what stands `inside` it."""
        self._problems.add((*self.path, *inside), f"{self.label}: {what}")

    def raw(self, key: str) -> Any:
        """The value as it stands; None where the key is not there."""
        return self._values.get(key)

    def names(self) -> tuple[str, ...]:
        """The keys in the order of the file."""
        return tuple(self._values)

    def refuse_unknown(
        self, known: Collection[str], introduction: str, home_of: Callable[[str], str] = lambda key: ""
    ) -> None:
        """Notes a problem for each key that is not known; `home_of` says where it belongs, if anywhere."""
        for key in self.names():
            if key not in known:
                mend = did_you_mean(key, known) or f" {introduction}: {', '.join(sorted(known))}."
                self.problem(f"the key “{key}” is not known here.{home_of(key)}{mend}", key)

    def text(self, key: str, *, most: int, required: bool = False) -> str | None:
        """A text of one to `most` characters, with its runs of spaces and line ends made single spaces."""
        value = self._expected(key, str, 'a text in quotes, as in "low"', required=required)
        if value is None:
            return None
        text = " ".join(value.split())
        if not text:
            self.problem(f"“{key}” is empty. Write a text" + ("." if required else ", or remove the line."), key)
        if len(text) > most:
            self.problem(f"“{key}” is {len(text)} characters long. Shorten it to {most}.", key)
        return text

    def choice(self, key: str, known: Collection[str], *, required: bool = False) -> str | None:
        """One of the known words; None where the key is not there or wrong."""
        written = self.text(key, most=LONGEST_NAME, required=required)
        if written and written not in known:
            mend = f"Write one of: {', '.join(known)}.{did_you_mean(written, known)}"
            self.problem(f"the {key} “{written}” is not known. {mend}", key)
        return written if written in known else None

    def flag(self, key: str, *, default: bool) -> bool:
        """true or false."""
        value = self._expected(key, bool, "true or false, without quotes")
        return default if value is None else value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where the key is not there."""
        wanted = 'a list of texts, as in ["one", "another"]'
        value = self._expected(key, list, wanted)
        if value is None:
            return ()
        for position, item in enumerate(value):
            if not isinstance(item, str):
                self.problem(f"“{key}” must be {wanted}.", key, position)
        return tuple(item for item in value if isinstance(item, str))

    def count(self, key: str, *, most: int) -> int:
        """A required whole number from 1 to `most`."""
        value = self._expected(key, int, "a whole number, without quotes", required=True)
        if value is not None and not 1 <= value <= most:
            self.problem(f"“{key}” must be from 1 to {most}.", key)
            return 1
        return 1 if value is None else value

    def minutes(self, key: str, *, most: int, zero: bool, default: float | None = None) -> float:
        """A number of minutes, up to `most`, required where there is no default; `zero`: none is allowed, too."""
        return self._number(key, "minutes", most=most, zero=zero, default=default)

    def seconds(self, key: str, *, most: int, default: float) -> float:
        """A number of seconds, from 0 up to `most`."""
        return self._number(key, "seconds", most=most, zero=True, default=default)

    def _number(self, key: str, unit: str, *, most: int, zero: bool, default: float | None) -> float:
        value = self._expected(key, (int, float), f"a number of {unit}, without quotes", required=default is None)
        if value is None:
            return default or 0.0
        if math.isnan(value) or value < 0 or value > most or not (zero or value):
            self.problem(f"“{key}” must be {'from 0' if zero else 'more than 0 and up'} to {most}.", key)
            return default or 0.0
        return float(value)

    def table(self, key: str, label: str, example: str | None = None) -> Table:
        """A table inside this one; an empty one where the key is not there."""
        value = self._expected(key, dict, f"a table, as in {example or f'[rule.{key}]'}")
        return Table(value or {}, path=(*self.path, key), label=label, problems=self._problems)

    def _expected(self, key: str, kind: type | tuple[type, ...], wanted: str, *, required: bool = False) -> Any:
        """The value if it is of the kind; None, with a problem noted where that is one, if not."""
        value = self._values.get(key)
        if value is None:
            if required:
                self.problem(f"“{key}” is missing. It must be {wanted}.")
            return None
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        self.problem(f"“{key}” must be {wanted}.", key)
        return None
