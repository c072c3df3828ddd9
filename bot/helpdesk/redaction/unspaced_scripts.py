"""Passwords named in scripts without spaces between words: Chinese, Japanese, Korean, Thai."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.plausibility import is_address, is_placeholder, is_product, looks_secret
from bot.helpdesk.redaction.vocabulary import UNSPACED_PASSWORDS, UNSPACED_SECRETS

# Particles, and sometimes a few words, separate the name from the value. The value is in another script.
_AFTER_NAME = re.compile(
    rf"(?:(?P<password>{UNSPACED_PASSWORDS})|(?:{UNSPACED_SECRETS}))(?P<between>[^\x00-\x7f]{{0,16}})"
    r"(?P<sign>[ \t]{0,3}(?:[:=]|->)?[ \t]{0,3}\n?)[「『“\"'`(<]{0,2}(?P<value>[!-~]{4,128})"
)
_BEFORE_NAME = re.compile(
    rf"(?P<value>[!-~]{{4,128}})[」』”\"'`)>]{{0,2}}[ \t]{{0,2}}(?:是|为|為|が|は|이|가|은|는)?[^\x00-\x7f]{{0,8}}?"
    rf"(?:{UNSPACED_PASSWORDS})"
)
_NUMBER = re.compile(r"[0-9]{4,12}$")


def unspaced_scripts(text: str) -> Iterator[SecretFinding]:
    """Finds values after or before their name."""
    if text.isascii():
        return
    for match in _AFTER_NAME.finditer(text):
        value = match["value"].rstrip(".,;:)]}>\"'`*_~")
        named = match["between"] or match["sign"].strip() or _is_end(text, match.end())
        if named and _is_secret(value):
            kind = Kind.PASSWORD if match["password"] else Kind.SECRET
            yield SecretFinding(kind=kind, start=match.start("value"), end=match.start("value") + len(value))
    for match in _BEFORE_NAME.finditer(text):
        if _is_secret(match["value"]) and any(map(str.isalpha, match["value"])):
            yield SecretFinding(kind=Kind.PASSWORD, start=match.start("value"), end=match.end("value"))


def _is_end(text: str, position: int) -> bool:
    return not text[position : position + 1].strip()


def _is_secret(value: str) -> bool:
    if is_placeholder(value) or is_product(value) or is_address(value):
        return False
    return looks_secret(value) or bool(_NUMBER.match(value))
