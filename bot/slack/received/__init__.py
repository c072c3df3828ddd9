"""Reading of messages that people sent: who wrote them, what they say, and which files they list.

Nothing here raises for a shape that Slack has never documented: a part that cannot be read is left out, and the rest
counts.
"""

from __future__ import annotations

from bot.slack.received.authors import Authorship, authorship, is_person, is_unknown
from bot.slack.received.content import Content, read_content
from bot.slack.received.shapes import dicts, mapping, string

__all__ = [
    "Authorship",
    "Content",
    "authorship",
    "dicts",
    "is_person",
    "is_unknown",
    "mapping",
    "read_content",
    "string",
]
