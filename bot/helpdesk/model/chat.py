"""Addresses, people and files on a chat surface, and identifiers to look something up.

All parts of an address are opaque: they are stored and compared for equality, and never read.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

ENGLISH = "en"
"""The language of everything for which nobody has said another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelAddress:
    """The address of a channel in which people talk, on the surface with this name."""

    surface: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadAddress(ChannelAddress):
    """The address of a thread, which is named after its root."""

    thread: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(ThreadAddress):
    """The address of a message. A root is in its own thread."""

    message: str

    @property
    def is_root(self) -> bool:
        """Returns whether the message is the root of its thread, or outside of threads."""
        return self.thread == self.message

    @property
    def in_channel(self) -> ChannelAddress:
        """The channel in which the message is."""
        return ChannelAddress(surface=self.surface, channel=self.channel)

    @property
    def in_thread(self) -> ThreadAddress:
        """The thread in which the message is."""
        return ThreadAddress(surface=self.surface, channel=self.channel, thread=self.thread)

    @property
    def begun(self) -> ThreadAddress:
        """The thread of which this message is the root."""
        return ThreadAddress(surface=self.surface, channel=self.channel, thread=self.message)


class PersonKind(enum.StrEnum):
    """The kinds of people. The policy says which of them may use the bot.

    Everybody of the company is a MEMBER, or a GUEST with an account that is limited to some channels, and besides of an
    OTHER_WORKSPACE of the company if not of the bot's own. APP: an app or a workflow.
    """

    MEMBER = "member"
    GUEST = "guest"
    OTHER_WORKSPACE = "other workspace"
    OTHER_COMPANY = "other company"
    APP = "app"
    DEACTIVATED = "deactivated"


NO_AGENTS = frozenset({PersonKind.OTHER_COMPANY, PersonKind.APP, PersonKind.DEACTIVATED})
"""The kinds of people who are never agents, although they may be members of a handoff channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person in the directory. Names are for display only; no decision depends on them.

    `external`: a member of another company. `other_workspace`: of our company, but not of the bot's workspace.
    `utc_offset` is in seconds. `is_bot`: an app or a workflow. `guest`: their account is limited to some channels.
    """

    id: str
    name: str
    email: str | None = None
    locale: str | None = None
    external: bool = False
    utc_offset: int = 0
    is_bot: bool = False
    guest: bool = False
    other_workspace: bool = False
    active: bool = True

    @property
    def kinds(self) -> frozenset[PersonKind]:
        """The kinds of people that they are."""
        if not self.active:
            return frozenset({PersonKind.DEACTIVATED})
        if self.is_bot or self.external:
            found = {PersonKind.APP: self.is_bot, PersonKind.OTHER_COMPANY: self.external}
            return frozenset(kind for kind, applies in found.items() if applies)
        own = PersonKind.GUEST if self.guest else PersonKind.MEMBER
        return frozenset({own, PersonKind.OTHER_WORKSPACE} if self.other_workspace else {own})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPerson:
    """A person as the surface described them at `read_at`."""

    person: Person
    read_at: float


LARGEST_FILE = 100 * 1024 * 1024
"""Limit for a copied file, in bytes. Chat servers take about ten times as much, but copying that on a slow line would
exceed the time limit of an effect and delay the files behind it."""

NOT_VISIBLE = "not_visible"
"""Error code for a file in a conversation that the bot is not in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """A file of a message. `size` is in bytes.

    `url` is the address of its content for the bot's token; None for a file of another service or company. `link` is
    its address for people. `forwarded`: it belongs to another message, perhaps in a conversation that the bot is not
    in. `gone`: its message does not list it any more.
    """

    id: str
    name: str
    size: int = 0
    url: str | None = None
    link: str | None = None
    forwarded: bool = False
    gone: bool = False


class FileObstacle(enum.Enum):
    """The reasons why a file cannot be copied.

    ELSEWHERE: another service or company keeps it. NOT_VISIBLE: it is in a conversation that the bot is not in.
    NOT_ALLOWED: the bot may not copy files. REFUSED: the chat server refused the copy.
    """

    ELSEWHERE = enum.auto()
    TOO_LARGE = enum.auto()
    NOT_VISIBLE = enum.auto()
    NOT_ALLOWED = enum.auto()
    GONE = enum.auto()
    REFUSED = enum.auto()


def obstacle_of(file: SharedFile) -> FileObstacle | None:
    """Returns the reason why a file cannot be copied; None if it can, as far as is known."""
    if file.url is None:
        return FileObstacle.ELSEWHERE
    return FileObstacle.TOO_LARGE if file.size > LARGEST_FILE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """An identifier to look up. `text` is what was written, to show it in the report.

    One of a message has `message`, and `channel` if that was given too. Any other has `id`: of a person, a channel, a
    ticket, of the assistant or of the desk.
    """

    text: str
    id: str = ""
    channel: str | None = None
    message: str | None = None

    @property
    def is_printable(self) -> bool:
        """Returns whether it can exist at all: no identifier has control characters, and PostgreSQL refuses NUL."""
        return all((part or "").isprintable() for part in (self.id, self.channel, self.message))
