"""Patterns over words, as the language data writes them, made ready to be looked for in many messages.

A pattern is words in a row, all within one sentence:

    talk/speak      either word
    harass*         a word that begins so
    (a b, c)        any of these patterns
    {person}        any member of a class; a member is a pattern, or several with commas between
    please?         may be missing; {please}* and (a b, c)* may come up to five times
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
    most_telling,
)
from bot.helpdesk.language.normalization import plain_words

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_GAPS = {"..": 3, "...": 7}
_MOST_REPEATS = 5
_BRACKET_OR_SEPARATOR = {separator: re.compile(rf"[(){separator}]") for separator in ", /"}

Classes = Mapping[str, Sequence[str]]


class UnreadablePatternError(ValueError):
    """The language data has a pattern that cannot be read; the message says which and why."""


class Pattern:
    """A pattern that is ready to be looked for. A text without a word of each of `needs` cannot have it."""

    __slots__ = ("_first", "_node", "_only_all", "needs", "source")

    def __init__(self, source: str, node: Node, *, only_all: bool = False) -> None:
        self.source = source
        self._node = node
        self._only_all = only_all
        self._first = node.first
        self.needs = most_telling(node.needs)

    @property
    def meaning(self) -> str:
        """What the pattern stands for, written out: the same for two that find the same."""
        return f"{'whole ' if self._only_all else ''}{self._node.meaning}"

    def may_be_in(self, keys: frozenset[str]) -> bool:
        """Whether looking for it is worth the while in a text with these words and stems."""
        return not any(needed.isdisjoint(keys) for needed in self.needs)

    def spans(self, tokens: Tokens) -> Iterator[tuple[int, int]]:
        """Where it is found, from left to right without overlap, each as long as can be."""
        free = 0
        for start in tokens.starts(self._first):
            if start < free:
                continue
            end = max(self._node.ends(tokens, start), default=start)
            if end > start:
                yield start, end
                free = end

    def span_between(self, tokens: Tokens, starts: Iterable[int], ends: Collection[int]) -> tuple[int, int] | None:
        """Where it is found from one of the starts to one of the ends."""
        for start in starts:
            for end in self._node.ends(tokens, start):
                if end in ends and end > start:
                    return start, end
        return None

    @property
    def only_all(self) -> bool:
        """Whether it counts only where it is all that is said."""
        return self._only_all


class PatternReader:
    """Reads patterns that refer to `classes`. Each class is expanded once."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._expanded: dict[str, ClassNode] = {}
        self._being_expanded: list[str] = []

    def patterns(self, source: str, *, only_all: bool = False) -> Iterator[Pattern]:
        """The patterns between commas."""
        for part in _split(source, ","):
            yield Pattern(part, self._row(part), only_all=only_all)

    def of_class(self, name: str) -> Node:
        """Any member of the class."""
        return self._class(name)

    def words(self, names: Iterable[str]) -> Iterator[str]:
        """The single words of these classes."""
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
        if choice in ("^", "$"):
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
    """Phrases that are written out, as patterns."""
    return tuple(Pattern(reading, WordTree([plain_words(reading)])) for reading in readings)


def spellings_of(text: str) -> list[str]:
    """The text, and the text with its umlauts written out where it has any."""
    return sorted({text, text.translate(_UMLAUTS)})


@cache
def _literals(choice: str) -> tuple[Node, ...]:
    """The word in each of its spellings. The data has the same words again and again."""
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
    """The parts of `source` between separators that stand in no parentheses."""
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
