"""Reads a message: its author, its own words, forwarded messages, and the files of both.

Slack sends most words twice, in `text` and in blocks, and some in one place only: a pasted table in the blocks of an
attachment, a forwarded message in an attachment, the words of some apps in blocks. All are read, without duplicates."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.helpdesk.inbox.entries import UNSTORABLE
from bot.helpdesk.model.chat import SharedFile
from bot.helpdesk.text import legible
from bot.json_reading import dicts, mapping, string
from bot.slack.markdown import from_slack, wordless
from bot.slack.received.blocks import DEEPEST, BlockReader, Payload, Unit

# Subtypes: docs.slack.dev/reference/events/message. A table in docs/incoming.md says what becomes of each.

WRITTEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""Subtypes of messages that people write; ordinary messages have the empty one."""

NOTICES = frozenset(
    {
        "app_conversation_join",
        "app_conversation_leave",
        "assistant_app_thread",
        "bot_add",
        "bot_disable",
        "bot_enable",
        "bot_remove",
        "channel_archive",
        "channel_canvas_updated",
        "channel_convert_to_private",
        "channel_convert_to_public",
        "channel_join",
        "channel_leave",
        "channel_name",
        "channel_posting_permissions",
        "channel_purpose",
        "channel_topic",
        "channel_unarchive",
        "document_mention",
        "ekm_access_denied",
        "file_comment",
        "file_mention",
        "group_archive",
        "group_join",
        "group_leave",
        "group_name",
        "group_purpose",
        "group_topic",
        "group_unarchive",
        "huddle_thread",
        "joiner_notification",
        "joiner_notification_for_inviter",
        "message_changed",
        "message_deleted",
        "message_replied",
        "pinned_item",
        "reminder_add",
        "reminder_delete",
        "reply_broadcast",
        "sh_room_created",
        "sh_room_shared",
        "slackbot_response",
        "tabbed_canvas_updated",
        "tombstone",
        "unpinned_item",
    }
)
"""Subtypes of Slack's own notices, whoever is named as the author."""

_SYSTEM_USERS = frozenset({"USLACK", "USLACKBOT"})


class Authorship(enum.Enum):
    """The kind of author. UNVERIFIED: a person or another bot, which only the list of users can tell."""

    PERSON = enum.auto()
    UNVERIFIED = enum.auto()
    NOBODY = enum.auto()


def is_person(user: object, bot_user: str) -> bool:
    """Tells whether an id is of a user other than Slack's own and the bot."""
    return isinstance(user, str) and user not in {"", bot_user, *_SYSTEM_USERS}


def is_unknown(message: Payload) -> bool:
    """Tells whether a message has a subtype that is not listed here."""
    return string(message.get("subtype")) not in WRITTEN | NOTICES | {"bot_message"}


def authorship(message: Payload, bot_user: str) -> Authorship:
    """Returns the kind of author of a message. `bot_user` is the bot's own user.

    A post of an app for a person looks like that of a bot: both have a user and a `bot_id`.
    """
    subtype = string(message.get("subtype"))
    if subtype in NOTICES or not is_person(message.get("user"), bot_user):
        return Authorship.NOBODY
    if message.get("bot_id") or subtype not in WRITTEN:
        return Authorship.UNVERIFIED
    return Authorship.PERSON


# Files: docs.slack.dev/reference/objects/file-object.

# Stored elsewhere, or hidden by the limit of a free workspace.
_WITHOUT_CONTENT = frozenset({"external", "hidden_by_limit"})
# The rest of a deleted file.
_DELETED = "tombstone"
# Characters; Slack's ids have a few dozen, and an index entry of a database is limited.
_LONGEST_ID = 200


def files_of(files: object) -> tuple[SharedFile, ...]:
    """Returns the files of a list; deleted ones are left out."""
    return tuple(_file(file) for file in dicts(files) if file.get("mode") != _DELETED)


