"""Passwords before their name, and beside a user name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.names import Name, NameRole
from bot.helpdesk.redaction.plausibility import is_placeholder, is_product, looks_secret
from bot.helpdesk.redaction.vocabulary import MY, SAYS_OTHER

# Words between a value and its name: "is my", "ist das neue", "as my old".
_REVERSED = re.compile(
    rf"[ \t](?:is|was|are|were|sind|sont|son|sono|as|als|como|comme|come|jako|som|to(?=[ \t]+(?:moje|nasze|nowe"
    rf"|stare))|{SAYS_OTHER}|[-=])["
    rf" \t]{{1,3}}(?:{MY}[ \t]{{1,3}})?"
    r"(?:[\w-]{1,20}[ \t]{1,3}){0,2}?\Z",
    re.IGNORECASE,
)
_WINDOW = 80
_LOGIN = re.compile(
    r"(?:credentials?|creds?|log-?ins?|log(?:ged)?[ ]in|sign-?in|logon|account|zugangsdaten|anmeldedaten|zugang"
    r"|identifiants?|accès"
    r"|credenciales|credenziali|credenciais|inloggegevens|dane[ ]logowania|inloggning|loginoplysninger|přihlašovací["
    r" ]údaje"
    r"|логин|доступ|логін|giriş[ ]bilgileri|tunnukset|账号|帳號|アカウント|계정"
    r"|user(?:name)?[ \t]?[/&+:][ \t]?(?:password|pass|pw|pwd))"
    r"(?:[ \t]{1,3}(?:is|are|sind|lauten|sont|son|sono|são|with|as|mit|avec|con|com|met|using))?[ \t]{0,3}[:=]?["
    r" \t]{1,3}"
    r"(?!https?:)[^\s:/|,]{2,64}[ \t]{0,2}[:/|,][ \t]{0,2}(?!/)(\S{4,256})",
    re.IGNORECASE,
)
_LOGIN_HINTS = (
    *(
        "cred",
        "log",
        "sign-in",
        "signin",
        "account",
        "zugang",
        "anmelde",
        "identifiant",
        "accès",
        "inlog",
        "dane",
        "inlogg",
    ),
    *("přihl", "логин", "доступ", "логін", "giriş", "tunnukset", "user", "账号", "帳號", "アカウント", "계정"),
)
_DOMAIN_USER = re.compile(
    r"(?<![\w\\])[A-Z][A-Za-z0-9-]{1,14}\\[\w.-]{2,40}[ \t]{0,2}(?:[:/|,]|[ \t](?:and|und|et|y|e|en|och|og|with"
    r"|mit))[ \t]{1,2}"
    r"(\S{4,256})"
)
_ADMINISTRATOR = re.compile(
    r"(?<![\w./:@-])(?:admin|administrator|root|sa|postgres|oracle|guest|user|tomcat|pi|ubnt"
    r"|sysadmin):(?!//)([^\s:/@]{4,128})(?=[\s,;]|$)",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}(?::|[ \t]{1,2}[:/|,][ \t]{1,2})([^\s/]{4,256})")
_PAIRS = (_MAILBOX, _DOMAIN_USER, _ADMINISTRATOR)
_LONGEST = 256


def reversed_passwords(text: str, names: Iterable[Name]) -> Iterator[SecretFinding]:
    """Finds values before their name: "hunter2 is my password"."""
    for name in names:
        match = _REVERSED.search(text, max(0, name.start - _WINDOW), name.start)
        if not match or name.role is NameRole.VAGUE:
            continue
        start = max(text.rfind(space, max(0, match.start() - _LONGEST), match.start()) for space in " \t\n\x1e") + 1
        value = text[start : match.start()]
        if looks_secret(value) and not is_product(value):
            yield SecretFinding(kind=Kind.PASSWORD, start=start, end=match.start())


def logins(text: str) -> Iterator[SecretFinding]:
    """Finds passwords beside a user name: "login: mia / hunter2", "mia@example.com / hunter2"."""
    lower = text.lower()
    logins_ = _LOGIN.finditer(text) if any(hint in lower for hint in _LOGIN_HINTS) else ()
    for match in (*logins_, *(match for pattern in _PAIRS for match in pattern.finditer(text))):
        value = match[1]
        if is_product(value) or is_placeholder(value) or not any(map(str.isalpha, value)):
            continue
        if looks_secret(value):
            yield SecretFinding(kind=Kind.PASSWORD, start=match.start(1), end=match.end(1))
