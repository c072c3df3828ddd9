"""Near-equality of questions: questions about one matter share their main words, whatever else they say.

Pure and without a model: folded words, without those that say little (`main_words.toml`), reduced to their stems.
Typing mistakes and compounds are put right by the words of the other questions at hand. For English, German, French and
Spanish; the words of other languages are compared as they are. Questions in different languages are not near, except
where they share such words as names of programs.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence, Set
from functools import cache, lru_cache
from importlib.resources import files

from rapidfuzz.distance import OSA

from bot.helpdesk.language.utterance import plain_words

MainWords = frozenset[str]
"""The stems of the words that a question is about, comparable with those of questions read together with it."""

NEAR = 0.65
"""Least `nearness` of questions about one matter."""

_MAIN_WEIGHT = 10
_MINOR_WEIGHT = 3
_ADDED = 0.55
"""Weight of words that only the longer question has: details that somebody adds change the matter less."""


def nearness(first: MainWords, second: MainWords) -> float:
    """Returns the share of main words that both have, from 0 (none, or different numbers) to 1 (the same)."""
    return _nearness(_Wording(first), _Wording(second))


def near(first: str, second: str) -> bool:
    """Returns True where both questions are about one matter, in whatever words. False for texts without words.

    Opposites are different matters: "install" and "uninstall", "sperren" and "entsperren".
    """
    one, other = read_main_words((first, second))
    return bool(one) and bool(other) and nearness(one, other) >= NEAR and not _are_opposite(one - other, other - one)


_TURNS_ROUND = ("un", "de", "dis", "des", "ent", "in", "ab")


def _are_opposite(first: MainWords, second: MainWords) -> bool:
    """Returns True where a word of one is one of the other with a syllable before it that turns its meaning round."""
    return any(
        f"{syllable}{word}" in others
        for words, others in ((first, second), (second, first))
        for word in words
        for syllable in _TURNS_ROUND
    )


def adds_nothing(earlier: str, words: Iterable[str]) -> bool:
    """Returns True where the words say nothing that the earlier question did not, besides words that say little."""
    said = " ".join(word for word in words if word not in _weak_words().empty)
    known, added = read_main_words((earlier, said))
    return added - _weak_words().minor <= known


def read_main_words(texts: Iterable[str], known: Iterable[MainWords] = ()) -> list[MainWords]:
    """Returns the main words of each text. Mistakes are corrected into words of the other texts, or into `known` ones.

    A question that has nothing but words that say little keeps all of them. Only a text without words has none.
    """
    said = [_said(text) for text in texts]
    stemmed = Counter(_stem(word) for words in said for word in set(words))
    vocabulary = _Vocabulary(stemmed + Counter(word for words in known for word in words))
    return [frozenset(stem for word in words for stem in vocabulary.stems(word)) for words in said]


_SHORT_BEFORE_HYPHEN = re.compile(r"\b(\w{1,2})[-‐‑](?=\w)")
"""In "e-mail" and "wi-fi", which are written as one word, too."""


def _said(text: str) -> tuple[str, ...]:
    words = plain_words(_SHORT_BEFORE_HYPHEN.sub(r"\1", text))
    empty = _weak_words().empty
    return tuple(word for word in words if word not in empty) or words


def _weight(words: Set[str]) -> int:
    return _MAIN_WEIGHT * len(words) - (_MAIN_WEIGHT - _MINOR_WEIGHT) * len(words & _weak_words().minor)


class _Wording:
    """Main words with what is compared, worked out once."""

    __slots__ = ("count", "numbers", "weight", "words")

    def __init__(self, words: MainWords, count: int = 1) -> None:
        self.words = words
        self.count = count
        self.weight = _weight(words)
        self.numbers = frozenset(word for word in words if any(char.isdigit() for char in word))


def _nearness(first: _Wording, second: _Wording) -> float:
    shared = _weight(first.words & second.words)
    if not shared or (first.numbers - second.numbers and second.numbers - first.numbers):
        return 0.0
    only_first, only_second = first.weight - shared, second.weight - shared
    return _share(shared, min(only_first, only_second), max(only_first, only_second))


def _share(shared: int, replaced: int, added: int) -> float:
    return shared / (shared + replaced + _ADDED * added)


class _WeakWords:
    """The words that say little: `empty` ones as they are folded, and the stems of `minor` ones."""

    def __init__(self) -> None:
        text = (files(__package__) / "main_words.toml").read_text(encoding="utf-8")
        languages = tomllib.loads(text).values()
        self.empty = frozenset(word for language in languages for line in language["empty"] for word in line.split())
        self.minor = frozenset(_stem(word) for lists in languages for line in lists["minor"] for word in line.split())


@cache
def _weak_words() -> _WeakWords:
    return _WeakWords()


_SHORTEST_STEM = 3
_LONGEST_WORD = 60
"""Letters of a word that has a stem, mistakes and parts; what is longer is pasted, and takes too long."""


@lru_cache(maxsize=2_048)
def _stem(word: str) -> str:
    """Returns the shortest stem of the word in any of the four languages: what language it is, is not known."""
    if not word.isalpha() or len(word) > _LONGEST_WORD:
        return word
    shortest = min((stem(word) for stem in _stemmers()), key=len)
    return shortest if len(shortest) >= _SHORTEST_STEM else word


@cache
def _stemmers() -> tuple[Callable[[str], str], ...]:
    # Imported when questions are first compared: most processes never do.
    from Stemmer import Stemmer

    return tuple(Stemmer(language).stemWord for language in ("english", "german", "french", "spanish"))


_SHORTEST_CORRECTED = 5
_LONG = 8
"""Letters of a stem in which two mistakes are corrected."""

_SHORTEST_COMPOUND = 8
_SHORTEST_PART = 4
_LINKS = ("", "s", "es", "n", "en", "e")
"""What stands between the parts of a German compound."""


class _Vocabulary:
    """The stems of all questions at hand, by how many have each."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts
        self._by_shape: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
        for stem in counts:
            if stem.isalpha() and len(stem) >= _SHORTEST_PART:
                self._by_shape[stem[0], len(stem)].append(stem)
        self._known: dict[str, tuple[str, ...]] = {}

    def stems(self, word: str) -> tuple[str, ...]:
        """Returns the stem of the word, corrected, or those of its parts where questions have these as words."""
        if word not in self._known:
            stem = _stem(word)
            corrected = self._corrected(stem)
            self._known[word] = (corrected,) if corrected != stem else self._parts(word) or (stem,)
        return self._known[word]

    def _corrected(self, stem: str) -> str:
        """Follows corrections, each into a stem that more questions have."""
        while (better := self._better(stem)) is not None:
            stem = better
        return stem

    def _better(self, stem: str) -> str | None:
        if not _SHORTEST_CORRECTED <= len(stem) <= _LONGEST_WORD or not stem.isalpha():
            return None
        minor = _weak_words().minor
        near = [
            (distance, -self._counts[other], other)
            for length in range(len(stem) - 2, len(stem) + 3)
            for other in self._by_shape.get((stem[0], length), ())
            if (self._counts[other], other) > (self._counts[stem], stem)
            and (other in minor or stem not in minor)
            and (distance := _distance(stem, other)) is not None
        ]
        return min(near)[2] if near else None

    def _parts(self, word: str) -> tuple[str, ...]:
        if not _SHORTEST_COMPOUND <= len(word) <= _LONGEST_WORD or not word.isalpha():
            return ()
        for at in range(len(word) - _SHORTEST_PART + 1, _SHORTEST_PART - 1, -1):
            last = _stem(word[at:])
            if last not in self._counts:
                continue
            for link in _LINKS:
                first = _stem(word[:at].removesuffix(link)) if word[:at].endswith(link) else ""
                if len(first) >= _SHORTEST_PART and first in self._counts:
                    return (self._corrected(first), self._corrected(last))
        return ()


