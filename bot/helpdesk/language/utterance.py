"""A message as recognisers need it: folded words, sentences, quotations, with typing mistakes corrected.

Case, accents, punctuation, spacing, the shape of apostrophes and emoji codes make no difference. In scripts without
spaces each character is a word, so that a phrase is found in the middle of a sentence there, too. Every character is
folded by itself, so the time is linear in the length of the text.

Only a word that is in no pattern is corrected, only into a word of a class that the data names for that, and only where
one or two letters are wrong. Real words that differ as little are listed in the data and stay as they are.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable
from functools import cached_property, lru_cache

from rapidfuzz.distance import OSA

from bot.helpdesk.language.nodes import BOUNDARY, REMOVED, Tokens

_CHUNK = re.compile(
    r"(?P<end>[.!?…]+(?=[\s\"”’'»)\]*_~]|$)|[;\n。！？；؟۔｡]+)"
    r"|(?P<quote>[\"“”„«»`「」『』])"
    r"|(?P<word>(?:[^\s\"“”„«»`「」『』。！？；؟۔｡,;….!?()\[\]{}<>*_~|/\\–—-]|[.!?](?=\w))+)"
)
_FILE_NAME = re.compile(
    r"\w\.(?:bat|cfg|com|conf|csv|dll|docx?|exe|html?|ini|jpe?g|js|json|log|md|msi|net|org|pdf|php|png|pptx?|ps1|pst|py|sh"
    r"|sql|txt|xlsx?|xml|ya?ml|zip)\W*$",
    re.IGNORECASE,
)
"""The end of the name of a file or a site, which is one word and no part of the sentence."""

_CLOSING = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "`": "`", "「": "」", "『": "』"}


class Utterance:
    """A message, tokenized once, when that is first needed."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokenized: tuple[Spelling, TokenizedMessage] | None = None
        self.results: dict[Hashable, str | None] = {}
        """Results of recognisers, by what identifies them."""

    @cached_property
    def words(self) -> Words:
        """The folded words of the whole message."""
        return words_of(self.text)

    def tokenized(self, spelling: Spelling) -> TokenizedMessage:
        """Returns the tokens with typing mistakes corrected."""
        if self._tokenized is None or self._tokenized[0] is not spelling:
            self._tokenized = (spelling, TokenizedMessage(self.text, spelling))
        return self._tokenized[1]


@lru_cache(maxsize=64)
def parse_utterance(text: str) -> Utterance:
    """Returns the message, from a cache: a question is checked against the policy more than once.

    The policy decides when a question arrives, when it is answered and when it is rated.
    """
    return Utterance(text)


class TokenizedMessage:
    """A message as `tokens` to search, and `shown`, each of them as the employee wrote it.

    `unquoted` are the tokens without quotations, unless the whole message is one.
    """

    def __init__(self, text: str, spelling: Spelling) -> None:
        self._words = [BOUNDARY]
        self.shown = [BOUNDARY]
        self._quoted: list[tuple[int, int]] = []
        self._read(without_emoji_codes(text))
        self._end_sentence()
        self._correct(spelling)
        self.tokens = Tokens(self._words)

    @cached_property
    def unquoted(self) -> Tokens:
        if not self._quoted:
            return self.tokens
        unquoted = self.tokens.without(self._quoted)
        return self.tokens if {BOUNDARY, REMOVED}.issuperset(unquoted.words) else unquoted

    def _correct(self, spelling: Spelling) -> None:
        corrected = {word: spelling.corrected(word) for word in set(self._words)}
        for place, word in enumerate(self._words):
            if corrected[word] != word:
                self._words[place] = self.shown[place] = corrected[word]

    def _read(self, text: str) -> None:
        opened: tuple[str, int] | None = None
        for match in _CHUNK.finditer(text):
            mark = match.group()
            if match.lastgroup == "end":
                self._end_sentence()
            elif match.lastgroup == "word":
                self._add(mark)
            elif opened is not None and mark in opened[0]:
                self._quoted.append((opened[1], len(self._words)))
                opened = None
            elif opened is None and mark in _CLOSING:
                opened = (_CLOSING[mark], len(self._words))

    def _end_sentence(self) -> None:
        if self._words[-1] != BOUNDARY:
            self._words.append(BOUNDARY)
            self.shown.append(BOUNDARY)

    def _add(self, chunk: str) -> None:
        words = plain_words(chunk)
        if len(words) > 1 and _FILE_NAME.search(chunk):
            words = ("".join(words),)
        self._words.extend(words)
        self.shown.extend((chunk.strip(".!?:'’"),) if len(words) == 1 else words)


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
    """Returns the words without apostrophes: "don't" becomes "dont"; "j'ai" and "I'm" become "j", "ai", "i", "m".

    They are interned: the language data has most words in many patterns.
    """
    if text.isascii() and text.isalnum():  # what most words are, and folding changes only their case
        return (sys.intern(text.lower()),)
    joined = [word.replace("n't", "nt") for word in words_of(text)]
    return tuple(sys.intern(part) for word in joined for part in word.split("'"))


def without_emoji_codes(text: str) -> str:
    """Replaces each emoji code, such as :smile:, by a space."""
    return _EMOJI_CODE.sub(" ", text) if ":" in text else text


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


_SHORTEST_CORRECTED = 5
"""Letters of a word in which any one mistake is corrected; with one letter less, only two swapped letters are."""

_LONG = 8
"""Letters of a word in which two mistakes are corrected."""

_HELD_KEY = re.compile(r"(.)\1{2,}")
"""The same letter at least three times in a row."""


class Spelling:
    """A corrector of typing mistakes.

    Mistakes are corrected into `words`. `known` words, and words that begin with one of `stems`, are no mistakes.
    """

    def __init__(self, words: Iterable[str], known: Iterable[str], stems: Iterable[str] = ()) -> None:
        self.words = frozenset(word for word in words if len(word) >= _SHORTEST_CORRECTED - 1 and word.isalpha())
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
        if len(word) < _SHORTEST_CORRECTED - 1 or not word.isalpha() or self.knows(word):
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
    if len(word) < _SHORTEST_CORRECTED:
        return 0
    return 2 if len(word) >= _LONG else 1
