"""The queue of gaps: the labels of its message, and private notes about it. For agents, without secrets."""

from __future__ import annotations

from bot.helpdesk.messages.text import Message, message, variant

NEXT = message("label-gap-next")
PREVIOUS = message("label-gap-previous")
WRITE_ARTICLE = message("label-gap-write-article")
NOT_A_GAP = message("label-gap-not-a-gap")
SNOOZE = message("label-gap-snooze")
TAKE_BACK = message("label-gap-take-back")
EXAMPLES = message("review-gap-examples")
RESOLUTIONS = message("review-gap-resolutions")
HAS_ARTICLE = message("review-gap-has-article")

TAKEN_BACK_ALREADY = message("agents-gap-taken-back-already")


def title(position: int, total: int) -> Message:
    """The heading: the gap's place in the queue."""
    return message("review-gap-title", position=position, total=total)


def size(questions: int, share: float) -> Message:
    """The number of a gap's questions, and its share of all."""
    return message("review-gap-size", count=questions, percent=round(share * 100, 1))


def dismissed(person: str) -> Message:
    """Somebody said that it is no gap."""
    return message("review-gap-dismissed", person=person)


def snoozed(person: str, moment: str) -> Message:
    """Somebody put it off until then."""
    return message("review-gap-snoozed", person=person, moment=moment)


def decided_already(state: str) -> Message:
    """`$person` has decided about the gap before."""
    return message("agents-gap-decided-already", state=variant(state))
