"""Passwords that stand before their name, or beside a user name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Finding, Kind
from bot.helpdesk.redaction.names import PASSWORDS, SECRETS
from bot.helpdesk.redaction.words import is_product, looks_secret

_REVERSED = re.compile(
    r"[ \t](?:is|was|as|ist|war|als)[ \t]{1,3}(?:(?:my|our|the|a|his|her|their|your|mein|unser|das)[ \t]{1,3})?"
    rf"(?:[\w-]{{1,20}}[ \t]{{1,3}}){{0,2}}?(?:{PASSWORDS}|{SECRETS}|pin)\b",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    r"(?:credentials?|creds|log-?ins?|sign-?in|zugangsdaten|anmeldedaten"
    r"|user(?:name)?[ \t]?[/&+][ \t]?(?:password|pass|pw|pwd))"
    r"(?:[ \t]{1,3}(?:is|are|sind|lauten))?[ \t]{0,3}[:=]?[ \t]{1,3}"
    r"(?!https?:)[^\s:/|,]{2,64}[ \t]{0,2}[:/|,][ \t]{0,2}(?!/)(\S{4,256})",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"@[\w.-]{3,64}(?::|[ \t]{1,2}[:/|][ \t]{1,2})([^\s/]{4,256})")
_COMMAND = re.compile(r"(?:[ \t]-{1,2}u(?:ser)?[ =][\"']?[^\s:\"'/]{1,64}:|sshpass[ \t]{1,3}-p[ \t]?)([^\s\"']{1,256})")
_LONGEST = 256


def turned_round(text: str) -> Iterator[Finding]:
    """Values told before their name: "hunter2 is my password"."""
    for match in _REVERSED.finditer(text):
        start = max(text.rfind(space, max(0, match.start() - _LONGEST), match.start()) for space in " \t\n\x1e") + 1
        value = text[start : match.start()]
        if looks_secret(value) and not is_product(value):
            yield Finding(kind=Kind.PASSWORD, start=start, end=match.start())


def logins(text: str) -> Iterator[Finding]:
    """Passwords beside a user name: "login: mia / hunter2", `curl -u mia:hunter2`."""
    for match in (*_LOGIN.finditer(text), *_MAILBOX.finditer(text)):
        if looks_secret(match[1]) and any(map(str.isalpha, match[1])):
            yield Finding(kind=Kind.PASSWORD, start=match.start(1), end=match.end(1))
    for match in _COMMAND.finditer(text):
        yield Finding(kind=Kind.PASSWORD, start=match.start(1), end=match.end(1))
