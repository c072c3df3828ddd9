"""The chat surface: messages, files and people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.helpdesk.model.article import Article
from bot.helpdesk.model.chat import KnownPerson, Person, SharedFile
from bot.helpdesk.model.contact import PersonContact, PlaceContact
from bot.helpdesk.model.content import Content, PersonalNotice
from bot.helpdesk.model.effects import Form, SendStatus
from bot.helpdesk.model.handoff import Card
from bot.helpdesk.model.home import Filter, Home
from bot.helpdesk.model.relay import DeliveryReceipt
from bot.helpdesk.model.review import Picture
from bot.helpdesk.model.search_result import SearchReport
from bot.helpdesk.model.target import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """The abilities of a surface for which the desk has an alternative.

    `private_notes`: a message that only one person sees; else all see it. `forms`: opened after a press; else a note
    says that there are none. `reactions`: delivery receipts; else there are none.
    """

    private_notes: bool
    forms: bool
    reactions: bool


FormContent = Filter | str | Card | Article | tuple[Person, ...] | None
"""The content of a form: a search, an original, a draft, a whole card, an article, or people, None if not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadMessage:
    """A message as it was read back. `words` are those of a person; None: it is a message of the bot."""

    thread: str
    words: str | None


class Surface(Protocol):
    """A chat surface. Methods that talk to its server may raise OutsideError, unless they say otherwise."""

    @property
    def capabilities(self) -> Capabilities:
        """The abilities of the surface. The methods for the others are never called."""

    def link(self, channel: str, message: str) -> str:
        """Returns the address of a message."""

    async def post(self, content: Content | PersonalNotice | SearchReport, to: Destination, key: str) -> str:
        """Posts a message and returns its id. Never repeats an attempt whose outcome is unknown.

        Raises ThreadGoneError if the thread no longer exists; then nothing has been posted.
        """

    async def find(self, to: Destination, key: str, since: float) -> SendStatus[str]:
        """Looks up the message that was posted under `key` since then, in any thread of the channel.

        A surface without a way to recognise its messages answers `CannotTell`. A message that was posted outside of
        threads because its thread is gone is deleted.
        """

    async def read(self, to: Destination) -> ReadMessage:
        """Reads a message. Raises MessageGoneError if it no longer exists."""

    async def update(self, content: Content, to: Destination) -> None:
        """Updates a message. Safe to repeat. Raises MessageGoneError if it no longer exists."""

    async def delete(self, to: Destination) -> None:
        """Deletes the message posted under `to.key`, if it exists. `to` names the message if it is known."""

    async def show_receipt(
        self, to: Destination, receipt: DeliveryReceipt | None, instead_of: DeliveryReceipt | None
    ) -> None:
        """Replaces the receipt on a message, or removes it (None). Best effort: raises no PermanentError."""

    async def post_privately(self, content: PersonalNotice | SearchReport, to: Destination, person: str) -> None:
        """Posts a message that only `person` sees: in the channel or, if they are not in it, in their DM."""

    async def dismiss_prompt(self, prompt: str) -> None:
        """Removes a private prompt that was answered. Best effort: raises nothing."""

    async def show_home(self, home: Home, person: str) -> None:
        """Replaces a person's home. Safe to repeat."""

    async def open_form(
        self,
        form: Form,
        trigger: str,
        subject: str,
        to: Destination,
        *,
        person: str,
        words_required: bool,
        shown: FormContent,
        language: str,
    ) -> None:
        """Opens a form for the person who pressed on the message in `to`; `trigger` allows it."""

    async def show_working(self, to: Destination, busy: bool) -> None:
        """Shows or hides the typing indicator for a message in a thread. Best effort: raises nothing."""


class Files(Protocol):
    """Files on a chat surface: copied first, visible to nobody, then shared. Raises OutsideError."""

    async def upload(self, file: SharedFile) -> str:
        """Copies the content of a file and returns the id of the copy. Safe to repeat."""

    async def share(self, copy: str, name: str, author: str, to: Destination) -> str:
        """Shares the copy under this name and returns its id. Never repeats an attempt whose outcome is unknown."""

    async def upload_picture(self, name: str, picture: Picture) -> str:
        """Uploads a picture, visible to nobody yet, and returns its id. Safe to repeat."""

    async def share_picture(self, copy: str, title: str, to: Destination) -> str:
        """Shares an uploaded picture and returns its id. Never repeats an attempt whose outcome is unknown."""

    async def find(self, copy: str, to: Destination) -> SendStatus[str]:
        """Looks up whether the copy is shared already. The result is its id."""

    async def delete(self, copy: str) -> None:
        """Deletes the copy wherever it is shown, if it exists."""


class Directory(Protocol):
    """People and their memberships. Answers may be some minutes old. Raises OutsideError."""

    async def person(self, id: str) -> Person: ...

    def known_locale(self, id: str) -> str | None:
        """Returns the person's locale, such as "de-DE", if it is known without asking the server."""

    def known_kinds(self, id: str, groups: Collection[str]) -> frozenset[str] | None:
        """Returns the kinds of employees that a person belongs to, as a rule names them; of groups only these.

        None if the server must be asked.
        """

    async def learn(self, id: str, groups: Collection[str]) -> None:
        """Asks the server for what `known_kinds` and `known_locale` lack."""

    async def is_active(self, id: str, max_age: float = 0.0) -> bool:
        """Returns whether the account is active; a server's answer of the last `max_age` seconds is reused."""

    async def is_member(self, id: str, channel: str) -> bool:
        """Returns whether the person is a member of the channel, according to the server, never to a payload."""

    async def members(self, channel: str) -> tuple[Person, ...]:
        """Returns the people in the channel by name, without bots."""

    async def is_shared(self, channel: str) -> bool:
        """Returns whether another company reads the channel or is invited to. At most a minute old."""

    async def readable(self, text: str) -> str:
        """Replaces mentions in `text` by names, as far as these are quickly available. Raises nothing."""

    def nameless(self, text: str) -> str:
        """Replaces mentions in `text` by a word for anybody."""


class KeptPeople(Protocol):
    """People that a directory keeps over restarts and shares with other processes. Raises StorageError."""

    async def people_since(self, surface: str, since: float, most: int) -> Sequence[KnownPerson]:
        """Returns those who were read after `since`, the latest `most` of them."""

    async def keep_people(self, surface: str, people: Sequence[KnownPerson], gone: Collection[str]) -> None:
        """Keeps these people in place of what was kept of them, and deletes the `gone`."""


class KeptContacts(Protocol):
    """Contacts of people and places, kept over restarts and shared with other processes. Raises StorageError."""

    async def people(self, most: int) -> Sequence[PersonContact]:
        """Returns those who were told of last, at most so many."""

    async def places(self) -> Sequence[PlaceContact]:
        """Returns all places."""

    async def person(self, id: str) -> PersonContact | None: ...

    async def person_of_chat(self, chat: str) -> PersonContact | None: ...

    async def place(self, channel: str) -> PlaceContact | None: ...

    async def keep(self, person: PersonContact | None, place: PlaceContact | None) -> None:
        """Keeps both, in one transaction. What is None in them leaves what was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurfacePorts:
    """The ports of one chat surface. `files` is None where no file can be copied."""

    surface: Surface
    directory: Directory
    files: Files | None
