"""What people write in Slack, as plain words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_TOKEN = re.compile(r"<([^<>\n]+)>|&(lt|gt|amp);")
_ENTITY = re.compile(r"&(lt|gt|amp);")
_UNLINKABLE = re.compile(r"[\[\]()]|\s{2}")
_NO_DIGITS = re.compile(r"\D")
_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&"}
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# Written as a word, an id shows by a digit in it: "@UPPZY" is somebody's exclamation.
_ID_AS_WORD = r"(?<![\w<@])@([UW](?=[A-Z]{0,20}[0-9])[A-Z0-9]{2,30})(?!\w)"
_MENTION_IN_WORDS = re.compile(_ID_AS_WORD)
_MENTIONED = re.compile(rf"<@([UW][A-Z0-9]+)>|{_ID_AS_WORD}")
_EMOJI_CODE = re.compile(r":[a-z0-9_+'\-]+:(?::skin-tone-[2-6]:)?", re.IGNORECASE)
_KEYCAP = re.compile("[0-9#*]\ufe0f?\u20e3|\u2139\ufe0f?")  # 1️⃣ and ℹ️ are made of a digit and of a letter


def from_slack(text: str, names: Mapping[str, str], *, linked: bool = False) -> str:
    """Turn the text of a Slack message into plain words, with people named as `names` has them by user id.

    A named link is written as its name and its address, or, if it is to be `linked` again, as `[name](address)`.
    Entities are decoded once. Somebody without a name stays `@U123`, which `with_names` can name later.
    Source: https://docs.slack.dev/messaging/formatting-message-text (retrieved messages).
    """
    return _TOKEN.sub(lambda match: _plain(match[1], names, linked) if match[1] else _CHARACTERS[match[2]], text)


def mentioned(text: str) -> frozenset[str]:
    """The ids of people who are mentioned without their name, in a message as Slack sent it or after `from_slack`."""
    return frozenset(match[1] or match[2] for match in _MENTIONED.finditer(text))


def with_names(text: str, names: Mapping[str, str]) -> str:
    """Name the people whom `from_slack` had no names for."""
    return _MENTION_IN_WORDS.sub(lambda match: f"@{names.get(match[1], match[1])}", text)


def wordless(text: str) -> bool:
    """Whether there is nothing to ask: emoji, punctuation and spaces only."""
    rest = _KEYCAP.sub("", _EMOJI_CODE.sub("", text))
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
    return _link(target, label, linked) if _ADDRESS.match(target) else f"<{_decoded(token)}>"


def _special(target: str, label: str) -> str:
    """`<!here>`, `<!subteam^S1|@team>`, `<!date^1700000000^{date}|yesterday>`."""
    if target.startswith("!date^"):
        return label or target
    return f"@{label.removeprefix('@') or target[1:].removeprefix('subteam^')}"


def _link(address: str, label: str, linked: bool) -> str:
    shown = address.removeprefix("mailto:").removeprefix("tel:")
    if not label or _same(label, address):
        return label or shown
    if linked and not address.startswith("tel:") and not _UNLINKABLE.search(f"{label} {address}"):
        return f"[{label}]({address})"
    return f"{label} ({shown})"


def _same(label: str, address: str) -> bool:
    """Whether a link is named by its own address: Slack links what was typed without a scheme, too."""
    if address.startswith("tel:"):
        return _NO_DIGITS.sub("", label) == _NO_DIGITS.sub("", address)
    shown = address.removeprefix("mailto:")
    return label.rstrip("/") in {address.rstrip("/"), shown.rstrip("/"), shown.partition("://")[2].rstrip("/")}


def _decoded(text: str) -> str:
    return _ENTITY.sub(lambda match: _CHARACTERS[match[1]], text)
