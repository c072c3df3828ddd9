"""Marks at the beginning of an agent's message, which keep it among the agents or address the assistant.

The styling of a mark makes no difference: case, accents, bold, quotes, lists, brackets, emoji, mentions before it,
invisible characters, and look-alike letters of other alphabets. A mark is sure if a separator such as a colon follows
it. In doubt, its author is asked.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.helpdesk.handoffs import vocabulary


class MarkKind(enum.Enum):
    """The addressee of a marked message: the agents, or the assistant."""

    NOTE = enum.auto()
    QUESTION = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A mark at the beginning of a message. `words` is the message without it, or all of it if it is not `sure`.

    If it is not `sure`, the author is asked before the message is sent.
    """

    kind: MarkKind
    sure: bool
    words: str


# Look-alikes that no normalisation form unites with the letters they are taken for.
_LOOK_ALIKES = dict(
    zip(
        "аԁеіјӏоргѕтухһкнмвсαειοτρκνηυβıɪɴᴛᴇᴀᴘᴠᴏꜱᴋʟʀɡɑ꞉∶ː׃։﹕︓⁄∕⧸",
        "adeijloprstyxhkhmbcaeiotpkvnubiinteapvosklrga::::::////",
        strict=False,
    )
)
_LOOK_ALIKES.update({"п": "n", "п".upper(): "n"})
# First letters of the alphabets in boxes and circles.
_BOXED = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6)
# Blank, though Unicode counts them as letters, marks or symbols.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u00ad")
_LINE_ENDS = frozenset("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")


def _fold(character: str) -> str:
    """Returns a character as it is compared: lower case, without accents, in Latin if it looks Latin, or nothing."""
    if character in _LINE_ENDS:
        return "\n"
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me") or character in _BLANK or (category == "Cc" and character != "\t"):
        return ""
    if category == "Zs":
        return " "
    return "".join(_LOOK_ALIKES.get(one, one) for one in _decomposed(character))


