"""Links in what people and assistants write: safe targets and honest labels."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import SplitResult, unquote, urlsplit

from bot.helpdesk.text import legible

_UNLINKABLE = re.compile(r"[\[\]()]|\s{2}")
_NON_DIGITS = re.compile(r"\D")
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


def written_link(address: str, label: str, *, linked: bool) -> str:
    """Writes a link that somebody sent as text: its label and its address, or `[label](address)` if it is `linked`."""
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
