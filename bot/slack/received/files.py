"""The files that a message lists: docs.slack.dev/reference/objects/file-object."""

from __future__ import annotations

import re

from bot.helpdesk.model.chat import SharedFile
from bot.helpdesk.text import legible
from bot.slack.received.blocks import Unit
from bot.slack.received.shapes import Payload, dicts, mapping, string

# Files stored elsewhere, or hidden by the limit of a free workspace.
_WITHOUT_CONTENT = frozenset({"external", "hidden_by_limit"})
# The rest of a deleted file.
_DELETED = "tombstone"
# Characters; Slack's ids have a few dozen, and an index entry of a database is limited.
_LONGEST_ID = 200
# NUL, which PostgreSQL cannot store, and lone surrogates, which UTF-8 cannot encode.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def files_of(files: object) -> tuple[SharedFile, ...]:
    """Returns the files of a list; deleted ones are left out."""
    return tuple(_file(file) for file in dicts(files) if file.get("mode") != _DELETED)


def _file(file: Payload) -> SharedFile:
    """Reads a file. One of another service or company has no address that the bot's token opens."""
    ours = not file.get("is_external") and string(file.get("mode")) not in _WITHOUT_CONTENT
    names = [_storable(file.get(name)) for name in ("name", "title", "id")]
    name = next(filter(None, names), "file")
    size = file.get("size")
    return SharedFile(
        id=(_storable(file.get("id")) or name)[:_LONGEST_ID],
        name=name,
        size=size if isinstance(size, int) and size > 0 else 0,
        url=(_storable(file.get("url_private_download")) or None) if ours else None,
        link=_storable(file.get("permalink")) or None,
    )


def _storable(value: object) -> str:
    """Returns a text that a database can store and people can read."""
    return legible(UNSTORABLE.sub("", string(value)))


def transcripts_of(files: object) -> list[Unit]:
    """Returns the transcripts of voice and video messages, as far as Slack has them."""
    return [unit for file in dicts(files) for unit in _transcript(file)]


def _transcript(file: Payload) -> list[Unit]:
    preview = mapping(mapping(file.get("transcription")).get("preview"))
    words = string(preview.get("content")).strip()
    if not words or file.get("mode") == _DELETED:
        return []
    rest = " … (there is more in the recording)" if preview.get("has_more") else ""
    return [Unit(f"{words}{rest}", words)]
