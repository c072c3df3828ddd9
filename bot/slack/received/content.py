"""What a message says: its own words, what is forwarded in it, and the files of both.

Slack says most things twice, in `text` and in blocks, and some in one place alone: a pasted table in the blocks of an
attachment, a forwarded message in an attachment, the words of some apps in blocks. All of it is read, and once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.helpdesk.model.file import SharedFile
from bot.slack.markdown import from_slack, wordless
from bot.slack.received.blocks import BlockReader, Unit
from bot.slack.received.files import files_of, transcripts_of
from bot.slack.received.shapes import DEEPEST, Payload, dicts, mapping, string

# Slack's own words where there is nothing to show.
_PLACEHOLDERS = frozenset({"This content can't be displayed.", "[no preview available]"})
_NAMED = re.compile(r"<([@#][A-Z0-9]+|!subteam\^[A-Z0-9]+)\|[^<>]*>")
_EMOJI = re.compile(r":[a-z0-9_+'\-]+:(?::skin-tone-[2-6]:)?", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
# From so many characters on, the same letters in the same order are the same words, however they are divided.
_SURELY_THE_SAME = 12
# An attachment with one of these is a forwarded message, or Slack's copy of one that is linked to.
_FORWARDS = ("is_share", "is_msg_unfurl", "is_reply_unfurl", "is_thread_root_unfurl", "msg_subtype", "message_blocks")
# One with one of these is a preview of something else that is linked to.
_PREVIEWS = ("from_url", "original_url", "app_unfurl_url", "is_app_unfurl", "service_name")


@dataclass(frozen=True, slots=True)
class Forward:
    """A message that somebody else wrote, passed on in a message. `author` is empty where nobody is named.

    `source` tells one forwarded message from another, whatever becomes of its words.
    """

    source: str
    author: str
    body: str
    files: tuple[SharedFile, ...]
    wordless: bool

    @property
    def words(self) -> str:
        """Who wrote it, and what it says."""
        head = f"Forwarded message from {self.author}" if self.author else "Forwarded message"
        return f"{head}:\n{self.body}" if self.body else head


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says. `own` is what its author wrote, `own_files` what they sent with it."""

    own: str
    forwards: tuple[Forward, ...]
    own_files: tuple[SharedFile, ...]

    @property
    def words(self) -> str:
        """All of it, its author's words first."""
        return "\n\n".join(part for part in (self.own, *(forward.words for forward in self.forwards)) if part)

    @property
    def wordless(self) -> bool:
        """Whether there is nothing to ask: emoji and punctuation only."""
        return wordless(self.own) and all(forward.wordless for forward in self.forwards)

    @property
    def files(self) -> tuple[SharedFile, ...]:
        """All files, each once."""
        found = (*self.own_files, *(file for forward in self.forwards for file in forward.files))
        return tuple({file.id: file for file in reversed(found)}.values())[::-1]

    def has_other_words(self, before: Content) -> bool:
        """Whether its author has changed the words: what they wrote, or a forwarded message was taken out.

        What is forwarded now and was not before is Slack's copy of a message that is linked to: nobody has said more.
        """
        return self.own != before.own or not _sources(before) <= _sources(self)

    def has_other_files(self, before: Content) -> bool:
        """Whether a file was taken out, or its author has added one."""
        known, listed = {file.id for file in before.files}, {file.id for file in self.files}
        return not known <= listed or not {file.id for file in self.own_files} <= known


def _sources(content: Content) -> set[str]:
    return {forward.source for forward in content.forwards}


@dataclass(frozen=True, slots=True)
class _Parts:
    """The places in which a message says something."""

    text: str
    units: Sequence[Unit]
    attachments: Sequence[Payload]
    files: Sequence[Payload]


