"""Passwords and secrets after their name: in assignments, forms and plain sentences.

After `=` or `:` nearly every word is taken for the value; after "is", every word but those that people use about
passwords; with nothing in between, only a word that looks like a password. A word too many does less harm than one too
few.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from bot.helpdesk.redaction.finding import Kind, SecretFinding
from bot.helpdesk.redaction.layouts import reversed_passwords
from bot.helpdesk.redaction.links import LINK_WORD, NO_LINK_WORD, Link, gives_access, is_file, link_around
from bot.helpdesk.redaction.names import Name, NameRole
from bot.helpdesk.redaction.plausibility import (
    counts_something,
    is_address,
    is_code,
    is_label,
    is_ordinary,
    is_placeholder,
    is_product,
    looks_random,
    looks_secret,
)
from bot.helpdesk.redaction.vocabulary import (
    BOUND_SAYS,
    DEFAULT_PASSWORDS,
    OURS,
    PREPOSITIONS,
    SAYS_OTHER,
    SAYS_STRONG,
    SETS,
)

_WRAP = r"[\"'*_~`)\]\\]{0,3}"  # formatting and quotes around a name
_WRAP_AFTER = r"(?:[*_~)\]\\]|[\"'`](?=[ \t\n])){0,3}"  # `*Password:* ...`; a quote that opens is the value's
_TAGS = r"(?:</?[A-Za-z]{1,6}>[ \t]?){0,2}"  # <b>Password:</b>
_PARENTHESIS = r"(?:[ \t]{0,2}\([^()\n]{1,40}\))?"
_BETWEEN = (
    rf"(?:[ \t]{{1,3}}(?:{OURS}))?"
    rf"(?:[ \t]{{1,3}}(?:{PREPOSITIONS})"
    rf"(?:[ \t]{{1,3}}(?:{LINK_WORD}|{NO_LINK_WORD}[^\s:=!?,;]{{1,40}}+(?<!\.))){{1,6}}?)?"
)
_SAYS_ENGLISH = r"is|was|are|(?:would|will)[ \t]be|should[ \t]be"


def _sign(bound: str) -> str:
    """Returns the pattern between a name and its value. `bound`: words that mean "is" in the name's language only."""
    other = "|".join(filter(None, (SAYS_OTHER, bound)))
    return (
        r"(?:(?P<equals>[ \t]{0,5}(?::[ \t]{0,3}\w{1,20}[ \t]{0,3})?(?::=|\?=|==?(?!>)))"  # also `password: str = ...`
        r"|(?P<colon>[ \t]{0,5}(?:=>|->|→|(?<!\d):(?!//)|:(?!\d|//)|[>|])|[ \t]{1,5}-(?=[ \t]))"  # not in https://
        rf"|(?P<says>(?:[ \t]{{1,5}}(?:{_SAYS_ENGLISH}|{SAYS_STRONG})|['’]s)(?P<colon_too>[ \t]{{0,3}}:|(?=[ \t])))"
        rf"|(?P<other>[ \t]{{1,5}}(?:{other})(?P<other_colon>[ \t]{{0,3}}:|(?=[ \t]))))"
    )


