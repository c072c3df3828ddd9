"""Correction of typing mistakes before a message is searched for patterns.

Only a word that is in no pattern is corrected, only into a word of a class that the data names for that, and only where
one or two letters are wrong. Real words that differ as little are listed in the data and stay as they are.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from rapidfuzz.distance import OSA

SHORTEST = 5
"""Letters of a word in which any one mistake is corrected; with one letter less, only two swapped letters are."""

LONG = 8
"""Letters of a word in which two mistakes are corrected."""

_HELD_KEY = re.compile(r"(.)\1{2,}")
"""The same letter at least three times in a row."""


class Spelling:
    """A corrector of typing mistakes.

    Mistakes are corrected into `words`. `known` words, and words that begin with one of `stems`, are no mistakes.
    """

    def __init__(self, words: Iterable[str], known: Iterable[str], stems: Iterable[str] = ()) -> None:
        self.words = frozenset(word for word in words if len(word) >= SHORTEST - 1 and word.isalpha())
        self._known = self.words.union(known)
        self._stems = frozenset(stems)
        self._longest_stem = max(map(len, self._stems), default=0)
        self._by_first: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for word in sorted(self.words):
            self._by_first[word[0], len(word)].append(word)

    @property
    def meaning(self) -> str:
        """A text that is the same for two that correct the same."""
        return "\n".join((*sorted(self.words), "known", *sorted(self._known), "stems", *sorted(self._stems)))

    def knows(self, word: str) -> bool:
        """Returns True for a word of the data, in any of its forms."""
        return word in self._known or (word.isalpha() and self._has_stem(word))

    def _has_stem(self, word: str) -> bool:
        return any(word[:length] in self._stems for length in range(1, min(len(word), self._longest_stem) + 1))

    def corrected(self, word: str) -> str:
        """Returns the word that `word` is a mistake for; `word` itself where there is none, or more than one."""
        if len(word) < SHORTEST - 1 or not word.isalpha() or self.knows(word):
            return word
        for shortened in (_HELD_KEY.sub(r"\1\1", word), _HELD_KEY.sub(r"\1", word)):
            if shortened in self._known:
                return shortened
        near = sorted((distance, known) for known, distance in self._near(word))
        if not near or (len(near) > 1 and near[0][0] == near[1][0]):
            return word
        return near[0][1]

    def _near(self, word: str) -> Iterable[tuple[str, int]]:
        for length in range(len(word) - 2, len(word) + 3):
            for known in self._by_first.get((word[0], length), ()):
                allowed = _allowed(known)
                distance = OSA.distance(word, known, score_cutoff=max(allowed, 1))
                if distance <= allowed or (distance == 1 and sorted(word) == sorted(known)):
                    yield known, distance


def _allowed(word: str) -> int:
    if len(word) < SHORTEST:
        return 0
    return 2 if len(word) >= LONG else 1