def read_content(message: Payload, *, linked: bool = False) -> Content:
    """The content of a message as it is in events and in histories; see `from_slack` for `linked`."""
    plain = partial(from_slack, names={}, linked=linked)
    return _Reader(plain, BlockReader(plain)).read(message)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads messages. `plain` turns Slack's own markup into words."""

    plain: Callable[[str], str]
    blocks: BlockReader

    def read(self, message: Payload) -> Content:
        return self._read(self._parts(message), 0)

    def _parts(self, message: Payload) -> _Parts:
        return _Parts(
            text=string(message.get("text")),
            units=self.blocks.units(message.get("blocks")),
            attachments=dicts(message.get("attachments")),
            files=dicts(message.get("files")),
        )

    def _read(self, parts: _Parts, depth: int) -> Content:
        attachments = parts.attachments if depth <= DEEPEST else ()
        forwards = tuple(self._forward(one, depth) for one in attachments if _is_forward(one))
        others = [one for one in attachments if not _is_forward(one) and not _is_preview(one)]
        own = self._once(parts.text, parts.units)
        told = [*(unit for one in others for unit in self._told(one, depth)), *transcripts_of(parts.files)]
        listed = [*parts.files, *(file for one in others for file in dicts(one.get("files")))]
        return Content(own=self._completed(own, told), forwards=forwards, own_files=files_of(listed))

    def _told(self, attachment: Payload, depth: int) -> list[Unit]:
        """The words of an attachment that is part of the message: a pasted table, or what an app has put into it."""
        found = [
            *self._lines(attachment, ("pretext", "author_name", "title", "text")),
            *self.blocks.units(attachment.get("blocks")),
        ]
        if not found and not dicts(attachment.get("files")):
            found = self._lines(attachment, ("fallback",))
        inner = self._read(_Parts("", (), dicts(attachment.get("attachments")), ()), depth + 1).words
        return [*found, Unit(inner, inner)] if inner else found

    def _lines(self, attachment: Payload, names: Iterable[str]) -> list[Unit]:
        """Fields: docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments."""
        lines = [self.plain(string(attachment.get(name))) for name in names]
        for field in dicts(attachment.get("fields")):
            told = (self.plain(string(field.get(name))) for name in ("title", "value"))
            lines.append(": ".join(filter(None, told)))
        return [Unit(line, line) for line in lines if line.strip() and line not in _PLACEHOLDERS]

    # What is forwarded.

    def _forward(self, attachment: Payload, depth: int) -> Forward:
        inner = self._read(self._original(attachment), depth + 1)
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
        """A forwarded message as what it was. Newer payloads have its blocks in `message_blocks`, or in both places."""
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
        """The name of whoever wrote it, or the id, which is named later."""
        for name in ("author_name", "author_subname"):
            if words := " ".join(string(attachment.get(name)).split()):
                return self.plain(words)
        id = string(attachment.get("author_id"))
        return f"@{id}" if id else ""

    # Saying everything once.

    def _once(self, text: str, units: Sequence[Unit]) -> str:
        """`text` with whatever of the units it does not say; the units alone, in order, where they say all of it."""
        if units and text in _PLACEHOLDERS:
            text = ""
        words = self.plain(text)
        told = self._tokens(text)
        missing = [unit for unit in units if not (_says(words, told, unit) or self._says_as_markup(told, unit))]
        if missing and _stands_in(told, [token for unit in units for token in _words_of(unit.bare)]):
            return _joined(units)
        return _joined([Unit(words, words), *missing]) if words else _joined(missing)

    def _says_as_markup(self, told: list[str], unit: Unit) -> bool:
        """Whether a text says what a unit says in which an app has left Slack's markup as it is."""
        wanted = self._tokens(unit.bare)
        return bool(wanted) and _stands_in(wanted, told)

    def _completed(self, words: str, told: Sequence[Unit]) -> str:
        """`words` with whatever of `told` they do not say."""
        said = _words_of(words)
        missing = [unit for unit in told if not _says(words, said, unit)]
        return _joined([Unit(words, words), *missing]) if words else _joined(missing)

    def _tokens(self, text: str) -> list[str]:
        """The words of a text as Slack sends it, with people and channels by their ids, as blocks have them."""
        return _words_of(self.plain(_NAMED.sub(r"<\1>", text)))


def _is_forward(attachment: Payload) -> bool:
    return any(attachment.get(mark) for mark in _FORWARDS)


def _is_preview(attachment: Payload) -> bool:
    return any(attachment.get(mark) for mark in _PREVIEWS)


def _words_of(words: str) -> list[str]:
    return _WORD.findall(_EMOJI.sub(" ", words).lower())


def _says(text: str, told: list[str], unit: Unit) -> bool:
    """Whether a text, the words of which are `told`, says what a unit says."""
    wanted = _words_of(unit.bare)
    if not wanted:
        return bool(text.strip())
    letters = "".join(wanted)
    return _stands_in(wanted, told) or (len(letters) >= _SURELY_THE_SAME and letters in "".join(told))


def _stands_in(part: list[str], whole: list[str]) -> bool:
    """Whether the words of `part` stand next to each other in `whole`."""
    return f" {' '.join(part)} " in f" {' '.join(whole)} " if part else True


def _joined(units: Sequence[Unit]) -> str:
    """One below the other, with empty lines around tables."""
    text = ""
    after_table = False
    for unit in units:
        gap = "\n\n" if unit.apart or after_table else "\n"
        text, after_table = f"{text}{gap if text else ''}{unit.words}", unit.apart
    return text
