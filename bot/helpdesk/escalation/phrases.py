"""Search for a lead's phrases in an employee's message: whole words in a row, never parts of words."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator

from bot.helpdesk.language.utterance import Words, without_courtesy, words_of

MOST_READINGS = 500


class UnreadablePhraseError(ValueError):
    """The phrase cannot be read; the message says why and how to fix it."""


def readings_of(phrase: str) -> tuple[str, ...]:
    """Returns the wordings of a phrase: a slash means either word, so "talk/speak to us" has two.

    Raises UnreadablePhraseError for a phrase without a word, a slash without a word on both sides, and more than
    MOST_READINGS readings.
    """
    choices = [token.split("/") for token in phrase.split()]
    if not words_of(phrase):
        raise UnreadablePhraseError("has no word in it. Write the words to look for, or remove it")
    if any(len(choice) > 1 and not all(map(words_of, choice)) for choice in choices):
        raise UnreadablePhraseError("has a slash without a word on both sides. Write it as in “talk/speak to”")
    if math.prod(map(len, choices)) > MOST_READINGS:
        raise UnreadablePhraseError(f"stands for more than {MOST_READINGS} wordings. Split it into several phrases")
    return tuple(" ".join(reading) for reading in itertools.product(*choices))


class PhraseMatcher:
    """A set of phrases, indexed once to be searched for in many messages.

    `phrases` are found anywhere in a message, `whole` only where they are the whole message apart from courtesy words.
    The phrases of `unless` are removed from the message before the search.
    Raises UnreadablePhraseError where a phrase cannot be read.
    """

    __slots__ = ("_phrases", "_unless", "_whole")

    def __init__(self, *, phrases: Iterable[str], whole: Iterable[str] = (), unless: Iterable[str] = ()) -> None:
        self._phrases = _Index(phrases)
        self._whole = {without_courtesy(words_of(reading)): reading for reading in all_readings(whole)}
        self._whole.pop((), None)
        self._unless = _Index(unless)

    def find(self, words: Words) -> str | None:
        """Returns the first phrase found, as the policy spells it; None where there is none."""
        remaining = self._unless.remove_from(words)
        return self._phrases.first_in(remaining) or self._find_whole(remaining)

    def _find_whole(self, words: Words) -> str | None:
        return self._whole.get(without_courtesy(words)) if self._whole else None

    def can_find(self, phrase: str) -> bool:
        """Returns True where a message of this phrase alone is recognised, in one of its readings at least."""
        return any(self.find(words_of(reading)) for reading in readings_of(phrase))


class _Index:
    """Phrases by their first word: most words of a message cost one look-up."""

    __slots__ = ("_first_words", "_lengths", "_spelling")

    def __init__(self, phrases: Iterable[str]) -> None:
        self._spelling = {words_of(reading): reading for reading in all_readings(phrases)}
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for words in self._spelling:
            lengths[words[0]].add(len(words))
        self._first_words = frozenset(lengths)
        self._lengths = {first: tuple(sorted(known, reverse=True)) for first, known in lengths.items()}

    def first_in(self, words: Words) -> str | None:
        return next((self._spelling[words[start:end]] for start, end in self._spans(words)), None)

    def remove_from(self, words: Words) -> Words:
        """Replaces every word of a phrase found by an empty word, which no phrase contains."""
        spans = list(self._spans(words))
        if not spans:
            return words
        removed = {position for start, end in spans for position in range(start, end)}
        return tuple("" if position in removed else word for position, word in enumerate(words))

    def _spans(self, words: Words) -> Iterator[tuple[int, int]]:
        if self._first_words.isdisjoint(words):
            return
        for start, word in enumerate(words):
            for length in self._lengths.get(word, ()):
                if words[start : start + length] in self._spelling:
                    yield start, start + length


def all_readings(phrases: Iterable[str]) -> Iterator[str]:
    """Returns the readings of all phrases."""
    return itertools.chain.from_iterable(map(readings_of, phrases))
