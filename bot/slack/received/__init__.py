"""Reads messages from Slack's payloads: their authors, words and files.

Nothing here raises for an undocumented shape: a part that cannot be read is left out.
"""

from __future__ import annotations

from bot.slack.received.authors import Authorship, authorship, is_person, is_unknown
from bot.slack.received.content import ReceivedContent, message_content
from bot.slack.received.shapes import dicts, mapping, string

__all__ = [
    "Authorship",
    "ReceivedContent",
    "authorship",
    "dicts",
    "is_person",
    "is_unknown",
    "mapping",
    "message_content",
    "string",
]
