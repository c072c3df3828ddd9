"""Passwords and secrets told after their name: assignments, forms and plain sentences.

The rule of thumb: after `=` or `:` nearly everything is taken; after "is" everything but words one would say about a
password; with nothing in between only what looks like a password. Taking a word too many is the smaller harm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.helpdesk.redaction.finding import Finding, Kind
from bot.helpdesk.redaction.names import PASSWORDS, PHRASES, SECRETS
from bot.helpdesk.redaction.words import (
    counts_something,
    is_address,
    is_ordinary,
    is_placeholder,
    is_product,
    looks_secret,
)

_NAME = re.compile(
    rf"(?:(?P<phrase>{PHRASES})|(?P<password>{PASSWORDS})|(?P<secret>{SECRETS}))"
    r"(?:s|n|es)?(?:[_-]?(?:confirm(?:ation)?|again|repeat|new|old|hash|value|base))?[_-]?\d{0,2}(?!_?[^\W_])",
    re.IGNORECASE,
)

_WRAP = r"[\"'*_~`)\]\\]{0,3}"  # formatting and quotes around a name
_ASIDE = r"(?:[ \t]{0,2}\([^()\n]{1,40}\))?"
_BETWEEN = (
    r"(?:[ \t]{1,3}(?:for|to|of|on|from|at|in|that|which|i|we|you|they|he|she|f(?:ü|ue?)r|zum?|zur|vo[mn]|im|beim"
    r"|para|pour|de)(?:[ \t]{1,3}[^\s:=!?,;]{1,40}+(?<!\.)){1,6}?)?"
)
_SIGN = (
    r"(?:(?P<equals>[ \t]{0,5}(?::[ \t]{0,3}\w{1,20}[ \t]{0,3})?(?::=|==?(?!>)))"  # also `password: str = ...`
    r"|(?P<colon>[ \t]{0,5}(?:=>|->|→|[:>|])|[ \t]{1,5}[-–—](?=[ \t]))"
    r"|(?P<says>[ \t]{1,5}(?:is|was|are|(?:would|will)[ \t]be|ist|war|lautet|est|es|[éè]|[äa]r|olarak)"
    r"(?:[ \t]{0,3}:|(?=[ \t]))"
    r"|['’]s(?=[ \t])))"
)
_GAP = r"[ \t]{0,9}(?P<line>\r?\n[ \t>]{0,5}(?:`{3}\w{0,10}\r?\n)?)?"
_FILLER = r"(?:(?:now|still|just|always|[a-z]{2,12}ly|set[ \t]to|changed[ \t]to|jetzt|noch|aktuell)[ \t]{1,3}){0,2}"
# A value ends where the next one of a list begins: `password=a&user=b`, `Pwd=a;Server=b`, `<password>a</password>`.
_RUN = r"(?:(?![&;,][ \t]?[\"']?[A-Za-z][\w .-]{0,40}[\"']?[ \t]?[:=])(?!</)(?!\\?[\"'][,}\])])\S)"
_VALUE = (
    r"(?:\\\"(?P<escaped>[^\"\\\n\x1e]{1,200})\\\""
    r"|\"(?P<double>(?:[^\"\\\n\x1e]|\\[^\n\x1e]){1,200})\""
    r"|'(?P<single>[^'\n\x1e]{1,200})'"
    r"|`{1,3}(?P<code>[^`\n\x1e]{1,200})`"
    r"|[“„«‘‚](?P<typographic>[^”“»’‘\n\x1e]{1,200})[”“»’‘]"
    rf"|[*_~\"'`<(\[]{{0,3}}?(?P<bare>{_RUN}{{1,256}}))"
)
_QUOTED = ("escaped", "double", "single", "code", "typographic")
_TOLD = re.compile(_WRAP + _ASIDE + _BETWEEN + _SIGN + _WRAP + _GAP + _FILLER + _VALUE, re.IGNORECASE)
_TOLD_PHRASE = re.compile(_WRAP + _BETWEEN + _SIGN + _WRAP + _GAP + r"(?P<bare>[^\n\x1e]{1,400})", re.IGNORECASE)
_BESIDE = re.compile(
    _WRAP + rf"(?:[ \t]{{1,3}}(?P<to>(?:to|from|zu|auf|von|in)[ \t]{{1,3}})?"
    rf"|[ \t]{{0,3}}\r?\n(?=\S{{1,256}}[ \t]{{0,9}}(?:\n|$))){_VALUE}",
    re.IGNORECASE,
)
_ALSO = re.compile(
    rf"{_WRAP}[.,;]?[ \t]{{0,3}}(?:(?:,|/|->|→|and|or|to|then|und|oder|auf"
    rf"|(?:and[ \t]|but[ \t])?(?:the[ \t])?new(?:[ \t]one)?"
    rf"(?:[ \t]is)?:?)[ \t]{{1,3}}){{1,2}}{_VALUE}",
    re.IGNORECASE,
)
_TAIL = re.compile(rf"{_RUN}*")
_SETTING = re.compile(
    r"\b(?:sets?|setting|chang\w{1,3}|reset|updat\w{1,3}|new|setz\w{1,3}|änder\w{1,3})\b", re.IGNORECASE
)
_CLAUSE_END = re.compile(r"[ \t]*(?:$|[\n\x1e.,;:!?()–—]|(?:and|but|or|und|aber)\b)|(?<=[.,;!?])", re.IGNORECASE)
_CLOSERS = ".,;:)]}>\"'`*_~”»’"
_LONG = 16
_LONG_NUMBER = 5


def passwords(text: str) -> Iterator[Finding]:
    """Values told under a name such as password, token, client_secret or passphrase."""
    place = 0
    while name := _NAME.search(text, place):
        found = _named(text, name)
        place = found.end if found else name.end()
        while found:
            yield found
            place = found.end
            found = _next_to(text, name, place)


def _named(text: str, name: re.Match[str]) -> Finding | None:
    if name["phrase"] and (phrase := _TOLD_PHRASE.match(text, name.end())):
        return _taken(text, name, phrase) if _is_phrase(phrase) else None
    if told := _TOLD.match(text, name.end()):
        return _taken(text, name, told) if _is_told(text, name, told) else None
    beside = _BESIDE.match(text, name.end())
    return _taken(text, name, beside) if beside and _is_beside(text, name, beside) else None


def _next_to(text: str, name: re.Match[str], place: int) -> Finding | None:
    """Another value in one breath: "hunter2 and hunter3", "from hunter2 to hunter3"."""
    also = _ALSO.match(text, place)
    return _taken(text, name, also) if also and _stands_out(_value(also)) else None


def _is_phrase(phrase: re.Match[str]) -> bool:
    words = phrase["bare"].split()
    several = len(words) >= 3 and not phrase["says"]
    return bool(words) and (several or not is_ordinary(words[0]))


def _is_told(text: str, name: re.Match[str], told: re.Match[str]) -> bool:
    value = _value(told)
    if is_placeholder(value) or counts_something(value, text[told.end() : told.end() + 20]):
        return False
    if told["line"]:
        return looks_secret(value)
    if told["equals"]:
        return name["password"] is not None or _weighs(value)
    quoted = told["bare"] is None
    if quoted and told["colon"] and name["password"]:
        return True
    if is_ordinary(value) or is_product(value) or is_address(value):
        return False
    if name["secret"] or name[0].casefold() == "pass":  # a pass is also for the gate
        return looks_secret(value) or len(value) >= _LONG or (_is_identifier(text, name) and bool(told["colon"]))
    return bool(told["colon"]) or looks_secret(value) or _ends_a_clause(text, told)


def _is_beside(text: str, name: re.Match[str], beside: re.Match[str]) -> bool:
    value = _value(beside)
    if text[name.start() - 2 : name.start()] == "--":
        return not value.startswith("-")
    if beside["to"] and not _SETTING.search(text, max(0, name.start() - 40), name.start()):
        return False
    if name["secret"] and len(value) < _LONG:
        return False
    return _stands_out(value)


def _stands_out(value: str) -> bool:
    """Whether this can be nothing but a secret, even without a word that says so."""
    weighty = any(map(str.isalpha, value)) or len(value) >= _LONG_NUMBER
    return weighty and looks_secret(value) and not is_product(value) and not is_address(value)


def _taken(text: str, name: re.Match[str], match: re.Match[str]) -> Finding:
    group = next((group for group in _QUOTED if match.re.groupindex.get(group) and match[group]), "bare")
    start, end = match.span(group)
    if group == "bare" and (tail := _TAIL.match(text, end)):
        end = tail.end()
    kept = len(text[start:end].rstrip(_CLOSERS)) or end - start
    return Finding(kind=_kind(name), start=start, end=start + kept)


def _kind(name: re.Match[str]) -> Kind:
    word = name[0].casefold()
    if name["password"]:
        return Kind.PASSWORD
    return Kind.TOKEN if "token" in word else Kind.API_KEY if "key" in word else Kind.SECRET


def _value(match: re.Match[str]) -> str:
    return next(match[group] for group in (*_QUOTED, "bare") if match[group])


def _weighs(value: str) -> bool:
    """Whether a program would keep a secret of this size; numbers such as limits are smaller."""
    return len(value) >= (6 if value.isdigit() else 4)


def _is_identifier(text: str, name: re.Match[str]) -> bool:
    """Whether the name is one of a program, as `client_secret` and `apiKey` are, rather than words of a sentence."""
    glued = text[max(0, name.start() - 1) : name.start()]
    return (
        glued in {"_", "-"} or glued.isalnum() or "_" in name[0] or "-" in name[0] or name[0][1:] != name[0][1:].lower()
    )


def _ends_a_clause(text: str, told: re.Match[str]) -> bool:
    return bool(_CLAUSE_END.match(text, told.end())) or any(told[group] for group in _QUOTED)