_GAP = r"[ \t]{0,9}(?P<line>\r?\n[ \t>]{0,5}(?:`{3}\w{0,10}\r?\n)?)?"
_FILLER = (
    r"(?:(?:now|still|just|always|[a-z]{2,12}ly|set[ \t]to|changed[ \t]to|jetzt|noch|aktuell|nun|bisher|zuletzt"
    r"|früher|maintenant|toujours"
    r"|ahora|adesso|agora|nu|teraz|nyní|şimdi|сейчас|теперь)[ \t]{1,3}){0,2}"
)
# A value ends where the next one of a list begins: `password=a&user=b`, `Pwd=a;Server=b`, `<password>a</password>`.
_RUN = r"(?:(?![&;,][ \t]?[\"']?[A-Za-z][\w .-]{0,40}[\"']?[ \t]?[:=])(?!</)(?!\\?[\"'][,}\])])\S)"
# In a sentence nothing is joined by `&`, and a list has spaces.
_SPOKEN_RUN = r"(?:(?![;,][ \t][\"']?[A-Za-z][\w .-]{0,40}[\"']?[ \t]?[:=])(?!</)(?!\\?[\"'][,}\])])\S)"
_QUOTES = (
    r"\\\"(?P<escaped>[^\"\\\n\x1e]{1,200})\\\""
    r"|\"(?P<double>(?:[^\"\\\n\x1e]|\\[^\n\x1e]){1,200})\""
    r"|'(?P<single>[^'\n\x1e]{1,200})'"
    r"|`{1,3}(?P<code>[^`\n\x1e]{1,200})`"
    r"|[“„«‘‚「『](?P<typographic>[^”“»’‘」』\n\x1e]{1,200})[”“»’‘」』]"
)
_OPENING = r"[*_~\"'`<(\[{]{0,3}?"
_VALUE = rf"(?:{_QUOTES}|{_OPENING}(?P<bare>{_RUN}{{1,256}}))"
# After `=` the next pair of a list may follow at once.
_VALUE_AFTER_SIGN = rf"(?:{_QUOTES}|{_OPENING}(?P<bare>(?(equals){_RUN}{{1,256}}|{_SPOKEN_RUN}{{1,256}})))"
_QUOTED = ("escaped", "double", "single", "code", "typographic")
# The same name and value as a pair of fields: `name: DB_PASSWORD, value: a`, `<key>Password</key><string>a</string>`.
_APART = re.compile(
    r"[\"'`]{0,1}(?:</key>\s{0,40}<string>|[ \t]{0,4}[,{]?\s{0,40}(?:type[ \t]{0,9}=["
    r" \t]{0,3}string\s{0,40})?[\"']?(?:default|value|defaultvalue)[\"']?[ \t]{0,3}[:=][ \t]{0,3}"
    r"|>\s{0,40}<(?:\w{1,10}:)?value>)[\"']?(?P<bare>[^\s\"'<>,}]{1,256})",
    re.IGNORECASE,
)
# The arguments of a call: `define('DB_PASSWORD', 'a')`.
_ARGUMENT = re.compile(r"[\"'][ \t]{0,3},[ \t]{0,3}[\"'](?P<bare>[^\s\"'`]{1,256})[\"']")
# The next cell of a row: `API_KEY,a,mia`.
_CELL = re.compile(r"[,;](?P<bare>[^\s,;\"'`|]{16,256})(?=[,;\n]|$)")
_CHANGED = re.compile(
    r"[ \t]{1,3}(?:from|von|de|da|van|z|från|fra|с|з)[ \t]{1,3}(?P<bare>\S{1,64})"
    r"(?=[ \t]{1,3}(?:to|auf|zu|à|en|a|naar|na|till|til|на)[ \t])",
    re.IGNORECASE,
)
# These begin with one character each.
_AFTER: Mapping[str, tuple[re.Pattern[str], ...]] = MappingProxyType(
    {'"': (_ARGUMENT,), "'": (_ARGUMENT,), ",": (_CELL,), ";": (_CELL,), " ": (_CHANGED,), "\t": (_CHANGED,)}
)
_TOWARDS = "to|from|zu|auf|von|in|à|en|a|para|na|naar|til|till|на|إلى|ل|ל"
_BESIDE = re.compile(
    _WRAP + rf"(?:[ \t]{{1,3}}(?:(?P<set>{SETS})[ \t]{{1,3}})?(?P<to>(?:{_TOWARDS})[ \t]{{1,3}})?"
    rf"|[ \t]{{0,2}}/[ \t]{{0,2}}|[ \t]{{0,3}}\r?\n(?=\S{{1,256}}[ \t]{{0,9}}(?:\n|$))){_VALUE}",
    re.IGNORECASE,
)
_ALSO = re.compile(
    rf"{_WRAP}[.,;]?[ \t]{{0,3}}(?:(?:,|/|->|→|and|or|to|then|und|oder|auf|et|ou|y|o|e|en|of|i|och|og|tai|и|або|ve"
    rf"|(?:and[ \t]|but[ \t])?(?:the[ \t])?new(?:[ \t]one)?"
    rf"(?:[ \t]is)?:?)[ \t]{{1,3}}){{1,2}}{_VALUE}",
    re.IGNORECASE,
)
# "I have changed my password. It is now ...", "the new one is ..."
_LATER = re.compile(
    r"[^\n\x1e]{0,80}?(?<!\w)(?:it|this|that|(?:the[ \t])?(?:new|old|current)(?:[ \t]one)?|es|das|(?:das[ \t])?neue"
    r"|le[ \t]nouveau"
    r"|la[ \t]nueva|quella[ \t]nuova|a[ \t]nova|het|de[ \t]nieuwe|новый)(?:['’]s|[ \t]{1,3}(?:is|was|ist|lautet|est"
    r"|es|è|é|это))"
    rf"(?:[ \t]{{0,3}}:)?[ \t]{{1,3}}{_FILLER}{_VALUE}",
    re.IGNORECASE,
)
_OPTION = re.compile(r"--[\w-]{1,20}-\Z")
_REST = re.compile(r"[^\n\x1e]{1,400}")
_TAIL = re.compile(rf"{_RUN}*")
_SPOKEN_TAIL = re.compile(rf"{_SPOKEN_RUN}*")
_SETTING = re.compile(rf"\b(?:{SETS})\b", re.IGNORECASE)
_SET_LAST = re.compile(r"[ \t]{1,3}(?:setzen|gesetzt|stellen|yaptım|olarak)\b", re.IGNORECASE)
_CLAUSE_END = re.compile(
    r"[ \t]*(?:$|[\n\x1e.,;:!?()–—]|-[ \t]|(?:and|but|or|und|aber|et|mais|y|pero|e|ma|mas|en|maar|och|men|og|и|но)\b)"
    r"|(?<=[.,;!?])",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[^\n\x1e.,;:!?()]{1,80}")
_CLOSERS = ".,;:)]}>\"'`*_~”»’」』|"
_SYMBOL = re.compile(r"[!$^*]")
_ENCODED_SPACE = re.compile(r"[+/]|%20|_")
_LONG = 16
_LONG_KEY = 24
_LONG_NUMBER = 5
_MOST_WORDS = 8


def passwords(text: str, found: Sequence[Name]) -> Iterator[SecretFinding]:
    """Finds values beside a name such as password, token, client_secret or passphrase."""
    yield from _after_names(text, found)
    yield from reversed_passwords(text, found)


def _after_names(text: str, found_names: Iterable[Name]) -> Iterator[SecretFinding]:
    end = 0
    for name in found_names:
        if name.start < end:
            continue
        found = _after_name(text, name)
        while found:
            yield found
            end = found.end
            found = _another_value(text, name, end)


def _after_name(text: str, name: Name) -> SecretFinding | None:
    if name.role in {NameRole.PIN, NameRole.BARE_CODE}:
        return None
    found = _value_after(text, name)
    link = link_around(text, name.start, name.end) if found else None
    return None if found and link and not _is_told_in(text, name, link, found) else found


def _is_told_in(text: str, name: Name, link: Link, found: SecretFinding) -> bool:
    """Returns True for the value of a parameter, and for one beside a link that could not be a word of a sentence."""
    value = text[found.start : found.end]
    if found.start >= link.end:
        labelled = text[link.start - 1 : link.start] == "<" and text[link.end : link.end + 1] == "|"
        return not labelled and _stands_out(value)
    sign = text[name.end : found.start].strip("\"'`*_~) \t")[:1]
    if sign == "=":
        return len(value) > 1 and not is_ordinary(value)
    if sign == "/":
        return looks_secret(value) and bool(_SYMBOL.search(value))
    return looks_secret(value) and not _ENCODED_SPACE.search(value)


def _value_after(text: str, name: Name) -> SecretFinding | None:
    if apart := _APART.match(text, name.end):
        return None if is_placeholder(apart["bare"]) else _finding(text, name, apart)
    for pattern in _AFTER.get(text[name.end : name.end + 1], ()):
        match = pattern.match(text, name.end)
        if match and _stands_out(match["bare"]) and (name.role is not NameRole.VAGUE or looks_random(match["bare"])):
            return _finding(text, name, match)
    statement = _statement(_language(name)).match(text, name.end)
    if name.role is NameRole.PHRASE and statement and _is_phrase(statement, rest := _rest(text, statement)):
        return SecretFinding(
            kind=_kind(name), start=rest.start(), end=rest.start() + len(rest[0].rstrip(_CLOSERS + " "))
        )
    if statement and _is_value(text, name, statement):
        return _finding(text, name, statement)
    beside = None if statement else _BESIDE.match(text, name.end)
    if beside and _is_beside(text, name, beside):
        return _finding(text, name, beside)
    later = _LATER.match(text, name.end) if name.role is NameRole.PASSWORD else None
    return _finding(text, name, later) if later and _stands_out(_value(later)) else None


def _language(name: Name) -> str:
    return next((words for stem, words in BOUND_SAYS.items() if name.words.startswith(stem)), "")


@functools.cache
def _statement(bound: str) -> re.Pattern[str]:
    return re.compile(
        f"{_WRAP}{_TAGS}{_PARENTHESIS}{_BETWEEN}{_sign(bound)}{_WRAP_AFTER}{_TAGS}{_GAP}{_FILLER}{_VALUE_AFTER_SIGN}",
        re.IGNORECASE,
    )


def _another_value(text: str, name: Name, end: int) -> SecretFinding | None:
    """Returns a further value of the same name: "hunter2 and hunter3", "from hunter2 to hunter3"."""
    also = _ALSO.match(text, end)
    return _finding(text, name, also) if also and _stands_out(_value(also)) else None


def _rest(text: str, statement: re.Match[str]) -> re.Match[str]:
    rest = _REST.match(text, statement.start(_group(statement)))
    assert rest
    return rest


def _is_phrase(statement: re.Match[str], rest: re.Match[str]) -> bool:
    words = rest[0].split()
    ordinary = sum(map(is_ordinary, words))
    # A colon introduces the phrase itself; after "is" may come anything about it.
    if len(words) < 3 or "?" in rest[0]:
        return False
    return (
        ordinary * 2 < len(words)
        if statement["colon"]
        else not any(map(is_ordinary, words[:2])) and ordinary * 3 < len(words)
    )


def _is_value(text: str, name: Name, statement: re.Match[str]) -> bool:
    value = _value(statement)
    if is_placeholder(value) or is_code(value) or counts_something(value, text[statement.end() : statement.end() + 20]):
        return False
    if name.role is NameRole.VAGUE:
        return looks_random(value) and not is_address(value)
    if statement["line"]:
        alone = _has_colon(statement) and name.role is NameRole.PASSWORD and _is_alone(text, statement)
        return looks_secret(value) or alone
    if statement["equals"]:
        return name.role is NameRole.PASSWORD or (_is_long_enough(value) and not is_ordinary(value))
    return _is_stated_value(text, name, statement)


def _is_stated_value(text: str, name: Name, statement: re.Match[str]) -> bool:
    value, colon = _value(statement), _has_colon(statement)
    quoted = statement["bare"] is None
    if quoted and colon and name.role is NameRole.PASSWORD:
        return True
    if is_ordinary(value) or is_product(value) or (is_address(value) and not gives_access(value)):
        return False
    if name.role is NameRole.SECRET or name.words == "pass":  # a pass is also for the gate
        if value.isdigit():
            return _is_long_enough(value)
        return (
            looks_secret(value)
            or len(value) >= _LONG
            or (_is_identifier(text, name) and colon and _ends_a_clause(text, statement))
        )
    if name.role is NameRole.MISSPELLED:
        return looks_secret(value) or (colon and _ends_a_clause(text, statement))
    if statement["other"] and not colon and value.islower():
        # The words that people use about passwords are not all listed for languages other than English.
        return looks_secret(value) or quoted
    return colon or looks_secret(value) or _ends_a_clause(text, statement) or _are_words_of_value(text, statement)


def _has_colon(statement: re.Match[str]) -> bool:
    return bool(statement["colon"] or statement["colon_too"] or statement["other_colon"])


def _is_alone(text: str, statement: re.Match[str]) -> bool:
    """Returns True for a value alone on its line, as in a form, that is not the next field's label."""
    start = statement.start(_group(statement))
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)].strip()
    return len(line.split()) == 1 and not is_ordinary(line) and not is_label(line)


