"""Recognition of one meaning in a message, by patterns of several languages."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.helpdesk.language.nodes import BOUNDARY, Node, Tokens
from bot.helpdesk.language.pattern import Pattern
from bot.helpdesk.language.spelling import Spelling
from bot.helpdesk.language.utterance import TokenizedMessage, Utterance

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
        inside_courtesy: tuple[Collection[int], Collection[int]] | None = None
        for pattern in self._index.possible(tokens):
            if not pattern.whole_message:
                span = next(iter(pattern.spans(tokens)), None)
            else:
                inside_courtesy = inside_courtesy or _inside_courtesy(tokens, self.courtesy)
                span = pattern.span_between(tokens, *inside_courtesy)
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
            for key in pattern.needs[0] if pattern.needs else ():
                by_key[key].append((number, pattern))
            if not pattern.needs:
                self._always.append((number, pattern))
        self._by_key = dict(by_key)
        self._keys = frozenset(by_key)

    def possible(self, tokens: Tokens) -> Iterator[Pattern]:
        """Yields the patterns that the tokens may match, in their order."""
        numbered = dict(self._always)
        for key in self._keys & tokens.keys:
            numbered.update(self._by_key[key])
        for number in sorted(numbered):
            if numbered[number].is_possible_in(tokens.keys):
                yield numbered[number]


def _inside_courtesy(tokens: Tokens, courtesy: Node) -> tuple[Collection[int], Collection[int]]:
    """Returns the places with nothing but courtesy before them, and those with nothing but courtesy after them."""
    length = len(tokens.words)
    before = {0}
    for place in range(length):
        if place in before:
            before.update(_next(tokens, courtesy, place))
    after = {length}
    for place in reversed(range(length)):
        if not after.isdisjoint(_next(tokens, courtesy, place)):
            after.add(place)
    return sorted(before), after


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
