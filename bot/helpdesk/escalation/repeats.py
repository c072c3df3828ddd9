"""Recognition of conversations that get nowhere: the employee asks the same again, or complains. Pure."""

from __future__ import annotations

from bot.helpdesk.language import parse_utterance, shipped_language
from bot.helpdesk.language.main_words import adds_nothing, near
from bot.helpdesk.language.utterance import without_courtesy, words_of


def complains_about(earlier: str, later: str) -> bool:
    """Returns True where `later` says that the answer to `earlier` did not help.

    "Still not working" does only where it names nothing else than `earlier` did: else it is about another matter.
    """
    message, recognisers = parse_utterance(later), shipped_language().recognisers
    if recognisers["complaint"].find(message):
        return True
    failing = recognisers["still failing"]
    return failing.find(message) is not None and adds_nothing(earlier, failing.words_besides(message))


FEWEST_WORDS = 2
"""A text with fewer content words ("thanks", "ok", "done") repeats nothing."""

_FUNCTION_WORDS = (
    "i i'm i've i'd im me my mine we we're us our it it's its is are am was were be been do does did doing have has "
    "had how what what's where where's when why who who's which can could would should will shall may might must to "
    "of in on at for from with by as and or but if so then this that these those there here about into up any some "
    "get need want"
)
_WORDS_ABOUT_ASKING = "still again yet also really actually already sorry help tell know ask asked asking question"
_REPLIES_TO_ANSWERS = (
    "ok okay k yes yeah yep yup no nope nah sure right fine good great cool nice perfect awesome excellent got "
    "understood clear sounds works worked that's much very many lot cheers appreciated done alright worries you're "
    "welcome"
)
_STOP_WORDS = frozenset(f"{_FUNCTION_WORDS} {_WORDS_ABOUT_ASKING} {_REPLIES_TO_ANSWERS}".split())


def asks_again(earlier: str, later: str) -> bool:
    """Returns True where `later` asks what `earlier` asked, in the same words or in others.

    Different numbers and codes, and opposites ("install", "uninstall"), make different questions.
    """
    return _says_enough(earlier) and _says_enough(later) and near(earlier, later)


def _says_enough(text: str) -> bool:
    """Returns True where a text has enough content words to be asked again."""
    return sum(word not in _STOP_WORDS for word in without_courtesy(words_of(text))) >= FEWEST_WORDS
