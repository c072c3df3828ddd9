"""Reasons of a decision: one sentence for each rule that fired, on the card and the ticket, and for each that did not.

Plain text.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk.messages.labels import confidence_level
from bot.helpdesk.messages.text import Message, Text, in_a_row, message
from bot.helpdesk.model.conversation import Rating

PRESSED = message("reason-pressed")
ASKED_FOR_PERSON = message("reason-asked-for-person-in-words")
NO_CONFIDENCE = message("reason-no-confidence")
RATED_HELPFUL = message("reason-rated-helpful")
RATED_NOT_HELPFUL = message("reason-rated-not-helpful")
REFUSED = message("reason-refused")
UNAVAILABLE = message("reason-unavailable")
FOR_OTHERS = message("reason-for-others")
FOLLOWS_KEPT = message("reason-follows-kept")
NOT_SET_UP = message("reason-not-set-up")

NO_WISH = message("why-not-asked-for-person")
NOT_STATED = message("why-level-not-stated")
AVAILABLE = message("why-available")
WORDS_ARE_GONE = message("why-words-are-gone")
CONDITION_HAS_CHANGED = message("why-condition-has-changed")
RULE_IS_GONE = message("why-rule-is-gone")


def confidence(level: str, score: float | None) -> Message:
    """The assistant's confidence was of a level that the rule names."""
    if score is None:
        return message("reason-confidence", level=confidence_level(level))
    return message("reason-confidence-with-score", level=confidence_level(level), score=f"{score:.2f}")


def asked_for_person(words: str) -> Message:
    """The employee asked for a person."""
    return message("reason-asked-for-person", asked=words)


def sensitive(topics: Sequence[tuple[str, str]]) -> Message:
    """The message touches topics, each with the words that do so."""
    return message("reason-sensitive", topics=", ".join(f"{name} (“{words}”)" for name, words in topics))


def sensitive_topics(topics: Sequence[str]) -> Message:
    """The message touches topics, without the words that do so."""
    return message("reason-sensitive", topics=", ".join(topics))


def unresolved(times: int, within: Message) -> Message:
    """The employee has asked several times within a time span."""
    return message("reason-unresolved", times=times, within=within)


def unavailable_for(time: Message) -> Message:
    """The assistant has been unable to answer for a time span."""
    return message("reason-unavailable-for", time=time)


# Why a rule did not fire: the fact, and what the rule asks for.


def no_topic(topics: Sequence[str]) -> Message:
    """The message touches none of these topics."""
    return message("why-not-sensitive", topics=", ".join(topics))


def no_answer(wanted: Sequence[str | Message]) -> Message:
    """There is no answer; the rule asks for one of these levels of confidence."""
    return message("why-not-answered", wanted=_levels(wanted))


def other_confidence(level: str, score: float | None, wanted: Sequence[str | Message]) -> Message:
    """The assistant's confidence was of another level than those that the rule asks for."""
    if not level:
        return message("why-not-confidence-absent", wanted=_levels(wanted))
    if score is None:
        return message("why-not-confidence", level=confidence_level(level), wanted=_levels(wanted))
    given = f"{score:.2f}"
    return message("why-not-confidence-with-score", level=confidence_level(level), score=given, wanted=_levels(wanted))


def _levels(wanted: Sequence[str | Message]) -> Text:
    return in_a_row(*(confidence_level(one) if isinstance(one, str) else one for one in wanted), separator=", ")


def not_this_verdict(given: Rating | None, wanted: Rating) -> Message:
    """The employee gave another verdict than the rule asks for, or none."""
    return message("why-not-verdict", given=given.value if given else "none", wanted=wanted.value)


def not_so_often(times: int, within: Message, wanted: int) -> Message:
    """Fewer questions stayed unresolved than the rule asks for."""
    return message("why-not-unresolved", times=times, within=within, wanted=wanted)


def not_so_long(time: Message, wanted: Message) -> Message:
    """The assistant was unavailable for a shorter time than the rule asks for."""
    return message("why-not-unavailable", time=time, wanted=wanted)
