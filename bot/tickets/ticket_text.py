"""Additions of the desk to the texts and fields of a ticket: identifiers, who asked, and the markers of notes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict

from bot.errors import RequesterRefusedError
from bot.helpdesk.model.handoff import TicketDraft, TicketMetadata
from bot.helpdesk.text import truncated
from bot.tickets.markup import one_line

# Identifiers link a ticket to the conversation it came from. They are always readable lines in its text, and also
# fields of the ticket where the operator named some.

_LONGEST_IDENTIFIER = 500


def identifiers(metadata: TicketMetadata) -> dict[str, str]:
    """Returns the identifiers that are known. The assistant's are escaped: they may contain anything."""
    return {name: one_line(value, _LONGEST_IDENTIFIER) for name, value in asdict(metadata).items() if value is not None}


def as_tags(metadata: TicketMetadata) -> list[str]:
    """Returns tags for rules and views: the source of the ticket and the assistant's confidence."""
    level = metadata.confidence_level
    words = (metadata.source, f"uppzy_confidence_{level}") if level else (metadata.source,)
    return [re.sub(r"[^a-z0-9_]+", "_", word.lower()) for word in words]


def in_fields(metadata: TicketMetadata, names: Mapping[str, str]) -> dict[str, str]:
    """Returns the known identifiers under the names of the ticket system's own fields."""
    return {names[name]: value for name, value in identifiers(metadata).items() if name in names}


def as_text(metadata: TicketMetadata) -> str:
    """Returns the known identifiers for people to read and search, one a line."""
    return "\n".join(f"{name}: {value}" for name, value in identifiers(metadata).items())


def with_identifiers(body: str, metadata: TicketMetadata, most: int | None = None) -> str:
    """Returns a ticket's text with the identifiers below it, together at most `most` characters."""
    end = f"\n\n{as_text(metadata)}"
    return f"{body if most is None else truncated(body, most - len(end))}{end}"


def with_new_identifiers(text: str, metadata: TicketMetadata) -> str | None:
    """Replaces the identifiers below a ticket's text. Returns None where people have changed that part."""
    words, separator, _ = text.replace("\r\n", "\n").rpartition(f"\n\nhandoff_id: {metadata.handoff_id}\n")
    return f"{words}\n\n{as_text(metadata)}" if separator else None


# The requester.

_LONGEST_NAME = 100
_LONGEST_ADDRESS = 254

# Exactly one address: some systems accept a list, or create a user for any word.
_ADDRESS = re.compile(r"[^\s,;:<>()\[\]\\\"@^]+@[^\s,;:<>()\[\]\\\"@^]+")


def requester_address(draft: TicketDraft) -> str | None:
    """Returns the requester's address, None where no ticket system could take it."""
    email = draft.requester_email
    return email if email is not None and is_one_address(email) else None


def is_one_address(email: str) -> bool:
    """Returns whether this is one address, and nothing that a search or a list would read otherwise."""
    return len(email) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(email) is not None


def requester_name(draft: TicketDraft) -> str | None:
    """Returns the requester's name in one line, None where it is not known."""
    return one_line(draft.requester_name or "", _LONGEST_NAME) or None


def asked_by(draft: TicketDraft, *, refused: bool = False) -> str:
    """Returns the line that says who asked. `refused`: the system did not accept them as the requester."""
    email = one_line(draft.requester_email or "", _LONGEST_NAME)
    person = " ".join(filter(None, (requester_name(draft), email))) or draft.requester
    return f"Asked by: {person}{' (not accepted as the requester)' if refused else ''}"


def with_asked_by(draft: TicketDraft, *, refused: bool = False) -> str:
    """Returns the ticket's text with the line below it that says who asked."""
    return f"{draft.body}\n\n{asked_by(draft, refused=refused)}"


# The marker at the end of each note by the desk: it keeps a note from being written twice or read as foreign.

MARK = "uppzy-desk"

_LONGEST_KEY = 100


def marker(key: str) -> str:
    """Returns the marker of one note. Characters that no identifier has are replaced: some keys are the assistant's."""
    return f"[{MARK} {re.sub(r'[^A-Za-z0-9_.:-]+', '_', key)[:_LONGEST_KEY]}]"


def marker_suffix(key: str) -> str:
    """Returns the marker as the end of a note."""
    return f"\n\n{marker(key)}"


def with_marker(text: str, key: str, most: int | None = None) -> str:
    """Returns a note with its marker below it, together at most `most` characters."""
    end = marker_suffix(key)
    return f"{text if most is None else truncated(text, most - len(end))}{end}"


def has_marker(text: str) -> bool:
    """Returns True if the desk wrote this note."""
    return f"[{MARK} " in text


# Notes on a person where the system has one field of free text for them, into which people write too.

MOST_ABOUT_PERSON = 15_000
"""Characters. Even in bytes they fit into the 65,535 of the smallest text column that the systems use."""

_LEAST_OF_NOTE = 200
_NOTE_BEGINS = f"--- {MARK} ---"
_NOTE_ON_PERSON = re.compile(rf"(?:\A|\n\n){re.escape(_NOTE_BEGINS)}\n.*?\[{MARK} [A-Za-z0-9_.:-]+\]", re.DOTALL)


def with_note_on_person(field: str, text: str, key: str, *, system: str) -> str | None:
    """Returns the field with a note at its end, None where it has that already.

    What people wrote stays. Where there is no room, the oldest notes of the desk go first, and the note is cut. Raises
    RequesterRefusedError where people's words fill the field.
    """
    words = field.replace("\r\n", "\n").rstrip()
    if marker(key) in words:
        return None
    begin = f"\n\n{_NOTE_BEGINS}\n" if words else f"{_NOTE_BEGINS}\n"
    while len(f"{words}{begin}{with_marker(text, key)}") > MOST_ABOUT_PERSON and _NOTE_ON_PERSON.search(words):
        words = _NOTE_ON_PERSON.sub("", words, count=1)
    room = MOST_ABOUT_PERSON - len(words) - len(begin)
    if room < _LEAST_OF_NOTE:
        raise RequesterRefusedError("The field about the person is full", system=system, code="full")
    return f"{words}{begin}{with_marker(text, key, room)}"
