"""The state of the local Teams: tenants, people, personal chats, teams, channels and messages. Knows no HTTP.

A person's id is their object id in Entra; their `mri` is how this bot knows them. A conversation is a personal chat or
a channel; a thread in a channel has the id of its root.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.change_feed import ChangeFeed
from sandbox.teams.changes import TeamsChange, TeamsChangeKind
from sandbox.teams.wire import Json

CARD = "application/vnd.microsoft.card.adaptive"
USER, GUEST = "user", "guest"


class ChannelMembership(enum.StrEnum):
    """Kinds of channels, spelled as `type` of a channel."""

    STANDARD = "standard"
    PRIVATE = "private"
    SHARED = "shared"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsUser:
    """A person. `tenant_id` differs from the bot's for people of another company; a guest has an account in ours."""

    id: str
    name: str
    mri: str
    tenant_id: str
    email: str = ""
    locale: str = "en-US"
    tz: str = "Europe/Berlin"
    role: str = USER

    @property
    def given_name(self) -> str:
        return self.name.split(" ", maxsplit=1)[0]


@dataclass(slots=True, kw_only=True)
class PersonalChat:
    """The chat of a person with the bot. It exists before anything is said in it, and after the app was removed."""

    id: str
    user: str
    is_installed: bool = True
    was_removed: bool = False
    is_blocked: bool = False


@dataclass(slots=True, kw_only=True)
class TeamOfPeople:
    """A team. Its id is that of its channel General. `members` are people with their roles in it.

    `reads_all` is the permission `ChannelMessage.Read.Group` that an owner gives with the installation: the bot is
    told of messages that do not mention it, and may read the channels in Graph.
    """

    id: str
    name: str
    group_id: str
    tenant_id: str
    members: dict[str, str]
    is_installed: bool = True
    reads_all: bool = True
    is_deleted: bool = False


@dataclass(slots=True, kw_only=True)
class TeamChannel:
    """A channel. `name` is None for General. `outsiders` are members of a shared channel who are not in the team."""

    id: str
    name: str | None
    team: str
    membership: ChannelMembership = ChannelMembership.STANDARD
    outsiders: list[str] = field(default_factory=list)
    is_deleted: bool = False


Conversation = PersonalChat | TeamChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsFile:
    """A file that a person sends in a personal chat. An image that was pasted has no name."""

    name: str
    content: bytes
    mimetype: str = "text/plain"
    id: str = ""

    @property
    def is_pasted(self) -> bool:
        return not self.name


@dataclass(slots=True, kw_only=True)
class TeamsMessage:
    """A message. `sender` is a person's id, empty for the bot; `body` is the activity as it was sent.

    `thread` is the id of its root, its own id for a root, and empty in a personal chat. `earlier` are bodies that an
    update has replaced. `shown_to` are cards that one person sees in its place, until the next update.
    """

    conversation: str
    id: str
    thread: str
    sender: str
    body: Json
    sent_at: float
    edited_at: float | None = None
    is_deleted: bool = False
    earlier: list[Json] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    shown_to: dict[str, Json] = field(default_factory=dict)
    files: tuple[TeamsFile, ...] = ()
    suggestions_used: bool = False

    @property
    def is_reply(self) -> bool:
        return bool(self.thread) and self.thread != self.id

    @property
    def text(self) -> str:
        return "" if self.is_deleted else str(self.body.get("text") or "")

    @property
    def cards(self) -> list[Json]:
        """Returns the Adaptive Cards as everybody sees them."""
        attachments = [] if self.is_deleted else self.body.get("attachments") or []
        return [one["content"] for one in attachments if one.get("contentType") == CARD]

    @property
    def card(self) -> Json | None:
        return self.cards[0] if self.cards else None

    def card_for(self, user: str) -> Json | None:
        """Returns the card that a person sees."""
        return self.shown_to.get(user, self.card)

    @property
    def mentions(self) -> list[str]:
        """Returns the ids by which the message and its cards mention people and the bot."""
        in_cards = [entity for card in self.cards for entity in card.get("msteams", {}).get("entities", [])]
        entities = [*(self.body.get("entities") or []), *in_cards]
        return [str(one["mentioned"]["id"]) for one in entities if one.get("type") == "mention"]

    @property
    def channel_data(self) -> Json:
        data: Json = self.body.get("channelData") or {}
        return data

    @property
    def has_thumbs(self) -> bool:
        data = self.channel_data
        return bool(data.get("feedbackLoop") or data.get("feedbackLoopEnabled"))

    @property
    def is_ai_labelled(self) -> bool:
        labels = [one.get("additionalType") or [] for one in self.body.get("entities") or []]
        return any("AIGeneratedContent" in each for each in labels)

    @property
    def suggestions(self) -> list[Json]:
        """Returns the suggested actions that can still be pressed."""
        actions: list[Json] = (self.body.get("suggestedActions") or {}).get("actions", [])
        return [] if self.suggestions_used or self.is_deleted else actions


