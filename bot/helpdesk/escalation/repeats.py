"""Telling whether an employee asks the same question again."""

from __future__ import annotations

from collections import Counter

from rapidfuzz import fuzz

from bot.helpdesk.language.normalization import Words, without_courtesy, words_of

FEWEST_WORDS = 2
"""A text with fewer telling words ("thanks", "ok", "done") repeats nothing."""

LEAST_SHARED = 0.75
"""How much of the longer question the shorter one must cover, where words were only added or only left out."""

LEAST_ALIKE = 80
"""How alike (0 to 100) the words that differ must be spelled to pass for typing mistakes of each other."""

_FUNCTION_WORDS = (
    "i i'm i've i'd im me my mine we we're us our it it's its is are am was were be been do does did doing have has "
    "had how what what's where where's when why who who's which can could would should will shall may might must to "
    "of in on at for from with by as and or but if so then this that these those there here about into up any some "
    "get need want"
)
_SAID_OF_THE_ASKING = "still again yet also really actually already sorry help tell know ask asked asking question"
_SAID_OF_THE_ANSWER = (
    "ok okay k yes yeah yep yup no nope nah sure right fine good great cool nice perfect awesome excellent got "
    "understood clear sounds works worked that's much very many lot cheers appreciated done alright worries you're "
    "welcome"
)
_TELLING_NOTHING = frozenset(f"{_FUNCTION_WORDS} {_SAID_OF_THE_ASKING} {_SAID_OF_THE_ANSWER}".split())


def asks_again(earlier: str, later: str) -> bool:
    """Whether `later` asks what `earlier` asked, in nearly the same words.

    Case, punctuation, word order, courtesy and typing mistakes make no difference. Another number, code or telling
    word makes another question: "reset my VPN password" does not repeat "reset my e-mail password".
    """
    first, second = _telling_words(earlier), _telling_words(later)
    if min(len(first), len(second)) < FEWEST_WORDS:
        return False
    only_first, only_second = _surplus(first, second), _surplus(second, first)
    if _has_digits(only_first) or _has_digits(only_second):
        return False
    if only_first and only_second:
        return _spelled_alike("".join(only_first), "".join(only_second))
    return min(len(first), len(second)) >= LEAST_SHARED * max(len(first), len(second))


def _telling_words(text: str) -> Words:
    return tuple(word for word in without_courtesy(words_of(text)) if word not in _TELLING_NOTHING)


def _surplus(words: Words, others: Words) -> Words:
    """What `words` has more than `others`, in order of appearance."""
    return tuple((Counter(words) - Counter(others)).elements())


def _has_digits(words: Words) -> bool:
    return any(char.isdigit() for word in words for char in word)


def _spelled_alike(first: str, second: str) -> bool:
    """Words are compared run together ("log in", "login"). Mistakes rarely hit the first letter; "un-" and "de-" do."""
    return first[0] == second[0] and fuzz.ratio(first, second) >= LEAST_ALIKE
