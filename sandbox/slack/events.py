"""Builds the payloads Slack sends to apps: events and interactions, as JSON objects.

Source: https://docs.slack.dev/apis/events-api and https://docs.slack.dev/reference/interaction-payloads
"""

from __future__ import annotations

from sandbox.slack.render import Renderer
from sandbox.slack.wire import Json
from sandbox.slack.workspace import Channel, ChannelKind, Ephemeral, Message, User, View, Workspace

TOKEN = "local-stand-in-not-slack"
_SUBSCRIPTIONS = {
    ChannelKind.PUBLIC: "message.channels",
    ChannelKind.PRIVATE: "message.groups",
    ChannelKind.DM: "message.im",
    ChannelKind.GROUP_DM: "message.mpim",
}


class Payloads:
    """Builder of payloads about one workspace."""

    def __init__(self, workspace: Workspace, renderer: Renderer) -> None:
        self._workspace = workspace
        self._renderer = renderer

    def subscription(self, event: Json) -> str:
        """Returns the name under which an app subscribes to this event."""
        channel = self._workspace.channels.get(str(event.get("channel")))
        return _SUBSCRIPTIONS[channel.kind] if event["type"] == "message" and channel else str(event["type"])

    # Events

    def envelope(self, event: Json) -> Json:
        """Wraps an event in its envelope."""
        workspace = self._workspace
        channel = workspace.channels.get(str(event.get("channel")))
        authorization = {"enterprise_id": None, "team_id": workspace.team_id, "user_id": workspace.bot_user.id}
        return {
            "token": TOKEN,
            "team_id": workspace.team_id,
            "context_team_id": workspace.team_id,
            "context_enterprise_id": None,
            "api_app_id": workspace.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": workspace.next_id("Ev"),
            "event_time": int(workspace.now()),
            "authorizations": [{**authorization, "is_bot": True, "is_enterprise_install": False}],
            "is_ext_shared_channel": bool(channel and channel.is_ext_shared),
            "event_context": workspace.next_id("EC"),
        }

    def message(self, message: Message) -> Json:
        event = self._renderer.message(message)
        user = self._workspace.users.get(message.user)
        if user and user.team_id != self._workspace.team_id:
            event.update(user_team=user.team_id, source_team=user.team_id, team=user.team_id)
        return {**event, **self._place(message.channel), "event_ts": message.ts}

    def mentions_app(self, message: Message) -> bool:
        """Returns whether Slack also sends `app_mention` for the message; it does not in a DM."""
        in_dm = self._workspace.channels[message.channel].kind is ChannelKind.DM
        return not in_dm and f"<@{self._workspace.bot_user.id}>" in message.text

    def mention(self, message: Message) -> Json:
        """Builds the `app_mention` event, which has no `channel_type`."""
        event = {**self.message(message), "type": "app_mention"}
        del event["channel_type"]
        return event

    def message_changed(self, message: Message, previous: Json) -> Json:
        new = self._renderer.message(message)
        return self._hidden("message_changed", message, {"message": new, "previous_message": previous})

    def message_deleted(self, message: Message, previous: Json) -> Json:
        return self._hidden("message_deleted", message, {"previous_message": previous, "deleted_ts": message.ts})

    def _hidden(self, subtype: str, message: Message, more: Json) -> Json:
        ts = self._workspace.next_ts()
        place = self._place(message.channel)
        return {"type": "message", "subtype": subtype, "hidden": True, "ts": ts, "event_ts": ts, **place, **more}

    def _place(self, channel_id: str) -> Json:
        return {"channel": channel_id, "channel_type": self._workspace.channels[channel_id].kind.value}

    def user_change(self, user: Json) -> Json:
        """Builds the `user_change` event. Source: https://docs.slack.dev/reference/events/user_change"""
        ts = self._workspace.next_ts()
        return {"type": "user_change", "user": user, "cache_ts": int(float(ts)), "event_ts": ts}

    def file_deleted(self, file_id: str) -> Json:
        """Builds the `file_deleted` event, which names neither the person nor the messages."""
        return {"type": "file_deleted", "file_id": file_id, "event_ts": self._workspace.next_ts()}

    def reaction(self, kind: str, message: Message, user: str, name: str) -> Json:
        """Builds the event; `kind` is reaction_added or reaction_removed."""
        item = {"type": "message", "channel": message.channel, "ts": message.ts}
        ts = self._workspace.next_ts()
        return {"type": kind, "user": user, "reaction": name, "item": item, "item_user": message.user, "event_ts": ts}

    def home_opened(self, user: str, tab: str) -> Json:
        event: Json = {"type": "app_home_opened", "user": user, "channel": self._workspace.dm_of(user), "tab": tab}
        home = self._workspace.homes.get(user)
        if tab == "home" and home:
            event["view"] = self._renderer.view(home)
        return {**event, "event_ts": self._workspace.next_ts()}

    def session_stopped(self, user: str, channel: str, thread_ts: str) -> Json:
        return {
            "type": "agent_session_stopped",
            "channel": channel,
            "thread_ts": thread_ts,
            "user": user,
            "streaming_message_ts": [],
            "event_ts": self._workspace.next_ts(),
        }

    # Interactions

    def action_in_message(self, user: User, message: Message, action: Json, response_url: str) -> Json:
        container: Json = {"type": "message", "message_ts": message.ts, "channel_id": message.channel}
        container["is_ephemeral"] = False
        if message.is_reply:
            container["thread_ts"] = message.thread_ts
        return {
            **self._interaction("block_actions", user),
            "container": container,
            "channel": self._channel(self._workspace.channels[message.channel]),
            "message": self._renderer.message(message),
            "state": {"values": {}},
            "response_url": response_url,
            "actions": [action],
        }

    def message_shortcut(self, user: User, message: Message, callback_id: str, response_url: str) -> Json:
        return {
            **self._interaction("message_action", user),
            "callback_id": callback_id,
            "action_ts": self._workspace.next_ts(),
            "message_ts": message.ts,
            "channel": self._channel(self._workspace.channels[message.channel]),
            "message": self._renderer.message(message),
            "response_url": response_url,
        }

    def action_in_ephemeral(self, user: User, ephemeral: Ephemeral, action: Json, response_url: str) -> Json:
        container: Json = {"type": "message", "message_ts": ephemeral.ts, "channel_id": ephemeral.channel}
        container["is_ephemeral"] = True
        if ephemeral.thread_ts:
            container["thread_ts"] = ephemeral.thread_ts
        return {
            **self._interaction("block_actions", user),
            "container": container,
            "channel": self._channel(self._workspace.channels[ephemeral.channel]),
            "state": {"values": {}},
            "response_url": response_url,
            "actions": [action],
        }

    def action_in_view(self, user: User, view: View, action: Json) -> Json:
        return {
            **self._interaction("block_actions", user),
            "container": {"type": "view", "view_id": view.id},
            "view": self._renderer.view(view),
            "actions": [action],
        }

    def view_submission(self, user: User, view: View, values: Json) -> Json:
        return {
            **self._interaction("view_submission", user),
            "view": self._renderer.view(view, values),
            "response_urls": [],
        }

    def view_closed(self, user: User, view: View, *, is_cleared: bool) -> Json:
        payload = self._interaction("view_closed", user)
        del payload["trigger_id"]
        return {**payload, "view": self._renderer.view(view), "is_cleared": is_cleared}

    def _interaction(self, kind: str, user: User) -> Json:
        workspace = self._workspace
        name = user.name.lower().replace(" ", ".")
        return {
            "type": kind,
            "user": {"id": user.id, "username": name, "name": name, "team_id": user.team_id},
            "api_app_id": workspace.app_id,
            "token": TOKEN,
            "trigger_id": workspace.new_trigger(user.id),
            "team": {"id": workspace.team_id, "domain": "local-stand-in"},
            "enterprise": {"id": workspace.organization} if workspace.organization else None,
            "is_enterprise_install": False,
        }

    def _channel(self, channel: Channel) -> Json:
        names = {ChannelKind.DM: "directmessage", ChannelKind.PRIVATE: "privategroup"}
        return {"id": channel.id, "name": names.get(channel.kind, channel.name)}
