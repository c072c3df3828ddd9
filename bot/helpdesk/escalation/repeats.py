"""Detection of a question that an employee asks again."""

from __future__ import annotations

from collections import Counter

from rapidfuzz import fuzz

from bot.helpdesk.language.utterance import Words, without_courtesy, words_of

FEWEST_WORDS = 2
"""A text with fewer content words ("thanks", "ok", "done") repeats nothing."""

LEAST_SHARED = 0.75
"""Share of the longer question that the shorter one must cover, where words were only added or only left out."""

LEAST_ALIKE = 80
"""Least similarity (0 to 100) of differing words that are taken for typing mistakes of each other."""

_FUNCTION_WORDS = (
    "i i'm i've i'd im me my mine we we're us our it it's its is are am was were be been do does did doing have has "
    "had how what what's where where's when why who who's which can could would should will shall may might must to "
    "of in on at for from with by as and or but if so then this that these those there here about into up any some "
    "get need want"
)
_WORDS_ABOUT_ASKING = "still again yet also really actually already sorry help tell know ask asked asking question"
_REPLIES_TO_ANSWERS = (
    "ok okay k yes yeah yep yup no nope nah sure right fine good great cool nice perfect awesome excellent got "
    "understood clear sounds works worked that's much very many lot cheers appreciated done alright worries you're "
    "welcome"
)
_STOP_WORDS = frozenset(f"{_FUNCTION_WORDS} {_WORDS_ABOUT_ASKING} {_REPLIES_TO_ANSWERS}".split())


def asks_again(earlier: str, later: str) -> bool:
    """Returns True where `later` asks what `earlier` asked, in nearly the same words.

    Case, punctuation, word order, courtesy and typing mistakes make no difference. A different number, code or content
    word makes a different question: "reset my VPN password" does not repeat "reset my e-mail password".
    """
    first, second = _content_words(earlier), _content_words(later)
    if min(len(first), len(second)) < FEWEST_WORDS:
        return False
    only_first, only_second = _surplus(first, second), _surplus(second, first)
    if _has_digits(only_first) or _has_digits(only_second):
        return False
    if only_first and only_second:
        return _spelled_alike("".join(only_first), "".join(only_second))
    return min(len(first), len(second)) >= LEAST_SHARED * max(len(first), len(second))


def _content_words(text: str) -> Words:
    return tuple(word for word in without_courtesy(words_of(text)) if word not in _STOP_WORDS)


def _surplus(words: Words, others: Words) -> Words:
    """Returns the words that `words` has more of than `others`, in order of appearance."""
    return tuple((Counter(words) - Counter(others)).elements())


def _has_digits(words: Words) -> bool:
    return any(char.isdigit() for word in words for char in word)


def _spelled_alike(first: str, second: str) -> bool:
    """Compares words joined ("log in", "login"). A slip rarely hits the first letter; "un-" and "de-" change it."""
    return first[0] == second[0] and fuzz.ratio(first, second) >= LEAST_ALIKE