def _file(file: Payload) -> SharedFile:
    """Reads a file. One of another service or company has no address that the bot's token opens."""
    ours = not file.get("is_external") and string(file.get("mode")) not in _WITHOUT_CONTENT
    names = [_storable(file.get(name)) for name in ("name", "title", "id")]
    name = next(filter(None, names), "file")
    size = file.get("size")
    return SharedFile(
        id=(_storable(file.get("id")) or name)[:_LONGEST_ID],
        name=name,
        size=size if isinstance(size, int) and size > 0 else 0,
        url=(_storable(file.get("url_private_download")) or None) if ours else None,
        link=_storable(file.get("permalink")) or None,
    )


def _storable(value: object) -> str:
    """Returns a text that a database can store and people can read."""
    return legible(UNSTORABLE.sub("", string(value)))


def transcripts_of(files: object) -> list[Unit]:
    """Returns the transcripts of voice and video messages, as far as Slack has them."""
    return [unit for file in dicts(files) for unit in _transcript(file)]


def _transcript(file: Payload) -> list[Unit]:
    preview = mapping(mapping(file.get("transcription")).get("preview"))
    words = string(preview.get("content")).strip()
    if not words or file.get("mode") == _DELETED:
        return []
    rest = " … (there is more in the recording)" if preview.get("has_more") else ""
    return [Unit(f"{words}{rest}", words)]


