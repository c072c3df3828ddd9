"""Reads a message: its author, its words, the people it mentions, and its files.

Nothing here raises for an undocumented shape: a part that cannot be read is left out.
Shapes: learn.microsoft.com/microsoftteams/platform/bots/how-to/conversations/conversation-messages
"""

from __future__ import annotations

import hashlib
import html
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.helpdesk.model.chat import SharedFile
from bot.json_reading import dicts, mapping, string
from bot.teams.received.html import words_of_html

Json = Mapping[str, Any]

BOT_PREFIX = "28:"
"""The ids of bots begin with this, those of people with "29:"."""

_HTML = "text/html"
_FILE = "application/vnd.microsoft.teams.file.download.info"
_IMAGE = re.compile(r"image/[\w.+*-]+")
# HTML that says more than the text of a message.
_TELLING = re.compile(r"<(?:ul|ol|pre|codeblock|code|blockquote|table|a|img|emoji)\b", re.IGNORECASE)
_AT = re.compile(r"</?at(?:\s[^<>]*)?>", re.IGNORECASE)
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3|\u2139\ufe0f?")
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMessage:
    """The words of a message without the mention of the bot, and its files. `mentions_us`: it had one."""

    words: str
    files: tuple[SharedFile, ...]
    mentions_us: bool

    @property
    def wordless(self) -> bool:
        """Returns whether it has no words, only emoji and punctuation."""
        rest = _KEYCAP.sub("", self.words)
        return not any(unicodedata.category(character)[0] in "LN" for character in rest)


def is_person(author: Json, bot: Json) -> bool:
    """Returns whether an account is a person's: neither the bot's own nor another bot's."""
    id = string(author.get("id"))
    if not (id or string(author.get("aadObjectId"))) or id.startswith(BOT_PREFIX):
        return False
    return string(author.get("role")).lower() != "bot" and id != string(bot.get("id"))


def person_id(account: Json) -> str:
    """Returns the id by which the desk knows a person; empty if there is none."""
    return string(account.get("aadObjectId")) or string(account.get("id"))


def written_message(activity: Json, ours: Collection[str], *, linked: bool = False) -> WrittenMessage:
    """Reads the content of a message. `ours` are the ids of the bot."""
    named = _mentions(activity)
    our_names = {name for id, name in named if id in ours}
    return WrittenMessage(
        words=_words(activity, our_names, linked=linked).strip(),
        files=tuple(_files(activity)),
        mentions_us=bool(our_names),
    )


def _mentions(activity: Json) -> list[tuple[str, str]]:
    """Returns the ids of those who are mentioned, with the names by which they are."""
    entities = [one for one in dicts(activity.get("entities")) if one.get("type") == "mention"]
    return [(string(mapping(one.get("mentioned")).get("id")), _shown_name(one)) for one in entities]


def _shown_name(entity: Json) -> str:
    shown = _AT.sub("", string(entity.get("text"))).strip()
    return html.unescape(shown) or string(mapping(entity.get("mentioned")).get("name")).strip()


def _words(activity: Json, our_names: Collection[str], *, linked: bool) -> str:
    """Returns the words of the HTML where it says more than the text, else those of the text."""
    rich = next(iter(_html_of(activity)), "")
    text = string(activity.get("text"))
    if rich and (not text.strip() or _TELLING.search(rich)):
        return words_of_html(rich, lambda name: "" if name in our_names else f"@{name}", linked=linked)
    return _plain_words(text, our_names)


def _html_of(activity: Json) -> list[str]:
    attached = dicts(activity.get("attachments"))
    return [string(one.get("content")) for one in attached if one.get("contentType") == _HTML]


def _plain_words(text: str, our_names: Collection[str]) -> str:
    """Returns the text with names for mentions. Teams writes some blanks and signs as entities of HTML."""

    def named(match: re.Match[str]) -> str:
        name = html.unescape(match[1]).strip()
        return " " if name in our_names else f"@{name}"

    named_text = re.sub(r"<at(?:\s[^<>]*)?>([^<>]*)</at>", named, text, flags=re.IGNORECASE)
    return html.unescape(named_text).replace("\xa0", " ")


# Files: learn.microsoft.com/microsoftteams/platform/bots/how-to/bots-filesv4


def _files(activity: Json) -> list[SharedFile]:
    found = (_file(one) for one in dicts(activity.get("attachments")))
    return list({file.id: file for file in found if file is not None}.values())


def _file(attachment: Json) -> SharedFile | None:
    """Reads a file that was sent, or a picture that was pasted. Nothing of them is copied: people get the address."""
    kind, link = string(attachment.get("contentType")), string(attachment.get("contentUrl"))
    if kind == _FILE:
        id = string(mapping(attachment.get("content")).get("uniqueId")) or _digest(link)
        return SharedFile(id=id[:_LONGEST_ID], name=string(attachment.get("name")) or id, link=link or None)
    if _IMAGE.fullmatch(kind) and link:
        # A pasted picture can only be opened with the token of the bot.
        return SharedFile(id=_digest(link), name=string(attachment.get("name")) or kind.replace("/", "."))
    return None


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode("utf-8", "replace")).hexdigest()[:32]
