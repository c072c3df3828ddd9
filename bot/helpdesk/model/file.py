"""Files that people send, as far as the desk needs to know them in order to carry them on."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_FILE = 100 * 1024 * 1024
"""Bytes. Slack itself takes 1 GB (slack.com/help/articles/201330736-Add-files-to-Slack). A tenth of that is within the
time that copying may take on a slow line, and does not keep the files behind it waiting for long."""

NOT_VISIBLE = "not_visible"
"""The code of a refusal: the file is in a conversation that we are not in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedFile:
    """A file that stands in a message. `size` is in bytes.

    `url` is where its content can be fetched with our own token, None where it cannot: it is kept by another service,
    or by another company. `link` is where people open it. `forwarded`: it was sent in another message, perhaps where we
    are not. `gone`: its message does not list it any more.
    """

    id: str
    name: str
    size: int = 0
    url: str | None = None
    link: str | None = None
    forwarded: bool = False
    gone: bool = False


def obstacle(file: SharedFile) -> str | None:
    """Why a file cannot be carried, as far as that can be told beforehand; None where nothing is in the way."""
    if file.url is None:
        return "it is kept outside of this Slack"
    if file.size > LARGEST_FILE:
        return f"it is larger than {LARGEST_FILE // (1024 * 1024)} MB"
    return None
