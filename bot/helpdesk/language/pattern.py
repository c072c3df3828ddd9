"""Recognition of one meaning in a message, by patterns of several languages, compiled to be searched for often.

A pattern is a sequence of words, all within one sentence:

    talk/speak      either word
    harass*         a word that begins with "harass"
    (a b, c)        any of these patterns
    {person}        any member of a class; a member is one or several patterns, separated by commas
    please?         is optional; {please}* and (a b, c)* may be repeated up to five times
    ..              up to three other words; ... is up to seven
    !error          the next word is not this one
    ^  $            the sentence begins or ends here

Letters are folded as in `utterance`; "ä", "ö", "ü" are found as "ae", "oe", "ue" as well.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bot.helpdesk.language.nodes import (
    BOUNDARY,
    REMOVED,
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
from bot.helpdesk.language.utterance import Spelling, TokenizedMessage, Utterance, plain_words

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
        for needed in self.needs:  # noqa: SIM110 - a generator costs more than the look-ups, for each pattern
            if needed.isdisjoint(keys):
                return False
        return True

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

    def span_within(self, surroundings: Surroundings) -> tuple[int, int] | None:
        """Returns its first match with nothing but courtesy around it."""
        for start in surroundings.begins:
            for end in self._node.ends(surroundings.tokens, start):
                if end > start and end in surroundings.ends:
                    return start, end
        return None

    @property
    def whole_message(self) -> bool:
        """True where it counts only as the whole message."""
        return self._whole_message


class PatternReader:
    """Reads patterns that refer to `classes`. Each class is expanded once, and each word, because words recur."""

    def __init__(self, classes: Classes) -> None:
        self._classes = classes
        self._words: dict[str, Node] = {}
        self._literals: dict[str, tuple[Node, ...]] = {}
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
            return self._word(token)
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
            yield self._word(choice)
        elif choice in ("^", "$"):
            yield Edge(begins=choice == "^")
        elif choice.startswith("(") and choice.endswith(")"):
            yield self._any(choice[1:-1])
        elif choice.startswith("{") and choice.endswith("}"):
            yield self._class(choice[1:-1])
        else:
            yield from self._spelled(choice)

    def _word(self, word: str) -> Node:
        if word not in self._words:
            self._words[word] = Either.of(self._spelled(word))
        return self._words[word]

    def _spelled(self, choice: str) -> tuple[Node, ...]:
        """Returns a part for each spelling of the word."""
        if choice not in self._literals:
            self._literals[choice] = tuple(map(_literal, spellings_of(choice)))
        return self._literals[choice]

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


_ELLIPSIS = "…"
_FIRST_CJK = 0x2E80

Span = tuple[int, int]
"""From the first place to the one after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """The patterns of one meaning, such as a wish for a person, in all languages.

    Matches of `unless` are removed from a message before the search for `patterns`; with `ignores_quotations` so are
    quotations. Patterns of the whole message may be surrounded by `courtesy`. Two recognisers with the same `digest`
    recognise the same.
    """

    name: str
    patterns: tuple[Pattern, ...] = field(repr=False, compare=False)
    unless: tuple[Pattern, ...] = field(repr=False, compare=False)
    courtesy: Node = field(repr=False, compare=False)
    spelling: Spelling = field(repr=False, compare=False)
    ignores_quotations: bool = False
    digest: str = field(init=False)
    _index: PatternIndex = field(init=False, repr=False, compare=False)
    _index_of_unless: PatternIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", _digest(self))
        object.__setattr__(self, "_index", PatternIndex(self.patterns))
        object.__setattr__(self, "_index_of_unless", PatternIndex(self.unless))

    def find(self, utterance: Utterance, unless: Sequence[Pattern] = ()) -> str | None:
        """Returns the words that match, with “…” for words that are not in the data; None where none match.

        `unless` are further patterns to remove first.
        """
        key = (self.digest, tuple(pattern.source for pattern in unless))
        if key not in utterance.results:
            utterance.results[key] = self._search(utterance, unless)
        return utterance.results[key]

    def words_besides(self, utterance: Utterance) -> tuple[str, ...]:
        """Returns the words of a message that are in no match, in order."""
        tokens = utterance.tokenized(self.spelling).tokens
        spans = [span for pattern in self._index.possible(tokens) for span in pattern.spans(tokens)]
        return tuple(word for word in tokens.without(spans).words if word not in (BOUNDARY, REMOVED))

    def is_all_of(self, utterance: Utterance) -> bool:
        """Returns True where matches and courtesy make up a message in which `find` has found something.

        Exceptions are not removed here. A match does not count if a gap in it spans words that are not in the data.
        """
        tokens = utterance.tokenized(self.spelling).tokens
        found = (span for pattern in self._index.possible(tokens) for span in pattern.spans(tokens))
        spans = [span for span in found if all(map(self._knows, tokens.words[slice(*span)]))]
        return bool(spans) and _is_courtesy(tokens.without(spans), self.courtesy)

    def _knows(self, word: str) -> bool:
        return word == BOUNDARY or self.spelling.knows(word)

    def _search(self, utterance: Utterance, unless: Sequence[Pattern]) -> str | None:
        message = utterance.tokenized(self.spelling)
        # Most messages have no match at all, and need not be searched for exceptions.
        if not self._find_in(message.tokens):
            return None
        span = self._find_in(self._without_exceptions(message, unless))
        return _quoted(message, span, self.spelling) if span else None

    def _without_exceptions(self, message: TokenizedMessage, unless: Iterable[Pattern]) -> Tokens:
        tokens = message.unquoted if self.ignores_quotations else message.tokens
        patterns = (*unless, *self._index_of_unless.possible(message.tokens))
        spans = [span for pattern in patterns for span in pattern.spans(tokens)]
        return tokens.without(spans) if spans else tokens

    def _find_in(self, tokens: Tokens) -> Span | None:
        surroundings = Surroundings(tokens, self.courtesy)
        for pattern in self._index.possible(tokens):
            if pattern.whole_message:
                span = pattern.span_within(surroundings)
            else:
                span = next(iter(pattern.spans(tokens)), None)
            if span:
                return span
        return None