def _decomposed(character: str) -> str:
    code = ord(character)
    for start in _BOXED:
        if start <= code < start + 26:
            return chr(ord("a") + code - start)
    folded = unicodedata.normalize("NFKD", _LOOK_ALIKES.get(character, character)).casefold()
    return "".join(one for one in unicodedata.normalize("NFKD", folded) if unicodedata.category(one) != "Mn")


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text as it is compared, with the position of each of its characters in the original."""

    text: str
    written: str
    positions: tuple[int, ...]

    @classmethod
    def of(cls, written: str) -> _Folded:
        pairs = [(one, place) for place, character in enumerate(written) for one in _fold(character)]
        return cls("".join(one for one, _ in pairs), written, tuple(place for _, place in pairs))

    def written_from(self, start: int) -> str:
        """Returns the original text from this position of the folded text on."""
        return self.written[self.positions[start] :] if start < len(self.positions) else ""

    def written_between(self, start: int, end: int) -> str:
        return self.written[self.positions[start] : self.positions[end - 1] + 1]


def _folded_words(lists: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_Folded.of(word).text for words in lists for word in words.split()))


def _alternatives(words: Iterable[str]) -> str:
    """Returns a pattern of these words. Markup may stand between the letters, and blanks: "n o t e"."""
    longest_first = sorted(words, key=len, reverse=True)
    together = [r"[*_~`|]*".join(map(_letter_pattern, word)) for word in longest_first]
    apart = [r"[ .\-]".join(map(re.escape, word)) for word in longest_first if len(word) > 2]
    return "|".join((*together, *apart))


# A shorter word without one of its letters is usually another word.
_MAX_SHORT_WORD = 5


def _letter_pattern(letter: str) -> str:
    """Returns a pattern of a letter; a hyphen also matches a blank, and a full stop one with a blank."""
    return {"-": r"[\- \t*_~`]+", ".": r"\.[ \t]?"}.get(letter) or re.escape(letter)


def _misspellings(word: str) -> Iterator[str]:
    """Yields the word with two neighbouring letters swapped, and a long one with a letter left out."""
    for place in range(1, len(word)):
        yield word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :]
    if len(word) > _MAX_SHORT_WORD:
        yield from (word[:place] + word[place + 1 :] for place in range(1, len(word) - 1))


_ALWAYS = _folded_words(vocabulary.NOTE_WORDS)
_SET_APART = _folded_words(vocabulary.NOTE_WORDS_BEFORE_A_MARK)
_ASK = _folded_words(vocabulary.ASK_WORDS)
_IN_DOUBT = (
    *_folded_words(vocabulary.NOTE_WORDS_IN_DOUBT),
    *(wrong for word in _folded_words(vocabulary.NOTE_WORDS_MISSPELT) for wrong in _misspellings(word)),
)
_END = r"(?![^\W_])"
_GAP = r"[ \t*_~`]+"
_QUALIFIER = rf"(?:{_alternatives(_folded_words(vocabulary.NOTE_QUALIFIERS))}){_END}"

_MARK = re.compile(
    rf"(?P<before>(?:{_QUALIFIER}{_GAP}){{0,3}})"
    rf"(?:(?P<always>{_alternatives(_ALWAYS)})|(?P<apart>{_alternatives(_SET_APART)})|(?P<ask>{_alternatives(_ASK)})"
    rf"|(?P<doubt>{_alternatives(_IN_DOUBT)})){_END}"
    rf"(?P<after>(?:{_GAP}{_QUALIFIER}){{0,4}})"
)
# One piece of the text that may precede a mark.
_LEAD = re.compile(
    r"(?P<enumeration>(?:[0-9]+|[a-z]|[ivx]{2,4})[.)](?=\s))"
    r"|(?P<emoji>:[a-z0-9_+'\-]+:(?::skin-tone-[2-6]:)?)"
    r"|(?<=@)[^\W_][\w.'\-]*"
    r"|(?<=[#@])[^\W_][\w\-]*"
    r"|[\W_]|[0-9]|[\u02b0-\u02ff]"
)
# "The note: …" and "A note: …" begin ordinary sentences.
_ARTICLE = re.compile(r"(?:the|a)\b")
_EMOJI_CODE = re.compile(r":[a-z0-9_+'\-]+:")
_SLASHES = re.compile(r"/[*_~`]*/")
# Text between a mark and its separator.
_CLOSING = re.compile(r"[ \t*_~`\"'“”«»‹›’]*")
_SETS_APART = frozenset(":;|=>\n→⇒−~")
# Between two words, these make one word of them.
_HYPHENS = frozenset("-‐‑")
_OPENINGS = {"[": "]", "(": ")", "{": "}", "<": ">"}
_MARKUP = ("```", "`", "*", "_", "~")


def read_mark(text: str) -> Mark | None:
    """Returns the mark of a message, or None.

    A mark further down, at the beginning of a line or after a greeting, is never sure: it may be meant for only a part
    of the message.
    """
    mark = _leading_mark(_Folded.of(text))
    if mark is not None:
        return mark
    if any(_is_marked(line, after_greeting) for line, after_greeting in _beginnings_further_down(text)):
        return Mark(kind=MarkKind.NOTE, sure=False, words=text.strip())
    return None


def is_note(text: str) -> bool:
    """Returns whether the message surely is a note for the agents."""
    mark = read_mark(text)
    return mark is not None and mark.sure and mark.kind is MarkKind.NOTE


def is_question(text: str) -> bool:
    """Returns whether the message surely is a question to the assistant."""
    mark = read_mark(text)
    return mark is not None and mark.sure and mark.kind is MarkKind.QUESTION


def stays(text: str) -> bool:
    """Returns whether the message surely is internal: a note, or a question to the assistant."""
    mark = read_mark(text)
    return mark is not None and mark.sure


def is_doubtful(text: str) -> bool:
    """Returns whether the message may be meant as internal, so that its author is asked."""
    mark = read_mark(text)
    return mark is not None and not mark.sure


def unmarked(text: str) -> str:
    """Returns a message without its mark."""
    mark = read_mark(text)
    return text.strip() if mark is None else mark.words


def _leading_mark(folded: _Folded) -> Mark | None:
    place = 0
    while place < len(folded.text):
        if (found := _MARK.match(folded.text, place)) is not None:
            mark = _classify(folded, found, place)
            if mark is not None:
                return mark
        if (slashes := _SLASHES.match(folded.text, place)) is not None:
            return Mark(kind=MarkKind.NOTE, sure=True, words=_text_after(folded, slashes.end()))
        lead = _LEAD.match(folded.text, place)
        if lead is None:
            return None
        # The name of an emoji may be a mark itself, so only its first colon is skipped.
        place = place + 1 if lead["emoji"] and _is_mark_name(lead["emoji"]) else lead.end()
    return None


def _is_mark_name(emoji: str) -> bool:
    return _MARK.match(emoji, 1) is not None


def _classify(folded: _Folded, found: re.Match[str], start: int) -> Mark | None:
    """Returns the mark that the matched words make, or None if they are an ordinary sentence."""
    kind = MarkKind.QUESTION if found["ask"] else MarkKind.NOTE
    end = _separator_end(folded.text, found.end())
    if end is None and found["after"]:
        # "Note to self she is new": the words after it belong to the sentence.
        end = _separator_end(folded.text, found.end("always") if found["always"] else found.end())
    if found["doubt"]:
        return None if end is None else Mark(kind=kind, sure=False, words=folded.written.strip())
    if end is None:
        in_prose = found["apart"] or found["before"] or (found["ask"] and found["after"])
        return None if in_prose and not found["ask"] else Mark(kind=kind, sure=False, words=folded.written.strip())
    if kind is MarkKind.NOTE and (_may_address_employee(folded, found, start, end) or _ARTICLE.match(found["before"])):
        return Mark(kind=kind, sure=False, words=folded.written.strip())
    return Mark(kind=kind, sure=True, words=_text_after(folded, end))


def _separator_end(text: str, end: int) -> int | None:
    """Returns the end of the separator after the words that end at `end`; None if there is none."""
    closing = _CLOSING.match(text, end)
    after = closing.end() if closing else end
    if after >= len(text) or not text[after:].strip():
        return None
    mark, following = text[after], text[after + 1 : after + 2]
    if mark == ":" and _EMOJI_CODE.match(text, after):
        return None
    if mark in _HYPHENS:
        return after + 1 if after > end or not following.isalnum() else None
    sets_apart = mark in _SETS_APART or text.startswith("//", after) or unicodedata.category(mark) in ("Pd", "Pe", "Pf")
    return after + 1 if sets_apart else None


def _may_address_employee(folded: _Folded, found: re.Match[str], start: int, end: int) -> bool:
    """Returns whether this may be a sentence for the employee, as "Note: your laptop arrives on Monday"."""
    mark = folded.written_between(start, found.end())
    if mark == mark.lower():
        return False
    return any(word in _ADDRESSES for word in re.findall(r"[^\W_]+", folded.text[end:]))


_ADDRESSES = frozenset(_folded_words(vocabulary.ADDRESSES))
_GREETINGS = frozenset(_folded_words(vocabulary.GREETINGS))


def _text_after(folded: _Folded, end: int) -> str:
    """Returns the text after the mark, without brackets and markup that were opened before it."""
    words = re.sub(r"^(?:[\s*_~`:;|=>\])}/\-–—→»›\"”]|\u200b)+", "", folded.written_from(end)).strip()
    for sign in _MARKUP:
        if words.endswith(sign) and words.count(sign) % 2:
            words = words.removesuffix(sign).rstrip()
    for opening, closing in _OPENINGS.items():
        if words.endswith(closing) and opening not in words:
            words = words.removesuffix(closing).rstrip()
    return words


# Marks further down.


def _beginnings_further_down(text: str) -> Iterator[tuple[str, bool]]:
    """Yields every line but the first, with whether only greetings precede it, and the text after a greeting."""
    lines = [line for line in re.split(r"[\r\n\v\f\x85\u2028\u2029]+", text) if line.strip()]
    only_greetings = True
    for number, line in enumerate(lines):
        if number:
            yield line, only_greetings
        only_greetings = only_greetings and _is_greeting(line)
    if lines and (greeted := re.match(r"[^,:;.!–—\n]{2,40}[,:;.!–—]", lines[0])) and _is_greeting(greeted[0]):
        yield lines[0][greeted.end() :], False


def _is_greeting(line: str) -> bool:
    """Returns whether this is a greeting, with at most two other words."""
    words = re.findall(r"[^\W_]+", _Folded.of(line).text)
    return bool(words) and words[0] in _GREETINGS and sum(word not in _GREETINGS for word in words) <= 2


def _is_marked(line: str, after_greeting: bool) -> bool:
    """Returns whether a line begins with a mark. Two slashes begin program code, unless a greeting precedes them."""
    folded = _Folded.of(line)
    mark = _leading_mark(folded)
    if mark is None or (not mark.sure and not after_greeting):
        return False
    return after_greeting or not _SLASHES.search(folded.text[: len(folded.text) - len(folded.text.lstrip("/* \t>"))])
