"""Secrets that do not follow their name in a sentence.

They stand before it, beside a user name, below a heading in a table, or in a script without spaces between words
(Chinese, Japanese, Korean, Thai).
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.links import gives_access, link_around
from bot.helpdesk.redaction.names import Name, NameRole, lowered, names
from bot.helpdesk.redaction.plausibility import is_address, is_ordinary, is_placeholder, is_product, looks_secret
from bot.helpdesk.redaction.vocabulary import MY, SAYS_OTHER, UNSPACED_PASSWORDS, UNSPACED_SECRETS

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
)
_DOMAIN_USER = re.compile(
    r"(?<![\w\\])[A-Z][A-Za-z0-9-]{1,14}\\[\w.-]{2,40}[ \t]{0,2}(?:[:/|,]|[ \t](?:and|und|et|y|e|en|och|og|with"
    r"|mit))[ \t]{1,2}"
    r"(\S{4,256})"
)
_ADMINISTRATOR = re.compile(
    r"(?<![\w./:@-])(?:admin|administrator|root|sa|postgres|oracle|guest|user|tomcat|pi|ubnt"
    r"|sysadmin):(?!//)([^\s:/@]{4,128})(?=[\s,;]|$)",
)
_MAILBOX = re.compile(r"@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}(?::|[ \t]{1,2}[:/|,][ \t]{1,2})([^\s/]{4,256})")
_BEFORE_COLON = re.compile(r"[nteri]:[^\s/]|sa:[^\s/]|sysadmin:")
_LONGEST_LOGIN = 256

_Span = tuple[int, int]


def reversed_passwords(text: str, found: Iterable[Name]) -> Iterator[SecretFinding]:
    """Finds values before their name: "hunter2 is my password"."""
    for name in found:
        match = _REVERSED.search(text, max(0, name.start - _WINDOW), name.start)
        if not match or name.role is NameRole.VAGUE or link_around(text, name.start, name.end):
            continue
        start = (
            max(text.rfind(space, max(0, match.start() - _LONGEST_LOGIN), match.start()) for space in " \t\n\x1e") + 1
        )
        value = text[start : match.start()]
        if looks_secret(value) and not is_product(value):
            yield SecretFinding(kind=Kind.PASSWORD, start=start, end=match.start())


def logins(text: str) -> Iterator[SecretFinding]:
    """Finds passwords beside a user name: "login: mia / hunter2", "mia@example.com / hunter2"."""
    for start, end in _pairs(text):
        value = text[start:end]
        if is_product(value) or is_placeholder(value) or not any(map(str.isalpha, value)):
            continue
        if text[start - 1] in "/:" and link_around(text, start, start + 1):
            continue
        if looks_secret(value):
            yield SecretFinding(kind=Kind.PASSWORD, start=start, end=end)


def _pairs(text: str) -> Iterator[_Span]:
    lower = lowered(text)
    yield from (match.span(1) for match in _LOGIN.finditer(lower))
    yield from (match.span(1) for match in _MAILBOX.finditer(text) if "@" in text)
    yield from (match.span(1) for match in (_DOMAIN_USER.finditer(text) if "\\" in text else ()))
    yield from (match.span(1) for match in (_ADMINISTRATOR.finditer(lower) if _BEFORE_COLON.search(lower) else ()))


# Particles, and sometimes a few words, separate the name from the value. The value is in another script.
_AFTER_UNSPACED_NAME = re.compile(
    rf"(?:(?P<password>{UNSPACED_PASSWORDS})|(?:{UNSPACED_SECRETS}))(?P<between>[^\x00-\x7f]{{0,16}})"
    r"(?P<sign>[ \t]{0,3}(?:[:=]|->)?[ \t]{0,3}\n?)[「『“\"'`(<]{0,2}(?P<value>[!-~]{4,128})"
)
_BEFORE_UNSPACED_NAME = re.compile(
    rf"(?P<value>[!-~]{{4,128}})[」』”\"'`)>]{{0,2}}[ \t]{{0,2}}(?:是|为|為|が|は|이|가|은|는)?[^\x00-\x7f]{{0,8}}?"
    rf"(?:{UNSPACED_PASSWORDS})"
)
_NUMBER = re.compile(r"[0-9]{4,12}$")
_UNSPACED = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def unspaced_scripts(text: str) -> Iterator[SecretFinding]:
    """Finds values after or before their name."""
    if text.isascii() or not _UNSPACED.search(text):
        return
    for match in _AFTER_UNSPACED_NAME.finditer(text):
        value = match["value"].rstrip(".,;:)]}>\"'`*_~")
        named = match["between"] or match["sign"].strip() or _is_end(text, match.end())
        if named and _is_unspaced_secret(value):
            kind = Kind.PASSWORD if match["password"] else Kind.SECRET
            yield SecretFinding(kind=kind, start=match.start("value"), end=match.start("value") + len(value))
    for match in _BEFORE_UNSPACED_NAME.finditer(text):
        if _is_unspaced_secret(match["value"]) and any(map(str.isalpha, match["value"])):
            yield SecretFinding(kind=Kind.PASSWORD, start=match.start("value"), end=match.end("value"))


def _is_end(text: str, position: int) -> bool:
    return not text[position : position + 1].strip()


def _is_unspaced_secret(value: str) -> bool:
    if is_placeholder(value) or is_product(value) or is_address(value):
        return False
    return looks_secret(value) or bool(_NUMBER.match(value))


_SEPARATORS = ("|", "\t", ";", ",")
_SPACED = re.compile(r"[ ]{2,}")
_LONGEST_HEADING = 40
_MOST_CELLS = 60
_MOST_WORDS = 3
_QUOTES_AND_MARKUP = "\"'`*_ "


def tables(text: str, found: Iterable[Name]) -> Iterator[SecretFinding]:
    """Finds the cells below a heading such as "Password". Only a line with such a name can be one."""
    done = 0
    for name in found:
        if name.start >= done:
            heading = _line_at(text, text.rfind("\n", 0, name.start) + 1)
            done = heading[1] + 1
            header = _header(text, heading)
            for line, cells in _rows_below(text, heading, header):
                done = line[1] + 1
                yield from _secrets(text, header, cells)


def _rows_below(text: str, line: _Span, header: _Header) -> Iterator[tuple[_Span, Sequence[_Span]]]:
    """Yields the lines of the table below a heading, with their cells."""
    while header.columns and line[1] < len(text):
        line = _line_at(text, line[1] + 1)
        cells = _cells(text, line, header.separator)
        if len(cells) != header.width:
            return
        yield line, cells


def _line_at(text: str, start: int) -> _Span:
    end = text.find("\n", start)
    return start, len(text) if end < 0 else end


@dataclass(frozen=True, slots=True)
class _Header:
    """A header row: the role of each column of secrets, the separator of the cells, and their number."""

    columns: Mapping[int, NameRole] = field(default_factory=dict)
    separator: str | None = None
    width: int = 0


def _header(text: str, line: _Span) -> _Header:
    for separator in (*_SEPARATORS, None):
        if separator is not None and text.find(separator, *line) < 0:
            continue
        cells = _cells(text, line, separator)
        if 2 <= len(cells) <= _MOST_CELLS and all(end - start <= _LONGEST_HEADING for start, end in cells):
            columns = {number: role for number, (start, end) in enumerate(cells) if (role := _role(text[start:end]))}
            if columns and not any(looks_secret(text[start:end]) for start, end in cells):
                return _Header(columns, separator, len(cells))
    return _Header()


@functools.lru_cache(maxsize=1024)
def _role(cell: str) -> NameRole | None:
    cell = cell.strip(_QUOTES_AND_MARKUP)
    found = names(cell)
    named = bool(found) and found[0].role in {NameRole.PASSWORD, NameRole.SECRET} and len(cell.split()) <= _MOST_WORDS
    return found[0].role if named and cell[-1:] not in ":=?" else None


def _cells(text: str, line: _Span, separator: str | None) -> Sequence[_Span]:
    start, end = line
    row = text[start:end]
    if separator == "|":
        lead = len(row) - len(row.lstrip("> \t|"))
        row, start = row[lead:].rstrip(" \t|"), start + lead
    if separator is not None and '"' not in row:
        return _split(row, separator, start)
    spans: list[_Span] = []
    done = 0
    for mark in _separators(row, separator):
        spans.append((start + done, start + mark.start))
        done = mark.stop
    return [*spans, (start + done, start + len(row))]


def _split(row: str, separator: str, start: int) -> Sequence[_Span]:
    """Returns the cells of a row without quotes."""
    ends = list(itertools.accumulate((len(cell) + 1 for cell in row.split(separator)), initial=start))
    return [(begin, end - 1) for begin, end in itertools.pairwise(ends)]


def _separators(row: str, separator: str | None) -> Iterator[slice]:
    """Yields the separators between cells. Within quotes a separator is part of a cell."""
    if separator is None:
        yield from (slice(*mark.span()) for mark in _SPACED.finditer(row))
        return
    position = row.find(separator)
    while position >= 0:
        if row.count('"', 0, position) % 2 == 0:
            yield slice(position, position + 1)
        position = row.find(separator, position + 1)


def _secrets(text: str, header: _Header, cells: Sequence[_Span]) -> Iterator[SecretFinding]:
    for column, role in header.columns.items():
        start, end = cells[column]
        value = text[start:end].strip(_QUOTES_AND_MARKUP)
        if _is_secret_cell(value, role):
            begin = start + text[start:end].index(value)
            yield SecretFinding(kind=Kind.PASSWORD, start=begin, end=begin + len(value))


@functools.lru_cache(maxsize=1024)
def _is_secret_cell(value: str, role: NameRole) -> bool:
    if is_placeholder(value) or (is_address(value) and not gives_access(value)):
        return False
    # Documentation has tables about secrets, so only passwords may be plain words.
    return looks_secret(value) or (role is NameRole.PASSWORD and not any(map(is_ordinary, value.split())))
