"""Files in messages, with what the desk needs to copy them to another thread."""

from __future__ import annotations

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


def obstacle(file: SharedFile) -> str | None:
    """Returns the reason why a file cannot be copied, as a text for people; None if it can, as far as is known."""
    if file.url is None:
        return "it is kept outside of this Slack"
    if file.size > LARGEST_FILE:
        return f"it is larger than {LARGEST_FILE // (1024 * 1024)} MB"
    return None
