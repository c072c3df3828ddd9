"""Messages to the employee."""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

from bot.helpdesk.markdown import fill, plural
from bot.helpdesk.model.conversation import NoAnswer, Rating
from bot.helpdesk.model.handoff import Outcome

DISCLAIMER = "Answered by an AI assistant. Please check what matters."
TAKES_LONGER = "This takes longer than usual. I keep trying and will answer here as soon as I can."
CONTINUED_HERE = "The first message of our conversation was deleted, so I'm continuing here. Just reply in this thread."
STOPPED = "Stopped. Write again whenever you like."
NOTHING_TO_STOP = "There is nothing to stop at the moment."
NO_WORDS = "I can only answer questions in words. Please tell me what you need help with."
ONLY_FILES = "I cannot read files yet. Please describe in words what you need help with, or ask for a person."
FILES_UNREAD = "I could not look at the attached file, so this answer goes by your words alone."
EDITED_TOO_LATE = "You changed your message after I had answered. Ask again in this thread if you need a new answer."
NOT_YOURS = "Only the person who asked can do that."
NOTHING_ASKED = "You have asked nothing yet. Write me a message under **Messages**, and it will be listed here."
THANKS_FOR_REASON = "Thank you, your reason is noted."
DID_IT_HELP = "Did this solve your problem?"
WRITE_AGAIN = "If something is still open, just write here again."
YOU_SAID_SOLVED = "You said: **yes, solved**."
YOU_SAID_NOT_SOLVED = "You said: **no, not yet**."
THANKS_SOLVED = "Good to hear, thank you."
TAKEN_AS_SOLVED = "Marked as solved."
YOU_ARE_WELCOME = "You're welcome! If you need anything else, just ask."
STILL_ANSWERING = "I'm still working on your question and will reply here."
SORRY_NOT_HELPFUL = "Sorry this didn't help. Tell me what's missing, or talk to a person."
REOPENED_BY_YOU = "Reopened."
NO_PERSON_NEEDED = "You said: **I don't need a person**."
ANSWER_WITHHELD = "I can't answer this question automatically. You can ask for a person again at any time."
ANSWERED_MEANWHILE = (
    "Someone from support has already replied. Tell them in this thread if you don't need help any more."
)
_RESOLVED: Mapping[Outcome, LiteralString] = {
    Outcome.SOLVED: "{person} has marked **{name}** as resolved.",
    Outcome.NOT_SOLVABLE: "{person} has marked **{name}** as not solvable.",
    Outcome.DUPLICATE: "{person} has marked **{name}** as a duplicate.",
}
_RESOLVED_IN_WORDS: Mapping[Outcome, LiteralString] = {
    Outcome.SOLVED: "{person} has marked **{name}** as resolved:\n{words}",
    Outcome.NOT_SOLVABLE: "{person} has marked **{name}** as not solvable:\n{words}",
    Outcome.DUPLICATE: "{person} has marked **{name}** as a duplicate:\n{words}",
}


def in_line(before: int) -> str:
    """The question waits in the queue for the assistant."""
    sentence = plural(
        before,
        "There is one question before yours. I will answer here as soon as I can.",
        "There are {count} questions before yours. I will answer here as soon as I can.",
    )
    return fill(sentence, count=f"{before:,}")


def rated(rating: Rating) -> str:
    """The verdict was recorded."""
    if rating is Rating.GOOD:
        return "You rated this answer as helpful. Thank you!"
    return "You rated this answer as not helpful. Sorry about that; a person can help, and a reason helps us improve."


def no_answer(reason: NoAnswer) -> str:
    """There will be no answer."""
    match reason:
        case NoAnswer.REFUSED:
            return (
                "I could not get an answer: the assistant could not work with this question. Please ask for a person."
            )
        case NoAnswer.FAILED:
            return (
                "I could not get an answer: the assistant has tried several times and failed. Please ask for a person."
            )
        case NoAnswer.NOT_SET_UP:
            return (
                "I could not get an answer: the assistant is not set up correctly, and its operators have been told. "
                "Please ask for a person."
            )
        case NoAnswer.UNREACHABLE:
            return (
                "I could not reach the assistant for hours and have stopped trying. "
                "Please ask again, or ask for a person."
            )


def handed_over(name: str | None, tell: str | None, opening: str | None) -> str:
    """A person was brought in. `tell` is the policy's own Markdown, `name` the ticket's number where there is one.

    `opening` is the next time at which people work, if nobody does now.
    """
    said = [tell or "I have passed this on to the support team. A person will answer you right here."]
    if opening is not None:
        said.append(fill("Nobody is at work right now: please expect a person from {opening}.", opening=opening))
    if name is not None:
        said.append(ticket_number(name))
    return " ".join(said)


def ticket_number(name: str) -> str:
    """Number of the ticket for the employee, without a link: the ticket system is for agents."""
    return fill("Your ticket number is **{name}**.", name=name)


def nobody_reached(name: str, chat: str) -> str:
    """The handoff channel cannot be used."""
    return fill(
        "I could not reach the support team in {chat}. Please contact them another way, and mention **{name}**.",
        chat=chat,
        name=name,
    )


def passed_on(name: str) -> str:
    """Returns the notice that the employee's messages go to people from now on."""
    return fill(
        "I have added this to **{name}**. Until it is resolved, what you write here goes to the support team.",
        name=name,
    )


def claimed(name: str) -> str:
    """An agent has claimed the handoff."""
    return fill("{person} is looking after **{name}** now. You can talk to each other right here.", name=name)


def joined(name: str) -> str:
    """Another agent has joined."""
    return fill("{person} has joined to help with **{name}**, and reads what you write here as well.", name=name)


def written_again(name: str) -> str:
    """The employee wrote again soon after the resolution."""
    return fill(
        "I have opened **{name}** again. The support team has your message, and a person will answer you right here.",
        name=name,
    )


def resolved(name: str, outcome: Outcome, ending: str, *, in_words: bool) -> str:
    """An agent has resolved the handoff. `{words}` is their text, if they wrote one; `ending` is the next sentence."""
    if in_words:
        return f"{fill(_RESOLVED_IN_WORDS[outcome], name=name)}\n{ending}"
    return f"{fill(_RESOLVED[outcome], name=name)} {ending}"


def resolved_with_ticket(name: str, outcome: Outcome | None, ending: str) -> str:
    """The ticket was solved, or closed (`outcome` None), in the ticket system."""
    if outcome is None:
        return f"{fill('The support team has closed **{name}**.', name=name)} {ending}"
    return f"{fill('The support team has resolved **{name}**.', name=name)} {ending}"


def shall_reopen(name: str) -> str:
    """The employee wrote an unclear message after the resolution."""
    return fill("**{name}** is closed, so the support team hasn't seen this. Reopen it?", name=name)


def withdrawn(name: str) -> str:
    """The employee needs no person."""
    return fill("OK, I've told the support team; **{name}** is closed. I'm answering your questions again.", name=name)


def withdrawn_already(name: str) -> str:
    """The employee has withdrawn before, or the handoff has ended otherwise."""
    return fill("**{name}** is already closed. Ask me anything.", name=name)


def came_back(name: str) -> str:
    """The employee says that it is not solved."""
    return fill(
        "Thank you for saying so. **{name}** is open again, and a person will answer you right here.", name=name
    )


def reopened(name: str) -> str:
    """An agent has reopened the handoff."""
    return fill("{person} has taken up **{name}** again.", name=name)


def handed_back(name: str) -> str:
    """An agent has handed the conversation back to the assistant."""
    return fill(
        "The assistant is back: {person} has handed **{name}** back to me. Write here, and I will answer.", name=name
    )
