"""Patterns over words, in the syntax of the language data, compiled to be searched for in many messages.

A pattern is a sequence of words, all within one sentence:

    talk/speak      either word
    harass*         a word that begins with "harass"
    (a b, c)        any of these patterns
    {person}        any member of a class; a member is one or several patterns, separated by commas
    please?         is optional; {please}* and (a b, c)* may be repeated up to five times
    ..              up to three other words; ... is up to seven
    !error          the next word is not this one
    ^  $            the sentence begins or ends here

Letters are folded as in `words`; "ä", "ö", "ü" are found as "ae", "oe", "ue" as well.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache

from bot.helpdesk.language.nodes import (
    ClassNode,
    Edge,
    Either,
    Gap,
    Lookahead,
    Node,
    Repeated,
    Row,
    Stem,
    Tokens,
    WordTree,
    most_selective,
)
from bot.helpdesk.language.normalization import plain_words

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_GAPS = {"..": 3, "...": 7}
_MOST_REPEATS = 5
_BRACKET_OR_SEPARATOR = {separator: re.compile(rf"[(){separator}]") for separator in ", /"}

Classes = Mapping[str, Sequence[str]]


class UnreadablePatternError(ValueError):
    """The language data has an unreadable pattern; the message says which and why."""


class Pattern:
    """A compiled pattern. A text without a word of each of `needs` cannot match.

    `whole_message`: it counts only where the rest of the message is courtesy.
    """

    __slots__ = ("_first", "_node", "_whole_message", "needs", "source")

    def __init__(self, source: str, node: Node, *, whole_message: bool = False) -> None:
        self.source = source
        self._node = node
        self._whole_message = whole_message
        self._first = node.first
        self.needs = most_selective(node.needs)

    @property
    def meaning(self) -> str:
        """A text that is the same for two patterns that find the same."""
        return f"{'whole ' if self._whole_message else ''}{self._node.meaning}"

    def is_possible_in(self, keys: frozenset[str]) -> bool:
        """Returns False where a text with these words and stems cannot match."""
        return not any(needed.isdisjoint(keys) for needed in self.needs)

    def spans(self, tokens: Tokens) -> Iterator[tuple[int, int]]:
        """Yields its matches from left to right without overlaps, each as long as possible."""
        free = 0
        for start in tokens.starts(self._first):
            if start < free:
                continue
            end = max(self._node.ends(tokens, start), default=start)
            if end > start:
                yield start, end
                free = end

    def span_between(self, tokens: Tokens, starts: Iterable[int], ends: Collection[int]) -> tuple[int, int] | None:
        """Returns its first match from one of the starts to one of the ends."""
        for start in starts:
            for end in self._node.ends(tokens, start):
                if end in ends and end > start:
                    return start, end
        return None

    @property
    def whole_message(self) -> bool:
        """True where it counts only as the whole message."""
        return self._whole_message


class PatternReader:
    """Reads patterns that refer to `classes`. Each class is expanded once."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._expanded: dict[str, ClassNode] = {}
        self._being_expanded: list[str] = []

    def patterns(self, source: str, *, whole_message: bool = False) -> Iterator[Pattern]:
        """Yields the patterns of a list that is separated by commas."""
        for part in _split(source, ","):
            yield Pattern(part, self._row(part), whole_message=whole_message)

    def of_class(self, name: str) -> Node:
        """Returns a part that matches any member of the class."""
        return self._class(name)

    def words(self, names: Iterable[str]) -> Iterator[str]:
        """Yields the single words of these classes."""
        for name in names:
            for member in self._members(name):
                yield from _single_words(member)

    def _any(self, source: str) -> Node:
        return Either.of([self._row(part) for part in _split(source, ",")])

    def _row(self, source: str) -> Node:
        nodes = [self._element(token) for token in _split(source, " ")]
        if not nodes:
            raise UnreadablePatternError("a pattern is empty")
        return Row.of(nodes)

    def _element(self, token: str) -> Node:
        if token.isalpha():
            return _word(token)
        if token in _GAPS:
            return Gap(_GAPS[token])
        if token.startswith("!"):
            return Lookahead(self._either(token[1:]))
        if token.endswith("?"):
            return Repeated(self._either(token[:-1]), most=1)
        if token.endswith(("}*", ")*")):
            return Repeated(self._either(token[:-1]), most=_MOST_REPEATS)
        return self._either(token)

    def _either(self, token: str) -> Node:
        return Either.of([node for choice in _split(token, "/") for node in self._choice(choice)])

    def _choice(self, choice: str) -> Iterator[Node]:
        if choice.isalpha():
            yield _word(choice)
        elif choice in ("^", "$"):
            yield Edge(begins=choice == "^")
        elif choice.startswith("(") and choice.endswith(")"):
            yield self._any(choice[1:-1])
        elif choice.startswith("{") and choice.endswith("}"):
            yield self._class(choice[1:-1])
        else:
            yield from _literals(choice)

    def _class(self, name: str) -> Node:
        if name not in self._expanded:
            if name in self._being_expanded:
                raise UnreadablePatternError(f"the class {name!r} contains itself")
            self._being_expanded.append(name)
            self._expanded[name] = ClassNode(Either.of([self._any(member) for member in self._members(name)]))
            self._being_expanded.remove(name)
        return self._expanded[name]

    def _members(self, name: str) -> Sequence[str]:
        if name not in self._classes:
            raise UnreadablePatternError(f"there is no class {name!r}")
        return self._classes[name]


def phrases(readings: Iterable[str]) -> tuple[Pattern, ...]:
    """Returns a pattern for each phrase of plain words."""
    return tuple(Pattern(reading, WordTree([plain_words(reading)])) for reading in readings)


def spellings_of(text: str) -> list[str]:
    """Returns the text, and the text with "ae", "oe", "ue" for umlauts where it has any."""
    return sorted({text, text.translate(_UMLAUTS)})


@cache
def _word(word: str) -> Node:
    """Returns a part for the word in all its spellings. Cached, because words recur in the data."""
    return Either.of(_literals(word))


@cache
def _literals(choice: str) -> tuple[Node, ...]:
    """Returns a part for each spelling of the word. Cached, because words recur in the data."""
    return tuple(map(_literal, spellings_of(choice)))


def _literal(choice: str) -> Node:
    words = plain_words(choice.removesuffix("*"))
    if not words or not set(choice.removesuffix("*")).isdisjoint("*|?!{}^$"):
        raise UnreadablePatternError(f"{choice!r} stands where a word belongs")
    if not choice.endswith("*"):
        return WordTree([words])
    before = [WordTree([words[:-1]])] if len(words) > 1 else []
    return Row.of([*before, Stem(words[-1])])


def _split(source: str, separator: str) -> list[str]:
    """Splits `source` at the separators outside of parentheses."""
    if "(" not in source:
        return [part for part in map(str.strip, source.split(separator)) if part]
    parts: list[str] = []
    depth = begin = 0
    for match in _BRACKET_OR_SEPARATOR[separator].finditer(source):
        mark = match.group()
        depth += (mark == "(") - (mark == ")")
        if mark == separator and depth == 0:
            parts.append(source[begin : match.start()])
            begin = match.end()
    parts.append(source[begin:])
    if depth:
        raise UnreadablePatternError("a parenthesis is not closed")
    return [part.strip() for part in parts if part.strip()]


def _single_words(member: str) -> Iterator[str]:
    for part in _split(member, ","):
        for choice in part.split("/") if " " not in part else ():
            words = plain_words(choice) if choice.isalpha() else ()
            if len(words) == 1:
                yield words[0]