def _are_words_of_value(text: str, statement: re.Match[str]) -> bool:
    """Returns True for the start of a password of several words, one of which has a digit: "blue Horse 7 staple"."""
    clause = _CLAUSE.match(text, statement.start(_group(statement)))
    words = clause[0].split() if clause else []
    several = 2 <= len(words) <= _MOST_WORDS and not any(map(is_ordinary, words))
    return several and any(any(map(str.isdigit, word)) and not is_product(word) for word in words)


def _is_beside(text: str, name: Name, beside: re.Match[str]) -> bool:
    value = _value(beside)
    if is_placeholder(value):
        return False
    if name.role is NameRole.VAGUE:
        return looks_random(value) and len(value) >= _LONG_KEY and not is_address(value)
    if text[name.start - 2 : name.start] == "--" or _OPTION.search(text, max(0, name.start - 24), name.start):
        return not value.startswith(("-", "/"))
    if beside["to"] and not (beside["set"] or _is_set(text, name, beside)):
        return False
    if name.role is NameRole.SECRET and len(value) < _LONG:
        return False
    return _stands_out(value)


def _is_set(text: str, name: Name, beside: re.Match[str]) -> bool:
    """Returns True where a verb such as "set" makes this the password. In German the verb ends the sentence."""
    before = _SETTING.search(text, max(0, name.start - 40), name.start)
    return bool(before or _SET_LAST.match(text, beside.end()))


