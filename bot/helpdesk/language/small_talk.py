"""Recognition of messages that ask nothing: greetings, acknowledgements, and letters without sense.

A message is one of these only as a whole, so that a short question ("vpn?") never is.
"""

from __future__ import annotations

import enum
import re

from bot.helpdesk.language.data_files import shipped_language
from bot.helpdesk.language.utterance import Utterance, words_of


class SmallTalk(enum.Enum):
    """The kinds of messages that ask nothing.

    GREETING: a greeting, a question about the desk itself ("who are you?"), a test. ACKNOWLEDGEMENT: "ok", "bye".
    NONSENSE: letters without sense, typed by accident or to see what happens.
    """

    GREETING = "small talk"
    ACKNOWLEDGEMENT = "acknowledgement"
    NONSENSE = "letters without sense"


def small_talk_in(message: Utterance) -> SmallTalk | None:
    """Returns the kind of a message that asks nothing; None for any other."""
    if len(message.text) > _MOST_CHARACTERS:
        return None
    recognisers = shipped_language().recognisers
    for kind in (SmallTalk.GREETING, SmallTalk.ACKNOWLEDGEMENT):
        if len(message.words) <= _MOST_WORDS and recognisers[kind.value].find(message):
            return kind
    return SmallTalk.NONSENSE if _is_nonsense(message.text) else None


# Longer messages are not searched: they are no small talk.
_MOST_WORDS = 12
_MOST_CHARACTERS = 200

_ROWS = ("qwertyuiop", "qwertzuiopü", "azertyuiop", "asdfghjklöä", "qsdfghjklm", "zxcvbnm", "yxcvbnm", "wxcvbn")
_HOME_ROW = frozenset("asdfghjkl")
_VOWELS = frozenset("aeiouyäöü")
_LETTERS = re.compile(r"[a-zäöüß]+")
_ONE_LETTER = re.compile(r"(.)\1*")

# Letters in a row of keys that are pressed one after the other; backwards one more.
_SHORTEST_RUN = 3
_FEWEST_CONSONANTS = 6
_FEWEST_IN_HOME_ROW = 5
# Letters of an abbreviation: written in capitals, such a word is one.
_LONGEST_ABBREVIATION = 5

_RUN_BEGINNINGS = frozenset(
    row[place : place + _SHORTEST_RUN]
    for keys in _ROWS
    for row in (keys, keys[::-1])
    for place in range(len(row) - _SHORTEST_RUN + 1)
)
"""The first letters of every run, in either direction."""

_REAL_WORDS = frozenset("wer tre poi ret www were hdfs wert ert https sdfs".split())
"""Words and abbreviations that look like keys in a row."""


def _is_nonsense(text: str) -> bool:
    """Returns whether all words are letters without sense. Digits, addresses and names of files are none."""
    written = text.strip(" \t\n.!?…,;").split()
    return bool(written) and len(written) <= _MOST_WORDS and all(map(_has_no_sense, written))


def _has_no_sense(written: str) -> bool:
    word = written.casefold()
    if not _LETTERS.fullmatch(word) or word in _REAL_WORDS or words_of(word) == ():
        return False
    if written.isupper() and 1 < len(word) <= _LONGEST_ABBREVIATION:
        return False
    if _ONE_LETTER.fullmatch(word) or _is_run_of_keys(word):
        return True
    if _VOWELS.isdisjoint(word):
        return len(word) >= (_FEWEST_IN_HOME_ROW if _HOME_ROW.issuperset(word) else _FEWEST_CONSONANTS)
    return False


def _is_run_of_keys(word: str) -> bool:
    """Returns whether the word consists of neighbouring keys only: "asdf", "qweasd", "lkjh"."""
    place = 0
    while place < len(word):
        length = _longest_run(word, place)
        if length == 0:
            return False
        place += length
    return True


def _longest_run(word: str, place: int) -> int:
    """Returns the length of the longest run of keys that begins here; 0 where there is none."""
    if word[place : place + _SHORTEST_RUN] not in _RUN_BEGINNINGS:
        return 0
    for length in range(len(word) - place, _SHORTEST_RUN - 1, -1):
        run = word[place : place + length]
        backwards = run[::-1] if length > _SHORTEST_RUN else run
        if any(run in row or backwards in row for row in _ROWS):
            return length
    return 0
