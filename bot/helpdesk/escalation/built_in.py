"""The recognisers that a policy can name, from the language data that ships with the desk."""

from __future__ import annotations

from bot.helpdesk.language import Recogniser, shipped_language

WISH = "wish for a person"

TOPICS = (
    "harassment",
    "discrimination",
    "danger to somebody",
    "whistleblowing",
    "payroll",
    "dismissal",
    "legal matters",
    "personal data",
    "a security incident",
)


def built_in(name: str) -> Recogniser:
    """Returns the recogniser of this name: WISH, or one of TOPICS."""
    return shipped_language().recognisers[name]
