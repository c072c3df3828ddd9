"""PINs, one-time, door and security codes beside their name, and keys that are recognised by their groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.lines import around, matches_in
from bot.helpdesk.redaction.names import Name, NameRole, lowered
from bot.helpdesk.redaction.plausibility import counts_something, is_placeholder, is_product
from bot.helpdesk.redaction.vocabulary import DIGIT_WORDS, MY, OURS, PREPOSITIONS, SAYS_OTHER, SAYS_STRONG

_QUOTE = r"[*_`\"'()\[]{0,3}"
_SAYS = (
    rf"(?:is|was|are|to|on|je|{SAYS_OTHER}|{SAYS_STRONG})(?:[ \t]{{0,2}}:)?(?:[ \t]{{1,3}}(?:now|still|jetzt|noch))?"
)
_FOR = (
    rf"(?:[ \t]{{1,3}}(?:{OURS}))?"
    rf"(?:[ \t]{{1,3}}(?:{PREPOSITIONS}|they|you)(?:[ \t]{{1,3}}[^\s:=?!.\d]{{1,24}}){{1,5}}?)?(?:["
    rf" \t]{{0,2}}\([^()\n]{{1,30}}\))?"
)
_AFTER_NAME = (
    rf"{_QUOTE}(?:[ \t]{{0,3}}(?:[:=#]|-[ \t])|[ \t]{{1,3}}(?:{_SAYS})(?=[ \t]))?[ \t]{{0,3}}\n?[ \t>]{{0,3}}{_QUOTE}"
)
_STATEMENT = (
    rf"{_QUOTE}{_FOR}(?P<sign>[ \t]{{0,3}}[:=>]|[ \t]{{1,3}}(?:{_SAYS}|-)(?=[ \t]))[ \t]{{0,3}}\n?[ \t>]{{0,3}}{_QUOTE}"
)
_END = r"(?![\w.,]?\d)(?![A-Za-z%€$])"
_DIGITS = r"(?:\d{2}[ -]\d{2}(?![ -]?\d)|\d{1,2}(?:[ -]\d{1,2}){2,3}|\d{3,4}[ -]\d{3,4}|\d{3,12}|\d(?:[ -]\d){3,11})"
_LETTERED = r"(?=[A-Z0-9-]{4,20}(?!\w))(?=[A-Z-]{0,19}\d)(?=[\d-]{0,19}[A-Z])[A-Z0-9]{1,8}(?:-[A-Z0-9]{2,8}){0,2}"
_WORDS = rf"(?i:(?:{DIGIT_WORDS})(?:[ \t,-]{{1,3}}(?:{DIGIT_WORDS})){{2,15}})(?!\w)"

_BARE = re.compile(rf"(?i:{_AFTER_NAME})(?P<value>{_DIGITS}{_END}|{_LETTERED}{_END})")
_STATED = re.compile(rf"(?i:{_STATEMENT})(?P<value>{_DIGITS}{_END}|{_LETTERED}{_END}|{_WORDS})")
_SPELLED = re.compile(rf"(?i:{_AFTER_NAME})(?P<value>{_WORDS})")
_OWNED = re.compile(rf"(?:{MY}|sim|card|door|phone|handy|karten|code|código|codice)[ \t-]{{0,2}}\Z", re.IGNORECASE)
_MINE = re.compile(
    r"(?:my|your|our|his|her|mein\w{0,2}|mon|mi|mio|meu|mijn|mój|min|mitt|мой|мій)[ \t]{1,3}\Z", re.IGNORECASE
)
_BEFORE = re.compile(
    rf"(?<![\w.,:/-])(?P<value>\d{{4,8}}|\d{{3}}[ -]\d{{3,4}})[ \t]{{1,3}}(?:is|was|as|als|-|{SAYS_OTHER})[ \t]{{1,3}}"
    rf"(?:{MY}[ \t]{{1,3}})?(?:[\w-]{{1,16}}[ \t]){{0,2}}\Z",
    re.IGNORECASE,
)
_WINDOW = 70
_SHORTEST_PIN = 4
_ONE_TIME = 6

# Sets of codes: a name in the plural, then a code on each line or with commas between.
_SET = re.compile(
    r"(?:backup|recovery|one[- ]time|scratch|emergency|wiederherstellungs|ersatz|notfall|secours|respaldo|récupération"
    r"|recuperación|recupero|herstel|zapasow\w{1,3}|резервн\w{2,3})[ -]?(?:codes?|keys|kods?|kodes?|kody|коды"
    r"|códigos?|codici)"
    r"|(?:codes?|códigos|codici|kody|коды)[ ](?:(?:de|di)[ ])?(?:secours|respaldo|recuperación|recupero|récupération"
    r"|backup"
    r"|zapasowe|восстановления|tan)"
)
# The words of which each name has one, and how far it reaches before and behind them.
_BEFORE_SET, _AFTER_SET = 24, 32
_SET_WORDS = ("code", "kod", "códig", "codici", "key", "код")
_CODES = re.compile(
    r"[^\n:\d]{0,30}[:\s][\s*>•-]{0,6}"
    r"(?P<secret>(?:(?=[a-z0-9-]{0,24}\d)[a-z0-9]{4,12}(?:[ -][a-z0-9]{4,12})?[ \t,;*>•\n-]{0,6}){1,16})",
    re.IGNORECASE,
)
_PRODUCT_KEY = "BCDFGHJKMNPQRTVWXY2346789"
# Recognised by their groups alone: BitLocker's recovery keys, Windows' product keys, FileVault's recovery keys.
_GROUPED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    (Kind.CODE, re.compile(r"(?<![\d-])\d{6}(?:[- ]\d{6}){7}(?![\d-])")),
    (
        Kind.API_KEY,
        re.compile(rf"(?<![\w-])(?=[A-Z-]{{0,28}}\d)(?:[{_PRODUCT_KEY}]{{5}}-){{4}}[{_PRODUCT_KEY}]{{5}}(?![\w-])"),
    ),
    (Kind.CODE, re.compile(r"(?<![\w-])(?=[A-Z-]{0,30}\d)(?:[A-Z0-9]{4}-){5,6}[A-Z0-9]{4}(?![\w-])")),
)
_GROUP_OF_DIGITS = re.compile(r"\d{6}[- ]\d{6}[- ]\d{6}")
_GROUP_OF_LETTERS = re.compile(r"[A-Z0-9]{4,5}-[A-Z0-9]{4,5}-[A-Z0-9]{4,5}")
# Recognised by their groups after a word for a key or a password in the same line.
_GROUPS = re.compile(
    r"(?<![\w-])(?:(?:[A-Z2-7]{4}[ -]){3,15}[A-Z2-7]{2,4}|(?:[a-z2-7]{4}[ -]){3,15}[a-z2-7]{2,4}"
    r"|(?=[A-Z-]{0,40}\d)(?:[A-Z0-9]{4,8}-){2,7}[A-Z0-9]{4,8}|(?=[A-Z]{0,63}[2-7])[A-Z2-7]{16,64})(?![\w-])"
)
_FOUR_BY_FOUR = re.compile(r"[a-z]{4}([ -])[a-z]{4}\1[a-z]{4}\1[a-z]{4}(?![\w-])")
_UUID = re.compile(r"[0-9A-F]{8}-(?:[0-9A-F]{4}-){3}[0-9A-F]{12}")
_NEAR = 60


def codes(text: str, found: Sequence[Name]) -> Iterator[SecretFinding]:
    """Finds numbers that are named as a PIN or a code, and keys in groups."""
    for name in found:
        yield from _after_name(text, name)
    for kind, pattern in _GROUPED if _GROUP_OF_DIGITS.search(text) or _GROUP_OF_LETTERS.search(text) else ():
        for match in pattern.finditer(text):
            yield SecretFinding(kind=kind, start=match.start(), end=match.end())
    if found:
        yield from _sets(text)
        yield from _groups(text, found)


def _after_name(text: str, name: Name) -> Iterator[SecretFinding]:
    match = None
    if name.role is NameRole.PIN:
        match = _pin(text, name)
    elif name.role is NameRole.CODE and (name.words != "tan" or text[name.start : name.end] == "TAN"):
        match = _STATED.match(text, name.end) or _BARE.match(text, name.end) or _before(text, name)
    elif name.role is NameRole.BARE_CODE:
        match = _bare_code(text, name)
    elif name.role is NameRole.PASSWORD:
        match = _SPELLED.match(text, name.end)
    if match and not _is_something_else(text, name, match):
        kind = Kind.CODE if name.role in {NameRole.CODE, NameRole.BARE_CODE} else Kind.PIN
        yield SecretFinding(kind=kind, start=match.start("value"), end=match.end("value"))


def _pin(text: str, name: Name) -> re.Match[str] | None:
    """Returns the PIN after or before a name. In lower case "pin" is also a verb: the context must mean the number."""
    certain = text[name.start : name.start + 3] in {"PIN", "PUK"} or len(name.words) > len("pin")
    owned = bool(_OWNED.search(text, max(0, name.start - 20), name.start))
    match = _STATED.match(text, name.end) or (_BARE.match(text, name.end) if certain or owned else None)
    if match and sum(map(str.isalnum, match["value"])) >= _SHORTEST_PIN:
        return match
    return _before(text, name) if certain or owned else None


def _before(text: str, name: Name) -> re.Match[str] | None:
    return _BEFORE.search(text, max(0, name.start - _WINDOW), name.start)


def _bare_code(text: str, name: Name) -> re.Match[str] | None:
    """Returns a code without a purpose. Errors have codes, too: it must be somebody's, or as long as one-time codes."""
    match = _STATED.match(text, name.end)
    digits = re.sub(r"[ -]", "", match["value"]) if match else ""
    if not match or not digits.isdigit():
        return None
    mine = bool(_MINE.search(text, max(0, name.start - 12), name.start))
    stated = match["sign"].strip() not in {":", "=", ">", "-"}
    return match if stated and (mine or len(digits) == _ONE_TIME) else None