class TeamsWorkspace:
    """Everything in the local Teams. Every change is published to `changes`.

    `now` returns seconds since the epoch; two messages never share an id, even when the clock stands still.
    """

    def __init__(
        self,
        *,
        app_id: str,
        bot_name: str,
        tenant_id: str,
        now: Callable[[], float],
        changes: ChangeFeed[TeamsChange],
    ) -> None:
        self.app_id = app_id
        self.bot_name = bot_name
        self.tenant_id = tenant_id
        self.now = now
        self.changes = changes
        self.users: dict[str, TeamsUser] = {}
        self.chats: dict[str, PersonalChat] = {}
        self.teams: dict[str, TeamOfPeople] = {}
        self.channels: dict[str, TeamChannel] = {}
        self.files: dict[str, TeamsFile] = {}
        self.typing: list[tuple[str, float]] = []
        self._messages: dict[str, dict[str, TeamsMessage]] = {}
        self._last_millis = 0

    def clear(self) -> None:
        """Removes everything that was said. People, chats and teams stay."""
        self._messages.clear()
        self.files.clear()
        self.typing.clear()

    @property
    def bot_mri(self) -> str:
        return f"28:{self.app_id}"

    def next_id(self) -> str:
        """Returns the id of a message: milliseconds since the epoch."""
        self._last_millis = max(int(self.now() * 1000), self._last_millis + 1)
        return f"{self._last_millis:013d}"

    def next_event_id(self) -> str:
        """Returns the id of an event or an invoke."""
        return f"f:{uuid.uuid4()}"

    # People and personal chats

    def add_user(
        self,
        user_id: str,
        name: str,
        email: str = "",
        *,
        is_installed: bool = True,
        tenant_id: str | None = None,
        locale: str = "en-US",
        tz: str = "Europe/Berlin",
        role: str = USER,
    ) -> TeamsUser:
        """Adds a person, or replaces the one with this id. Unless told otherwise they have the app."""
        user = TeamsUser(
            id=user_id,
            name=name,
            mri=f"29:1{self._opaque(user_id)}",
            tenant_id=tenant_id or self.tenant_id,
            email=email,
            locale=locale,
            tz=tz,
            role=role,
        )
        self.users[user_id] = user
        chat_id = f"a:1{self._opaque(f'chat {user_id}')}"
        self.chats.setdefault(chat_id, PersonalChat(id=chat_id, user=user_id, is_installed=is_installed))
        return user

    def change_user(self, user_id: str, **changes: Any) -> TeamsUser:
        """Changes fields of a person, as an administrator does; the bot is not told."""
        self.users[user_id] = replace(self.users[user_id], **changes)
        return self.users[user_id]

    def chat_of(self, user_id: str) -> PersonalChat:
        return self.chats[f"a:1{self._opaque(f'chat {user_id}')}"]

    def user_by(self, any_id: str) -> TeamsUser | None:
        """Returns the person with this object id or MRI."""
        return self.users.get(any_id) or next((one for one in self.users.values() if one.mri == any_id), None)

    def _opaque(self, subject: str) -> str:
        """Returns an id that means something to Teams alone, and to this bot."""
        digest = hashlib.sha256(f"{self.app_id} {subject}".encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    # Teams and channels

    def add_team(
        self,
        team_id: str,
        name: str,
        members: Iterable[str] | Mapping[str, str] = (),
        *,
        group_id: str = "",
        tenant_id: str | None = None,
        is_installed: bool = True,
        reads_all: bool = True,
    ) -> TeamOfPeople:
        """Adds a team with its channel General. Members have the role of their account unless a mapping says so."""
        roles = dict(members) if isinstance(members, Mapping) else {one: self.users[one].role for one in members}
        team = TeamOfPeople(
            id=team_id,
            name=name,
            group_id=group_id or str(uuid.uuid5(uuid.NAMESPACE_OID, team_id)),
            tenant_id=tenant_id or self.tenant_id,
            members=roles,
            is_installed=is_installed,
            reads_all=reads_all,
        )
        self.teams[team_id] = team
        self.channels[team_id] = TeamChannel(id=team_id, name=None, team=team_id)
        return team

    def add_channel(
        self,
        channel_id: str,
        name: str,
        team_id: str,
        *,
        membership: ChannelMembership = ChannelMembership.STANDARD,
        outsiders: Iterable[str] = (),
    ) -> TeamChannel:
        channel = TeamChannel(id=channel_id, name=name, team=team_id, membership=membership, outsiders=list(outsiders))
        self.channels[channel_id] = channel
        return channel

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Returns the personal chat or the channel with this id; not one that was deleted with its team."""
        if conversation_id in self.chats:
            return self.chats[conversation_id]
        channel = self.channels.get(conversation_id)
        gone = channel is None or channel.is_deleted or self.teams[channel.team].is_deleted
        return None if gone else channel

    def roles_in(self, conversation: Conversation) -> dict[str, str]:
        """Returns the people of a conversation, each with their role."""
        if isinstance(conversation, PersonalChat):
            return {conversation.user: self.users[conversation.user].role}
        members = dict(self.teams[conversation.team].members)
        return {**members, **{one: self.users[one].role for one in conversation.outsiders}}

    def shares_team_with_bot(self, user_id: str) -> bool:
        teams = self.teams.values()
        return any(user_id in team.members for team in teams if team.is_installed and not team.is_deleted)

    # Messages

    def message(self, conversation: str, message_id: str) -> TeamsMessage | None:
        return self._messages.get(conversation, {}).get(message_id)

    def messages(self, conversation: str, thread: str | None = None) -> list[TeamsMessage]:
        """Returns the messages of a chat, the roots of a channel, or a thread with its root; oldest first."""
        everything = self._messages.get(conversation, {}).values()
        if thread is None:
            return [one for one in everything if not one.is_reply]
        return [one for one in everything if one.thread == thread]

    def post(
        self, conversation: str, sender: str, body: Json, thread: str | None = None, files: tuple[TeamsFile, ...] = ()
    ) -> TeamsMessage:
        """Stores a new message and gives it its id."""
        message_id = self.next_id()
        in_chat = conversation in self.chats
        message = TeamsMessage(
            conversation=conversation,
            id=message_id,
            thread="" if in_chat else thread or message_id,
            sender=sender,
            body=body,
            sent_at=self.now(),
            files=files,
        )
        self._messages.setdefault(conversation, {})[message_id] = message
        self.files.update((file.id, file) for file in files)
        self.publish(TeamsChangeKind.MESSAGE_POSTED, message, sender)
        return message

    def change(self, message: TeamsMessage, body: Json) -> None:
        """Replaces what a message shows, for everybody."""
        message.earlier.append(message.body)
        message.body, message.edited_at = body, self.now()
        message.shown_to.clear()
        self.publish(TeamsChangeKind.MESSAGE_CHANGED, message, message.sender)

    def show_to(self, message: TeamsMessage, user: str, card: Json) -> None:
        """Shows one person another card in place of the message's, as the answer to their press."""
        message.shown_to[user] = card
        self.publish(TeamsChangeKind.SHOWN_TO_ONE, message, user)

    def set_deleted(self, message: TeamsMessage, deleted: bool) -> None:
        message.is_deleted = deleted
        kind = TeamsChangeKind.MESSAGE_DELETED if deleted else TeamsChangeKind.MESSAGE_CHANGED
        self.publish(kind, message, message.sender)

    def react(self, message: TeamsMessage, who: str, name: str) -> bool:
        """Adds a reaction; returns False if it is there already. The bot's `who` is empty."""
        people = message.reactions.setdefault(name, [])
        if who in people:
            return False
        people.append(who)
        self.publish(TeamsChangeKind.REACTION_CHANGED, message, name)
        return True

    def unreact(self, message: TeamsMessage, who: str, name: str) -> bool:
        """Removes a reaction; returns False if there is none."""
        people = message.reactions.get(name, [])
        if who not in people:
            return False
        people.remove(who)
        if not people:
            del message.reactions[name]
        self.publish(TeamsChangeKind.REACTION_CHANGED, message, name)
        return True

    def show_typing(self, conversation: str) -> None:
        self.typing.append((conversation, self.now()))
        self.changes.publish(TeamsChange(kind=TeamsChangeKind.TYPING, conversation=conversation))

    def publish(self, kind: TeamsChangeKind, message: TeamsMessage, subject: str = "") -> None:
        self.changes.publish(
            TeamsChange(kind=kind, conversation=message.conversation, message=message.id, subject=subject)
        )
