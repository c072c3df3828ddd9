"""Passwords told in languages that write no spaces: Chinese, Japanese, Korean, Thai."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Finding, Kind
from bot.helpdesk.redaction.secret_words import is_address, is_placeholder, is_product, looks_secret
from bot.helpdesk.redaction.vocabulary import PASSWORDS_EAST, SECRETS_EAST

# Between the name and the value stand particles, and sometimes a few words; the value is what is not of that script.
_TOLD = re.compile(
    rf"(?:(?P<password>{PASSWORDS_EAST})|(?:{SECRETS_EAST}))(?P<between>[^\x00-\x7f]{{0,16}})"
    r"(?P<sign>[ \t]{0,3}(?:[:=]|->)?[ \t]{0,3}\n?)[「『“\"'`(<]{0,2}(?P<value>[!-~]{4,128})"
)
_TURNED = re.compile(
    rf"(?P<value>[!-~]{{4,128}})[」』”\"'`)>]{{0,2}}[ \t]{{0,2}}(?:是|为|為|が|は|이|가|은|는)?[^\x00-\x7f]{{0,8}}?"
    rf"(?:{PASSWORDS_EAST})"
)
_NUMBER = re.compile(r"[0-9]{4,12}$")


def east(text: str) -> Iterator[Finding]:
    """Values behind or before their name."""
    if text.isascii():
        return
    for match in _TOLD.finditer(text):
        value = match["value"].rstrip(".,;:)]}>\"'`*_~")
        named = match["between"] or match["sign"].strip() or _is_end(text, match.end())
        if named and _is_secret(value):
            kind = Kind.PASSWORD if match["password"] else Kind.SECRET
            yield Finding(kind=kind, start=match.start("value"), end=match.start("value") + len(value))
    for match in _TURNED.finditer(text):
        if _is_secret(match["value"]) and any(map(str.isalpha, match["value"])):
            yield Finding(kind=Kind.PASSWORD, start=match.start("value"), end=match.end("value"))


def _is_end(text: str, place: int) -> bool:
    return not text[place : place + 1].strip()


def _is_secret(value: str) -> bool:
    if is_placeholder(value) or is_product(value) or is_address(value):
        return False
    return looks_secret(value) or bool(_NUMBER.match(value))
