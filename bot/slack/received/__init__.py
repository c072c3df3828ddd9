"""Reads messages from Slack's payloads: their authors, words and files.

Nothing here raises for an undocumented shape: a part that cannot be read is left out.
"""

from __future__ import annotations

from bot.slack.received.content import Authorship, ReceivedContent, authorship, is_person, is_unknown, message_content

__all__ = [
    "Authorship",
    "ReceivedContent",
    "authorship",
    "is_person",
    "is_unknown",
    "message_content",
]
