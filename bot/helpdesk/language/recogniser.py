"""A recogniser: tells whether a message says a thing, whatever the words, by patterns of several languages."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from bot.helpdesk.language.nodes import BOUNDARY, Node, Tokens
from bot.helpdesk.language.pattern import Pattern
from bot.helpdesk.language.spelling import Spelling
from bot.helpdesk.language.utterance import TakenApart, Utterance

_ELLIPSIS = "…"
_FIRST_CJK = 0x2E80

Span = tuple[int, int]
"""From a place to the one after the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recogniser:
    """What the shipped language data knows about one thing that people say.

    `unless` are taken out of a message before `patterns` are looked for; with `overlooks_quotations` so is what stands
    in quotation marks. Patterns that count only as the whole message may have `courtesy` around them. Two with the same
    `digest` recognise the same.
    """

    name: str
    patterns: tuple[Pattern, ...] = field(repr=False, compare=False)
    unless: tuple[Pattern, ...] = field(repr=False, compare=False)
    courtesy: Node = field(repr=False, compare=False)
    spelling: Spelling = field(repr=False, compare=False)
    overlooks_quotations: bool = False
    digest: str = field(init=False)
    _index: PatternIndex = field(init=False, repr=False, compare=False)
    _index_of_unless: PatternIndex = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", _digest(self))
        object.__setattr__(self, "_index", PatternIndex(self.patterns))
        object.__setattr__(self, "_index_of_unless", PatternIndex(self.unless))

    def find(self, said: Utterance, unless: Sequence[Pattern] = ()) -> str | None:
        """The words that say it, with “…” for words that the data does not know; None where none do.

        `unless` are further patterns to take out first.
        """
        key = (self.digest, tuple(pattern.source for pattern in unless))
        if key not in said.found:
            said.found[key] = self._search(said, unless)
        return said.found[key]

    def _search(self, said: Utterance, unless: Sequence[Pattern]) -> str | None:
        message = said.taken_apart(self.spelling)
        # Most messages say nothing of the kind, and need not be searched for what would have to be taken out first.
        if not self._find_in(message.tokens):
            return None
        span = self._find_in(self._less_what_is_taken_out(message, unless))
        return _quoted(message, span, self.spelling) if span else None

    def _less_what_is_taken_out(self, message: TakenApart, unless: Iterable[Pattern]) -> Tokens:
        tokens = message.unquoted if self.overlooks_quotations else message.tokens
        patterns = (*unless, *self._index_of_unless.possible(message.tokens))
        spans = [span for pattern in patterns for span in pattern.spans(tokens)]
        return tokens.without(spans) if spans else tokens

    def _find_in(self, tokens: Tokens) -> Span | None:
        all_of_it: tuple[Collection[int], Collection[int]] | None = None
        for pattern in self._index.possible(tokens):
            if not pattern.only_all:
                span = next(iter(pattern.spans(tokens)), None)
            else:
                all_of_it = all_of_it or _inside_courtesy(tokens, self.courtesy)
                span = pattern.span_between(tokens, *all_of_it)
            if span:
                return span
        return None


class PatternIndex:
    """Patterns by the words they cannot do without, so that a message is held against few of them."""

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
        """The patterns that the tokens may have, in their order."""
        numbered = dict(self._always)
        for key in self._keys & tokens.keys:
            numbered.update(self._by_key[key])
        for number in sorted(numbered):
            if numbered[number].may_be_in(tokens.keys):
                yield numbered[number]


def _inside_courtesy(tokens: Tokens, courtesy: Node) -> tuple[Collection[int], Collection[int]]:
    """The places before which, and those after which, there is nothing but courtesy and ends of sentences."""
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


def _quoted(message: TakenApart, span: Span, spelling: Spelling) -> str:
    """The words found. Words that the data does not have are anybody's, perhaps a secret, so they are not repeated."""
    shown: list[str] = []
    for place in range(*span):
        word = message.tokens.words[place]
        if spelling.knows(word):
            shown.append(message.shown[place])
        elif word != BOUNDARY and shown[-1:] != [_ELLIPSIS]:
            shown.append(_ELLIPSIS)
    return _joined(shown)


def _joined(words: Iterable[str]) -> str:
    """Words with spaces between; languages written without spaces without."""
    text = ""
    for word in words:
        apart = text and not (len(word) == 1 and ord(word) >= _FIRST_CJK and ord(text[-1]) >= _FIRST_CJK)
        text += f" {word}" if apart else word
    return text


def _digest(recogniser: Recogniser) -> str:
    parts = [
        recogniser.name,
        str(recogniser.overlooks_quotations),
        recogniser.courtesy.meaning,
        *(pattern.meaning for pattern in recogniser.patterns),
        "unless",
        *(pattern.meaning for pattern in recogniser.unless),
        recogniser.spelling.meaning,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
