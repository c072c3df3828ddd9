"""Messages as values: an id and arguments, rendered in a reader's language by `catalog`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import LiteralString


class _Unrendered:
    """A text that is no string before it is rendered: in an f-string its fields would be read by people."""

    __slots__ = ()

    def __str__(self) -> str:
        raise TypeError(f"{self!r} has to be rendered in a language")


@dataclass(frozen=True, slots=True)
class Message(_Unrendered):
    """A sentence of the language files by its id, and the values of its placeholders.

    A value that is a message is rendered in the same language. The placeholders `$person`, `$words` and `$place` have
    no value here: the surface fills them. Nor has `$by`: the name is looked up when the message is sent.
    """

    id: str
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sentences(_Unrendered):
    """Several texts in a row."""

    parts: tuple[Text, ...]
    separator: str = " "


@dataclass(frozen=True, slots=True)
class OwnWords(_Unrendered):
    """A text of the policy, as Markdown: one for each language it was written in, by its code."""

    by_language: Mapping[str, str]


Text = Message | Sentences | OwnWords
"""Everything that is rendered in a reader's language."""

Value = Text | str | int | float
"""A value inside a sentence. A string is literal text unless it is `Markdown`; a number is written as in the language.
"""


def message(id: LiteralString, /, **values: Value) -> Message:
    """Returns the message with this id."""
    return Message(id, values)


def variant(name: str) -> str:
    """Returns the key of a variant in the files, for the name of a member of an enumeration."""
    return name.lower().replace("_", "-")


def in_a_row(*parts: Text, separator: str = " ") -> Sentences:
    """Returns several texts as one."""
    return Sentences(parts, separator)
