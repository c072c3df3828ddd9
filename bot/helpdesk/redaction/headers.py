"""Credentials of HTTP requests: authorization headers, their values on their own, cookies."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.plausibility import is_placeholder, looks_secret

_SCHEMES = (
    r"(?:bearer|basic|token|digest|api-?key|apitoken|negotiate|ntlm|ssws|splunk|oauth|geniekey|deepl-auth-key|bot|jwt"
    r"|key|hawk|sharedkey(?:lite)?|aws|aws4-hmac-sha256|zoho-oauthtoken|klaviyo-api-key|client-id|discogs|signature"
    r"|private-token|sharedaccesssignature)"
)
_HEADER = re.compile(
    r"authori[sz]ation[\"'\\]{0,3}[ \t]{0,3}[:=,][ \t]{0,3}[\"'\\]{0,3}"
    rf"(?:{_SCHEMES}[ \t]{{1,3}}(?P<secret>[^\s\"'`\\]{{3,}})"
    r"|(?P<bare>(?=[^\s\"'`\\0-9]{0,64}[0-9])[^\s\"'`\\]{8,}))",
    re.IGNORECASE,
)
_BEARER = re.compile(r"bearer[ \t:=]{1,3}([A-Za-z0-9._~+/=-]{10,})", re.IGNORECASE)
_BASIC = re.compile(r"basic[ \t]{1,3}([A-Za-z0-9+/]{6,}={0,2})", re.IGNORECASE)
_AUTH = re.compile(
    r"(?<![A-Za-z0-9])_?auth(?:string)?[\"']?[ \t]{0,3}[:=][ \t]{0,3}[\"']?([A-Za-z0-9+/]{6,}={0,2})", re.IGNORECASE
)
_COOKIE = re.compile(r"cookie2?:[ \t]{0,3}((?=[\w.-]{1,64}=)[^\n\x1e]+)", re.IGNORECASE)
_COOKIE_VALUE = re.compile(r"=([^;\s]+)")
_SESSION = re.compile(
    r"(?<![A-Za-z0-9])(?:J?SESSION(?:_?ID)?|PHPSESSID|ASPSESSIONID\w{0,12}|ASP\.NET_SessionId|connect\.sid"
    r"|laravel_session"
    r"|\.AspNet\.[\w.]{1,40}|\.ASPXAUTH|[\w-]{0,30}session(?:_?id|_?key|_?token)?|wordpress_logged_in_\w{1,40}"
    r"|MRHSession"
    r"|DSID|webvpn|FedAuth|rtFa|ESTSAUTH\w{0,12}|remember_\w{1,60}|csrf_?token|XSRF-TOKEN)="
    r"(?P<secret>[A-Za-z0-9%._~+/:|=-]{16,})",
    re.IGNORECASE,
)
_LONG = 24


def headers(text: str) -> Iterator[SecretFinding]:
    """Finds authorization headers, their values on their own, and cookies."""
    yield from _authorizations(text)
    yield from _cookies(text)


def _authorizations(text: str) -> Iterator[SecretFinding]:
    for match in _HEADER.finditer(text):
        if is_placeholder(match["secret"] or match["bare"]):
            continue
        yield _finding(Kind.TOKEN, match, "secret" if match["secret"] else "bare")
    for match in _BEARER.finditer(text):
        if len(match[1]) >= _LONG or any(map(str.isdigit, match[1])):
            yield _finding(Kind.TOKEN, match, 1)
    for match in (*_BASIC.finditer(text), *_AUTH.finditer(text)):
        if _is_pair(match[1]):
            yield _finding(Kind.PASSWORD, match, 1)


def _cookies(text: str) -> Iterator[SecretFinding]:
    for match in _COOKIE.finditer(text):
        if any(map(looks_secret, _COOKIE_VALUE.findall(match[1]))):
            yield _finding(Kind.TOKEN, match, 1)
    for match in _SESSION.finditer(text) if "=" in text else ():
        if any(map(str.isdigit, match["secret"])):
            yield _finding(Kind.TOKEN, match, "secret")


def _is_pair(encoded: str) -> bool:
    """Returns True for a user name and a password in the encoding of RFC 7617."""
    try:
        pair = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return ":" in pair and pair.isprintable()


def _finding(kind: Kind, match: re.Match[str], group: int | str) -> SecretFinding:
    start, end = match.span(group)
    return SecretFinding(kind=kind, start=start, end=end)