def _stands_out(value: str) -> bool:
    """Returns True for a value that needs no word such as "is" to be taken for a secret."""
    value = value.partition("](")[0]  # [Password portal](https://...)
    if value.strip(_CLOSERS).lower() in DEFAULT_PASSWORDS:
        return True
    weighty = any(map(str.isalpha, value)) or len(value) >= _LONG_NUMBER
    ordinary = is_label(value) or is_product(value) or is_address(value) or is_file(value)
    return weighty and looks_secret(value) and not ordinary


def _finding(text: str, name: Name, match: re.Match[str]) -> SecretFinding:
    group = _group(match)
    start, end = match.span(group)
    if group == "bare":
        end = _end_of_bare(text, name, match, start, end)
    kept = len(text[start:end].rstrip(_CLOSERS)) or end - start
    return SecretFinding(kind=_kind(name), start=start, end=start + kept)


def _end_of_bare(text: str, name: Name, match: re.Match[str], start: int, end: int) -> int:
    parts = match.groupdict()
    spoken = bool(parts.get("colon") or parts.get("says") or parts.get("other"))
    tail = (_SPOKEN_TAIL if spoken else _TAIL).match(text, end)
    end = tail.end() if tail else end
    if spoken and name.role in {NameRole.PASSWORD, NameRole.MISSPELLED, NameRole.ANSWER} and not parts.get("line"):
        return max(end, _end_of_words(text, start, plain_says=not (parts["colon"] or parts["colon_too"])))
    return end


