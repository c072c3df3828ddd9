"""Slack's markup: reading it as plain text, escaping text for it, and the links and emoji in it."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from importlib import resources

from bot.chat_markdown.links import written_link

_TOKEN = re.compile(r"<([^<>\n]+)>|&(lt|gt|amp);")
_ENTITY = re.compile(r"&(lt|gt|amp);")
_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&"}
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# An id written as a word has a digit: "@UPPZY" is not one.
_ID_AS_WORD = r"(?<![\w<@])@([UW](?=[A-Z]{0,20}[0-9])[A-Z0-9]{2,30})(?!\w)"
_MENTION_IN_WORDS = re.compile(_ID_AS_WORD)
_MENTIONED = re.compile(rf"<@([UW][A-Z0-9]+)>|{_ID_AS_WORD}")
_ANY_EMOJI_CODE = re.compile(r":[a-z0-9_+'\-]+:(?::skin-tone-[2-6]:)?", re.IGNORECASE)
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3|\u2139\ufe0f?")  # 1️⃣ and ℹ️ are made of a digit and of a letter


def from_slack(text: str, names: Mapping[str, str], *, linked: bool = False) -> str:
    """Turns the text of a Slack message into plain text; `names` maps the ids of users to their names.

    A labelled link becomes its label and its address, or `[label](address)` if it is to be `linked` again. Entities are
    decoded once. A user without a name stays `@U123`, which `with_names` can replace later.
    Source: https://docs.slack.dev/messaging/formatting-message-text (retrieved messages).
    """
    return _TOKEN.sub(lambda match: _plain(match[1], names, linked) if match[1] else _CHARACTERS[match[2]], text)


def mentioned(text: str) -> frozenset[str]:
    """Returns the ids of users mentioned without their name, in a message as Slack sent it or after `from_slack`."""
    return frozenset(match[1] or match[2] for match in _MENTIONED.finditer(text))


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Replaces the ids that `from_slack` had no names for."""
    return _MENTION_IN_WORDS.sub(lambda match: f"@{names.get(match[1], match[1])}", text)


def wordless(text: str) -> bool:
    """Tells whether a text holds no words: only emoji, punctuation and spaces."""
    rest = _KEYCAP.sub("", _ANY_EMOJI_CODE.sub("", text))
    return not any(unicodedata.category(character)[0] in "LN" for character in rest)


def _plain(token: str, names: Mapping[str, str], linked: bool) -> str:
    target, _, label = (_decoded(part) for part in token.partition("|"))
    match target[0]:
        case "@":
            return f"@{names.get(target[1:]) or label.removeprefix('@') or target[1:]}"
        case "#":
            return f"#{label or target[1:]}"
        case "!":
            return _special(target, label)
    return written_link(target, label, linked=linked) if _ADDRESS.match(target) else f"<{_decoded(token)}>"


def _special(target: str, label: str) -> str:
    """Reads `<!here>`, `<!subteam^S1|@team>` or `<!date^1700000000^{date}|yesterday>`."""
    if target.startswith("!date^"):
        return label or target
    return f"@{label.removeprefix('@') or target[1:].removeprefix('subteam^')}"


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda match: _CHARACTERS[match[1]], text)


# Escaping.


def escape_mrkdwn(text: str) -> str:
    """Escapes a text for `text` fields and mrkdwn, so that Slack reads no mention, link or channel from it.

    Source: https://docs.slack.dev/messaging/formatting-message-text (escaping text).
    """
    return escape_tokens(text.replace("&", "&amp;"))


def escape_tokens(text: str) -> str:
    """Escapes a text for a `markdown` block, where `&` must stay: Slack does not decode link targets there."""
    return text.replace("<", "&lt;").replace(">", "&gt;")


def unescape_tokens(text: str) -> str:
    """Reverses `escape_tokens` in code, where Markdown decodes no entities."""
    return text.replace("&lt;", "<").replace("&gt;", ">")


# Emoji.

EMOJI_CODE = re.compile(r"(?<![\w:]):(?P<name>[a-z0-9_+'-]{1,100}):(?:(?P<tone>:skin-tone-[2-6]):)?(?![\w:])")
"""The code of an emoji on its own: `10:30:45` and `std::vector` have none."""


@functools.cache
def _standard_emoji() -> frozenset[str]:
    return frozenset(resources.files(__package__).joinpath("emoji_names.txt").read_text(encoding="utf-8").split())


def is_standard_emoji(name: str) -> bool:
    """Tells whether every Slack workspace has an emoji of this name."""
    return name in _standard_emoji()


def may_be_emoji(name: str) -> bool:
    """Tells whether a workspace may have an emoji of this name. A name of digits alone is a time or a port."""
    return is_standard_emoji(name) or any(map(str.isalpha, name))
