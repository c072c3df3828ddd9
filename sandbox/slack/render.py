"""Renders the state of the local Slack as the JSON objects Slack gives to apps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sandbox.slack.wire import Json
from sandbox.slack.workspace import Channel, ChannelKind, File, Message, User, View, Workspace


class Renderer:
    """Turns state into JSON. `base_url` is where the stand-in serves permalinks and files from."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.base_url = ""

    def message(self, message: Message, *, with_metadata: bool = False) -> Json:
        """Returns a message as in histories and events."""
        answer: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
        answer["team"] = self._workspace.team_id
        answer.update(self._optional_parts(message))
        if message.bot_id:
            answer.update(self._bot_parts(message.bot_id))
        if message.thread_ts:
            answer.update(self._thread_parts(message))
        if with_metadata and message.metadata:
            answer["metadata"] = message.metadata
        return answer

    def _optional_parts(self, message: Message) -> Json:
        parts: Json = {}
        if message.subtype:
            parts["subtype"] = message.subtype
        if message.client_msg_id:
            parts["client_msg_id"] = message.client_msg_id
        if message.blocks:
            parts["blocks"] = message.blocks
        if message.attachments:
            parts["attachments"] = message.attachments
        if message.files:
            parts["files"] = [self.file(file) for file in message.files]
        if message.edited_ts:
            parts["edited"] = {"user": message.edited_by, "ts": message.edited_ts}
        if message.reactions:
            parts["reactions"] = [
                {"name": name, "users": list(users), "count": len(users)} for name, users in message.reactions.items()
            ]
        return parts

    def _bot_parts(self, bot_id: str) -> Json:
        """Returns the fields about the app that posted; for another app they are made up."""
        workspace = self._workspace
        ours = bot_id == workspace.bot_id
        app_id, name = (workspace.app_id, workspace.bot_user.name) if ours else (f"A{bot_id[1:]}", "another app")
        profile = {"id": bot_id, "app_id": app_id, "name": name}
        return {
            "bot_id": bot_id,
            "app_id": app_id,
            "bot_profile": {**profile, "deleted": False, "team_id": workspace.team_id},
        }

    def _thread_parts(self, message: Message) -> Json:
        if message.is_reply:
            root = self._workspace.message(message.channel, message.root_ts)
            return {"thread_ts": message.thread_ts, "parent_user_id": root.user if root else ""}
        return {
            "thread_ts": message.thread_ts,
            "reply_count": message.reply_count,
            "reply_users_count": len(message.reply_users),
            "reply_users": list(message.reply_users),
            "latest_reply": message.latest_reply,
            "is_locked": False,
            "subscribed": False,
        }

    def file(self, file: File) -> Json:
        if file.external:
            return self._external_file(file)
        url = f"{self.base_url}/files/{file.id}/{quote(file.name)}"
        return {
            "id": file.id,
            "name": file.name,
            "title": file.name,
            "mimetype": file.mimetype,
            "filetype": file.name.rpartition(".")[2],
            "size": len(file.content) if file.size is None else file.size,
            "mode": "hosted",
            "is_external": False,
            "url_private": url,
            "url_private_download": url,
            "permalink": url,
        }

    def _external_file(self, file: File) -> Json:
        return {
            "id": file.id,
            "name": file.name,
            "title": file.name,
            "mode": "external",
            "is_external": True,
            "external_type": "gdrive",
            "url_private": file.external,
            "permalink": file.external,
        }

    def file_with_shares(self, file: File, shown_by: Sequence[Message]) -> Json:
        """As `files.info` gives it: with the messages that show it."""
        shares: Json = {}
        for message in shown_by:
            kind = "public" if self._workspace.channels[message.channel].kind is ChannelKind.PUBLIC else "private"
            entry: Json = {"ts": message.ts, "reply_count": message.reply_count}
            if message.thread_ts:
                entry["thread_ts"] = message.thread_ts
            shares.setdefault(kind, {}).setdefault(message.channel, []).append(entry)
        return {**self.file(file), "shares": shares}

    def permalink(self, message: Message) -> str:
        """Returns a link to the stand-in, never to slack.com."""
        link = f"{self.base_url}/archives/{message.channel}/p{message.ts.replace('.', '')}"
        return f"{link}?thread_ts={message.thread_ts}&cid={message.channel}" if message.is_reply else link

    def user(self, user: User, *, with_email: bool, with_locale: bool) -> Json:
        profile: Json = {
            "real_name": user.name,
            "real_name_normalized": user.name,
            "display_name": user.name,
            "display_name_normalized": user.name,
            "avatar_hash": "",
            "team": user.team_id,
        }
        if with_email and user.email and not user.is_stranger:
            profile["email"] = user.email
        answer: Json = {
            "id": user.id,
            "team_id": user.team_id,
            "name": user.name.lower().replace(" ", "."),
            "real_name": user.name,
            "deleted": user.deleted,
            "tz": user.tz,
            "tz_offset": _utc_offset(user.tz, self._workspace.now()),
            "profile": profile,
            "is_bot": user.is_bot,
            "is_app_user": False,
            "updated": 0,
            "is_admin": False,
            "is_owner": False,
            "is_restricted": user.is_restricted,
            "is_ultra_restricted": user.is_ultra_restricted,
        }
        if user.is_stranger:
            answer["is_stranger"] = True
        if user.organization:
            answer["enterprise_user"] = {"enterprise_id": user.organization, "teams": [user.team_id]}
        if with_locale:
            answer["locale"] = user.locale
        return answer

    def channel(self, channel: Channel) -> Json:
        answer: Json = {
            "id": channel.id,
            "created": int(channel.created),
            "is_channel": channel.kind in (ChannelKind.PUBLIC, ChannelKind.PRIVATE),
            "is_group": channel.kind is ChannelKind.PRIVATE,
            "is_im": channel.kind is ChannelKind.DM,
            "is_mpim": channel.kind is ChannelKind.GROUP_DM,
            "is_private": channel.kind is not ChannelKind.PUBLIC,
            "is_archived": channel.is_archived,
            "is_shared": channel.is_ext_shared,
            "is_ext_shared": channel.is_ext_shared,
            "is_org_shared": False,
            "is_pending_ext_shared": channel.is_pending_ext_shared,
            "context_team_id": self._workspace.team_id,
        }
        if channel.kind is ChannelKind.DM:
            person = self._workspace.users.get(channel.person)
            return {**answer, "user": channel.person, "is_user_deleted": person is not None and person.deleted}
        return {**answer, "name": channel.name, "is_member": self._workspace.bot_user.id in channel.members}

    def view(self, view: View, state: Json | None = None) -> Json:
        workspace = self._workspace
        defaults: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None}
        flags = {"clear_on_close": False, "notify_on_close": False}
        return {
            **defaults,
            **flags,
            **view.body,
            "id": view.id,
            "team_id": workspace.team_id,
            "app_id": workspace.app_id,
            "bot_id": workspace.bot_id,
            "app_installed_team_id": workspace.team_id,
            "hash": view.hash,
            "root_view_id": view.root_view_id,
            "previous_view_id": view.previous_view_id,
            "state": {"values": state or {}},
        }


def _utc_offset(zone: str, now: float) -> int:
    offset = datetime.fromtimestamp(now, ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())
