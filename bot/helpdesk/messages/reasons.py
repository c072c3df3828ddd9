"""Reasons of a decision, for agents: one sentence for each rule that fired. Plain text, on the card and the ticket."""

from __future__ import annotations

from collections.abc import Sequence

PRESSED = "The employee pressed “Talk to a person”."
NO_CONFIDENCE = "The assistant did not say how confident it was."
RATED_HELPFUL = "The employee rated the answer as helpful."
RATED_NOT_HELPFUL = "The employee rated the answer as not helpful."
REFUSED = "The assistant refused to answer this question."
UNAVAILABLE = "The assistant cannot answer at the moment."


def confidence(level: str, score: float | None) -> str:
    """The assistant's confidence was of a level that the rule names."""
    if score is None:
        return f"The assistant's confidence was {level}."
    return f"The assistant's confidence was {level} ({score:.2f})."


def asked_for_person(words: str) -> str:
    """The employee asked for a person."""
    return f"The employee asked for a person: “{words}”."


def sensitive(topics: Sequence[tuple[str, str]]) -> str:
    """The message touches topics, each with the words that do so."""
    touched = ", ".join(f"{name} (“{words}”)" for name, words in topics)
    return f"The message touches a sensitive topic: {touched}."


def unresolved(times: int, within: str) -> str:
    """The employee has asked several times within a time span, given in words."""
    if times == 1:
        return f"Asked once within {within} without being resolved."
    return f"Asked {times} times within {within} without being resolved."


def unavailable_for(time: str) -> str:
    """The assistant has been unable to answer for a time span, given in words."""
    return f"The assistant has not been able to answer for {time}."
