"""Lanes: the jobs of one lane run one at a time and in order; lanes never wait for each other.

One per place and outside system, so that an outage of one never delays another.
"""

from __future__ import annotations

SCHEDULED_LANES = "scheduled:"
"""The prefix of scheduled lanes: their jobs wait for a time of the wall clock, and do not count as unfinished work."""


def inbox_lane(source: str) -> str:
    """Events from one source, such as a direct message or a ticket."""
    return f"in:{source}"


def ask_lane(conversation_id: str) -> str:
    """Questions of one conversation, one after the other."""
    return f"ask:{conversation_id}"


def talk_lane(conversation_id: str) -> str:
    """Messages to the employee."""
    return f"talk:{conversation_id}"


def thread_lane(handoff_id: str) -> str:
    """Messages in a handoff's thread."""
    return f"thread:{handoff_id}"


def card_lane(handoff_id: str) -> str:
    """Updates of a handoff's card."""
    return f"card:{handoff_id}"


def relay_lane(handoff_id: str) -> str:
    """Relays that agents can still withdraw, in the order in which they were written."""
    return f"relay:{handoff_id}"


def receipt_lane(relay_id: str) -> str:
    """Delivery receipts on one message; the latest is shown last."""
    return f"receipt:{relay_id}"


def file_lane(handoff_id: str) -> str:
    """Copies of files. They may take long, so no message waits for them."""
    return f"file:{handoff_id}"


def ticket_lane(handoff_id: str) -> str:
    """Changes of a handoff's ticket."""
    return f"ticket:{handoff_id}"


def ticket_polling_lane(handoff_id: str) -> str:
    """Polls of a ticket: the next one waits until the reading of the last one is done."""
    return f"{SCHEDULED_LANES}ticket:{handoff_id}"


def contact_note_lane(conversation_id: str) -> str:
    """Notes on the employee's contact in the ticket system."""
    return f"note:{conversation_id}"


def alarm_lane(alarm_id: str) -> str:
    """The message of one alarm."""
    return f"alarm:{alarm_id}"


def verdict_lane(answer_id: str) -> str:
    """Verdicts on one answer, in the order in which they were given."""
    return f"verdict:{answer_id}"


def private_note_lane(person: str) -> str:
    """Notes that only this person sees."""
    return f"private:{person}"


def form_lane(trigger: str) -> str:
    """The one form that a press opens."""
    return f"form:{trigger}"


def home_lane(person: str) -> str:
    """Updates of a person's home."""
    return f"home:{person}"


def lookup_lane(channel: str, message: str) -> str:
    """The answer to one lookup."""
    return f"lookup:{channel}:{message}"


def scheduled_lane(key: str) -> str:
    """A lane for one scheduled job alone: nothing waits behind it."""
    return f"{SCHEDULED_LANES}{key}"
