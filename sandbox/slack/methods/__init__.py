"""Common parts of the Web API methods: scopes, and access to conversations and messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.fault_injection import DeletedParent, Faults
from sandbox.slack.render import Renderer
from sandbox.slack.wire import Arguments, Json, RefusedError
from sandbox.slack.workspace import Channel, ChannelKind, Message, Workspace

Run = Callable[[Arguments], Json]
Emit = Callable[[Json], None]

SCOPE_PREFIXES = {
    ChannelKind.PUBLIC: "channels",
    ChannelKind.PRIVATE: "groups",
    ChannelKind.DM: "im",
    ChannelKind.GROUP_DM: "mpim",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method. The app needs one of `scopes`, if there are any; `token` is "bot", "app" or "none"."""

    run: Run
    scopes: tuple[str, ...] = ()
    token: str = "bot"


class Access:
    """Looks up conversations and messages for the app, and refuses those it may not see or change."""

    def __init__(self, workspace: Workspace, scopes: frozenset[str], faults: Faults) -> None:
        self.workspace = workspace
        self.scopes = scopes
        self._faults = faults

    def need(self, *alternatives: str) -> None:
        """Raises the refusal `missing_scope` unless the app has one of these scopes."""
        if alternatives and self.scopes.isdisjoint(alternatives):
            provided = ",".join(sorted(self.scopes))
            raise RefusedError("missing_scope", needed=",".join(alternatives), provided=provided)

    def channel(self, channel_id: str, *, scope: str = "") -> Channel:
        """Returns a conversation the app may see. `scope` is the second half of the scope needed, such as "history"."""
        channel = self.workspace.channels.get(channel_id)
        if channel is None or (channel.kind is not ChannelKind.PUBLIC and not self.is_member(channel)):
            raise RefusedError("channel_not_found")
        if scope:
            self.need(f"{SCOPE_PREFIXES[channel.kind]}:{scope}")
        return channel

    def joined(self, channel_id: str, *, scope: str = "") -> Channel:
        """Returns a conversation the app is a member of."""
        channel = self.channel(channel_id, scope=scope)
        if not self.is_member(channel):
            raise RefusedError("not_in_channel")
        return channel

    def writable(self, channel_id: str) -> Channel:
        """Returns a conversation the app may post to. A user id stands for the DM with that person."""
        channel = self.joined(self.dm(channel_id) if channel_id in self.workspace.users else channel_id)
        if channel.is_archived:
            raise RefusedError("is_archived")
        if channel.person and self._is_deactivated(channel.person):
            raise RefusedError("user_disabled")
        return channel

    def _is_deactivated(self, user_id: str) -> bool:
        user = self.workspace.users.get(user_id)
        return user is not None and user.deleted

    def is_member(self, channel: Channel) -> bool:
        return self.workspace.bot_user.id in channel.members

    def dm(self, user_id: str) -> str:
        user = self.workspace.users.get(user_id)
        if user is None:
            raise RefusedError("user_not_found")
        if user.is_bot:
            raise RefusedError("cannot_dm_bot")
        if user.deleted:
            raise RefusedError("user_disabled")
        return self.workspace.dm_of(user_id)

    def message(self, channel: Channel, ts: str) -> Message:
        message = self.workspace.message(channel.id, ts)
        if message is None:
            raise RefusedError("message_not_found")
        return message

    def root(self, channel: Channel, thread_ts: str) -> Message:
        """Returns the root that a reply may be posted under. Slack does not document the errors; they are guesses."""
        if not _looks_like_ts(thread_ts):
            raise RefusedError("invalid_thread_ts")
        root = self.workspace.message(channel.id, thread_ts)
        if root is None:
            raise RefusedError("thread_not_found")
        if root.is_reply:
            raise RefusedError("cannot_reply_to_message")
        return root

    def thread(self, channel: Channel, thread_ts: str) -> str | None:
        """Returns the ts of the root to post a reply under; None: outside of threads, as the root was deleted."""
        treated = self._faults.deleted_parent
        root = self.workspace.message(channel.id, thread_ts)
        if treated is not DeletedParent.KEPT and (root is None or root.is_deleted) and _looks_like_ts(thread_ts):
            if treated is DeletedParent.AT_ROOT:
                return None
            raise RefusedError("thread_not_found")
        return self.root(channel, thread_ts).ts


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodContext:
    """Dependencies of every group of methods. `emit` sends an event to the app without waiting for it."""

    workspace: Workspace
    access: Access
    renderer: Renderer
    emit: Emit
    subscriptions: frozenset[str]
    agent_view: bool


def _looks_like_ts(text: str) -> bool:
    seconds, dot, micros = text.partition(".")
    return bool(dot) and seconds.isdigit() and micros.isdigit()