def _end_of_words(text: str, start: int, *, plain_says: bool) -> int:
    """Returns the end of a password of several words: its line or clause. 0 where a word is no part of a password."""
    rest = (_CLAUSE if plain_says else _REST).match(text, start)
    words = rest[0].split() if rest else []
    if not rest or not 2 <= len(words) <= _MOST_WORDS or any(is_ordinary(word) or is_label(word) for word in words):
        return 0
    if any(sign in rest[0] for sign in "/|,;<>=") or " - " in rest[0]:
        return 0
    return rest.end()


def _kind(name: Name) -> Kind:
    if name.role in {NameRole.PASSWORD, NameRole.MISSPELLED}:
        return Kind.PASSWORD
    if name.words.startswith("pass"):
        return Kind.PASSWORD
    return Kind.TOKEN if "token" in name.words else Kind.API_KEY if "key" in name.words else Kind.SECRET


def _group(match: re.Match[str]) -> str:
    groups = match.groupdict()
    return next((group for group in _QUOTED if groups.get(group)), "bare")


def _value(match: re.Match[str]) -> str:
    return match[_group(match)]


def _is_long_enough(value: str) -> bool:
    """Returns True for a value long enough for a program's secret; numbers such as limits are shorter."""
    return len(value) >= (6 if value.isdigit() else 4)


def _is_identifier(text: str, name: Name) -> bool:
    """Returns True for an identifier such as `client_secret` or `apiKey`, unlike words of a sentence."""
    glued = text[max(0, name.start - 1) : name.start]
    written = text[name.start + 1 : name.end]
    return glued in {"_", "-"} or glued.isalnum() or "_" in written or "-" in written or written != written.lower()


def _ends_a_clause(text: str, statement: re.Match[str]) -> bool:
    return bool(_CLAUSE_END.match(text, statement.end())) or _group(statement) != "bare"
