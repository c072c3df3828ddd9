"""Ids in Teams: of conversations, channels and messages, and as people write them. Pure.

A conversation is a personal chat (`a:…`), a group chat, or a thread of a team's channel: the channel's id, followed by
the id of the message at its root. In the desk's addresses that is a channel and a thread.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote, urlencode

from bot.helpdesk import messages
from bot.helpdesk.model.chat import Identifier

UNDERSTOOD = messages.agents.understood(messages.message("agents-ids-of-teams"))
"""The ids that `read_identifier` understands, as a text for people."""

_THREAD_MARK = ";messageid="

# Older teams have the second ending in their first channel.
_CHANNEL = re.compile(r"19:[^@\s;/]+@thread\.(?:tacv2|skype)")

# That of the directory, or the one by which a bot knows somebody.
_PERSON = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|29:\S+")

_LINK = re.compile(
    r"https://teams\.(?:microsoft\.com|cloud\.microsoft)/l/message/(?P<channel>[^/?#\s]+)/(?P<message>[^/?#\s]+)"
)
_CHANNEL_LINK = re.compile(r"https://teams\.(?:microsoft\.com|cloud\.microsoft)/l/channel/(?P<channel>[^/?#\s]+)")
_MESSAGE = re.compile(r"\d{13}")
_PLACED_MESSAGE = re.compile(r"(?P<channel>(?:19|a):[^\s;/,]+)(?:;messageid=|[/ ,]\s*)(?P<message>[^\s;/,]+)")


def is_channel(id: str) -> bool:
    """Returns whether it is the id of a team's channel, in which messages have threads."""
    return _CHANNEL.fullmatch(id) is not None


def channel_as_copied(text: str) -> str:
    """Returns the id of a channel from its link, or as it stands in the link. Anything else is returned as it is."""
    link = _CHANNEL_LINK.match(text)
    id = unquote(link["channel"] if link else text)
    return id if is_channel(id) else text


def split_conversation(id: str) -> tuple[str, str | None]:
    """Returns the channel or chat of a conversation, and the thread; None where it names none."""
    channel, _, thread = id.partition(_THREAD_MARK)
    return channel, thread or None


def conversation_of(channel: str, thread: str | None = None) -> str:
    """Returns the conversation in which the messages of a thread are. A chat has one conversation for all of them."""
    return f"{channel}{_THREAD_MARK}{thread}" if thread and is_channel(channel) else channel


def prompt_of(chat: str, message: str) -> str:
    """Encodes the message of a question in a person's own chat."""
    return f"{chat} {message}"


def read_prompt(prompt: str) -> tuple[str, str]:
    """Decodes the chat and the message of a question."""
    chat, _, message = prompt.partition(" ")
    return chat, message


def message_link(
    channel: str, message: str, *, tenant: str, group: str | None = None, thread: str | None = None
) -> str:
    """Builds the address of a message in a channel. `group` is the id of the team's group, `thread` the root.

    Source: learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/deep-link-teams
    """
    about = {"tenantId": tenant, "groupId": group, "parentMessageId": thread or message}
    query = urlencode({name: value for name, value in about.items() if value})
    return f"https://teams.microsoft.com/l/message/{quote(channel, safe='')}/{quote(message, safe='')}?{query}"


def chat_link(app_id: str) -> str:
    """Builds the address of the reader's own chat with the bot: a message in a personal chat has no address."""
    return f"https://teams.microsoft.com/l/chat/0/0?users={quote(f'28:{app_id}', safe='')}"


class TeamsIds:
    """The forms of Teams' ids. Each check returns what is wrong with an id and how to fix it, or None."""

    def channel_problem(self, id: str) -> str | None:
        """Checks the id of a channel of a team."""
        return None if is_channel(id) else "must be the channel's id, as in 19:0123abcd@thread.tacv2, not its name"

    def group_problem(self, id: str) -> str | None:
        """Refuses any group: Teams tells a bot of none to which people belong."""
        return "must be left out, because Teams has no user groups"

    def are_of(self, id: str) -> bool:
        """Returns whether it is the id of a channel or a person in Teams."""
        return is_channel(id) or _PERSON.fullmatch(id) is not None


def read_identifier(text: str) -> Identifier:
    """Reads a link, a message's id with or without its channel, or any other id."""
    id = text.strip().strip("`\"'").removeprefix("#")
    if link := _LINK.search(id):
        return Identifier(text=text, channel=unquote(link["channel"]), message=unquote(link["message"]))
    if placed := _PLACED_MESSAGE.fullmatch(id):
        return Identifier(text=text, channel=placed["channel"], message=placed["message"])
    return Identifier(text=text, message=id) if _MESSAGE.fullmatch(id) else Identifier(text=text, id=id)


def identifier_of(channel: str, message: str) -> Identifier:
    """Returns the reference to a message, written as `read_identifier` would understand it."""
    return Identifier(text=f"{channel}/{message}", channel=channel, message=message)
