"""Builds the activities that Teams sends to a bot, as JSON objects.

Source: https://learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/channel-and-group-conversations
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sandbox.teams.roster import THREAD
from sandbox.teams.wire import Json
from sandbox.teams.workspace import (
    ChannelMembership,
    Conversation,
    PersonalChat,
    TeamChannel,
    TeamOfPeople,
    TeamsFile,
    TeamsMessage,
    TeamsUser,
    TeamsWorkspace,
)

DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"


class ActivityWriter:
    """Writes activities about one workspace. `service_url` and `files_url` return addresses of the stand-in."""

    def __init__(
        self, workspace: TeamsWorkspace, service_url: Callable[[], str], files_url: Callable[[TeamsFile], str]
    ) -> None:
        self._workspace = workspace
        self._service_url = service_url
        self._files_url = files_url

    # Messages

    def message(self, message: TeamsMessage) -> Json:
        """Writes the activity of a message that a person has sent."""
        activity = {**self._about(message), "type": "message", "textFormat": "plain", **message.body}
        activity["attachments"] = [*activity.get("attachments", []), *map(self._attached, message.files)]
        activity["entities"] = [*activity.get("entities", []), self._client(message.sender)]
        return activity

    def edited(self, message: TeamsMessage, event_type: str = "editMessage") -> Json:
        """Writes that a message was changed, or with `undeleteMessage` that it is there again."""
        activity = {**self.message(message), "type": "messageUpdate"}
        activity["channelData"]["eventType"] = event_type
        return activity

    def deleted(self, message: TeamsMessage) -> Json:
        activity = {**self._about(message), "type": "messageDelete"}
        activity["channelData"]["eventType"] = "softDeleteMessage"
        return activity

    def reaction(self, message: TeamsMessage, user: str, name: str, *, added: bool) -> Json:
        """Writes that a person reacted to a message of the bot, or took the reaction back."""
        place = self._place_of(message)
        key = "reactionsAdded" if added else "reactionsRemoved"
        return {
            **self._frame(place, user, thread=message.thread or None),
            "type": "messageReaction",
            "replyToId": message.id,
            key: [{"type": name}],
        }

    def submitted(self, message: TeamsMessage, user: str, value: Json) -> Json:
        """Writes the message without text that an Action.Submit sends."""
        place = self._place_of(message)
        frame = self._frame(place, user, thread=message.thread or None)
        frame["id"] = self._workspace.next_id()
        return {**frame, "type": "message", "replyToId": message.id, "value": value, "entities": [self._client(user)]}

    def _about(self, message: TeamsMessage) -> Json:
        place = self._place_of(message)
        frame = self._frame(place, message.sender, thread=message.thread or None, at=message.sent_at)
        return {**frame, "id": message.id}

    # Invokes

    def invoke(self, message: TeamsMessage, user: str, name: str, value: Json, *, reply_to: bool = True) -> Json:
        """Writes an invoke that begins at a message of the bot."""
        place = self._place_of(message)
        activity = {**self._frame(place, user, thread=message.thread or None), "type": "invoke", "name": name}
        if reply_to:
            activity["replyToId"] = message.id
        return {**activity, "value": value}

    # Events

    def installation(self, place: Conversation, user: str, action: str) -> Json:
        """Writes `installationUpdate`; `action` is add, remove, add-upgrade or remove-upgrade."""
        activity = {**self._frame(place, user), "type": "installationUpdate", "action": action}
        if isinstance(place, TeamChannel):
            activity["channelData"]["settings"] = {"selectedChannel": {"id": place.id}}
        return activity

    def members(self, place: Conversation, by: str, mris: Sequence[Mapping[str, str]], *, added: bool) -> Json:
        """Writes `conversationUpdate` about people, or the bot, who came or left."""
        activity = {**self._frame(place, by), "type": "conversationUpdate"}
        activity["membersAdded" if added else "membersRemoved"] = [dict(one) for one in mris]
        if isinstance(place, TeamChannel):
            activity["channelData"]["eventType"] = "teamMemberAdded" if added else "teamMemberRemoved"
        return activity

    def changed(self, channel: TeamChannel, by: str, event_type: str) -> Json:
        """Writes `conversationUpdate` about a team or a channel, such as `channelRenamed`."""
        activity = {**self._frame(channel, by), "type": "conversationUpdate"}
        data = activity["channelData"]
        data["eventType"] = event_type
        data["team"]["name"] = self._workspace.teams[channel.team].name
        if event_type.startswith("channel"):
            data["channel"]["name"] = channel.name
        return activity

    def account(self, user: TeamsUser) -> dict[str, str]:
        return {"id": user.mri, "aadObjectId": user.id}

    @property
    def bot(self) -> dict[str, str]:
        return {"id": self._workspace.bot_mri}

    # Parts

    def _frame(self, place: Conversation, user: str, *, thread: str | None = None, at: float | None = None) -> Json:
        """Returns what every activity has."""
        sender = self._workspace.users.get(user)
        moment = datetime.fromtimestamp(self._workspace.now() if at is None else at, UTC)
        frame: Json = {
            "id": self._workspace.next_event_id(),
            "timestamp": _stamp(moment),
            "serviceUrl": self._service_url(),
            "channelId": "msteams",
            "from": self._sender(sender),
            "recipient": {**self.bot, "name": self._workspace.bot_name},
            "conversation": self._conversation(place, thread),
            "channelData": self._channel_data(place),
        }
        if sender is not None:
            local = moment.astimezone(ZoneInfo(sender.tz))
            frame |= {"locale": sender.locale, "localTimezone": sender.tz, "localTimestamp": _local_stamp(local)}
        return frame

    def _sender(self, sender: TeamsUser | None) -> Json:
        return {**self.bot} if sender is None else {**self.account(sender), "name": sender.name}

    def _conversation(self, place: Conversation, thread: str | None) -> Json:
        if isinstance(place, PersonalChat):
            tenant = self._workspace.users[place.user].tenant_id
            return {"conversationType": "personal", "tenantId": tenant, "id": place.id}
        tenant = self._workspace.teams[place.team].tenant_id
        named = f"{place.id}{THREAD}{thread}" if thread else place.id
        return {"isGroup": True, "conversationType": "channel", "tenantId": tenant, "id": named}

    def _channel_data(self, place: Conversation) -> Json:
        if isinstance(place, PersonalChat):
            return {"tenant": {"id": self._workspace.users[place.user].tenant_id}}
        team = self._workspace.teams[place.team]
        channel: Json = {"id": place.id}
        if place.membership is not ChannelMembership.STANDARD:
            channel["type"] = place.membership.value
        return {
            "teamsTeamId": team.id,
            "teamsChannelId": place.id,
            "channel": channel,
            "team": self._team(team),
            "tenant": {"id": team.tenant_id},
        }

    def _team(self, team: TeamOfPeople) -> Json:
        return {"id": team.id, "name": team.name, "aadGroupId": team.group_id}

    def _client(self, user: str) -> Json:
        person = self._workspace.users[user]
        country = person.locale.rpartition("-")[2].upper()
        return {
            "type": "clientInfo",
            "locale": person.locale,
            "country": country,
            "platform": "Web",
            "timezone": person.tz,
        }

    def _attached(self, file: TeamsFile) -> Json:
        """Returns the attachment of a file: a picture that was pasted needs the bot's token, any other file none."""
        if file.is_pasted:
            return {"contentType": file.mimetype, "contentUrl": self._files_url(file)}
        content = {
            "downloadUrl": self._files_url(file),
            "uniqueId": file.id,
            "fileType": file.name.rpartition(".")[2],
        }
        url = f"https://local-stand-in.sharepoint.example/{file.name}"
        return {"contentType": DOWNLOAD, "contentUrl": url, "name": file.name, "content": content}

    def _place_of(self, message: TeamsMessage) -> Conversation:
        chat = self._workspace.chats.get(message.conversation)
        return self._workspace.channels[message.conversation] if chat is None else chat


def _stamp(moment: datetime) -> str:
    """Returns a time as Teams writes it, with seven decimals."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0Z"


def _local_stamp(moment: datetime) -> str:
    offset = f"{moment:%z}"
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}0{offset[:3]}:{offset[3:]}"
