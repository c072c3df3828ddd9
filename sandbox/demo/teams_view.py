"""Conversations of the local Teams as one person sees them, each message as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.demo.card_html import render_card, render_text, render_typed
from sandbox.demo.html import NOTHING, Html, element, join
from sandbox.teams import LocalTeams, TeamsMessage

_SIGNS = {"like": "👍", "heart": "❤️", "laugh": "😆", "surprised": "😮", "sad": "😢", "angry": "😠"}
_MOST_ANNOUNCED = 300
TYPING_SECONDS = 8.0
"""Seconds for which the sign stands that the bot writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsLine:
    """A message. `announcement` is its text for a screen reader."""

    id: str
    html: str
    announcement: str
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsThread:
    """A thread of a channel, or a whole personal chat, whose root is empty."""

    root: str
    messages: tuple[TeamsLine, ...]
    working: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsView:
    """The conversations as one person sees them."""

    teams: LocalTeams
    person: str

    def chat(self) -> TeamsThread:
        """Returns the person's chat with the bot."""
        conversation = self.teams.chat_of(self.person)
        messages = self.teams.messages(conversation)
        return TeamsThread(root="", messages=self._lines(messages), working=self._is_working(conversation, messages))

    def channel(self, channel: str) -> tuple[TeamsThread, ...]:
        """Returns the threads of a channel, oldest first."""
        roots = [message.id for message in self.teams.messages(channel)]
        return tuple(TeamsThread(root=id, messages=self._lines(self.teams.messages(channel, id))) for id in roots)

    def _is_working(self, conversation: str, messages: list[TeamsMessage]) -> bool:
        """Returns whether the bot has shown that it writes, and has not written since."""
        shown = [at for place, at in self.teams.workspace.typing if place == conversation]
        written = [message.sent_at for message in messages if not message.sender]
        latest = max(shown, default=0.0)
        return latest > max([self.teams.workspace.now() - TYPING_SECONDS, *written])

    def _lines(self, messages: Iterable[TeamsMessage]) -> tuple[TeamsLine, ...]:
        return tuple(self._line(message) for message in messages)

    def _line(self, message: TeamsMessage) -> TeamsLine:
        name = self._name(message.sender)
        return TeamsLine(
            id=message.id,
            html=self._html(message, name),
            announcement=f"{name}: {message.text[:_MOST_ANNOUNCED]}",
            own=message.sender == self.person and not message.is_deleted,
        )

    def _name(self, user: str) -> str:
        return self.teams.workspace.users[user].name if user else self.teams.workspace.bot_name

    def _html(self, message: TeamsMessage, name: str) -> Html:
        look = f"tone-{sum(map(ord, name)) % 4}" if message.sender else "bot"
        avatar = element("span", name[:1].upper(), class_=f"avatar {look}", aria_hidden="true")
        parts = [_byline(message, name, own=message.sender == self.person), *self._content(message)]
        return join([avatar, element("div", *parts, class_="body")])

    def _content(self, message: TeamsMessage) -> list[Html]:
        if message.is_deleted:
            return [element("p", "This message has been deleted.", class_="not-shown")]
        words = render_typed(message.text) if message.sender else render_text(message.text)
        card = message.card_for(self.person)
        parts = [words if message.text else NOTHING, render_card(card) if card else NOTHING, _files(message)]
        return [element("div", *parts, class_="content"), _thumbs(message), _suggestions(message), _reactions(message)]


def _byline(message: TeamsMessage, name: str, *, own: bool) -> Html:
    tools = [_tool("Edit", "edit"), _tool("Delete", "delete")] if own and not message.is_deleted else []
    parts = [
        element("strong", name),
        NOTHING if message.sender else element("span", "app", class_="badge"),
        element("span", "AI generated", class_="badge") if message.is_ai_labelled else NOTHING,
        element("time", "", data_seconds=str(int(message.sent_at))),
        element("span", "edited", class_="edited") if message.edited_at and message.sender else NOTHING,
        element("span", *tools, class_="tools"),
    ]
    return element("div", *parts, class_="byline")


def _tool(label: str, tool: str) -> Html:
    return element("button", label, type="button", class_="tool", data_tool=tool)


def _files(message: TeamsMessage) -> Html:
    return join(element("p", file.name or file.mimetype, class_="file") for file in message.files)


def _thumbs(message: TeamsMessage) -> Html:
    """Renders the thumbs of Teams, and the form that opens under one of them."""
    if not message.has_thumbs:
        return NOTHING
    thumbs = [
        element(
            "details",
            element("summary", sign, class_="press thumb", aria_label=label),
            element("input", type="text", placeholder="Tell us why (optional)", aria_label="Reason"),
            element("button", "Send", type="button", class_="press primary", data_thumb=reaction),
        )
        for reaction, sign, label in (("like", "👍", "Like"), ("dislike", "👎", "Dislike"))
    ]
    return element("div", *thumbs, class_="actions thumbs")


def _suggestions(message: TeamsMessage) -> Html:
    shown = [
        element("button", str(one["title"]), type="button", class_="press", data_suggestion=str(one["title"]))
        for one in message.suggestions
    ]
    return element("div", *shown, class_="actions") if shown else NOTHING


def _reactions(message: TeamsMessage) -> Html:
    shown = [element("span", f"{_SIGNS.get(name, name)} {len(who)}") for name, who in message.reactions.items()]
    return element("p", *shown, class_="reactions") if shown else NOTHING
