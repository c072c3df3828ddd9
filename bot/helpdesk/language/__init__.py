"""Recognition of what a message means: folding of letters, patterns over words, and data for each language.

Knows neither rules nor help desks. The only files it reads are the language data that ships with it.
"""

from bot.helpdesk.language.data_files import Language, read_language, shipped_language
from bot.helpdesk.language.pattern import Pattern, Recogniser, phrases
from bot.helpdesk.language.small_talk import SmallTalk, small_talk_in
from bot.helpdesk.language.utterance import Utterance, parse_utterance

__all__ = [
    "Language",
    "Pattern",
    "Recogniser",
    "SmallTalk",
    "Utterance",
    "parse_utterance",
    "phrases",
    "read_language",
    "shipped_language",
    "small_talk_in",
]
