"""Meaning of a short message once a matter seems settled: thanks, yes, no, unclear, or more than that.

It is thanks only if all of it is: an unknown word may be a new matter. Spelling is matched loosely, because people
thank in haste.
"""

from __future__ import annotations

import enum
import functools
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz.distance import OSA

from bot.helpdesk.handoffs import vocabulary
from bot.helpdesk.language.normalization import Words, words_of


class Remark(enum.Enum):
    """The meaning of a message after a resolution or an answer.

    THANKS: it is settled, or somebody is thanked, and nothing else. YES and NO: just that. UNCLEAR: nothing that
    anybody could act on, or thanks with something else. WORDS: a matter that somebody has to read.
    """

    THANKS = enum.auto()
    YES = enum.auto()
    NO = enum.auto()
    UNCLEAR = enum.auto()
    WORDS = enum.auto()


class _Part(enum.Enum):
    """The meaning of a few of the words by themselves."""

    TROUBLE = enum.auto()
    THANKS = enum.auto()
    SETTLED = enum.auto()
    YES = enum.auto()
    NO = enum.auto()
    ACKNOWLEDGED = enum.auto()
    COURTESY = enum.auto()
    DOUBTFUL = enum.auto()
    UNKNOWN = enum.auto()
    GOOD_SIGN = enum.auto()
    BAD_SIGN = enum.auto()
    UNHAPPY_SIGN = enum.auto()
    OTHER_SIGN = enum.auto()


# Nobody says thanks in more words than these; and so many beside thanks are a matter of their own.
_MOST_WORDS = 60
_MOST_BESIDE = 8
# Shorter words are too easily taken for others.
_SHORTEST_MISSPELT = 4

_LISTS: Sequence[tuple[_Part, Sequence[str]]] = (
    # The first that knows a phrase says what it means.
    (_Part.TROUBLE, vocabulary.TROUBLE),
    (_Part.DOUBTFUL, vocabulary.DOUBTFUL),
    (_Part.THANKS, vocabulary.THANKS),
    (_Part.SETTLED, vocabulary.SETTLED),
    (_Part.NO, vocabulary.NO),
    (_Part.YES, vocabulary.YES),
    (_Part.ACKNOWLEDGED, vocabulary.ACKNOWLEDGED),
    (_Part.COURTESY, vocabulary.COURTESY),
)
_MENTION = re.compile(r"@[\w.\-]+")
_EMOJI_CODE = re.compile(r":([a-z0-9_+'\-]+):(?::skin-tone-[2-6]:)?", re.IGNORECASE)
_GLAD = re.compile(r"(?<!\w)(?:[:;=8x]['^]?-?[)\]dp}]|\^_?\^|<3+|\\o/)(?!\w)", re.IGNORECASE)
_SORRY = re.compile(r"(?<!\w)(?:[:;=]['^]?-?[(\[/\\|{]|-_+-)(?!\w)")
_ASKS = re.compile("[?？؟⁉❓❔⸮;]")
_REPEATED = re.compile(r"(.)\1+")


def remark_of(text: str) -> Remark:
    """Returns the meaning of a whole message."""
    signs, spelt = _taken_out(text)
    words = words_of(spelt)
    if len(words) > _MOST_WORDS:
        return Remark.WORDS
    asks = _ASKS.search(spelt) is not None
    parts = Counter([*signs, *_parts_of(words, spelt, with_names=not asks)])
    return _of_words(parts, asks=asks) if words else _of_signs(parts, asks=asks)


def _of_signs(parts: Counter[_Part], *, asks: bool) -> Remark:
    if parts[_Part.BAD_SIGN] and not parts[_Part.GOOD_SIGN]:
        return Remark.NO
    only_good = set(+parts) == {_Part.GOOD_SIGN} and not asks
    return Remark.THANKS if only_good else Remark.UNCLEAR


def _of_words(parts: Counter[_Part], *, asks: bool) -> Remark:
    thanks = parts[_Part.THANKS] + parts[_Part.SETTLED]
    if parts[_Part.TROUBLE]:
        return Remark.WORDS
    beside = parts[_Part.UNKNOWN] + parts[_Part.DOUBTFUL]
    if beside:
        return Remark.UNCLEAR if thanks and not asks and beside <= _MOST_BESIDE else Remark.WORDS
    if asks or parts[_Part.BAD_SIGN] or parts[_Part.UNHAPPY_SIGN] or (parts[_Part.NO] and thanks):
        return Remark.UNCLEAR
    if thanks or (parts[_Part.GOOD_SIGN] and not parts[_Part.NO]):
        return Remark.THANKS
    if bool(parts[_Part.YES]) != bool(parts[_Part.NO]):
        return Remark.YES if parts[_Part.YES] else Remark.NO
    # Courtesies alone are words of a sentence: "help", "my problem".
    return Remark.UNCLEAR if parts[_Part.ACKNOWLEDGED] or parts[_Part.YES] else Remark.WORDS


# Signs.


