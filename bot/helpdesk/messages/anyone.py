"""Messages to employees and agents alike."""

from __future__ import annotations

from datetime import datetime

from bot.helpdesk.markdown import autolink
from bot.helpdesk.messages.text import Message, Text, in_a_row, message, variant
from bot.helpdesk.model.chat import LARGEST_FILE, FileObstacle, PersonKind

LONGEST_QUESTION = 12_000
"""Characters of one question that are put to the assistant; Uppzy documents no limit of its own."""

NO_WORDS_IN_ANSWER = message("anyone-no-words-in-answer")
IN_GROUP = message("anyone-in-group")
GONE = message("anyone-gone")
FORM_TOO_LATE = message("anyone-form-too-late")
NO_FORMS = message("anyone-no-forms")
NO_WORDS_IN_FORM = message("anyone-no-words-in-form")
SAID_ALREADY = message("anyone-said-already")
PRESS_NOTED = message("anyone-press-noted")


def refused(kind: PersonKind) -> Message:
    """Somebody may not use the bot, because of the kind of people they are."""
    return message("anyone-refused", kind=variant(kind.name))


def too_long(length: int) -> Message:
    """The question is too long for the assistant."""
    return message("anyone-too-long", length=length, most=LONGEST_QUESTION)


def no_room(characters: int) -> Message:
    """The message is too long for the surface, and ends with this."""
    return message("anyone-no-room", characters=characters)


def already_handed_over(name: str) -> Message:
    """The employee asked for a person again while a handoff is open."""
    return message("anyone-already-handed-over", name=name)


def file_left_out(name: str, obstacle: FileObstacle, address: str | None, chat: str) -> Text:
    """A file could not be copied. Its address follows where people can open it."""
    megabytes = LARGEST_FILE // (1024 * 1024)
    said = message("anyone-file-left-out", obstacle=variant(obstacle.name), file=name, chat=chat, megabytes=megabytes)
    return said if address is None else in_a_row(said, message("anyone-file-is-here", address=autolink(address)))


def duration(seconds: float) -> Message:
    """A time span: "60 minutes", "90 seconds"."""
    if seconds >= 60 and seconds % 60 == 0:
        return message("anyone-duration", unit="minute", amount=seconds / 60)
    return message("anyone-duration", unit="second", amount=seconds)


def moment(local: datetime) -> Message:
    """A moment in local time: "Monday, 30 November at 09:00 (Europe/Berlin)"."""
    return message(
        "anyone-moment",
        weekday=local.isoweekday(),
        day=local.day,
        month=local.month,
        time=f"{local:%H:%M}",
        zone=str(local.tzinfo),
    )
