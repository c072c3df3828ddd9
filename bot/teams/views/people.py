"""People in messages: their names, and mentions that notify them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.helpdesk.text import legible
from bot.teams.markdown import escape_markdown

# Characters that would end the mention, or format a part of the name.
_NOT_IN_MENTION = re.compile(r"[<>&*_~`\[\]\\|$]")
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPerson:
    """A person as messages name them. `mri` is the id by which Teams notifies them; None: they can only be named."""

    name: str
    mri: str | None = None


Lookup = Callable[[str], NamedPerson | None]
"""Returns a person by the id by which the desk knows them; None if nothing is known of them."""


Link = Callable[[str, str], str]
"""Returns the address of a message, given its channel and id."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of a person. `text` stands in the message exactly as in its entity."""

    mri: str
    name: str

    @property
    def text(self) -> str:
        """The mention as it is written."""
        return f"<at>{self.name}</at>"

    @property
    def entity(self) -> dict[str, object]:
        """The entity that makes a mention of the text."""
        return {"type": "mention", "text": self.text, "mentioned": {"id": self.mri, "name": self.name}}


class PeopleNames:
    """The people of one message. `someone` is the word for a person of whom nothing is known."""

    def __init__(self, look_up: Lookup, someone: str) -> None:
        self._look_up = look_up
        self._someone = someone
        self._mentions: dict[str, Mention] = {}

    @property
    def mentions(self) -> tuple[Mention, ...]:
        """Everybody who was mentioned so far."""
        return tuple(self._mentions.values())

    def plain(self, person: str) -> str:
        """Returns a person's name as plain text."""
        found = self._look_up(person)
        name = " ".join(legible(found.name).split())[:_LONGEST_NAME] if found else ""
        return name or self._someone

    def written(self, person: str) -> str:
        """Returns a person's name as Markdown."""
        return escape_markdown(self.plain(person))

    def mention(self, person: str | None) -> str:
        """Returns a mention that notifies the person, or their name where Teams cannot reach them."""
        if person is None:
            return escape_markdown(self._someone)
        found = self._look_up(person)
        name = " ".join(_NOT_IN_MENTION.sub(" ", self.plain(person)).split())
        if found is None or found.mri is None or not name:
            return self.written(person)
        mention = self._mentions.setdefault(person, Mention(found.mri, name))
        return mention.text
