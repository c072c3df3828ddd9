"""Parts of a pattern. Each returns the places in a message at which it can end when it begins at a given place.

The result of a class is computed once for each place of a message, however many patterns use the class.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Protocol

BOUNDARY = "|"
"""Separates sentences."""

REMOVED = "_"
"""Replaces a removed word: no pattern contains it, no gap spans it."""

SHORTEST_STEM = 3
_LONGEST_STEM = 16
_COMPLETE = ""
_LEAF: dict[str, Any] = {}
_IN_NO_GAP = frozenset({BOUNDARY, REMOVED})

Keys = frozenset[str]
"""Words and stems."""

Ends = tuple[int, ...]
"""Places at which a part can end; empty where it is not found."""


class Tokens:
    """A message as words, with a boundary at each end and between sentences."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.class_ends: dict[tuple[int, int], Ends] = {}

    @cached_property
    def keys_at(self) -> list[Keys]:
        """For each place the word and its beginnings; an empty set after the last word."""
        return [*(frozenset(keys_of(word)) for word in self.words), frozenset()]

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """The places of each word and of each beginning of a word."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, keys in enumerate(self.keys_at):
            for key in keys:
                places[key].append(place)
        return dict(places)

    @cached_property
    def keys(self) -> Keys:
        """Every word and every beginning of a word."""
        return frozenset(self.places)

    def starts(self, first: Keys | None) -> Iterable[int]:
        """Returns the places of these first words, in order; None: every place."""
        if first is None:
            return range(len(self.words))
        places: list[int] = []
        for key in first & self.keys if len(first) < len(self.keys) else self.keys & first:
            places.extend(self.places[key])
        return sorted(set(places))

    def without(self, spans: Iterable[tuple[int, int]]) -> Tokens:
        """Returns these tokens with the words of the spans removed."""
        words = list(self.words)
        for start, end in spans:
            words[start:end] = [BOUNDARY if word == BOUNDARY else REMOVED for word in words[start:end]]
        return Tokens(words)


def keys_of(word: str) -> Iterator[str]:
    """Yields the word, and its beginnings that are long enough for a stem."""
    yield word
    for length in range(SHORTEST_STEM, min(len(word), _LONGEST_STEM + 1)):
        yield word[:length]


class Node(Protocol):
    """A part of a pattern."""

    @property
    def first(self) -> Keys | None:
        """Words and stems of which one is its first; None: any word."""

    @property
    def may_be_empty(self) -> bool:
        """True where it also matches no words at all."""

    @property
    def needs(self) -> tuple[Keys, ...]:
        """Sets of words and stems. A text that lacks all of any set cannot match."""

    @property
    def meaning(self) -> str:
        """A text that is the same for two parts that match the same."""

    def ends(self, tokens: Tokens, start: int) -> Ends:
        """Returns the places at which it can end when it begins at `start`."""


class WordTree:
    """Any of several sequences of words, looked up word by word.

    There are some thousand of them, so they keep nothing that is only used while a larger part is made of them.
    """

    __slots__ = ("_branches", "rows")

    may_be_empty = False

    def __init__(self, rows: Iterable[tuple[str, ...]]) -> None:
        self.rows = tuple(rows)
        self._branches: dict[str, Any] | None = None

    @property
    def first(self) -> Keys | None:
        return frozenset(row[0] for row in self.rows)

    @property
    def needs(self) -> tuple[Keys, ...]:
        if len(self.rows) == 1:
            return tuple(frozenset({word}) for word in self.rows[0])
        return (frozenset(max(row, key=len) for row in self.rows),)

    @property
    def meaning(self) -> str:
        return ",".join(sorted({" ".join(row) for row in self.rows}))

    @property
    def _tree(self) -> dict[str, Any]:
        if self._branches is None:
            self._branches = {}
            for row in self.rows:
                branch = self._branches
                for word in row:
                    branch = branch.setdefault(word, {})
                branch[_COMPLETE] = _LEAF
        return self._branches

    def ends(self, tokens: Tokens, start: int) -> Ends:
        words, branch, place = tokens.words, self._tree, start
        found: list[int] = []
        while place < len(words):
            inner = branch.get(words[place])
            if inner is None:
                break
            branch, place = inner, place + 1
            if _COMPLETE in branch:
                found.append(place)
        return tuple(found)


class Stem:
    """A word that begins with `stem`, followed by at most twelve letters."""

    _LONGEST_ENDING = 12

    def __init__(self, stem: str) -> None:
        self.stem = stem
        # A stem longer than any key is searched for by the part that is a key.
        self.first: Keys | None = frozenset({stem[:_LONGEST_STEM]}) if len(stem) >= SHORTEST_STEM else None
        self.may_be_empty = False
        self.needs: tuple[Keys, ...] = () if self.first is None else (self.first,)
        self.meaning = f"{stem}*"

    def ends(self, tokens: Tokens, start: int) -> Ends:
        if start >= len(tokens.words):
            return ()
        word = tokens.words[start]
        if not word.startswith(self.stem):
            return ()
        ending = word[len(self.stem) :]
        return (start + 1,) if len(ending) <= self._LONGEST_ENDING and (not ending or ending.isalpha()) else ()


class Either:
    """Any of several parts."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = tuple(nodes)
        firsts = [node.first for node in nodes]
        self.first: Keys | None = None if None in firsts else frozenset().union(*(first or () for first in firsts))
        self.may_be_empty = any(node.may_be_empty for node in nodes)
        self._first_words = _first_words(self)
        needs = [most_selective(node.needs) for node in nodes]
        self.needs: tuple[Keys, ...] = (frozenset().union(*(need[0] for need in needs)),) if all(needs) else ()
        self.meaning = f"({','.join(sorted(node.meaning for node in nodes))})"

    @classmethod
    def of(cls, nodes: Sequence[Node]) -> Node:
        """Returns one part for all; the sequences of words among them share one tree."""
        if len(nodes) == 1:
            return nodes[0]
        trees = [node for node in nodes if isinstance(node, WordTree)]
        others = [node for node in nodes if not isinstance(node, WordTree)]
        rows = [row for tree in trees for row in tree.rows]
        joined: list[Node] = [*([WordTree(rows)] if rows else []), *others]
        return joined[0] if len(joined) == 1 else cls(joined)

    def ends(self, tokens: Tokens, start: int) -> Ends:
        if self._first_words and self._first_words.isdisjoint(tokens.keys_at[start]):
            return ()
        found: set[int] = set()
        for node in self._nodes:
            found.update(node.ends(tokens, start))
        return tuple(found)