def _is_something_else(text: str, name: Name, match: re.Match[str]) -> bool:
    value = match["value"]
    if name.words.endswith("kombination") or name.words.endswith("combination"):  # which may look like a date
        return False
    return is_product(value) or is_placeholder(value) or counts_something(value, text[match.end() : match.end() + 20])


def _sets(text: str) -> Iterator[SecretFinding]:
    lower = lowered(text)
    for name in matches_in(_SET, lower, around(lower, _SET_WORDS, _BEFORE_SET, _AFTER_SET)):
        if match := _CODES.match(text, name.end()):
            start, secret = match.start("secret"), match["secret"].rstrip(" \t\n,;*>•-")
            yield SecretFinding(kind=Kind.CODE, start=start, end=start + len(secret))


def _groups(text: str, found: Sequence[Name]) -> Iterator[SecretFinding]:
    for name in found:
        line = text.find("\n", name.end)
        end = min(name.end + _NEAR, len(text) if line < 0 else line)
        if name.role in {NameRole.SECRET, NameRole.VAGUE, NameRole.CODE}:
            for match in _GROUPS.finditer(text, name.end, end + _NEAR):
                if match.start() < end and any(map(str.isdigit, match[0])) and not _UUID.fullmatch(match[0]):
                    yield SecretFinding(kind=Kind.API_KEY, start=match.start(), end=match.end())
        elif name.role is NameRole.PASSWORD and (four := _FOUR_BY_FOUR.search(text, name.end, end)):
            yield SecretFinding(kind=Kind.PASSWORD, start=four.start(), end=four.end())
