"""Reasons of a decision: one sentence for each rule that fired. Plain text, on the card and the ticket."""

from __future__ import annotations

from collections.abc import Sequence

from bot.helpdesk.messages.labels import confidence_level
from bot.helpdesk.messages.text import Message, message

PRESSED = message("reason-pressed")
ASKED_FOR_PERSON = message("reason-asked-for-person-in-words")
NO_CONFIDENCE = message("reason-no-confidence")
RATED_HELPFUL = message("reason-rated-helpful")
RATED_NOT_HELPFUL = message("reason-rated-not-helpful")
REFUSED = message("reason-refused")
UNAVAILABLE = message("reason-unavailable")
NOT_SET_UP = message("reason-not-set-up")


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
