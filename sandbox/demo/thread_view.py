"""Threads of a channel in the local Slack as one person sees them, each message as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.demo.block_html import render_attachments, render_blocks, summary
from sandbox.demo.fixtures import ON_CALL
from sandbox.demo.html import NOTHING, Html, element, join
from sandbox.demo.mrkdwn_html import Names, as_typed, emoji, link, mrkdwn
from sandbox.slack import Ephemeral, LocalSlack, Message
from sandbox.slack.workspace import File

_MAX_ANNOUNCEMENT = 300

PICTURES = frozenset({"image/gif", "image/jpeg", "image/png", "image/webp"})
"""Content types that are shown as images. None of them can hold scripts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMessage:
    """A message. `announcement` is its text for a screen reader, `own` says that the viewer wrote it."""

    ts: str
    html: str
    announcement: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownThread:
    """A root and its replies. `open` is False for a private message outside of threads, which cannot be replied to."""

    root: str
    messages: tuple[ShownMessage, ...]
    working: bool
    open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelView:
    """A channel as one person sees it."""

    slack: LocalSlack
    channel: str
    person: str

    def threads(self) -> tuple[ShownThread, ...]:
        """Returns all threads, oldest first."""
        roots = [self._thread(message.ts) for message in self.slack.messages(self.channel)]
        alone = [_alone(self._private_message(one)) for one in self._private_messages() if one.thread_ts is None]
        return tuple(sorted([*roots, *alone], key=lambda thread: thread.root))

    def thread(self, root: str) -> ShownThread | None:
        """Returns a thread, or None where it does not exist."""
        return self._thread(root) if self.slack.message(self.channel, root) else None

    def _thread(self, root: str) -> ShownThread:
        messages = [self._message(message) for message in self.slack.messages(self.channel, root)]
        messages += [self._private_message(one) for one in self._private_messages() if one.thread_ts == root]
        messages.sort(key=lambda message: message.ts)
        return ShownThread(root=root, messages=tuple(messages), working=self._is_working(root))

    def _private_messages(self) -> Iterator[Ephemeral]:
        return (one for one in self.slack.ephemerals if (one.channel, one.user) == (self.channel, self.person))

    def _is_working(self, root: str) -> bool:
        session = self.slack.workspace.sessions.get((self.channel, root))
        return session is not None and session.status == "processing"

    def _message(self, message: Message) -> ShownMessage:
        names = names_in(self.slack)
        own = message.user == self.person and message.subtype != "tombstone"
        return ShownMessage(
            ts=message.ts,
            html=_message_html(message, names, own=own),
            announcement=f"{names.person(message.user)}: {summary(message.text, names)[:_MAX_ANNOUNCEMENT]}",
            own=own,
        )

    def _private_message(self, private: Ephemeral) -> ShownMessage:
        names = names_in(self.slack)
        return ShownMessage(
            ts=private.ts,
            html=_private_html(private, self.slack.bot_user_id, names),
            announcement=f"Only you can see this: {summary(private.text, names)[:_MAX_ANNOUNCEMENT]}",
            own=False,
        )


def _alone(message: ShownMessage) -> ShownThread:
    return ShownThread(root=message.ts, messages=(message,), working=False, open=False)


def names_in(slack: LocalSlack) -> Names:
    """Returns the names in this workspace."""
    workspace = slack.workspace
    return Names(
        people={user.id: user.name for user in workspace.users.values()},
        channels={channel.id: channel.name for channel in workspace.channels.values()},
        groups={ON_CALL: "on-call"},
        bots=frozenset(user.id for user in workspace.users.values() if user.is_bot),
    )


def _message_html(message: Message, names: Names, *, own: bool) -> Html:
    name = "" if message.subtype == "tombstone" else names.person(message.user)
    words = render_blocks(message.blocks, names) if message.blocks else mrkdwn(message.text, names)
    attached = (render_attachments(message.attachments, names), _files(message))
    return join(
        [
            _avatar(name, is_bot=message.bot_id is not None),
            element(
                "div",
                _byline(
                    name,
                    message.ts,
                    is_bot=message.bot_id is not None,
                    edited=bool(message.edited_by) and own,
                    tools=_tools(message, names, own=own) if name else NOTHING,
                ),
                element("div", words, *attached, class_="content"),
                _reactions(message, names),
                class_="body",
            ),
        ]
    )


def _private_html(private: Ephemeral, bot: str, names: Names) -> Html:
    content = render_blocks(private.blocks, names) if private.blocks else mrkdwn(private.text, names)
    only = element("p", "Only you can see this", class_="only-you")
    body = element(
        "div",
        only,
        _byline(names.person(bot), private.ts, is_bot=True, edited=False, tools=_row(_tool("Dismiss", "dismiss"))),
        element("div", content, class_="content"),
        class_="body",
    )
    return join([_avatar(names.person(bot), is_bot=True), body])


def _avatar(name: str, *, is_bot: bool) -> Html:
    look = "bot" if is_bot else f"tone-{sum(map(ord, name)) % 4}"
    return element("span", name[:1].upper() or "–", class_=f"avatar {look}", aria_hidden="true")


def _byline(name: str, ts: str, *, is_bot: bool, edited: bool, tools: Html) -> Html:
    parts = [
        element("strong", name or "Somebody"),
        element("span", "app", class_="badge") if is_bot else NOTHING,
        element("time", "", data_seconds=ts),
        element("span", "edited", class_="edited") if edited else NOTHING,
        tools,
    ]
    return element("div", *parts, class_="byline")


def _files(message: Message) -> Html:
    return join(_file(file) for file in message.files)


def _file(file: File) -> Html:
    return element("p", _file_content(file), class_="file", data_file=file.id)


def _file_content(file: File) -> Html:
    if file.external:
        return link(file.external, file.name)
    if file.size is not None:
        return element("span", file.name, " ", element("small", _size(file.size)), class_="unheld")
    address = f"/demo/file?id={file.id}"
    picture = element("img", src=address, alt="") if file.mimetype in PICTURES else NOTHING
    size = element("small", _size(len(file.content)))
    return element("a", picture, file.name, " ", size, href=address, download=file.name)


def _size(count: int) -> str:
    if count < 10_000:
        return f"{count:,} bytes"
    return f"{count / 1000:,.0f} KB" if count < 1_000_000 else f"{count / 1024**2:,.1f} MB"


def _reactions(message: Message, names: Names) -> Html:
    shown = [
        element("span", emoji(name), f" {len(people)}", title=f"{', '.join(map(names.person, people))}: {name}")
        for name, people in message.reactions.items()
    ]
    return element("p", *shown, class_="reactions") if shown else NOTHING


def _tools(message: Message, names: Names, *, own: bool) -> Html:
    """Renders the menu of a message."""
    written = as_typed(message.text, names)
    of_author = [_tool("Edit", "edit", data_text=written), _tool("Delete", "delete")] if own else []
    return _row(*of_author, _tool("Show ids", "show_ids"))


def _row(*tools: Html) -> Html:
    return element("span", *tools, class_="tools")


def _tool(label: str, tool: str, **attributes: str) -> Html:
    return element("button", label, type="button", class_="tool", data_tool=tool, **attributes)
