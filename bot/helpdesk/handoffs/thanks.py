"""Meaning of a short message after an answer or a resolution: thanks, yes, no, unclear, or a new matter.

A message is thanks only if all of its words are: an unknown word may be a new matter. Misspellings of thanks are
recognised, because people thank in haste.
"""

from __future__ import annotations

import enum
import functools
import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence

from rapidfuzz.distance import OSA

from bot.helpdesk.handoffs import vocabulary
from bot.helpdesk.language.utterance import Words, words_of
from bot.helpdesk.model.handoff import Score


class Remark(enum.Enum):
    """The meaning of a message after a resolution or an answer.

    THANKS: the problem is solved, or somebody is thanked, and nothing else. YES and NO: nothing but that. UNCLEAR:
    nothing that an agent could act on, or thanks with a few other words. WORDS: a matter for people or the assistant.
    """

    THANKS = enum.auto()
    YES = enum.auto()
    NO = enum.auto()
    UNCLEAR = enum.auto()
    WORDS = enum.auto()


class _Part(enum.Enum):
    """The meaning of one phrase or sign of a message."""

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


# Longer messages are never mere thanks. Thanks with more other words than these are a new matter.
_MAX_WORDS = 60
_MAX_OTHER_WORDS = 8
# Letters: a shorter word is too similar to others to be read as a misspelling.
_MIN_MISSPELT = 4
# Letters: no word of thanks is as long.
_MAX_MISSPELT = 30

