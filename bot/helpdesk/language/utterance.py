"""A message as recognisers need it: folded words, sentences, quotations."""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import cached_property, lru_cache

from bot.helpdesk.language.nodes import BOUNDARY, REMOVED, Tokens
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
        if _FILE_NAME.search(chunk):
            words = ("".join(words),)
        self._words.extend(words)
        self.shown.extend((chunk.strip(".!?:'’"),) if len(words) == 1 else words)
