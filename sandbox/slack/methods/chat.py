"""The `chat.*` and `reactions.*` methods of the local stand-in for Slack."""

from __future__ import annotations

from sandbox.slack.content import MessageContent, read_message_content, read_update
from sandbox.slack.events import Payloads
from sandbox.slack.methods import Method, MethodContext
from sandbox.slack.wire import Arguments, Json, RefusedError
from sandbox.slack.workspace import Channel, Ephemeral, Message


class ChatMethods:
    """Posting, changing and deleting messages, and reactions."""

    def __init__(self, context: MethodContext, payloads: Payloads) -> None:
        self._context = context
        self._access = context.access
        self._workspace = context.workspace
        self._payloads = payloads

    def table(self) -> dict[str, Method]:
        return {
            "chat.postMessage": Method(run=self.post_message, scopes=("chat:write",)),
            "chat.update": Method(run=self.update, scopes=("chat:write",)),
            "chat.delete": Method(run=self.delete, scopes=("chat:write",)),
            "chat.postEphemeral": Method(run=self.post_ephemeral, scopes=("chat:write",)),
            "chat.getPermalink": Method(run=self.get_permalink),
            "reactions.add": Method(run=self.add_reaction, scopes=("reactions:write",)),
            "reactions.remove": Method(run=self.remove_reaction, scopes=("reactions:write",)),
        }

    def post_message(self, args: Arguments) -> Json:
        channel = self._access.writable(args.required("channel"))
        content = read_message_content(args)
        message = self.post(channel, content, args.text("thread_ts"), args)
        return {"ok": True, "channel": channel.id, "ts": message.ts, "message": self._context.renderer.message(message)}

    def post(self, channel: Channel, content: MessageContent, thread_ts: str, args: Arguments) -> Message:
        """Stores a message of the app and sends the app its event, as Slack does."""
        root_ts = self._access.thread(channel, thread_ts) if thread_ts else None
        draft = Message(
            channel=channel.id,
            user=self._workspace.bot_user.id,
            bot_id=self._workspace.bot_id,
            thread_ts=root_ts,
            client_msg_id=args.text("client_msg_id") or None,
            text=content.text,
            blocks=content.blocks,
            attachments=content.attachments,
            metadata=content.metadata or None,
            mentions=content.mentions,
        )
        message = self._workspace.post(draft, broadcast=args.flag("reply_broadcast"))
        self._workspace.clear_assistant_status(channel.id, message.root_ts)
        self._context.emit(self._payloads.message(message))
        return message

    def update(self, args: Arguments) -> Json:
        channel = self._access.writable(args.required("channel"))
        message = self._access.message(channel, args.required("ts"))
        if message.bot_id != self._workspace.bot_id:
            raise RefusedError("cant_update_message")
        self.change(message, read_update(args))
        rendered = self._context.renderer.message(message)
        return {"ok": True, "channel": channel.id, "ts": message.ts, "text": message.text, "message": rendered}

    def change(self, message: Message, content: MessageContent) -> None:
        """Replaces the content. Text without blocks removes the blocks; metadata stays unless the call mentions it."""
        previous = self._context.renderer.message(message)
        message.text, message.blocks = content.text, content.blocks
        message.attachments, message.mentions = content.attachments, content.mentions
        if content.metadata is not None:
            message.metadata = content.metadata or None
        self._workspace.mark_edited(message, self._workspace.bot_user.id)
        self._context.emit(self._payloads.message_changed(message, previous))

    def delete(self, args: Arguments) -> Json:
        channel = self._access.joined(args.required("channel"))
        message = self._access.message(channel, args.required("ts"))
        if message.bot_id != self._workspace.bot_id:
            raise RefusedError("cant_delete_message")
        self.remove(message)
        return {"ok": True, "channel": channel.id, "ts": message.ts}

    def remove(self, message: Message) -> None:
        self._context.emit(removal_event(self._context, self._payloads, message))

    def post_ephemeral(self, args: Arguments) -> Json:
        channel = self._access.writable(args.required("channel"))
        user = args.required("user")
        if user not in channel.members:
            raise RefusedError("user_not_in_channel")
        thread_ts = args.text("thread_ts")
        root_ts = self._access.thread(channel, thread_ts) if thread_ts else None
        ephemeral = self.post_private(channel.id, user, read_message_content(args), root_ts)
        return {"ok": True, "message_ts": ephemeral.ts}

    def post_private(self, channel: str, user: str, content: MessageContent, thread_ts: str | None) -> Ephemeral:
        return self._workspace.add_ephemeral(
            Ephemeral(
                channel=channel,
                user=user,
                ts=self._workspace.next_ts(),
                text=content.text,
                blocks=content.blocks,
                thread_ts=thread_ts,
                mentions=content.mentions,
            )
        )

    def get_permalink(self, args: Arguments) -> Json:
        channel = self._access.joined(args.required("channel"))
        message = self._access.message(channel, args.required("message_ts"))
        return {"ok": True, "channel": channel.id, "permalink": self._context.renderer.permalink(message)}

    def add_reaction(self, args: Arguments) -> Json:
        message, name = self._reacted(args)
        if not self._workspace.react(message, self._workspace.bot_user.id, name):
            raise RefusedError("already_reacted")
        self._context.emit(self._payloads.reaction("reaction_added", message, self._workspace.bot_user.id, name))
        return {"ok": True}

    def remove_reaction(self, args: Arguments) -> Json:
        message, name = self._reacted(args)
        if not self._workspace.unreact(message, self._workspace.bot_user.id, name):
            raise RefusedError("no_reaction")
        self._context.emit(self._payloads.reaction("reaction_removed", message, self._workspace.bot_user.id, name))
        return {"ok": True}

    def _reacted(self, args: Arguments) -> tuple[Message, str]:
        channel = self._access.writable(args.required("channel"))
        name = args.required("name").strip(":")
        if not name.replace("_", "").replace("-", "").replace("+", "").replace(":", "").isalnum():
            raise RefusedError("invalid_name")
        return self._access.message(channel, args.required("timestamp")), name


def removal_event(context: MethodContext, payloads: Payloads, message: Message) -> Json:
    """Deletes a message and returns the event: for a root with replies, `message_changed` into a tombstone."""
    previous = context.renderer.message(message)
    if context.workspace.remove(message):
        return payloads.message_changed(message, previous)
    return payloads.message_deleted(message, previous)
