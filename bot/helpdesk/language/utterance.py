"""A message taken apart for recognisers: folded words, sentences, quotations."""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import cached_property, lru_cache

from bot.helpdesk.language.nodes import BOUNDARY, TAKEN_OUT, Tokens
from bot.helpdesk.language.normalization import Words, plain_words, without_emoji_codes, words_of
from bot.helpdesk.language.spelling import Spelling

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
"""The end of the name of a file or a site, whose words say nothing about the employee."""

_CLOSING = {'"': '"', "“": "”", "„": "“”", "«": "»", "»": "«", "`": "`", "「": "」", "『": "』"}


class Utterance:
    """What somebody wrote, taken apart when it is first needed, and once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._taken_apart: tuple[Spelling, TakenApart] | None = None
        self.found: dict[Hashable, str | None] = {}
        """What recognisers have found in it already."""

    @cached_property
    def words(self) -> Words:
        """The folded words of the whole message."""
        return words_of(self.text)

    def taken_apart(self, spelling: Spelling) -> TakenApart:
        """The words as `spelling` corrects them, with the ends of sentences."""
        if self._taken_apart is None or self._taken_apart[0] is not spelling:
            self._taken_apart = (spelling, TakenApart(self.text, spelling))
        return self._taken_apart[1]


@lru_cache(maxsize=64)
def parse_utterance(text: str) -> Utterance:
    """The message, which is known already where it was asked for lately.

    A question is held against the policy when it comes, when it is answered and when it is rated.
    """
    return Utterance(text)


class TakenApart:
    """A message as tokens in which patterns are looked for, and as the employee wrote each of them.

    `unquoted` are the tokens without what stands in quotation marks, unless that is all there is.
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
        return self.tokens if {BOUNDARY, TAKEN_OUT}.issuperset(unquoted.words) else unquoted

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
        if _FILE_NAME.search(chunk):
            words = ("".join(words),)
        self._words.extend(words)
        self.shown.extend((chunk.strip(".!?:'’"),) if len(words) == 1 else words)
