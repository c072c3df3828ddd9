"""Folding of a text into words that can be compared.

Case, accents, punctuation, spacing, the shape of apostrophes and emoji codes make no difference. In scripts without
spaces each character is a word, so that a phrase is found in the middle of a sentence there, too. Every character is
folded by itself, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata

Words = tuple[str, ...]

_APOSTROPHES = frozenset("'’‘ʼ`´′＇")
_EMOJI_CODE = re.compile(r"(?<![\w:]):[a-z0-9_+'-]+:(?!\w)")
_WORD = re.compile(r"[^ ']+(?:'[^ ']+)*")
_INVISIBLE = "Cf"
_SELECTORS = range(0xFE00, 0xFE10)
"""Variation selectors: whether a character is shown as an emoji or as a sign."""

_ACCENTS = frozenset((*range(0x0300, 0x0370), *range(0x064B, 0x0660), 0x0670, 0x0640))
"""Marks that people often leave out: accents, and in Arabic vowel signs, hamza and tatweel."""

_SAME_LETTER = {"ı": "i", "ى": "ي", "ة": "ه"}
"""Letters that people type as others, beyond Unicode's decompositions: in Turkish, and at the end of Arabic words."""

_WRITTEN_WITHOUT_SPACES = (range(0x0E00, 0x0F00), range(0x1000, 0x10A0), range(0x1780, 0x1800))
_MOST_CACHED = 10_000

_COURTESY_IN_ENGLISH = "a an the please pls plz kindly hi hello hey thanks thank you thx ty just now"
_COURTESY_ELSEWHERE = (
    "bitte danke hallo lutfen tesekkurler merhaba por favor gracias hola s'il vous te plait merci bonjour"
)
_COURTESY = frozenset(f"{_COURTESY_IN_ENGLISH} {_COURTESY_ELSEWHERE}".split())


def words_of(text: str) -> Words:
    """Returns the folded words of `text`, in order."""
    return tuple(_WORD.findall(without_emoji_codes(text).translate(_FOLDING)))


def plain_words(text: str) -> Words:
    """Returns the words without apostrophes: "don't" becomes "dont"; "j'ai" and "I'm" become "j", "ai", "i", "m"."""
    joined = [word.replace("n't", "nt") for word in words_of(text)]
    return tuple(part for word in joined for part in word.split("'"))


def without_emoji_codes(text: str) -> str:
    """Replaces each emoji code, such as :smile:, by a space."""
    return _EMOJI_CODE.sub(" ", text)


def without_courtesy(words: Words) -> Words:
    """Removes greetings, thanks, "please" and articles, in English and a few other languages."""
    return tuple(word for word in words if word not in _COURTESY)


class _Folding(dict[int, str]):
    """Cache of folded characters. Bounded, because messages may contain any number of rare characters."""

    def __missing__(self, code: int) -> str:
        folded = _folded(chr(code))
        if len(self) < _MOST_CACHED:
            self[code] = folded
        return folded


_FOLDING = _Folding()


def _folded(char: str) -> str:
    if char in _APOSTROPHES:
        return "'"
    if unicodedata.category(char) == _INVISIBLE or ord(char) in _SELECTORS:
        return ""
    if not _belongs_to_a_word(char):
        return " "
    return "".join(map(_folded_letter, unicodedata.normalize("NFKC", char)))


def _folded_letter(char: str) -> str:
    if _stands_alone(char):
        return f" {char} "
    return "".join(map(_plain, unicodedata.normalize("NFKD", char).casefold()))


def _plain(char: str) -> str:
    if ord(char) in _ACCENTS:
        return ""
    if char in _APOSTROPHES:
        return "'"
    char = _SAME_LETTER.get(char, char)
    return char if _belongs_to_a_word(char) else " "


def _belongs_to_a_word(char: str) -> bool:
    """Returns True for letters, digits and marks: in many scripts vowels are marks."""
    return unicodedata.category(char)[0] in "LNM"


def _stands_alone(char: str) -> bool:
    if any(ord(char) in script for script in _WRITTEN_WITHOUT_SPACES):
        return True
    return unicodedata.category(char) == "Lo" and unicodedata.east_asian_width(char) == "W"