# Slack's texts in place of content that cannot be shown.
_PLACEHOLDERS = frozenset({"This content can't be displayed.", "[no preview available]"})
_NAMED = re.compile(r"<([@#][A-Z0-9]+|!subteam\^[A-Z0-9]+)\|[^<>]*>")
_EMOJI = re.compile(r":[a-z0-9_+'\-]+:(?::skin-tone-[2-6]:)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
# Characters. From this length on, the same letters in the same order count as the same words, however divided.
_LONG_MATCH = 12
# Fields of an attachment that is a forwarded message, or Slack's copy of a linked one.
_FORWARDS = ("is_share", "is_msg_unfurl", "is_reply_unfurl", "is_thread_root_unfurl", "msg_subtype", "message_blocks")
# Fields of a preview of any other link.
_PREVIEWS = ("from_url", "original_url", "app_unfurl_url", "is_app_unfurl", "service_name")


@dataclass(frozen=True, slots=True)
class Forward:
    """A forwarded message inside a message. `author` is empty if nobody is named.

    `source` identifies the forwarded message, even after its words have changed.
    """

    source: str
    author: str
    body: str
    files: tuple[SharedFile, ...]
    wordless: bool

    @property
    def words(self) -> str:
        """Its author and text."""
        head = f"Forwarded message from {self.author}" if self.author else "Forwarded message"
        return f"{head}:\n{self.body}" if self.body else head


@dataclass(frozen=True, slots=True)
class ReceivedContent:
    """The content of a message. `own` is the text of its author, `own_files` are the files of its author."""

    own: str
    forwards: tuple[Forward, ...]
    own_files: tuple[SharedFile, ...]

    @property
    def words(self) -> str:
        """The whole text, with the author's own first."""
        return "\n\n".join(part for part in (self.own, *(forward.words for forward in self.forwards)) if part)

    @property
    def wordless(self) -> bool:
        """Tells whether it has no words, only emoji and punctuation."""
        return wordless(self.own) and all(forward.wordless for forward in self.forwards)

    @property
    def files(self) -> tuple[SharedFile, ...]:
        """All files, without duplicates."""
        found = (*self.own_files, *(file for forward in self.forwards for file in forward.files))
        return tuple({file.id: file for file in reversed(found)}.values())[::-1]

    def has_other_words(self, before: ReceivedContent) -> bool:
        """Tells whether the author has changed the text or removed a forwarded message.

        A forwarded message that was not there before is Slack's copy of a linked one, not an edit.
        """
        return self.own != before.own or not _sources(before) <= _sources(self)

    def has_other_files(self, before: ReceivedContent) -> bool:
        """Tells whether a file was removed, or added by the author."""
        known, listed = {file.id for file in before.files}, {file.id for file in self.files}
        return not known <= listed or not {file.id for file in self.own_files} <= known


def _sources(content: ReceivedContent) -> set[str]:
    return {forward.source for forward in content.forwards}


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of a message that hold text or files."""

    text: str
    units: Sequence[Unit]
    attachments: Sequence[Payload]
    files: Sequence[Payload]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads messages. `plain` turns Slack's own markup into plain text."""

    plain: Callable[[str], str]
    blocks: BlockReader

    def read(self, parts: _Parts, depth: int) -> ReceivedContent:
        """Reads the parts of a message that stands this deep in others."""
        attachments = parts.attachments if depth <= DEEPEST else ()
        forwards = tuple(self._forward(one, depth) for one in attachments if _is_forward(one))
        others = [one for one in attachments if not _is_forward(one) and not _is_preview(one)]
        own = self._once(parts.text, parts.units)
        attached = [*(unit for one in others for unit in self._attached(one, depth)), *transcripts_of(parts.files)]
        listed = [*parts.files, *(file for one in others for file in dicts(one.get("files")))]
        return ReceivedContent(own=self._completed(own, attached), forwards=forwards, own_files=files_of(listed))

    def _attached(self, attachment: Payload, depth: int) -> list[Unit]:
        """Reads an attachment that is part of the message: a pasted table, or the attachment of an app."""
        found = [
            *self._lines(attachment, ("pretext", "author_name", "title", "text")),
            *self.blocks.units(attachment.get("blocks")),
        ]
        if not found and not dicts(attachment.get("files")):
            found = self._lines(attachment, ("fallback",))
        inner = self.read(_Parts("", (), dicts(attachment.get("attachments")), ()), depth + 1).words
        return [*found, Unit(inner, inner)] if inner else found

    def _lines(self, attachment: Payload, names: Iterable[str]) -> list[Unit]:
        """Reads fields: docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments."""
        lines = [self.plain(string(attachment.get(name))) for name in names]
        for field in dicts(attachment.get("fields")):
            cells = (self.plain(string(field.get(name))) for name in ("title", "value"))
            lines.append(": ".join(filter(None, cells)))
        return [Unit(line, line) for line in lines if line.strip() and line not in _PLACEHOLDERS]

    # Forwarded messages.

    def _forward(self, attachment: Payload, depth: int) -> Forward:
        inner = self.read(self._original(attachment), depth + 1)
        body, is_wordless = inner.words, inner.wordless
        if not body and not inner.files:
            body = "\n".join(unit.words for unit in self._lines(attachment, ("fallback",)))
            is_wordless = wordless(body)
        author = self._author(attachment)
        places = (string(attachment.get(name)) for name in ("from_url", "channel_id", "ts"))
        return Forward(
            source=" ".join(filter(None, places)) or f"{author} {body}",
            author=author,
            body=body.strip(),
            files=tuple(replace(file, forwarded=True) for file in inner.files),
            wordless=is_wordless,
        )

    def _original(self, attachment: Payload) -> _Parts:
        """Returns the parts of a forwarded message. Newer payloads have its blocks in `message_blocks`, or twice."""
        entries = dicts(attachment.get("message_blocks"))
        sources = [attachment, *(mapping(entry.get("message")) for entry in entries)]
        texts = filter(None, (string(one.get("text")) for one in sources))
        heads = [string(attachment.get(name)) for name in ("pretext", "title")]
        units: dict[str, None] = {}
        found: list[Unit] = []
        for blocks in (*(one.get("blocks") for one in sources), [one for one in entries if "message" not in one]):
            fresh = [unit for unit in self.blocks.units(blocks) if unit.words not in units]
            units.update(dict.fromkeys(unit.words for unit in fresh))
            found += fresh
        fields = [{"fields": [field]} for field in dicts(attachment.get("fields"))]
        return _Parts(
            text="\n".join(filter(None, (*heads, next(texts, "")))),
            units=found,
            attachments=[*(inner for one in sources for inner in dicts(one.get("attachments"))), *fields],
            files=[file for one in sources for file in dicts(one.get("files"))],
        )

    def _author(self, attachment: Payload) -> str:
        """Returns the author's name, or an id that is replaced by a name later."""
        for name in ("author_name", "author_subname"):
            if words := " ".join(string(attachment.get(name)).split()):
                return self.plain(words)
        id = string(attachment.get("author_id"))
        return f"@{id}" if id else ""

    # Removing duplicates: Slack sends the same words as text, blocks and attachments.

    def _once(self, text: str, units: Sequence[Unit]) -> str:
        """Joins `text` with the units that it lacks; returns the units alone if they hold all of it."""
        if units and text in _PLACEHOLDERS:
            text = ""
        words = self.plain(text)
        tokens = self._tokens(text)
        missing = [unit for unit in units if not self._has(words, tokens, unit)]
        if missing and _is_sublist(tokens, [word for unit in units for word in _words_of(unit.bare)]):
            return _joined(units)
        return _joined([Unit(words, words), *missing]) if words else _joined(missing)

    def _has(self, text: str, tokens: list[str], unit: Unit) -> bool:
        """Tells whether a text holds the words of a unit, in which an app may have left Slack's markup."""
        if _contains(text, tokens, unit):
            return True
        wanted = self._tokens(unit.bare)
        return bool(wanted) and _is_sublist(wanted, tokens)

    def _completed(self, words: str, units: Sequence[Unit]) -> str:
        """Joins `words` with the units that they lack."""
        tokens = _words_of(words)
        missing = [unit for unit in units if not _contains(words, tokens, unit)]
        return _joined([Unit(words, words), *missing]) if words else _joined(missing)

    def _tokens(self, text: str) -> list[str]:
        """Splits a text of Slack's into words, with ids of people and channels as in blocks."""
        return _words_of(self.plain(_NAMED.sub(r"<\1>", text)))


def _is_forward(attachment: Payload) -> bool:
    return any(attachment.get(mark) for mark in _FORWARDS)


def _is_preview(attachment: Payload) -> bool:
    return any(attachment.get(mark) for mark in _PREVIEWS)


def _words_of(words: str) -> list[str]:
    return _WORD.findall(_EMOJI.sub(" ", words).lower())


def _contains(text: str, tokens: list[str], unit: Unit) -> bool:
    """Tells whether a text, split into the words `tokens`, holds the words of a unit."""
    wanted = _words_of(unit.bare)
    if not wanted:
        return bool(text.strip())
    letters = "".join(wanted)
    return _is_sublist(wanted, tokens) or (len(letters) >= _LONG_MATCH and letters in "".join(tokens))


def _is_sublist(part: list[str], whole: list[str]) -> bool:
    """Tells whether `whole` contains the words of `part` in a row."""
    return f" {' '.join(part)} " in f" {' '.join(whole)} " if part else True


def _joined(units: Sequence[Unit]) -> str:
    """Joins units with line breaks, and with empty lines around tables."""
    text = ""
    after_table = False
    for unit in units:
        gap = "\n\n" if unit.apart or after_table else "\n"
        text, after_table = f"{text}{gap if text else ''}{unit.words}", unit.apart
    return text


_READERS = {
    linked: _Reader(plain, BlockReader(plain))
    for linked in (True, False)
    for plain in (partial(from_slack, names={}, linked=linked),)
}


def message_content(message: Payload, *, linked: bool = False) -> ReceivedContent:
    """Reads the content of a message of an event or a history; see `from_slack` for `linked`."""
    reader = _READERS[linked]
    parts = _Parts(
        text=string(message.get("text")),
        units=reader.blocks.units(message.get("blocks")),
        attachments=dicts(message.get("attachments")),
        files=dicts(message.get("files")),
    )
    return reader.read(parts, 0)
