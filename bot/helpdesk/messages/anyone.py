"""Messages to employees and agents alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import LiteralString

from bot.helpdesk.markdown import autolink, fill
from bot.helpdesk.model.chat import LARGEST_FILE, FileObstacle

LONGEST_QUESTION = 12_000
"""Characters of one question that are put to the assistant; Uppzy documents no limit of its own."""

SOMEONE = "someone"
"""Stands for a person whose name is not known, as in "@someone"."""
NO_WORDS_IN_ANSWER = "(The assistant answered without words.)"
EXTERNAL = "I am sorry, I can only help people of this company."
GONE = "This button is no longer active. Write me a message and I will help."
FORM_TOO_LATE = "The form could not open in time. Please press the button once more."
NO_FORMS = "I can't open a form in this chat."
NO_WORDS_IN_FORM = "Please write a few words."
SAID_ALREADY = "You've already answered that. Thanks!"
_LEFT_OUT: Mapping[FileObstacle, LiteralString] = {
    FileObstacle.ELSEWHERE: (
        "{person} sent the file “{name}”, which I could not pass on: it is kept outside of this {chat}."
    ),
    FileObstacle.TOO_LARGE: (
        "{person} sent the file “{name}”, which I could not pass on: it is larger than {megabytes} MB."
    ),
    FileObstacle.NOT_VISIBLE: (
        "{person} sent the file “{name}”, which I could not pass on: it is in a conversation that this app cannot see."
    ),
    FileObstacle.NOT_ALLOWED: (
        "{person} sent the file “{name}”, which I could not pass on: this app may not carry files."
    ),
    FileObstacle.GONE: "{person} sent the file “{name}”, which I could not pass on: it is not there any more.",
    FileObstacle.REFUSED: "{person} sent the file “{name}”, which I could not pass on: {chat} did not take it.",
}


def too_long(length: int) -> str:
    """The question is too long for the assistant."""
    return (
        f"Your message has {length:,} characters; I can read up to {LONGEST_QUESTION:,}. "
        "Please ask in fewer words, or ask for a person."
    )


def no_room(characters: int) -> str:
    """The message is too long for the surface, and ends with this."""
    return f"_About {characters:,} characters have no room here._"


def already_handed_over(name: str) -> str:
    """The employee asked for a person again while a handoff is open."""
    return fill("The support team already has this as **{name}**. A person will answer you right here.", name=name)


def file_left_out(name: str, obstacle: FileObstacle, address: str | None, chat: str) -> str:
    """A file could not be copied. Its address follows where people can open it."""
    megabytes = str(LARGEST_FILE // (1024 * 1024))
    sentence = fill(_LEFT_OUT[obstacle], name=name, chat=chat, megabytes=megabytes)
    return sentence if address is None else f"{sentence} It is here: {autolink(address)}"
