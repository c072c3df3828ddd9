"""Files in messages, with what the desk needs to copy them to another thread."""

from __future__ import annotations

import enum
from dataclasses import dataclass

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
