"""What people say, recognised whatever the words: folding, patterns over words, and the data of each language.

Knows nothing of rules or of help desks; reads no file but the data that ships with it, once.
"""

from bot.helpdesk.language.data_files import Language, read_language, shipped_language
from bot.helpdesk.language.pattern import Pattern, phrases
from bot.helpdesk.language.recogniser import Recogniser
from bot.helpdesk.language.utterance import Utterance, parse_utterance

__all__ = [
    "Language",
    "Pattern",
    "Recogniser",
    "Utterance",
    "parse_utterance",
    "phrases",
    "read_language",
    "shipped_language",
]
