"""Tests of a word after "password is" or "token:": the secret itself, or only a word about it."""

from __future__ import annotations

import itertools
import re

from bot.helpdesk.redaction.links import is_host, is_web_address
from bot.helpdesk.redaction.vocabulary import COMMON_WORDS, ENDINGS, ENDINGS_EN, PLACEHOLDERS, unaccented

_LONGEST = 20
_LONG_WORD = 7
_LONGEST_LABEL = 24  # a longer one that ends in "=" is a key in base64

# Names with a digit that often stand beside "password".
_PRODUCTS = re.compile(
    r"(?:o|m|office|microsoft|dynamics|outlook|teams|exchange|d)[ -]?(?:365|20\d\d)|(?:win|windows|w)(?:7|8|10|11)"
    r"|[1-5]fa|s/?4(?:hana)?|r/?3|1password|"
    r"oauth2?|saml2?|sha-?\d+|md5|base(?:32|64)|utf-?\d+|bcrypt|aes-?\d+|rsa-?\d+|ipv?[46]|wpa[23]?|k8s|s3|ec2|"
    r"v?\d{1,2}(?:\.\d{1,3}){1,3}|\d{1,2}[:.]\d{2}(?:am|pm)?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|"
    r"\d{1,3}(?:st|nd|rd|th|x|h|d|am|pm|%)|"
    r"\d{1,2}-(?:char|character|digit|day|hour|minute|month|year)s?",
    re.IGNORECASE,
)
_VARIABLE = re.compile(r"\$\{|\$\(|\$[A-Z_]{3,}\b|%\w+%|%\d$|\{\{|<[A-Za-z][\w -]*>$|%[sd]$|\[[A-Z_ ]+\]$")
_CODE = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+)*\(|(?:process\.env|os\.environ|env|secrets|vars?|config|settings)[.\[]")
_LABEL = re.compile(r"[^\W\d]{2,20}[:=]")
_MENTION = re.compile(r"<[@#!]")
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}")
_UNIT = re.compile(
    r"[ \t-]{1,3}(?:to[ \t]\d+[ \t])?(?:char|digit|letter|symbol|number|word|second|minute|hour|day|week|month|year|"
    r"time|attempt|bit|byte|of[ \t]|zeichen|stellen|tag|woche|monat|jahr)",
    re.IGNORECASE,
)


def is_placeholder(value: str) -> bool:
    """Returns True for a stand-in for a value: nothing, asterisks, a word such as "redacted", a variable."""
    bare = _bare(value)
    if bare in PLACEHOLDERS or not any(map(str.isalnum, value)):
        return True
    return bool(_VARIABLE.match(value)) or (len(set(bare)) == 1 and bare[0] in "x•*")


def is_ordinary(value: str) -> bool:
    """Returns True for a word that people use about a password, such as "expired"."""
    word = unaccented(_bare(value))
    if word in COMMON_WORDS or is_placeholder(value):
        return True
    if not word.isalpha() or len(word) > _LONGEST:
        return False
    english = word.endswith(ENDINGS_EN) and not value.strip("\"'`*_~([")[:1].isupper()
    return english or (len(word) >= _LONG_WORD and word.endswith(ENDINGS))


def is_code(value: str) -> bool:
    """Returns True for code that looks the value up, such as `getpass()` and `process.env.TOKEN`."""
    return bool(_CODE.match(value))


def is_label(word: str) -> bool:
    """Returns True for the label of another value: "User:", "user=mia"."""
    return (word.endswith((":", "=")) and len(word) <= _LONGEST_LABEL) or bool(_LABEL.match(word))


def is_address(value: str) -> bool:
    """Returns True for a web address, a host or an encoded mention. A mail address could be a password."""
    return is_web_address(value) or is_host(value) or bool(_MENTION.match(value))


def is_product(value: str) -> bool:
    """Returns True for a product, version, time or measure that has a digit in it."""
    return bool(_PRODUCTS.fullmatch(value.strip("()[]{}<>.,;:!?\"'`*_~")))


def counts_something(value: str, rest: str) -> bool:
    """Returns True for a small number that is followed by a unit, as in "8 characters"."""
    return value.rstrip("+").replace(",", "").isdigit() and len(value) <= 7 and bool(_UNIT.match(rest))


def looks_secret(value: str) -> bool:
    """Returns True for letters with digits, a run of digits, or letters with a symbol: no word of a sentence."""
    core = value.strip(".,;:?()[]{}<>\"'`*_~…")
    digits = sum(map(str.isdigit, core))
    symbols = any(character in "!@#$%^&*+=~|?" for character in core)
    return len(core) >= 4 and (digits >= 4 or 0 < digits < len(core) or (symbols and not _MAIL.fullmatch(core)))


def _bare(value: str) -> str:
    return value.strip("()[]{}<>.,;:!?¿¡\"'`*_~-…").replace("’", "'").casefold()


def _changes_case_often(letters: str) -> bool:
    """Returns True for letters in a random case: words written together have an upper case letter each at most."""
    changes = sum(one.islower() != other.islower() for one, other in itertools.pairwise(letters))
    return len(letters) >= _SHORTEST_CASED and changes * 3 >= len(letters)


_ALNUM = re.compile(r"[A-Za-z0-9]+")
_SHORTEST_CASED = 20
_SHORTEST_RANDOM = 16
_HEX = re.compile(r"[0-9a-f]{24,}|[0-9A-F]{24,}")


def looks_random(value: str) -> bool:
    """Returns True for characters that look random, as those of tokens do, unlike words, dates and versions."""
    longest = max(_ALNUM.findall(value), key=len, default="")
    digits = sum(map(str.isdigit, longest))
    letters = sum(map(str.isalpha, longest))
    if len(longest) < _SHORTEST_RANDOM or letters < 2:
        return False
    if digits < 2:
        return _changes_case_often(longest)
    mixed = any(map(str.isupper, longest)) and any(map(str.islower, longest))
    changes = sum(one.isdigit() != other.isdigit() for one, other in itertools.pairwise(longest))
    return mixed or changes >= 4 or bool(_HEX.fullmatch(longest))
