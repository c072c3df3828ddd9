"""Every sentence the bot says, in one place. The surface replaces `{person}` by its own way to show somebody."""

from __future__ import annotations

from bot.helpdesk.conversation import Rating

LONGEST_QUESTION = 12_000
"""Characters of one question that are put to the assistant; Uppzy documents no limit of its own."""

TAKES_LONGER = "This takes longer than usual. I keep trying and will answer here as soon as I can."
STOPPED = "Stopped. Write again whenever you like."
NOTHING_TO_STOP = "There is nothing to stop at the moment."
NO_WORDS = "I can only answer questions in words. Please tell me what you need help with."
ONLY_FILES = "I cannot read files yet. Please describe in words what you need help with, or ask for a person."
FILES_UNREAD = "I could not look at the attached file, so this answer goes by your words alone."
EDITED_TOO_LATE = "You changed your message after I had answered. Ask again in this thread if you need a new answer."
EXTERNAL = "I am sorry, I can only help people of this company."
NOT_YOURS = "Only the person who asked can do that."
NOT_AN_AGENT = "Only members of this handoff channel can do that."
GONE = "I no longer know what this button belongs to. Write me a message and I will help."
FORM_TOO_LATE = "The form could not open in time. Please press the button once more."
CLAIM_FIRST = "Your message stays in this thread. Press *Claim* first, and what you write here goes to the employee."
NO_ID = "Mention me with an id, and I show here everything that belongs to it and what happened. I understand"
NOT_FOR_YOU = "Only members of the handoff channel can look things up. Write me a direct message if you need help."
NOTHING_ASKED = "You have asked nothing yet. Write me a message under *Messages*, and it will be listed here."
NOBODY_WAITS = "Nobody waits here."
THANKS_FOR_REASON = "Thank you, your reason is noted."


def nothing_known(id: str) -> str:
    """An id leads nowhere."""
    return f"I know nothing about `{id}`. I understand"


def too_long(length: int) -> str:
    """The question is longer than what can be put to the assistant."""
    return (
        f"Your message has {length:,} characters; I can read up to {LONGEST_QUESTION:,}. "
        "Please ask in fewer words, or ask for a person."
    )


def in_line(before: int) -> str:
    """Many ask at the same time."""
    if before == 1:
        return "There is one question before yours. I will answer here as soon as I can."
    return f"There are {before:,} questions before yours. I will answer here as soon as I can."


def rated(rating: Rating) -> str:
    """The verdict was taken."""
    if rating is Rating.GOOD:
        return "You rated this answer as helpful. Thank you!"
    return "You rated this answer as not helpful. Sorry about that; a person can help, and a reason helps us improve."


def handed_over(name: str | None, tell: str | None) -> str:
    """A person was brought in. `tell` is the policy's own sentence, `name` the ticket's number where there is one."""
    start = tell or "I have passed this on to the support team. A person will answer you right here."
    return start if name is None else f"{start} Your ticket number is *{name}*."


def nobody_reached(name: str) -> str:
    """The handoff channel cannot be used."""
    return f"I could not reach the support team in Slack. Please contact them another way, and mention *{name}*."


def already_handed_over(name: str) -> str:
    """A person was asked for, but is asked for already."""
    return f"The support team already has this as *{name}*. A person will answer you right here."


def passed_on(name: str) -> str:
    """What the employee writes now goes to people."""
    return f"I have added this to *{name}*. Until it is resolved, what you write here goes to the support team."


def claimed(name: str) -> str:
    """An agent has claimed the handoff."""
    return f"{{person}} is looking after *{name}* now. You can talk to each other right here."


def resolved(name: str) -> str:
    """An agent has resolved the handoff."""
    return f"{{person}} has marked *{name}* as resolved. If something is still open, just write here again."


def reopened(name: str) -> str:
    """An agent has taken the handoff up again."""
    return f"{{person}} has taken up *{name}* again."


def handed_back(name: str) -> str:
    """An agent has given the conversation back to the assistant."""
    return f"{{person}} has handed *{name}* back to me. Write here, and I will answer."


def already_claimed(person: str) -> str:
    """Somebody else was first."""
    return f"Too late: {person} has claimed this already."


def not_possible(state: str) -> str:
    """The move is not allowed as things stand."""
    return f"That is not possible any more: this handoff is {state}."


def refused(reason: str) -> str:
    """The assistant refused for good; `reason` is a plain cause, never its own error text."""
    return f"I could not get an answer: {reason}. Please ask for a person."


def gave_up() -> str:
    """Hours of trying were in vain."""
    return "I could not reach the assistant for hours and have stopped trying. Please ask again, or ask for a person."