class Row:
    """Several parts in sequence."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = tuple(nodes)
        self.first = _first_of_row(nodes)
        self.may_be_empty = all(node.may_be_empty for node in nodes)
        self._first_words = _first_words(self)
        self.needs: tuple[Keys, ...] = tuple(itertools.chain.from_iterable(node.needs for node in nodes))
        self.meaning = " ".join(node.meaning for node in nodes)

    @classmethod
    def of(cls, nodes: Sequence[Node]) -> Node:
        """Returns one part for the sequence; plain words become one sequence of words."""
        if len(nodes) == 1:
            return nodes[0]
        rows = [node.rows for node in nodes if isinstance(node, WordTree) and len(node.rows) == 1]
        if len(rows) == len(nodes):
            return WordTree([tuple(itertools.chain.from_iterable(row[0] for row in rows))])
        return cls(nodes)

    def ends(self, tokens: Tokens, start: int) -> Ends:
        if self._first_words and self._first_words.isdisjoint(tokens.keys_at[start]):
            return ()
        places: Ends = (start,)
        for node in self._nodes:
            if len(places) == 1:
                places = node.ends(tokens, places[0])
            else:
                places = tuple({end for place in places for end in node.ends(tokens, place)})
            if not places:
                return ()
        return places


class Repeated:
    """A part that is optional and may be repeated up to `most` times."""

    def __init__(self, node: Node, *, most: int) -> None:
        self._node = node
        self._most = most
        self.first = node.first
        self.may_be_empty = True
        self.needs: tuple[Keys, ...] = ()
        self.meaning = f"({node.meaning}){{{most}}}"

    def ends(self, tokens: Tokens, start: int) -> Ends:
        found, newest = {start}, {start}
        for _ in range(self._most):
            newest = {end for place in newest for end in self._node.ends(tokens, place)} - found
            if not newest:
                break
            found |= newest
        return tuple(found)


class Gap:
    """Up to `most` words of any kind."""

    first: Keys | None = None
    may_be_empty = True
    needs: tuple[Keys, ...] = ()

    def __init__(self, most: int) -> None:
        self._most = most
        self.meaning = f"<{most}>"

    def ends(self, tokens: Tokens, start: int) -> Ends:
        end = start
        while end < len(tokens.words) and end - start < self._most and tokens.words[end] not in _IN_NO_GAP:
            end += 1
        return tuple(range(start, end + 1))


class Lookahead:
    """Matches no words, where the part does not follow."""

    first: Keys | None = None
    may_be_empty = True
    needs: tuple[Keys, ...] = ()

    def __init__(self, node: Node) -> None:
        self._node = node
        self.meaning = f"!{node.meaning}"

    def ends(self, tokens: Tokens, start: int) -> Ends:
        return () if self._node.ends(tokens, start) else (start,)


class Edge:
    """The beginning or the end of a sentence."""

    first: Keys | None = None
    may_be_empty = True
    needs: tuple[Keys, ...] = ()

    def __init__(self, *, begins: bool) -> None:
        self._offset = -1 if begins else 0
        self.meaning = "^" if begins else "$"

    def ends(self, tokens: Tokens, start: int) -> Ends:
        place = start + self._offset
        return (start,) if 0 <= place < len(tokens.words) and tokens.words[place] == BOUNDARY else ()


class ClassNode:
    """A class of words. Its results are cached for each message."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.first = node.first
        self.may_be_empty = node.may_be_empty
        self.needs = node.needs
        self.meaning = hashlib.sha256(node.meaning.encode()).hexdigest()[:12]

    def ends(self, tokens: Tokens, start: int) -> Ends:
        if self.first is not None and not self.may_be_empty and start < len(tokens.words):
            key = (id(self), start)
            found = tokens.class_ends.get(key)
            if found is None:
                found = tokens.class_ends[key] = self._node.ends(tokens, start)
            return found
        return self._node.ends(tokens, start)


def most_selective(needs: Sequence[Keys]) -> tuple[Keys, ...]:
    """Returns the needs, most selective first: those of few and long words."""
    return tuple(sorted(needs, key=lambda each: (min(map(len, each)) <= SHORTEST_STEM, len(each))))


def _first_words(node: Node) -> Keys:
    """Returns the words of which one must be the first of the node; empty where any word can be."""
    return frozenset() if node.may_be_empty else node.first or frozenset()


def _first_of_row(nodes: Sequence[Node]) -> Keys | None:
    first: Keys = frozenset()
    for node in nodes:
        if isinstance(node, (Edge, Lookahead)):
            continue
        if node.first is None:
            return None
        # One set for all parts that begin alike.
        first = first | node.first if first else node.first
        if not node.may_be_empty:
            return first
    return None