def _taken_out(text: str) -> tuple[list[_Part], str]:
    """Returns the meanings of a text's emoji and emoticons, and the text without them and without mentions."""
    signs: list[_Part] = []

    def take(part: _Part) -> str:
        signs.append(part)
        return " "

    text = _EMOJI_CODE.sub(lambda found: take(_named(found[1].lower())), _MENTION.sub(" ", text))
    text = _GLAD.sub(lambda _: take(_Part.GOOD_SIGN), text)
    text = _SORRY.sub(lambda _: take(_Part.BAD_SIGN), text)
    return signs, "".join(take(part) if (part := _drawn(one)) is not None else one for one in text)


def _named(name: str) -> _Part:
    pieces = {piece for piece in re.split(r"[_ ]+|(?<=\w)-", name) if piece}
    if pieces & _BAD_NAMES or name in _BAD_NAMES:
        return _Part.BAD_SIGN
    if pieces & _DOUBTFUL_NAMES and name not in _GOOD_NAMES:
        return _Part.UNHAPPY_SIGN
    return _Part.GOOD_SIGN if pieces & _GOOD_NAMES or name in _GOOD_NAMES else _Part.OTHER_SIGN


def _drawn(character: str) -> _Part | None:
    if character in vocabulary.GOOD_SIGNS:
        return _Part.GOOD_SIGN
    if character in vocabulary.BAD_SIGNS:
        return _Part.BAD_SIGN
    if character in vocabulary.UNHAPPY_SIGNS:
        return _Part.UNHAPPY_SIGN
    return _Part.OTHER_SIGN if unicodedata.category(character) == "So" else None


def _names(lists: Sequence[str]) -> frozenset[str]:
    return frozenset(name for names in lists for name in names.split())


_GOOD_NAMES = _names(vocabulary.GOOD_SIGN_NAMES)
_BAD_NAMES = _names(vocabulary.BAD_SIGN_NAMES)
_DOUBTFUL_NAMES = _names(vocabulary.DOUBTFUL_SIGN_NAMES)
_BEFORE_THINGS = _names(vocabulary.BEFORE_THINGS)


# Words.


@functools.cache
def _phrases() -> Mapping[Words, _Part]:
    """Returns every phrase of the lists, with repeated letters written once."""
    known: dict[Words, _Part] = {}
    for part, lists in _LISTS:
        for phrase in (phrase for line in lists for phrase in line.split(",")):
            for spelt in itertools.product(*(word.split("/") for word in phrase.split())):
                words = words_of(" ".join(spelt))
                known.setdefault(words, part)
                known.setdefault(tuple(map(_once, words)), part)
    return known


@functools.cache
def _longest() -> int:
    return max(map(len, _phrases()))


@functools.cache
def _thanks_in_one_word() -> tuple[str, ...]:
    return tuple(
        words[0]
        for words, part in _phrases().items()
        if part is _Part.THANKS and len(words) == 1 and len(words[0]) > _SHORTEST_MISSPELT
    )


def _once(word: str) -> str:
    """Returns a word with repeated letters written once: "thankss", "sooo"."""
    return _REPEATED.sub(r"\1", word)


def _parts_of(words: Words, spelt: str, *, with_names: bool) -> Iterator[_Part]:
    """Returns the meanings of the words, phrase by phrase, the longest known one first."""
    place, before = 0, None
    while place < len(words):
        length, part = _phrase_at(words, place)
        if with_names and part is _Part.UNKNOWN and _is_name(words, place, before, spelt):
            length, part = len(words) - place, _Part.COURTESY
        yield part
        place, before = place + length, part


def _phrase_at(words: Words, place: int) -> tuple[int, _Part]:
    for length in range(min(_longest(), len(words) - place), 0, -1):
        phrase = words[place : place + length]
        part = _phrases().get(phrase) or _phrases().get(tuple(map(_once, phrase)))
        if part is not None:
            return length, part
    return 1, _spelt_loosely(words[place])


def _spelt_loosely(word: str) -> _Part:
    if word.endswith("n't"):
        return _Part.TROUBLE
    if len(word) >= _SHORTEST_MISSPELT and any(_is_nearly(word, thanks) for thanks in _thanks_in_one_word()):
        return _Part.THANKS
    return _Part.UNKNOWN


def _is_nearly(word: str, meant: str) -> bool:
    return word[0] == meant[0] and OSA.distance(_once(word), _once(meant), score_cutoff=1) <= 1


def _is_name(words: Words, place: int, before: _Part | None, spelt: str) -> bool:
    """Returns whether the message ends with the name of somebody who is thanked: one word, or two with capitals.

    "Works intermittently" ends with no name: after "works" a name has a capital.
    """
    rest = words[place:]
    if words[place - 1] in _BEFORE_THINGS:
        return False
    if before not in (_Part.THANKS, _Part.SETTLED, _Part.COURTESY) or any(not word.isalpha() for word in rest):
        return False
    with_capitals = all(word[0].isupper() for word in re.findall(r"\w+", spelt)[-len(rest) :])
    return (len(rest) == 1 and before is not _Part.SETTLED) or (len(rest) <= 2 and with_capitals)