_LISTS: Sequence[tuple[_Part, Sequence[str]]] = (
    # The first list with a phrase decides on its meaning.
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
_HAPPY_EMOTICON = re.compile(r"(?<!\w)(?:[:;=8x]['^]?-?[)\]dp}]|\^_?\^|<3+|\\o/)(?!\w)", re.IGNORECASE)
_UNHAPPY_EMOTICON = re.compile(r"(?<!\w)(?:[:;=]['^]?-?[(\[/\\|{]|-_+-)(?!\w)")
_SCORE = re.compile(r"([1-5])(?:\s*(?:/|(?:out )?of|von|sur|de)\s*5)?[.!]*", re.IGNORECASE)
_QUESTION_MARK = re.compile("[?？؟⁉❓❔⸮;]")
_REPEATED = re.compile(r"(.)\1+")
# All signs are outside of ASCII, and most text is within it.
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Words whose likeness to thanks is remembered: comparing one costs as much as the rest of its sentence.
_MOST_WORDS_REMEMBERED = 4_096


def remark_of(text: str) -> Remark:
    """Returns the meaning of a whole message."""
    signs, text = _split_signs(text)
    words = words_of(text)
    if len(words) > _MAX_WORDS:
        return Remark.WORDS
    asks = _QUESTION_MARK.search(text) is not None
    parts = Counter([*signs, *_parts_of(words, text, with_names=not asks)])
    return _remark_of_words(parts, asks=asks) if words else _remark_of_signs(parts, asks=asks)


def score_in(text: str) -> Score | None:
    """Returns the score that is all of a message, as in "4" or "4 of 5"; None for any other message."""
    found = _SCORE.fullmatch(text.strip())
    return None if found is None else Score(int(found[1]))


def _remark_of_signs(parts: Counter[_Part], *, asks: bool) -> Remark:
    if parts[_Part.BAD_SIGN] and not parts[_Part.GOOD_SIGN]:
        return Remark.NO
    only_good = set(+parts) == {_Part.GOOD_SIGN} and not asks
    return Remark.THANKS if only_good else Remark.UNCLEAR


def _remark_of_words(parts: Counter[_Part], *, asks: bool) -> Remark:
    thanks = parts[_Part.THANKS] + parts[_Part.SETTLED]
    if parts[_Part.TROUBLE]:
        return Remark.WORDS
    others = parts[_Part.UNKNOWN] + parts[_Part.DOUBTFUL]
    if others:
        return Remark.UNCLEAR if thanks and not asks and others <= _MAX_OTHER_WORDS else Remark.WORDS
    if asks or parts[_Part.BAD_SIGN] or parts[_Part.UNHAPPY_SIGN] or (parts[_Part.NO] and thanks):
        return Remark.UNCLEAR
    if thanks or (parts[_Part.GOOD_SIGN] and not parts[_Part.NO]):
        return Remark.THANKS
    if bool(parts[_Part.YES]) != bool(parts[_Part.NO]):
        return Remark.YES if parts[_Part.YES] else Remark.NO
    # Courtesy words alone belong to an ordinary sentence: "help", "my problem".
    return Remark.UNCLEAR if parts[_Part.ACKNOWLEDGED] or parts[_Part.YES] else Remark.WORDS


# Signs.


def _split_signs(text: str) -> tuple[list[_Part], str]:
    """Returns the meanings of a text's emoji and emoticons, and the text without them and without mentions."""
    signs: list[_Part] = []

    def take(part: _Part) -> str:
        signs.append(part)
        return " "

    text = _EMOJI_CODE.sub(lambda found: take(_sign_of_name(found[1].lower())), _MENTION.sub(" ", text))
    text = _HAPPY_EMOTICON.sub(lambda _: take(_Part.GOOD_SIGN), text)
    text = _UNHAPPY_EMOTICON.sub(lambda _: take(_Part.BAD_SIGN), text)
    return signs, _NOT_ASCII.sub(
        lambda one: one[0] if (part := _sign_of_character(one[0])) is None else take(part), text
    )


def _sign_of_name(name: str) -> _Part:
    pieces = {piece for piece in re.split(r"[_ ]+|(?<=\w)-", name) if piece}
    if pieces & _BAD_NAMES or name in _BAD_NAMES:
        return _Part.BAD_SIGN
    if pieces & _DOUBTFUL_NAMES and name not in _GOOD_NAMES:
        return _Part.UNHAPPY_SIGN
    return _Part.GOOD_SIGN if pieces & _GOOD_NAMES or name in _GOOD_NAMES else _Part.OTHER_SIGN


def _sign_of_character(character: str) -> _Part | None:
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
    """Returns every phrase of the lists, as it is and with repeated letters written once."""
    known: dict[Words, _Part] = {}
    for part, lists in _LISTS:
        for phrase in (phrase for line in lists for phrase in line.split(",")):
            for reading in itertools.product(*(word.split("/") for word in phrase.split())):
                words = words_of(" ".join(reading))
                known.setdefault(words, part)
                known.setdefault(tuple(map(_without_repeats, words)), part)
    return known


@functools.cache
def _longest_phrases() -> Mapping[str, int]:
    """Returns the most words of a phrase, for each word that a phrase begins with."""
    longest: dict[str, int] = {}
    for first, *others in filter(None, _phrases()):
        longest[first] = max(longest.get(first, 0), 1 + len(others))
    return longest


@functools.cache
def _single_words_of_thanks() -> Mapping[str, Sequence[str]]:
    """Returns the single words that thank, each letter of them written once, by their first letter."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for words, part in _phrases().items():
        if part is _Part.THANKS and len(words) == 1 and len(words[0]) > _MIN_MISSPELT:
            found[words[0][0]].append(_without_repeats(words[0]))
    return found


def _without_repeats(word: str) -> str:
    """Returns a word with repeated letters written once: "thankss", "sooo"."""
    return _REPEATED.sub(r"\1", word)


def _parts_of(words: Words, text: str, *, with_names: bool) -> Iterator[_Part]:
    """Yields the meanings of the words, phrase by phrase. At each word the longest known phrase counts."""
    place, before = 0, None
    shortened = tuple(map(_without_repeats, words))
    while place < len(words):
        length, part = _phrase_at(words, shortened, place)
        if with_names and part is _Part.UNKNOWN and _is_name(words, place, before, text):
            length, part = len(words) - place, _Part.COURTESY
        yield part
        place, before = place + length, part


def _phrase_at(words: Words, shortened: Words, place: int) -> tuple[int, _Part]:
    known, longest = _phrases(), _longest_phrases()
    most = max(longest.get(words[place], 0), longest.get(shortened[place], 0))
    for length in range(min(most, len(words) - place), 0, -1):
        part = known.get(words[place : place + length]) or known.get(shortened[place : place + length])
        if part is not None:
            return length, part
    return 1, _part_of_misspelt(words[place])


def _part_of_misspelt(word: str) -> _Part:
    if word.endswith("n't"):
        return _Part.TROUBLE
    written = _without_repeats(word)
    if len(word) < _MIN_MISSPELT or len(written) > _MAX_MISSPELT:
        return _Part.UNKNOWN
    return _Part.THANKS if _is_misspelt_thanks(written) else _Part.UNKNOWN


@functools.lru_cache(maxsize=_MOST_WORDS_REMEMBERED)
def _is_misspelt_thanks(written: str) -> bool:
    meant = _single_words_of_thanks().get(written[0], ())
    return any(OSA.distance(written, thanks, score_cutoff=1) <= 1 for thanks in meant)


def _is_name(words: Words, place: int, before: _Part | None, text: str) -> bool:
    """Returns whether the rest of the message is the name of a thanked person: one word, or two with capitals.

    After "works" a single word needs a capital as well: "Works intermittently" ends with no name.
    """
    rest = words[place:]
    if words[place - 1] in _BEFORE_THINGS:
        return False
    if before not in (_Part.THANKS, _Part.SETTLED, _Part.COURTESY) or any(not word.isalpha() for word in rest):
        return False
    with_capitals = all(word[0].isupper() for word in re.findall(r"\w+", text)[-len(rest) :])
    return (len(rest) == 1 and before is not _Part.SETTLED) or (len(rest) <= 2 and with_capitals)
