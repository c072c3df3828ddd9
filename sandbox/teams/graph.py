"""The part of Microsoft Graph in which the bot finds the threads of a channel again.

Source: https://learn.microsoft.com/graph/api/chatmessage-list-replies
"""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from sandbox.teams.wire import ConnectorRefusedError, Json
from sandbox.teams.workspace import TeamChannel, TeamOfPeople, TeamsMessage, TeamsWorkspace

MOST = 50
USUAL = 20


class LocalGraph:
    """Answers questions about messages of channels. `url` returns its own address, for the link to the next page."""

    def __init__(self, workspace: TeamsWorkspace, url: Callable[[], str]) -> None:
        self._workspace = workspace
        self._url = url

    def messages(self, path: str, group: str, channel: str, query: Mapping[str, str]) -> Json:
        """Returns a page of the roots of a channel, the latest first."""
        _, place = self._readable(group, channel)
        return self._page(self._workspace.messages(place.id), place, path, query)

    def replies(self, path: str, group: str, channel: str, root: str, query: Mapping[str, str]) -> Json:
        """Returns a page of the replies of a thread without its root, the latest first."""
        _, place = self._readable(group, channel)
        self._found(place, root)
        return self._page(self._workspace.messages(place.id, root)[1:], place, path, query)

    def message(self, group: str, channel: str, message_id: str) -> Json:
        """Returns one message, also a reply."""
        _, place = self._readable(group, channel)
        return self._written(self._found(place, message_id), place)

    def _readable(self, group: str, channel_id: str) -> tuple[TeamOfPeople, TeamChannel]:
        """Returns a channel that the permission of its team lets the bot read."""
        team = next((one for one in self._workspace.teams.values() if one.group_id == group), None)
        channel = self._workspace.conversation(channel_id)
        if team is None or not isinstance(channel, TeamChannel) or channel.team != team.id:
            raise ConnectorRefusedError(404, "NotFound", "Team or channel not found.")
        if not (team.is_installed and team.reads_all):
            raise ConnectorRefusedError(
                403, "Forbidden", "Missing role permissions on the request: ChannelMessage.Read.Group."
            )
        return team, channel

    def _found(self, channel: TeamChannel, message_id: str) -> TeamsMessage:
        message = self._workspace.message(channel.id, message_id)
        if message is None:
            raise ConnectorRefusedError(404, "NotFound", "Message not found.")
        return message

    def _page(
        self, messages: Sequence[TeamsMessage], channel: TeamChannel, path: str, query: Mapping[str, str]
    ) -> Json:
        size = _number(query.get("$top", str(USUAL)))
        if not 1 <= size <= MOST:
            raise ConnectorRefusedError(400, "BadRequest", f"$top must be between 1 and {MOST}.")
        first = _number(query.get("$skiptoken", "0"))
        latest = list(reversed(messages))
        page: Json = {"value": [self._written(one, channel) for one in latest[first : first + size]]}
        if first + size < len(latest):
            page["@odata.nextLink"] = f"{self._url()}/{path}?$top={size}&$skiptoken={first + size}"
        return page

    def _written(self, message: TeamsMessage, channel: TeamChannel) -> Json:
        team = self._workspace.teams[channel.team]
        attachments = [_card(index, card) for index, card in enumerate(message.cards)]
        return {
            "id": message.id,
            "replyToId": message.thread if message.is_reply else None,
            "messageType": "message",
            "createdDateTime": _moment(message.sent_at),
            "lastModifiedDateTime": _moment(message.edited_at or message.sent_at),
            "lastEditedDateTime": _moment(message.edited_at) if message.edited_at else None,
            "deletedDateTime": _moment(self._workspace.now()) if message.is_deleted else None,
            "from": self._from(message),
            "body": {"contentType": "html", "content": _content(message, attachments)},
            "channelIdentity": {"teamId": team.group_id, "channelId": channel.id},
            "attachments": attachments,
            "mentions": self._mentions(message),
            "reactions": [],
        }

    def _mentions(self, message: TeamsMessage) -> list[Json]:
        entities = [one for one in message.body.get("entities") or [] if one.get("type") == "mention"]
        return [
            {"id": index, "mentionText": one["mentioned"]["name"], "mentioned": self._account(one["mentioned"]["id"])}
            for index, one in enumerate([] if message.is_deleted else entities)
        ]

    def _account(self, mri: str) -> Json:
        user = self._workspace.user_by(mri)
        if user is None:
            return {"application": {"id": self._workspace.app_id, "displayName": self._workspace.bot_name}}
        return {"user": {"id": user.id, "displayName": user.name}}

    def _from(self, message: TeamsMessage) -> Json:
        if not message.sender:
            bot = {"id": self._workspace.app_id, "displayName": self._workspace.bot_name}
            return {"application": {**bot, "applicationIdentityType": "bot"}, "user": None, "device": None}
        user = self._workspace.users[message.sender]
        person = {"id": user.id, "displayName": user.name, "userIdentityType": "aadUser", "tenantId": user.tenant_id}
        return {"user": person, "application": None, "device": None}


def _card(index: int, card: Json) -> Json:
    content = json.dumps(card)
    return {"id": f"card-{index}", "contentType": "application/vnd.microsoft.card.adaptive", "content": content}


def _content(message: TeamsMessage, attachments: Sequence[Json]) -> str:
    """Returns the HTML of a message. Graph shows a card as an empty mark in it, and a deleted message as nothing.

    Markdown of the bot stays as it is: how Graph renders it is not documented.
    """
    marks = "".join(f'<attachment id="{one["id"]}"></attachment>' for one in attachments)
    # The text of a person has entities already, apart from its mentions, which Graph numbers.
    words = message.text if message.sender else html.escape(message.text, quote=False).replace("&lt;at&gt;", "<at>")
    numbers = itertools.count()
    numbered = re.sub("<at>", lambda _: f'<at id="{next(numbers)}">', words.replace("&lt;/at&gt;", "</at>"))
    return numbered.replace("\n", "<br>") + marks


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ConnectorRefusedError(400, "BadRequest", f"Not a number: {text}") from error
