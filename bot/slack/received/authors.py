"""Tells messages of people from those of the desk itself, of other bots and from Slack's notices.

Subtypes: docs.slack.dev/reference/events/message. A table in docs/incoming.md says what becomes of each.
"""

from __future__ import annotations

import enum

from bot.slack.received.shapes import Payload, string

WRITTEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that people write; ordinary messages have the empty one."""

NOTICES = frozenset(
    {
        "app_conversation_join",
        "app_conversation_leave",
        "assistant_app_thread",
        "bot_add",
        "bot_disable",
        "bot_enable",
        "bot_remove",
        "channel_archive",
        "channel_canvas_updated",
        "channel_convert_to_private",
        "channel_convert_to_public",
        "channel_join",
        "channel_leave",
        "channel_name",
        "channel_posting_permissions",
        "channel_purpose",
        "channel_topic",
        "channel_unarchive",
        "document_mention",
        "ekm_access_denied",
        "file_comment",
        "file_mention",
        "group_archive",
        "group_join",
        "group_leave",
        "group_name",
        "group_purpose",
        "group_topic",
        "group_unarchive",
        "huddle_thread",
        "joiner_notification",
        "joiner_notification_for_inviter",
        "message_changed",
        "message_deleted",
        "message_replied",
        "pinned_item",
        "reminder_add",
        "reminder_delete",
        "reply_broadcast",
        "sh_room_created",
        "sh_room_shared",
        "slackbot_response",
        "tabbed_canvas_updated",
        "tombstone",
        "unpinned_item",
    }
)
"""Subtypes of Slack's own notices, whoever is named as the author."""

_SYSTEM_USERS = frozenset({"USLACK", "USLACKBOT"})


class Authorship(enum.Enum):
    """The kind of author. UNVERIFIED: a person or another bot, which only the list of users can tell."""

    PERSON = enum.auto()
    UNVERIFIED = enum.auto()
    NOBODY = enum.auto()


def is_person(user: object, bot_user: str) -> bool:
    """Tells whether an id is of a user other than Slack's own and the bot."""
    return isinstance(user, str) and user not in {"", bot_user, *_SYSTEM_USERS}


def is_unknown(message: Payload) -> bool:
    """Tells whether a message has a subtype that is not listed here."""
    return string(message.get("subtype")) not in WRITTEN | NOTICES | {"bot_message"}


def authorship(message: Payload, bot_user: str) -> Authorship:
    """Returns the kind of author of a message. `bot_user` is the bot's own user.

    A post of an app for a person looks like that of a bot: both have a user and a `bot_id`.
    """
    subtype = string(message.get("subtype"))
    if subtype in NOTICES or not is_person(message.get("user"), bot_user):
        return Authorship.NOBODY
    if message.get("bot_id") or subtype not in WRITTEN:
        return Authorship.UNVERIFIED
    return Authorship.PERSON
