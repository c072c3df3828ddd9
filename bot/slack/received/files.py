"""The files that a message lists: docs.slack.dev/reference/objects/file-object."""

from __future__ import annotations

import re

from bot.helpdesk.model.file import SharedFile
from bot.helpdesk.plain_text import legible
from bot.slack.received.blocks import Unit
from bot.slack.received.shapes import Payload, dicts, mapping, string

# Files kept elsewhere, or beyond what a free workspace shows.
_HOLLOW = frozenset({"external", "hidden_by_limit"})
# What is left of a deleted one.
_DELETED = "tombstone"
# Characters; Slack's ids have some tens, and databases take no index entry of any length.
_LONGEST_ID = 200
# NUL, which PostgreSQL's text cannot hold, and halves of characters, which no UTF-8 can.
UNKEEPABLE = re.compile("[\x00\ud800-\udfff]")


def files_of(files: object) -> tuple[SharedFile, ...]:
    """The files of a list that are there; deleted ones leave a stub behind."""
    return tuple(_file(file) for file in dicts(files) if file.get("mode") != _DELETED)


def _file(file: Payload) -> SharedFile:
    """Files of other services and of other companies have no address under which our token gets their content."""
    ours = not file.get("is_external") and string(file.get("mode")) not in _HOLLOW
    names = [_kept(file.get(name)) for name in ("name", "title", "id")]
    name = next(filter(None, names), "file")
    size = file.get("size")
    return SharedFile(
        id=(_kept(file.get("id")) or name)[:_LONGEST_ID],
        name=name,
        size=size if isinstance(size, int) and size > 0 else 0,
        url=(_kept(file.get("url_private_download")) or None) if ours else None,
        link=_kept(file.get("permalink")) or None,
    )


def _kept(value: object) -> str:
    """A text as a database can keep it, and as people can read it."""
    return legible(UNKEEPABLE.sub("", string(value)))


def transcripts_of(files: object) -> list[Unit]:
    """What people say in voice and video messages, as far as Slack has written it down."""
    return [unit for file in dicts(files) for unit in _transcript(file)]


def _transcript(file: Payload) -> list[Unit]:
    preview = mapping(mapping(file.get("transcription")).get("preview"))
    words = string(preview.get("content")).strip()
    if not words or file.get("mode") == _DELETED:
        return []
    rest = " … (there is more in the recording)" if preview.get("has_more") else ""
    return [Unit(f"{words}{rest}", words)]
