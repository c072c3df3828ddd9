"""Slack's markup: reading it as plain text, escaping text for it, and the links and emoji in it."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Mapping
from importlib import resources
from urllib.parse import SplitResult, unquote, urlsplit

from bot.helpdesk.text import legible

_TOKEN = re.compile(r"<([^<>\n]+)>|&(lt|gt|amp);")
_ENTITY = re.compile(r"&(lt|gt|amp);")
_UNLINKABLE = re.compile(r"[\[\]()]|\s{2}")
_NON_DIGITS = re.compile(r"\D")
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
    return _link(target, label, linked) if _ADDRESS.match(target) else f"<{_decoded(token)}>"


def _special(target: str, label: str) -> str:
    """Reads `<!here>`, `<!subteam^S1|@team>` or `<!date^1700000000^{date}|yesterday>`."""
    if target.startswith("!date^"):
        return label or target
    return f"@{label.removeprefix('@') or target[1:].removeprefix('subteam^')}"


def _link(address: str, label: str, linked: bool) -> str:
    shown = address.removeprefix("mailto:").removeprefix("tel:")
    if not label or _is_own_label(label, address):
        return label or shown
    if linked and not address.startswith("tel:") and not _UNLINKABLE.search(f"{label} {address}"):
        return f"[{label}]({address})"
    return f"{label} ({shown})"


def _is_own_label(label: str, address: str) -> bool:
    """Tells whether a link is labelled with its own address: Slack also links addresses typed without a scheme."""
    if address.startswith("tel:"):
        return _NON_DIGITS.sub("", label) == _NON_DIGITS.sub("", address)
    shown = address.removeprefix("mailto:")
    return label.rstrip("/") in {address.rstrip("/"), shown.rstrip("/"), shown.partition("://")[2].rstrip("/")}


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


_ALLOWED = re.compile(r"https?://[^\s/]|mailto:[^\s]", re.IGNORECASE)
_PHONE = re.compile(r"(?:tel|sms|callto|sip|sips):(?P<number>[^\s?;]+)", re.IGNORECASE)
_APP = re.compile(r"(?:slack|msteams|ms-teams|zoommtg|zoomus|webex|facetime):[^\s]+", re.IGNORECASE)
# Schemes that a browser would run, or show as somebody else's page.
_HARMFUL = re.compile(r"\s*(?:javascript|vbscript|data|blob|about|view-source|filesystem):", re.IGNORECASE)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_NEEDS_ENCODING = re.compile(r"[\s\x00-\x20\x7f()<>\[\]\\\"`|^{}]")
_HOST = re.compile(r"(?:[^\W_][\w-]{0,62}\.){1,8}[^\W\d_]{2,24}")
_FILES = frozenset(
    "pdf docx doc xlsx xls pptx ppt csv txt json yaml yml toml xml html htm js ts css jpg jpeg png gif svg log exe msi "
    "dll ini cfg conf bat ps1 dmg iso tar gz".split()
)


def safe_target(address: str) -> str | None:
    """Encodes every character that could end a link. None unless the address is of the web, mail, a phone or an app."""
    address = legible(address.strip())
    calls = _PHONE.match(address) or _APP.match(address)
    if not calls and (not _ALLOWED.match(address) or _parts(address) is None):
        return None
    return _NEEDS_ENCODING.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), address)


def unlinked_address(address: str) -> str:
    """Returns the text for an address that does not become a link; empty if it is harmful or has no scheme.

    >>> unlinked_address("ftp://files.example/a")
    ' (ftp://files.example/a)'
    """
    is_shown = _SCHEME.match(address) and not _HARMFUL.match(address)
    return f" ({legible(address)})" if is_shown else ""


def honest_label(label: str, address: str) -> str:
    """Returns the addition to a label that names another host than the link leads to; empty if the label is honest.

    >>> honest_label("https://bank.example", "https://evil.example/login")
    ' (evil.example)'
    >>> honest_label("mia.muster@acme.example", "mailto:mia.muster@acme.example")
    ''
    """
    shown = _folded(label)
    if (phone := _PHONE.match(address)) is not None:
        number = unquote(phone["number"])
        return "" if _digits(number) in _digits(shown) else f" ({number})"
    place = _place(address)
    disguised = "@" in ((_parts(address) or SplitResult("", "", "", "", "")).netloc)
    # Without the target itself: the part of a mailbox before the @ may look like a host.
    rest = re.sub(rf"(?<![\w.+@-]){re.escape(place)}(?![\w@-]|\.\w)", " ", shown)
    hosts = {host for host in _HOST.findall(rest) if host.rpartition(".")[2] not in _FILES}
    elsewhere = any(not _related(host, place) for host in hosts)
    return f" ({place})" if (disguised or elsewhere) and not shown.endswith(f"({place})") else ""


def _digits(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def _place(address: str) -> str:
    """Returns the host of a web address, or the mailbox of a mail address."""
    parts = _parts(address)
    if parts is None:
        return address
    return parts.path.casefold() if parts.scheme == "mailto" else (parts.hostname or address)


def _parts(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        return parts if parts.hostname or parts.scheme == "mailto" else None
    except ValueError:
        return None


def _related(host: str, place: str) -> bool:
    """Tells whether one host is the other, or a subdomain of it."""
    host, place = host.removeprefix("www."), place.rpartition("@")[2].removeprefix("www.")
    return host == place or place.endswith(f".{host}") or host.endswith(f".{place}")


def _folded(label: str) -> str:
    """Returns the label as it looks: without invisible characters, in lower case."""
    plain = unicodedata.normalize("NFKC", label)
    return "".join(character for character in plain if unicodedata.category(character) != "Cf").casefold().strip()