class PatternIndex:
    """Patterns by the words they need, so that a message is searched for few of them."""

    __slots__ = ("_always", "_by_key", "_keys")

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        by_key: defaultdict[str, list[tuple[int, Pattern]]] = defaultdict(list)
        self._always: list[tuple[int, Pattern]] = []
        for number, pattern in enumerate(patterns):
            numbered = number, pattern
            for key in pattern.needs[0] if pattern.needs else ():
                by_key[key].append(numbered)
            if not pattern.needs:
                self._always.append(numbered)
        self._by_key = dict(by_key)
        self._keys = frozenset(by_key)

    def possible(self, tokens: Tokens) -> Iterator[Pattern]:
        """Yields the patterns that the tokens may match, in their order."""
        keys = tokens.keys
        numbered = dict(self._always)
        for key in self._keys & keys:
            numbered.update(one for one in self._by_key[key] if one[1].is_possible_in(keys))
        for number in sorted(numbered):
            yield numbered[number]


class Surroundings:
    """The courtesy at both ends of a message. Most messages are not searched for it: nothing in them asks for that."""

    def __init__(self, tokens: Tokens, courtesy: Node) -> None:
        self.tokens = tokens
        self._courtesy = courtesy

    @cached_property
    def begins(self) -> Sequence[int]:
        """The places with nothing but courtesy before them, in order."""
        begins = {0}
        for place in range(len(self.tokens.words)):
            if place in begins:
                begins.update(_next(self.tokens, self._courtesy, place))
        return sorted(begins)

    @cached_property
    def ends(self) -> Collection[int]:
        """The places with nothing but courtesy after them."""
        ends = {len(self.tokens.words)}
        for place in reversed(range(len(self.tokens.words))):
            if not ends.isdisjoint(_next(self.tokens, self._courtesy, place)):
                ends.add(place)
        return ends


def _is_courtesy(tokens: Tokens, courtesy: Node) -> bool:
    """Returns whether all words that are left are courtesy."""
    place = 0
    while place < len(tokens.words):
        is_left = tokens.words[place] != REMOVED
        ends = _next(tokens, courtesy, place) if is_left else (place + 1,)
        if not ends:
            return False
        place = max(ends)
    return True


def _next(tokens: Tokens, courtesy: Node, place: int) -> Iterable[int]:
    return (place + 1,) if tokens.words[place] == BOUNDARY else courtesy.ends(tokens, place)


def _quoted(message: TokenizedMessage, span: Span, spelling: Spelling) -> str:
    """Returns the words of the span. Words that are not in the data may be secrets, and are left out."""
    shown: list[str] = []
    for place in range(*span):
        word = message.tokens.words[place]
        if spelling.knows(word):
            shown.append(message.shown[place])
        elif word != BOUNDARY and shown[-1:] != [_ELLIPSIS]:
            shown.append(_ELLIPSIS)
    return _joined(shown)


def _joined(words: Iterable[str]) -> str:
    """Joins words by spaces, except between characters of scripts without spaces."""
    text = ""
    for word in words:
        apart = text and not (len(word) == 1 and ord(word) >= _FIRST_CJK and ord(text[-1]) >= _FIRST_CJK)
        text += f" {word}" if apart else word
    return text


def _digest(recogniser: Recogniser) -> str:
    parts = [
        recogniser.name,
        str(recogniser.ignores_quotations),
        recogniser.courtesy.meaning,
        *(pattern.meaning for pattern in recogniser.patterns),
        "unless",
        *(pattern.meaning for pattern in recogniser.unless),
        recogniser.spelling.meaning,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
