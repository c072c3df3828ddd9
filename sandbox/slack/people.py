"""Actions of the people of the workspace; the app receives them as from Slack."""

from __future__ import annotations

import html
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.impossible import ImpossibleError
from sandbox.slack.composer import forwarded, rich_text_blocks, table
from sandbox.slack.courier import Courier, Delivery
from sandbox.slack.elements import Element, fill_in, find_element, pressed
from sandbox.slack.events import Payloads
from sandbox.slack.mentions import mentions_in_text
from sandbox.slack.methods import MethodContext
from sandbox.slack.methods.chat import removal_event
from sandbox.slack.wire import Json
from sandbox.slack.workspace import Channel, File, Message, User, View


class People:
    """Actions of a person. Every method changes the workspace, notifies the app, and returns the delivery."""

    def __init__(self, context: MethodContext, payloads: Payloads, courier: Courier) -> None:
        self._context = context
        self._workspace = context.workspace
        self._payloads = payloads
        self._courier = courier

    # Messages

    async def say(
        self,
        user: str,
        channel: str,
        text: str,
        thread_ts: str | None = None,
        *,
        files: Sequence[File] = (),
        client_msg_id: str | None = None,
        formatted: bool = False,
        broadcast: bool = False,
        attachments: Sequence[Json] = (),
        through: str | None = None,
    ) -> Delivery:
        """Types a message. `&`, `<` and `>` reach the app as entities, as from Slack, unless the text is `formatted`.

        For a mention of the app in a channel Slack sends two events, the message and the mention; the delivery of the
        message is returned. For `attachments` see `forward` and `paste_table`. `through` is the bot id of another app
        that posts under the person's name.
        """
        if thread_ts and self._message(channel, thread_ts).is_reply:
            raise ImpossibleError(f"{thread_ts} is a reply, not the root of a thread")
        text = text if formatted else html.escape(text, quote=False)
        message = self._workspace.post(
            Message(
                channel=self._writable(user, channel).id,
                user=user,
                text=text,
                blocks=rich_text_blocks(text) if text else [],
                attachments=list(attachments),
                bot_id=through,
                thread_ts=thread_ts,
                client_msg_id=client_msg_id or str(uuid.uuid4()),
                files=tuple(replace(file, id=file.id or self._workspace.next_id("F")) for file in files),
                subtype=_subtype(files, broadcast and bool(thread_ts)),
                mentions=mentions_in_text(text),
            ),
            broadcast=broadcast,
        )
        told = await self._tell(self._payloads.message(message), channel, message.ts)
        if self._payloads.mentions_app(message):
            await self._tell(self._payloads.mention(message), channel, message.ts)
        return told

    async def dm(self, user: str, text: str, thread_ts: str | None = None, *, files: Sequence[File] = ()) -> Delivery:
        """Types a message to the bot."""
        return await self.say(user, self._workspace.dm_of(user), text, thread_ts, files=files)

    async def forward(
        self, user: str, channel: str, source: Message, text: str = "", thread_ts: str | None = None
    ) -> Delivery:
        """Forwards a message with its files, with or without text of one's own."""
        attachment = forwarded(source, self._workspace, self._context.renderer)
        return await self.say(user, channel, text, thread_ts, attachments=[attachment])

    async def paste_table(
        self, user: str, channel: str, rows: Sequence[Sequence[str]], text: str = "", thread_ts: str | None = None
    ) -> Delivery:
        """Pastes cells of a spreadsheet into a message; the first row is the header."""
        return await self.say(user, channel, text, thread_ts, attachments=[table(rows)])

    async def edit(self, user: str, channel: str, ts: str, text: str, *, formatted: bool = False) -> Delivery:
        """Changes a message. `formatted` text is not escaped, as in `say`."""
        message = self._own(user, channel, ts)
        previous = self._context.renderer.message(message)
        message.text = text if formatted else html.escape(text, quote=False)
        message.blocks = rich_text_blocks(message.text)
        self._workspace.mark_edited(message, user)
        return await self._tell(self._payloads.message_changed(message, previous), channel, ts)

    async def take_file_out(self, user: str, channel: str, ts: str, file_id: str, text: str | None = None) -> Delivery:
        """Edits a message: removes a file, and replaces the text where `text` is given."""
        message = self._own(user, channel, ts)
        previous = self._context.renderer.message(message)
        message.files = tuple(file for file in message.files if file.id != file_id)
        if text is not None:
            message.text = html.escape(text, quote=False)
            message.blocks = rich_text_blocks(message.text)
        self._workspace.mark_edited(message, user)
        return await self._tell(self._payloads.message_changed(message, previous), channel, ts)

    async def add_file(self, user: str, channel: str, ts: str, file: File) -> Delivery:
        """Edits a message: adds a file."""
        message = self._own(user, channel, ts)
        previous = self._context.renderer.message(message)
        added = replace(file, id=file.id or self._workspace.next_id("F"))
        self._workspace.files[added.id] = added
        message.files = (*message.files, added)
        self._workspace.mark_edited(message, user)
        return await self._tell(self._payloads.message_changed(message, previous), channel, ts)

    async def change_profile(self, user: str, **changes: Any) -> Delivery:
        """Changes fields of a user, such as their name or `deleted`, and returns the delivery of `user_change`.

        Slack sends the whole user to every app that subscribes, whether or not they ever wrote to it. Its page shows no
        locale in the event.
        """
        changed = self._workspace.users[user] = replace(self._workspace.users[user], **changes)
        with_email = "users:read.email" in self._context.access.scopes
        rendered = self._context.renderer.user(changed, with_email=with_email, with_locale=False)
        return await self._tell(self._payloads.user_change(rendered), "", "")

    async def delete_file(self, file_id: str, *, tells_of_messages: bool = True) -> Delivery:
        """Deletes a file and returns the delivery of `file_deleted`.

        Slack documents that event. Others report that it also sends `message_changed` for the messages that showed the
        file, with a tombstone in its place; without `tells_of_messages` it does not.
        """
        shown = [(one, self._context.renderer.message(one)) for one in self._workspace.shares_of(file_id)]
        self._workspace.remove_file(file_id)
        told = await self._tell(self._payloads.file_deleted(file_id), "", "")
        for message, previous in shown if tells_of_messages else ():
            event = self._payloads.message_changed(message, previous)
            event["message"].setdefault("files", []).append({"id": file_id, "mode": "tombstone"})
            await self._tell(event, message.channel, message.ts)
        return told

    async def preview(self, channel: str, ts: str, attachment: Json) -> Delivery:
        """Adds a link preview to a message, as Slack does by itself; the message does not count as edited."""
        message = self._message(channel, ts)
        previous = self._context.renderer.message(message)
        message.attachments = [*message.attachments, attachment]
        return await self._tell(self._payloads.message_changed(message, previous), channel, ts)

    async def delete(self, user: str, channel: str, ts: str) -> Delivery:
        event = removal_event(self._context, self._payloads, self._own(user, channel, ts))
        return await self._tell(event, channel, ts)

    async def delete_for_all(self, channel: str, ts: str, *, told: bool = True, replies: bool = False) -> None:
        """Deletes any message, as an admin or the workspace's retention does, with its `replies` or without.

        Without `told` the app receives no event, as for what the retention deletes.
        """
        below = [one.ts for one in self._workspace.messages(channel, ts)[1:]] if replies else []
        for each in [*reversed(below), ts]:
            event = removal_event(self._context, self._payloads, self._message(channel, each))
            if told:
                await self._tell(event, channel, each)

    async def react(self, user: str, channel: str, ts: str, name: str) -> Delivery:
        message = self._message(channel, ts)
        if not self._workspace.react(message, user, name):
            raise ImpossibleError(f"{user} has already reacted with {name!r}")
        return await self._tell(self._payloads.reaction("reaction_added", message, user, name), channel, ts)

    # Buttons and forms

    async def press(
        self, user: str, channel: str, message_ts: str, action_id: str, value: str | None = None
    ) -> Delivery:
        """Uses an element of a message: `value` picks the thumb of feedback buttons or the option of a menu."""
        person = self._person(user)
        ephemeral = self._workspace.ephemeral(channel, message_ts)
        if ephemeral:
            action = self._action(find_element(ephemeral.blocks, action_id, value=value), value, user)
            url = self._response_url(channel, user, message_ts, ephemeral.thread_ts)
            payload = self._payloads.action_in_ephemeral(person, ephemeral, action, url)
        else:
            message = self._message(channel, message_ts)
            action = self._action(find_element(message.blocks, action_id, value=value), value, user)
            url = self._response_url(channel, user, message_ts, message.thread_ts)
            payload = self._payloads.action_in_message(person, message, action, url)
        return replace(await self._courier.interaction(payload), channel=channel, ts=message_ts)

    async def use_shortcut(self, user: str, channel: str, message_ts: str, callback_id: str) -> Delivery:
        """Chooses one of the app's shortcuts from the menu of a message. The app need not be in the channel."""
        message = self._message(channel, message_ts)
        url = self._response_url(channel, user, message_ts, message.thread_ts)
        payload = self._payloads.message_shortcut(self._person(user), message, callback_id, url)
        return replace(await self._courier.interaction(payload), channel=channel, ts=message_ts)

    async def press_in_view(self, user: str, view_id: str, action_id: str, value: str | None = None) -> Delivery:
        """Uses an element of a modal or of the Home tab."""
        view = self._view(user, view_id)
        action = self._action(find_element(view.blocks, action_id, value=value), value, user)
        delivery = await self._courier.interaction(self._payloads.action_in_view(self._person(user), view, action))
        return replace(delivery, view_id=view_id)

    async def submit_view(self, user: str, view_id: str, values: Mapping[str, Any]) -> Delivery:
        """Fills in and sends a form; `values` by action_id or block_id.

        The view closes unless the app answers otherwise: with errors it stays and shows them (`view.errors`), with
        update or push another one is shown.
        """
        view = self._view(user, view_id)
        state = fill_in(view.blocks, values)
        delivery = await self._courier.interaction(self._payloads.view_submission(self._person(user), view, state))
        if delivery.ok:
            self._respond(view, delivery.answer or {})
        return replace(delivery, view_id=view_id)

    async def close_view(self, user: str, view_id: str) -> Delivery:
        """Closes a modal. The app is notified only if the view has `notify_on_close`."""
        view = self._view(user, view_id)
        self._workspace.close_view(view)
        if not view.body.get("notify_on_close"):
            return Delivery(kind="interaction", reason="not_subscribed", view_id=view_id)
        payload = self._payloads.view_closed(self._person(user), view, is_cleared=False)
        return replace(await self._courier.interaction(payload), view_id=view_id)

    # The app's own places

    async def open_home(self, user: str, tab: str = "messages") -> Delivery:
        """Opens the app: its "messages" tab, which is the DM, or its "home" tab."""
        event = self._payloads.home_opened(self._person(user).id, tab)
        return await self._tell(event, self._workspace.dm_of(user), "")

    async def stop_session(self, user: str, channel: str, thread_ts: str) -> Delivery:
        """Presses Stop while the app works. Slack changes nothing by itself."""
        return await self._tell(self._payloads.session_stopped(user, channel, thread_ts), channel, thread_ts)

    async def deliver(self, event: Json) -> Delivery:
        """Sends any event, subscribed to or not. One without an envelope gets one."""
        payload = (
            event if event.get("type") in ("event_callback", "url_verification") else self._payloads.envelope(event)
        )
        return await self._courier.event(payload)

    async def interact(self, payload: Json) -> Delivery:
        """Sends any interaction payload as it is."""
        return await self._courier.interaction(payload)

    # Within

    async def _tell(self, event: Json, channel: str, ts: str) -> Delivery:
        delivery = Delivery(reason="not_subscribed")
        if self._is_notified(event):
            delivery = await self._courier.event(self._payloads.envelope(event))
        return replace(delivery, channel=channel, ts=ts)

    def _is_notified(self, event: Json) -> bool:
        channel = self._workspace.channels.get(str(event.get("channel") or event.get("item", {}).get("channel")))
        absent = channel is not None and not self._context.access.is_member(channel)
        return not absent and self._payloads.subscription(event) in self._context.subscriptions

    def _person(self, user: str) -> User:
        if user not in self._workspace.users:
            raise ImpossibleError(f"there is no user {user}")
        return self._workspace.users[user]

    def _writable(self, user: str, channel_id: str) -> Channel:
        channel = self._workspace.channels.get(channel_id)
        if channel is None or self._person(user).id not in channel.members:
            raise ImpossibleError(f"{user} is not a member of {channel_id}")
        if channel.is_archived:
            raise ImpossibleError(f"{channel_id} is archived")
        return channel

    def _message(self, channel: str, ts: str) -> Message:
        message = self._workspace.message(channel, ts)
        if message is None:
            raise ImpossibleError(f"there is no message {ts} in {channel}")
        return message

    def _own(self, user: str, channel: str, ts: str) -> Message:
        message = self._message(channel, ts)
        if message.user != user:
            raise ImpossibleError(f"{ts} was not written by {user}")
        return message

    def _view(self, user: str, view_id: str) -> View:
        view = self._workspace.views.get(view_id)
        if view is None or view.user != user or not view.is_open:
            raise ImpossibleError(f"{user} has no open view {view_id}")
        return view

    def _action(self, element: Element, value: str | None, user: str) -> Json:
        return pressed(element, value, user, self._workspace.next_ts())

    def _response_url(self, channel: str, user: str, message_ts: str, thread_ts: str | None) -> str:
        token = self._workspace.new_response_url(channel, user, message_ts, thread_ts)
        return f"{self._context.renderer.base_url}/response/{token}"

    def _respond(self, view: View, answer: Json) -> None:
        """Applies the app's response to a submission."""
        match answer.get("response_action"):
            case "errors":
                self._workspace.show_view_errors(view, dict(answer["errors"]))
            case "update":
                self._workspace.update_view(view, answer["view"])
            case "push":
                self._workspace.open_view(view.user, answer["view"], on_top_of=view)
            case "clear":
                self._close_stack(view)
            case _:
                self._workspace.close_view(view)

    def _close_stack(self, view: View) -> None:
        for other in list(self._workspace.views.values()):
            if other.root_view_id == view.root_view_id and other.is_open:
                self._workspace.close_view(other)


def _subtype(files: Sequence[File], broadcast: bool) -> str | None:
    if broadcast:
        return "thread_broadcast"
    return "file_share" if files else None
