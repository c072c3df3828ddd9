"""Acts of people in the local Teams; the bot is told as Teams would tell it."""

from __future__ import annotations

import enum
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.impossible import ImpossibleError
from sandbox.teams.activities import ActivityWriter
from sandbox.teams.card_actions import find_button, gathered
from sandbox.teams.composer import Mentioned, composed, quoted
from sandbox.teams.courier import ActivityCourier, ActivityDelivery
from sandbox.teams.roster import ConnectorHabits
from sandbox.teams.wire import Json
from sandbox.teams.workspace import (
    ChannelMembership,
    Conversation,
    PersonalChat,
    TeamChannel,
    TeamsFile,
    TeamsMessage,
    TeamsUser,
    TeamsWorkspace,
)

UNTOLD = "not_delivered"


class FeedbackShape(enum.StrEnum):
    """Ways in which the reason behind a thumb was seen to arrive. JSON_STRING is that of Teams itself."""

    JSON_STRING = "json_string"
    PLAIN = "plain"
    OBJECT = "object"
    EMPTY = "empty"
    ABSENT = "absent"


class TeamsPeople:
    """Acts of a person. Every method changes the workspace, tells the bot, and returns the delivery."""

    def __init__(
        self, workspace: TeamsWorkspace, writer: ActivityWriter, courier: ActivityCourier, habits: ConnectorHabits
    ) -> None:
        self.workspace = workspace
        self.writer = writer
        self.courier = courier
        self.habits = habits

    # Messages

    async def dm(
        self, user: str, text: str, *, files: Sequence[TeamsFile] = (), quoting: str | None = None
    ) -> ActivityDelivery:
        """Types a message to the bot in the personal chat. `quoting` is the id of a message to reply to."""
        chat = self.workspace.chat_of(self.person(user).id)
        if not chat.is_installed and not self.workspace.shares_team_with_bot(user):
            raise ImpossibleError(f"{user} does not have the app")
        return await self._say(user, chat, text, None, (), files, quoting)

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        thread: str | None = None,
        *,
        mentioned: Sequence[str] = (),
        quoting: str | None = None,
    ) -> ActivityDelivery:
        """Types a message in a channel, or in a thread of it.

        `<at>name</at>` mentions the bot or a person of that name; `mentioned` are the ids of those who are meant, in
        their order. The bot is told of a message that mentions it, and of all where the team lets it read all.
        """
        place = self._writable(user, channel)
        if thread and self._message(channel, thread).is_reply:
            raise ImpossibleError(f"{thread} is a reply, not the root of a thread")
        return await self._say(user, place, text, thread, mentioned, (), quoting)

    async def edit(self, user: str, conversation: str, message_id: str, text: str) -> ActivityDelivery:
        """Changes a message of one's own."""
        message = self._own(user, conversation, message_id)
        self.workspace.change(message, composed(text, self._named))
        return await self._tell(message, self.writer.edited(message), self._is_told_of_change(message))

    async def delete(self, user: str, conversation: str, message_id: str) -> ActivityDelivery:
        message = self._own(user, conversation, message_id)
        self.workspace.set_deleted(message, deleted=True)
        return await self._tell(message, self.writer.deleted(message), self._is_told_of_change(message))

    async def undelete(self, user: str, conversation: str, message_id: str) -> ActivityDelivery:
        """Takes the deletion of a message back."""
        message = self._own(user, conversation, message_id)
        self.workspace.set_deleted(message, deleted=False)
        activity = self.writer.edited(message, "undeleteMessage")
        return await self._tell(message, activity, self._is_told_of_change(message))

    async def react(self, user: str, conversation: str, message_id: str, name: str) -> ActivityDelivery:
        """Reacts to a message. The bot is told of reactions to its own messages only."""
        message = self._message(conversation, message_id)
        if not self.workspace.react(message, self.person(user).id, name):
            raise ImpossibleError(f"{user} has already reacted with {name!r}")
        return await self._tell(message, self.writer.reaction(message, user, name, added=True), not message.sender)

    async def unreact(self, user: str, conversation: str, message_id: str, name: str) -> ActivityDelivery:
        message = self._message(conversation, message_id)
        if not self.workspace.unreact(message, user, name):
            raise ImpossibleError(f"{user} has not reacted with {name!r}")
        return await self._tell(message, self.writer.reaction(message, user, name, added=False), not message.sender)

    # Buttons, thumbs, suggestions

    async def execute(
        self,
        user: str,
        conversation: str,
        message_id: str,
        verb: str,
        inputs: Mapping[str, Any] | None = None,
        *,
        where: Mapping[str, Any] | None = None,
    ) -> ActivityDelivery:
        """Presses a button of the card that this person sees, by its verb or title, with the inputs filled in.

        Of several alike, `where` tells the data of the one that is meant. The card in the answer is shown to them.
        """
        message = self._seen(user, conversation, message_id)
        button = find_button(message.card_for(user), "Action.Execute", verb, where)
        action = {
            "type": "Action.Execute",
            "id": str(button.body.get("id", "")),
            "verb": str(button.body.get("verb", "")),
            "data": gathered(button, inputs or {}),
        }
        delivery = await self._invoke(message, user, "adaptiveCard/action", {"action": action, "trigger": "manual"})
        if delivery.card is not None:
            self.workspace.show_to(message, user, delivery.card)
        return delivery

    async def submit(
        self, user: str, conversation: str, message_id: str, title: str, inputs: Mapping[str, Any] | None = None
    ) -> ActivityDelivery:
        """Presses an Action.Submit, which sends a message without text."""
        message = self._seen(user, conversation, message_id)
        button = find_button(message.card_for(user), "Action.Submit", title)
        activity = self.writer.submitted(message, user, gathered(button, inputs or {}))
        return await self._tell(message, activity, True)

    async def thumbs(
        self,
        user: str,
        conversation: str,
        message_id: str,
        reaction: str,
        reason: str = "",
        *,
        shape: FeedbackShape = FeedbackShape.JSON_STRING,
        names_message: bool = True,
    ) -> ActivityDelivery:
        """Presses a thumb, `like` or `dislike`, and sends the form with a reason.

        `shape` and `names_message` are how it arrives: the Playground sends a plain text and names no message.
        """
        message = self._rated(user, conversation, message_id)
        value: Json = {"reaction": reaction, **_feedback(reason, shape)}
        pressed = {"actionName": "feedback", "actionValue": value}
        return await self._invoke(message, user, "message/submitAction", pressed, names_message=names_message)

    async def ask_for_feedback_form(
        self, user: str, conversation: str, message_id: str, reaction: str, *, nested: bool = False
    ) -> ActivityDelivery:
        """Presses a thumb with a form of the bot's own; `nested` as Microsoft's models have it, else as its page."""
        message = self._rated(user, conversation, message_id)
        value: Json = {"actionName": "feedback", "actionValue": {"reaction": reaction}}
        return await self._invoke(message, user, "message/fetchTask", {"data": value} if nested else value)

    async def press_suggestion(self, user: str, message_id: str, title: str) -> ActivityDelivery:
        """Presses a suggested action in the personal chat. All of the message's vanish."""
        message = self._seen(user, self.workspace.chat_of(user).id, message_id)
        action = next((one for one in message.suggestions if one["title"] == title), None)
        if action is None:
            raise ImpossibleError(f"there is no suggestion {title!r}")
        message.suggestions_used = True
        if action["type"] == "imBack":
            return await self.dm(user, str(action["value"]))
        return await self._invoke(message, user, "suggestedActions/submit", action["value"])

    async def deliver(self, activity: Json) -> ActivityDelivery:
        """Sends any activity as it is, signed."""
        return await self.courier.deliver(activity)

    # Within

    async def _say(
        self,
        user: str,
        place: Conversation,
        text: str,
        thread: str | None,
        mentioned: Sequence[str],
        files: Sequence[TeamsFile],
        quoting: str | None,
    ) -> ActivityDelivery:
        body = composed(text, self._named, [self._mention(one) for one in mentioned])
        if quoting:
            source = self._message(place.id, quoting)
            body = quoted(body, self._mention(source.sender or self.workspace.app_id), quoting, source.text)
        numbered = tuple(replace(file, id=file.id or str(uuid.uuid4())) for file in files)
        message = self.workspace.post(place.id, user, body, thread, numbered)
        return await self._tell(message, self.writer.message(message), self._is_told(message))

    async def _tell(self, message: TeamsMessage, activity: Json, told: bool) -> ActivityDelivery:
        delivery = ActivityDelivery(activity=activity, reason=UNTOLD)
        if told:
            delivery = await self.courier.deliver(activity)
        return replace(delivery, conversation=message.conversation, message=message.id)

    async def _invoke(
        self, message: TeamsMessage, user: str, name: str, value: Any, *, names_message: bool = True
    ) -> ActivityDelivery:
        activity = self.writer.invoke(message, user, name, value, reply_to=names_message)
        return await self._tell(message, activity, True)

    def _is_told(self, message: TeamsMessage) -> bool:
        """Returns whether the bot is told of a message of a person."""
        channel = self.workspace.channels.get(message.conversation)
        if channel is None:
            return True
        team = self.workspace.teams[channel.team]
        reads = team.reads_all and channel.membership is ChannelMembership.STANDARD
        return team.is_installed and (reads or self.workspace.bot_mri in message.mentions)

    def _is_told_of_change(self, message: TeamsMessage) -> bool:
        """Returns whether the bot is told of an edit or a deletion."""
        mentioned = message.conversation in self.workspace.chats or self.workspace.bot_mri in message.mentions
        return self._is_told(message) and (mentioned or self.habits.tells_of_unmentioned_changes)

    def person(self, user: str) -> TeamsUser:
        """Returns a person. Raises ImpossibleError where there is none."""
        if user not in self.workspace.users:
            raise ImpossibleError(f"there is no user {user}")
        return self.workspace.users[user]

    def _named(self, name: str) -> Mentioned:
        if name == self.workspace.bot_name:
            return self._mention(self.workspace.app_id)
        found = [one for one in self.workspace.users.values() if one.name == name]
        if len(found) != 1:
            raise ImpossibleError(f"{len(found)} people are named {name!r}: say whom you mean")
        return Mentioned(found[0].mri, name)

    def _mention(self, anybody: str) -> Mentioned:
        """Returns a person, or the bot by its app id, as one who is mentioned."""
        if anybody == self.workspace.app_id:
            return Mentioned(self.workspace.bot_mri, self.workspace.bot_name)
        return Mentioned(self.person(anybody).mri, self.person(anybody).name)

    def _place(self, conversation_id: str) -> Conversation:
        place = self.workspace.conversation(conversation_id)
        if place is None:
            raise ImpossibleError(f"there is no conversation {conversation_id}")
        return place

    def _writable(self, user: str, channel_id: str) -> TeamChannel:
        place = self._place(channel_id)
        if isinstance(place, PersonalChat) or self.person(user).id not in self.workspace.roles_in(place):
            raise ImpossibleError(f"{user} is not a member of the channel {channel_id}")
        return place

    def _message(self, conversation: str, message_id: str) -> TeamsMessage:
        message = self.workspace.message(self._place(conversation).id, message_id)
        if message is None:
            raise ImpossibleError(f"there is no message {message_id} in {conversation}")
        return message

    def _own(self, user: str, conversation: str, message_id: str) -> TeamsMessage:
        message = self._message(conversation, message_id)
        if message.sender != user:
            raise ImpossibleError(f"{message_id} was not written by {user}")
        return message

    def _seen(self, user: str, conversation: str, message_id: str) -> TeamsMessage:
        """Returns a message that stands before this person."""
        message = self._message(conversation, message_id)
        if message.is_deleted or self.person(user).id not in self.workspace.roles_in(self._place(conversation)):
            raise ImpossibleError(f"{user} does not see {message_id}")
        return message

    def _rated(self, user: str, conversation: str, message_id: str) -> TeamsMessage:
        message = self._seen(user, conversation, message_id)
        if not message.has_thumbs:
            raise ImpossibleError(f"{message_id} has no thumbs")
        return message


def _feedback(reason: str, shape: FeedbackShape) -> Json:
    match shape:
        case FeedbackShape.JSON_STRING:
            return {"feedback": json.dumps({"feedbackText": reason})}
        case FeedbackShape.PLAIN:
            return {"feedback": reason}
        case FeedbackShape.OBJECT:
            return {"feedback": {"feedbackText": reason}}
        case FeedbackShape.EMPTY:
            return {"feedback": ""}
        case FeedbackShape.ABSENT:
            return {}
