"""The places in a text where a secret is named: "password", "mdp", `DB_PASS`, "recovery key", and "pasword" too."""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.helpdesk.redaction.vocabulary import (
    ANSWERS,
    BARE_CODES,
    BEGIN_ALONE,
    BEGIN_INSIDE,
    CODES,
    NOT_MISSPELLED,
    NOT_SECRET,
    PASSWORDS,
    PHRASES,
    PINS,
    SAID,
    SECRETS,
    SPELLED,
    VAGUE,
)


class Role(enum.Enum):
    """How readily what follows a name is taken for its value: the first three nearly always, the last hardly ever."""

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
    """`text[start:end]` names a secret. `words` are those letters, in small."""

    start: int
    end: int
    role: Role
    words: str


_NAME = re.compile(
    rf"(?:(?P<PHRASE>{PHRASES})|(?P<ANSWER>{ANSWERS})|(?P<CODE>{CODES})|(?P<PIN>{PINS})|"
    rf"(?P<PASSWORD>{PASSWORDS})|(?P<SECRET>{SECRETS})|(?P<VAGUE>{VAGUE})|(?P<BARE_CODE>{BARE_CODES}))"
    r"(?:s|n|es)?(?:[_-]?(?:confirm(?:ation)?|again|repeat|new|old|hash|value|base|string|text|plain))?[_-]?\d{0,2}"
    r"(?!_?[^\W_])"
)
_WORD = re.compile(r"[^\W_]+")
_INSIDE = re.compile(BEGIN_INSIDE)
_ALONE = re.compile(BEGIN_ALONE)
_LONGEST_WORD = 40
_ABOUT = re.compile(r"[ \t_-](?:id|ids|identifier|type|fingerprint|length|size|format|policy)(?![^\W_])")
_BEFORE = re.compile(r"([\w-]+)[ \t_-]$")


def names(text: str) -> list[Name]:
    """Every name of a secret in the text, in order."""
    small = _small(text)
    found: list[Name] = []
    done = 0
    for word in _WORD.finditer(small):
        if word.end() <= done:
            continue
        name = _name_in(small, max(done, word.start()), word.end())
        if name:
            done = name.end
            found.append(name)
    return found


def _small(text: str) -> str:
    """The text in small letters, each in its place: a search that need not ignore case is several times quicker."""
    small = text.lower()
    if len(small) == len(text):
        return small
    return "".join(letter if len(letter) == 1 else letter[0] for letter in map(str.lower, text))


def _name_in(small: str, start: int, end: int) -> Name | None:
    """The name that begins in this word."""
    word = small[start:end]
    for place in _starts(word) if len(word) <= _LONGEST_WORD else range(len(word)):
        if (match := _NAME.match(small, start + place)) and not _is_harmless(small, match):
            return Name(match.start(), match.end(), Role[match.lastgroup or ""], match[0])
    if not (small[start - 1 : start] == "_" or small[end : end + 1] == "_") and is_misspelled(word):
        return Name(start, end, Role.MISSPELLED, word)
    return None


def _is_harmless(small: str, match: re.Match[str]) -> bool:
    """Whether this names a key that may be seen, such as a public one, or something about a key."""
    if match.lastgroup in {"SECRET", "VAGUE"} and _ABOUT.match(small, match.end()):
        return True
    before = _BEFORE.search(small, max(0, match.start() - 20), match.start())
    return match.lastgroup in {"SECRET", "VAGUE"} and before is not None and before[1] in NOT_SECRET


@functools.lru_cache(maxsize=16384)
def _starts(word: str) -> tuple[int, ...]:
    """Where in this word a name may begin. Most words have no such place, and come again and again."""
    inside = tuple(place for place in range(len(word)) if _INSIDE.match(word, place))
    return inside if inside[:1] == (0,) or not _ALONE.match(word) else (0, *inside)


@functools.lru_cache(maxsize=16384)
def is_misspelled(word: str) -> bool:
    """Whether this is nearly a word for password, and no other word: one slip, two in a long one."""
    if not 5 <= len(word) <= 14 or word in NOT_MISSPELLED or word in SAID or word in SPELLED:
        return False
    near = process.extractOne(word, SPELLED, scorer=OSA.distance, score_cutoff=2 if len(word) >= 7 else 1)
    return near is not None
