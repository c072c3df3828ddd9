"""Which words after "password is" or "token:" are the secret, and which are only said about it."""

from __future__ import annotations

import itertools
import re

from bot.helpdesk.redaction.vocabulary import ENDINGS, ENDINGS_EN, PLACEHOLDERS, SAID, unaccented

_LONGEST = 20
_LONG_WORD = 7

# Names with a digit in them that people write beside "password" all day.
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
_ADDRESS = re.compile(r"<?(?:https?|ftp)://|<[@#!]", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}")
_UNIT = re.compile(
    r"[ \t-]{1,3}(?:to[ \t]\d+[ \t])?(?:char|digit|letter|symbol|number|word|second|minute|hour|day|week|month|year|"
    r"time|attempt|bit|byte|of[ \t]|zeichen|stellen|tag|woche|monat|jahr)",
    re.IGNORECASE,
)


def is_placeholder(value: str) -> bool:
    """Whether this stands where no value is: nothing, stars, a word for it, or a variable."""
    bare = _bare(value)
    if bare in PLACEHOLDERS or not any(map(str.isalnum, value)):
        return True
    return bool(_VARIABLE.match(value)) or (len(set(bare)) == 1 and bare[0] in "x•*")


def is_ordinary(value: str) -> bool:
    """Whether this is a word one would say about a password rather than the password."""
    word = unaccented(_bare(value))
    if word in SAID or is_placeholder(value):
        return True
    if not word.isalpha() or len(word) > _LONGEST:
        return False
    english = word.endswith(ENDINGS_EN) and not value.strip("\"'`*_~([")[:1].isupper()
    return english or (len(word) >= _LONG_WORD and word.endswith(ENDINGS))


def is_code(value: str) -> bool:
    """Whether a program looks the value up there, as `getpass()` and `process.env.TOKEN` do."""
    return bool(_CODE.match(value))


def is_label(word: str) -> bool:
    """Whether this introduces something else: "User:", "user=mia"."""
    return word.endswith((":", "=")) or bool(_LABEL.match(word))


def is_address(value: str) -> bool:
    """Whether this is a web address or a mention in Slack's writing. A mail address could be a password."""
    return bool(_ADDRESS.match(value))


def is_product(value: str) -> bool:
    """Whether this is a name, version, time or measure that has a digit in it."""
    return bool(_PRODUCTS.fullmatch(value.strip("()[]{}<>.,;:!?\"'`*_~")))


def counts_something(value: str, rest: str) -> bool:
    """Whether this is a small number with its unit behind it, as in "8 characters"."""
    return value.rstrip("+").replace(",", "").isdigit() and len(value) <= 7 and bool(_UNIT.match(rest))


def looks_secret(value: str) -> bool:
    """Letters and digits together, a run of digits, or a symbol amid or behind the letters: no word of a sentence."""
    core = value.strip(".,;:?()[]{}<>\"'`*_~…")
    digits = sum(map(str.isdigit, core))
    symbols = any(character in "!@#$%^&*+=~|?" for character in core)
    return len(core) >= 4 and (digits >= 4 or 0 < digits < len(core) or (symbols and not _MAIL.fullmatch(core)))


def _bare(value: str) -> str:
    return value.strip("()[]{}<>.,;:!?¿¡\"'`*_~-…").replace("’", "'").casefold()


_ALNUM = re.compile(r"[A-Za-z0-9]+")
_CHANCE = 16
_HEX = re.compile(r"[0-9a-f]{24,}|[0-9A-F]{24,}")


def by_chance(value: str) -> bool:
    """Whether this has the looks of chance, as tokens have, rather than those of words, dates and versions."""
    longest = max(_ALNUM.findall(value), key=len, default="")
    digits = sum(map(str.isdigit, longest))
    letters = sum(map(str.isalpha, longest))
    if len(longest) < _CHANCE or digits < 2 or letters < 2:
        return False
    mixed = any(map(str.isupper, longest)) and any(map(str.islower, longest))
    changes = sum(one.isdigit() != other.isdigit() for one, other in itertools.pairwise(longest))
    return mixed or changes >= 4 or bool(_HEX.fullmatch(longest))
