"""Names of secrets in a text: "password", "mdp", `DB_PASS`, "recovery key", and with a slip "pasword"."""

from __future__ import annotations

import enum
import functools
import heapq
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.helpdesk.redaction.vocabulary import (
    ANSWERS,
    BARE_CODES,
    BEGIN_ALONE,
    BEGIN_INSIDE,
    CODES,
    COMMON_WORDS,
    MISSPELLABLE,
    NOT_MISSPELLED,
    NOT_SECRET,
    PASSWORDS,
    PHRASES,
    PINS,
    SECRETS,
    VAGUE,
)


class NameRole(enum.Enum):
    """Kinds of names, by how readily the following word is taken for the value: the first three nearly always, the last
    hardly ever."""

    PHRASE = "phrase"
    ANSWER = "answer"
    CODE = "code"
    PIN = "pin"
    PASSWORD = "password"
    SECRET = "secret"
    MISSPELLED = "misspelled"
    VAGUE = "vague"
    BARE_CODE = "bare code"


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a secret at `text[start:end]`; `words` is that text in lower case."""

    start: int
    end: int
    role: NameRole
    words: str


_NAME = re.compile(
    rf"(?:(?P<PHRASE>{PHRASES})|(?P<ANSWER>{ANSWERS})|(?P<CODE>{CODES})|(?P<PIN>{PINS})|"
    rf"(?P<PASSWORD>{PASSWORDS})|(?P<SECRET>{SECRETS})|(?P<VAGUE>{VAGUE})|(?P<BARE_CODE>{BARE_CODES}))"
    r"(?:s|n|es)?(?:[_-]?(?:confirm(?:ation)?|again|repeat|new|old|hash|value|base|string|text|plain|private))?[_-]?\d{0,2}"
    r"(?!_?[^\W_])"
)
_WORD = re.compile(r"[^\W_]+")
_INSIDE = re.compile(f"(?={BEGIN_INSIDE})")  # in a look-ahead, so that one search finds all places
_ALONE = re.compile(BEGIN_ALONE)
_LONGEST_WORD = 40
_FEW = 40
_PROPERTY = re.compile(r"[ \t_-](?:id|ids|identifier|type|fingerprint|length|size|format|policy)(?![^\W_])")
_BEFORE = re.compile(r"([\w-]+)[ \t_-]$")


MOST = 400
"""The most names of one text that are looked at: more are in no message that people write."""


def names(text: str) -> list[Name]:
    """Returns the names of secrets in the text, in order: all, or the first of those that are too many."""
    lower = lowered(text)
    found: list[Name] = []
    done = 0
    candidates = {word for word in set(_WORD.findall(lower)) if _may_be_named(word)}
    for start, end in _places(lower, candidates):
        if end <= done:
            continue
        name = _name_in(lower, max(done, start), end)
        if name:
            done = name.end
            found.append(name)
            if len(found) > MOST:
                break
    return found


def _places(lower: str, words: Collection[str]) -> Iterator[tuple[int, int]]:
    """Yields where words stand, in order. To look up few of them one by one is quicker than to go through all words."""
    if len(words) > _FEW:
        yield from (word.span() for word in _WORD.finditer(lower) if word[0] in words)
        return
    yield from heapq.merge(*(_places_of(lower, word) for word in words))


def _places_of(lower: str, word: str) -> Iterator[tuple[int, int]]:
    start = lower.find(word)
    while start >= 0:
        end = start + len(word)
        if not _is_part(lower[start - 1 : start]) and not _is_part(lower[end : end + 1]):
            yield start, end
        start = lower.find(word, end)


def _is_part(character: str) -> bool:
    return character.isalnum()


def lowered(text: str) -> str:
    """Returns the text in lower case at unchanged positions: a search that respects case is several times faster."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(letter if len(letter) == 1 else letter[0] for letter in map(str.lower, text))


def _name_in(lower: str, start: int, end: int) -> Name | None:
    """Returns the name that begins in the word at `lower[start:end]`."""
    word = lower[start:end]
    for position in _starts(word) if len(word) <= _LONGEST_WORD else _starts_at_end(word):
        if (match := _NAME.match(lower, start + position)) and not _is_harmless(lower, match):
            return Name(match.start(), match.end(), NameRole[match.lastgroup or ""], match[0])
    if not (lower[start - 1 : start] == "_" or lower[end : end + 1] == "_") and is_misspelled(word):
        return Name(start, end, NameRole.MISSPELLED, word)
    return None


def _is_harmless(lower: str, match: re.Match[str]) -> bool:
    """Returns True for a key that is no secret, such as a public one, and for a property of a key."""
    if match.lastgroup in {"SECRET", "VAGUE"} and _PROPERTY.match(lower, match.end()):
        return True
    before = _BEFORE.search(lower, max(0, match.start() - 20), match.start())
    return match.lastgroup in {"SECRET", "VAGUE"} and before is not None and before[1] in NOT_SECRET


def _may_be_named(word: str) -> bool:
    return len(word) > _LONGEST_WORD or bool(_starts(word)) or is_misspelled(word)


def _starts_at_end(run: str) -> Iterator[int]:
    """Yields the positions at which a name may begin in a long run: it has to end with the run, or after it."""
    return (match.start() for match in _INSIDE.finditer(run, len(run) - _LONGEST_WORD))


@functools.lru_cache(maxsize=16384)
def _starts(word: str) -> tuple[int, ...]:
    """Returns the positions at which a name may begin in a word. Cached: most words have none, and words recur."""
    inside = tuple(match.start() for match in _INSIDE.finditer(word))
    return inside if inside[:1] == (0,) or not _ALONE.match(word) else (0, *inside)


@functools.lru_cache(maxsize=16384)
def is_misspelled(word: str) -> bool:
    """Returns True for a misspelled word for password: one slip, two in a long word, and no other known word."""
    if not 5 <= len(word) <= 14 or word in NOT_MISSPELLED or word in COMMON_WORDS or word in MISSPELLABLE:
        return False
    near = process.extractOne(word, MISSPELLABLE, scorer=OSA.distance, score_cutoff=2 if len(word) >= 7 else 1)
    return near is not None
