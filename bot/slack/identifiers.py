"""Slack's ids as people write them: in the settings, in the policy file, and to look something up."""

from __future__ import annotations

import re

from bot.helpdesk import messages
from bot.helpdesk.model.chat import Identifier

UNDERSTOOD = messages.agents.understood(
    "a Slack message (its ts, channel:ts, or its link), a DM channel, an employee's Slack id"
)
"""What `read_identifier` understands, as a text for people."""

_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}")
_USER_GROUP = re.compile(r"S[A-Z0-9]{2,}")

_LINK = re.compile(r"/archives/(?P<channel>[A-Z0-9]+)/p(?P<seconds>\d{10})(?P<micros>\d{6})")
_MESSAGE = re.compile(r"(?:(?P<channel>[CDG][A-Z0-9]{2,})[:/ ,]\s*)?(?P<ts>\d{9,11}\.\d{6})")
_MENTION = re.compile(r"<[@#](?P<id>[A-Z0-9]+)(?:\|[^>]*)?>")


class SlackIds:
    """The forms of Slack's ids. Each check returns what is wrong with an id and how to fix it, or None."""

    def channel_problem(self, id: str) -> str | None:
        """Checks the id of a channel that people can share: not of a direct message."""
        return None if _CHANNEL.fullmatch(id) else "must be the channel's id, as in C0123ABCD, not its name"

    def group_problem(self, id: str) -> str | None:
        """Checks the id of a user group."""
        return None if _USER_GROUP.fullmatch(id) else "must be the id of a user group, as in S0123ABCD, not its name"


def read_identifier(text: str) -> Identifier:
    """Reads a link, a message's timestamp with or without its channel, a mention, or any other id."""
    id = text.strip().strip("`\"'").removeprefix("#")
    if mention := _MENTION.fullmatch(id):
        return Identifier(text=text, id=mention["id"])
    if link := _LINK.search(id):
        return Identifier(text=text, channel=link["channel"], message=f"{link['seconds']}.{link['micros']}")
    if message := _MESSAGE.fullmatch(id):
        return Identifier(text=text, channel=message["channel"], message=message["ts"])
    return Identifier(text=text, id=id)


def identifier_of(channel: str, ts: str) -> Identifier:
    """Returns the reference to a message, written as `read_identifier` would understand it."""
    return Identifier(text=f"{channel}:{ts}", channel=channel, message=ts)
