"""Where a link may lead, and whether its label says so honestly."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import SplitResult, urlsplit

_ALLOWED = re.compile(r"https?://[^\s/]|mailto:[^\s]", re.IGNORECASE)
_NEEDS_ENCODING = re.compile(r"[\s\x00-\x20\x7f()<>\[\]\\\"`|^{}]")
_HOST = re.compile(r"(?:[^\W_][\w-]{0,62}\.){1,8}[^\W\d_]{2,24}")
_FILES = frozenset(
    "pdf docx doc xlsx xls pptx ppt csv txt json yaml yml toml xml html htm js ts css jpg jpeg png gif svg log exe msi "
    "dll ini cfg conf bat ps1 dmg iso tar gz".split()
)


def safe_target(address: str) -> str | None:
    """The address with everything encoded that could end a link, or None if it leads neither to the web nor to mail."""
    address = address.strip()
    if not _ALLOWED.match(address) or _parts(address) is None:
        return None
    return _NEEDS_ENCODING.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), address)


def honest_label(label: str, address: str) -> str:
    """What to add to a label that names another place than the one the link leads to; empty if nothing is wrong.

    >>> honest_label("https://bank.example", "https://evil.example/login")
    ' (evil.example)'
    """
    place = _place(address)
    shown = _folded(label)
    disguised = "@" in ((_parts(address) or SplitResult("", "", "", "", "")).netloc)
    elsewhere = any(not _related(host, place) for host in _hosts(shown))
    return f" ({place})" if (disguised or elsewhere) and not shown.endswith(f"({place})") else ""


def _place(address: str) -> str:
    """The host of a web address, the mailbox of a mail address."""
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


def _hosts(label: str) -> set[str]:
    hosts = {match[0] for match in _HOST.finditer(label)}
    return {host for host in hosts if host.rpartition(".")[2] not in _FILES}


def _related(host: str, place: str) -> bool:
    """Whether one is the other, or a subdomain of it."""
    host, place = host.removeprefix("www."), place.rpartition("@")[2].removeprefix("www.")
    return host == place or place.endswith(f".{host}") or host.endswith(f".{place}")


def _folded(label: str) -> str:
    """The label as it looks: without invisible characters, in lower case."""
    plain = unicodedata.normalize("NFKC", label)
    return "".join(character for character in plain if unicodedata.category(character) != "Cf").casefold().strip()