def _distance(stem: str, other: str) -> int | None:
    """Returns the number of typing mistakes between the two; None where they are different words."""
    most = 2 if min(len(stem), len(other)) >= _LONG else 1
    distance = OSA.distance(stem, other, score_cutoff=most)
    return distance if distance <= most else None


_MOST_WORDINGS = 5
"""Wordings of a group that a further one is compared with: the most frequent ones."""

_MOST_COMPARED = 20
"""Groups that a wording is compared with: those that share most of its rare words."""


def group(wordings: Sequence[MainWords], anchors: Sequence[MainWords] = ()) -> list[int]:
    """Returns the number of each wording's group: equal for questions about one matter; -1 where it has no words.

    The first groups are those of `anchors`, wordings of groups found before, in their order, so that groups keep their
    identity while their questions stay near. Others are numbered from there on, those of frequent wordings first. The
    result does not depend on the order of `wordings`.
    """
    counts = Counter(wordings)
    groups = _Groups()
    for anchor in anchors:
        groups.begin(_Wording(anchor, max(1, counts[anchor])))
    for words in sorted(counts, key=lambda words: (-counts[words], len(words), sorted(words))):
        if words:
            groups.take_in(_Wording(words, counts[words]))
    return [groups.number_of.get(words, -1) for words in wordings]


class _Groups:
    """Groups that are being made. Each has the wordings that it began with, and is found by their words."""

    def __init__(self) -> None:
        self._wordings: list[list[_Wording]] = []
        self._words: list[set[str]] = []
        self._by_word: defaultdict[str, list[int]] = defaultdict(list)
        self.number_of: dict[MainWords, int] = {}

    def begin(self, wording: _Wording) -> None:
        """Begins a group with the wording."""
        self._wordings.append([])
        self._words.append(set())
        self._put(wording, len(self._wordings) - 1)

    def take_in(self, wording: _Wording) -> None:
        """Puts the wording into the group whose wordings are nearest on average; begins one where none is near."""
        if wording.words in self.number_of:
            return
        nearest, best = 0.0, -1
        for shared, number in self._candidates(wording):
            if _share(shared, 0, wording.weight - shared) <= nearest:
                break
            average = self._average(wording, number)
            if average > nearest:
                nearest, best = average, number
        if nearest >= NEAR:
            self._put(wording, best)
        else:
            self.begin(wording)

    def _put(self, wording: _Wording, number: int) -> None:
        self.number_of.setdefault(wording.words, number)
        if len(self._wordings[number]) >= _MOST_WORDINGS:
            return
        self._wordings[number].append(wording)
        for word in wording.words - self._words[number]:
            self._by_word[word].append(number)
        self._words[number] |= wording.words

    def _average(self, wording: _Wording, number: int) -> float:
        others = self._wordings[number]
        return sum(_nearness(wording, other) * other.count for other in others) / sum(other.count for other in others)

    def _candidates(self, wording: _Wording) -> list[tuple[int, int]]:
        """Returns the groups that may be near, those that share most first, each as weight that it shares and number.

        They are looked up by the rarest words: the others alone weigh too little to make any wording near.
        """
        rest, found = wording.weight, Counter[int]()
        for word in sorted(wording.words, key=lambda word: (len(self._by_word[word]), word)):
            if _share(rest, 0, wording.weight - rest) < NEAR:
                break
            found.update(self._by_word[word])
            rest -= _weight({word})
        likely = (number for number, _ in found.most_common(_MOST_COMPARED))
        shared = ((_weight(wording.words & self._words[number]), number) for number in likely)
        return sorted(shared, key=lambda group: (-group[0], group[1]))
